"""The command line: `clerk-wsgi`, or `python -m clerk_wsgi`."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 for what was asked wrongly."""
    # What a command needs is imported when it runs: --version shall be quick.
    from clerk_wsgi.cli.commands import run_command

    return run_command(argv)

"""Fuzzes every parser: `python tests/attacks/fuzz.py --examples 200000`.

`--guided` lets atheris choose the inputs by the code that they reach, each parser in a
process of its own; it has to be installed. The exit status tells whether any escaped.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "support"
sys.path.insert(0, str(SUPPORT))


def main(arguments=None):
    options = read_options(arguments)
    if options.corpus:
        return guide(options.only, options.examples, options.corpus)
    from fuzzed_parsers import parsers

    escaped = 0
    print(f"{'parser':42} {'examples':>10} {'escapes':>8}", flush=True)
    for number, parser in enumerate(parsers()):
        if options.only in (None, number):
            how = guided if options.guided else chosen
            examples, escapes = how(number, parser, options.examples)
            escaped += len(escapes)
            print(f"{parser.name:42} {examples:>10,} {len(escapes):>8}", flush=True)
            for each in escapes:
                print(f"    {each}")
    return 1 if escaped else 0


def chosen(_, parser, examples):
    from fuzzed_parsers import fuzz

    return fuzz(parser, examples)


def guided(number, parser, examples):
    """One process with coverage measured; libFuzzer ends it at the first escape."""
    with tempfile.TemporaryDirectory() as corpus:
        for place, seed in enumerate(parser.seeds):
            Path(corpus, f"seed{place}").write_bytes(seed)
        command = [sys.executable, __file__, "--guided", "--only", str(number)]
        command += ["--examples", str(examples), "--corpus", corpus]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    return examples, [run.stderr[-2000:]] if run.returncode else []


def guide(number, examples, corpus):
    import atheris

    with atheris.instrument_imports(include=["clerk_wsgi"]):
        from fuzzed_parsers import escape, parsers
    parser = parsers()[number]

    def try_one(raw):
        said = escape(parser, raw)
        if said is not None:
            raise AssertionError(f"{parser.name}: {said} for {raw!r}")

    flags = [f"-runs={examples}", "-max_len=4096", f"-artifact_prefix={corpus}/"]
    atheris.Setup([sys.argv[0], *flags, corpus], try_one)
    atheris.Fuzz()
    return 0


def read_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--only", type=int, help="the number of a parser, from 0")
    parser.add_argument("--corpus", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

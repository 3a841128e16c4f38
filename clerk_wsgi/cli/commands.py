"""What `clerk-wsgi` can do, and how it is asked."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from clerk_wsgi.cli.asking import (
    Commands,
    add_clerk_js,
    add_command,
    add_data,
    add_port,
    add_seeds,
)
from clerk_wsgi.cli.local_commands import add_local, add_token
from clerk_wsgi.core.errors import ConfigurationError

MISTAKE = 2


def run_command(argv: Sequence[str] | None) -> int:
    arguments = parser().parse_args(argv)
    try:
        return arguments.command(arguments) or 0
    except ConfigurationError as error:
        # Some messages have several lines; on a terminal one is enough.
        print("clerk-wsgi:", *str(error).split(), file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print()
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clerk-wsgi", description="Clerk in front of any WSGI application."
    )
    parser.add_argument(
        "--version", action="version", version=f"clerk-wsgi {version('clerk-wsgi')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_demo(commands)
    add_run(commands)
    add_local(commands)
    add_token(commands)
    add_bench(commands)
    add_check(commands)
    return parser


def add_demo(commands: Commands) -> None:
    about = "serve a small site with a local Clerk: no account, no network"
    demo = add_command(commands, "demo", about)
    add_data(demo)
    add_clerk_js(demo)
    add_port(demo)
    demo.set_defaults(command=serve_demo)


def add_run(commands: Commands) -> None:
    about = "wrap a WSGI application and serve it, for development"
    run = add_command(commands, "run", about)
    run.add_argument(
        "application", metavar="MODULE:APP", help="found from the current folder"
    )
    run.add_argument(
        "--protect",
        action="append",
        default=[],
        metavar="PATTERN",
        help="paths for signed-in people only, as '/dashboard(.*)'; may be repeated",
    )
    run.add_argument(
        "--local",
        action="store_true",
        help="use a local Clerk instead of the CLERK_* variables",
    )
    add_data(run)
    add_seeds(run)
    add_port(run)
    run.set_defaults(command=serve_application)


def add_bench(commands: Commands) -> None:
    about = "print what the chain costs, beside one RSA verification"
    bench = add_command(commands, "bench", about)
    bench.set_defaults(command=print_benchmark)


def add_check(commands: Commands) -> None:
    about = "list the routes of an application that no guard covers"
    check = add_command(commands, "check", about)
    check.add_argument("application", metavar="MODULE:APP")
    check.add_argument(
        "--public",
        action="append",
        default=[],
        metavar="PATTERN",
        help="paths that are meant to be open, as '/about'; may be repeated",
    )
    check.add_argument("--json", action="store_true", help="for programs")
    check.set_defaults(command=check_application)


def print_benchmark(arguments: argparse.Namespace) -> None:
    from clerk_wsgi.cli.bench import print_figures

    print_figures()


def serve_demo(arguments: argparse.Namespace) -> None:
    from clerk_wsgi.cli.demo import serve

    serve(arguments.port, data=arguments.data, clerk_js=arguments.clerk_js)


def serve_application(arguments: argparse.Namespace) -> None:
    from clerk_wsgi.cli.run import serve

    serve(
        arguments.application,
        arguments.protect,
        arguments.port,
        is_local=arguments.local,
        data=arguments.data,
        seeds=arguments.seeds,
    )


def check_application(arguments: argparse.Namespace) -> int:
    from clerk_wsgi.cli.check import check

    return check(arguments.application, arguments.public, is_json=arguments.json)

"""Arguments that several commands have, and what their texts must be."""

import argparse
from typing import Any, TypeAlias

from clerk_wsgi.core.strict_json import read_object

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

PORT = 4747
KEPT = "keep everything in this file; without it all is gone at the end"


def add_command(commands: Commands, name: str, about: str) -> argparse.ArgumentParser:
    """A command; `about` is what it does, as a list of commands says it."""
    sentence = f"{about[0].upper()}{about[1:]}."
    return commands.add_parser(name, help=about, description=sentence)


def add_port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port",
        type=port,
        default=PORT,
        help=f"on 127.0.0.1; {PORT} if left out, 0 for any that is free",
    )


def add_data(command: "argparse._ActionsContainer", told: str = KEPT) -> None:
    command.add_argument("--data", metavar="FILE", help=told)


def add_seeds(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seeds",
        metavar="FILE",
        help="people to start with, as JSON or TOML, in place of those of the demo",
    )


def add_clerk_js(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--clerk-js",
        metavar="DIR",
        help="a node_modules with @clerk/clerk-js and @clerk/ui, for pages with them",
    )


def port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: it is 0 to 65535")
    return int(text)


def seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return int(text)


def json_object(text: str) -> dict[str, Any]:
    try:
        return read_object(text.encode())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON object") from None

"""How the commands about a local instance are asked. What they need comes later."""

import argparse
import os
from typing import TYPE_CHECKING

from clerk_wsgi.core.strict_json import read_object

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

URL = "http://127.0.0.1:4747"


def add_local(commands: "Commands") -> argparse.ArgumentParser:
    about = "serve a local Clerk alone: no account, no network, this machine only"
    local = commands.add_parser("local", help=about, description=f"{about}.")
    add_state(local)
    local.add_argument(
        "--clerk-js",
        metavar="DIR",
        help="a node_modules with @clerk/clerk-js, for pages that use it",
    )
    local.add_argument(
        "--webhook", metavar="URL", help="is told of every change; on this machine"
    )
    local.add_argument(
        "--production",
        action="store_true",
        help="know browsers by their cookies, as live instances do",
    )
    local.set_defaults(command=serve_local)
    return local


def add_state(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        metavar="FILE",
        help="keep the local Clerk's state there; it is gone at the end otherwise",
    )
    command.add_argument(
        "--seeds",
        metavar="FILE",
        help="users and organizations that it starts with, as TOML or JSON",
    )


def add_token(commands: "Commands") -> None:
    about = "print a signed token for a user of a local Clerk, for curl and Postman"
    token = commands.add_parser("token", help=about, description=f"{about}.")
    token.add_argument("user", metavar="USER", help="id, e-mail address or user name")
    token.add_argument(
        "--org", metavar="SLUG", help="the organization that is active; slug or id"
    )
    token.add_argument(
        "--claims", type=claims, metavar="JSON", help="further claims, as an object"
    )
    token.add_argument(
        "--lifetime", type=seconds, metavar="SECONDS", help="60 if left out"
    )
    token.add_argument("--template", metavar="NAME", help="a JWT template of yours")
    token.add_argument("--origin", metavar="URL", help="the site that may use it")
    source = token.add_mutually_exclusive_group()
    source.add_argument("--data", metavar="FILE", help="the file of the local Clerk")
    source.add_argument(
        "--url",
        default=URL,
        help=f"where it runs, with its key in CLERK_SECRET_KEY; {URL} if left out",
    )
    token.set_defaults(command=print_token)


def claims(text: str) -> dict[str, object]:
    try:
        return read_object(text.encode())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON object") from None


def seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:12]) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return int(text[:12])


def serve_local(arguments: argparse.Namespace) -> None:
    from clerk_wsgi.cli.local import serve

    serve(
        arguments.port,
        os.environ,
        data=arguments.data,
        seeds=arguments.seeds,
        clerk_js=arguments.clerk_js,
        webhook=arguments.webhook,
        is_production=arguments.production,
    )


def print_token(arguments: argparse.Namespace) -> int:
    from clerk_wsgi.cli.token import print_token

    given = {
        "organization": arguments.org,
        "claims": arguments.claims,
        "lifetime": arguments.lifetime,
        "template": arguments.template,
        "origin": arguments.origin,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    return print_token(
        arguments.user,
        wanted,
        data=arguments.data,
        url=arguments.url,
        env=os.environ,
    )

"""How the commands about a local instance are asked. What they need comes later."""

import argparse
import os

from clerk_wsgi.cli.asking import (
    Commands,
    add_clerk_js,
    add_command,
    add_data,
    add_port,
    add_seeds,
    json_object,
    seconds,
)

URL = "http://127.0.0.1:4747"


def add_local(commands: Commands) -> None:
    about = "serve a local Clerk alone: no account, no network, this machine only"
    local = add_command(commands, "local", about)
    add_data(local)
    add_seeds(local)
    add_clerk_js(local)
    local.add_argument(
        "--webhook", metavar="URL", help="is told of every change; on this machine"
    )
    local.add_argument(
        "--production",
        action="store_true",
        help="know browsers by their cookies, as live instances do",
    )
    add_port(local)
    local.set_defaults(command=serve_local)


def add_token(commands: Commands) -> None:
    about = "print a signed token for a user of a local Clerk, for curl and Postman"
    token = add_command(commands, "token", about)
    token.add_argument("user", metavar="USER", help="id, e-mail address or user name")
    token.add_argument(
        "--org", metavar="SLUG", help="the organization that is active; slug or id"
    )
    token.add_argument(
        "--claims", type=json_object, metavar="JSON", help="further claims: an object"
    )
    token.add_argument(
        "--lifetime", type=seconds, metavar="SECONDS", help="60 if left out"
    )
    token.add_argument("--template", metavar="NAME", help="a JWT template of yours")
    token.add_argument(
        "--origin",
        metavar="URL",
        help="the only site that takes it; demo and run --local take no other",
    )
    source = token.add_mutually_exclusive_group()
    add_data(source, "the file of the local Clerk")
    source.add_argument(
        "--url",
        default=URL,
        help=f"where it runs, with its key in CLERK_SECRET_KEY; {URL} if left out",
    )
    token.set_defaults(command=print_token)


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

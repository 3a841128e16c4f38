"""How the commands about a local instance are asked. What they need comes later."""

import argparse
import os

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.strict_json import read_object

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"
URL = "http://127.0.0.1:4747"


def add_local(commands: "Commands", add_port: "AddPort") -> None:
    about = "serve a local Clerk alone: no account, no network, on this machine only"
    local = commands.add_parser("local", help=about, description=f"{about}.")
    add_state(local)
    local.add_argument(
        "--clerk-js",
        metavar="DIR",
        help="a node_modules with @clerk/clerk-js, for pages that use it",
    )
    local.add_argument(
        "--webhook", metavar="URL", help="told of every change; on this machine"
    )
    local.add_argument(
        "--production",
        action="store_true",
        help="know browsers by their cookies, as live instances do",
    )
    add_port(local)
    local.set_defaults(command=serve_local)

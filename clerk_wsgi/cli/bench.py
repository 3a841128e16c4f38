"""What the chain costs, beside what nobody can save: one RSA verification.

Every figure is the best of many short rounds, taken in turn in one run, so that the
ratios hold on a machine whose speed drifts.
"""

import json
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import EnvironBuilder

from clerk_wsgi import ClerkMiddleware
from clerk_wsgi.core.keys import build_publishable_key, cookie_suffix
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.identity import Auth
from clerk_wsgi.layers.guard import Handler, Rules

NOW = 1_800_000_000
ROUNDS = 100
KEY = generate_private_key(65537, 2048)
RULES = {"/dashboard(.*)": {"role": "org:admin"}}
PUBLISHABLE_KEY = build_publishable_key("clerk.example.com")
REFERENCE = "import werkzeug, cryptography.hazmat.primitives.asymmetric.rsa"
IMPORT = """
import os, time
start = time.perf_counter()
{}
taken = time.perf_counter() - start
pages = int(open("/proc/self/statm").read().split()[1])
print(taken * 1000, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
"""


def print_figures() -> None:
    """Budgets are in the documentation, under “Performance”."""
    tokens = list(map(mint, range(ROUNDS)))
    seen = [environ_with(tokens[0])]
    bare, chain, ruled = application, middleware(), middleware(RULES)
    figures = best_of(
        {
            "verify": partial(verify_each, tokens[:50]),
            "bare": partial(serve_each, bare, seen * 100),
            "again": partial(serve_each, chain, seen * 100),
            "ruled": partial(serve_each, ruled, seen * 100),
            "bearer": partial(serve_each, chain, [bearer_with(tokens[1])] * 100),
            "first": partial(serve_first, tokens),
        }
    )
    raw, app = figures["verify"], figures["bare"]
    print(f"cryptography's RSA-2048 verify     {raw:8.1f} us   1.00")
    print(f"a bare application                 {app:8.1f} us   {app / raw:.2f}")
    for name, said in (
        ("again", "cookie seen before, chain adds  "),
        ("ruled", "the same, with a rule for a role"),
        ("bearer", "bearer seen before, chain adds  "),
        ("first", "token seen first, chain adds    "),
    ):
        cost = figures[name] - app
        print(f"{said}   {cost:8.1f} us   {cost / raw:.2f}")
    print_imports()


def best_of(measures: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Microseconds each, the best of the rounds."""
    taken = [{name: one() for name, one in measures.items()} for _ in range(ROUNDS)]
    return {name: min(each[name] for each in taken) for name in measures}


def timed(each: Callable[[Any], object], things: list[Any]) -> float:
    start = time.perf_counter()
    for thing in things:
        each(thing)
    return (time.perf_counter() - start) / len(things) * 1e6


def verify_each(tokens: list[str]) -> float:
    public, padding, digest = KEY.public_key(), PKCS1v15(), SHA256()
    signed = [token.rpartition(".")[0].encode() for token in tokens]
    signature = KEY.sign(signed[0], padding, digest)
    return timed(lambda _: public.verify(signature, signed[0], padding, digest), signed)


def serve_each(app: Any, environs: list[dict[str, Any]]) -> float:
    return timed(lambda environ: app(dict(environ), ignore), environs)


def serve_first(tokens: list[str]) -> float:
    """A middleware that has seen none of the tokens, but is warm."""
    app = middleware()
    app(environ_with(tokens[0]), ignore)
    return serve_each(app, [environ_with(token) for token in tokens[1:]])


def open_to_all(auth: Auth, request: RequestView) -> None:
    """A handler that protects nothing."""


def middleware(handler: Handler | Rules = open_to_all) -> ClerkMiddleware:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return ClerkMiddleware(
        application,
        handler,
        publishable_key=PUBLISHABLE_KEY,
        jwt_key=pem.decode(),
        backend="pem",
        clock=lambda: NOW * 1000.0,
    )


def application(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def ignore(*_: object) -> Any:
    """A `start_response` for nobody."""


def mint(number: int) -> str:
    header = {"alg": "RS256", "typ": "JWT", "kid": "ins_bench"}
    claims = {
        "iss": "https://clerk.example.com",
        "sub": f"user_{number:024}",
        "sid": f"sess_{number:024}",
        "azp": "https://app.example.com",
        "iat": NOW - 5,
        "nbf": NOW - 15,
        "exp": NOW + 55,
        "v": 2,
        "fea": "o:dashboard,o:teams",
        "pla": "o:pro",
        "o": {
            "id": "org_1",
            "slg": "acme",
            "rol": "admin",
            "per": "read",
            "fpm": "1,1",
        },
    }
    signed = f"{segment(header)}.{segment(claims)}"
    signature = KEY.sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{encoded(signature)}"


def segment(value: object) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def environ_with(token: str) -> dict[str, Any]:
    """A browser's request, with the cookies of a production instance."""
    suffix = cookie_suffix(PUBLISHABLE_KEY)
    cookies = f"__client_uat={NOW - 900}; __client_uat_{suffix}={NOW - 900}"
    cookies += f"; __session={token}; __session_{suffix}={token}; theme=dark"
    headers = {"Cookie": cookies, "Accept": "text/html", "Sec-Fetch-Dest": "document"}
    return EnvironBuilder("/dashboard", headers=[*headers.items()]).get_environ()


def bearer_with(token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return EnvironBuilder("/api/me", headers=[*headers.items()]).get_environ()


def print_imports() -> None:
    """Import time and memory, each in fresh processes, beside what it builds on."""
    pairs = [(once("import clerk_wsgi"), once(REFERENCE)) for _ in range(9)]
    ours, theirs = zip(*pairs, strict=True)
    for place, unit in ((0, "ms"), (1, "MB")):
        cost, floor = min(e[place] for e in ours), min(e[place] for e in theirs)
        said = f"import clerk_wsgi, over its libraries {cost - floor:6.1f} {unit}"
        print(f"{said}   ({cost:.1f}, they {floor:.1f})")


def once(statement: str) -> tuple[float, float]:
    """Milliseconds and megabytes of a fresh process that imports."""
    command = [sys.executable, "-c", IMPORT.format(statement)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    milliseconds, megabytes = map(float, done.stdout.split())
    return milliseconds, megabytes

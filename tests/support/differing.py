"""Do others accept what we accept? Real tokens, changed, and judged three times.

Half of the tokens are changed after they were signed, half before, so that those have
good signatures over odd headers and claims.
"""

import json
import random
import re
import time
from typing import NamedTuple

import jwt as pyjwt
from clerk_tokens import ISSUER, JWK, PEM, SESSION
from clerk_vectors import VECTORS
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from forging import HEADER, compact
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from joserfc.registry import HeaderParameter
from mutating import mutated

from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.token_types import has_other_category, is_machine_jwt
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import Checks, verify

SHORT, LONG = 500, 20_000
LEEWAY = 5

OURS = read_key_set({"keys": [JWK]})
PYJWT_KEY = load_pem_public_key(PEM.encode())
JOSERFC_KEY = RSAKey.import_key(PEM)
REGISTRY = jws.JWSRegistry(
    header_registry={"cat": HeaderParameter("Clerk's category of a token", "str")},
    algorithms=["RS256"],
    strict_check_header=False,
)

ODD = [
    *("", "x", "1999999999", None, True, False, 0, -1, 1.5, 2**63, 1e300),
    *([], {}, [1], ["x"], {"a": 1}, "\u00e9", "\u2028", "x" * 300, "null"),
]
MEMBERS = ["sub", "sid", "exp", "nbf", "iat", "aud", "iss", "azp", "jti", "o", "v"]
HEADERS = ["alg", "typ", "kid", "cat", "crit", "b64", "zip", "enc", "x", "cty", "jwk"]
AROUND = [b" ", b"\n", b"\t", b"\xef\xbb\xbf", b"\0", b"{}", b"[]", b","]

# What peers mind though nobody asked them and nothing follows from it here: the form
# of optional members that we do not read, or only where an audience is wanted.
UNASKED = re.compile("'(?:cty|jwk|jti|aud)'|InvalidJTIError")


class Outcome(NamedTuple):
    tried: int
    accepted: int
    disagreements: list[tuple[str, str, str]]


def changed_times(claims, source, now):
    """Times near the border of what is good."""
    name = source.choice(["exp", "nbf", "iat"])
    return claims | {name: now + source.choice([-600, -60, 0, 1, 60, 600, 0.5])}


def changed_members(values, names, source):
    name = source.choice(names)
    if source.random() < 0.3:
        return {key: value for key, value in values.items() if key != name}
    return values | {name: source.choice(ODD)}


def changed_json(values, source):
    """Bytes that mean the same, or nearly, or nothing any more."""
    text = json.dumps(values, ensure_ascii=source.random() < 0.5).encode()
    kind = source.randrange(4)
    if kind == 0:
        text = source.choice(AROUND) + text
    elif kind == 1:
        text += source.choice(AROUND)
    elif kind == 2:
        text = text.decode().encode(source.choice(["utf-16", "utf-8-sig", "utf-32"]))
    else:
        text = mutated(text, source)
    return text


def token_for(source, now):
    """A token; the first of ten is good as it is."""
    times = {"iat": now - 30, "nbf": now - 30, "exp": now + 3600}
    claims, header, kind = {**SESSION, **times}, dict(HEADER), source.randrange(10)
    if kind == 0:
        return compact(header, claims)
    if kind <= 4:
        token = compact(header, claims).encode()
        return mutated(token, source).decode("utf-8", "surrogateescape")
    if kind == 5:
        claims = changed_times(claims, source, now)
    elif kind == 6:
        claims = changed_members(claims, MEMBERS, source)
    elif kind == 7:
        header = changed_members(header, HEADERS, source)
    elif kind == 8:
        claims = changed_json(claims, source)
    else:
        header = changed_json(header, source)
    return compact(header, claims)


def we_accept(token, now):
    try:
        read = parse_token(token)
        verify(read, OURS[read.header["kid"]], Checks(issuer=(ISSUER,)), now * 1000)
    except (KeyError, TypeError, TokenVerificationError):
        return False
    return not (has_other_category(read) or is_machine_jwt(read))


def ask_pyjwt(token):
    """Nobody is asked about an audience: it is for the application to want one."""
    options = {"verify_aud": False, "require": ["exp"]}
    pyjwt.decode(token, PYJWT_KEY, ["RS256"], options, leeway=LEEWAY)


def ask_joserfc(token, now):
    decoded = jwt.decode(token, JOSERFC_KEY, registry=REGISTRY)
    wanted = jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY, exp={"essential": True})
    wanted.validate(decoded.claims)


def refusals(token, now):
    """Whoever refuses it, with the reason: (peer, reason) each."""
    peers = {
        "PyJWT": lambda: ask_pyjwt(token),
        "joserfc": lambda: ask_joserfc(token, now),
    }
    for name, ask in peers.items():
        try:
            ask()
        except Exception as error:  # peers refuse in many ways; all of them count
            yield name, f"{type(error).__name__}: {error}"


def differ(count=SHORT, seed="differential"):
    """Judges `count` tokens; PyJWT has the real clock, so all have."""
    source, accepted, disagreements = random.Random(seed), 0, []
    for _ in range(count):
        now = int(time.time())
        token = token_for(source, now)
        if we_accept(token, now):
            accepted += 1
            disagreements += [
                (who, why, token)
                for who, why in refusals(token, now)
                if not UNASKED.search(why)
            ]
    return Outcome(count, accepted, disagreements)


def open_redirects():
    """The published list, without its empty lines."""
    text = (VECTORS / "open_redirects.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line]

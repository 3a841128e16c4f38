"""What signed-in browsers send, and what is sent to do harm; whole, as bytes."""

import random
from urllib.parse import quote_from_bytes

from clerk_tokens import PUBLISHABLE_KEY, cookie_header
from load_app import GUARDED
from mutating import mutated

from clerk_wsgi.core.keys import cookie_suffix

HEADERS = """Host: app.example.com
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
Accept-Language: en-US,en;q=0.5
Accept-Encoding: gzip, deflate, br, zstd
Sec-Fetch-Dest: document
Sec-Fetch-Mode: navigate
Sec-Fetch-Site: same-origin"""
SUFFIX = cookie_suffix(PUBLISHABLE_KEY)


def browsed(token, path=GUARDED):
    """A page asked for with the cookies of a production instance."""
    cookies = {"theme": "dark"}
    for name, value in (("__client_uat", "1600000000"), ("__session", token)):
        cookies |= {name: value, f"{name}_{SUFFIX}": value}
    return request(path, f"Cookie: {cookie_header(cookies)}")


def request(path, *more):
    lines = [f"GET {path} HTTP/1.1", *HEADERS.split("\n"), *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def garbage(tokens, count, seed=0):
    """So many requests that let nobody in; none comes twice.

    All are in order for the server, so that it hands them on.
    """
    dice = random.Random(seed)
    return [dice.choice(KINDS)(dice.choice(tokens), dice) for _ in range(count)]


def forged(token, dice):
    """Only its signature is bad: nothing costs more to refuse.

    Its last character is as it was, since most others are no canonical base64url.
    """
    return f"{token[:-41]}{dice.randbytes(20).hex()}{token[-1]}"


def forged_cookie(token, dice):
    return browsed(forged(token, dice))


def forged_bearer(token, dice):
    return request(GUARDED, f"Authorization: Bearer {forged(token, dice)}")


def odd_cookie(token, dice):
    return browsed(mutated_text(token, dice))


def odd_bearer(token, dice):
    return request(GUARDED, f"Authorization: Bearer {mutated_text(token, dice)}")


def mutated_text(token, dice):
    """Without what ends a header; shorter than where the server ends it."""
    raw = mutated(forged(token, dice).encode(), dice)[:3000]
    return "".join(chr(byte) for byte in raw if byte >= 32 and byte != 127)


def odd_path(token, dice):
    odd = quote_from_bytes(mutated(GUARDED.encode(), dice)[:1000], safe="/.;\\")
    return browsed(forged(token, dice), f"{GUARDED}/{odd}")


KINDS = [forged_cookie, forged_bearer, odd_cookie, odd_bearer, odd_path]

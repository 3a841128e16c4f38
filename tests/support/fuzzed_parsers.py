"""Every parser that reads what strangers write, with the exceptions it documents."""

import hmac
import warnings
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from clerk_tokens import JWK, PUBLISHABLE_KEY, cookie_header, mint, signed_in_cookies
from forging import NOW, as_bytes, compact, decode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mutating import variant

from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.core import cookies, directives, keys, paths, sealed, urls, webhooks
from clerk_wsgi.core.errors import (
    ConfigurationError,
    MalformedURLError,
    TokenVerificationError,
    WebhookVerificationError,
)
from clerk_wsgi.core.patterns import compile_pattern
from clerk_wsgi.core.state import is_header_value
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import Checks, VerificationKey, verify

SHORT = 300
SECRET = b"k" * 24
WEBHOOK_BODY = b'{"type":"user.deleted","object":"event","data":{"id":"user_1"}}'


class Parser(NamedTuple):
    """What is called with bytes; `seeds` are inputs that it takes."""

    name: str
    call: Callable[[bytes], object]
    documented: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]


class Outcome(NamedTuple):
    examples: int
    escapes: list[tuple[str, bytes]]


def text_of(raw):
    """Half of all texts as a server hands them over, the others as a program would."""
    encoding = "latin-1" if len(raw) % 2 else "utf-8"
    return raw.decode(encoding, "surrogateescape")


def of_text(call):
    return lambda raw: call(text_of(raw))


@cache
def key():
    return next(iter(read_key_set({"keys": [JWK]}).values()))


def judge(raw):
    """The very bytes as claims, signed by the right key, and judged."""
    token = parse_token(compact(claims=raw))
    verify(token, VerificationKey(key().public_key), Checks(), NOW * 1000)


def read_keys(raw):
    """What `read_key_set` gets: JSON that was read strictly."""
    read_key_set(read_object(raw))


def read_cookies(raw):
    found = cookies.parse_cookies(raw.decode("latin-1"))
    assert all(isinstance(value, str) for value in found.values())


def read_numbers(raw):
    cookies.leading_integer(text_of(raw))
    cookies.loop_counter(text_of(raw))
    cookies.bearer_token(raw.decode("latin-1"))


def read_url(raw):
    base = urls.parse_url("https://app.example.com/a/b?c#d")
    assert str(urls.parse_url(text_of(raw), base)).isascii()


def public_url(raw):
    """The parts of a request as its client wrote them."""
    host, _, target = raw.decode("latin-1").partition(" ")
    written = urls.public_url("https", host, urls.request_target("", target, target))
    assert is_header_value(written)


def routed(raw):
    path = paths.routed_path(raw.decode("latin-1"))
    assert paths.routed_path(path.encode().decode("latin-1")) == path


def checked(raw):
    paths.checked_path(text_of(raw))
    paths.normalize_path(text_of(raw))


def compile_one(raw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile_pattern(text_of(raw))


def read_webhook(raw):
    """Lines: the identifier, the time, the signatures, and then the body."""
    lines = raw.split(b"\n", 3)
    names = ("svix-id", "svix-timestamp", "svix-signature")
    headers = {n: v.decode("latin-1") for n, v in zip(names, lines, strict=False)}
    message = webhooks.read_message(headers)
    webhooks.verify(message, lines[-1], [SECRET], NOW * 1000)


def read_signed_webhook(raw):
    """A body that is whatever it is, with the right signature."""
    mac = b64encode(hmac.digest(SECRET, b"msg_1.%d.%b" % (NOW, raw), "sha256"))
    message = webhooks.Message("msg_1", str(NOW), f"v1,{mac.decode()}")
    webhooks.verify(message, raw, [SECRET], NOW * 1000)


def accept_directives(raw):
    texts = text_of(raw).split("\n")
    for each in directives.acceptable([*texts, raw, None, len(raw)]):
        assert is_header_value(each)
    directives.session_in(texts)


def seeds_of_webhooks():
    signed = b"msg_1.%d.%b" % (NOW, WEBHOOK_BODY)
    mac = b64encode(hmac.digest(SECRET, signed, "sha256"))
    return (b"msg_1\n%d\nv1,%b\n%b" % (NOW, mac, WEBHOOK_BODY),)


PATHS = (b"/admin/users", b"/a%2Fb/%C3%A9/", b"//x/../y;z=1", "/\u00e9/".encode())
PATTERNS = (b"/users/:id(\\d+)", b"/a(.*)", b"/:x?/{y-:z}*", b"/(?:a|b)+", b"/[a-z]")
URLS = (
    b"https://example.com:8443/a/../b?c=d#e",
    b"//evil.com/%2e%2e",
    b"http://[::1]:80/",
)
BAD_TOKEN = (TokenVerificationError,)
BAD_HOOK = (WebhookVerificationError,)
BAD_PATH = (MalformedURLError,)
BAD_VALUE = (ValueError,)
BAD_OPTION = (ConfigurationError,)


def parsers():
    """Made when they are wanted, since some seeds take a signature."""
    claims = (decode(mint().split(".")[1]), b'{"exp":1e400,"sub":"","o":{"per":1}}')
    header = cookie_header(signed_in_cookies()).encode()
    sealed_text = sealed.seal({"secret_key": "sk_live_x"}, "key").encode()
    token = mint().encode()
    jwks = as_bytes({"keys": [JWK]})
    cookie = b"__session=a.b.c; Path=/; HttpOnly\n__client_uat=1"
    return [
        Parser("tokens.parse_token", of_text(parse_token), BAD_TOKEN, (token,)),
        Parser("verification.verify (signed claims)", judge, BAD_TOKEN, claims),
        Parser("strict_json.read_object", read_object, BAD_VALUE, (*claims, jwks)),
        Parser("keys.read_key_set", read_keys, BAD_VALUE, (jwks,)),
        Parser("cookies.parse_cookies", read_cookies, (), (header, b'a="b"; c=%41')),
        Parser("cookies: numbers, bearer", read_numbers, (), (b"17", b"Bearer a.b.c")),
        Parser("urls.parse_url", read_url, BAD_VALUE, URLS),
        Parser("urls.public_url", public_url, BAD_VALUE, (b"a.com:80 /x?y", *URLS)),
        Parser("urls.is_same_site_path", of_text(urls.is_same_site_path), (), PATHS),
        Parser("paths.routed_path", routed, BAD_PATH, PATHS),
        Parser("paths.checked_path, normalize_path", checked, BAD_PATH, PATHS),
        Parser("patterns.compile_pattern", compile_one, BAD_OPTION, PATTERNS),
        Parser("webhooks.verify", read_webhook, BAD_HOOK, seeds_of_webhooks()),
        Parser(
            "webhooks.verify (signed body)",
            read_signed_webhook,
            BAD_HOOK,
            (WEBHOOK_BODY,),
        ),
        Parser(
            "sealed.unseal",
            of_text(lambda text: sealed.unseal(text, "key")),
            BAD_OPTION,
            (sealed_text,),
        ),
        Parser("directives.acceptable", accept_directives, (), (cookie,)),
        Parser(
            "keys.parse_publishable_key",
            of_text(keys.parse_publishable_key),
            (),
            (PUBLISHABLE_KEY.encode(),),
        ),
    ]


def escape(parser, raw):
    """The exception that `parser` does not document, as text; None for all others."""
    try:
        parser.call(raw)
    except parser.documented:
        return None
    except Exception as error:  # this is what is looked for
        return f"{type(error).__name__}: {error}"[:200]
    return None


def inputs(parser):
    """Noise of hypothesis' own, and changes to what the parser takes."""
    changed = st.integers(0, 2**63).map(lambda number: variant(parser.seeds, number))
    return st.one_of(changed, changed, changed, st.binary(max_size=80))


def fuzz(parser, examples=SHORT):
    """Tries `examples` inputs, the same ones each time."""
    tried, escapes = 0, []

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(parser))
    def try_one(raw):
        nonlocal tried
        tried += 1
        said = escape(parser, raw)
        if said is not None and len(escapes) < 20:
            escapes.append((said, raw))

    try_one()
    return Outcome(tried, escapes)

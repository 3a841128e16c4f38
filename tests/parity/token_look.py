"""A look at the tokens of a case: in which ways is one of them out of the ordinary?"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from math import isfinite
from urllib.parse import unquote

from clerk_wsgi.core.claims import has_unreadable_features
from clerk_wsgi.core.http_dates import MAX_SECONDS

CARRIED = re.compile(r'(?:__session[^="; ]*|__clerk_handshake)=([^;"& \\]+)')
TEXTS = ("sub", "sid", "sts", "org_id", "org_slug", "org_role", "jti", "client_id")
LISTS = ("org_permissions", "scp")
EXTENSIONS = {"crit", "b64", "zip"}
SESSION = "cl_B7d4PD111AAA"
MOST = 8 * 1024
DEEPEST = 32


def oddities(case):
    """What is odd about the tokens in the request and in the canned answers."""
    return set().union(*map(oddities_of, tokens_of(case)))


def tokens_of(case):
    """Every token that the case has somewhere, those inside of handshakes too."""
    told = unquote(json.dumps([case["request"], case.get("bapi")]))
    found = CARRIED.findall(told)
    found += case["request"]["headers"].get("authorization", "").split()
    for text in found:
        found += CARRIED.findall(payload_of(text))
    return dict.fromkeys(found)


def payload_of(text):
    parts = text.split(".")
    return decode(parts[1]).decode("utf-8", "replace") if len(parts) == 3 else ""


def oddities_of(text):
    segments = text.split(".")
    found = {"size"} if len(text) > MOST or len(segments[0]) > 1024 else set()
    if len(segments) != 3:
        return found
    if not all(map(is_canonical, segments)):
        found.add("spelling")
    values = [read(segment, found) for segment in segments[:2]]
    if None not in values:
        found |= odd_header(values[0]) | odd_claims(values[1])
    return found


def is_canonical(segment):
    raw = decode(segment)
    return urlsafe_b64encode(raw).rstrip(b"=").decode() == segment


def decode(segment):
    bare = re.sub(r"[^\w-]", "", segment)
    return urlsafe_b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "==")


def read(segment, found):
    """The JSON object of the segment; None where it is none, or an odd one."""
    raw = decode(segment)
    try:
        text = raw.decode()
        value = json.loads(text, object_pairs_hook=Pairs)
    except ValueError:
        found.add("json")
        return None
    if not isinstance(value, Pairs) or is_odd(value) or text.startswith("\ufeff"):
        found.add("json")
    return value.as_dict() if isinstance(value, Pairs) else None


class Pairs(list):
    """A JSON object as it is written."""

    def as_dict(self):
        return {k: v.as_dict() if isinstance(v, Pairs) else v for k, v in self}


def is_odd(value, depth=1):
    """Members twice, numbers beyond all bounds, half characters, much too deep."""
    if depth > DEEPEST:
        return True
    if isinstance(value, Pairs):
        names = Counter(name for name, _ in value)
        inside = [each for pair in value for each in pair]
        return max(names.values(), default=1) > 1 or any(
            is_odd(each, depth + 1) for each in inside
        )
    if isinstance(value, list):
        return any(is_odd(each, depth + 1) for each in value)
    if isinstance(value, float):
        return not isfinite(value)
    return isinstance(value, str) and bool(re.search("[\ud800-\udfff]", value))


def odd_header(header):
    found = set()
    if EXTENSIONS & set(header):
        found.add("extension")
    if not text(header.get("kid")):
        found.add("kid")
    if header.get("cat", SESSION) != SESSION or header.get("typ", "JWT") != "JWT":
        found.add("kind")
    if header.get("alg") in ("RS384", "RS512"):
        found.add("algorithm")
    return found


def odd_claims(claims):
    found = set()
    if has_unreadable_features(claims):
        found.add("features")
    if names_other_types(claims):
        found.add("types")
    if any(not text(claims.get(name)) for name in ("sub", "sid")):
        found.add("name")
    if str(claims.get("sub")).startswith("mch_"):
        found.add("kind")
    exp = claims.get("exp")
    if type(exp) is not int or not is_time(exp):
        found.add("time")
    if any(name in claims and not is_time(claims[name]) for name in ("nbf", "iat")):
        found.add("time")
    audience = claims.get("aud", "")
    named = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in named):
        found.add("audience")
    return found


def text(value):
    return isinstance(value, str) and value


def is_time(value):
    return type(value) in (int, float) and abs(value) <= MAX_SECONDS


def names_other_types(claims):
    """Is a claim that is a text, or a list of texts, something else?"""
    named = [claims.get(name) for name in TEXTS]
    organization = claims.get("o")
    if isinstance(organization, dict):
        named += organization.values()
    elif organization is not None:
        return True
    for name in LISTS:
        values = claims.get(name)
        if not (values is None or isinstance(values, list)):
            return True
        named += values or []
    return not all(each is None or isinstance(each, str) for each in named)

"""The requests of the vectors, crossed with one another."""

import copy
from functools import cache

from clerk_vectors import load
from forging import NOW
from random_requests import with_host

OPTIONS = (
    "jwtKey",
    "audience",
    "authorizedParties",
    "acceptsToken",
    "organizationSyncOptions",
    "satelliteAutoSync",
    "clockSkewInMs",
    "machineSecretKey",
    "proxyUrl",
    "isSatellite",
    "domain",
    "signInUrl",
)
HEADERS = ("sec-fetch-dest", "cookie", "authorization", "referer", "accept", "origin")


@cache
def vectors():
    return load("authenticate_request")["cases"]


def crossing(dice):
    """A vector's request, changed once to four times."""
    chosen = dice.choice(vectors())
    names = ("now_ms", "request", "options", "bapi", "no_api_client")
    case = copy.deepcopy({name: chosen[name] for name in names if name in chosen})
    for _ in range(dice.randint(1, 4)):
        other = dice.choice(vectors())
        dice.call(
            {
                header_of: 6,
                without_header: 2,
                cookie_of: 6,
                without_cookie: 3,
                option_of: 6,
                without_option: 2,
                query_of: 3,
                method_of: 1,
                answers_of: 3,
                later: 1,
            },
            case,
            other,
        )
    for stub in case.get("bapi", []):
        if "raw" in stub:
            stub["text"] = stub["raw"]
        stub.pop("times", None)
    case["options"].pop("skipJwksCache", None)
    if "authorization" in case["request"]["headers"]:
        case.pop("no_api_client", None)
    return with_host(case)


def header_of(dice, case, other):
    name = dice.choice(HEADERS)
    if name in other["request"]["headers"]:
        case["request"]["headers"][name] = other["request"]["headers"][name]


def without_header(dice, case, other):
    case["request"]["headers"].pop(dice.choice(HEADERS), None)


def cookie_of(dice, case, other):
    theirs = other["request"]["headers"].get("cookie", "").split("; ")
    ours = case["request"]["headers"].get("cookie", "").split("; ")
    chosen = dice.choice(theirs)
    name = chosen.partition("=")[0]
    kept = [pair for pair in ours if pair and pair.partition("=")[0] != name]
    case["request"]["headers"]["cookie"] = "; ".join([*kept, chosen]).strip()


def without_cookie(dice, case, other):
    pairs = case["request"]["headers"].get("cookie", "").split("; ")
    pairs.pop(dice.randrange(len(pairs)))
    case["request"]["headers"]["cookie"] = "; ".join(pairs).strip()


def option_of(dice, case, other):
    name = dice.choice(OPTIONS)
    if name in other["options"]:
        case["options"][name] = copy.deepcopy(other["options"][name])


def without_option(dice, case, other):
    case["options"].pop(dice.choice(OPTIONS), None)


def query_of(dice, case, other):
    query = other["request"]["url"].partition("?")[2]
    if query and "#" not in case["request"]["url"]:
        mark = "&" if "?" in case["request"]["url"] else "?"
        case["request"]["url"] += mark + query


def method_of(dice, case, other):
    case["request"]["method"] = dice.pick("GET", "POST", "HEAD")


def answers_of(dice, case, other):
    case["bapi"] = copy.deepcopy(other.get("bapi", []) + case.get("bapi", []))


def later(dice, case, other):
    case["now_ms"] = NOW * 1000 + dice.pick(-60_000, 30_000, 64_999, 65_000, 90_000)

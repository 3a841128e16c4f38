"""Tokens of every kind that may reach an application, with real signatures."""

import json

from forging import HEADER, NOW, compact, encode
from random_claims import NOT_TEXT, session_claims

CATEGORIES = {
    "cl_B7d4PD111AAA": 3,  # session
    "cl_B7d4PD222AAA": 3,  # template
    "cl_B7d4PD333AAA": 2,  # machine to machine
    "cl_I7d4PD111III": 2,  # ignored
    "cl_other": 1,
    "": 1,
    None: 1,
}
ALGORITHMS = ("none", "HS256", "RS384", "RS512", "rs256", "ES256", "PS256", None, 5, "")
TYPES = ("jwt", "JWS", "", None, 5, "JWT ", "at+jwt", "application/at+jwt", ["JWT"])
KIDS = (..., "other", None, 5, "", "local-x", "ins_\u00e9")
EDGES = (-3600, -100, -10, -6, -5, -4, -1, 0, 1, 4, 5, 6, 10, 100, 3600)
GARBAGE = (
    "garbage",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "..",
    "eyJhbGciOiJSUzI1NiJ9..",
    "ak_like.but.not",
    "Bearer",
    "null",
    "undefined",
    "e30.e30.",
    "bnVsbA.bnVsbA.AA",
    "W10.W10.AA",
    "x" * 9000,
)
RAW = (
    b'{"sub":"user_1","sub":"user_2"}',
    b'\xef\xbb\xbf{"sub":"user_1"}',
    b'{"sub":"\xff"}',
    b"null",
    b"[]",
    b'"text"',
    b"5",
    b'{"sub":"user_1","exp":NaN}',
    b'{"sub":"user_1","exp":1e999}',
    b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"sub":"\\ud800"}',
    b"{'sub':1}",
    b"{}",
    b" {} ",
    b"",
)
OPAQUE = ("ak_1", "mt_1", "oat_1", "ak_", "mt_", "oat_", "AK_1", "sk_1", "ak_1.b.c")


def session_token(dice, issuer):
    """A token that a browser may hold; two in three are good."""
    if dice.chance(66):
        return good_token(dice, issuer)
    return dice.call(
        {
            late_token: 8,
            early_token: 5,
            foreign_token: 4,
            category_token: 5,
            odd_header_token: 5,
            odd_claims_token: 6,
            odd_time_token: 4,
            machine_jwt: 2,
            respelled_token: 2,
            raw_token: 2,
            garbage: 3,
        },
        issuer,
    )


def header_token(dice, issuer):
    """A token in an Authorization header."""
    kinds = {session_token: 6, machine_jwt: 3, opaque_token: 4, garbage: 1}
    return dice.call(kinds, issuer)


def claims(dice, issuer, **more):
    issued = NOW - dice.pick(0, 0, 1, 10, 30)
    found = {
        "iss": issuer,
        "sub": "user_1",
        "sid": "sess_1",
        "azp": "https://app.example.com",
        "iat": issued,
        "nbf": issued - 10,
        "exp": issued + 60,
    }
    if dice.chance(40):
        found |= session_claims(dice)
    return {name: each for name, each in (found | more).items() if each is not ...}


def good_token(dice, issuer):
    return compact(HEADER, claims(dice, issuer))


def late_token(dice, issuer):
    exp = NOW + dice.choice(EDGES[:8])
    times = {"iat": exp - 60, "nbf": exp - 70, "exp": exp}
    return compact(HEADER, claims(dice, issuer, **times))


def early_token(dice, issuer):
    names = dice.pick(("nbf",), ("iat",), ("nbf", "iat"))
    times = dict.fromkeys(names, NOW + dice.choice(EDGES[7:]))
    return compact(HEADER, claims(dice, issuer, **times))


def foreign_token(dice, issuer):
    other = dice.pick("https://clerk.other.example", "", ..., "http://" + issuer[8:], 5)
    if dice.chance(50):
        return compact(HEADER, claims(dice, issuer), "b")
    return compact(HEADER, claims(dice, issuer, iss=other), dice.pick("a", "b"))


def category_token(dice, issuer):
    header = HEADER | {"cat": dice.weighted(CATEGORIES)}
    return compact(header, claims(dice, issuer))


def odd_header_token(dice, issuer):
    header = dict(HEADER)
    name = dice.weighted({"alg": 4, "typ": 4, "kid": 4, "more": 1})
    values = {"alg": ALGORITHMS, "typ": TYPES, "kid": KIDS, "more": (...,)}
    header[name] = dice.choice(values[name])
    if name == "more":
        header |= dice.pick({"crit": ["x"]}, {"b64": False}, {"zip": "DEF"}, {"x": 1})
    header = {name: each for name, each in header.items() if each is not ...}
    if dice.chance(10):
        header.pop("typ", None)
    return compact(header, claims(dice, issuer))


def odd_claims_token(dice, issuer):
    values = {
        "sub": ("", "user_2", "mch_1", *NOT_TEXT),
        "sid": ("", *NOT_TEXT),
        "azp": (..., "", "https://other.example", "http://localhost:3000", *NOT_TEXT),
        "aud": ("", "x", "y", ["x", "z"], [], ["x", 5], [""], *NOT_TEXT),
        "iss": (..., "", "clerk.example.com", *NOT_TEXT),
        "azp ": ("https://\u65e5\u672c.example",),
    }
    name = dice.choice(list(values))
    return compact(
        HEADER, claims(dice, issuer, **{name.strip(): dice.choice(values[name])})
    )


def odd_time_token(dice, issuer):
    odd = (..., None, "1700000060", True, [], {}, 0, -1, 1.5, 1e300, -1e300, 9e12)
    near = [float(NOW + 60), NOW + 60.9, NOW + 5.5, NOW - 5.5]
    name = dice.pick("exp", "nbf", "iat")
    return compact(HEADER, claims(dice, issuer, **{name: dice.pick(*odd, *near)}))


def machine_jwt(dice, issuer):
    header = dict(HEADER)
    named = {
        "sub": dice.pick("mch_1", "user_1", "mch_", "client_1"),
        "azp": ...,
        "sid": ...,
    }
    if dice.chance(50):
        header["typ"] = dice.pick("at+jwt", "application/at+jwt", "AT+JWT", "JWT")
    if dice.chance(30):
        header["cat"] = dice.weighted(CATEGORIES)
    more = {
        "jti": dice.pick("id_1", 5, None),
        "scopes": dice.pick("mch_2 mch_3", "", ["mch_2"], None, "one"),
        "scope": dice.pick("a b", "", 5),
        "scp": dice.pick(["a", "b"], [], "a", ["a", 5]),
        "aud": dice.pick("x", ["x"], ["y", "x"], [], "", 5, [5]),
        "client_id": dice.pick("client_1", 5, ""),
        "custom": {"a": 1},
    }
    named |= {name: more[name] for name in dice.some(list(more))}
    if dice.chance(20):
        named["exp"] = NOW - 100
    if dice.chance(10):
        named["nbf"] = NOW + 100
    return compact(
        header, claims(dice, issuer, **named), "b" if dice.chance(8) else "a"
    )


def opaque_token(dice, issuer):
    return dice.choice(OPAQUE)


def respelled_token(dice, issuer):
    """A good token in another spelling of base64url, or a bad one."""
    token = good_token(dice, issuer)
    place = dice.randrange(len(token))
    return dice.pick(
        f"{token}=",
        f"{token}==",
        token.replace(".", "=.", 1),
        token[:-1],
        token[:-1] + dice.pick("A", "B", "_", "+", "/"),
        f"{token[:place]}{dice.pick('A', '+', '!', '.')}{token[place + 1 :]}",
        f"{token}.",
        token.rpartition(".")[0] + ".",
    )


def raw_token(dice, issuer):
    """A good signature over JSON that nobody should write."""
    if dice.chance(30):
        return compact(dice.choice(RAW), claims(dice, issuer))
    raw = dice.choice(RAW)
    if dice.chance(40):
        good = json.dumps(claims(dice, issuer)).encode()
        raw = good[:-1] + dice.pick(b',"sub":"user_2"}', b',"x":NaN}', b"}}", b"} ")
    return compact(HEADER, raw)


def garbage(dice, issuer):
    return dice.choice(GARBAGE)


def handshake_token(dice, issuer, suffix):
    header, named = dict(HEADER), {"handshake": directives(dice, issuer, suffix)}
    if dice.chance(15):
        header |= dice.pick(
            {"cat": dice.weighted(CATEGORIES)},
            {"alg": dice.choice(ALGORITHMS)},
            {"typ": dice.choice(TYPES)},
            {"kid": "other"},
        )
    if dice.chance(5):
        named["handshake"] = dice.choice(NOT_TEXT)
    if dice.chance(10):
        named |= {"exp": NOW - 100, "iat": NOW - 200}
    if dice.chance(5):
        return garbage(dice, issuer)
    return compact(header, named, "b" if dice.chance(12) else "a")


def directives(dice, issuer, suffix):
    """Set-Cookie values as a Frontend API hands them out."""
    token = session_token(dice, issuer)
    if len(token) > 5000:
        token = "long"
    signed_in = [
        f"__session={token}; Path=/; Secure; SameSite=Lax",
        f"__session_{suffix}={token}; Path=/; Secure",
        f"__client_uat={NOW - 100}; Path=/",
        f"__client_uat_{suffix}={NOW - 100}; Path=/",
        f"__refresh_{suffix}=refresh_2; Path=/; HttpOnly; Secure",
    ]
    signed_out = [
        "__session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        f"__session_{suffix}=; Path=/; Max-Age=0",
        "__client_uat=0; Path=/",
    ]
    chosen = dice.weighted({"in": 8, "out": 2, "mixed": 1, "none": 1})
    found = {
        "in": signed_in,
        "out": signed_out,
        "mixed": [*signed_in, *signed_out],
        "none": [],
    }[chosen]
    found = dice.some(found, 85)
    if dice.chance(6):
        found.append(
            dice.pick(
                "a=b; Path=/",
                "__sessionx=y",
                "__session",
                "=",
                "",
                "__session=a=b=c",
                "__clerk_db_jwt=dvb_2; Path=/",
                " __session=x",
                "__Host-x=1",
            )
        )
    if dice.chance(10):
        dice.shuffle(found)
    return found


def encoded(text):
    """Text in base64url, for values that are no tokens."""
    return encode(text.encode())

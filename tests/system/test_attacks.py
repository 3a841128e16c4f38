"""Known attacks, by their ids in the list of the project's security requirements.

Whatever is tried, it ends as the list says: a public page is served to nobody in
particular, a protected one leads to sign-in, anything else protected is not there, and
nothing of the attack is heard of again: no header, no body and no log repeats a token.
"""

import hashlib
import hmac
import json
import re
from urllib.parse import quote
from wsgiref.validate import validator

import pytest
from clerk_tokens import (
    API,
    DEVELOPMENT_KEY,
    IN_ORGANIZATION,
    ISSUER,
    JWK,
    JWKS,
    ORIGIN,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    SESSION,
    SIGN_IN,
    bearer,
    cookie_header,
    epoch_ms,
    mint,
    signed_in_cookies,
)
from clerk_vectors import VECTORS
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from forging import HEADER, NOW, compact, encode, private_key, vector_keys
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, ConfigurationError, VerificationKey, auth
from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.backends.pem import PemBackend

HANDSHAKE = "https://clerk.example.com/v1/client/handshake?"
OTHER_KEY = "pk_live_Y2xlcmsub3RoZXIuY29tJA=="  # clerk.other.com
OTHER_SIGN_IN = "https://accounts.other.com/sign-in"
OTHER_HANDSHAKE = "https://clerk.other.com/v1/client/handshake?"
SECRET_KEY = "sk_live_" + "s" * 40

PEM_BACKEND = PemBackend(PEM)
TOKEN = mint()
OTHER = mint({"sub": "user_2"})
FORGED = mint(key="b")
UAT = f"__client_uat={NOW - 100}"


def site(environ, start_response):
    """Says whom it takes the client for."""
    who = auth()
    told = {
        "user": who.user_id,
        "permissions": who.org_permissions,
        "environ": sorted(key for key in environ if "CLERK" in key.upper()),
        "machine": auth(accepts_token="m2m_token").is_authenticated,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def browse(**options):
    options = {
        "publishable_key": PUBLISHABLE_KEY,
        "jwt_key": PEM,
        "clock": epoch_ms,
        **options,
    }
    if options["jwt_key"] is PEM:  # found without a search of what is installed
        options.setdefault("backend", PEM_BACKEND)
    guarded = {"/private(.*)": {}}
    return TestApp(ClerkMiddleware(validator(site), guarded, **options))


class Clerk:
    """Hands out keys, or what it is told to, and notes when it was asked."""

    def __init__(self, document=JWKS):
        self.document = document
        self.status = 200
        self.fetches = []
        self.seconds = 1000.0

    def __call__(self, method, url, headers, body):
        self.fetches.append(self.seconds)
        if self.document is NoAnswer:
            raise NoAnswer("Nobody answers.")
        raw = self.document
        raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        return Answer(self.status, {"Location": "http://169.254.169.254/"}, raw)

    def browse(self, **options):
        backend = JwksBackend(
            "https://api.clerk.com",
            "v1",
            SECRET_KEY,
            clock=lambda: self.seconds,
            transport=self,
        )
        return browse(backend=backend, **options)


def as_bearer(token):
    return bearer(token)


def as_cookie(token):
    return {"Cookie": cookie_header(signed_in_cookies() | {"__session": token})}


CARRIERS = [as_bearer, as_cookie]


def user_of(browser, headers):
    return browser.get("/", headers=API | headers, status=200).json["user"]


def assert_nobody(browser, headers, pages=(SIGN_IN,)):
    """The three answers to somebody whom nothing proves; pages lead to `pages`."""
    answers = [
        browser.get("/", headers=API | headers, status=200),
        browser.get("/private", headers=API | headers, status=404),
        browser.get("/private", headers=PAGE | headers, status=307),
    ]
    assert answers[0].json["user"] is None
    assert not answers[0].json["permissions"]
    assert answers[2].location.startswith(pages)
    return answers


def assert_untold(token, answers, log):
    """Nobody repeats the token, but for the handshake that hands it to Clerk."""
    if len(token) < 20 or not token.strip("."):
        return
    for answer in answers:
        assert token.encode("utf-8", "surrogateescape") not in answer.body
        for name, value in answer.headerlist:
            handed = name == "Location" and value.startswith(HANDSHAKE)
            assert handed or token not in value
    assert token not in log.text


def parts(token):
    return token.split(".")


def signed(header, claims):
    """With a good signature over whatever the parts are, bytes of JSON included."""
    return compact(header, claims)


def with_segment(number, text, token=None):
    segments = parts(token or mint())
    segments[number] = text
    return ".".join(segments)


def in_every_segment(change):
    segments = parts(mint())
    for number in range(3):
        yield with_segment(number, change(segments[number]), ".".join(segments))


def with_hmac(key, algorithm="HS256"):
    name = algorithm.lower().replace("hs", "sha")
    text = mint(header={"alg": algorithm}).rpartition(".")[0]
    mac = hmac.new(key, text.encode(), getattr(hashlib, name)).digest()
    return f"{text}.{encode(mac)}"


def with_standard_alphabet():
    """Tokens in which base64url and base64 differ, in each segment."""
    header = {**HEADER, "x": "???>>>~~~"}
    for number in range(3):
        for attempt in range(100):
            token = signed(header, {**SESSION, "x": "???>>>~~~" + "." * attempt})
            segment = parts(token)[number]
            other = segment.replace("-", "+").replace("_", "/")
            if other != segment:
                yield with_segment(number, other, token)
                break


def with_pss():
    text = mint(header={"alg": "PS256"}).rpartition(".")[0]
    padding = PSS(MGF1(SHA256()), 32)
    return f"{text}.{encode(private_key().sign(text.encode(), padding, SHA256()))}"


def raw_claims(**members):
    """Claims as JSON that `json` would not write."""
    text = json.dumps({k: v for k, v in SESSION.items() if k not in members})
    more = "".join(f', "{name}": {value}' for name, value in members.items())
    return signed(HEADER, (text[:-1] + more + "}").encode())


def detached():
    token = mint()
    return with_segment(1, "", token)


def der():
    key = load_pem_public_key(PEM.encode())
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def unsigned(algorithm, signature):
    text = mint(header={"alg": algorithm}).rpartition(".")[0]
    return f"{text}.{signature}"


def around_signature(change):
    token = mint()
    return with_segment(2, change(parts(token)[2]), token)


ATTACKER = {"jwk": vector_keys()["b"]["public_jwk"]}
LARGE = ["a" * (16 << 10), "a" * (64 << 10), "a" * (1 << 20)]

# Attacks on the form of a token or on its algorithm. No keys are fetched for them.
FORMS = {
    "JS-01": ["", " ", "   ", "null", "undefined"],
    "JS-02": ["..", ".", "...", "a.b", "a.b.c.d", "a..c", "..sig", mint()[:-400] + "."],
    "JS-03": ["." * 5000, "." * 8192, "." * (1 << 20), "a" * (64 << 10)],
    "JS-04": [mint({"x": text}) for text in LARGE],
    "JS-05": [
        *in_every_segment(lambda segment: segment + "="),
        *in_every_segment(lambda segment: segment + "=="),
    ],
    "JS-07": list(with_standard_alphabet()),
    "JS-08": [
        *("#" + mint(), "?" + mint(), "\n" + mint(), mint() + "\n", mint() + "\r\n"),
        *("\0" + mint(), mint() + "\0", mint() + "#", mint() + "?x", "\r\n" + mint()),
        *(
            token
            for inserted in (" ", "\t", "\r\n", "\n", "#", "?", "\0", "\x0b", "\x85")
            for token in in_every_segment(
                lambda segment, inserted=inserted: segment[:9] + inserted + segment[9:]
            )
        ),
    ],
    "JS-09": [
        *in_every_segment(lambda segment: segment + "\xe9"),
        *in_every_segment(lambda segment: "\xff" + segment),
        *in_every_segment(lambda segment: segment[:4] + "\xed\xa0\x80" + segment[4:]),
        *in_every_segment(lambda segment: segment + "\xef\xbc\xa1"),
        "\xff\xfe\xfd.\xff.\xff",
    ],
    "JS-10": [
        json.dumps(
            {
                "payload": parts(mint())[1],
                "protected": parts(mint())[0],
                "signature": parts(mint())[2],
            }
        ),
        json.dumps({"payload": parts(mint())[1], "signatures": []}),
    ],
    "JS-11": [
        "a.b.c.d.e",
        f"{mint()}.{encode(b'x')}.{encode(b'y')}",
        ".".join([encode(b'{"alg":"dir","enc":"A256GCM"}'), "", "AA", "AA", "AA"]),
        ".".join([encode(b'{"alg":"RSA-OAEP","enc":"A256GCM"}'), mint(), "AA"]),
    ],
    "JS-15": [
        signed(b"[" * 100_000, SESSION),
        signed(b"[" * 700, SESSION),
        signed(b'{"x":' + b"[" * 300 + b"]" * 300 + b"}", SESSION),
        signed(HEADER, b"[" * 50_000),
        signed(HEADER, b'{"x":' + b"[" * 2000 + b"]" * 2000 + b"}"),
        signed(HEADER, b'{"sub":' * 600 + b"1" + b"}" * 600),
    ],
    "JA-01": [
        unsigned(algorithm, signature)
        for algorithm in ("none", "None", "NONE", "noNe", "none ", "", None, 0, [])
        for signature in ("", "AAAA", parts(mint())[2])
    ],
    "JA-02": [
        with_hmac(key, algorithm)
        for algorithm in ("HS256", "HS384", "HS512")
        for key in (
            PEM.encode(),
            PEM.strip().encode(),
            "".join(PEM.splitlines()).encode(),
            "".join(PEM.splitlines()[1:-1]).encode(),
            der(),
            json.dumps(JWK).encode(),
            json.dumps(JWKS).encode(),
            JWK["n"].encode(),
            b"\xef\xbb\xbf" + PEM.encode(),
            b"",
        )
    ],
    "JA-04": [
        mint(header={"alg": algorithm})
        for algorithm in ("rs256", "Rs256", "RS256 ", " RS256", "RS256\0", ["RS256"], 1)
    ]
    + [mint(header={"alg": ...})],
    "JA-05": [
        *(mint(header={"alg": algorithm}) for algorithm in ("RS384", "RS512")),
        *(mint(header={"alg": algorithm}) for algorithm in ("ES256", "EdDSA", "RS1")),
        with_pss(),
    ],
    "JA-08": [
        mint(header=header, key="b")
        for header in (
            ATTACKER,
            {"jku": "https://evil.com/jwks"},
            {"jku": "file:///dev/null", "x5u": "http://169.254.169.254/"},
            {"x5c": ["MIIB"]},
        )
    ],
    "JA-09": [
        mint(header=header)
        for header in (
            *({"crit": crit} for crit in (["x"], [], "b64", None, [1], ["exp"], {})),
            {"crit": ["b64"], "b64": False},
            {"crit": ["b64"], "b64": True},
            {"crit": ["kid", "absent"]},
        )
    ],
    "JA-10": [
        mint(header={"b64": False}),
        detached(),
        signed(HEADER, b""),
        with_segment(1, json.dumps(SESSION)),
    ],
    "JA-14": [
        around_signature(lambda signature: ""),
        around_signature(lambda signature: "AA"),
        around_signature(lambda signature: signature + "AAAA"),
        around_signature(lambda signature: "A" * 342),
        around_signature(lambda signature: encode(bytes(10_240))),
        around_signature(lambda signature: parts(mint({"sub": "user_2"}))[2]),
        around_signature(lambda signature: signature[:-4]),
        around_signature(lambda signature: signature[4:] + signature[:4]),
    ],
}

# Attacks on the claims of a token that is otherwise good. Pages may be led to Clerk.
CLAIMS = {
    "JC-02": [mint({"exp": exp}) for exp in ("1999999999", f"{NOW + 60}", "")],
    "JC-03": [
        *(raw_claims(exp=exp) for exp in ("NaN", "Infinity", "-Infinity", "1e400")),
        *(raw_claims(exp=exp) for exp in ("1e308", "1.9e9", "1" * 4000, "1" * 5000)),
        *(mint({"exp": exp}) for exp in (2**63, -1, 0, None, True, [NOW + 60], ...)),
    ],
    "JC-05": [
        *(mint({"nbf": NOW + 60, "iat": NOW}) for _ in range(1)),
        *(mint({"iat": NOW + 60}) for _ in range(1)),
        *(mint({"nbf": odd}) for odd in (str(NOW), True, [NOW], {}, None, 2**63)),
        *(mint({"iat": odd}) for odd in (str(NOW), True, [NOW], {}, None, 2**63)),
        *(raw_claims(nbf=odd) for odd in ("NaN", "1e400")),
        *(raw_claims(iat=odd) for odd in ("NaN", "1e400")),
    ],
    "JC-07": [
        mint({"sub": sub})
        for sub in (..., "", None, 1, True, [], {"$ne": 1}, "user_" + "1" * 10_240)
    ],
    "TC-01": [
        mint(header={"cat": cat})
        for cat in ("cl_B7d4PD222AAA", "cl_B7d4PD333AAA", "x", "", None, 1, [])
    ],
    "TC-03": [
        mint(header={"typ": typ})
        for typ in ("at+jwt", "application/at+jwt", "AT+JWT", "JWE", "", None, ["JWT"])
    ]
    + [mint({"sub": "mch_1"})],
    "TC-06": [mint({"handshake": ["__session=x"], "sub": ..., "sid": ..., "exp": ...})],
    "TC-09": [
        mint({"iss": "https://lucky-cat-12.clerk.accounts.dev"}, key="c"),
        mint({"iss": "https://lucky-cat-12.clerk.accounts.dev"}, key="b"),
    ],
}


def table(attacks):
    """One case for each id and number."""
    return [
        pytest.param(token, id=f"{name}-{number}")
        for name, tokens in attacks.items()
        for number, token in enumerate(tokens)
    ]


@pytest.fixture
def warm(caplog):
    """A site whose keys are there already, and the Clerk that they came from.

    It tells its logs whatever it has to tell.
    """
    caplog.set_level("DEBUG")
    clerk = Clerk()
    browser = clerk.browse(debug=True)
    assert user_of(browser, bearer(TOKEN)) == "user_1"
    clerk.fetches.clear()
    return browser, clerk


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("token", table(FORMS))
def test_a_malformed_token_is_nobody_and_costs_nothing(token, carry, warm, caplog):
    browser, clerk = warm
    # Pages whose cookie is empty are led to Clerk, since they miss it.
    pages = (SIGN_IN,) if token.strip() else (SIGN_IN, HANDSHAKE)
    answers = assert_nobody(browser, carry(token), pages)
    assert_untold(token, answers, caplog)
    assert "clerk: method=GET path=/private" in caplog.text
    assert clerk.fetches == []


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("name", FORMS | CLAIMS)
def test_odd_tokens_are_nobody_with_a_pem_either(name, carry):
    browser = browse()
    for token in (FORMS | CLAIMS)[name]:
        assert_nobody(browser, carry(token), pages=(SIGN_IN, HANDSHAKE))


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("token", table(CLAIMS))
def test_a_token_with_odd_claims_is_nobody(token, carry, warm, caplog):
    browser, clerk = warm
    answers = assert_nobody(browser, carry(token), pages=(SIGN_IN, HANDSHAKE))
    assert_untold(token, answers, caplog)
    assert clerk.fetches == []


def test_a_good_token_is_somebody_in_either_carrier(warm):
    for carry in CARRIERS:
        assert user_of(warm[0], carry(mint())) == "user_1"
        warm[0].get("/private", headers=API | carry(mint()), status=200)


KIDS = [
    *(..., None, "", 1, [], {}, True, "x" * 400, "../../../../dev/null", "' OR 1=1--"),
    *(
        "__proto__",
        "__class__",
        "constructor",
        "ins_2\r\nX-Evil: 1",
        "\0",
        "\u2028",
        "\xe9",
    ),
    *(HEADER["kid"] + " ", HEADER["kid"].upper(), HEADER["kid"][:-1]),
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("kid", KIDS, ids=ascii)
def test_ja_12_an_unknown_key_is_nobodys(kid, carry, warm, caplog):
    browser, clerk = warm
    token = mint(header={"kid": kid})
    answers = assert_nobody(browser, carry(token))
    assert_untold(token, answers, caplog)
    assert all("\n" not in value for a in answers for _, value in a.headerlist)
    assert not any("\n" in record.getMessage() for record in caplog.records)
    assert len(clerk.fetches) <= 1


def test_ja_12_a_key_name_of_100_kb_is_not_even_looked_at(warm):
    browser, clerk = warm
    assert_nobody(browser, bearer(mint(header={"kid": "x" * 100_000})))
    assert clerk.fetches == []


def weak_key(bits):
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"n": encode(numbers.n.to_bytes(bits // 8, "big"))}


NUMBER = int.from_bytes(
    private_key().public_key().public_numbers().n.to_bytes(256, "big")
)
KEY_B = vector_keys()["b"]["public_jwk"] | {"kid": "ins_b", "use": "sig"}
PRIVATE = {"d": "AQAB", "p": "AQAB", "q": "AQAB"}

# What an entry of the key set may not be; `...` leaves a member out.
ENTRIES = {
    "JA-16": [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"kty": "oct", "k": encode(PEM.encode())},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": ...},
        {"alg": "HS256"},
        {"alg": "none"},
        PRIVATE,
        {"kid": ...},
        {"kid": 1},
    ],
    "JA-17": [
        weak_key(1024),
        {"n": encode(bytes([255]) * 2047 + b"\xfd")},
        {"e": "AQ"},
        {"e": encode((65536).to_bytes(3, "big"))},
        {"e": encode(bytes([255]) * 200)},
        {"n": encode((NUMBER - 1).to_bytes(256, "big"))},
        {"n": ""},
        {"e": ""},
        {"n": ...},
        {"n": 5},
        {"n": None},
    ],
}


@pytest.mark.parametrize("change", table(ENTRIES))
def test_ja_16_and_17_a_bad_key_signs_nobody_in_and_leaves_others_usable(change):
    entry = {k: v for k, v in {**JWK, **change}.items() if v is not ...}
    browser = Clerk({"keys": [entry, KEY_B]}).browse()
    assert user_of(browser, bearer(mint(header={"kid": "ins_b"}, key="b"))) == "user_1"
    for algorithm in ("RS256", "none", "HS256"):
        assert_nobody(browser, bearer(mint(header={"alg": algorithm})))
    assert_nobody(browser, bearer(with_hmac(PEM.encode())))


def test_ja_07_a_key_without_an_algorithm_is_for_one_only():
    entry = {k: v for k, v in JWK.items() if k not in ("alg", "use")}
    browser = Clerk({"keys": [entry]}).browse()
    assert user_of(browser, bearer(TOKEN)) == "user_1"
    for algorithm in ("RS384", "RS512", "none"):
        assert_nobody(browser, bearer(mint(header={"alg": algorithm})))
    for key in (PEM.encode(), JWK["n"].encode(), b""):
        assert_nobody(browser, bearer(with_hmac(key)))


@pytest.mark.parametrize(
    "other",
    [
        KEY_B | {"kid": JWK["kid"]},
        {"kid": JWK["kid"], "kty": "oct", "k": "AAAA"},
        JWK | {"alg": "RS512"},
    ],
)
def test_ja_18_a_name_for_two_keys_is_a_name_for_none(other):
    for entries in ([JWK, other], [other, JWK]):
        browser = Clerk({"keys": [*entries, KEY_B | {"kid": "ins_b"}]}).browse()
        assert_nobody(browser, bearer(TOKEN))
        assert_nobody(browser, bearer(mint(key="b")))


@pytest.mark.parametrize(
    ("exp", "user"),
    [(NOW - 6, None), (NOW - 5, None), (NOW - 4, "user_1")],
)
def test_jc_04_a_token_ends_with_the_skew(exp, user):
    for browser in (browse(), Clerk().browse()):
        for carry in CARRIERS:
            assert user_of(browser, carry(mint({"exp": exp}))) == user


PARTIES = [
    *(..., "", None, [ORIGIN], {"azp": ORIGIN}, 1, True, "null", "*"),
    *(f"{ORIGIN}.evil.com", f"{ORIGIN}.", f"{ORIGIN}/", f"{ORIGIN}:443"),
    *("http://app.example.com", f"{ORIGIN}:8443", "https://APP.example.com"),
    *(f" {ORIGIN}", f"{ORIGIN},{ORIGIN}", "app.example.com", "https://", "https://app"),
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("azp", PARTIES, ids=str)
def test_jc_08_another_party_is_nobody(azp, carry):
    browser = browse(authorized_parties=[ORIGIN])
    assert user_of(browser, carry(mint())) == "user_1"
    assert_nobody(browser, carry(mint({"azp": azp})), pages=(SIGN_IN, HANDSHAKE))


@pytest.mark.parametrize("parties", [[], ["*"], ORIGIN, [""], [1], 5, [ORIGIN, "*"]])
def test_jc_09_odd_parties_are_refused_at_start(parties):
    with pytest.raises(ConfigurationError, match="authorized_parties"):
        browse(authorized_parties=parties)


# A token that names no audience is not asked for one, as with Clerk.
AUDIENCES = [
    None,
    [1],
    [None],
    {"a": 1},
    5,
    True,
    "x",
    "ap",
    "api.evil",
    ["x"],
    [["api"]],
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("aud", AUDIENCES, ids=str)
def test_jc_10_another_audience_is_nobody(aud, carry):
    browser = browse(audience="api")
    assert user_of(browser, carry(mint({"aud": "api"}))) == "user_1"
    assert_nobody(browser, carry(mint({"aud": aud})))


ISSUERS = [
    *(..., None, "", [ISSUER], {"iss": ISSUER}, 1, "https://clerk.other.com"),
    *(f"{ISSUER}.evil.com", f"{ISSUER}/", ISSUER[:-1], "clerk.example.com", "https://"),
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("iss", ISSUERS, ids=str)
def test_jc_11_another_issuer_is_nobody(iss, carry):
    browser = browse(issuer=ISSUER)
    assert user_of(browser, carry(mint())) == "user_1"
    assert_nobody(browser, carry(mint({"iss": iss})), pages=(SIGN_IN, HANDSHAKE))


ORGANIZATION = IN_ORGANIZATION["o"]
ODD_ORGANIZATIONS = [
    *({"o": odd} for odd in ("x", [], 5, {}, None, True, [ORGANIZATION], ...)),
    *({"fea": odd} for odd in (5, ["o:a"], "noscope", "", None, {}, ":", "o:", ...)),
    *({"o": {**ORGANIZATION, "per": odd}} for odd in (5, None, [], ["read"], {}, "")),
    *({"o": {**ORGANIZATION, "fpm": odd}} for odd in ("x", "-1", "0", 5, None, [], "")),
    *({"o": {**ORGANIZATION, "rol": odd}, "fea": ""} for odd in (5, None, [], "", {})),
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("odd", ODD_ORGANIZATIONS, ids=str)
def test_jc_15_an_odd_organization_gives_no_permission(odd, carry):
    token = mint({**IN_ORGANIZATION, **odd})
    answer = browse().get("/", headers=API | carry(token), status=200)
    assert answer.json["user"] in ("user_1", None)
    assert not set(answer.json["permissions"] or ()) - {"org::read"}


def test_jc_15_a_mask_of_any_length_is_read_in_time():
    claims = {**IN_ORGANIZATION, "o": {**ORGANIZATION, "fpm": "9" * 4400}}
    answer = browse().get("/", headers=API | bearer(mint(claims)), status=200)
    assert answer.json["permissions"] in ([], ["org:reports:read"])


def test_tc_04_a_session_is_no_machine(warm):
    answer = warm[0].get("/", headers=API | bearer(TOKEN), status=200)
    assert answer.json["user"] == "user_1"
    assert answer.json["machine"] is False


def handshake_cookie(directives, *, header=None, key="a"):
    token = compact({**HEADER, **(header or {})}, {"handshake": directives}, key)
    return {"Cookie": f"__clerk_handshake={token}"}


def cookies_set(answer):
    return [value for name, value in answer.headerlist if name == "Set-Cookie"]


@pytest.mark.parametrize("headers", [API, PAGE], ids=["api", "page"])
@pytest.mark.parametrize(
    "how",
    [
        {"header": {"cat": "cl_B7d4PD222AAA"}},
        {"header": {"cat": "cl_B7d4PD333AAA"}},
        {"header": {"typ": "at+jwt"}},
        {"header": {"alg": "none"}},
        {"key": "b"},
    ],
    ids=str,
)
def test_tc_05_another_token_is_no_handshake(how, headers):
    directives = [f"__session={mint()}", "x=y; Domain=evil"]
    cookies = handshake_cookie(directives, **how)
    answer = browse().get("/", headers=headers | cookies, status=200)
    assert answer.json["user"] is None
    assert cookies_set(answer) == []


def test_tc_06_a_session_token_is_no_handshake():
    cookies = {"Cookie": f"__clerk_handshake={mint()}"}
    answer = browse().get("/", headers=PAGE | cookies, status=200)
    assert answer.json["user"] is None
    assert cookies_set(answer) == []


@pytest.mark.parametrize("carry", CARRIERS)
def test_tc_08_a_user_of_another_instance_is_nobody_here(carry):
    others = Clerk({"keys": [KEY_B | {"kid": JWK["kid"]}]})
    other = {"publishable_key": OTHER_KEY}
    other_pem = vector_keys()["b"]["public_key_pem_spki"]
    theirs = mint({"iss": "https://clerk.other.com"}, key="b")
    for there, here in [
        (others.browse(**other), Clerk().browse()),
        (browse(jwt_key=other_pem, **other), browse()),
    ]:
        assert user_of(there, carry(theirs)) == "user_1"
        assert_nobody(here, carry(theirs), pages=(SIGN_IN, HANDSHAKE))
        assert_nobody(there, carry(mint()), pages=(OTHER_SIGN_IN, OTHER_HANDSHAKE))


# Keys over the network ---------------------------------------------------------------


def assert_seldom(fetches, at_most=2, seconds=30):
    for start in fetches:
        assert sum(start <= each < start + seconds for each in fetches) <= at_most


def with_kid(kid):
    """The token under another key's name; nobody has signed that."""
    return with_segment(0, encode(json.dumps({**HEADER, "kid": kid}).encode()), TOKEN)


def test_jk_01_a_flood_of_unknown_keys_is_two_fetches_in_thirty_seconds(warm):
    browser, clerk = warm
    for second in range(65):
        clerk.seconds += 1
        for number in range(30):
            headers = API | bearer(with_kid(f"ins_{second}_{number}"))
            browser.get("/private", headers=headers, status=404)
        assert user_of(browser, bearer(TOKEN)) == "user_1"
    assert len(clerk.fetches) >= 2
    assert_seldom(clerk.fetches)


def test_jk_01_a_rotated_key_is_found_after_the_flood(warm):
    browser, clerk = warm
    for number in range(100):
        user_of(browser, bearer(with_kid(f"ins_{number}")))
    clerk.document = {"keys": [JWK, KEY_B]}
    clerk.seconds += 31
    token = mint(header={"kid": "ins_b"}, key="b")
    assert user_of(browser, bearer(token)) == "user_1"


def test_jk_02_bad_signatures_fetch_once_in_thirty_seconds_and_evict_nothing(warm):
    browser, clerk = warm
    for number in range(200):
        clerk.seconds += 0.3
        token = with_segment(2, encode(number.to_bytes(256, "big")))
        browser.get("/private", headers=API | bearer(token), status=404)
    assert user_of(browser, bearer(TOKEN)) == "user_1"
    assert clerk.fetches
    assert_seldom(clerk.fetches, at_most=1)


UNKNOWN = with_kid("ins_unknown")
FAULTS = {
    "nobody answers": (200, NoAnswer),
    **{f"status {status}": (status, JWKS) for status in (204, 301, 302, 403, 429)},
    **{f"status {status}": (status, {"errors": []}) for status in (500, 502, 503)},
    "empty": (200, b""),
    "HTML": (200, b"<html>Please wait.</html>"),
    "cut off": (200, json.dumps(JWKS).encode()[:-20]),
    "not UTF-8": (200, b'{"keys": ["\xff"]}'),
    "no keys": (200, {"keys": []}),
    "no set": (200, {}),
    "a list": (200, []),
    "keys of the wrong kind": (200, {"keys": {}}),
    "entries of the wrong kind": (200, {"keys": [1, None, {}, []]}),
    "deep": (200, b'{"keys": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "twice": (200, b'{"keys": [], "keys": []}'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_jk_03_05_07_and_08_known_users_do_not_notice_an_outage(fault, warm):
    browser, clerk = warm
    clerk.status, clerk.document = FAULTS[fault]
    for _ in range(60):
        clerk.seconds += 60
        assert user_of(browser, bearer(TOKEN)) == "user_1"
        browser.get("/private", headers=API | bearer(FORGED), status=404)
        unknown = API | bearer(UNKNOWN)
        browser.get("/private", headers=unknown, status=[404, 503])
    assert clerk.fetches
    assert_seldom(clerk.fetches)
    clerk.status, clerk.document = 200, JWKS
    clerk.seconds += 60
    assert user_of(browser, bearer(TOKEN)) == "user_1"


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("fault", FAULTS)
def test_jk_06_without_any_key_nobody_can_tell(fault, carry):
    clerk = Clerk()
    clerk.status, clerk.document = FAULTS[fault]
    browser = clerk.browse()
    headers = carry(mint())
    for _ in range(20):
        assert user_of(browser, headers) is None
        for more in (API, PAGE):
            answer = browser.get("/private", headers=more | headers, status=503)
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert "Location" not in answer.headers
        clerk.seconds += 0.25
    assert len(clerk.fetches) <= 5  # in five seconds
    clerk.status, clerk.document = 200, JWKS
    clerk.seconds += 60
    assert user_of(browser, headers) == "user_1"


def test_jk_08_good_keys_beside_bad_entries_are_kept():
    browser = Clerk({"keys": [1, None, {}, {"kid": "x"}, JWK]}).browse()
    assert user_of(browser, bearer(TOKEN)) == "user_1"


def test_jk_09_a_key_that_was_removed_is_refused():
    clerk = Clerk({"keys": [JWK, KEY_B]})
    browser = clerk.browse()
    assert user_of(browser, bearer(TOKEN)) == "user_1"
    clerk.document = {"keys": [KEY_B]}
    clerk.seconds += 301
    for _ in range(2):  # the first may still be let in while the set is fetched
        user_of(browser, bearer(TOKEN))
    assert_nobody(browser, bearer(TOKEN))


def test_jk_10_a_new_key_is_fetched_once(warm):
    browser, clerk = warm
    clerk.document = {"keys": [JWK, KEY_B]}
    for _ in range(3):
        token = mint(header={"kid": "ins_b"}, key="b")
        assert user_of(browser, bearer(token)) == "user_1"
    assert len(clerk.fetches) == 1


# Configuration -----------------------------------------------------------------------


def pem_of(key, kind=PublicFormat.SubjectPublicKeyInfo):
    return key.public_key().public_bytes(Encoding.PEM, kind).decode()


def private_pem():
    key = private_key()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


UNUSABLE = {
    "blank": "   \n",
    "a private key": private_pem(),
    "1024 bits": pem_of(rsa.generate_private_key(65537, 1024)),
    "two keys": PEM + PEM,
    "half a key": PEM[:200],
    "a certificate": PEM.replace("PUBLIC KEY", "CERTIFICATE"),
    "no key": "hello",
    "a number": 5,
}


@pytest.mark.parametrize("pem", UNUSABLE.values(), ids=UNUSABLE)
def test_cf_01_a_key_that_cannot_be_used_stops_the_start(pem):
    with pytest.raises(ConfigurationError) as caught:
        browse(jwt_key=pem)
    said = str(caught.value)
    assert "jwt_key" in said or "CLERK_JWT_KEY" in said or "SECRET_KEY" in said
    if isinstance(pem, str):
        assert not any(line in said for line in pem.split("\n") if len(line) > 30)


USABLE = {
    "line breaks spelled out": PEM.replace("\n", "\\n"),
    "line breaks of Windows": PEM.replace("\n", "\r\n"),
    "the body alone": "".join(PEM.splitlines()[1:-1]),
    "spaces around": f"  {PEM}  ",
}


@pytest.mark.parametrize("pem", USABLE.values(), ids=USABLE)
def test_cf_01_a_key_in_another_paste_verifies(pem):
    assert user_of(browse(jwt_key=pem), bearer(TOKEN)) == "user_1"


@pytest.mark.parametrize(
    "options",
    [
        {"jwt_key": ""},
        {"publishable_key": ""},
        {"publishable_key": "pk_live_x"},
        {"publishable_key": "pk_live_" + "A" * 8},
        {"publishable_key": SECRET_KEY},
        {"publishable_key": "pk_live_ZXZpbC5jb20vPyQ="},
        {"publishable_key": 5},
        {"unknown_option": 1},
        {"backend": "nowhere"},
        {"backend": "no.such.module:Class"},
        {"backend": object()},
    ],
    ids=str,
)
def test_cf_02_what_cannot_work_stops_the_start(options):
    with pytest.raises(ConfigurationError):
        browse(**options)


class OwnKeys:
    """A backend of the application's own, which needs no key of Clerk's API."""

    def find_key(self, kid):
        return VerificationKey(private_key().public_key())


def test_cf_02_a_backend_of_ones_own_needs_no_other_key():
    assert user_of(browse(jwt_key="", backend=OwnKeys()), bearer(TOKEN)) == "user_1"


# Carriers ----------------------------------------------------------------------------

COOKIES = {
    "CA-01 odd neighbours": (f'a=1; bad[key]={{"x":1}}; __session={TOKEN}', "user_1"),
    "CA-01 no value": (f"a; =; ;; __session={TOKEN}", "user_1"),
    "CA-01 odd bytes": (f"a=\xe9\xff; __session={TOKEN}", "user_1"),
    "CA-01 a quote": (f'a="x; __session={TOKEN}', "user_1"),
    "CA-03 two": (f"__session={TOKEN}; __session={OTHER}", "user_1"),
    "CA-03 two, turned": (f"__session={OTHER}; __session={TOKEN}", "user_2"),
    "CA-03 joined by a comma": (f"__session={TOKEN},__session={OTHER}", None),
    "CA-03 joined by comma and space": (f"__session={TOKEN}, __session={OTHER}", None),
    "CA-03 an empty one first": (f"__session=; __session={TOKEN}", None),
    "CA-04 longer": (f"__sessionEVIL={TOKEN}", None),
    "CA-04 capital": (f"__Session={TOKEN}", None),
    "CA-04 of another instance": (f"__session_othersuffix={TOKEN}", None),
    "CA-04 of a short suffix": (f"__session_={TOKEN}", None),
    "CA-04 of a dollar": (f"$__session={TOKEN}", None),
    "CA-04 quoted": (f'"__session"={TOKEN}', None),
    "CA-04 host": (f"__Host-__session={TOKEN}", None),
    "CA-04 another blank": (f"\xa0__session={TOKEN}", None),
    "CA-04 encoded": (f"__sessio%6E={TOKEN}", None),
    "CA-05 encoded delimiter": (f"a=x%3B%20__session%3D{TOKEN}", None),
    "CA-05 encoded line break": (f"a=x%0D%0A__session={TOKEN}", None),
}


@pytest.mark.parametrize(("cookies", "user"), COOKIES.values(), ids=COOKIES)
def test_cookies_are_read_by_their_very_names(cookies, user):
    browser = browse()
    assert user_of(browser, {"Cookie": f"{cookies}; {UAT}"}) == user
    assert user_of(browser, {"Cookie": f"{UAT}; {cookies}"}) == user


BEARERS = {
    f"Bearer {TOKEN}": "user_1",
    f"bearer {TOKEN}": "user_1",
    f"BEARER {TOKEN}": "user_1",
    f"Bearer {TOKEN} ": "user_1",
    f"Bearer {TOKEN} x": "user_1",
    TOKEN: "user_1",
    f"Bearer  {TOKEN}": None,
    f"Bearer\t{TOKEN}": None,
    f" Bearer {TOKEN}": None,
    f"Bearer: {TOKEN}": None,
    f"Bearer={TOKEN}": None,
    f"Bearer\xa0{TOKEN}": None,
    "Bearer": None,
    "Bearer ": None,
    "Bearer Bearer": None,
    f"Bearer Bearer {TOKEN}": None,
    f"Basic {TOKEN}": None,
    f"Token {TOKEN}": None,
    f"DPoP {TOKEN}": None,
    f"Bearer {TOKEN}, Bearer {OTHER}": None,
    f"Bearer {TOKEN},Bearer {OTHER}": None,
    f"Basic x, Bearer {TOKEN}": None,
    f'Bearer "{TOKEN}"': None,
}


@pytest.mark.parametrize(
    ("authorization", "user"),
    BEARERS.items(),
    ids=[text.replace(TOKEN, "T").replace(OTHER, "U") for text in BEARERS],
)
def test_ca_08_bearers_are_read_as_documented(authorization, user):
    assert user_of(browse(), {"Authorization": authorization}) == user


def test_ca_09_a_header_wins_over_a_cookie():
    browser, cookie = browse(), as_cookie(TOKEN)
    for bad in (mint(key="b"), "x", mint({"exp": NOW - 100}), "a.b.c", "ak_x", "mt_x"):
        assert_nobody(browser, bearer(bad) | cookie, pages=(SIGN_IN, HANDSHAKE))
    assert user_of(browser, bearer(OTHER) | cookie) == "user_2"
    assert user_of(browser, bearer(OTHER) | as_cookie("x")) == "user_2"


def test_a_token_in_the_query_is_not_read():
    for name in ("__session", "token", "access_token", "Authorization"):
        answer = browse().get(f"/?{name}={TOKEN}", headers=API, status=200)
        assert answer.json["user"] is None


# Forged environs ---------------------------------------------------------------------

IN_OUR_NAME = {
    "X-Clerk-Auth-Status": "signed-in",
    "X-Clerk-Auth-Reason": "x",
    "X-Clerk-Auth-Message": "x",
    "X-Clerk-Auth-Token": TOKEN,
    "X-Clerk-Auth-Signature": "x",
    "X-Clerk-Request-Data": "x",
    "X-Clerk-Debug": "1",
    "X_Clerk_Auth_Status": "signed-in",
    "X_Clerk_Auth_Token": TOKEN,
}
IMPERSONATING = {
    "Clerk.Auth": "user_1",
    "Clerk-Auth": "user_1",
    "clerk_wsgi.state": "signed-in",
    "clerk_wsgi.visit": "user_1",
    "Remote-User": "user_1",
    "Remote_User": "user_1",
    "X-Forwarded-User": "user_1",
    "X-User-Id": "user_1",
    "X-Forwarded-Access-Token": TOKEN,
    "Proxy-Authorization": f"Bearer {TOKEN}",
}


@pytest.mark.parametrize("name", IN_OUR_NAME)
def test_en_01_and_02_nobody_speaks_in_our_name(name):
    headers = {name: IN_OUR_NAME[name]}
    answer = assert_nobody(browse(), headers)[0]
    told = answer.json["environ"]
    assert not [each for each in told if each.startswith("HTTP_X_CLERK")]


@pytest.mark.parametrize("name", IMPERSONATING)
def test_en_03_a_header_is_nobody(name):
    assert_nobody(browse(), {name: IMPERSONATING[name]})


class Impostor:
    """Somebody else's object under our names; it says yes to everything."""

    is_over = False
    is_authenticated = True
    status = "signed-in"
    user_id = "user_1"

    def __getattr__(self, name):
        return self


@pytest.mark.parametrize("name", ["visit", "state", "request", "auth"])
def test_en_04_a_foreign_object_under_our_names_is_nobody(name):
    browser = browse()
    browser.extra_environ[f"clerk_wsgi.{name}"] = Impostor()
    browser.extra_environ["clerk.auth"] = Impostor()
    assert_nobody(browser, {})


FORWARDED = {
    "X-Forwarded-Host": "evil.com",
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Port": "99999",
    "X-Forwarded-Uri": "/",
    "X-Forwarded-Prefix": "//evil.com",
    "X-Original-URL": "/",
    "X-Rewrite-URL": "/",
    "Forwarded": "host=evil.com;proto=https",
    "CloudFront-Forwarded-Proto": "https",
}


@pytest.mark.parametrize("name", FORWARDED)
def test_en_06_and_rh_05_nobody_forwards_untrusted(name):
    headers = {name: FORWARDED[name]}
    page = assert_nobody(browse(), headers)[2]
    assert page.location == f"{SIGN_IN}?redirect_url=http%3A%2F%2Flocalhost%2Fprivate"
    handshake = browse_development().get("/", headers=PAGE | headers, status=307)
    assert "redirect_url=http%3A%2F%2Flocalhost%2F&" in handshake.location


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"]
)
def test_en_14_every_method_is_guarded(method):
    browser = browse()
    for headers in (API, {"Range": "bytes=0-1"}, {"Origin": "https://evil.com"}):
        answer = browser.request(
            "/private", method=method, headers=API | headers, status=404
        )
        assert b"user" not in answer.body


# Redirects and handshakes ------------------------------------------------------------


def browse_development(**options):
    return browse(publishable_key=DEVELOPMENT_KEY, **options)


OPEN_REDIRECTS = (VECTORS / "open_redirects.txt").read_text("utf-8").splitlines()


def test_rh_01_no_query_leads_elsewhere():
    browser = browse()
    for text in filter(None, OPEN_REDIRECTS):
        value = quote(text)
        query = f"redirect_url={value}&next={value}&return_back_url={value}"
        page = browser.get(f"/private?{query}", headers=PAGE, status=307)
        back = "redirect_url=http%3A%2F%2Flocalhost%2Fprivate%3F"
        assert page.location.startswith(f"{SIGN_IN}?{back}")
        assert page.location.count("redirect_url=") == 1


def test_rh_01_no_path_leads_elsewhere():
    browser = TestApp(
        ClerkMiddleware(
            site,
            lambda auth, request: auth.protect(),
            publishable_key=PUBLISHABLE_KEY,
            jwt_key=PEM,
            clock=epoch_ms,
        )
    )
    for text in filter(None, OPEN_REDIRECTS):
        path = "/" + text.encode().decode("latin-1")
        page = browser.get(
            "/", headers=PAGE, extra_environ={"PATH_INFO": path}, status=[307, 400]
        )
        if page.status_int == 307:
            back = "redirect_url=http%3A%2F%2Flocalhost%2F"
            assert page.location.startswith(f"{SIGN_IN}?{back}")


HOSTS = [
    *("good@evil.com", "good:x@evil.com", "evil.com/x", "evil.com\\x", "evil.com?x"),
    *("evil.com#x", "app.example.com:99999", "app.example.com:x", "a b", "a,b", "a, b"),
    *("a\r\nX-Evil: 1", "a\nb", "a\0b", "a\tb", "\xe9vil.com", "a\x7f", "[::1", "::1"),
    *("http://evil.com", "//evil.com", "a%0d%0ab", "a%2fb", "a^b", "a|b", "<a>", "a;b"),
    *("256.256.256.256", "a..b:-1", "[::1]x", "[x]"),
]


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
def test_rh_03_and_04_an_odd_host_never_reaches_a_header(host):
    for browser, path in ((browse(), "/private"), (browse_development(), "/")):
        answer = browser.get(
            path, headers=PAGE, extra_environ={"HTTP_HOST": host}, status=400
        )
        assert "Location" not in answer.headers
        assert not any("evil" in value for _, value in answer.headerlist)


def test_rh_04_the_server_stands_in_for_a_missing_host():
    page = browse().get(
        "/private", headers=PAGE, extra_environ={"HTTP_HOST": ""}, status=307
    )
    assert "redirect_url=http%3A%2F%2Flocalhost" in page.location


COUNTERS = {
    "": True,
    "0": True,
    "2": True,
    "-1": True,
    "-999999999": True,
    "3abc": True,
    "NaN": True,
    "-Infinity": True,
    "\xb2": True,
    "1e400": False,
    "3": False,
    "4": False,
    "3.0": False,
    "1e9": False,
    "9" * 5000: False,
}


@pytest.mark.parametrize("counter", COUNTERS, ids=lambda text: ascii(text[:12]))
def test_rh_06_the_loop_stops_at_three_or_more(counter):
    headers = PAGE | {"Cookie": f"__clerk_redirect_count={counter}"}
    browser = browse_development()
    answer = browser.get("/", headers=headers, status=307 if COUNTERS[counter] else 200)
    assert all(value.isprintable() for _, value in answer.headerlist)
    twice = PAGE | {"Cookie": f"__clerk_redirect_count=3; {headers['Cookie']}"}
    browser.get("/", headers=twice, status=200)


@pytest.mark.parametrize(
    "cookies",
    [
        "",
        f"__session={mint({'exp': NOW - 100})}; {UAT}",
        f"__session={TOKEN}",
        UAT,
        f"__session={TOKEN}; __client_uat={NOW + 100}",
    ],
    ids=["development", "expired", "no uat", "no session", "older"],
)
def test_rh_07_a_browser_is_sent_to_clerk_three_times_at_most(cookies):
    browser = browse() if cookies else browse_development()
    redirects, counter = 0, ""
    for _ in range(10):
        headers = PAGE | {"Cookie": f"{cookies}; {counter}"}
        answer = browser.get("/", headers=headers, status=[200, 307])
        if answer.status_int == 200:
            break
        redirects += 1
        (counter,) = re.findall("__clerk_redirect_count=[^;]*", str(answer.headers))
    assert answer.status_int == 200
    assert redirects == 3


ODD_DIRECTIVES = [
    "evil=1",
    "__session=x\r\nX-Evil: 1",
    "__session=x\nSet-Cookie: evil=1",
    "__session=x\0",
    "__session=\u20ac",
    "__sessionx=1",
    "__client_uatx=1",
    " evil=1; __session=x",
    "evil; __session=x",
    "sessionid=1; Domain=evil.com",
    "",
    "=",
    5,
    None,
    ["__session=x"],
    {"__session": "x"},
]


@pytest.mark.parametrize("odd", ODD_DIRECTIVES, ids=ascii)
def test_rh_08_a_handshake_sets_clerks_cookies_only(odd):
    directives = [odd, f"__session={mint()}; Path=/", f"{UAT}; Path=/"]
    cookies = handshake_cookie(directives)
    answer = browse().get("/", headers=PAGE | cookies, status=200)
    assert cookies_set(answer) in ([], directives[1:])
    assert all(value.isprintable() for _, value in answer.headerlist)


@pytest.mark.parametrize(
    "directives",
    [
        "__session=x",
        {"0": "__session=x"},
        None,
        5,
        [["a"]],
        ["x=1"] * 100,
        ["x" * 5000],
    ],
    ids=lambda directives: str(directives)[:20],
)
def test_rh_08_what_is_no_list_of_cookies_sets_none(directives):
    headers = PAGE | handshake_cookie(directives)
    answer = browse().get("/", headers=headers, status=200)
    assert answer.json["user"] is None
    assert cookies_set(answer) == []


def test_rh_10_an_old_handshake_signs_nobody_in():
    old = mint({"exp": NOW - 100, "iat": NOW - 160, "nbf": NOW - 160})
    headers = handshake_cookie([f"__session={old}", f"{UAT}"])
    assert_nobody(browse(), headers, pages=(SIGN_IN, HANDSHAKE))


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
)
def test_rh_12_only_a_navigation_is_sent_to_clerk(method):
    headers = PAGE | as_cookie(mint({"exp": NOW - 100}))
    browser = browse()
    browser.get("/", headers=headers, status=307)
    answer = browser.request("/", method=method, headers=headers, status=200)
    assert "Location" not in answer.headers


@pytest.mark.parametrize("destination", ["empty", "image", "script", "style", "worker"])
def test_rh_13_what_is_no_page_is_not_sent_to_clerk(destination):
    headers = as_cookie(mint({"exp": NOW - 100})) | {"Sec-Fetch-Dest": destination}
    assert user_of(browse(), headers) is None


@pytest.mark.parametrize(
    "referrer",
    [
        *(
            "https://accounts.attacker.com/",
            "https://x.accounts.dev/",
            "https://evil.com",
        ),
        *("https://accounts.example.com.evil.com/", "http://accounts.example.com/"),
        *("https://evil.com/accounts.example.com", "https://localhost/"),
    ],
)
def test_rh_14_nobody_passes_for_clerks_pages(referrer):
    headers = PAGE | as_cookie(TOKEN) | {"Referer": referrer}
    page = browse().get("/", headers=headers, status=307)
    assert page.location.startswith(HANDSHAKE)
    own = headers | {"Referer": "https://accounts.example.com/sign-in"}
    assert browse().get("/", headers=own, status=200).json["user"] == "user_1"


def test_rh_16_what_is_meant_for_one_is_stored_by_nobody():
    handshake = browse_development().get("/", headers=PAGE, status=307)
    assert handshake.headers["Cache-Control"] == "no-store"
    returned = handshake_cookie([f"__session={TOKEN}; Path=/", f"{UAT}; Path=/"])
    page = browse().get("/", headers=PAGE | returned, status=200)
    assert page.json["user"] == "user_1"
    assert page.headers["Cache-Control"] == "no-store"
    refused = browse().get("/private", headers=PAGE, status=307)
    assert refused.headers["Cache-Control"] in ("no-store", "private")
    assert refused.headers["Vary"] == "Cookie, Authorization"


def test_a_satellite_answers_whatever_origin_a_client_names():
    browser = browse(
        is_satellite=True,
        domain="satellite.com",
        sign_in_url="https://app.example.com/sign-in",
    )
    for origin in (ORIGIN, "https://evil.com", "null", "\xff", ""):
        browser.get("/", headers=API | {"Origin": origin}, status=200)

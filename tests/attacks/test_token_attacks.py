"""Tokens that are signed by the right key and are nobody's all the same."""

import json
import string

import pytest
from attacked_site import Clerk, assert_nobody, browse, user_of
from clerk_tokens import (
    API,
    JWK,
    SESSION,
    bearer,
    cookie_header,
    mint,
    signed_in_cookies,
)
from feeds import Clock, FeedStore
from forging import HEADER, NOW, compact, decode, encode, vector_keys

from clerk_wsgi import auth
from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import parse_token


def as_cookie(token):
    return {"Cookie": cookie_header(signed_in_cookies() | {"__session": token})}


CARRIERS = [bearer, as_cookie]
KEY_B = vector_keys()["b"]["public_jwk"] | {"kid": "ins_b", "use": "sig"}
NO_OBJECTS = [b"[]", b'"x"', b"5", b"null", b"true", b'[{"sub":"user_1"}]']
GOOD = json.dumps(SESSION).encode()


def with_claims(members):
    """The claims with members that `json` would not write."""
    return compact(HEADER, GOOD[:-1] + b", " + members + b"}")


def header_of(raw):
    return compact(raw, SESSION)


JSON = json.dumps(HEADER)
FORMS = {
    "JS-12": [header_of(raw) for raw in NO_OBJECTS],
    "JS-13": [compact(HEADER, raw) for raw in NO_OBJECTS],
    "JS-14": [
        *(
            compact(HEADER, raw)
            for raw in (b"x", b"", GOOD[:-1], GOOD + b"}", b"{'a':1}")
        ),
        *(compact(HEADER, GOOD + raw) for raw in (b" x", b"\0", b"//", b"{}", b",")),
        *(header_of(raw) for raw in (b"x", JSON[:-1].encode(), JSON.encode() + b"x")),
    ],
    "JS-17": [
        *(header_of(JSON.encode(name)) for name in ("utf-16", "utf-16-le", "utf-32")),
        *(header_of(JSON.encode(name)) for name in ("utf-8-sig", "utf-16-be")),
        *(
            compact(HEADER, GOOD.decode().encode(name))
            for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")
        ),
    ],
    "JS-18": [
        with_claims(b'"x": "\xff"'),
        with_claims(b'"x": "\xed\xa0\x80"'),
        with_claims(b'"\xc0\xaf": 1'),
        header_of(JSON.encode()[:-1] + b', "x": "\xff"}'),
    ],
    "JS-20": [
        *(with_claims(b'"x": ' + b"9" * digits) for digits in (5000, 20_000)),
        compact(HEADER, GOOD.replace(b'"exp": ', b'"exp": ' + b"9" * 4000)),
        header_of(JSON.encode()[:-1] + b', "x": ' + b"9" * 5000 + b"}"),
    ],
    "JA-11": [
        *(mint(header={"zip": value}) for value in ("DEF", "", None)),
        *(mint(header={"enc": value}) for value in ("A256GCM", "", None)),
        *(mint(header={"typ": value}) for value in ("JWE", "jwe", "JOSE+JSON")),
    ],
    "JA-15": [
        mint(header={"kid": "ins_b"}),
        mint(key="b"),
        mint(header={"kid": "ins_b", "alg": "RS512"}, key="b"),
    ],
    "JC-12": [mint({"sid": sid}) for sid in (..., "", None, 1, [], {})],
    "TC-07": [
        mint(header={"cat": cat})
        for cat in ("cl_X", "cl_b7d4pd111aaa", None, [], 1, True, ["cl_B7d4PD111AAA"])
    ]
    + [mint({"sid": ...}, {"cat": "cl_I7d4PD111III"})],
    "TC-10": [f"{prefix}{'a' * 40}" for prefix in ("ak_", "oat_", "mt_")],
}
CASES = [
    pytest.param(token, id=f"{name}-{number}")
    for name, tokens in FORMS.items()
    for number, token in enumerate(tokens)
]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("token", CASES)
def test_a_well_signed_token_of_a_wrong_form_is_nobodys(token, carry):
    clerk = Clerk({"keys": [JWK, KEY_B]})
    browser = browse(backend=clerk.backend())
    assert user_of(browser, carry(mint())) == "user_1"
    assert_nobody(browser, carry(token))
    assert clerk.fetches == 1


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"JA-15"}))
def test_it_is_nobodys_with_one_key_either_whatever_its_name(name):
    for token in FORMS[name]:
        assert_nobody(browse(), bearer(token))


def test_both_keys_of_that_set_are_good():
    browser = browse(backend=Clerk({"keys": [JWK, KEY_B]}).backend())
    assert user_of(browser, bearer(mint(header={"kid": "ins_b"}, key="b"))) == "user_1"


def test_jc_14_an_impersonator_is_told():
    actor = {"sub": "user_admin", "iss": "https://dashboard.clerk.com"}
    answer = browse().get("/", headers=API | bearer(mint({"act": actor})), status=200)
    assert answer.json["claims"]["act"] == actor


@pytest.mark.parametrize(
    "role", [{"toString": "admin"}, ["admin"], "Admin", "admin ", True, None]
)
def test_jc_16_a_role_is_what_it_is_and_nothing_like_it(role):
    organization = {"id": "org_1", "rol": role, "slg": "a"}
    claims = {"v": 2, "o": organization, "metadata": {"role": role}}
    answer = browse().get("/", headers=API | bearer(mint(claims)), status=200)
    assert answer.json["admin"] is False
    if answer.json["claims"]:
        assert answer.json["claims"]["metadata"]["role"] == role


def test_ca_10_a_token_may_spell_bearer():
    for claims in ({"x": "bearer"}, {"bearer": 1}):
        assert user_of(browse(), bearer(mint(claims))) == "user_1"
    # Aligned to three bytes, this is what base64url makes of it.
    header = json.dumps({**HEADER, "x": "  \u9dc0DDk"}, ensure_ascii=False)
    while len(header[: header.index("\u9dc0")].encode()) % 3:
        header = header.replace('"x": "', '"x": " ')
    token = header_of(header.encode())
    assert "bearer" in token.lower()
    assert user_of(browse(), bearer(token)) == "user_1"


def test_jk_12_thousands_of_unknown_names_are_not_all_remembered():
    clerk = Clerk()
    browser = browse(backend=clerk.backend())
    token = mint().partition(".")[2]
    for number in range(2000):
        head = encode(json.dumps({**HEADER, "kid": f"ins_{number}"}).encode())
        browser.get("/private", headers=API | bearer(f"{head}.{token}"), status=404)
    assert user_of(browser, bearer(mint())) == "user_1"
    assert clerk.fetches <= 3


@pytest.mark.parametrize("jump", [-86_400, 86_400])
def test_jk_13_keys_do_not_age_by_the_wall_clock(jump):
    now, clerk = [NOW], Clerk()
    browser = browse(backend=clerk.backend(), clock=lambda: now[0] * 1000)
    assert user_of(browser, bearer(mint())) == "user_1"
    now[0] += jump
    assert user_of(browser, bearer(mint())) is None
    for _ in range(20):
        assert user_of(browser, bearer(mint(now=now[0]))) == "user_1"
    assert clerk.fetches == 1


FORGED = [
    {},
    {"sub": "user_9"},
    {"exp": NOW - 999},
    {"exp": "x"},
    {"iss": "https://evil.com"},
    {"azp": "https://evil.com"},
    {"sid": ...},
]


def test_lk_01_a_forged_token_is_answered_the_same_whatever_it_claims():
    browser = browse(debug=True)
    told = set()
    for claims in FORGED:
        token = mint(claims, key="b")
        public, script, page = assert_nobody(browser, bearer(token))
        for each in (public, script, page):
            assert token not in str(each.headers) + each.text
        told.add((script.text, page.location, *map(str, script.headerlist)))
    assert len(told) == 1


def test_lk_02_an_unknown_key_is_not_told_which_there_are():
    browser = browse(backend=Clerk({"keys": [JWK, KEY_B]}).backend(), debug=True)
    for each in assert_nobody(browser, bearer(mint(header={"kid": "ins_x"}))):
        said = str(each.headerlist) + each.text
        assert "ins_b" not in said
        assert JWK["kid"] not in said


def test_lk_03_nothing_is_told_of_tokens_and_options():
    browser = browse(secret_key="sk_live_" + "s" * 40)
    for token in (mint(key="b"), mint({"exp": NOW - 99}), "a\x7f.b.c"):
        for each in assert_nobody(browser, bearer(token)):
            said = " ".join(value for _, value in each.headerlist)
            assert "sk_live" not in said
            assert "PUBLIC KEY" not in said
            assert said.isprintable()


@pytest.mark.parametrize("odd", ["\x1b[31m", "x\x1b]0;y", "a\tb"], ids=ascii)
def test_lk_05_a_log_is_not_written_by_strangers(odd, caplog):
    caplog.set_level("DEBUG")
    browser = browse(debug=True)
    token = mint({"azp": odd, "sub": odd}, {"kid": odd}, key="b")
    assert_nobody(browser, bearer(token) | {"User-Agent": odd})
    environ = {"PATH_INFO": f"/{odd}"}
    browser.get("/", headers=API, extra_environ=environ, status=[200, 400])
    assert caplog.records
    for record in caplog.records:
        assert record.getMessage().isprintable()


ALPHABET = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize("place", range(3), ids=["header", "payload", "signature"])
@pytest.mark.parametrize("surplus", [0, 2, 3])
def test_no_other_end_of_a_segment_is_the_same_token(place, surplus):
    """Every character of the last quantum, replaced by every other and left out."""
    lengths = {0: 0, 2: 1, 3: 2}
    raw = [json.dumps(HEADER).encode(), GOOD, bytes(range(240))]
    raw[place] = raw[place].ljust(-(-len(raw[place]) // 3) * 3 + lengths[surplus])
    segments = [encode(each) for each in raw]
    assert len(segments[place]) % 4 == surplus
    original = parse_token(".".join(segments))
    for end in ends_of(segments[place]):
        segments[place] = end
        try:
            token = parse_token(".".join(segments))
        except TokenVerificationError:
            continue
        told = (token.signed, token.signature)
        assert told != (original.signed, original.signature)
        assert ".".join(map(encode, decoded(token))) == token.text


def ends_of(segment):
    for back in range(1, 5):
        head, tail = segment[:-back], segment[len(segment) - back + 1 :]
        for other in {*ALPHABET, "", "=", "==", " "} - {segment[-back]}:
            yield head + other + tail


def decoded(token):
    return decode(token.text.partition(".")[0]), token.payload, token.signature


@pytest.mark.parametrize("what", ["session", "user"])
@pytest.mark.parametrize("first", CARRIERS)
def test_sc_06_what_was_revoked_is_refused_however_it_is_carried_and_spelled(
    what, first
):
    def ending(environ, start_response):
        if environ["PATH_INFO"] == "/end":
            getattr(auth(), f"revoke_{what}")()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth().user_id).encode()]

    browser = browse(ending, store=FeedStore(Clock(NOW)))
    token = mint()
    assert browser.get("/end", headers=API | first(token), status=200)
    others = [token, mint({"jti": "another"}), mint(header={"typ": ...})]
    others += [each + "=" for each in others] + [token[:-1] + chr(ord(token[-1]) + 1)]
    for other in others:
        for carry in CARRIERS:
            answer = browser.get("/", headers=API | carry(other), status=200)
            assert answer.text == "None"

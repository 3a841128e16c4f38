import json
from contextlib import suppress

import pytest
from clerk_vectors import each_case
from forging import CLAIMS, HEADER, compact, decode, encode, mint
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import parse_token, split_token

MAX_TOKEN_LENGTH = 8192
PARTS = "Invalid JWT form. A JWT consists of three parts separated by dots."
UNDECODABLE = (
    "Invalid JWT form. The header, payload, or signature could not be decoded."
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def failure(text):
    with pytest.raises(TokenVerificationError) as caught:
        parse_token(text)
    error = caught.value
    assert (error.reason, error.action) == ("token-invalid", "")
    return error.message


def segments(header=b"{}", payload=b"{}", signature=b"x"):
    return ".".join(map(encode, (header, payload, signature)))


@each_case("jwt_verify", lambda case: case["fn"] == "decodeJwt")
def test_a_token_is_decoded_as_clerk_does(case):
    expected = case["expected"]
    if not expected["ok"]:
        assert failure(case["token"]) == expected["message"]
        return
    token = parse_token(case["token"])
    assert token.header == expected["header"]
    assert token.claims == expected["payload"]
    assert token.signature.hex() == expected["signature_hex"]


def test_a_token_keeps_what_was_received():
    text = mint()
    token = parse_token(text)
    header, payload, signature = text.split(".")
    assert token.text == text
    assert token.header == HEADER
    assert token.claims == CLAIMS
    assert token.payload == decode(payload)
    assert token.signature == decode(signature)
    assert token.signed == f"{header}.{payload}".encode()


def test_everybody_can_have_claims_of_his_own():
    token = parse_token(mint(act={"sub": "user_2"}))
    mine = token.private_claims()
    mine["act"]["sub"] = "user_3"
    assert token.claims["act"] == {"sub": "user_2"}
    assert token.private_claims() == token.claims


def test_a_token_does_not_show_itself():
    assert repr(parse_token(mint())) == "<Token>"


BAD_FORMS = {
    "nothing": ("", PARTS),
    "a word": ("null", PARTS),
    "two parts": ("e30.e30", PARTS),
    "four parts": ("e30.e30.eA.eA", PARTS),
    "JWE": ("e30.e30.e30.e30.e30", PARTS),
    "8 KiB of dots": ("." * MAX_TOKEN_LENGTH, PARTS),
    "more dots": ("." * (MAX_TOKEN_LENGTH + 1), UNDECODABLE),
    "empty parts": ("..", UNDECODABLE),
    "an empty payload": ("e30..eA", UNDECODABLE),
    "an empty header": (".e30.eA", UNDECODABLE),
    "JSON serialization": ('{"payload":"e30.","signatures":[{"a":"."}]}', UNDECODABLE),
    "too long": (segments(payload=b" " * 7000 + b"{}"), UNDECODABLE),
    "too long a header": (segments(header=b" " * 768 + b"{}"), UNDECODABLE),
    "too long a signature": (segments(signature=b"x" * 1025), UNDECODABLE),
    "another script": ("e30.e30.é", UNDECODABLE),
    "a digit of another script": ("e30.e30.e٣", UNDECODABLE),
    "half a character": ("e30.e30.\ud800", UNDECODABLE),
    "a NUL": ("e30.e30.eA\0", UNDECODABLE),
    "a line break before": ("\ne30.e30.eA", UNDECODABLE),
    "a tab within": ("e3\t0.e30.eA", UNDECODABLE),
    "a question mark": ("e30?.e30.eA", UNDECODABLE),
    "padding of the header": ("e30=.e30.eA", UNDECODABLE),
    "padding of the payload": ("e30.e30=.eA", UNDECODABLE),
    "padding of the signature": ("e30.e30.eA==", UNDECODABLE),
    "standard base64": ("e30.e30.-+", UNDECODABLE),
    "one character too many": ("e30.e30.eAAAA", UNDECODABLE),
    "unused bits of two": ("e30.e30.eB", UNDECODABLE),
    "unused bits of four": ("e30.e30.eAB", UNDECODABLE),
}


@pytest.mark.parametrize(("text", "message"), BAD_FORMS.values(), ids=BAD_FORMS)
def test_one_spelling_is_accepted_and_no_other(text, message):
    assert failure(text) == message


@pytest.mark.parametrize(
    ("start", "expected"),
    [("e", "AQgw"), ("eA", "AEIMQUYcgkosw048")],
    ids=["four unused bits", "two unused bits"],
)
def test_unused_bits_are_zero(start, expected):
    taken = set()
    for last in ALPHABET:
        with suppress(TokenVerificationError):
            parse_token(f"e30.e30.{start}{last}")
            taken.add(last)
    assert taken == set(expected)


BAD_JSON = {
    "a list": b"[]",
    "a string": b'"x"',
    "a number": b"5",
    "null": b"null",
    "nothing": b"",
    "half an object": b'{"a":',
    "something after it": b"{}x",
    "a duplicate member": b'{"alg":"none","alg":"RS256"}',
    "not a number": b'{"exp":NaN}',
    "a number without end": b'{"exp":1e400}',
    "too many digits": b'{"a":' + b"9" * 500 + b"9" * 4500 + b"}",
    "UTF-16": '{"alg":"RS256"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "invalid UTF-8": b'{"a":"\xff"}',
    "too deep": b'{"a":' * 33 + b"1" + b"}" * 33,
    "much too deep": b"[" * 5000,
}


@pytest.mark.parametrize("raw", BAD_JSON.values(), ids=BAD_JSON)
def test_header_and_payload_are_strict_json_objects(raw):
    assert failure(segments(header=raw)) == UNDECODABLE
    assert failure(segments(payload=raw)) == UNDECODABLE


BAD_HEADERS = {
    "crit": {"crit": ["exp"]},
    "crit, empty": {"crit": []},
    "crit, null": {"crit": None},
    "crit, b64": {"crit": ["b64"], "b64": False},
    "b64 alone": {"b64": False},
    "b64, true": {"b64": True},
    "compressed": {"zip": "DEF"},
    "encrypted": {"enc": "A256GCM"},
    "65 members": {str(number): 0 for number in range(62)},
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_extensions_of_jws_are_refused(header):
    assert failure(mint(header)) == UNDECODABLE


def test_64_header_members_are_taken_and_unknown_ones_ignored():
    header = {"cty": "x", "jku": "https://evil.test", "jwk": {"kty": "oct"}}
    header |= {str(number): 0 for number in range(58)}
    assert len(parse_token(mint(header)).header) == 64


def test_the_longest_token_is_taken():
    room = MAX_TOKEN_LENGTH - len(segments(payload=b"", signature=b"xx"))
    text = segments(payload=b"{}".rjust(room * 3 // 4), signature=b"xx")
    assert len(text) == MAX_TOKEN_LENGTH
    assert parse_token(text).claims == {}


def test_a_caller_may_allow_longer_tokens():
    text = segments(payload=b"{}".rjust(10_000))
    assert parse_token(text, max_length=20_000).claims == {}


def test_the_longest_header_is_taken():
    text = segments(header=b"{}".rjust(768))
    assert text.index(".") == 1024
    assert parse_token(text).header == {}


def test_the_signature_may_be_as_long_as_the_longest_key():
    assert parse_token(segments(signature=b"x" * 1024)).signature == b"x" * 1024


def test_a_payload_that_is_no_json_can_be_split_off():
    header, payload, signature, signed = split_token("e30.Zm9v.eA")
    assert (header, payload, signature, signed) == ({}, b"foo", b"x", b"e30.Zm9v")


def test_messages_do_not_hold_the_token():
    text = compact({"crit": ["secret-of-mine"]}, {"sub": "secret-of-mine"})
    assert not any(part in failure(text) for part in text.split("."))


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet=ALPHABET + ".=+/ ") | st.text(alphabet="ey.JI0{}"))
def test_no_text_raises_anything_else(text):
    try:
        reason = parse_token(text) and "token-invalid"
    except TokenVerificationError as error:
        reason = error.reason
    assert reason == "token-invalid"


json_objects = st.dictionaries(st.text(), st.integers() | st.text() | st.none())


@settings(max_examples=200, deadline=None)
@given(json_objects, json_objects, st.binary(max_size=300))
def test_what_is_accepted_was_written_in_the_one_spelling(header, claims, signature):
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    text = ".".join(map(encode, parts))
    try:
        token = parse_token(text)
    except TokenVerificationError:
        assert "\\ud" in json.dumps([header, claims]) or len(encode(parts[0])) > 1024
        return
    assert text == ".".join(map(encode, (parts[0], token.payload, token.signature)))
    assert (token.header, token.claims) == (header, claims)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_token_is_another_token(data):
    """Never two texts for the same bytes: a text can stand for its token."""
    text = mint()
    place = data.draw(st.integers(0, len(text) - 1))
    change = data.draw(st.sampled_from([*ALPHABET, "", "=", "\n", "A="]))
    changed = text[:place] + change + text[place + 1 :]
    try:
        token = parse_token(changed)
    except TokenVerificationError:
        return
    original = parse_token(text)
    same = (token.signed, token.signature) == (original.signed, original.signature)
    assert same == (changed == text)

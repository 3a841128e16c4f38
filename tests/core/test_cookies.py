"""What clients send in `Cookie` and `Authorization`, however odd."""

import pytest
from clerk_vectors import each_case
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.cookies import (
    bearer_token,
    leading_integer,
    loop_counter,
    parse_cookies,
)

NATIVE = st.text(st.characters(max_codepoint=255))


@each_case("clerk_request", lambda case: case["kind"] == "cookies")
def test_a_cookie_header_is_read_as_clerk_reads_it(case):
    assert parse_cookies(case["cookie"]) == case["expected"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('a=1; bad[key]={"x":1}; __session=T', "T"),
        ("__session=T1; __session=T2", "T1"),
        ("__session=T1, __session=T2", "T1, __session=T2"),
        ("__sessionEVIL=T", None),
        ("__Session=T", None),
        ("__session_othersuffix=T", None),
        ('" __session"=T', None),
        ("$__session=T", None),
        ("\x0b__session=T", None),
        ("\xa0__session=T", None),
        ("a=x%3B%20__session%3DT", None),
        ("__session%3DT", None),
        ("%5F%5Fsession=T", None),
        ('a="x; __session=T"', 'T"'),
        ("a=x\\073 __session=T", None),
        ('__session="T"', '"T"'),
        ("__session=", ""),
        ("__session=a b", "a b"),
    ],
)
def test_nothing_but_its_own_name_makes_a_session_cookie(header, expected):
    assert parse_cookies(header).get("__session") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("%", "%"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%41%4", "%41%4"),
        ("%ed%a0%80", "%ed%a0%80"),
        ("%f0%9f%92%a9", "\U0001f4a9"),
        ("\xe9", "\xe9"),
        ("\xe9%41", "\xe9A"),
        ("%C3\xa9", "%C3\xa9"),
        ("%00", "\0"),
    ],
)
def test_a_value_is_decoded_as_utf_8_or_stays_as_it_came(value, expected):
    assert parse_cookies(f"a={value}") == {"a": expected}


def test_ten_thousand_cookies_are_read_in_one_pass():
    header = "; ".join(f"c{number}={number}%20x" for number in range(10_000))
    assert len(parse_cookies(header)) == 10_000


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("Bearer T", "T"),
        ("bearer T", "T"),
        ("BEARER T", "T"),
        ("Bearer T ", "T"),
        ("Bearer T anything", "T"),
        ("T", "T"),
        ("Bearer", "Bearer"),
        ("Bearer ", "Bearer"),
        ("Bearer  T", "Bearer"),
        ("Bearer\tT", "Bearer\tT"),
        ("Bearer T, Bearer U", "T,"),
        (" Bearer T", None),
        (" T", None),
        ("Basic dTpw", None),
        ("Bear T", None),
        ("Bearer: T", None),
        ("Bearer abearerb", "abearerb"),
    ],
)
def test_only_a_bearer_or_a_bare_word_is_a_token(header, token):
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("0", 0),
        ("000", 0),
        ("1700000000", 1_700_000_000),
        ("0001700000000", 1_700_000_000),
        ("1700000000abc", 1_700_000_000),
        (" \t\n5", 5),
        ("+5", 5),
        ("-1", -1),
        ("- 1", 0),
        ("--1", 0),
        ("1e9", 1),
        ("1.9", 1),
        ("0x10", 16),
        ("-0X1f", -31),
        ("0x", 0),
        ("0xg", 0),
        ("abc", 0),
        ("NaN", 0),
        ("Infinity", 0),
        ("1_000", 1),
        ("\uff11\uff12", 0),
        ("٣", 0),
    ],
)
def test_client_uat_is_the_number_that_the_text_starts_with(text, number):
    assert leading_integer(text) == number


@pytest.mark.parametrize("text", ["9" * 5000, "0x" + "f" * 5000, "0" * 9000 + "9" * 99])
def test_a_number_without_end_is_only_very_large(text):
    assert 1e16 < leading_integer(text) < 1e19


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("0", 0),
        ("3", 3),
        ("3.0", 3),
        (" 3 ", 3),
        ("3.", 3),
        ("+3", 3),
        ("2.5", 2.5),
        (".5", 0.5),
        ("abc", 0),
        ("3x", 0),
        (".", 0),
        ("1e", 0),
        ("NaN", 0),
        ("nan", 0),
        ("inf", 0),
        ("1_0", 0),
        ("٣", 0),
        ("-1", -1),
        ("-1e999", -1),
        ("1e9", 1_000_000),
        ("1e999", 1_000_000),
        ("9" * 5000, 1_000_000),
    ],
)
def test_the_loop_counter_is_a_number_within_bounds(text, count):
    assert loop_counter(text) == count


@pytest.mark.parametrize(("text", "next_count"), [("3.0", "4"), ("2.5", "3.5")])
def test_a_whole_count_goes_on_without_a_decimal_point(text, next_count):
    assert str(loop_counter(text) + 1) == next_count


@settings(max_examples=100)
@given(NATIVE)
def test_no_header_breaks_the_readers(text):
    cookies = parse_cookies(text)
    assert len(cookies) <= text.count(";") + 1
    assert bearer_token(text) is None or bearer_token(text) in text
    for value in (text, *cookies.values()):
        assert abs(leading_integer(value)) < 1e19
        assert -1 <= loop_counter(value) <= 1_000_000


@settings(max_examples=50)
@given(st.text(min_size=1))
def test_no_text_at_all_breaks_the_numbers(text):
    assert isinstance(leading_integer(text), int)
    assert loop_counter(text) == loop_counter(text)


@settings(max_examples=50)
@given(st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), NATIVE))
def test_what_was_escaped_is_read_back(cookies):
    pairs = (
        "{}={}".format(name, "".join(f"%{byte:02x}" for byte in value.encode()))
        for name, value in cookies.items()
    )
    assert parse_cookies("; ".join(pairs)) == cookies

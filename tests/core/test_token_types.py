import pytest
from forging import mint

from clerk_wsgi.core.token_types import (
    M2M_CATEGORY,
    NO_CATEGORY,
    SESSION_CATEGORY,
    TEMPLATE_CATEGORY,
    has_other_category,
    is_jwt,
    is_machine_jwt,
    machine_token_type,
)
from clerk_wsgi.core.tokens import parse_token

CATEGORIES = {
    "absent": ({}, False),
    "session": ({"cat": SESSION_CATEGORY}, False),
    "ignore": ({"cat": NO_CATEGORY}, False),
    "template": ({"cat": TEMPLATE_CATEGORY}, True),
    "machine": ({"cat": M2M_CATEGORY}, True),
    "unknown": ({"cat": "cl_X"}, True),
    "empty": ({"cat": ""}, True),
    "null": ({"cat": None}, True),
    "a list": ({"cat": [SESSION_CATEGORY]}, True),
}


@pytest.mark.parametrize(("header", "other"), CATEGORIES.values(), ids=CATEGORIES)
def test_only_two_categories_may_be_a_session(header, other):
    assert has_other_category(parse_token(mint(header))) is other


TYPES = {
    "opaque m2m": ("mt_abc", "m2m_token"),
    "opaque oauth": ("oat_abc", "oauth_token"),
    "api key": ("ak_abc", "api_key"),
    "prefix alone": ("mt_", "m2m_token"),
    "prefix in capitals": ("MT_abc", None),
    "prefix after a space": (" mt_abc", None),
    "secret key": ("sk_test_abc", None),
    "nothing": ("", None),
    "a megabyte": ("ak_" + "x" * 2**20, None),
    "session": (mint(), None),
    "m2m": (mint(sub="mch_1"), "m2m_token"),
    "m2m subject alone": (mint(sub="mch_"), "m2m_token"),
    "no subject": (mint(sub=...), None),
    "a number for a subject": (mint(sub=5), None),
    "oauth": (mint({"typ": "at+jwt"}), "oauth_token"),
    "oauth, long": (mint({"typ": "application/at+jwt"}), "oauth_token"),
    "oauth in capitals": (mint({"typ": "AT+JWT"}), None),
    "a list for a type": (mint({"typ": ["at+jwt"]}), None),
    "both marks": (mint({"typ": "at+jwt"}, sub="mch_1"), "m2m_token"),
    "m2m by category alone": (mint({"cat": M2M_CATEGORY}), None),
    "undecodable": ("a.b.c", None),
}


@pytest.mark.parametrize(("text", "expected"), TYPES.values(), ids=TYPES)
def test_machine_tokens_are_known_by_their_marks(text, expected):
    assert machine_token_type(text) == expected


def test_a_machine_jwt_is_known_after_parsing():
    assert is_machine_jwt(parse_token(mint(sub="mch_1")))
    assert not is_machine_jwt(parse_token(mint()))


FORMS = {
    "a session token": (mint(), True),
    "three letters": ("a.b.c", True),
    "all characters": ("aZ09-_.aZ09-_.aZ09-_", True),
    "two parts": ("a.b", False),
    "four parts": ("a.b.c.d", False),
    "no signature": ("a.b.", False),
    "padding": ("a.b.c=", False),
    "a line break": ("a.b.c\n", False),
    "letters of another script": ("\u0430.b.c", False),
    "opaque": ("mt_abc", False),
    "too long": (f"a.b.{'c' * 8192}", False),
}


@pytest.mark.parametrize(("text", "expected"), FORMS.values(), ids=FORMS)
def test_the_form_of_a_jwt_is_three_parts(text, expected):
    assert is_jwt(text) is expected

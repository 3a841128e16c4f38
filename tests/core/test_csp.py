"""Policies as Clerk's package writes them, and options that no policy can hold."""

import pytest
from clerk_requests import snake
from clerk_vectors import each_case

from clerk_wsgi.core.content_security_policy import (
    ContentSecurityPolicy,
    read_settings,
)
from clerk_wsgi.core.errors import ConfigurationError

HOST = "clerk.example.com"
BYTES = bytes(range(16))


def headers_of(random=BYTES, **options):
    policy = ContentSecurityPolicy(read_settings(**options), HOST)
    return dict(policy.headers(random))


def directives_of(**options):
    text = headers_of(**options)["Content-Security-Policy"]
    return dict(each.split(" ", 1) for each in text.split("; "))


@each_case("csp")
def test_a_policy_is_written_as_clerks_package_does(case):
    options = {snake(name): value for name, value in case["options"].items()}
    settings = read_settings(
        is_production=case["environment"] == "production", **options
    )
    policy = ContentSecurityPolicy(settings, case["host"])
    headers = policy.headers(bytes.fromhex(case["random_bytes_hex"]))
    assert [[n.lower(), v] for n, v in headers] == case["expected_headers"]


def test_without_a_word_the_policy_is_that_of_production():
    assert "'unsafe-eval'" not in directives_of()["script-src"]
    assert "'unsafe-eval'" in directives_of(is_production=False)["script-src"]


def test_every_answer_has_a_nonce_of_its_own():
    policy = ContentSecurityPolicy(read_settings(strict=True), HOST)
    one, other = (dict(policy.headers(bytes([n] * 16))) for n in (1, 2))
    assert one["X-Nonce"] != other["X-Nonce"]
    for headers in (one, other):
        nonce = f"'nonce-{headers['X-Nonce']}'"
        assert headers["Content-Security-Policy"].count(nonce) == 1


def test_values_may_stand_in_one_text():
    listed = directives_of(
        directives={"img-src": ["self", "https://a.example", "data:"]}
    )
    assert (
        directives_of(directives={"img-src": "self  https://a.example data:"}) == listed
    )
    assert listed["img-src"] == "'self' https://img.clerk.com https://a.example data:"


def test_none_in_a_text_means_none():
    assert directives_of(directives={"object-src": "none https://a.example"}) == {
        **directives_of(),
        "object-src": "'none'",
    }


HOSTILE = {
    "a semicolon": {"img-src": "https://a; script-src *"},
    "a comma": {"img-src": "https://a, default-src *"},
    "a line end": {"img-src": "https://a\r\nSet-Cookie: a=b"},
    "a tab": {"img-src": "https://a\thttps://b"},
    "a null": {"script-src": "'nonce-\0'"},
    "no ASCII": {"img-src": "https://\xe9"},
    "a number": {"img-src": [7]},
    "bytes": {"img-src": b"self"},
    "a set, which has no order": {"img-src": {"self"}},
    "nothing": {"img-src": None},
    "a name with a space": {"img-src x": []},
    "a name with a semicolon": {"img-src;": []},
    "a name in upper case": {"Img-Src": []},
    "an empty name": {"": []},
    "a name that is none": {7: []},
    "a list": ["img-src"],
    "a text": "img-src 'self'",
}


@pytest.mark.parametrize("directives", HOSTILE.values(), ids=HOSTILE)
def test_directives_are_refused_that_are(directives):
    with pytest.raises(ConfigurationError, match="option directives of Content"):
        read_settings(directives=directives)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strict", "yes"),
        ("strict", None),
        ("report_only", 1),
        ("is_production", "production"),
        ("report_to", 'https://a.example/"'),
        ("report_to", "https://a.example/\r\n"),
        ("report_to", "https://a.example/\\"),
        ("report_to", "https://a b"),
        ("report_to", 7),
    ],
)
def test_a_wrong_option_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f"The option {name} of Content"):
        read_settings(**{name: value})


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_address_for_reports_is_none(nothing):
    assert headers_of(report_to=nothing) == headers_of()

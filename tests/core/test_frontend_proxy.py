"""Where the Frontend API proxy sends the secret key, and where it never does."""

import pytest

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.frontend_proxy import ProxyError, target_url
from clerk_wsgi.core.frontend_proxy_headers import end_to_end
from clerk_wsgi.core.frontend_proxy_settings import (
    is_proxied_by_default,
    read_path,
    read_settings,
)

KEY = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"
SECRET = "sk_live_canary"


def base(fapi_url):
    return read_settings(KEY, SECRET, fapi_url).base


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://fapi.example.net", "https://fapi.example.net"),
        ("https://fapi.example.net///", "https://fapi.example.net"),
        ("https://fapi.example.net/base//", "https://fapi.example.net/base"),
        ("HTTPS://FAPI.example.net:443", "https://fapi.example.net"),
        ("https://fapi.example.net/@x", "https://fapi.example.net/@x"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://clerk.localhost", "http://clerk.localhost"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://127.1", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("", "https://frontend-api.clerk.dev"),
    ],
)
def test_a_base_is_read_as_a_browser_reads_it(given, read):
    assert base(given) == read


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("fapi.example.net", "Invalid URL"),
        ("https://", "Invalid URL"),
        ("https://a b", "Invalid URL"),
        ("https://fapi.example.net:99999", "Invalid URL"),
        ("ftp://fapi.example.net", "FAPI URL must use http or https"),
        ("localhost:8080", "FAPI URL must use http or https"),
        ("https://u:p@fapi.example.net", "FAPI URL must not include credentials"),
        ("https:u@fapi.example.net", "FAPI URL must not include credentials"),
        ("https://fapi.example.net?", "FAPI URL must not include credentials"),
        ("https://fapi.example.net/#", "FAPI URL must not include credentials"),
        ("http://fapi.example.net", "FAPI URL must use https"),
        ("http://localhost.example.net", "FAPI URL must use https"),
        ("http://192.0.2.1", "FAPI URL must use https"),
    ],
)
def test_the_key_is_not_sent_to(given, said):
    with pytest.raises(ConfigurationError) as caught:
        base(given)
    assert str(caught.value).startswith(said)
    assert "CLERK_FAPI_URL" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "path", [".evil.com", "@evil.com/", ":8443/", "evil.com", ":x/", "@", ":@/"]
)
def test_a_path_that_would_change_the_host_is_refused(path):
    settings = read_settings(KEY, SECRET, "https://fapi.example.net")
    with pytest.raises(ProxyError, match="does not match the expected host") as caught:
        target_url(settings, path, None)
    assert caught.value.status == 400


def test_a_path_within_the_base_stays_there():
    settings = read_settings(KEY, SECRET, "https://fapi.example.net/base")
    assert target_url(settings, "@evil.com", "") == (
        "https://fapi.example.net/base@evil.com?"
    )


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, "/__clerk"),
        ("", "/__clerk"),
        ("/", ""),
        ("//", ""),
        ("/api/clerk//", "/api/clerk"),
        ("/...", "/..."),
    ],
)
def test_a_path_loses_the_slashes_at_its_end(given, read):
    assert read_path(given) == read


def test_what_is_for_the_next_hop_is_dropped():
    headers = [("Connection", "close , X-Hop,"), ("CONNECTION", "x-other"), ("TE", "x")]
    passed = [("X-Hop", "1"), ("x-other", "2"), ("X-Keep", "3"), ("X-Keep", "4")]
    assert end_to_end([*headers, *passed]) == [("X-Keep", "3"), ("X-Keep", "4")]


QUIET = {"proxy_url": "", "domain": "", "is_disabled": False}


@pytest.mark.parametrize(
    ("host", "key", "said", "is_default"),
    [
        ("site.vercel.app", KEY, {}, True),
        ("vercel.app", KEY, {}, False),
        ("site.vercel.app.evil.com", KEY, {}, False),
        ("site.vercel.app", KEY.replace("live", "test"), {}, False),
        ("site.vercel.app", KEY, {"proxy_url": "/clerk"}, False),
        ("site.vercel.app", KEY, {"domain": "example.com"}, False),
        ("site.vercel.app", KEY, {"is_disabled": True}, False),
        ("example.com", KEY, {}, False),
    ],
)
def test_a_live_site_on_vercel_gets_a_proxy_by_itself(host, key, said, is_default):
    assert is_proxied_by_default(host, key, **QUIET | said) is is_default

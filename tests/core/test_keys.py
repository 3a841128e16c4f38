"""Publishable keys, secret keys and what their text gives away."""

from base64 import b64encode
from dataclasses import FrozenInstanceError

import pytest
from clerk_vectors import each_case
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import (
    accounts_base_url,
    api_url_for,
    build_publishable_key,
    cookie_suffix,
    is_current_accounts_host,
    is_development_accounts_host,
    is_development_publishable_key,
    is_development_secret_key,
    is_legacy_accounts_host,
    is_production_publishable_key,
    is_production_secret_key,
    is_publishable_key,
    parse_publishable_key,
    proxy_target_for,
    publishable_key_from_host,
    require_publishable_key,
)

OPTIONS = {"proxyUrl": "proxy_url", "domain": "domain", "isSatellite": "is_satellite"}


def key_for(decoded, prefix="pk_live_"):
    return prefix + b64encode(decoded.encode("latin-1")).decode()


def fatal_error(text):
    try:
        require_publishable_key(text)
    except ConfigurationError as error:
        return str(error).splitlines()[0]
    return None


@each_case("publishable_keys")
def test_a_publishable_key_is_read_as_clerk_reads_it(case):
    text = case["key"]
    options = {OPTIONS[name]: value for name, value in case["options"].items()}
    key = parse_publishable_key(text)
    parsed = key and {
        "instanceType": key.instance_type,
        "frontendApi": key.frontend_api(**options),
    }
    assert parsed == case["parsed"]
    assert is_publishable_key(text) is case["is_publishable_key"]
    assert fatal_error(text) == case["fatal_error_prefix"]


@each_case("publishable_keys", lambda case: case["key"] is not None)
def test_the_text_of_a_key_tells_its_instance_type_and_backend_api(case):
    text = case["key"]
    development = case["is_development_from_publishable_key"]
    production = case["is_production_from_publishable_key"]
    assert is_development_publishable_key(text) is development
    assert is_production_publishable_key(text) is production
    assert api_url_for(text) == case["api_url_from_publishable_key"]


@each_case("cookie_suffixes")
def test_a_cookie_suffix_is_cut_from_the_hash_of_the_whole_key(case):
    suffix = cookie_suffix(case["publishable_key"])
    assert suffix == case["suffix"]
    assert f"__session_{suffix}" == case["session_cookie"]
    assert f"__client_uat_{suffix}" == case["client_uat_cookie"]


@each_case("accounts_urls")
def test_the_account_portal_is_beside_the_frontend_api(case):
    assert accounts_base_url(case["frontend_api"]) == case["accounts_base_url"]


@each_case("key_helpers", lambda case: case["fn"] == "devAccountPortalHost")
def test_an_account_portal_of_a_development_instance_is_recognised(case):
    host = case["host"]
    assert is_legacy_accounts_host(host) is case["legacy"]
    assert is_current_accounts_host(host) is case["current"]
    assert is_development_accounts_host(host) is (case["legacy"] or case["current"])


@each_case("key_helpers", lambda case: case["fn"] == "secretKeyEnvironment")
def test_the_prefix_of_a_secret_key_tells_its_instance_type(case):
    assert is_development_secret_key(case["secret_key"]) is case["development"]
    assert is_production_secret_key(case["secret_key"]) is case["production"]


@each_case("key_helpers", lambda case: case["fn"] == "buildPublishableKey")
def test_a_publishable_key_is_built_from_a_frontend_api(case):
    assert build_publishable_key(case["frontend_api"]) == case["publishable_key"]


@each_case("key_helpers", lambda case: case["fn"] == "publishableKeyFromHost")
def test_a_publishable_key_is_built_from_a_host(case):
    if "error" in case:
        with pytest.raises(ValueError, match=case["error"]):
            publishable_key_from_host(case["host"], case["fallback_key"])
    else:
        found = publishable_key_from_host(case["host"], case["fallback_key"])
        assert found == case["result"]


@pytest.mark.parametrize(
    ("host", "api", "frontend_api"),
    [
        ("clerk.a.lcl.dev", "api.clerk.com", "frontend-api.clerk.dev"),
        ("a.lcl.dev", "api.lclclerk.com", "frontend-api.lclclerk.com"),
        ("alclstage.dev.", "api.clerk.com", "frontend-api.clerk.dev"),
        ("a.blclstage.dev", "api.lclclerk.com", "frontend-api.lclclerk.com"),
        (
            "a.clerk.accounts.lclclerk.com",
            "api.lclclerk.com",
            "frontend-api.lclclerk.com",
        ),
        (
            "a.clerk.accountsstage.dev",
            "api.clerkstage.dev",
            "frontend-api.clerkstage.dev",
        ),
        ("clerk.example.com", "api.clerk.com", "frontend-api.clerk.dev"),
    ],
)
def test_the_frontend_api_tells_which_clerk_answers(host, api, frontend_api):
    key = key_for(f"{host}$")
    assert api_url_for(key) == f"https://{api}"
    assert proxy_target_for(key) == f"https://{frontend_api}"


def test_only_a_satellite_has_a_frontend_api_of_its_own():
    key = require_publishable_key(key_for("clerk.example.com$"))
    assert key.frontend_api(domain="satellite.test") == "clerk.example.com"


def test_a_key_that_was_read_cannot_be_changed():
    key = require_publishable_key(key_for("clerk.example.com$"))
    with pytest.raises(FrozenInstanceError):
        key.host = "evil.test"
    assert not hasattr(key, "__dict__")


def test_keys_may_have_the_prefix_of_old():
    assert is_development_publishable_key("test_1234")
    assert is_production_publishable_key("live_1234")
    assert is_development_secret_key("test_1234")
    assert is_production_secret_key("live_1234")
    assert not is_development_secret_key("live_1234")
    assert not is_production_secret_key("test_1234")


def test_the_name_of_the_stage_is_replaced_once():
    host = "a.clerk.accountsstage.clerk.accountsstage.dev"
    expected = "https://a.accountsstage.accounts.accountsstage.dev"
    assert accounts_base_url(host) == expected


@pytest.mark.parametrize("text", [None, "", "nope"])
def test_without_a_key_it_is_clerks_own_cloud_that_answers(text):
    assert api_url_for(text) == "https://api.clerk.com"
    assert proxy_target_for(text) == "https://frontend-api.clerk.dev"


@pytest.mark.parametrize(
    "host",
    [
        "good.example@evil.example",
        "clerk.example.com/path",
        "clerk.example.com\r\nX-Injected: 1",
        "clerk.example.com\n",
        "clerk.example.com?x=",
        "clerk.example.com#",
        "clerk.example.com\\x",
        "clerk .example.com",
        "clerk.example.com:",
        "clerk.example.com:80a",
        "https://clerk.example.com",
    ],
)
def test_a_host_that_could_not_stand_in_a_url_is_refused_at_start(host):
    text = key_for(f"{host}$")
    assert is_publishable_key(text)
    with pytest.raises(ConfigurationError, match="CLERK_PUBLISHABLE_KEY") as refusal:
        require_publishable_key(text)
    assert text not in str(refusal.value)


@pytest.mark.parametrize(
    "host",
    ["xn--mnchen-3ya.example", "127.0.0.1", "127.0.0.1:4000", "clerk.localhost:3000"],
)
def test_international_names_addresses_and_ports_are_fine_at_start(host):
    assert require_publishable_key(key_for(f"{host}$")).host == host


def test_a_missing_key_names_the_variable_to_set():
    with pytest.raises(
        ConfigurationError, match=r"missing\.\nSet CLERK_PUBLISHABLE_KEY"
    ):
        require_publishable_key(None)


@pytest.mark.parametrize(
    "text",
    ["pk_prod_Y2xlcmsuZXhhbXBsZS5jb20k", "sk_live_Y2xlcmsuZXhhbXBsZS5jb20k"],
)
def test_a_prefix_that_is_no_publishable_keys_makes_no_publishable_key(text):
    assert parse_publishable_key(text) is None


def test_unused_bits_at_the_end_do_not_invalidate_a_key():
    text = "pk_test_Y2xlcmsuaW5zcGlyZWQucHVtYS03NC5sY2wuZGV2JB"
    assert parse_publishable_key(text).host == "clerk.inspired.puma-74.lcl.dev"


def test_a_surrogate_in_a_key_does_not_break_the_suffix():
    assert len(cookie_suffix("pk_live_\udcff")) == 8


def test_a_host_outside_latin_1_cannot_be_written_into_a_key():
    with pytest.raises(ValueError, match="latin-1"):
        build_publishable_key("clerk.例え.jp")


@settings(max_examples=100)
@given(st.text())
def test_no_text_breaks_the_parser(text):
    for candidate in (text, f"pk_test_{text}", f"pk_live_{text}"):
        key = parse_publishable_key(candidate)
        assert key is None or key.text == candidate


@settings(max_examples=50)
@given(st.from_regex(r"[a-z0-9-]{1,9}(\.[a-z0-9-]{1,9}){1,3}", fullmatch=True))
def test_a_key_that_was_built_parses_again(host):
    assert require_publishable_key(build_publishable_key(host)).host == host

"""Options are checked when they are read, and say what to mend."""

from dataclasses import fields

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.option_values import text, texts
from clerk_wsgi.core.options import Options

SECRET = "sk_live_" + "abcdefghijklmnop"


def read(given=None, **env):
    return Options.read(given or {}, env)


def test_a_keyword_wins_over_a_variable_and_both_over_the_default():
    env = {"CLERK_SIGN_IN_URL": "/from-variable"}
    assert read().sign_in_url == ""
    assert read(**env).sign_in_url == "/from-variable"
    assert read({"sign_in_url": "/given"}, **env).sign_in_url == "/given"


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_keyword_counts_as_not_given(nothing):
    env = {"CLERK_SECRET_KEY": SECRET}
    assert read({"secret_key": nothing}, **env).secret_key == SECRET


def test_blanks_around_a_variable_do_not_count():
    assert read(CLERK_SECRET_KEY=f" {SECRET}\n").secret_key == SECRET


@pytest.mark.parametrize(
    ("text", "meant"),
    [("true", True), ("TRUE", True), ("1", True), ("0", False), ("false", False)],
)
def test_a_flag_in_a_variable(text, meant):
    assert read(CLERK_IS_SATELLITE="", CLERK_DEBUG=text).debug is meant


def test_lists_in_variables_are_split_at_commas():
    origins = "https://a.example, https://b.example,"
    read_back = read(CLERK_AUTHORIZED_PARTIES=origins, CLERK_AUDIENCE="x,y")
    assert read_back.authorized_parties == ("https://a.example", "https://b.example")
    assert read_back.audience == ("x", "y")


def test_the_parties_may_be_browser_extensions():
    origins = ["chrome-extension://abcdef", "http://localhost:3000"]
    assert read({"authorized_parties": origins}).authorized_parties == tuple(origins)


WRONG = [
    ("authorised_parties", ["https://a.example"], "no option 'authorised_parties'"),
    ("authorized_parties", [], "at least one origin"),
    ("authorized_parties", ["*"], "not '*'"),
    ("authorized_parties", "https://a.example", "must be a list"),
    ("authorized_parties", ["https://a.example/"], "must list origins"),
    ("authorized_parties", [1], "list of texts"),
    ("audience", 5, "list of texts"),
    ("publishable_key", 5, "must be text"),
    ("api_url", "api.clerk.com", "must be a URL"),
    ("api_url", "https://api.clerk.com/?x=1", "no credentials, query"),
    ("proxy_url", "//evil.example", "must be a URL"),
    ("sign_in_url", "http://[", "must be a URL or a path"),
    ("is_satellite", "yes", "true or false"),
    ("debug", 1, "True or False"),
    ("clock_skew_in_ms", True, "number of milliseconds"),
    ("clock_skew_in_ms", -1, "0 or more"),
    ("clock_skew_in_ms", float("nan"), "0 or more"),
    ("unauthenticated_status", 403, "404, as Clerk answers, or 401"),
    ("organization_patterns", ["/orgs/:"], "organization_patterns: Missing"),
]


@pytest.mark.parametrize(
    ("name", "value", "said"), WRONG, ids=[f"{n}={v!r}" for n, v, _ in WRONG]
)
def test_a_wrong_option_is_named_in_a_sentence(name, value, said):
    with pytest.raises(ConfigurationError) as error:
        read({name: value})
    assert said in str(error.value)
    assert name in str(error.value)


@pytest.mark.parametrize("name", [each.name for each in fields(Options)])
def test_no_option_takes_just_anything(name):
    with pytest.raises(ConfigurationError, match=f"option {name} must"):
        read({name: object()})


# Those whose option is more than any text.
VARIABLES = [
    each.metadata["variable"]
    for each in fields(Options)
    if each.metadata["variable"] and each.metadata["read"] not in (text, texts)
]


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_variable_takes_just_any_text(variable):
    with pytest.raises(ConfigurationError, match=f"variable {variable} must"):
        read(**{variable: "http://a b"})


def test_a_satellite_needs_a_domain_or_a_proxy():
    with pytest.raises(ConfigurationError, match="variable CLERK_DOMAIN"):
        read({"is_satellite": True})


def test_a_wrong_variable_is_named_too():
    with pytest.raises(ConfigurationError, match="variable CLERK_API_URL must be"):
        read(CLERK_API_URL="nowhere")


def test_a_malformed_publishable_key_fails_when_it_is_needed():
    with pytest.raises(ConfigurationError, match="CLERK_PUBLISHABLE_KEY"):
        _ = read({"publishable_key": "pk_test_x"}).instance


def test_a_development_satellite_needs_its_primarys_page():
    given = {"is_satellite": True, "domain": "s.example", "secret_key": "sk_test_1234"}
    with pytest.raises(ConfigurationError, match="Missing signInUrl"):
        read(given)
    with pytest.raises(ConfigurationError, match="Invalid signInUrl"):
        read({**given, "sign_in_url": "/sign-in"})
    assert read({**given, "sign_in_url": "https://p.example/in"}).is_satellite


def test_no_secret_is_shown():
    options = read(
        {"secret_key": SECRET, "jwt_key": PEM, "machine_secret_key": "short"}
    )
    for told in (repr(options), options.told):
        assert SECRET not in told
        assert PEM not in told
        assert "short" not in told
    assert "secret_key=sk_live_*********nop" in options.told
    assert "machine_secret_key=*********" in options.told


def test_only_what_was_chosen_is_told():
    assert read({"publishable_key": PUBLISHABLE_KEY}).told == (
        f"publishable_key='{PUBLISHABLE_KEY}'"
    )


def test_equal_options_are_one_key():
    assert hash(read({"audience": ["x"]})) == hash(read({"audience": ("x",)}))
    assert read({"audience": ["x"]}) != read({"audience": ["y"]})


def test_what_is_derived_from_the_key():
    options = read({"publishable_key": PUBLISHABLE_KEY, "audience": "me"})
    assert options.accounts_url == "https://accounts.example.com"
    assert options.cookie_suffix == "naoXFJnI"
    assert options.checks.audience == ("me",)
    assert options.organizations == options.personal_accounts == ()

"""A local instance as a whole: its keys, its options, and what it refuses."""

import pytest
from browsing import Browser, in_process
from local_clerk import HOST, NOW, PUBLISHABLE_KEY, Clock, local_clerk
from two_sites import MANNERS

from clerk_wsgi import ClerkMiddleware, ConfigurationError
from clerk_wsgi.core.keys import parse_publishable_key
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.urls import parse_url
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.clients import find_client, open_client, renamed
from clerk_wsgi.local.html import Html, fill, joined
from clerk_wsgi.local.memberships import find_membership, remove_member
from clerk_wsgi.local.origins import is_loopback, shared_domain, shares_cookies
from clerk_wsgi.local.session_claims import organization_claim, session_claims
from clerk_wsgi.local.sessions import (
    activate,
    current_session,
    delete_user,
    sign_in,
    sign_out,
)

LIVE = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"
SESSION = {
    "id": "sess_1",
    "user_id": "user_1",
    "created_at": NOW * 1000,
    "status": "active",
    "actor": None,
    "factor_verification_age": [0, -1],
}
USER = {"id": "user_1"}
ORGANIZATION = {
    "id": "org_1",
    "slug": "acme",
    "_features": ["empty", "teams", "reports"],
    "_plan": "",
}


def test_an_instance_makes_up_its_keys():
    first, second = LocalClerk(), LocalClerk()
    key = parse_publishable_key(first.publishable_key)
    assert key.is_development
    assert key.host.endswith(".clerk.accounts.dev")
    assert first.secret_key.startswith("sk_test_")
    assert first.secret_key != second.secret_key
    assert first.jwt_key != second.jwt_key
    assert first.keys.current.kid.startswith("ins_")


def test_an_instance_takes_the_keys_that_it_is_given():
    local = local_clerk()
    assert local.publishable_key == PUBLISHABLE_KEY
    assert local.settings.issuer == f"https://{HOST}"
    assert local.jwt_key == local_clerk().jwt_key


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"publishable_key": LIVE}, "pk_test_"),
        ({"publishable_key": "nonsense"}, "Publishable key not valid"),
        ({"secret_key": "sk_live_x"}, "sk_test_"),
        ({"secret_key": "nonsense"}, "sk_test_"),
    ],
)
def test_live_keys_are_refused(given, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        local_clerk(**given)
    assert "sk_live_x" not in str(refused.value)


def test_the_options_are_good_whatever_the_variables_say():
    local = local_clerk()
    spoilt = {
        "CLERK_PUBLISHABLE_KEY": LIVE,
        "CLERK_SECRET_KEY": "sk_live_x",
        "CLERK_JWT_KEY": "x",
        "CLERK_API_URL": "nonsense",
        "CLERK_PROXY_URL": "nonsense",
        "CLERK_IS_SATELLITE": "true",
        "CLERK_AUTHORIZED_PARTIES": "https://app.example.com",
    }
    options = Options.read(local.options("http://127.0.0.1:1", "/c"), spoilt)
    assert options.publishable_key == local.publishable_key
    assert options.jwt_key == local.jwt_key.strip()
    assert options.api_url == "http://127.0.0.1:1/c"
    assert (options.proxy_url, options.sign_in_url) == ("/c", "/c/sign-in")
    assert not options.is_satellite
    assert options.authorized_parties == ("http://127.0.0.1:1", "http://localhost:1")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.b.localhost", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("0.0.0.0", False),
        ("[::2]", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("app.shop.localhost", "shop.localhost"),
        ("shop.localhost", "shop.localhost"),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("[::1]", ""),
        (".localhost", ""),
        ("shop.localhost.example", ""),
    ],
)
def test_hosts_below_a_domain_share_cookies(host, expected):
    assert shared_domain(host) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("http://localhost:1", "http://localhost:2", True),
        ("http://a.shop.localhost", "http://b.shop.localhost:9", True),
        ("http://shop.localhost", "http://b.shop.localhost", True),
        ("http://a.localhost", "http://b.localhost", False),
        ("http://localhost", "http://127.0.0.1", False),
        ("http://127.0.0.1", "http://127.0.0.2", False),
    ],
)
def test_sites_that_can_hand_each_other_a_cookie(one, other, expected):
    assert shares_cookies(parse_url(one), parse_url(other)) is expected
    assert shares_cookies(parse_url(other), parse_url(one)) is expected


def test_permissions_become_masks_over_their_names():
    asked = ("org:reports:read", "org:teams:read", "org:reports:write")
    assert organization_claim(ORGANIZATION, "org:boss", asked) == {
        "id": "org_1",
        "slg": "acme",
        "rol": "boss",
        "per": "read,write",
        "fpm": "0,1,3",
    }
    assert "per" not in organization_claim(ORGANIZATION, "org:guest", ())


def test_claims_name_no_features_where_there_are_none():
    claims = session_claims(
        SESSION, USER, None, issuer="i", party="p", token_id="j", now=NOW + 125
    )
    assert not {"fea", "pla", "o"} & set(claims)
    assert claims["fva"] == [2, -1]


def test_no_token_for_a_user_who_is_gone():
    local = local_clerk()
    session = sign_in(local.state, open_client(local.state), "user_emmy")
    delete_user(local.state, "user_emmy")
    with pytest.raises(ApiError, match="No user was found"):
        local.issuer.session_token(session, "http://localhost")


def test_a_session_loses_an_organization_that_it_was_put_out_of():
    local = local_clerk()
    session = sign_in(local.state, open_client(local.state), "user_grace")
    session = activate(local.state, session, "lighthouse")
    token = parse_token(local.issuer.session_token(session, "http://localhost"))
    assert token.claims["o"]["slg"] == "lighthouse"
    membership = find_membership(local.state, "org_lighthouse", "user_grace")
    remove_member(local.state, membership)
    token = parse_token(local.issuer.session_token(session, "http://localhost"))
    assert "o" not in token.claims


def test_a_session_is_over_when_another_begins():
    local = local_clerk()
    state = local.state
    client = open_client(state)
    first = sign_in(state, client, "user_ada")
    second = sign_in(state, client, "user_grace")
    assert state.need("session", first["id"])["status"] == "replaced"
    new = renamed(state, client)
    assert find_client(state, client["_token"]) is None
    assert current_session(state, new)["id"] == second["id"]
    assert current_session(state, sign_out(state, new)) is None
    assert current_session(state, None) is None


def test_the_production_manner_makes_up_keys_of_this_machine():
    local = local_clerk(manner="production", **MANNERS["production"])
    key = parse_publishable_key(local.publishable_key)
    assert not key.is_development
    assert key.host.endswith(".localhost")
    assert local.secret_key.startswith("sk_live_")


def test_the_production_manner_takes_no_keys():
    with pytest.raises(ConfigurationError, match="makes its own keys"):
        local_clerk(manner="production")


def test_there_are_two_manners():
    with pytest.raises(ConfigurationError, match="manner"):
        LocalClerk(manner="staging")


def test_one_function_escapes_whatever_is_shown():
    assert fill("<b>$it</b>", it="<i>&'\"") == "<b>&lt;i&gt;&amp;&#x27;&quot;</b>"
    assert fill("$it", it=Html("<i>")) == "<i>"
    assert fill("$it", it=Html("<i>") + "<b>") == "&lt;i&gt;&lt;b&gt;"
    assert joined([Html("<i>"), "<b>"]) == "<i>\n&lt;b&gt;"
    assert fill("$it", it=7) == "7"


def test_a_template_lacks_no_value():
    with pytest.raises(KeyError):
        fill("$it and $that", it=1)


EVERYTHING = {
    "rules": {"handler": {"/(.*)": {}}},
    "all but": {"public": ["/"]},
    "a handler": {"handler": lambda auth, request: auth.protect() and None},
}


@pytest.mark.parametrize("given", EVERYTHING.values(), ids=EVERYTHING)
def test_a_site_that_protects_everything_has_a_way_in(given):
    clock, origin = Clock(), "http://127.0.0.1:4747"
    local = local_clerk(clock)
    site = ClerkMiddleware(unreached, clock=clock, **given, **local.options(origin))
    browser = Browser(origin, in_process(local.beside(site)), clock.seconds)
    page = browser.get("/orders")
    assert (page.path, page.status) == ("/__clerk/sign-in", 200)


def unreached(environ, start_response):
    raise AssertionError("Nobody is signed in.")

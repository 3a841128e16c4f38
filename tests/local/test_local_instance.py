"""A local instance as a whole: its keys, its options, and what it refuses."""

import pytest
from local_clerk import HOST, NOW, PUBLISHABLE_KEY, Clock, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.core.keys import parse_publishable_key
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local import Directory, LocalClerk, Organization, User
from clerk_wsgi.local.html import Html, fill, joined
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import is_loopback
from clerk_wsgi.local.session_claims import organization_claim, session_claims
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.store import Session, Store

LIVE = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"
SESSION = Session(id="sess_1", user_id="user_1", created_at=NOW, refresh_token="r")
USER = User(
    id="user_1", email="a@example.com", first_name="A", last_name="B", password="p"
)
ORGANIZATION = Organization(
    id="org_1",
    slug="acme",
    name="Acme",
    features=("empty", "teams", "reports"),
    roles={"boss": ("reports:read", "teams:read", "reports:write"), "guest": ()},
    members={"user_1": "boss", "user_2": "guest"},
)


def test_an_instance_makes_up_its_keys():
    first, second = LocalClerk(), LocalClerk()
    key = parse_publishable_key(first.publishable_key)
    assert key.is_development
    assert key.host.endswith(".clerk.accounts.dev")
    assert first.secret_key.startswith("sk_test_")
    assert first.secret_key != second.secret_key
    assert first.jwt_key != second.jwt_key
    assert first.key.kid.startswith("ins_")


def test_an_instance_takes_the_keys_that_it_is_given():
    local = local_clerk()
    assert local.publishable_key == PUBLISHABLE_KEY
    assert local.issuer == f"https://{HOST}"
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


def test_permissions_become_masks_over_their_names():
    assert organization_claim(ORGANIZATION, "user_1") == {
        "id": "org_1",
        "slg": "acme",
        "rol": "boss",
        "per": "read,write",
        "fpm": "0,1,3",
    }
    assert organization_claim(ORGANIZATION, "user_2")["fpm"] == "0,0,0"


def test_claims_name_no_features_where_there_are_none():
    claims = session_claims(
        SESSION, USER, None, issuer="i", party="p", token_id="j", now=NOW + 125
    )
    assert not {"fea", "pla", "o"} & set(claims)
    assert claims["fva"] == [2, -1]


def issuer_for(people):
    return Issuer(SigningKey("ins_1"), people, url="u", suffix="s", clock=lambda: NOW)


def test_no_token_for_a_user_who_is_gone():
    with pytest.raises(LookupError):
        issuer_for(Directory()).session_token(SESSION, "http://localhost")


def test_a_session_loses_an_organization_that_it_was_put_out_of():
    stranger = User(**{f: getattr(USER, f) for f in USER.__slots__} | {"id": "user_9"})
    issuer = issuer_for(Directory((stranger,), (ORGANIZATION,)))
    session = Session(
        id="sess_1", user_id="user_9", created_at=NOW, refresh_token="r", org_id="org_1"
    )
    token = parse_token(issuer.session_token(session, "http://localhost"))
    assert "o" not in token.claims


def test_the_store_forgets_a_session_when_another_begins():
    store = Store(Clock().seconds)
    first = store.sign_in(store.open_client(), "user_1")
    second = store.sign_in(first, "user_2")
    assert store.session_of(second).user_id == "user_2"
    assert not store.find_session(first.session_id).is_active
    assert store.find_client(first.token) is None
    assert store.session_of(store.sign_out(second)) is None
    assert store.session_of(None) is None


def test_one_function_escapes_whatever_is_shown():
    assert fill("<b>$it</b>", it="<i>&'\"") == "<b>&lt;i&gt;&amp;&#x27;&quot;</b>"
    assert fill("$it", it=Html("<i>")) == "<i>"
    assert fill("$it", it=Html("<i>") + "<b>") == "&lt;i&gt;&lt;b&gt;"
    assert joined([Html("<i>"), "<b>"]) == "<i>\n&lt;b&gt;"
    assert fill("$it", it=7) == "7"


def test_a_template_lacks_no_value():
    with pytest.raises(KeyError):
        fill("$it and $that", it=1)

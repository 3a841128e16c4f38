import copy
import json
import pickle
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.backends.client import ClerkClient
from clerk_wsgi.backends.http import Answer
from clerk_wsgi.backends.resource import Page, Resource
from clerk_wsgi.backends.resources import KINDS, Deleted, read_resource
from clerk_wsgi.backends.user_resources import EmailAddress, User

ADA = {"id": "idn_1", "object": "email_address", "email_address": "ada@example.com"}


def user(**fields):
    return read_resource({"object": "user", "id": "user_1", **fields})


def test_attributes_are_called_as_in_the_json():
    ada = user(first_name="Ada", email_addresses=[ADA])
    assert (ada.first_name, ada.id, ada.object) == ("Ada", "user_1", "user")
    assert ada.email_addresses[0].email_address == "ada@example.com"
    assert ada.raw["email_addresses"] == [ADA]


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("public_metadata", {}),
        ("private_metadata", {}),
        ("unsafe_metadata", {}),
        ("email_addresses", []),
        ("external_accounts", []),
        ("enterprise_accounts", []),
        ("create_organizations_limit", None),
        ("timezone", None),
        ("deprovisioned", False),
        ("username", None),
        ("image_url", ""),
    ],
)
def test_what_clerk_did_not_send_has_a_default(name, default):
    assert getattr(user(), name) == default
    assert getattr(user(**{name: None}), name) == default


def test_a_default_is_nobody_elses():
    user().public_metadata["role"] = "admin"
    assert user().public_metadata == {}


def test_what_clerk_adds_one_day_is_there():
    ada = user(shoe_size=38, nested={"a": [1]})
    assert (ada.shoe_size, ada.nested) == (38, {"a": [1]})


def test_what_is_nowhere_is_an_error_that_names_it():
    with pytest.raises(AttributeError, match="This User of Clerk's has no 'shoe_size'"):
        user().shoe_size  # noqa: B018


def test_a_resource_is_what_clerk_said_and_not_to_be_changed_here():
    with pytest.raises(AttributeError, match="clerk_client"):
        user().first_name = "Grace"


def test_metadata_is_nobodys_resource():
    metadata = {"object": "user", "data": [{"object": "user"}]}
    assert user(public_metadata=metadata).public_metadata == metadata


@pytest.mark.parametrize(
    ("first", "last", "full"),
    [
        ("Ada", "Lovelace", "Ada Lovelace"),
        ("Ada", None, "Ada"),
        (None, "Lovelace", "Lovelace"),
        (None, None, None),
        ("", " ", None),
        (" Ada", "", "Ada"),
    ],
)
def test_a_full_name_is_made_of_what_there_is(first, last, full):
    assert user(first_name=first, last_name=last).full_name == full


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        ("email_address", "email_addresses"),
        ("phone_number", "phone_numbers"),
        ("web3_wallet", "web3_wallets"),
    ],
)
def test_the_primary_entry_is_the_one_that_is_named(kind, entries):
    listed = [{"id": "idn_2"}, {"id": "idn_1"}, {}]
    found = user(**{f"primary_{kind}_id": "idn_1", entries: listed})
    assert getattr(found, f"primary_{kind}").id == "idn_1"
    for name in (None, "idn_3", ""):
        nobody = user(**{f"primary_{kind}_id": name, entries: listed})
        assert getattr(nobody, f"primary_{kind}") is None


def test_parts_are_resources_too():
    found = read_resource(
        {
            "object": "organization_membership",
            "organization": {"name": "Acme"},
            "public_user_data": None,
        }
    )
    assert found.organization.name == "Acme"
    assert found.public_user_data is None
    verified = user(email_addresses=[ADA | {"verification": {"status": "verified"}}])
    assert verified.email_addresses[0].verification.status == "verified"


def test_parts_of_an_odd_shape_are_handed_on():
    found = user(email_addresses=["ada@example.com", None], phone_numbers="none")
    assert found.email_addresses == ["ada@example.com", None]
    assert found.phone_numbers == "none"
    assert found.primary_email_address is None
    assert user(primary_email_address_id="x", email_addresses=[5]).full_name is None


SECRETS = ["token", "sign_in_token", "api_key", "oauth_access_token", "testing_token"]


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_shows(kind):
    names = ("token", "secret", "jwt", "url", "name", "label")
    raw = dict.fromkeys(names, "canary") | {"object": kind, "id": "x_1"}
    assert "canary" not in repr([read_resource(raw)])


def test_a_resource_can_be_compared_copied_and_kept():
    ada = user(first_name="Ada")
    assert ada == user(first_name="Ada")
    assert ada != user(first_name="Grace")
    assert ada != ada.raw
    assert copy.deepcopy(ada) == pickle.loads(pickle.dumps(ada)) == ada
    assert repr(ada) == "<User user_1>"


def test_the_class_tells_its_fields():
    assert User.first_name.name == "first_name"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_by_its_name(kind):
    found = read_resource({"object": kind})
    assert type(found) is KINDS[kind]
    for name in dir(type(found)):
        getattr(found, name)


def test_what_was_deleted_says_what_it_was():
    gone = read_resource({"object": "user", "id": "user_1", "deleted": True})
    assert type(gone) is Deleted
    assert (gone.object, gone.id, gone.slug, gone.deleted) == (
        *("user", "user_1", None),
        True,
    )


PAGES = [
    ({"data": [ADA], "total_count": 9}, 9),
    ({"m2m_tokens": [ADA], "total_count": 9}, 9),
    ({"data": [ADA]}, 1),
    ({"data": [ADA], "total_count": None}, 1),
    ({"data": [ADA], "total_count": "many"}, 1),
]


@pytest.mark.parametrize(("document", "count"), PAGES)
def test_a_page_is_read(document, count):
    page = read_resource(document)
    assert page == Page([EmailAddress(ADA)], count)


def test_a_page_is_like_a_list():
    page = Page(["a", "b"], 9)
    assert [*page] == [page[0], page[1]] == page[:2] == ["a", "b"]
    assert len(page) == 2
    assert not Page([], 9)


UNCHANGED = [
    *(5, "text", None, True, {}, {"object": "mystery"}, {"object": None}),
    *({"object": ["user"]}, {"deleted": True}, {"data": {}}, {"m2m_tokens": 5}),
]


@pytest.mark.parametrize("document", UNCHANGED)
def test_what_nobody_knows_is_handed_on(document):
    assert read_resource(document) is document


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["object", "data", "total_count", "deleted", "id", "sessions"]
            ),
            inner | st.sampled_from([*KINDS, "total_count"]),
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150)
@given(json_values)
def test_no_json_is_too_odd_to_be_read(document):
    found = read_resource(document)
    if isinstance(found, Resource):
        assert found.raw is document
        repr(found)


class Clerk:
    def __init__(self, document):
        self.body = json.dumps(document).encode()
        self.asked = []

    def __call__(self, method, url, headers, body=None):
        where = urlsplit(url)
        path = f"{where.path}?{where.query}" if where.query else where.path
        self.asked.append((method, path, json.loads(body) if body else None))
        return Answer(200, {"Content-Type": "application/json"}, self.body)


def client(document):
    clerk = Clerk(document)
    return ClerkClient(secret_key="sk_test_1", transport=clerk), clerk


ROLE = {"public_metadata": {"role": None}}
MANY = [{"email_address": "a@x.io"}]
IN_ORG = "/v1/organizations/org_1"

# The calls that the vectors do not have.
CALLS = {
    "unban": (lambda c: c.users.unban("u"), ("POST", "/v1/users/u/unban", None)),
    "lock": (lambda c: c.users.lock("u"), ("POST", "/v1/users/u/lock", None)),
    "unlock": (lambda c: c.users.unlock("u"), ("POST", "/v1/users/u/unlock", None)),
    "a prefixed provider": (
        lambda c: c.users.list_oauth_access_tokens("u", "oauth_x", limit=2),
        ("GET", "/v1/users/u/oauth_access_tokens/oauth_x?limit=2&paginated=true", None),
    ),
    "no image": (
        lambda c: c.users.delete_profile_image("u"),
        ("DELETE", "/v1/users/u/profile_image", None),
    ),
    "all memberships": (
        lambda c: c.organizations.list_all_memberships(limit=2),
        ("GET", "/v1/organization_memberships?limit=2", None),
    ),
    "membership metadata": (
        lambda c: c.organizations.update_membership_metadata("org_1", "u", **ROLE),
        ("PATCH", f"{IN_ORG}/memberships/u/metadata", ROLE),
    ),
    "organization's metadata alone": (
        lambda c: c.organizations.replace_metadata("org_1", **ROLE),
        ("PUT", f"{IN_ORG}/metadata", ROLE),
    ),
    "invitations into one": (
        lambda c: c.organization_invitations.list("org_1", status=["pending"]),
        ("GET", f"{IN_ORG}/invitations?status=pending", None),
    ),
    "invitations into all": (
        lambda c: c.organization_invitations.list_all(),
        ("GET", "/v1/organization_invitations", None),
    ),
    "an invitation into one": (
        lambda c: c.organization_invitations.get("org_1", "i"),
        ("GET", f"{IN_ORG}/invitations/i", None),
    ),
    "inviting into one": (
        lambda c: c.organization_invitations.create("org_1", email_address="a@x.io"),
        ("POST", f"{IN_ORG}/invitations", MANY[0]),
    ),
    "inviting many into one": (
        lambda c: c.organization_invitations.create_many("org_1", MANY),
        ("POST", f"{IN_ORG}/invitations/bulk", MANY),
    ),
    "revoking one": (
        lambda c: c.organization_invitations.revoke("org_1", "i"),
        ("POST", f"{IN_ORG}/invitations/i/revoke", None),
    ),
    "revoking one in a name": (
        lambda c: c.organization_invitations.revoke(
            "org_1", "i", requesting_user_id="u"
        ),
        ("POST", f"{IN_ORG}/invitations/i/revoke", {"requesting_user_id": "u"}),
    ),
    "invitations": (
        lambda c: c.invitations.list(status="pending"),
        ("GET", "/v1/invitations?status=pending&paginated=true", None),
    ),
    "inviting": (
        lambda c: c.invitations.create(email_address="a@x.io"),
        ("POST", "/v1/invitations", MANY[0]),
    ),
    "inviting many": (
        lambda c: c.invitations.create_many(MANY),
        ("POST", "/v1/invitations/bulk", MANY),
    ),
    "revoking an invitation": (
        lambda c: c.invitations.revoke("i"),
        ("POST", "/v1/invitations/i/revoke", None),
    ),
    "a session for tests": (
        lambda c: c.sessions.create("u"),
        ("POST", "/v1/sessions", {"user_id": "u"}),
    ),
    "a browser": (lambda c: c.clients.get("c"), ("GET", "/v1/clients/c", None)),
    "browsers": (
        lambda c: c.clients.list(),
        ("GET", "/v1/clients?paginated=true", None),
    ),
    "a sign-in token for a month": (
        lambda c: c.sign_in_tokens.create("u"),
        ("POST", "/v1/sign_in_tokens", {"user_id": "u"}),
    ),
    "an API key": (lambda c: c.api_keys.get("k"), ("GET", "/api_keys/k", None)),
    "an API key's change": (
        lambda c: c.api_keys.update("k", name="n"),
        ("PATCH", "/api_keys/k", {"name": "n"}),
    ),
}


@pytest.mark.parametrize(("call", "asked"), CALLS.values(), ids=CALLS)
def test_a_call_asks_what_it_says(call, asked):
    asking, clerk = client([])
    call(asking)
    assert clerk.asked == [asked]


@pytest.mark.parametrize(
    ("answer", "verified"),
    [
        ({"verified": True}, True),
        ({"verified": False}, False),
        ({"verified": "false"}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_password_is_right_only_if_clerk_says_so(answer, verified):
    asking, clerk = client(answer)
    assert asking.users.verify_password("u", "p") is verified
    assert asking.users.verify_totp("u", "123456") is verified
    assert clerk.asked[1] == ("POST", "/v1/users/u/verify_totp", {"code": "123456"})


def test_a_session_may_be_renewed_as_a_token():
    asking, clerk = client({"object": "token", "jwt": "J.W.T"})
    found = asking.sessions.refresh(
        "sess_1",
        expired_token="E",
        refresh_token="R",
        request_origin="O",
        request_originating_ip="192.0.2.1",
        format="token",
    )
    assert found.jwt == "J.W.T"
    assert clerk.asked[0][2] == {
        "format": "token",
        "expired_token": "E",
        "refresh_token": "R",
        "request_origin": "O",
        "request_originating_ip": "192.0.2.1",
    }


def test_a_bare_list_is_a_page_and_a_bare_object_what_was_asked_for():
    assert client([{"object": "session"}])[0].sessions.list().total_count == 1
    assert client({"jwt": "J.W.T"})[0].sessions.get_token("s").jwt == "J.W.T"


def test_an_m2m_token_in_jwt_form_is_not_sent_to_clerk():
    asking, clerk = client({})
    with pytest.raises(ValueError, match="accepts_token") as caught:
        asking.m2m.verify("eyJhbGciOiJSUzI1NiJ9.e30.canary")
    assert "canary" not in str(caught.value)
    assert clerk.asked == []


@pytest.mark.parametrize("audience", ["", [], ()])
def test_an_audience_of_nobody_is_a_mistake(audience):
    asking, clerk = client({})
    with pytest.raises(ValueError, match="audience"):
        asking.oauth_access_tokens.verify("oat_x", audience=audience)
    assert clerk.asked == []

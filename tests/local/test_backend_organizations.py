"""Organizations, members, roles and invitations, by the Backend API."""

import pytest
from local_api import ids
from local_clerk import NOW

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.invitations import accept_invitation, invite
from clerk_wsgi.local.organization_invitations import (
    accept_invitation as accept_membership,
)
from clerk_wsgi.local.sessions import activate, create_session

LIGHTHOUSE = "/v1/organizations/org_lighthouse"
MEMBERS = f"{LIGHTHOUSE}/memberships"
INVITATIONS = f"{LIGHTHOUSE}/invitations"
DAY = 24 * 60 * 60


def test_an_organization_is_found_by_id_and_slug(api):
    found = api.get("/v1/organizations/lighthouse?include_members_count=true")
    assert found == api.get(LIGHTHOUSE)
    assert (found["members_count"], found["slug"]) == (2, "lighthouse")
    assert api.refusal("GET", "/v1/organizations/x") == (404, "resource_not_found")


def test_who_makes_an_organization_is_its_first_admin(api):
    body = {"name": "Acme & Sons", "created_by": "user_emmy"}
    metadata = {"public_metadata": {"a": 1}, "private_metadata": {"b": 2}}
    made = api.post("/v1/organizations", {**body, **metadata})
    assert (made["slug"], made["members_count"]) == ("acme-sons", 1)
    assert (made["public_metadata"], made["private_metadata"]) == ({"a": 1}, {"b": 2})
    [member] = api.get(f"/v1/organizations/{made['id']}/memberships")["data"]
    assert member["role"] == "org:admin"
    assert api.post("/v1/organizations", body)["slug"] == "acme-sons-2"
    assert api.post("/v1/organizations", body)["slug"] == "acme-sons-3"


REFUSED = [
    ({}, (422, "form_param_missing")),
    ({"name": " "}, (422, "form_param_missing")),
    ({"name": "x", "slug": "lighthouse"}, (422, "form_identifier_exists")),
    ({"name": "x", "slug": "A B"}, (422, "form_param_format_invalid")),
    ({"name": "x", "created_by": "nobody"}, (400, "organization_creator_not_found")),
    ({"name": "x", "max_allowed_memberships": -1}, (422, "form_param_value_invalid")),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED, ids=str)
def test_an_organization_is_refused_in_clerks_words(api, body, expected):
    assert api.refusal("POST", "/v1/organizations", body) == expected
    assert api.get("/v1/organizations")["total_count"] == 2


def test_an_organization_changes(api):
    told = api.patch(LIGHTHOUSE, {"name": "Lantern", "slug": "lantern"})
    assert (told["name"], told["slug"]) == ("Lantern", "lantern")
    assert api.patch(LIGHTHOUSE, {"slug": "lantern"})["slug"] == "lantern"
    refused = api.refusal("PATCH", LIGHTHOUSE, {"slug": "rowers"})
    assert refused == (422, "form_identifier_exists")
    body = {"public_metadata": {"a": 1}}
    assert api.refusal("PATCH", LIGHTHOUSE, body) == (422, "form_param_unknown")
    old = api.patch(LIGHTHOUSE, body, Clerk_API_Version="2025-11-10")
    assert old["public_metadata"] == {"a": 1}


def test_an_organizations_metadata_is_merged_or_replaced(api):
    path = f"{LIGHTHOUSE}/metadata"
    api.put(path, {"public_metadata": {"a": 1, "b": {"c": 1}}})
    merged = api.patch(path, {"public_metadata": {"a": None, "b": {"d": 2}}})
    assert merged["public_metadata"] == {"b": {"c": 1, "d": 2}}
    assert api.put(path, {"public_metadata": {}})["public_metadata"] == {}


LISTS = [
    ("", ["org_rowers", "org_lighthouse"]),
    ("query=LIGHT", ["org_lighthouse"]),
    ("query=river", ["org_rowers"]),
    ("user_id=user_alan", ["org_rowers"]),
    ("user_id=-user_alan", ["org_lighthouse"]),
    ("user_id=user_ada&user_id=-user_alan", ["org_lighthouse"]),
    ("organization_id=-org_rowers", ["org_lighthouse"]),
    ("organization_id=%2Borg_rowers", ["org_rowers"]),
    ("order_by=name", ["org_lighthouse", "org_rowers"]),
    ("order_by=-members_count&limit=1", ["org_rowers"]),
    ("order_by=created_at&offset=1", ["org_rowers"]),
]


@pytest.mark.parametrize(("query", "expected"), LISTS, ids=[e[0] for e in LISTS])
def test_organizations_are_found(api, query, expected):
    assert ids(api.get(f"/v1/organizations?{query}")) == expected


def test_an_organization_that_is_deleted_leaves_nothing(api):
    session = create_session(api.local.state, "user_ada")
    activate(api.local.state, session, "org_lighthouse")
    api.post(INVITATIONS, {"email_address": "a@example.com", "role": "org:member"})
    gone = {"id": "org_lighthouse", "object": "organization", "deleted": True}
    assert api.delete("/v1/organizations/lighthouse") == gone
    assert api.refusal("GET", MEMBERS) == (404, "resource_not_found")
    page = api.get("/v1/users/user_ada/organization_memberships")
    assert page["total_count"] == 1
    assert api.get("/v1/organization_invitations")["total_count"] == 0
    path = f"/v1/sessions/{session['id']}"
    assert api.get(path)["last_active_organization_id"] is None


def test_members_come_change_and_go(api):
    body = {"user_id": "user_emmy", "role": "org:member"}
    made = api.post(MEMBERS, {**body, "public_metadata": {"a": 1}})
    assert made["role_name"] == "Member"
    assert made["permissions"] == ["org:sys_memberships:read", "org:reports:read"]
    assert made["public_user_data"]["profile_image_url"] == ""
    refused = api.refusal("POST", MEMBERS, body)
    assert refused == (400, "already_a_member_in_organization")
    one = f"{MEMBERS}/user_emmy"
    assert api.patch(one, {"role": "org:admin"})["role"] == "org:admin"
    told = api.patch(f"{one}/metadata", {"public_metadata": {"b": 2}})
    assert told["public_metadata"] == {"a": 1, "b": 2}
    assert api.get(LIGHTHOUSE)["members_count"] == 3
    assert api.delete(one)["id"] == made["id"]
    assert api.refusal("DELETE", one) == (404, "resource_not_found")
    assert api.get(LIGHTHOUSE)["members_count"] == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user_id": "user_emmy"}, (422, "form_param_missing")),
        ({"user_id": "user_x", "role": "org:member"}, (404, "resource_not_found")),
        ({"user_id": "user_emmy", "role": "org:x"}, (404, "resource_not_found")),
        ({"user_id": "user_emmy", "role": 7}, (422, "form_param_type_invalid")),
    ],
)
def test_a_membership_is_refused_in_clerks_words(api, body, expected):
    assert api.refusal("POST", MEMBERS, body) == expected


def test_the_last_admin_stays(api):
    one, code = f"{MEMBERS}/user_ada", "organization_minimum_permissions_needed"
    assert api.refusal("PATCH", one, {"role": "org:member"}) == (400, code)
    assert api.refusal("DELETE", one) == (400, code)


def test_an_organization_that_is_full_takes_nobody(api):
    api.patch(LIGHTHOUSE, {"max_allowed_memberships": 2})
    refused = api.refusal(
        "POST", MEMBERS, {"user_id": "user_emmy", "role": "org:admin"}
    )
    assert refused == (403, "organization_membership_quota_exceeded")


def people(page):
    return [each["public_user_data"]["user_id"] for each in page["data"]]


MEMBER_LISTS = [
    ("", ["user_grace", "user_ada"]),
    ("role=org:admin", ["user_ada"]),
    ("user_id=user_grace", ["user_grace"]),
    ("user_id=-user_grace", ["user_ada"]),
    ("query=hopper", ["user_grace"]),
    ("email_address=ADA@example.com", ["user_ada"]),
    ("order_by=first_name", ["user_ada", "user_grace"]),
    ("order_by=-email_address&limit=1", ["user_grace"]),
    ("order_by=role", ["user_ada", "user_grace"]),
    (f"created_at_before={NOW * 1000}", []),
    (f"created_at_after={NOW * 1000}&offset=1", ["user_ada"]),
]


@pytest.mark.parametrize(
    ("query", "expected"), MEMBER_LISTS, ids=[e[0] for e in MEMBER_LISTS]
)
def test_members_are_found(api, query, expected):
    assert people(api.get(f"{MEMBERS}?{query}")) == expected


def test_all_members_are_one_list(api):
    page = api.get("/v1/organization_memberships?limit=3")
    assert (len(page["data"]), page["total_count"]) == (3, 5)
    only = api.get("/v1/organization_memberships?user_id=user_alan")
    assert people(only) == ["user_alan"]


def test_a_role_is_made_of_permissions(api):
    api.post("/v1/organization_permissions", {"name": "Read", "key": "org:posts:read"})
    known = api.get("/v1/organization_permissions?query=posts")
    body = {"name": "Editor", "key": "org:editor", "description": "Writes"}
    made = api.post(
        "/v1/organization_roles",
        {**body, "permissions": [*ids(known), "org:reports:read"]},
    )
    keys = [each["key"] for each in made["permissions"]]
    assert keys == ["org:posts:read", "org:reports:read"]
    one = f"/v1/organization_roles/{made['id']}"
    assert api.get(one) == api.get("/v1/organization_roles/org:editor") == made
    role = api.patch(one, {"name": "Chief", "permissions": [], "key": "org:editor"})
    assert (role["name"], role["permissions"]) == ("Chief", [])
    assigned = api.post(f"{one}/permissions/{ids(known)[0]}")
    assert ids(assigned["permissions"]) == ids(known)
    assert api.delete(f"{one}/permissions/org:posts:read")["permissions"] == []
    api.post(MEMBERS, {"user_id": "user_emmy", "role": "org:editor"})
    refused = api.refusal("DELETE", one)
    assert refused == (400, "organization_role_assigned_to_members")
    api.delete(f"{MEMBERS}/user_emmy")
    assert api.delete(one)["deleted"]
    assert api.refusal("GET", one) == (404, "resource_not_found")


BAD_ROLES = [
    ({"name": "x"}, (422, "form_param_missing")),
    ({"name": "x", "key": "x"}, (422, "form_param_format_invalid")),
    ({"name": "x", "key": "org:admin"}, (422, "form_already_exists")),
    (
        {"name": "x", "key": "org:x", "permissions": ["org:no:such"]},
        (404, "resource_not_found"),
    ),
]


@pytest.mark.parametrize(("body", "expected"), BAD_ROLES, ids=str)
def test_a_role_is_refused_in_clerks_words(api, body, expected):
    assert api.refusal("POST", "/v1/organization_roles", body) == expected


def test_what_clerk_brings_stays(api):
    assert api.refusal("DELETE", "/v1/organization_roles/org:admin") == (
        403,
        "authorization_invalid",
    )
    path = "/v1/organization_permissions/org:sys_profile:manage"
    assert api.get(path)["type"] == "system"
    for method in ("PATCH", "DELETE"):
        assert api.refusal(method, path, {}) == (403, "authorization_invalid")
    refused = api.refusal(
        "PATCH", "/v1/organization_roles/org:member", {"key": "org:x"}
    )
    assert refused == (422, "form_param_value_invalid")


def test_a_permission_that_goes_is_in_no_role(api):
    path = "/v1/organization_permissions/org:reports:read"
    assert api.patch(path, {"name": "See"})["name"] == "See"
    assert api.delete(path)["deleted"]
    member = api.get("/v1/organization_roles/org:member")
    assert [e["key"] for e in member["permissions"]] == ["org:sys_memberships:read"]
    body = {"name": "x", "key": "org:reports"}
    refused = api.refusal("POST", "/v1/organization_permissions", body)
    assert refused == (422, "form_param_format_invalid")


def test_all_roles_are_one_set(api):
    [found] = api.get("/v1/role_sets")["data"]
    assert [each["key"] for each in found["roles"]] == ["org:admin", "org:member"]
    assert found["creator_role"]["key"] == "org:admin"
    assert api.get(f"/v1/role_sets/{found['key']}") == found
    assert api.refusal("GET", "/v1/role_sets/x") == (404, "resource_not_found")


def invited(api, address="new@example.com", **more):
    body = {"email_address": address, "role": "org:member", **more}
    return api.post(INVITATIONS, body)


def test_somebody_is_invited_to_an_organization(api):
    given = {"public_metadata": {"a": 1}, "private_metadata": {"b": 1}}
    made = invited(api, inviter_user_id="user_ada", expires_in_days=2, **given)
    assert (made["status"], made["role_name"]) == ("pending", "Member")
    assert made["expires_at"] == (NOW + 2 * DAY) * 1000
    assert made["public_inviter_data"]["user_id"] == "user_ada"
    assert made["public_organization_data"]["slug"] == "lighthouse"
    assert made["url"].startswith("http://127.0.0.1:4747/sign-up?__clerk_ticket=")
    assert api.get(LIGHTHOUSE)["pending_invitations_count"] == 1
    one = f"{INVITATIONS}/{made['id']}"
    assert api.get(one) == made
    assert api.refusal("GET", one.replace("lighthouse", "rowers"))[0] == 404
    told = api.post(f"{one}/revoke", {"requesting_user_id": "user_ada"})
    assert told["status"] == "revoked"
    refused = api.refusal("POST", f"{one}/revoke")
    assert refused == (400, "organization_invitation_not_pending")
    assert api.get(LIGHTHOUSE)["pending_invitations_count"] == 0
    assert invited(api)["id"] != made["id"]


BAD_INVITATIONS = [
    ({"role": "org:member"}, (422, "form_param_missing")),
    ({"email_address": "x", "role": "org:member"}, (422, "form_param_format_invalid")),
    (
        {"email_address": "a@example.com", "role": "org:x"},
        (404, "resource_not_found"),
    ),
    (
        {"email_address": "ada@example.com", "role": "org:member"},
        (400, "already_a_member_in_organization"),
    ),
    (
        {"email_address": "old@example.com", "role": "org:member"},
        (400, "organization_invitation_not_unique"),
    ),
    (
        {"email_address": "a@x.y", "role": "org:member", "inviter_user_id": "x"},
        (404, "resource_not_found"),
    ),
    (
        {"email_address": "a@x.y", "role": "org:member", "redirect_url": "/x"},
        (422, "form_param_format_invalid"),
    ),
]


@pytest.mark.parametrize(("body", "expected"), BAD_INVITATIONS, ids=str)
def test_an_invitation_is_refused_in_clerks_words(api, body, expected):
    invited(api, "old@example.com")
    assert api.refusal("POST", INVITATIONS, body) == expected
    many = [{"email_address": "first@example.com", "role": "org:member"}, body]
    assert api.refusal("POST", f"{INVITATIONS}/bulk", many) == expected
    assert api.get(INVITATIONS)["total_count"] == 1, "all of them or nobody"


def test_several_are_invited_together(api):
    many = [
        {"email_address": f"{name}@example.com", "role": "org:member"} for name in "ab"
    ]
    page = api.post(f"{INVITATIONS}/bulk", many)
    assert page["total_count"] == 2
    assert ids(api.get(f"{INVITATIONS}?order_by=email_address")) == ids(page)
    assert api.get(f"{INVITATIONS}/pending")["total_count"] == 2
    refused = api.refusal("POST", f"{INVITATIONS}/bulk", many * 6)
    assert refused == (400, "bulk_size_exceeded")


def test_an_invitation_is_accepted_or_is_over(api, clock):
    state = api.local.state
    first, second = invited(api, "emmy@example.com"), invited(api, "b@example.com")
    mine = api.get("/v1/users/user_emmy/organization_invitations")
    assert ids(mine) == [first["id"]]
    accept_membership(state, first, "user_emmy")
    assert api.get(f"{INVITATIONS}/{first['id']}")["status"] == "accepted"
    assert people(api.get(MEMBERS))[0] == "user_emmy"
    clock.now += 31 * DAY
    assert api.get(f"{INVITATIONS}/{second['id']}")["status"] == "expired"
    with pytest.raises(ApiError, match="not pending"):
        accept_membership(state, second, "user_alan")
    assert ids(api.get(f"{INVITATIONS}?status=accepted")) == [first["id"]]
    both = api.get("/v1/organization_invitations?status=accepted&status=expired")
    assert both["total_count"] == 2
    wanted = "/v1/organization_invitations?query=EMMY"
    assert ids(api.get(wanted)) == [first["id"]]
    assert ids(api.get(f"{INVITATIONS}?email_address=B@example.com")) == [second["id"]]


def test_somebody_is_invited_to_sign_up(api):
    body = {"email_address": "new@example.com", "notify": False}
    made = api.post("/v1/invitations", {**body, "public_metadata": {"a": 1}})
    assert (made["status"], made["revoked"]) == ("pending", False)
    assert "__clerk_ticket=" in made["url"]
    refused = api.refusal("POST", "/v1/invitations", body)
    assert refused == (400, "duplicate_record")
    again = api.post("/v1/invitations", {**body, "ignore_existing": True})
    assert ids(api.get("/v1/invitations")) == [again["id"], made["id"]]
    page = api.get("/v1/invitations?paginated=true&limit=1&query=NEW")
    assert (len(page["data"]), page["total_count"]) == (1, 2)
    told = api.post(f"/v1/invitations/{made['id']}/revoke")
    assert (told["status"], told["revoked"]) == ("revoked", True)
    refused = api.refusal("POST", f"/v1/invitations/{made['id']}/revoke")
    assert refused == (400, "invitation_already_revoked")
    assert ids(api.get("/v1/invitations?status=revoked")) == [made["id"]]


def test_who_has_signed_up_is_not_invited(api):
    many = [{"email_address": "b@example.com"}, {"email_address": "ada@example.com"}]
    refused = api.refusal("POST", "/v1/invitations/bulk", many)
    assert refused == (422, "form_identifier_exists")
    assert api.get("/v1/invitations") == []
    assert len(api.post("/v1/invitations/bulk", many[:1])) == 1


def test_a_ticket_to_sign_up_is_good_once(api, clock):
    state = api.local.state
    made, ticket = invite(state, "new@example.com")
    assert accept_invitation(state, ticket)["id"] == made["id"]
    with pytest.raises(ApiError) as refused:
        accept_invitation(state, ticket)
    assert refused.value.error_code == "invitation_already_accepted"
    refusal = api.refusal("POST", f"/v1/invitations/{made['id']}/revoke")
    assert refusal == (400, "invitation_already_accepted")
    _, late = invite(state, "late@example.com", expires_in_days=1)
    clock.now += DAY
    for ticket in (late, "nonsense"):
        with pytest.raises(ApiError) as refused:
            accept_invitation(state, ticket)
        assert refused.value.error_code == "ticket_invalid_code"


def test_lists_of_identifiers_are_kept(api):
    for name in ("allowlist", "blocklist"):
        root = f"/v1/{name}_identifiers"
        made = api.post(root, {"identifier": "*@example.com"})
        assert made["identifier_type"] == "email_address"
        assert api.post(root, {"identifier": "+1555"})["identifier_type"] == (
            "phone_number"
        )
        assert api.refusal("POST", root, {"identifier": "+1555"}) == (
            400,
            "duplicate_record",
        )
        assert api.delete(f"{root}/{made['id']}")["deleted"]
        assert api.refusal("DELETE", f"{root}/{made['id']}")[0] == 404
    assert len(api.get("/v1/allowlist_identifiers")) == 1
    assert api.get("/v1/blocklist_identifiers")["total_count"] == 1
    wallet = api.post("/v1/blocklist_identifiers", {"identifier": "0x1"})
    assert wallet["identifier_type"] == "web3_wallet"


def test_the_instance_tells_what_it_is(api):
    told = api.get("/v1/instance")
    assert told["id"] == api.local.settings.instance_id
    assert told["environment_type"] == "development"
    assert api.get("/v1/instance/organization_settings")["creator_role"] == "org:admin"

"""Organizations at the Frontend API: what members may see, and admins may do."""

import pytest
from frontend_api import Page
from local_clerk import ORIGIN

from clerk_wsgi.local.users import change_user


@pytest.fixture
def ada(local, clock):
    """Admin of Lighthouse, member of Rowers."""
    page = Page(local, clock)
    page.sign_in("ada", "engine-1843")
    return page


@pytest.fixture
def grace(local, clock):
    """Member of Lighthouse, admin of Rowers."""
    page = Page(local, clock)
    page.sign_in()
    return page


LIGHTHOUSE = "/organizations/org_lighthouse"


def test_an_organization_is_made_and_active_at_once(ada):
    said = ada.post("/organizations", name="Villa Diodati", slug="diodati")
    made = said.response
    assert (made["name"], made["slug"]) == ("Villa Diodati", "diodati")
    assert made["members_count"] == 1
    [session] = said.client["sessions"]
    assert session["last_active_organization_id"] == made["id"]
    last = session["user"]["organization_memberships"][-1]
    assert (last["organization"]["id"], last["role"]) == (made["id"], "org:admin")
    assert "private_metadata" not in made


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "form_param_missing"),
        ({"name": "  "}, "form_param_missing"),
        ({"name": "A", "slug": "Not A Slug"}, "form_param_format_invalid"),
        ({"name": "A", "slug": "lighthouse"}, "form_identifier_exists"),
    ],
)
def test_an_organization_that_cannot_be_made(ada, fields, code):
    said = ada.post("/organizations", **fields)
    assert (said.status, said.code) == (422, code)


def test_some_may_not_make_one(ada, local):
    change_user(local.state, "user_ada", create_organization_enabled=False)
    said = ada.post("/organizations", name="A")
    assert (said.status, said.code) == (403, "organization_creation_not_allowed")


def test_an_admin_changes_name_and_slug(ada):
    said = ada.ask("PATCH", LIGHTHOUSE, name=" Beacon ", slug="beacon")
    assert (said.response["name"], said.response["slug"]) == ("Beacon", "beacon")
    said = ada.ask("PATCH", LIGHTHOUSE, slug="")
    assert said.response["slug"] == "beacon"
    assert ada.ask("PATCH", LIGHTHOUSE, slug="rowers").code == "form_identifier_exists"
    assert ada.get(LIGHTHOUSE).response["name"] == "Beacon"


def test_an_admin_deletes_it_if_allowed(ada, local):
    organization = local.state.need("organization", "org_lighthouse")
    kept = {**organization, "admin_delete_enabled": False}
    local.state.records.keep("organization", kept)
    said = ada.ask("DELETE", LIGHTHOUSE)
    assert (said.status, said.code) == (403, "organization_delete_not_allowed")
    local.state.records.keep("organization", organization)
    said = ada.ask("DELETE", LIGHTHOUSE)
    assert said.response["deleted"]
    [session] = said.client["sessions"]
    left = [
        e["organization"]["id"] for e in session["user"]["organization_memberships"]
    ]
    assert left == ["org_rowers"]
    assert ada.get(LIGHTHOUSE).status == 404


ADMINS_ONLY = [
    ("PATCH", "", {"name": "Mine"}),
    ("DELETE", "", {}),
    ("POST", "/memberships", {"user_id": "user_alan", "role": "org:admin"}),
    ("PATCH", "/memberships/user_grace", {"role": "org:admin"}),
    ("DELETE", "/memberships/user_ada", {}),
    ("GET", "/invitations", {}),
    ("POST", "/invitations", {"email_address": "a@b.c", "role": "org:admin"}),
    ("POST", "/invitations/bulk", {"email_address": "a@b.c", "role": "org:admin"}),
    ("POST", "/invitations/orginv_1/revoke", {}),
]


@pytest.mark.parametrize(("method", "path", "fields"), ADMINS_ONLY)
def test_members_are_no_admins_and_strangers_see_nothing(
    grace, local, clock, method, path, fields
):
    said = grace.ask(method, f"{LIGHTHOUSE}{path}", **fields)
    assert (said.status, said.code) == (403, "missing_permission")
    alan = Page(local, clock)
    alan.sign_in("alan", "machine-1936")
    said = alan.ask(method, f"{LIGHTHOUSE}{path}", **fields)
    assert (said.status, said.code) == (404, "resource_not_found")
    assert local.state.need("organization", "org_lighthouse")["members_count"] == 2


MEMBERS_SEE = ["", "/memberships", "/roles", "/domains", "/membership_requests"]


@pytest.mark.parametrize("path", MEMBERS_SEE)
def test_members_see_what_strangers_do_not(grace, local, clock, path):
    assert grace.get(f"{LIGHTHOUSE}{path}").status == 200
    alan = Page(local, clock)
    alan.sign_in("alan", "machine-1936")
    assert alan.get(f"{LIGHTHOUSE}{path}").status == 404


def test_roles_are_listed_with_their_permissions(ada):
    said = ada.get(f"{LIGHTHOUSE}/roles").response
    roles = {each["key"]: each for each in said["data"]}
    assert set(roles) == {"org:admin", "org:member"}
    keys = [each["key"] for each in roles["org:admin"]["permissions"]]
    assert "org:sys_memberships:manage" in keys
    assert said["has_role_set_migration"] is False


def test_members_are_found(ada):
    def found(**query):
        said = ada.get(f"{LIGHTHOUSE}/memberships", **query).response
        people = [each["public_user_data"]["user_id"] for each in said["data"]]
        return people, said["total_count"]

    assert found() == (["user_ada", "user_grace"], 2)
    assert found(query="HOPP") == (["user_grace"], 1)
    assert found(query="nobody") == ([], 0)
    assert found(role="org:admin") == (["user_ada"], 1)
    assert found(role=["org:admin", "org:member"])[1] == 2
    assert found(limit=1, offset=1) == (["user_grace"], 2)


def test_an_admin_adds_changes_and_removes_members(ada):
    path = f"{LIGHTHOUSE}/memberships"
    made = ada.post(path, user_id="user_alan", role="org:member").response
    assert made["public_user_data"]["identifier"] == "alan@example.com"
    said = ada.ask("PATCH", f"{path}/user_alan", role="org:admin")
    assert said.response["role"] == "org:admin"
    assert ada.ask("PATCH", f"{path}/user_alan", role="org:king").status == 404
    assert ada.ask("PATCH", f"{path}/user_alan").code == "form_param_missing"
    assert ada.ask("DELETE", f"{path}/user_alan").status == 200
    for method in ("PATCH", "DELETE"):
        said = ada.ask(method, f"{path}/user_alan", role="org:admin")
        assert (said.status, said.code) == (404, "resource_not_found")
    assert ada.post(path, user_id="user_ada", role="org:admin").status == 400
    assert ada.post(path, user_id="user_none", role="org:admin").status == 404


def test_a_member_may_go_but_not_the_last_admin(ada, grace):
    last = ada.ask("DELETE", f"{LIGHTHOUSE}/memberships/user_ada")
    assert (last.status, last.code) == (400, "organization_minimum_permissions_needed")
    assert grace.ask("DELETE", f"{LIGHTHOUSE}/memberships/user_grace").status == 200
    assert grace.get(LIGHTHOUSE).status == 404


def test_whoever_is_put_out_has_the_organization_active_no_longer(ada, grace):
    [session] = grace.get("/client").response["sessions"]
    grace.touch(session["id"], active_organization_id="org_lighthouse")
    ada.ask("DELETE", f"{LIGHTHOUSE}/memberships/user_grace")
    [session] = grace.get("/client").response["sessions"]
    assert session["last_active_organization_id"] is None


def test_an_invitation_is_sent_and_revoked(ada, local):
    path = f"{LIGHTHOUSE}/invitations"
    fields = {"email_address": "new@example.com", "role": "org:member"}
    made = ada.post(path, **fields).response
    assert (made["status"], made["role_name"]) == ("pending", "Member")
    mail = local.state.records.find("outbox")[-1]
    assert mail["to_email_address"] == "new@example.com"
    assert f"{ORIGIN}/sign-up?__clerk_ticket=" in mail["body_plain"]
    # The ticket is for whom it was sent to, not for the admin who sent it.
    assert made["url"] is None
    assert "__clerk_ticket" not in ada.get(path).page.text
    assert ada.get(LIGHTHOUSE).response["pending_invitations_count"] == 1
    assert ada.post(path, **fields).status == 400
    said = ada.post(f"{path}/{made['id']}/revoke")
    assert said.response["status"] == "revoked"
    assert ada.post(f"{path}/{made['id']}/revoke").status == 400
    assert ada.get(path, status="pending").response["total_count"] == 0
    assert ada.get(path, status=["revoked"]).response["total_count"] == 1
    assert ada.get(LIGHTHOUSE).response["pending_invitations_count"] == 0


def test_a_name_in_a_mail_is_text_and_nothing_else(ada, local, capsys):
    """Neither markup in the mail nor a command to the terminal."""
    seen = []
    local.state.within.append(seen.append)
    name = "<b>Villa</b>\x1b[2J\nTo you"
    path = f"/organizations/{ada.post('/organizations', name=name).response['id']}"
    ada.post(f"{path}/invitations", email_address="a@b.example", role="org:member")
    [mail] = [each.data for each in seen if each.type == "email.created"]
    assert mail["body"].startswith(
        "<p>You are invited to join &lt;b&gt;Villa&lt;/b&gt;"
    )
    [line] = [each for each in capsys.readouterr().err.splitlines() if "Villa" in each]
    assert "<b>Villa</b>\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}To" in line


def test_somebody_known_is_invited_to_sign_in(ada, local):
    path = f"{LIGHTHOUSE}/invitations"
    ada.post(path, email_address="alan@example.com", role="org:member")
    mail = local.state.records.find("outbox")[-1]
    assert f"{ORIGIN}/sign-in?__clerk_ticket=" in mail["body_plain"]


def test_many_are_invited_at_once_or_nobody(ada, local):
    path = f"{LIGHTHOUSE}/invitations/bulk"
    both = ["one@example.com", "two@example.com"]
    said = ada.post(path, email_address=both, role="org:member")
    assert [each["email_address"] for each in said.response] == both
    three = '["three@example.com"]'
    assert ada.post(path, email_address=three, role="org:member").status == 200
    assert ada.post(path, email_address="[x", role="org:member").status == 422
    four = ["four@example.com", "nonsense"]
    assert ada.post(path, email_address=four, role="org:member").status == 422
    assert ada.get(LIGHTHOUSE).response["pending_invitations_count"] == 3
    assert len(local.state.records.find("outbox")) == 3


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email_address": "nonsense", "role": "org:member"}, 422),
        ({"email_address": "a@example.com"}, 422),
        ({"role": "org:member"}, 422),
        ({"email_address": "a@example.com", "role": "org:king"}, 404),
        ({"email_address": "grace@example.com", "role": "org:member"}, 400),
    ],
)
def test_invitations_that_are_in_vain(ada, fields, status):
    assert ada.post(f"{LIGHTHOUSE}/invitations", **fields).status == status


def test_invitations_of_other_organizations_are_not_found(ada, grace):
    fields = {"email_address": "new@example.com", "role": "org:member"}
    made = grace.post("/organizations/org_rowers/invitations", **fields).response
    said = ada.post(f"{LIGHTHOUSE}/invitations/{made['id']}/revoke")
    assert (said.status, said.code) == (404, "resource_not_found")


def test_an_admin_gives_it_a_logo(ada, grace):
    gif = b"GIF89a and more"
    path = f"{LIGHTHOUSE}/logo"
    assert grace.send_file("PUT", path, gif).status == 403
    given = ada.send_file("PUT", path, gif).response
    assert given["has_image"]
    assert ada.browser.request("GET", given["logo_url"]).status == 200
    taken = ada.ask("DELETE", path).response
    assert (taken["has_image"], taken["logo_url"]) == (False, None)


def test_a_secret_key_tells_the_other_api_of_the_same_path(ada):
    said = ada.ask("GET", LIGHTHOUSE, headers={"Authorization": "Bearer sk_test_wrong"})
    assert (said.status, said.code) == (401, "clerk_key_invalid")

"""One's own account at the Frontend API."""

import json

import pytest
from frontend_api import Page
from local_clerk import NOW

from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.organization_invitations import invite, revoke_invitation
from clerk_wsgi.local.users import change_user

PASSWORD = "compiler-1952"


@pytest.fixture
def page(local, clock):
    page = Page(local, clock)
    page.sign_in()
    return page


SIGNED_IN_ONLY = [
    ("GET", "/me"),
    ("PATCH", "/me"),
    ("DELETE", "/me"),
    ("PATCH", "/me/metadata"),
    ("POST", "/me/change_password"),
    ("POST", "/me/remove_password"),
    ("GET", "/me/sessions/active"),
    ("GET", "/me/email_addresses"),
    ("POST", "/me/email_addresses"),
    ("DELETE", "/me/email_addresses/idn_1"),
    ("GET", "/me/organization_memberships"),
    ("GET", "/me/organization_invitations"),
    ("GET", "/me/organization_suggestions"),
    ("GET", "/me/enterprise_connections"),
    ("POST", "/organizations"),
    ("GET", "/organizations/org_rowers"),
    ("GET", "/organizations/org_rowers/memberships"),
]


@pytest.mark.parametrize(("method", "path"), SIGNED_IN_ONLY)
def test_nobody_has_no_account(local, clock, method, path):
    said = Page(local, clock).open().ask(method, path)
    assert (said.status, said.code) == (401, "signed_out")


def test_names_are_changed_and_told(page, local):
    seen = []
    local.state.within.append(lambda change: seen.append(change.type))
    said = page.ask("PATCH", "/me", first_name=" Amazing ", last_name="")
    assert said.response["first_name"] == "Amazing"
    assert said.response["last_name"] is None
    assert said.client["sessions"][0]["user"]["first_name"] == "Amazing"
    assert seen == ["user.updated"]
    assert page.ask("PATCH", "/me", first_name="x" * 257).status == 422
    assert page.ask("PATCH", "/me").response["first_name"] == "Amazing"


def test_browsers_write_unsafe_metadata_and_no_other(page):
    given = dict.fromkeys(("public_metadata", "id", "banned"), '{"role": "admin"}')
    page.ask("PATCH", "/me", unsafe_metadata='{"a": {"b": 1, "c": 2}}', **given)
    me = page.get("/me").response
    assert me["unsafe_metadata"] == {"a": {"b": 1, "c": 2}}
    assert me["public_metadata"] == {}
    page.ask("PATCH", "/me/metadata", unsafe_metadata='{"a": {"b": null}, "d": 3}')
    assert page.get("/me").response["unsafe_metadata"] == {"a": {"c": 2}, "d": 3}
    huge = json.dumps({"x": "y" * 9000})
    assert page.ask("PATCH", "/me/metadata", unsafe_metadata=huge).status == 422
    assert page.ask("PATCH", "/me/metadata").status == 422


def test_a_password_is_changed_by_who_knows_the_old_one(page, local, clock):
    other = Page(local, clock)
    session = other.sign_in()
    fields = {"current_password": "wrong", "new_password": "nanosecond-1984"}
    said = page.post("/me/change_password", **fields)
    assert (said.status, said.code) == (422, "form_password_incorrect")
    assert said.error["meta"]["param_name"] == "current_password"
    fields["current_password"] = PASSWORD
    assert page.post("/me/change_password", **fields).status == 200
    assert page.get("/me").response["password_last_updated_at"] == NOW * 1000
    assert other.touch(session["id"]).status == 200
    fields = {"current_password": "nanosecond-1984", "new_password": "harvard-mark-1"}
    page.post("/me/change_password", **fields, sign_out_of_other_sessions="true")
    assert other.touch(session["id"]).status == 401
    assert page.get("/me").status == 200
    other.sign_in(password="harvard-mark-1")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "form_password_length_too_short"),
        ("", "form_password_length_too_short"),
        (PASSWORD, "form_new_password_matches_current"),
    ],
)
def test_a_new_password_must_be_good_and_new(page, new, code):
    fields = {"current_password": PASSWORD, "new_password": new}
    assert page.post("/me/change_password", **fields).code == code


def test_a_password_may_be_given_up_and_chosen_again(page):
    assert page.post("/me/remove_password", current_password="x").status == 422
    said = page.post("/me/remove_password", current_password=PASSWORD)
    assert not said.response["password_enabled"]
    assert page.post("/me/remove_password", current_password=PASSWORD).status == 422
    said = page.post("/me/change_password", new_password="nanosecond-1984")
    assert said.response["password_enabled"]


def test_another_address_is_proven_and_made_primary(page):
    said = page.post("/me/email_addresses", email_address="hopper@example.com")
    address = said.response
    path = f"/me/email_addresses/{address['id']}"
    assert address["verification"]["status"] == "unverified"
    early = page.ask("PATCH", "/me", primary_email_address_id=address["id"])
    assert early.status == 422
    page.post(f"{path}/prepare_verification", strategy="email_code")
    wrong = page.post(f"{path}/attempt_verification", code=page.other_code())
    assert (wrong.status, wrong.code) == (422, "form_code_incorrect")
    assert page.get(path).response["verification"]["attempts"] == 1
    done = page.post(f"{path}/attempt_verification", code=page.code())
    assert done.response["verification"]["status"] == "verified"
    assert page.code() not in done.page.text
    for step in ("attempt", "prepare"):
        again = page.post(f"{path}/{step}_verification", code=page.code())
        assert (again.status, again.code) == (400, "verification_already_verified")
    said = page.ask("PATCH", "/me", primary_email_address_id=address["id"])
    assert said.response["primary_email_address_id"] == address["id"]
    assert len(page.get("/me/email_addresses").response) == 2


def test_addresses_that_cannot_be_added(page):
    for given, code in (
        ("ada@example.com", "form_identifier_exists"),
        ("grace@example.com", "form_identifier_exists"),
        ("nonsense", "form_param_format_invalid"),
        ("", "form_param_missing"),
    ):
        said = page.post("/me/email_addresses", email_address=given)
        assert (said.status, said.code) == (422, code)


def proven(page, address):
    added = page.post("/me/email_addresses", email_address=address).response
    path = f"/me/email_addresses/{added['id']}"
    page.post(f"{path}/prepare_verification", strategy="email_code")
    page.post(f"{path}/attempt_verification", code=page.code())
    return added["id"]


def test_an_address_is_taken_away_and_free_again_but_not_the_last_one(page):
    [first] = page.get("/me/email_addresses").response
    said = page.ask("DELETE", f"/me/email_addresses/{first['id']}")
    assert (said.status, said.code) == (403, "last_identification_deletion_failed")
    second = proven(page, "hopper@example.com")
    path = f"/me/email_addresses/{first['id']}"
    said = page.ask("DELETE", path)
    assert said.response == {
        "id": first["id"],
        "object": "email_address",
        "deleted": True,
    }
    me = page.get("/me").response
    assert me["primary_email_address_id"] == second
    assert page.get(path).status == page.ask("DELETE", path).status == 404
    again = page.post("/me/email_addresses", email_address="grace@example.com")
    assert again.status == 200


def test_an_address_that_is_not_proven_is_never_primary(page, local):
    """Applications take the primary one for the user's."""
    [first] = page.get("/me/email_addresses").response
    claimed = page.post("/me/email_addresses", email_address="boss@example.com")
    said = page.ask("DELETE", f"/me/email_addresses/{first['id']}")
    assert (said.status, said.code) == (403, "last_identification_deletion_failed")
    second = proven(page, "hopper@example.com")
    assert page.ask("DELETE", f"/me/email_addresses/{first['id']}").status == 200
    assert page.get("/me").response["primary_email_address_id"] == second
    unproven = claimed.response["id"]
    assert page.ask("DELETE", f"/me/email_addresses/{unproven}").status == 200


def test_the_first_address_is_primary_when_it_is_proven(page, local):
    change_user(
        local.state, "user_grace", email_addresses=[], primary_email_address_id=None
    )
    page.post("/me/email_addresses", email_address="boss@example.com")
    assert page.get("/me").response["primary_email_address_id"] is None
    own = proven(page, "hopper@example.com")
    assert page.get("/me").response["primary_email_address_id"] == own


def test_addresses_of_others_are_not_found(page, local, clock):
    other = Page(local, clock)
    other.sign_in("ada", "engine-1843")
    [address] = other.get("/me/email_addresses").response
    path = f"/me/email_addresses/{address['id']}"
    for said in (
        page.get(path),
        page.ask("DELETE", path),
        page.post(f"{path}/prepare_verification"),
        page.post(f"{path}/attempt_verification", code="000000"),
        page.ask("PATCH", "/me", primary_email_address_id=address["id"]),
    ):
        assert (said.status, said.code) == (404, "resource_not_found")
    strange = page.get("/me/email_addresses").response[0]["id"]
    action = f"/me/email_addresses/{strange}/prepare_verification"
    assert page.post(action, strategy="email_link").status == 400


def test_sessions_are_listed_and_revoked(page, local, clock):
    other = Page(local, clock)
    session = other.sign_in()
    listed = page.get("/me/sessions/active").body
    assert session["id"] in [each["id"] for each in listed]
    assert len(listed) == 2
    said = page.post(f"/me/sessions/{session['id']}/revoke")
    assert said.response["status"] == "revoked"
    assert other.touch(session["id"]).status == 401
    assert len(page.get("/me/sessions/active").body) == 1
    stranger = Page(local, clock)
    foreign = stranger.sign_in("ada", "engine-1843")
    assert page.post(f"/me/sessions/{foreign['id']}/revoke").status == 404
    assert page.post("/me/sessions/sess_none/revoke").status == 404
    assert stranger.get("/me").status == 200


def test_an_account_is_deleted_by_its_owner_if_allowed(page, local):
    change_user(local.state, "user_grace", delete_self_enabled=False)
    said = page.ask("DELETE", "/me")
    assert (said.status, said.code) == (403, "user_delete_self_not_enabled")
    change_user(local.state, "user_grace", delete_self_enabled=True)
    said = page.ask("DELETE", "/me")
    assert said.response["deleted"]
    assert said.client["sessions"] == []
    assert local.state.records.get("user", "user_grace") is None
    gone = page.post("/client/sign_ins", identifier="grace@example.com")
    assert gone.code == "form_identifier_not_found"


def test_memberships_come_in_pages(page):
    said = page.get("/me/organization_memberships", paginated="true", limit=1)
    [membership] = said.response["data"]
    assert said.response["total_count"] == 2
    assert membership["organization"]["slug"] == "lighthouse"
    said = page.get("/me/organization_memberships", limit=1, offset=1)
    assert said.response["data"][0]["organization"]["slug"] == "rowers"
    for limit, offset in (("x", "y"), ("-1", "-1"), ("999999999999", "0")):
        said = page.get("/me/organization_memberships", limit=limit, offset=offset)
        assert said.status == 200
        assert said.response["data"]


def test_one_may_leave_an_organization(page):
    said = page.ask("DELETE", "/me/organization_memberships/org_lighthouse")
    assert said.response["deleted"]
    [left] = page.get("/me/organization_memberships").response["data"]
    assert left["organization"]["slug"] == "rowers"
    again = page.ask("DELETE", "/me/organization_memberships/org_lighthouse")
    assert again.status == 404
    last = page.ask("DELETE", "/me/organization_memberships/org_rowers")
    assert (last.status, last.code) == (400, "organization_minimum_permissions_needed")


def test_invitations_are_accepted_by_whom_they_were_sent_to(page, local, clock):
    state = local.state
    rowers = state.need("organization", "org_rowers")
    emmy = Page(local, clock)
    emmy.sign_in("emmy", "symmetry-1918")
    made = invite(state, rowers, "Emmy@example.com", "org:member")
    listed = emmy.get("/me/organization_invitations", status="pending").response
    [told] = listed["data"]
    assert told["public_organization_data"]["name"] == "River Rowers"
    assert told["url"] is None
    path = f"/me/organization_invitations/{made['id']}/accept"
    assert page.post(path).status == 404
    assert emmy.post(path).response["status"] == "accepted"
    assert emmy.post(path).status == 400
    [membership] = emmy.get("/me/organization_memberships").response["data"]
    assert membership["organization"]["id"] == "org_rowers"
    lighthouse = state.need("organization", "org_lighthouse")
    other = invite(state, lighthouse, "emmy@example.com", "org:member")
    revoke_invitation(state, other)
    refused = emmy.post(f"/me/organization_invitations/{other['id']}/accept")
    assert refused.code == "organization_invitation_not_pending"
    said = emmy.get("/me/organization_invitations", status=["pending", "accepted"])
    assert [each["id"] for each in said.response["data"]] == [made["id"]]


def test_an_address_that_is_not_proven_is_invited_to_nothing(page, local):
    rowers = local.state.need("organization", "org_rowers")
    made = invite(local.state, rowers, "somebody@example.com", "org:admin")
    page.post("/me/email_addresses", email_address="somebody@example.com")
    assert page.get("/me/organization_invitations").response["data"] == []
    path = f"/me/organization_invitations/{made['id']}/accept"
    assert page.post(path).status == 404


def test_what_there_is_not_is_an_empty_list(page):
    assert page.get("/me/organization_suggestions").response["total_count"] == 0
    assert page.get("/me/enterprise_connections").body == []


GIF = b"GIF89a" + b"x" * 200_000


def test_a_picture_of_oneself_is_kept_and_taken_away(page):
    said = page.send_file("POST", "/me/profile_image", GIF)
    url = said.response["public_url"]
    me = page.get("/me").response
    assert (me["image_url"], me["has_image"]) == (url, True)
    seen = page.browser.request("GET", url)
    assert seen.header("Content-Type") == "image/gif"
    assert page.ask("DELETE", "/me/profile_image").response["deleted"]
    me = page.get("/me").response
    assert (me["image_url"], me["has_image"]) == ("", False)
    assert page.browser.request("GET", url).status == 404


def test_what_is_no_picture_is_refused(page):
    path = "/me/profile_image"
    assert page.send_file("POST", path, b"<svg onload=alert(1)>").status == 422
    assert page.send_file("POST", path, GIF, name="other").status == 400
    assert page.send_file("POST", path, GIF * 30).status == 413
    assert page.post(path, file="text").code == "form_param_missing"


def verify(page, action="", **fields):
    [session] = page.get("/client").response["sessions"]
    return page.post(f"/client/sessions/{session['id']}/verify{action}", **fields)


def age(page):
    [session] = page.get("/client").response["sessions"]
    claims = parse_token(session["last_active_token"]["jwt"]).claims
    assert claims["fva"] == session["factor_verification_age"]
    return claims["fva"]


@pytest.mark.parametrize("level", ["first_factor", "second_factor", "multi_factor"])
def test_whoever_shows_the_password_again_is_fresh(page, clock, level):
    clock.now += 25 * 60
    assert age(page) == [25, -1]
    said = verify(page, level=level)
    assert said.response["status"] == "needs_first_factor"
    assert said.response["level"] == level
    ways = [each["strategy"] for each in said.response["supported_first_factors"]]
    assert ways == ["password", "email_code"]
    wrong = verify(page, "/attempt_first_factor", strategy="password", password="x")
    assert (wrong.status, wrong.code) == (422, "form_password_incorrect")
    assert age(page) == [25, -1]
    fields = {"strategy": "password", "password": PASSWORD}
    done = verify(page, "/attempt_first_factor", **fields)
    assert (done.response["status"], done.response["level"]) == ("complete", level)
    assert age(page) == [0, -1]
    clock.now += 60
    assert age(page) == [1, -1]


def test_whoever_knows_a_code_is_fresh_too(page, clock):
    clock.now += 25 * 60
    early = verify(page, "/attempt_first_factor", strategy="email_code", code="000000")
    assert early.code == "verification_missing"
    verify(page, "/prepare_first_factor", strategy="email_code")
    fields = {"strategy": "email_code", "code": page.other_code()}
    wrong = verify(page, "/attempt_first_factor", **fields)
    assert (wrong.status, wrong.code) == (422, "form_code_incorrect")
    assert age(page) == [25, -1]
    fields["code"] = page.code()
    done = verify(page, "/attempt_first_factor", **fields)
    assert done.response["status"] == "complete"
    assert age(page) == [0, -1]


def test_other_ways_to_be_fresh_there_are_not(page):
    assert verify(page, level="third_factor").status == 422
    for action in ("/prepare_first_factor", "/attempt_first_factor"):
        assert verify(page, action, strategy="phone_code").status == 400

"""Signing up at the Frontend API: what has to be told, and how an address is proven."""

import json

import pytest
from frontend_api import Page
from local_clerk import NOW

from clerk_wsgi.local.invitations import invite
from clerk_wsgi.local.organization_invitations import invite as invite_member
from clerk_wsgi.local.users import create_user

MARY, PASSWORD = "mary@example.com", "frankenstein-1818"
CODE = "email_code"


@pytest.fixture
def page(local, clock):
    return Page(local, clock).open()


def begin(page, **fields):
    fields = {"email_address": MARY, "password": PASSWORD, **fields}
    return page.post("/client/sign_ups", **fields)


def path(sign_up, action=""):
    return f"/client/sign_ups/{sign_up['id']}{action}"


def prepare(page, sign_up):
    return page.post(path(sign_up, "/prepare_verification"), strategy=CODE)


def attempt(page, sign_up, code):
    action = path(sign_up, "/attempt_verification")
    return page.post(action, strategy=CODE, code=code)


def test_a_sign_up_is_complete_when_the_address_is_proven(page):
    given = {"first_name": "Mary", "last_name": "Shelley", "locale": "en-GB"}
    given["legal_accepted"] = "true"
    said = begin(page, **given, unsafe_metadata='{"theme": "dark"}')
    sign_up = said.response
    assert said.client["sign_up"] == sign_up
    assert sign_up["status"] == "missing_requirements"
    assert sign_up["missing_fields"] == []
    assert sign_up["unverified_fields"] == ["email_address"]
    assert sign_up["has_password"]
    sent = prepare(page, sign_up).response["verifications"]["email_address"]
    assert (sent["status"], sent["strategy"]) == ("unverified", CODE)
    assert sent["expire_at"] == (NOW + 600) * 1000
    done = attempt(page, sign_up, page.code())
    assert done.response["status"] == "complete"
    assert done.response["created_session_id"] == done.client["last_active_session_id"]
    assert done.client["sign_up"] is None
    me = page.get("/me").response
    assert me["id"] == done.response["created_user_id"]
    assert (me["first_name"], me["last_name"]) == ("Mary", "Shelley")
    assert me["unsafe_metadata"] == {"theme": "dark"}
    assert me["password_enabled"]
    assert me["legal_accepted_at"] == NOW * 1000
    [address] = me["email_addresses"]
    assert address["email_address"] == MARY
    assert address["verification"]["strategy"] == CODE
    page.ask("DELETE", "/client/sessions")
    again = page.post("/client/sign_ins", identifier=MARY, password=PASSWORD)
    assert again.response["status"] == "complete"


def test_a_sign_up_has_not_begun_to_prove_anything(page):
    """Clerk's components ask for a code only where no strategy has begun yet."""
    waiting = begin(page).response["verifications"]["email_address"]
    assert (waiting["status"], waiting["strategy"]) == ("unverified", None)
    assert page.state.records.find("outbox") == []


def test_nobody_is_there_before_the_address_is_proven(page):
    sign_up = begin(page).response
    prepare(page, sign_up)
    said = attempt(page, sign_up, page.other_code())
    assert (said.status, said.code) == (422, "form_code_incorrect")
    kept = page.get(path(sign_up)).response
    assert kept["verifications"]["email_address"]["attempts"] == 1
    assert page.get("/me").status == 401
    assert len(page.state.records.find("user")) == 4


def test_what_lacks_may_be_told_later(page):
    sign_up = page.post("/client/sign_ups").response
    assert sign_up["missing_fields"] == ["email_address", "password"]
    said = page.ask("PATCH", path(sign_up), email_address=MARY)
    assert said.response["missing_fields"] == ["password"]
    prepare(page, sign_up)
    said = attempt(page, sign_up, page.code())
    assert said.response["status"] == "missing_requirements"
    assert said.response["unverified_fields"] == []
    said = page.ask("PATCH", path(sign_up), password=PASSWORD)
    assert said.response["status"] == "complete"
    assert page.get("/me").status == 200


def test_another_address_has_to_be_proven_anew(page):
    sign_up = begin(page).response
    prepare(page, sign_up)
    code = page.code()
    said = page.ask("PATCH", path(sign_up), email_address="other@example.com")
    assert said.response["unverified_fields"] == ["email_address"]
    assert attempt(page, sign_up, code).code == "verification_missing"
    # The same one is not another one.
    prepare(page, sign_up)
    page.ask("PATCH", path(sign_up), email_address="other@example.com")
    assert attempt(page, sign_up, page.code()).response["status"] == "complete"


@pytest.mark.parametrize(
    ("fields", "code", "parameter"),
    [
        ({"email_address": ""}, "form_param_missing", "email_address"),
        ({"email_address": "mary"}, "form_param_format_invalid", "email_address"),
        ({"email_address": "a b@x.y"}, "form_param_format_invalid", "email_address"),
        ({"email_address": "GRACE@example.com"}, "form_identifier_exists", None),
        ({"password": ""}, "form_password_length_too_short", "password"),
        ({"password": "1234567"}, "form_password_length_too_short", "password"),
        ({"password": "é" * 37}, "form_password_size_in_bytes_exceeded", "password"),
        ({"first_name": "x" * 257}, "form_param_max_length_exceeded", "first_name"),
        ({"unsafe_metadata": "[]"}, "form_param_format_invalid", "unsafe_metadata"),
        ({"unsafe_metadata": "{"}, "form_param_format_invalid", "unsafe_metadata"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_refused(page, fields, code, parameter):
    said = begin(page, **fields)
    assert (said.status, said.code) == (422, code)
    assert said.error["meta"]["param_name"] == (parameter or "email_address")


def test_metadata_has_a_limit(page):
    huge = json.dumps({"x": "y" * 9000})
    said = begin(page, unsafe_metadata=huge)
    assert (said.status, said.code) == (422, "form_param_exceeds_allowed_size")


def test_an_address_that_somebody_took_meanwhile_is_taken(page, local):
    sign_up = begin(page).response
    prepare(page, sign_up)
    create_user(local.state, email_addresses=[MARY])
    said = attempt(page, sign_up, page.code())
    assert (said.status, said.code) == (422, "form_identifier_exists")
    assert page.get("/me").status == 401


@pytest.mark.parametrize("strategy", ["phone_code", "email_link", ""])
def test_there_is_one_way_to_prove_an_address(page, strategy):
    sign_up = begin(page).response
    for action in ("/prepare_verification", "/attempt_verification"):
        said = page.post(path(sign_up, action), strategy=strategy, code="000000")
        assert (said.status, said.code) == (400, "strategy_for_user_invalid")


def test_an_address_is_needed_for_a_code(page):
    sign_up = page.post("/client/sign_ups").response
    assert prepare(page, sign_up).code == "strategy_for_user_invalid"
    assert attempt(page, sign_up, "000000").code == "verification_missing"
    assert begin(page, strategy="oauth_google").code == "strategy_for_user_invalid"


def test_a_sign_up_belongs_to_the_browser_that_began_it(page, local, clock):
    sign_up = begin(page).response
    prepare(page, sign_up)
    other = Page(local, clock).open()
    for said in (
        other.get(path(sign_up)),
        other.ask("PATCH", path(sign_up), first_name="Eve"),
        attempt(other, sign_up, page.code()),
    ):
        assert (said.status, said.code) == (404, "resource_not_found")


def test_a_password_is_kept_as_a_digest_only(page):
    begin(page)
    [kept] = page.state.records.find("sign_up")
    assert PASSWORD not in json.dumps(kept)


def ticket_in(url):
    return url.partition("__clerk_ticket=")[2].partition("&")[0]


def test_an_invitation_proves_the_address(page, local):
    _, ticket = invite(local.state, MARY, public_metadata={"role": "guest"})
    fields = {"strategy": "ticket", "ticket": ticket}
    sign_up = page.post("/client/sign_ups", **fields).response
    assert sign_up["email_address"] == MARY
    assert sign_up["missing_fields"] == ["password"]
    assert sign_up["unverified_fields"] == []
    said = page.ask("PATCH", path(sign_up), password=PASSWORD)
    assert said.response["status"] == "complete"
    assert page.get("/me").response["public_metadata"] == {"role": "guest"}
    page.ask("DELETE", "/client/sessions")
    again = page.post("/client/sign_ups", **fields, password=PASSWORD)
    assert (again.status, again.code) == (400, "ticket_invalid_code")


def test_an_invitation_to_an_organization_makes_a_member(page, local):
    rowers = local.state.need("organization", "org_rowers")
    url = "http://localhost/sign-up"
    made = invite_member(local.state, rowers, MARY, "org:admin", url=url)
    ticket = ticket_in(made["url"])
    fields = {"strategy": "ticket", "ticket": ticket, "password": PASSWORD}
    assert page.post("/client/sign_ups", **fields).response["status"] == "complete"
    [membership] = page.get("/me").response["organization_memberships"]
    assert membership["organization"]["slug"] == "rowers"
    assert membership["role"] == "org:admin"


def test_a_ticket_proves_nothing_about_another_address(page, local):
    _, ticket = invite(local.state, MARY)
    fields = {"strategy": "ticket", "ticket": ticket, "password": PASSWORD}
    said = page.post("/client/sign_ups", **fields, email_address="eve@example.com")
    assert said.response["status"] == "missing_requirements"
    assert said.response["unverified_fields"] == ["email_address"]

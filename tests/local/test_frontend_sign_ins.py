"""Signing in at the Frontend API: passwords, codes by e-mail, tickets."""

import pytest
from frontend_api import Page
from local_clerk import NOW, local_clerk

from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.fapi_codes import ATTEMPTS
from clerk_wsgi.local.invitations import invite as invite_to_sign_up
from clerk_wsgi.local.organization_invitations import invite
from clerk_wsgi.local.sign_in_tokens import (
    create_actor_token,
    create_sign_in_token,
    revoke_token,
)
from clerk_wsgi.local.users import change_user, create_user

GRACE = "grace@example.com"
CODE, RESET = "email_code", "reset_password_email_code"


@pytest.fixture
def page(local, clock):
    return Page(local, clock).open()


def begin(page, identifier=GRACE, **fields):
    return page.post("/client/sign_ins", identifier=identifier, **fields)


def attempt(page, sign_in, **fields):
    return page.post(f"/client/sign_ins/{sign_in['id']}/attempt_first_factor", **fields)


def prepare(page, sign_in, **fields):
    fields = {"strategy": CODE, **fields}
    return page.post(f"/client/sign_ins/{sign_in['id']}/prepare_first_factor", **fields)


def test_a_sign_in_says_what_can_be_done_next(page):
    said = begin(page)
    assert said.status == 200
    sign_in = said.response
    assert sign_in["status"] == "needs_first_factor"
    assert sign_in["identifier"] == GRACE
    assert sign_in["user_data"]["first_name"] == "Grace"
    ways = [each["strategy"] for each in sign_in["supported_first_factors"]]
    assert ways == ["password", CODE, RESET]
    assert said.client["sign_in"] == sign_in
    assert page.get(f"/client/sign_ins/{sign_in['id']}").response == sign_in
    assert page.get("/me").status == 401


def test_a_user_without_a_password_has_only_codes(page, local):
    create_user(local.state, email_addresses=["new@example.com"])
    sign_in = begin(page, "new@example.com").response
    ways = [each["strategy"] for each in sign_in["supported_first_factors"]]
    assert ways == [CODE]
    said = attempt(page, sign_in, strategy="password", password="")
    assert (said.status, said.code) == (400, "strategy_for_user_invalid")


@pytest.mark.parametrize("identifier", ["nobody@example.com", "x", "💥", "a\x00b"])
def test_nobody_has_that_identifier(page, identifier):
    said = begin(page, identifier)
    assert (said.status, said.code) == (422, "form_identifier_not_found")
    assert said.error["meta"]["param_name"] == "identifier"


def test_an_identifier_must_be_told(page):
    assert begin(page, " ").code == "form_param_missing"
    sign_in = page.post("/client/sign_ins").response
    assert sign_in["status"] == "needs_identifier"
    assert attempt(page, sign_in, password="x").code == "strategy_for_user_invalid"


def test_who_knows_the_password_is_let_in(page):
    sign_in = begin(page, "Grace@Example.com").response
    said = attempt(page, sign_in, strategy="password", password="compiler-1952")
    assert said.response["status"] == "complete"
    [session] = said.client["sessions"]
    assert said.response["created_session_id"] == session["id"]
    assert said.client["last_active_session_id"] == session["id"]
    assert said.client["sign_in"] is None
    assert said.client["last_authentication_strategy"] == "password"
    assert page.get("/me").response["last_sign_in_at"] == NOW * 1000


@pytest.mark.parametrize("password", ["", "wrong", "compiler-1952 ", "engine-1843"])
def test_who_does_not_is_not(page, password):
    sign_in = begin(page).response
    said = attempt(page, sign_in, strategy="password", password=password)
    assert (said.status, said.code) == (422, "form_password_incorrect")
    assert said.error["meta"]["param_name"] == "password"
    assert page.get("/me").status == 401
    # The attempt can go on.
    assert attempt(page, sign_in, password="compiler-1952").status == 200


@pytest.mark.parametrize("strategy", ["password", ""])
def test_both_may_be_told_at_once(page, strategy):
    said = begin(page, strategy=strategy, password="compiler-1952")
    assert said.response["status"] == "complete"


def test_one_person_is_signed_in_at_a_time(page):
    waiting = begin(page).response
    page.sign_in("ada", "engine-1843")
    for said in (
        begin(page),
        attempt(page, waiting, password="compiler-1952"),
        page.post("/client/sign_ups", email_address="new@example.com"),
    ):
        assert (said.status, said.code) == (400, "session_exists")
    assert page.get("/me").response["id"] == "user_ada"


@pytest.mark.parametrize("state_of_user", ["banned", "locked"])
def test_who_is_banned_or_locked_stays_out(page, local, state_of_user):
    change_user(local.state, "user_grace", **{state_of_user: True})
    said = begin(page, password="compiler-1952")
    assert (said.status, said.code) == (403, f"user_{state_of_user}")
    assert page.get("/me").status == 401


def test_a_code_is_sent_and_lets_in(page):
    sign_in = begin(page).response
    said = prepare(page, sign_in)
    verification = said.response["first_factor_verification"]
    assert verification["status"] == "unverified"
    assert page.code() not in said.page.text
    done = attempt(page, sign_in, strategy=CODE, code=f" {page.code()} ")
    assert done.response["status"] == "complete"
    assert done.response["first_factor_verification"]["status"] == "verified"


def test_a_strategy_may_be_chosen_at_once(page):
    said = begin(page, strategy=CODE)
    assert said.response["first_factor_verification"]["strategy"] == CODE
    assert attempt(page, said.response, strategy=CODE, code=page.code()).status == 200


def test_whoever_listens_is_told_of_the_mail(clock):
    heard = []
    page = Page(local_clerk(clock, deliver=heard.append), clock).open()
    prepare(page, begin(page).response)
    assert heard == [f"To {GRACE}: {page.code()} is your verification code"]


def test_a_mail_is_an_event(page, local):
    seen = []
    local.state.within.append(seen.append)
    prepare(page, begin(page).response)
    [mail] = [each.data for each in seen if each.type == "email.created"]
    assert mail["to_email_address"] == GRACE
    assert mail["slug"] == "verification_code"
    assert mail["data"]["otp_code"] == page.code()
    assert mail["user_id"] == "user_grace"


def test_without_anybody_who_listens_mail_is_written_to_the_console(capsys, clock):
    page = Page(local_clerk(clock), clock).open()
    prepare(page, begin(page).response)
    written = capsys.readouterr()
    assert page.code() in written.err
    assert written.out == ""


def test_a_wrong_code_may_be_corrected_a_few_times(page):
    sign_in = begin(page).response
    prepare(page, sign_in)
    for tried in range(1, ATTEMPTS):
        said = attempt(page, sign_in, strategy=CODE, code=page.other_code())
        assert (said.status, said.code) == (422, "form_code_incorrect")
        kept = page.get(f"/client/sign_ins/{sign_in['id']}").response
        assert kept["first_factor_verification"]["attempts"] == tried
    assert attempt(page, sign_in, strategy=CODE, code=page.code()).status == 200


def test_too_many_wrong_codes_spoil_the_right_one(page):
    sign_in = begin(page).response
    prepare(page, sign_in)
    for _ in range(ATTEMPTS):
        attempt(page, sign_in, strategy=CODE, code=page.other_code())
    said = attempt(page, sign_in, strategy=CODE, code=page.code())
    assert (said.status, said.code) == (400, "verification_failed")
    assert page.get("/me").status == 401
    prepare(page, sign_in)
    assert attempt(page, sign_in, strategy=CODE, code=page.code()).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 400)])
def test_a_code_is_good_for_ten_minutes(page, clock, seconds, status):
    sign_in = begin(page).response
    prepare(page, sign_in)
    clock.now += seconds
    said = attempt(page, sign_in, strategy=CODE, code=page.code())
    assert said.status == status
    if status != 200:
        assert said.code == "verification_expired"


def test_a_new_code_takes_the_place_of_the_old_one(page):
    sign_in = begin(page).response
    prepare(page, sign_in)
    old = page.code()
    while page.code() == old:
        prepare(page, sign_in)
    said = attempt(page, sign_in, strategy=CODE, code=old)
    assert said.code == "form_code_incorrect"


@pytest.mark.parametrize("code", ["", "1", "\uff11" * 6, "💥", "0" * 999])
def test_strange_codes_are_wrong(page, code):
    sign_in = begin(page).response
    prepare(page, sign_in)
    said = attempt(page, sign_in, strategy=CODE, code=code)
    assert (said.status, said.code) == (422, "form_code_incorrect")


def test_a_code_that_was_not_sent_is_not_good(page):
    sign_in = begin(page).response
    said = attempt(page, sign_in, strategy=CODE, code="000000")
    assert (said.status, said.code) == (400, "verification_missing")
    prepare(page, sign_in, strategy=RESET)
    said = attempt(page, sign_in, strategy=CODE, code=page.code())
    assert said.code == "verification_missing"


def test_a_code_goes_to_an_address_of_the_user(page):
    sign_in = begin(page).response
    [factor] = [
        each for each in sign_in["supported_first_factors"] if each["strategy"] == CODE
    ]
    prepare(page, sign_in, email_address_id=factor["email_address_id"])
    assert page.state.records.find("outbox")[-1]["to_email_address"] == GRACE
    ada = begin(page, "ada@example.com").response["supported_first_factors"][1]
    grace = begin(page).response
    said = prepare(page, grace, email_address_id=ada["email_address_id"])
    assert (said.status, said.code) == (404, "resource_not_found")


def test_who_has_no_address_gets_no_code(page, local):
    create_user(local.state, username="nameless", password="some-password-1")
    sign_in = begin(page, "nameless").response
    said = prepare(page, sign_in)
    assert (said.status, said.code) == (400, "strategy_for_user_invalid")
    assert attempt(page, sign_in, password="some-password-1").status == 200


def test_a_code_proves_the_address(page, local):
    create_user(local.state, email_addresses=["new@example.com"], is_verified=False)
    sign_in = begin(page, "new@example.com", strategy=CODE).response
    attempt(page, sign_in, strategy=CODE, code=page.code())
    [address] = page.get("/me").response["email_addresses"]
    assert address["verification"]["status"] == "verified"
    assert address["verification"]["strategy"] == CODE


def test_a_forgotten_password_is_replaced(page, local, clock):
    other = Page(local, clock)
    session = other.sign_in()
    sign_in = begin(page).response
    prepare(page, sign_in, strategy=RESET)
    said = attempt(page, sign_in, strategy=RESET, code=page.code())
    assert said.response["status"] == "needs_new_password"
    assert page.get("/me").status == 401
    path = f"/client/sign_ins/{sign_in['id']}/reset_password"
    assert page.post(path, password="short").code == "form_password_length_too_short"
    fields = {"password": "nanosecond-1984", "sign_out_of_other_sessions": "true"}
    assert page.post(path, **fields).response["status"] == "complete"
    assert page.get("/me").response["id"] == "user_grace"
    assert other.touch(session["id"]).status == 401
    again = Page(local, clock).open()
    assert begin(again, password="compiler-1952").code == "form_password_incorrect"
    assert begin(again, password="nanosecond-1984").status == 200


def test_other_sessions_go_on_after_a_password_was_replaced(page, local, clock):
    other = Page(local, clock)
    session = other.sign_in()
    sign_in = begin(page, strategy=RESET).response
    attempt(page, sign_in, strategy=RESET, code=page.code())
    path = f"/client/sign_ins/{sign_in['id']}/reset_password"
    assert page.post(path, password="nanosecond-1984").status == 200
    assert other.touch(session["id"]).status == 200


def test_no_password_is_replaced_without_a_code(page):
    sign_in = begin(page).response
    path = f"/client/sign_ins/{sign_in['id']}/reset_password"
    assert page.post(path, password="nanosecond-1984").status == 400
    prepare(page, sign_in)
    assert page.post(path, password="nanosecond-1984").status == 400


@pytest.mark.parametrize("strategy", ["oauth_google", "passkey", "phone_code", "💥"])
def test_ways_in_that_there_are_not(page, strategy):
    said = begin(page, strategy=strategy)
    assert (said.status, said.code) == (422, "form_param_value_invalid")
    sign_in = begin(page).response
    assert prepare(page, sign_in, strategy=strategy).status == 400
    assert attempt(page, sign_in, strategy=strategy).status == 400


def test_a_sign_in_belongs_to_the_browser_that_began_it(page, local, clock):
    sign_in = begin(page).response
    other = Page(local, clock).open()
    for said in (
        other.get(f"/client/sign_ins/{sign_in['id']}"),
        attempt(other, sign_in, password="compiler-1952"),
        prepare(other, sign_in),
    ):
        assert (said.status, said.code) == (404, "resource_not_found")


def test_a_sign_in_is_over_after_a_day_and_when_it_was_good(page, clock):
    sign_in = begin(page).response
    clock.now += 24 * 60 * 60
    assert attempt(page, sign_in, password="compiler-1952").status == 404
    page.open()
    sign_in = begin(page).response
    attempt(page, sign_in, password="compiler-1952")
    page.ask("DELETE", "/client/sessions")
    assert attempt(page, sign_in, password="compiler-1952").status == 404


def ticket_of(local, who="user_grace", **given):
    return create_sign_in_token(local.state, who, **given)


def enter(page, ticket):
    return page.post("/client/sign_ins", strategy="ticket", ticket=ticket)


def test_a_ticket_lets_in_once(page, local):
    _, ticket = ticket_of(local)
    said = enter(page, ticket)
    assert said.response["status"] == "complete"
    assert said.client["last_authentication_strategy"] == "ticket"
    assert page.get("/me").response["id"] == "user_grace"
    page.ask("DELETE", "/client/sessions")
    again = enter(page, ticket)
    assert (again.status, again.code) == (400, "sign_in_token_already_used_code")


@pytest.mark.parametrize("ticket", ["nonsense", "💥", "x" * 2000])
def test_a_ticket_that_nobody_gave_lets_nobody_in(page, ticket):
    said = enter(page, ticket)
    assert (said.status, said.code) == (400, "ticket_invalid_code")
    assert enter(page, "").code == "form_param_missing"


def test_an_invitation_to_sign_up_lets_nobody_in_who_is_known(page, local):
    given = {"ignore_existing": True}
    _, ticket = invite_to_sign_up(local.state, "emmy@example.com", **given)
    assert enter(page, ticket).code == "ticket_invalid_code"


def test_tickets_end(page, local, clock):
    document, ticket = ticket_of(local)
    revoke_token(local.state, "sign_in_token", document["id"])
    assert enter(page, ticket).code == "sign_in_token_revoked_code"
    _, ticket = ticket_of(local, expires_in_seconds=60)
    clock.now += 60
    assert enter(page, ticket).code == "ticket_expired_code"


def test_an_actors_ticket_is_known_as_one(page, local, clock):
    actor = {"sub": "user_ada"}
    given = {"session_seconds": 300}
    _, ticket = create_actor_token(local.state, "user_grace", actor, **given)
    enter(page, ticket)
    [session] = page.get("/client").response["sessions"]
    assert session["actor"] == actor
    claims = parse_token(session["last_active_token"]["jwt"]).claims
    assert (claims["sub"], claims["act"]) == ("user_grace", actor)
    clock.now += 300
    assert page.get("/me").status == 401


def test_an_invitation_lets_somebody_known_in_and_join(page, local):
    rowers = local.state.need("organization", "org_rowers")
    url = "http://localhost/sign-in"
    made = invite(local.state, rowers, "emmy@example.com", "org:member", url=url)
    ticket = made["url"].partition("__clerk_ticket=")[2].partition("&")[0]
    assert made["url"].endswith("__clerk_status=sign_in")
    enter(page, ticket)
    me = page.get("/me").response
    assert me["id"] == "user_emmy"
    [membership] = me["organization_memberships"]
    assert membership["organization"]["id"] == "org_rowers"
    page.ask("DELETE", "/client/sessions")
    assert enter(page, ticket).code == "ticket_invalid_code"

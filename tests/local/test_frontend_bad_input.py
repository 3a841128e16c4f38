"""Whatever a browser sends, the Frontend API answers in Clerk's shape and goes on."""

import json

import pytest
from frontend_api import Page
from hypothesis import given, settings
from hypothesis import strategies as st
from local_clerk import Clock, local_clerk

from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.frontend_api import PARTS

STRANGE = [
    "",
    "\x00",
    "💥",
    "null",
    "[]",
    "{}",
    "-1",
    "a" * 3000,
    "../..",
    "' OR 1=1;--",
]
NAMES = (
    *("identifier", "password", "strategy", "code", "ticket", "email_address"),
    *("email_address_id", "first_name", "unsafe_metadata", "name", "slug", "role"),
    *("user_id", "active_organization_id", "organization_id", "level"),
    *("primary_email_address_id", "current_password", "new_password", "locale"),
)


def calls():
    """(method, path) of everything that the library may ask."""
    local = local_clerk(Clock())
    for part in PARTS:
        if issubclass(part, FrontendPart):
            for rule in part(local.issuer).rules():
                [method] = rule.methods - {"HEAD"}
                path = rule.rule.removeprefix("/v1")
                yield method, path.replace("<", "{").replace(">", "}")


CALLS = sorted(set(calls()))


@pytest.fixture
def local():
    return local_clerk(Clock(), deliver=lambda text: None)


@pytest.fixture
def page(local):
    page = Page(local, Clock())
    page.session_id = page.sign_in("ada", "engine-1843")["id"]
    return page


def filled(path, page, value="nothing"):
    known = {"session_id": page.session_id, "organization_id": "org_lighthouse"}
    names = {each.partition("}")[0] for each in path.split("{")[1:]}
    return path.format(**{**dict.fromkeys(names, value), **known})


def is_an_answer(said):
    if said.status >= 400:
        [error] = said.body["errors"]
        assert set(error) == {"code", "message", "long_message", "meta"}
        assert said.body["clerk_trace_id"]
    return said.status < 500


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_strange_values_are_refused_or_taken_as_text(page, method, path):
    for value in STRANGE:
        said = page.ask(method, filled(path, page), **dict.fromkeys(NAMES, value))
        assert is_an_answer(said), (value, said)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_strange_ids_are_not_found(local, page, method, path):
    names = {each.partition("}")[0] for each in path.split("{")[1:]}
    for value in ("%00", "💥", "%2e%2e", "a" * 500, "'--") if names else ():
        said = page.ask(method, path.format(**dict.fromkeys(names, value)))
        assert is_an_answer(said)
        assert said.status in (400, 401, 404, 422)


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "x"]
)
def test_bodies_of_other_kinds_are_empty_forms(page, kind):
    """The library sends forms; anything else says nothing."""
    browser = page.browser
    headers = {"Content-Type": kind}
    body = json.dumps({"identifier": "ada@example.com"})
    url = f"/v1/client/sign_ups?__clerk_db_jwt={page.token}"
    status, _, text = browser.send("POST", f"{browser.origin}{url}", headers, body)
    assert (status, json.loads(text)["errors"][0]["code"]) == (400, "session_exists")


def test_a_body_that_is_too_large_is_refused(page):
    said = page.ask("PATCH", "/me", first_name="x" * 100_000)
    assert (said.status, said.code) == (413, "request_body_too_large")


def test_what_there_is_not_is_not_found(page):
    said = page.post("/client/nothing")
    assert (said.status, said.code) == (404, "resource_not_found")
    assert page.ask("PATCH", "/client/sessions").status == 405
    assert page.post("/me", _method="💥").status == 405


FIELDS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40), max_size=5)


@given(call=st.sampled_from(CALLS), fields=FIELDS)
@settings(max_examples=60, deadline=None)
def test_no_form_breaks_anything(call, fields):
    page = Page(local_clerk(Clock(), deliver=lambda text: None), Clock())
    page.session_id = page.sign_in("emmy", "symmetry-1918")["id"]
    method, path = call
    assert is_an_answer(page.ask(method, filled(path, page), **fields))

"""Users of a local Clerk, by its Backend API."""

from urllib.parse import urlsplit

import pytest
from local_api import ids
from local_clerk import NOW, ORIGIN
from werkzeug.security import generate_password_hash
from werkzeug.test import Client

from clerk_wsgi.local.sessions import create_session

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
DAY = 24 * 60 * 60


def test_a_user_is_made_with_everything_that_was_given(api):
    made = api.post(
        "/v1/users",
        {
            "first_name": "Mary",
            "last_name": "Somerville",
            "username": "mary",
            "external_id": "crm-7",
            "email_address": ["mary@example.com", "m@example.com"],
            "phone_number": ["+15555550100"],
            "password": "mechanism-1831",
            "public_metadata": {"a": {"b": 1}},
            "private_metadata": {"_secret": {"_x": 1, "object": "y"}},
            "unsafe_metadata": {"c": []},
            "created_at": "2020-01-02T03:04:05.006Z",
            "delete_self_enabled": False,
            "locale": None,
        },
    )
    assert made == api.get(f"/v1/users/{made['id']}")
    assert (made["username"], made["external_id"]) == ("mary", "crm-7")
    assert made["created_at"] == 1_577_934_245_006
    assert made["private_metadata"] == {"_secret": {"_x": 1, "object": "y"}}
    assert not made["delete_self_enabled"]
    assert made["password_enabled"]
    first, second = made["email_addresses"]
    assert made["primary_email_address_id"] == first["id"]
    assert second["verification"]["status"] == "verified"
    assert made["phone_numbers"][0]["phone_number"] == "+15555550100"
    assert not any(name.startswith("_") for name in made)
    assert api.post(
        f"/v1/users/{made['id']}/verify_password", {"password": "mechanism-1831"}
    ) == {"verified": True}


TAKEN = [
    {"email_address": ["ADA@example.com"]},
    {"email_address": ["new@example.com", "new@example.com"]},
    {"username": "Taken"},
    {"email_address": ["new@example.com"], "external_id": "crm-1"},
]


@pytest.mark.parametrize("body", TAKEN, ids=str)
def test_nobody_gets_what_is_somebody_elses(api, body):
    api.post("/v1/users", {"username": "taken", "external_id": "crm-1"})
    before = api.get("/v1/users/count")
    assert api.refusal("POST", "/v1/users", body) == (422, "form_identifier_exists")
    assert api.get("/v1/users/count") == before
    assert api.get("/v1/users?email_address=new@example.com") == []


REFUSED = [
    ({}, "form_data_missing"),
    ({"username": "x y"}, "form_username_invalid_character"),
    ({"email_address": ["nonsense"]}, "form_param_format_invalid"),
    ({"phone_number": ["0123"]}, "form_param_format_invalid"),
    ({"email_address": "a@example.com"}, "form_param_type_invalid"),
    ({"username": "a", "password": "short"}, "form_password_length_too_short"),
    ({"username": "a", "public_metadata": []}, "form_param_value_invalid"),
    (
        {"username": "a", "public_metadata": {"x": "y" * 9000}},
        "form_param_exceeds_allowed_size",
    ),
    ({"username": "a", "created_at": "yesterday"}, "form_param_invalid_time"),
    ({"username": "a", "password_digest": "x"}, "form_conditional_param_missing"),
    (
        {"username": "a", "password_digest": "x", "password_hasher": "bcrypt"},
        "form_param_value_invalid",
    ),
    ({"username": "x" * 1025}, "form_param_max_length_exceeded"),
    *(
        (
            {"username": "a", "password_digest": digest, "password_hasher": hasher},
            "form_password_digest_invalid_code",
        )
        for hasher, digest in (
            ("scrypt_werkzeug", "x"),
            ("scrypt_werkzeug", f"scrypt:3:8:1$salt${'0' * 128}"),
            ("pbkdf2_sha256_django", "pbkdf2_sha256$0$salt$x"),
        )
    ),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=lambda each: str(each)[:60])
def test_a_user_is_refused_in_clerks_words(api, body, code):
    assert api.refusal("POST", "/v1/users", body) == (422, code)


DIGESTS = [
    ("scrypt_werkzeug", generate_password_hash("engine-1843", "scrypt:1024:8:1")),
    (
        "pbkdf2_sha256_django",
        "pbkdf2_sha256$1000$salt$oiVH3NtwHfu+31eBCZjR6ivJwaWqa/SuR/9dAYzTsNE=",
    ),
]


@pytest.mark.parametrize(("hasher", "digest"), DIGESTS, ids=lambda each: each[:15])
def test_a_password_comes_as_a_digest(api, hasher, digest):
    body = {"username": "new", "password_digest": digest, "password_hasher": hasher}
    path = f"/v1/users/{api.post('/v1/users', body)['id']}/verify_password"
    refused = api.refusal("POST", path, {"password": "wrong-1843"})
    assert refused == (422, "incorrect_password")
    assert api.post(path, {"password": "engine-1843"}) == {"verified": True}


def test_a_password_need_not_be_good_if_so_wanted(api):
    body = {"username": "new", "password": "x", "skip_password_checks": True}
    path = f"/v1/users/{api.post('/v1/users', body)['id']}"
    assert api.post(f"{path}/verify_password", {"password": "x"})["verified"]
    assert not api.post(f"{path}/remove_password")["password_enabled"]
    refused = api.refusal("POST", f"{path}/verify_password", {"password": "x"})
    assert refused == (400, "no_password_set")


def test_a_user_without_any_name_is_made_if_so_wanted(api):
    body = {"skip_user_requirement": True, "banned": True, "locked": True}
    made = api.post("/v1/users", body)
    assert (made["banned"], made["locked"]) == (True, True)


FILTERS = [
    ("query=LOVE", ["user_ada"]),
    ("query=grace@", ["user_grace"]),
    ("query=user_alan", ["user_alan"]),
    ("name_query=ada love", ["user_ada"]),
    ("email_address=ADA@example.com&email_address=nobody@example.com", ["user_ada"]),
    ("email_address[]=ada@example.com", ["user_ada"]),
    ("email_address_query=emmy", ["user_emmy"]),
    ("phone_number_query=555", []),
    ("user_id=user_ada&user_id=%2Buser_alan", ["user_alan", "user_ada"]),
    ("user_id=-user_ada&user_id=-user_alan", ["user_emmy", "user_grace"]),
    ("organization_id=org_lighthouse", ["user_grace", "user_ada"]),
    (
        "organization_id=%2Borg_rowers&organization_id=-org_lighthouse",
        ["user_alan"],
    ),
    ("banned=true", []),
    ("banned=false&limit=1", ["user_emmy"]),
    ("provider=oauth_google", []),
    ("username=x", []),
    ("external_id=x", []),
    ("last_sign_in_at_after=1", []),
    (f"created_at_before={NOW * 1000}", []),
    (f"created_at_after={NOW * 1000}&limit=1&offset=1", ["user_alan"]),
    ("order_by=%2Bfirst_name", ["user_ada", "user_alan", "user_emmy", "user_grace"]),
    ("order_by=+first_name&limit=1", ["user_ada"]),
    ("order_by=last_name&limit=2", ["user_grace", "user_ada"]),
    ("order_by=-email_address&limit=1", ["user_grace"]),
    ("order_by=-last_sign_in_at&limit=1", ["user_ada"]),
    ("limit=2&offset=3", ["user_ada"]),
    ("limit=2.0&offset=9", []),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[e[0] for e in FILTERS])
def test_users_are_found(api, query, expected):
    assert ids(api.get(f"/v1/users?{query}")) == expected


def test_users_are_counted_whatever_the_page(api):
    counted = {"object": "total_count", "total_count": 4}
    assert api.get("/v1/users/count?limit=1&offset=3") == counted
    assert api.get("/v1/users/count?query=ada")["total_count"] == 1


WRONG = ["limit=0", "limit=501", "limit=x", "offset=-1", "order_by=password"]


@pytest.mark.parametrize("query", WRONG)
def test_a_page_that_cannot_be_is_refused(api, query):
    refused = api.refusal("GET", f"/v1/users?{query}")
    assert refused == (400, "invalid_query_parameter_value")


def test_a_user_gets_new_names(api):
    path = "/v1/users/user_ada"
    told = api.patch(path, {"first_name": None, "username": "ada", "last_name": "King"})
    assert (told["first_name"], told["username"]) == (None, "ada")
    assert api.patch(path, {"username": "countess"})["username"] == "countess"
    assert ids(api.get("/v1/users?username=countess")) == ["user_ada"]
    body = {"username": "ada", "skip_user_requirement": True}
    assert api.post("/v1/users", body)["username"] == "ada"
    assert api.refusal("PATCH", path, {"username": "ADA"})[1] == (
        "form_identifier_exists"
    )
    assert api.patch(path, {"username": None})["username"] is None
    assert api.patch(path)["last_name"] == "King"


def test_a_user_gets_another_primary_address(api):
    body = {"user_id": "user_ada", "email_address": "b@example.com", "verified": True}
    entry = api.post("/v1/email_addresses", body)["id"]
    changed = {"primary_email_address_id": entry, "created_at": 1_000}
    told = api.patch("/v1/users/user_ada", changed)
    assert told["primary_email_address_id"] == entry
    assert told["created_at"] == 1_000
    waiting = api.post("/v1/email_addresses", {**body, "email_address": "c@x.example"})
    assert waiting["verification"]["status"] == "verified"
    unverified = {"verified": False}
    api.patch(f"/v1/email_addresses/{waiting['id']}", unverified)
    body = {"primary_email_address_id": waiting["id"]}
    refused = api.refusal("PATCH", "/v1/users/user_ada", body)
    assert refused == (422, "form_param_value_invalid")
    api.delete(f"/v1/email_addresses/{waiting['id']}")
    assert api.get("/v1/users/user_ada")["primary_email_address_id"] == entry


def test_what_must_be_something_is_not_emptied(api):
    before = api.get("/v1/users/user_ada")
    emptied = dict.fromkeys(("delete_self_enabled", "created_at"))
    after = api.patch("/v1/users/user_ada", emptied)
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}


def test_a_new_password_can_sign_everybody_else_out(api):
    session = create_session(api.local.state, "user_ada")
    body = {"password": "engine-1844", "sign_out_of_other_sessions": True}
    assert api.patch("/v1/users/user_ada", body)["password_last_updated_at"]
    assert api.get(f"/v1/sessions/{session['id']}")["status"] == "revoked"
    path = "/v1/users/user_ada/verify_password"
    assert api.post(path, {"password": "engine-1844"})["verified"]
    refused = api.refusal("POST", path, {"password": "engine-1843"})
    assert refused == (422, "incorrect_password")


MERGED = [
    ({"role": "moderator"}, {"role": "moderator", "x": {"a": 1, "b": 2}}),
    ({"role": None}, {"x": {"a": 1, "b": 2}}),
    ({"x": {"a": None, "c": 3}}, {"role": "admin", "x": {"b": 2, "c": 3}}),
    ({"x": None}, {"role": "admin"}),
    ({"x": []}, {"role": "admin", "x": []}),
    ({}, {"role": "admin", "x": {"a": 1, "b": 2}}),
]


@pytest.mark.parametrize(("given", "expected"), MERGED, ids=str)
def test_metadata_is_merged(api, given, expected):
    path = "/v1/users/user_ada/metadata"
    stored = {"role": "admin", "x": {"a": 1, "b": 2}}
    api.put(path, {"public_metadata": stored, "private_metadata": {"p": 1}})
    told = api.patch(path, {"public_metadata": given, "unsafe_metadata": None})
    assert told["public_metadata"] == expected
    assert told["private_metadata"] == {"p": 1}


def test_metadata_is_replaced(api):
    path = "/v1/users/user_ada/metadata"
    api.patch(path, {"private_metadata": {"p": 1}})
    told = api.put(path, {"public_metadata": {"new": True}})
    assert told["public_metadata"] == {"new": True}
    assert told["private_metadata"] == {"p": 1}


def test_metadata_that_grows_too_large_is_refused_as_a_whole(api):
    path = "/v1/users/user_ada/metadata"
    api.patch(path, {"public_metadata": {"a": "x" * 5000}})
    grown = {"public_metadata": {"b": "x" * 5000}}
    refused = api.refusal("PATCH", path, grown)
    assert refused == (422, "form_param_exceeds_allowed_size")
    assert "b" not in api.get("/v1/users/user_ada")["public_metadata"]


def test_metadata_has_a_call_of_its_own_since_a_version(api):
    path, body = "/v1/users/user_ada", {"public_metadata": {"a": 1}}
    assert api.refusal("PATCH", path, body) == (422, "form_param_unknown")
    old = api.patch(path, body, Clerk_API_Version="2025-11-10")
    assert old["public_metadata"] == {"a": 1}
    assert api.refusal("PATCH", path, body, Clerk_API_Version="2026-05-12")[0] == 422


def test_who_is_banned_is_signed_out(api):
    session = create_session(api.local.state, "user_ada")
    assert api.post("/v1/users/user_ada/ban")["banned"]
    assert api.get(f"/v1/sessions/{session['id']}")["status"] == "revoked"
    assert ids(api.get("/v1/users?banned=true")) == ["user_ada"]
    assert not api.post("/v1/users/user_ada/unban")["banned"]


def test_several_are_banned_together_or_nobody(api):
    both = {"user_ids": ["user_ada", "user_alan"]}
    assert [each["banned"] for each in api.post("/v1/users/ban", both)] == [True] * 2
    assert not any(each["banned"] for each in api.post("/v1/users/unban", both))
    unknown = {"user_ids": ["user_ada", "user_nobody"]}
    assert api.refusal("POST", "/v1/users/ban", unknown)[0] == 404
    assert api.get("/v1/users?banned=true") == []
    many = {"user_ids": ["user_ada"] * 101}
    refused = api.refusal("POST", "/v1/users/ban", many)
    assert refused == (422, "form_param_array_size_exceeded")


def test_an_account_is_locked_and_unlocked(api):
    assert api.post("/v1/users/user_ada/lock")["locked"]
    unlocked = api.post("/v1/users/user_ada/unlock")
    assert (unlocked["locked"], unlocked["verification_attempts_remaining"]) == (
        False,
        100,
    )


def test_who_is_deleted_leaves_nothing(api):
    session = create_session(api.local.state, "user_grace")
    gone = {"id": "user_grace", "object": "user", "deleted": True}
    assert api.delete("/v1/users/user_grace") == gone
    assert api.refusal("GET", "/v1/users/user_grace") == (404, "resource_not_found")
    assert api.get(f"/v1/sessions/{session['id']}")["status"] == "revoked"
    assert api.get("/v1/organizations/lighthouse")["members_count"] == 1
    body = {"email_address": ["grace@example.com"]}
    assert api.post("/v1/users", body)["id"] != "user_grace"


def test_a_user_has_no_second_factor_and_no_tokens_of_others(api):
    path = "/v1/users/user_ada"
    refused = api.refusal("POST", f"{path}/verify_totp", {"code": "123456"})
    assert refused == (400, "totp_disabled")
    for each in ("mfa", "totp", "backup_code"):
        assert api.delete(f"{path}/{each}") == {"user_id": "user_ada"}
    tokens = f"{path}/oauth_access_tokens/oauth_google"
    assert api.get(tokens) == []
    assert api.get(f"{tokens}?paginated=true") == {"data": [], "total_count": 0}


def test_a_users_memberships_are_pages(api):
    page = api.get("/v1/users/user_ada/organization_memberships?limit=1")
    assert page["total_count"] == 2
    [membership] = page["data"]
    assert membership["organization"]["slug"] == "rowers"
    assert membership["public_user_data"]["identifier"] == "ada@example.com"


IDENTIFIERS = [
    ("email_address", "email_addresses", "new@example.com", "email_code"),
    ("phone_number", "phone_numbers", "+15555550101", "phone_code"),
]


@pytest.mark.parametrize(("kind", "path", "value", "code"), IDENTIFIERS)
def test_addresses_and_numbers_come_and_go(api, kind, path, value, code):
    body = {"user_id": "user_ada", kind: value}
    made = api.post(f"/v1/{path}", body)
    assert made["object"] == kind
    assert made["verification"]["strategy"] == code
    one = f"/v1/{path}/{made['id']}"
    assert api.get(one) == made
    refused = api.refusal("PATCH", one, {"primary": True})
    assert refused == (422, "form_param_value_invalid")
    told = api.patch(one, {"primary": True, "verified": True})
    assert told["verification"]["status"] == "verified"
    user = api.get("/v1/users/user_ada")
    assert user[f"primary_{kind}_id"] == made["id"]
    assert api.refusal("POST", f"/v1/{path}", body)[1] == "form_identifier_exists"
    gone = {"id": made["id"], "object": kind, "deleted": True}
    assert api.delete(one) == gone
    assert api.refusal("DELETE", one) == (404, "resource_not_found")
    assert api.get("/v1/users/user_ada")[f"primary_{kind}_id"] != made["id"]
    assert api.post(f"/v1/{path}", body)["id"] != made["id"]


def test_an_address_becomes_the_only_one(api):
    path = "/v1/users/user_ada/email_address"
    made = api.put(path, {"email_address": "ada@example.org"})
    user = api.get("/v1/users/user_ada")
    assert ids(user["email_addresses"]) == [made["id"]]
    assert user["primary_email_address_id"] == made["id"]
    waiting = {"email_address": "a@example.org", "identification_status": "unverified"}
    assert api.put(path, waiting)["verification"]["status"] == "unverified"
    number = {"phone_number": "+15555550102"}
    assert api.put("/v1/users/user_ada/phone_number", number)["phone_number"]


def test_a_number_is_kept_for_the_second_factor(api):
    body = {"user_id": "user_ada", "phone_number": "+15555550103"}
    made = api.post("/v1/phone_numbers", {**body, "reserved_for_second_factor": True})
    assert made["reserved_for_second_factor"]


def test_only_an_entry_of_the_users_own_is_primary(api):
    other = api.get("/v1/users/user_grace")["primary_email_address_id"]
    body = {"primary_email_address_id": other}
    refused = api.refusal("PATCH", "/v1/users/user_ada", body)
    assert refused == (422, "form_resource_not_found")


def form(raw, name="file"):
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n'
    return head.encode() + b"\r\n" + raw + b"\r\n--x--\r\n"


def picture(api, url):
    """Its type and its bytes, as any browser gets them."""
    response = Client(api.local).get(urlsplit(url).path, base_url=ORIGIN)
    return response.mimetype, response.data


def test_a_user_gets_a_picture(api):
    path = "/v1/users/user_ada/profile_image"
    kind = "multipart/form-data; boundary=x"
    user = api.post(path, form(PNG), Content_Type=kind)
    assert user["has_image"]
    assert picture(api, user["image_url"]) == ("image/png", PNG)
    newer = api.post(path, form(PNG), Content_Type=kind)
    assert newer["image_url"] != user["image_url"]
    assert api.send("GET", user["image_url"], {}, None)[0] == 404
    gone = api.delete(path)
    assert (gone["has_image"], gone["image_url"]) == (False, "")


def test_an_organization_gets_a_logo(api):
    path = "/v1/organizations/lighthouse/logo"
    kind = "multipart/form-data; boundary=x"
    assert api.put(path, form(PNG), Content_Type=kind)["logo_url"]
    assert api.delete(path)["logo_url"] is None


def test_a_picture_is_one(api):
    path = "/v1/users/user_ada/profile_image"
    kind = "multipart/form-data; boundary=x"
    refused = api.refusal("POST", path, form(b"<svg/>"), Content_Type=kind)
    assert refused == (422, "form_param_value_invalid")
    refused = api.refusal("POST", path, form(PNG, "other"), Content_Type=kind)
    assert refused == (400, "form_param_missing")


def test_a_large_picture_is_kept_and_a_huge_one_is_not(api):
    path = "/v1/users/user_ada/profile_image"
    kind = "multipart/form-data; boundary=x"
    large = PNG + b"x" * 200_000
    url = api.post(path, form(large), Content_Type=kind)["image_url"]
    assert picture(api, url) == ("image/png", large)
    huge = form(PNG + b"x" * 6_000_000)
    assert api.refusal("POST", path, huge, Content_Type=kind)[0] == 413


def test_everything_that_happens_is_told(api):
    told = []
    api.local.state.after.append(lambda changes: told.extend(c.type for c in changes))
    made = api.post("/v1/users", {"username": "new"})
    api.patch(f"/v1/users/{made['id']}", {"first_name": "N"})
    api.refusal("PATCH", f"/v1/users/{made['id']}", {"username": "x y"})
    api.delete(f"/v1/users/{made['id']}")
    assert told == ["user.created", "user.updated", "user.deleted"]

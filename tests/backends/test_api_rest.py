import json
import traceback

import pytest

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.client import ClerkClient
from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.backends.rest import query_string
from clerk_wsgi.core.errors import ClerkAPIError, ConfigurationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Renewal

SECRET = "sk_test_canary"
JSON = {"Content-Type": "application/json"}


class Clerk:
    """Gives the answers in turn, the last one for ever, on a clock of its own."""

    def __init__(self, *answers, takes=0.0):
        self.answers = [*answers]
        self.takes = takes
        self.now = 0.0
        self.pauses = []
        self.requests = []

    def __call__(self, method, url, headers, body=None):
        self.requests.append((method, url, headers, body))
        self.now += self.takes
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self):
        return self.now


def answer(document=None, status=200, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, JSON | named, json.dumps(document).encode())


def client(clerk, **settings):
    given = {"secret_key": SECRET, "clock": clerk.clock, "sleep": clerk.sleep}
    return ClerkClient(**{**given, **settings}, transport=clerk)


def refusal(call, *given, **more):
    with pytest.raises(ClerkAPIError) as caught:
        call(*given, **more)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.errors)
    assert SECRET not in told
    return caught.value


QUERIES = {
    "nothing": ({}, ""),
    "falsy values": ({"a": None, "b": "", "c": 0, "d": False, "e": []}, ""),
    "truth": ({"a": True}, "?a=true"),
    "a number": ({"a": 1.5}, "?a=1.5"),
    "a list": ({"a": ["x", "y"], "b": ("z",)}, "?a=x&a=y&b=z"),
    "a list with a hole": ({"a": ["x", None]}, "?a=x"),
    "what must be encoded": ({"a": "b&c=d e+f/é"}, "?a=b%26c%3Dd+e%2Bf%2F%C3%A9"),
    "half a character": ({"a": "\ud800"}, "?a=%3F"),
}


@pytest.mark.parametrize(("query", "text"), QUERIES.values(), ids=QUERIES)
def test_a_query_is_written_as_clerk_writes_it(query, text):
    assert query_string(query) == text


def test_a_get_has_no_body():
    clerk = Clerk(answer([]))
    client(clerk).request("get", "/domains", body={"a": 1})
    assert clerk.requests[0][0] == "GET"
    assert clerk.requests[0][3] is None


@pytest.mark.parametrize("body", [None, {}, []])
def test_an_empty_body_is_none(body):
    clerk = Clerk(answer({}))
    client(clerk).request("POST", "/domains", body=body)
    assert clerk.requests[0][3] is None


def test_null_is_sent_and_metadata_keeps_its_case():
    clerk = Clerk(answer({}))
    client(clerk).users.update_metadata("u", public_metadata={"someKey": None})
    assert json.loads(clerk.requests[0][3]) == {"public_metadata": {"someKey": None}}


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_what_is_no_json_is_not_sent(odd):
    clerk = Clerk(answer({}))
    with pytest.raises(ValueError, match="JSON"):
        client(clerk).users.update("u", created_at=odd)
    assert clerk.requests == []


PATHS = {
    "text": ("/users/user_1/ban", True, "/v1/users/user_1/ban"),
    "text without slashes around": ("users", True, "/v1/users"),
    "text with too many": ("//users///user_1/", True, "/v1/users/user_1"),
    "a question mark": ("/users?limit=1", True, "/v1/users%3Flimit%3D1"),
    "segments": (["users", "a/b"], True, "/v1/users/a%2Fb"),
    "the root": ("/api_keys", False, "/api_keys"),
    "nothing": ("", True, "/v1"),
}


@pytest.mark.parametrize(("path", "versioned", "sent"), PATHS.values(), ids=PATHS)
def test_any_path_can_be_asked_for(path, versioned, sent):
    clerk = Clerk(answer({"some": "thing"}))
    found = client(clerk).request("GET", path, versioned=versioned)
    assert found == {"some": "thing"}
    assert clerk.requests[0][1] == f"https://api.clerk.com{sent}"


def test_a_request_gives_resources():
    clerk = Clerk(answer({"object": "user", "id": "user_1"}))
    assert client(clerk).request("GET", "/users/user_1").id == "user_1"


@pytest.mark.parametrize("path", ["/users/../jwks", ["users", ""], ["users", None]])
def test_a_path_that_is_none_is_not_asked_for(path):
    clerk = Clerk(answer({}))
    with pytest.raises(ValueError, match=r"path segments|resource ID"):
        client(clerk).request("GET", path)
    assert clerk.requests == []


def test_an_image_is_sent_as_a_form():
    clerk = Clerk(answer({"object": "user", "id": "user_1"}))
    client(clerk).users.set_profile_image(
        "user_1", b"\x89PNG", filename='a"\r\n.png', content_type="image/png"
    )
    method, url, headers, body = clerk.requests[0]
    assert (method, url[-27:]) == ("POST", "/users/user_1/profile_image")
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
    boundary = headers["Content-Type"].partition("=")[2].encode()
    head, _, content = body.partition(b"\r\n\r\n")
    assert b'name="file"; filename="a%22%0D%0A.png"' in head
    assert b"Content-Type: image/png" in head
    assert content == b"\x89PNG\r\n--" + boundary + b"--\r\n"


URLS = ["http://api.clerk.com", "https://user@api.clerk.com", "https://a.b/?c", "x"]


@pytest.mark.parametrize("url", URLS)
def test_a_key_is_sent_to_no_address_that_is_unsafe(url):
    with pytest.raises(ConfigurationError, match="CLERK_API_URL"):
        ClerkClient(secret_key=SECRET, api_url=url)


@pytest.mark.parametrize("version", ["", "..", ".", "v1/..", "v 1", "v1?"])
def test_a_version_is_one_segment(version):
    with pytest.raises(ConfigurationError, match="CLERK_API_VERSION"):
        ClerkClient(secret_key=SECRET, api_version=version)


@pytest.mark.parametrize("key", [f"{SECRET}\r\nX: y", f"{SECRET} ", f"{SECRET}é"])
def test_a_key_that_no_header_can_hold_is_named_without_being_shown(key):
    clerk = Clerk(answer({}))
    for call in (
        lambda: client(clerk, secret_key=key).users.get("u"),
        lambda: client(clerk).m2m.create(machine_secret_key=key),
    ):
        with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY") as caught:
            call()
        assert SECRET not in str(caught.value)
    assert clerk.requests == []


def test_a_missing_key_is_named_before_anything_is_sent():
    clerk = Clerk(answer({}))
    for call in ("users", "jwks"):
        with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
            client(clerk, secret_key="").request("GET", call)
    assert clerk.requests == []


def test_a_machine_needs_no_secret_key():
    clerk = Clerk(answer({"object": "machine_to_machine_token", "id": "mt_1"}))
    assert client(clerk, secret_key="").m2m.verify("mt_x").id == "mt_1"
    assert "Authorization" not in clerk.requests[0][2]


def test_nothing_shows_a_key():
    shown = client(Clerk(answer({})), machine_secret_key="ak_canary")
    for each in (shown, shown.rest, shown.users, BackendApi(secret_key=SECRET)):
        assert "canary" not in repr(each)


ANSWERS = {
    "empty": (Answer(204, {}, b""), None),
    "null": (answer(None), None),
    "a number": (answer(5), 5),
    "parameters": (
        Answer(200, {"content-type": "Application/JSON ; charset=utf-8"}, b"[1]"),
        [1],
    ),
    "no type": (Answer(200, {}, b'{"a": 1}'), {"a": 1}),
    "no type and no JSON": (Answer(200, {}, b"hello"), "hello"),
    "text": (Answer(200, {"Content-Type": "text/plain"}, b'{"a": \xff}'), '{"a": �}'),
}


@pytest.mark.parametrize(("given", "found"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_what_its_type_says(given, found):
    assert client(Clerk(given)).request("GET", "/x") == found


UNREADABLE = {
    "cut off": b'{"a": ',
    "empty": b"",
    "deep": b"[" * 200_000,
    "not UTF-8": b'{"a": "\xff"}',
    "a huge number": b"1" * 10_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_broken_json_is_unexpected(body):
    error = refusal(client(Clerk(Answer(200, JSON, body))).request, "GET", "/x")
    assert (error.status, error.errors[0].code) == (None, "unexpected_error")
    error = refusal(client(Clerk(Answer(404, JSON, body))).request, "GET", "/x")
    assert (error.status, error.errors[0].code) == (404, "unexpected_error")


def test_text_is_no_resource():
    page = Answer(200, {"Content-Type": "text/html"}, b"<html>Log in to the Wi-Fi")
    clerk = client(Clerk(page))
    for call in (clerk.users.get, clerk.users.delete, clerk.sessions.get_token):
        assert refusal(call, "x").errors[0].code == "unexpected_error"


@pytest.mark.parametrize("found", [{}, {"data": {}}, 5, None])
def test_what_is_no_list_is_no_page(found):
    error = refusal(client(Clerk(answer(found))).sessions.list)
    assert error.errors[0].code == "unexpected_error"


ODD_ERRORS = [
    *(None, 5, "x", [], {}, {"errors": 5}, {"errors": [5, None]}),
    {"errors": {"code": "x"}},
]


@pytest.mark.parametrize("document", ODD_ERRORS)
def test_an_error_without_a_list_has_none(document):
    error = refusal(client(Clerk(answer(document, 400))).request, "GET", "/x")
    assert (error.status, error.errors) == (400, ())


def test_odd_entries_of_an_error_do_no_harm():
    entries = [{"code": None, "message": 5, "meta": "x"}, {"meta": {"plan": 1, "x": 2}}]
    clerk = Clerk(answer({"errors": entries, "clerk_trace_id": None}, 400))
    first, second = refusal(client(clerk).request, "GET", "/x").errors
    assert (first.code, first.message, first.long_message) == ("", "5", "")
    assert (first.meta, second.meta) == ({}, {"plan": 1})


def test_an_error_tells_status_codes_and_trace_and_nothing_that_was_written_freely():
    entries = [{"code": "form_param_invalid", "message": SECRET}, {"code": "a\nb"}]
    clerk = Clerk(answer({"errors": entries, "clerk_trace_id": "t1"}, 422))
    with pytest.raises(ClerkAPIError) as caught:
        client(clerk).users.get("u")
    assert str(caught.value) == (
        "Clerk answered 422: form_param_invalid (Clerk Trace ID: t1)."
    )
    assert caught.value.errors[0].message == SECRET


def come_back(seconds=None, status=429):
    headers = {} if seconds is None else {"Retry_After": str(seconds)}
    return answer({"errors": [{"code": "too_many_requests"}]}, status, **headers)


GOOD = answer({"object": "user", "id": "user_1"})


def test_nothing_is_repeated_unasked():
    clerk = Clerk(come_back(0), GOOD)
    assert refusal(client(clerk).users.get, "user_1").retry_after == 0
    assert len(clerk.requests) == 1


def test_a_retry_waits_as_long_as_clerk_says():
    clerk = Clerk(come_back(2), come_back(-5, 503), GOOD)
    found = client(clerk, retries=2, timeout=10).users.get("user_1")
    assert (found.id, clerk.pauses) == ("user_1", [2, 0])


def test_without_a_word_of_clerk_pauses_grow():
    clerk = Clerk(come_back(status=503), come_back(), come_back("soon"), GOOD)
    client(clerk, retries=3, timeout=10).users.get("user_1")
    assert clerk.pauses == [0.1, 0.2, 0.4]


def test_retries_are_used_up():
    clerk = Clerk(come_back(0))
    refusal(client(clerk, retries=2).users.get, "user_1")
    assert len(clerk.requests) == 3


@pytest.mark.parametrize("seconds", [7, 3600, 999_999_999_999_999])
def test_a_retry_that_would_miss_the_deadline_is_none(seconds):
    clerk = Clerk(come_back(seconds), GOOD)
    error = refusal(client(clerk, retries=1, timeout=10).users.get, "user_1")
    assert error.status == 429
    assert error.retry_after >= 7
    assert clerk.pauses == []


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
@pytest.mark.parametrize("seconds", [None, 0, 1, 2])
def test_all_attempts_together_keep_the_deadline(retries, seconds):
    total = 6
    clerk = Clerk(come_back(seconds), takes=total / (retries + 1))
    refusal(client(clerk, retries=retries, timeout=total).users.get, "user_1")
    assert clerk.now <= total + 1e-9


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500, 502, 504])
def test_other_failures_are_not_repeated(status):
    clerk = Clerk(come_back(0, status), GOOD)
    refusal(client(clerk, retries=3).users.get, "user_1")
    assert len(clerk.requests) == 1


def test_no_answer_is_not_repeated():
    clerk = Clerk(NoAnswer("No answer: NewConnectionError."), GOOD)
    error = refusal(client(clerk, retries=3).users.get, "user_1")
    assert (error.status, error.errors[0].code) == (None, "unexpected_error")
    assert len(clerk.requests) == 1


@pytest.mark.parametrize(
    ("method", "times"),
    [("GET", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)],
)
def test_only_what_may_happen_twice_is_repeated(method, times):
    clerk = Clerk(come_back(0))
    refusal(client(clerk, retries=1).request, method, "/users/user_1")
    assert len(clerk.requests) == times


def test_options_make_a_client():
    given = {"secret_key": SECRET, "machine_secret_key": "ak_1", "api_version": "v2"}
    options = Options.read({**given, "api_url": "https://api.example.com/x/"}, {})
    found = ClerkClient.from_options(options)
    assert found.rest.machine_key() == "ak_1"
    assert BackendApi.from_options(options).client.rest.machine_key("ak_2") == "ak_2"


RENEWAL = Renewal(
    session_id="sess_1",
    expired_token="E",
    refresh_token="R",
    request_origin="https://app.example.com",
    request_headers={"accept": ["text/html"]},
    suffixed_cookies=True,
)


def api(clerk, **settings):
    return BackendApi(secret_key=SECRET, transport=clerk, **settings)


@pytest.mark.parametrize(
    "session_id", ["", "..", "../..", "a/%2e%2e/b", "\ud800", "x\\..\\y"]
)
def test_a_session_that_names_another_path_is_not_renewed(session_id):
    clerk = Clerk(answer({"object": "cookies", "cookies": []}))
    error = refusal(api(clerk).renew, RENEWAL._replace(session_id=session_id))
    assert error.errors[0].code == "unexpected_error"
    assert clerk.requests == []


@pytest.mark.parametrize(
    "found", [{"cookies": ["a=b", 5, None]}, {"object": "cookies", "cookies": ["a=b"]}]
)
def test_renewing_gives_texts(found):
    assert api(Clerk(answer(found))).renew(RENEWAL) == ["a=b"]


@pytest.mark.parametrize("nonce", ["n 1", "\ud800", "a&b=c"])
def test_a_nonce_gives_directives(nonce):
    clerk = Clerk(answer({"directives": ["a=b", 5]}))
    assert api(clerk).exchange_nonce(nonce) == ["a=b"]
    assert clerk.requests[0][1].count("&") == 0


@pytest.mark.parametrize("found", [[], 5, None, "x", [{}]])
def test_authentication_takes_objects_only(found):
    clerk = api(Clerk(answer(found)))
    for call, given in (
        (clerk.exchange_nonce, ["n"]),
        (clerk.verify_machine_token, ["api_key", "ak_1"]),
    ):
        assert refusal(call, *given).errors[0].code == "unexpected_error"


@pytest.mark.parametrize("found", [[], None, {"object": "mystery"}, {"cookies": 5}])
def test_a_renewal_without_cookies_sets_none(found):
    assert api(Clerk(answer(found))).renew(RENEWAL) == []


MACHINES = {
    "api_key": ("/api_keys/verify", SECRET, "secret"),
    "m2m_token": ("/m2m_tokens/verify", "ak_machine", "token"),
    "oauth_token": ("/oauth_applications/access_tokens/verify", SECRET, "access_token"),
}


@pytest.mark.parametrize("token_type", MACHINES)
def test_a_machine_token_is_verified_with_the_key_for_its_kind(token_type):
    path, key, name = MACHINES[token_type]
    clerk = Clerk(answer({"object": "api_key", "id": "x", "subject": "y"}))
    found = api(clerk, machine_secret_key="ak_machine")
    assert found.verify_machine_token(token_type, "opaque")["id"] == "x"
    method, url, headers, body = clerk.requests[0]
    assert (method, url) == ("POST", f"https://api.clerk.com{path}")
    assert headers["Authorization"] == f"Bearer {key}"
    assert json.loads(body) == {name: "opaque"}

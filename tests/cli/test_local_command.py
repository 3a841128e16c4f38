"""`clerk-wsgi local`: an instance alone, and an application beside it that uses it."""

import json
import re
import signal
import stat

import pytest
from browsing import over_http
from command_line import finish, started
from local_clerk import PUBLISHABLE_KEY, SECRET_KEY

APPLICATION = """
from clerk_wsgi import auth

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {auth().user_id}".encode()]
"""
SEEDS = """
[[users]]
id = "user_mary"
username = "mary_s"
email = "mary@example.com"
password = "notes-1843"

[[users]]
phone_numbers = ["+15555550100"]
password = "number-1843"

[[users]]
id = "user_without_password"

[[organizations]]
name = "Analysts"
members = { user_mary = "org:admin" }
"""
LIVE = {"CLERK_SECRET_KEY": "sk_live_forTestsOnly"}


def printed(process, last):
    """What is printed up to the line with `last` in it."""
    lines = []
    for line in iter(process.stdout.readline, ""):
        lines.append(line)
        if last in line:
            break
    return "".join(lines)


def exported(text):
    return dict(re.findall(r"^export (\w+)=(\S+)$", text, re.M))


def api(origin, key, method, path, given=None):
    body = None if given is None else json.dumps(given)
    headers = {"Authorization": f"Bearer {key}"}
    status, _, text = over_http(method, f"{origin}{path}", headers, body)
    return status, json.loads(text)


def test_what_an_application_needs_is_printed_to_be_exported(tmp_path):
    """The application runs by itself, and knows its Clerk by these lines alone."""
    (tmp_path / "shop_of_tests.py").write_text(APPLICATION)
    with started("local") as (process, line, _):
        variables = exported(printed(process, "this machine"))
        assert line.startswith("A local Clerk is at http://127.0.0.1:")
        shop = ["run", "shop_of_tests:app", "--protect", "/in(.*)"]
        with started(*shop, cwd=tmp_path, **variables) as (_, _, visitor):
            page = visitor.get("/in/here")
            assert page.url.startswith(variables["CLERK_SIGN_IN_URL"])
            page = visitor.post(
                page.url,
                email="grace@example.com",
                password="compiler-1952",
                redirect_url=page.query["redirect_url"][0],
            )
            assert page.text == "hello user_grace"
            assert page.path == "/in/here"


def test_ctrl_c_ends_it_and_the_file_has_everything(tmp_path):
    path = tmp_path / "clerk.db"
    with started("local", "--data", str(path)) as (process, _, browser):
        told = printed(process, "this machine")
        known = exported(told)
        user = {"email_address": ["mary@example.com"]}
        key = known["CLERK_SECRET_KEY"]
        status, made = api(browser.origin, key, "POST", "/v1/users", user)
        assert status == 200, made
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in log
        assert key not in log
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["clerk.db"]
    assert f"State is kept in {path}" in told
    with started("local", "--data", str(path)) as (process, _, browser):
        told = printed(process, "this machine")
        assert exported(told)["CLERK_SECRET_KEY"] == key
        assert "The data file has 5 users" in told
        assert api(browser.origin, key, "GET", f"/v1/users/{made['id']}")[0] == 200


def test_test_keys_of_the_environment_are_its_keys():
    keys = {
        "CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "CLERK_SECRET_KEY": SECRET_KEY,
    }
    with started("local", **keys) as (process, _, _):
        known = exported(printed(process, "this machine"))
    assert {name: known[name] for name in keys} == keys


@pytest.mark.parametrize("arguments", [[], ["--data", "x.db"], ["--seeds", "x.toml"]])
def test_live_keys_are_refused_and_named(tmp_path, arguments):
    done = finish("local", *arguments, cwd=tmp_path, **LIVE)
    assert done.returncode == 2
    assert "takes no live keys: unset CLERK_SECRET_KEY" in done.stderr
    assert done.stderr.count("\n") == 1
    assert LIVE["CLERK_SECRET_KEY"] not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_in_production_it_makes_its_own_keys():
    with started("local", "--production", **LIVE) as (process, _, _):
        known = exported(printed(process, "this machine"))
    assert known["CLERK_PUBLISHABLE_KEY"].startswith("pk_live_")
    assert known["CLERK_SECRET_KEY"] != LIVE["CLERK_SECRET_KEY"]


def test_people_of_a_file_are_told_by_what_they_sign_in_with(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(SEEDS)
    with started("local", "--seeds", str(path)) as (process, _, _):
        told = printed(process, "this machine")
    assert re.search(r"mary@example\.com +notes-1843 +admin of Analysts", told)
    assert re.search(r"\+15555550100 +number-1843 +in no organization", told)
    assert "user_without_password" not in told


def test_a_running_instance_is_given_a_bad_day(tmp_path):
    with started("local", "--webhook", "http://127.0.0.1:9/hooks") as found:
        process, _, browser = found
        known = exported(printed(process, "this machine"))
        assert known["CLERK_WEBHOOK_SIGNING_SECRET"].startswith("whsec_")
        key = known["CLERK_SECRET_KEY"]
        fault = {"path": "/v1/jwks", "drop": True, "times": 1}
        assert api(browser.origin, key, "POST", "/v1/local/faults", fault)[0] == 200
        with pytest.raises(ConnectionError):
            api(browser.origin, key, "GET", "/v1/jwks")
        assert api(browser.origin, key, "GET", "/v1/jwks")[0] == 200
        _, said = api(browser.origin, key, "GET", "/v1/local/messages")
        assert said["url"] == "http://127.0.0.1:9/hooks"
        assert {each["status"] for each in said["data"]} == {"pending"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--webhook", "https://example.com/"], "this machine only"),
        (["--seeds", "nowhere.toml"], "nowhere.toml"),
        (["--data", "/nowhere/x.db"], "/nowhere/x.db"),
        (["--clerk-js", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path, arguments, told):
    done = finish("local", "--port", "0", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_run_keeps_its_local_clerk_in_a_file(tmp_path):
    (tmp_path / "shop_of_tests.py").write_text(APPLICATION)
    shop = ["run", "shop_of_tests:app", "--local", "--data", "clerk.db"]
    for _ in range(2):
        with started(*shop, cwd=tmp_path) as (_, _, browser):
            assert browser.sign_in(redirect_url="/").text == "hello user_grace"
    assert (tmp_path / "clerk.db").is_file()
    done = finish("run", "shop_of_tests:app", "--data", "clerk.db", cwd=tmp_path)
    assert done.returncode == 2
    assert "--local" in done.stderr

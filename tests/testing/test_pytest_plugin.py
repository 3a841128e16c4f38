"""The pytest plugin, as an application's own tests use it."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]

pytest_plugins = ["pytester"]

APP = """
    from clerk_wsgi import ClerkMiddleware, auth

    def site(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        who = auth()
        return [f"{who.user_id} {who.org_slug} {who.org_role}".encode()]

    def check(auth, request):
        if request.path.startswith("/private"):
            auth.protect()
"""


# What the examples of the documentation are about.
SITE = """
    from clerk_wsgi import ClerkMiddleware, auth, verify_webhook

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/api":
            auth.protect(token="api_key")
        if environ["PATH_INFO"] == "/webhooks":
            assert verify_webhook(environ)["type"] == "user.deleted"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    def check(auth, request):
        if request.path == "/dashboard":
            auth.protect()
        if request.path == "/invoices":
            auth.protect(role="org:admin", plan="o:pro")
"""


@pytest.fixture
def run(pytester):
    pytester.makepyfile(app=APP)

    def run(text, *more, ini=""):
        pytester.makeini(f"[pytest]\npythonpath = .\n{ini}")
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_subprocess("-q", *more)

    return run


def test_a_test_reads_like_a_sentence(run):
    result = run(
        """
        from webtest import TestApp
        from app import check, site

        def test_private(clerk):
            client = TestApp(clerk.middleware(site, check))
            client.get("/private", status=404)
            session = clerk.sign_in(client, "a@b.example", org="acme", role="org:admin")
            assert client.get("/private").text == f"{session.user.id} acme org:admin"
            clerk.sign_out(client)
            client.get("/private", status=404)
        """
    )
    result.assert_outcomes(passed=1)


def test_the_examples_of_the_documentation_pass(run):
    told = [
        (ROOT / name).read_text("utf-8") for name in ("docs/testing.md", "README.md")
    ]
    blocks = re.findall(r"^```python\n(.*?)^```$", "\n".join(told), re.DOTALL | re.M)
    examples = "\n".join(each for each in blocks if "clerk." in each)
    result = run(dedent(SITE) + examples)
    result.assert_outcomes(passed=examples.count("\ndef test_"))


def test_the_next_test_knows_nobody(run):
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_a_new_user(clerk, time):
            assert clerk.state.records.count("user") == 0
            clerk.clock.shift(3600)
            clerk.user("ada@example.com")

        def test_the_clock_is_right_again(clerk):
            import time
            assert abs(clerk.clock() / 1000 - time.time()) < 60
        """
    )
    result.assert_outcomes(passed=3)


def test_an_application_that_is_wrapped_when_it_is_imported(run):
    result = run(
        """
        from webtest import TestApp
        from clerk_wsgi import ClerkMiddleware, clerk_client, current_user
        import app

        WRAPPED = ClerkMiddleware(app.site, app.check)

        def test_private(clerk):
            client = TestApp(WRAPPED)
            session = clerk.sign_in(client, "ada@example.com")
            assert session.user.id in client.get("/private").text

        def test_its_own_questions(clerk):
            ada = clerk.user("ada@example.com", first_name="Ada")
            assert clerk_client().users.get(ada.id).first_name == "Ada"
        """,
        ini="clerk_environment = true\n",
    )
    result.assert_outcomes(passed=2)


def test_without_being_asked_the_variables_stay_as_they_are(run, monkeypatch):
    monkeypatch.setenv("CLERK_PUBLISHABLE_KEY", "as it was")
    result = run(
        """
        import os

        def test_it(clerk):
            assert os.environ["CLERK_PUBLISHABLE_KEY"] == "as it was"
        """
    )
    result.assert_outcomes(passed=1)


def test_loading_the_plugin_loads_no_instance(run):
    result = run(
        """
        import sys

        def test_it():
            assert "clerk_wsgi.local" not in sys.modules
            assert "clerk_wsgi.backends" not in sys.modules
        """
    )
    result.assert_outcomes(passed=1)

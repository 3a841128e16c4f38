"""What the page on guards says to frameworks: a refusal in a view is no failure."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from clerk_frameworks import FRAMEWORKS
from clerk_tokens import PEM, PUBLISHABLE_KEY, epoch_ms
from django.core.signals import got_request_exception
from django.test import override_settings
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, auth

PAGE = Path(__file__).parents[2] / "docs" / "guards.md"
TOLD = {
    "bottle": lambda page, app: page.in_bottle(app),
    "django": lambda page, app: None,
    "falcon": lambda page, app: page.in_falcon(app),
    "flask": lambda page, app: None,
    "pyramid": lambda page, app: None,
}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The example as a module."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)
    (example,) = (each for each in blocks if "class Refusals" in each)
    (tmp_path / "refusals_of_the_page.py").write_text(example, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return import_module("refusals_of_the_page")


@pytest.fixture
def failures():
    """What Django takes for a failure of its own."""
    found = []

    def note(sender, **_):
        found.append(sender)

    got_request_exception.connect(note)
    yield found
    got_request_exception.disconnect(note)


@pytest.mark.parametrize("name", TOLD)
def test_a_framework_that_was_told_logs_no_refusal(page, failures, name):
    with override_settings(MIDDLEWARE=["refusals_of_the_page.Refusals"]):
        app = FRAMEWORKS[name]({"/": auth.protect})
    TOLD[name](page, app)
    keys = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
    browser = TestApp(ClerkMiddleware(app, **keys))
    # WebTest complains of what is written to wsgi.errors.
    assert browser.get("/", status=404).headers["Cache-Control"] == "no-store"
    assert failures == []

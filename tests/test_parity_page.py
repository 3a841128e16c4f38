"""The page of Clerk's features names nothing that is not there."""

import re
from functools import reduce
from pathlib import Path

import pytest

import clerk_wsgi

PAGE = Path(__file__).parents[1] / "docs" / "parity.md"
ROW = re.compile(r"^\| (?P<clerk>.+?) \| `(?P<ours>[A-Za-z_.]+)`.* \|$", re.MULTILINE)
ROWS = [(row["clerk"], row["ours"]) for row in ROW.finditer(PAGE.read_text("utf-8"))]


def test_the_table_was_read():
    assert len(ROWS) > 20


@pytest.mark.parametrize(("clerk", "ours"), ROWS, ids=[ours for _, ours in ROWS])
def test_what_the_page_names_exists(clerk, ours):
    found = reduce(getattr, ours.split("."), clerk_wsgi)
    assert found is not None


def test_every_callable_of_ours_that_clerk_has_is_on_the_page():
    named = {ours.split(".")[0] for _, ours in ROWS}
    ours_alone = {
        *("AuthObject", "BackendError", "Chain", "ClerkError", "ConfigurationError"),
        *("FrontendApiProxy", "Handshake", "HandshakeError", "KeyNotFound", "Options"),
        *("KeysUnavailable", "MachineSignedIn", "MalformedURLError", "RequestView"),
        *("MissingMiddleware", "RouteGuardLayer", "SeenWebhooks", "SessionLayer"),
        *("SignedIn", "SignedOut", "VerificationKey", "WebhookEvent", "get_state"),
        *("WebhookVerificationError", "Auth", "RevocationEndpoint"),
    }
    assert set(clerk_wsgi.__all__) - named - ours_alone == set()

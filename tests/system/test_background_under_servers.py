"""What goes on beside the requests goes on under every server: after forks and patches.

gevent replaces threads, locks and TLS when a worker starts: after the import where the
application was preloaded.
"""

import time

import certificates
import pytest
from clerk_tokens import PUBLISHABLE_KEY, mint_now
from forging import HEADER
from forking_servers import SERVERS, params
from redis_server import running, wait_until
from revocation_workers import SECRET, SETTINGS, revocable_site
from scripted_clerk import ScriptedClerk
from webhook_posts import event, signed
from webtest import TestApp

from clerk_wsgi import RevocationEndpoint

SPEED = 400
"""Times as fast: keys are fetched again every second or two."""
INSTANCE = {
    "publishable_key": PUBLISHABLE_KEY,
    "secret_key": SETTINGS["CLERK_SECRET_KEY"],
}
WORKERS = 2
PATIENCE = 20


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def clerk(files):
    certificates.authority(files / "authority.pem")
    tls = certificates.server_context(files / "server.pem")
    with ScriptedClerk(HEADER["kid"], tls=tls) as clerk:
        yield clerk


@pytest.fixture(scope="module")
def store():
    with running("redis") as store:
        yield store


@pytest.fixture(scope="module", params=params(*SERVERS))
def site(request, clerk, store, files):
    settings = {
        "CLERK_JWT_KEY": "",
        "CLERK_STORE_URL": store.url,
        "SCRIPTED_CLERK": clerk.url,
        "SPEED": str(SPEED),
        "SSL_CERT_FILE": str(files / "authority.pem"),
    }
    with revocable_site(request.param, WORKERS, **settings) as site:
        yield site


def always(site, token):
    """What workers say; where a server closes connections, any of them may answer."""
    return set().union(*(site.statuses(token) for _ in range(5)))


def test_a_page_knows_who_is_signed_in(site):
    assert always(site, mint_now()) == {200}
    assert always(site, mint_now(key="b")) == {404}


def test_what_another_process_was_told_every_worker_refuses(site, store):
    token = mint_now({"sid": f"sess_{site.port}"})
    assert always(site, token) == {200}
    tell(store, f"sess_{site.port}")
    wait_until(lambda: always(site, token) == {404}, "it is let in", PATIENCE)
    assert always(site, mint_now({"sid": "sess_stays"})) == {200}


def test_keys_are_fetched_ahead_of_time_and_no_request_asks_for_it(site, clerk):
    assert always(site, mint_now()) == {200}
    seen = len(clerk.requests)
    wait_until(lambda: len(clerk.requests) > seen + 2, "nobody fetches", PATIENCE)
    assert always(site, mint_now()) == {200}


def tell(store, sid):
    """Clerk's webhook, to an endpoint alone in this process; sent again if need be."""
    given = {"signing_secret": SECRET, "store_url": store.url, "env": {}}
    endpoint = TestApp(RevocationEndpoint(**given, **INSTANCE))
    now = time.time()
    body, headers = signed(event("session.revoked", {"id": sid}, now), now)

    def is_taken():
        answer = endpoint.post("/", body, headers=headers, expect_errors=True)
        return answer.status_code == 204

    wait_until(is_taken, "the store takes nothing", PATIENCE)

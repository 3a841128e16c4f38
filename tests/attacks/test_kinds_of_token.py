"""All kinds of token have one key: which is which, wherever it comes, whoever asks."""

import pytest
from clerk_server import environ_for
from clerk_tokens import ISSUER, PEM, PUBLISHABLE_KEY, bearer, mint
from forging import HEADER, NOW, compact

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.options import Options
from clerk_wsgi.environ import read_request
from clerk_wsgi.instance import Instance

UAT = f"__client_uat={NOW - 100}"
MACHINE = {"sub": "mch_1", "sid": ..., "jti": "mt_1", "scopes": "a"}
CLIENT = {"sub": "user_1", "sid": ..., "jti": "oat_1", "client_id": "c", "scope": "a"}
KINDS = {
    "session": mint(),
    "template": mint(header={"cat": "cl_B7d4PD222AAA"}),
    "machine": mint(MACHINE, {"cat": "cl_B7d4PD333AAA"}),
    "OAuth": mint(CLIENT, {"typ": "at+jwt"}),
    "handshake": compact(HEADER, {"handshake": ["__session=x"], "iss": ISSUER}),
}
CARRIERS = {
    "header": bearer,
    "cookie": lambda token: {"Cookie": f"__session={token}; {UAT}"},
    "handshake": lambda token: {"Cookie": f"__clerk_handshake={token}"},
}
ACCEPTED = ("session_token", "m2m_token", "oauth_token", "any")

# Whatever is not here is nobody.
KNOWN = {
    ("session", "header", "session_token"): "session_token",
    ("session", "header", "any"): "session_token",
    ("session", "cookie", "session_token"): "session_token",
    ("session", "cookie", "any"): "session_token",
    ("machine", "header", "m2m_token"): "m2m_token",
    ("machine", "header", "any"): "m2m_token",
    ("OAuth", "header", "oauth_token"): "oauth_token",
    ("OAuth", "header", "any"): "oauth_token",
}
CELLS = [(k, c, a) for k in KINDS for c in CARRIERS for a in ACCEPTED]


@pytest.fixture(scope="module")
def instance():
    given = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}
    options = Options.read({**given, "secret_key": "sk_live_1234567890"}, {})
    return Instance(options, PemBackend(PEM), clock=lambda: NOW * 1000)


@pytest.mark.parametrize(("kind", "carrier", "accepted"), CELLS)
def test_a_kind_of_token_is_itself_and_no_other(kind, carrier, accepted, instance):
    headers = CARRIERS[carrier](KINDS[kind])
    environ = environ_for("/", headers, **{"wsgi.url_scheme": "http"})
    state = instance.authenticate_as(read_request(environ), accepted)
    known = KNOWN.get((kind, carrier, accepted))
    assert (state.status == "signed-in") is (known is not None)
    if known:
        assert state.token_type == known
    assert not [name for name, _ in state.headers if name == "Set-Cookie"]


def test_all_sixty_cells_are_tried():
    assert len(set(CELLS)) == 60
    assert KNOWN.keys() <= set(CELLS)

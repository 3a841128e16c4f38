"""A request whose token was cut off: asked to come back with another, or signed out."""

import pytest
from clerk_requests import Headers
from clerk_tokens import (
    IN_ORGANIZATION,
    PEM,
    PUBLISHABLE_KEY,
    cookie_header,
    mint,
    signed_in_cookies,
)
from forging import CLAIMS, NOW, compact

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.cutoffs import (
    MEMBERSHIP,
    OUTDATED,
    PROFILE,
    REVOKED,
    SESSION,
    UNVOUCHED,
    USER,
    Cutoffs,
    RevocationsUnavailable,
    cut_off,
)
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import NothingRevoked, Ports
from clerk_wsgi.core.request import RequestView

PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}
JUST_BACK = "; __clerk_redirect_count=1"
SESSION_ID, USER_ID = CLAIMS["sid"], CLAIMS["sub"]


class World(NothingRevoked):
    """Revocations that the test decides about, and the ports around them."""

    def __init__(self):
        self.now = NOW * 1000
        self.cutoffs = Cutoffs()
        self.is_unvouched = self.is_unknown = False
        self.renewals = []
        backend = PemBackend(PEM)
        self.ports = Ports(
            now=lambda: self.now,
            find_key=backend.find_key,
            remembered={},
            warn=lambda said: None,
            revocations=self,
            renew=self.renew,
            verify_machine_token=lambda kind, text: {"id": "ak_1", "subject": USER_ID},
        )
        self.options = Options.read(
            {
                "publishable_key": PUBLISHABLE_KEY,
                "secret_key": "sk_live_1234567890",
                "jwt_key": PEM,
            },
            {},
        )

    def renew(self, renewal):
        self.renewals.append(renewal)
        return [f"__session={mint(now=self.now // 1000)}"]

    def require(self):
        if self.is_unknown:
            raise RevocationsUnavailable(5)

    def judge(self, verified):
        self.require()
        if self.is_unvouched:
            return UNVOUCHED
        issued = verified.token.claims["iat"]
        return self.cutoffs.judge(verified.state.session, issued)

    def is_session_cut_off(self, session_id):
        return self.cutoffs.is_session_cut_off(session_id)

    def is_user_cut_off(self, user_id, issued):
        return self.cutoffs.is_user_cut_off(user_id, issued)

    def cut(self, kind, name, at=None, role=None):
        self.cutoffs = self.cutoffs.plus([cut_off(kind, name, at, self.now, role)])

    def ask(self, accepts="any", method="GET", **headers):
        request = RequestView(
            method=method,
            headers=Headers({k.replace("_", "-"): v for k, v in headers.items()}),
            path_info="/",
            query_string="",
            host="app.example.com",
            scheme="https",
        )
        return authenticate(request, self.options, self.ports, accepts)


@pytest.fixture
def world():
    return World()


COOKIE = cookie_header(signed_in_cookies())
CARRIERS = {
    "cookie": {"cookie": COOKIE},
    "bearer": {"authorization": f"Bearer {mint()}"},
}


@pytest.mark.parametrize("carrier", sorted(CARRIERS))
@pytest.mark.parametrize("times", [0, 1, 3], ids=["new", "known", "recalled"])
def test_a_session_that_ended_is_signed_out_however_well_known_it_was(
    world, carrier, times
):
    for _ in range(times):
        assert world.ask(**CARRIERS[carrier]).status == "signed-in"
    world.cut(SESSION, SESSION_ID)
    for _ in range(2):
        state = world.ask(**CARRIERS[carrier])
        assert (state.status, state.reason) == ("signed-out", REVOKED)
        assert state.retry_after is None
        assert f"token-carrier={'header' if carrier == 'bearer' else carrier}" in (
            state.message
        )


def test_a_page_asks_clerk_again_once(world):
    world.cut(SESSION, SESSION_ID)
    state = world.ask(cookie=COOKIE, **PAGE)
    assert (state.status, state.reason) == ("handshake", REVOKED)
    back = world.ask(cookie=COOKIE + JUST_BACK, **PAGE)
    assert (back.status, back.reason) == ("signed-out", REVOKED)


def test_a_newer_token_of_the_user_is_good(world):
    world.cut(USER, USER_ID, at=world.now)
    assert world.ask(cookie=COOKIE).reason == REVOKED
    world.now += 2000
    newer = signed_in_cookies(mint(now=NOW + 1))
    assert world.ask(cookie=cookie_header(newer)).status == "signed-in"


def test_another_role_ends_the_rights_of_the_old_one(world):
    token = mint(IN_ORGANIZATION)
    bearer = {"authorization": f"Bearer {token}"}
    assert world.ask(**bearer).session.org_role == "org:admin"
    world.cut(MEMBERSHIP, f"org_1/{USER_ID}", world.now, "org:member")
    assert world.ask(**bearer).reason == REVOKED
    demoted = mint(IN_ORGANIZATION | {"o": {"id": "org_1", "rol": "member"}})
    state = world.ask(authorization=f"Bearer {demoted}")
    assert state.session.org_role == "org:member"


def test_a_session_that_ended_is_not_renewed(world):
    refresh = f"; __refresh_{world.options.cookie_suffix}=r"
    expired = signed_in_cookies(mint(now=NOW - 100))
    headers = {"cookie": cookie_header(expired) + refresh, **PAGE}
    assert world.ask(**headers).status == "signed-in"
    assert len(world.renewals) == 1
    world.cut(SESSION, SESSION_ID)
    state = world.ask(**headers)
    assert state.reason.endswith("refresh-non-eligible-session-revoked")
    assert len(world.renewals) == 1


def test_a_renewed_token_is_judged_too(world):
    refresh = f"; __refresh_{world.options.cookie_suffix}=r"
    expired = signed_in_cookies(mint(now=NOW - 100))
    world.cut(USER, USER_ID, at=world.now)
    state = world.ask(cookie=cookie_header(expired) + refresh, **PAGE)
    assert state.status == "handshake"
    assert state.reason.endswith("refresh-invalid-session-token")


def test_old_claims_are_good_where_no_redirect_is_followed(world):
    world.cut(PROFILE, USER_ID, world.now + 1000)
    for _ in range(3):
        for headers in CARRIERS.values():
            assert world.ask(**headers).status == "signed-in"
    posted = world.ask(method="POST", cookie=COOKIE, **PAGE)
    assert posted.status == "signed-in"
    assert world.ask(**CARRIERS["bearer"], **PAGE).status == "signed-in"


def test_a_page_with_old_claims_asks_for_newer_ones_and_never_loops(world):
    for _ in range(3):
        assert world.ask(cookie=COOKIE, **PAGE).status == "signed-in"
    world.cut(PROFILE, USER_ID, world.now + 1000)
    for _ in range(3):
        state = world.ask(cookie=COOKIE, **PAGE)
        assert (state.status, state.reason) == ("handshake", OUTDATED)
    assert world.ask(cookie=COOKIE + JUST_BACK, **PAGE).status == "signed-in"
    same_second = signed_in_cookies(mint(now=NOW + 1))
    assert world.ask(cookie=cookie_header(same_second), **PAGE).status == "signed-in"


def test_where_nobody_can_tell_nobody_is_signed_in(world):
    for headers in (*CARRIERS.values(), {"cookie": COOKIE, **PAGE}):
        for _ in range(3):
            world.is_unknown = False
            assert world.ask(**headers).status == "signed-in"
            world.is_unknown = True
            state = world.ask(**headers)
            assert (state.status, state.retry_after) == ("signed-out", 5)
            assert state.reason == "revocations-unavailable"


def test_where_nobody_can_tell_an_expired_session_is_not_sent_round(world):
    world.is_unknown = True
    expired = cookie_header(signed_in_cookies(mint(now=NOW - 100)))
    state = world.ask(cookie=expired, **PAGE)
    assert (state.status, state.retry_after) == ("signed-out", 5)


def test_where_nobody_can_tell_strangers_stay_strangers(world):
    world.is_unknown = True
    state = world.ask()
    assert (state.reason, state.retry_after) == ("session-token-and-uat-missing", None)


def test_a_token_that_nobody_vouches_for_is_replaced_or_waits(world):
    assert world.ask(cookie=COOKIE).status == "signed-in"
    world.is_unvouched = True
    assert world.ask(cookie=COOKIE, **PAGE).reason == UNVOUCHED
    assert world.ask(cookie=COOKIE, **PAGE).status == "handshake"
    state = world.ask(cookie=COOKIE)
    assert (state.reason, state.retry_after) == (UNVOUCHED, 60)


def test_a_machine_does_not_speak_for_a_user_who_is_gone(world):
    asked = {"accepts": "api_key", "authorization": "Bearer ak_secret"}
    assert world.ask(**asked).status == "signed-in"
    world.cut(USER, USER_ID)
    state = world.ask(**asked)
    assert (state.status, state.reason) == ("signed-out", "token-invalid")


def test_what_clerk_said_after_the_cutoff_counts(world):
    world.cut(USER, USER_ID, at=world.now)
    asked = {"accepts": "api_key", "authorization": "Bearer ak_secret"}
    assert world.ask(**asked).status == "signed-out"
    world.now += 31_000
    assert world.ask(**asked).status == "signed-in"


def oauth_token(now):
    claims = {"sub": USER_ID, "iat": now, "nbf": now, "exp": now + 600, "jti": "oat_1"}
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "ins_1"}
    return compact(header, claims | {"client_id": "c"}, "a")


def test_an_oauth_token_of_before_the_cutoff_is_refused(world):
    world.cut(USER, USER_ID, at=world.now)
    world.now += 5000
    old, new = (oauth_token(NOW + each) for each in (0, 1))
    for token, status in ((old, "signed-out"), (new, "signed-in")):
        state = world.ask("oauth_token", authorization=f"Bearer {token}")
        assert state.status == status


def test_a_machine_that_is_no_user_is_not_asked_about():
    world = World()
    answer = {"id": "mt_1", "subject": "mch_1"}
    world.ports = world.ports._replace(verify_machine_token=lambda *_: answer)
    world.cut(USER, USER_ID)
    state = world.ask("m2m_token", authorization="Bearer mt_secret")
    assert state.status == "signed-in"

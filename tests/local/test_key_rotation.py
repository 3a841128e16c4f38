"""Keys that are rotated and retired: what an application sees of it."""

import pytest
from browsing import api_transport
from forging import private_key
from local_clerk import ORIGIN, PUBLISHABLE_KEY, SECRET_KEY, local_clerk
from werkzeug.test import Client

from clerk_wsgi import ClerkMiddleware, get_auth
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.minting import minted
from clerk_wsgi.local.users import create_user

LIFETIME = 3600


@pytest.fixture
def local(clock):
    with local_clerk(clock, seeds={}) as local:
        create_user(local.state, identity="user_ada")
        yield local


@pytest.fixture
def accepts(local, clock):
    """Does an application with the JWKS backend take the token?"""
    known = {"secret_key": SECRET_KEY, "api_url": ORIGIN, "api_version": "v1"}
    backend = JwksBackend(**known, clock=clock.seconds, transport=api_transport(local))

    def whoami(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(get_auth(environ).user_id).encode()]

    app = ClerkMiddleware(
        whoami,
        publishable_key=PUBLISHABLE_KEY,
        **known,
        backend=backend,
        clock=clock,
    )
    client = Client(app)

    def check(token):
        answer = client.get("/", headers={"Authorization": f"Bearer {token}"})
        assert answer.text in ("user_ada", "None")
        return answer.text == "user_ada"

    return check


def token(local):
    return minted(local.issuer, "user_ada", lifetime=LIFETIME)


def test_tokens_of_both_keys_are_good_after_a_rotation(local, accepts, clock):
    old = token(local)
    assert accepts(old)
    local.keys.rotate()
    new = token(local)
    assert accepts(new)
    assert accepts(old)


def test_tokens_of_a_retired_key_are_good_nowhere(local, accepts):
    old, kid = token(local), local.keys.current.kid
    local.keys.rotate()
    local.keys.retire(kid)
    assert not accepts(old)
    assert accepts(token(local))


def test_the_last_key_that_is_retired_makes_room_for_a_new_one(local, accepts):
    old, kid = token(local), local.keys.current.kid
    local.keys.retire(kid)
    assert local.keys.current.kid != kid
    assert not accepts(old)
    assert accepts(token(local))


def test_a_retired_key_comes_back_under_no_name(local):
    names = []
    for _ in range(3):
        names.append(local.keys.current.kid)
        local.keys.retire(names[-1])
    assert len(set(names)) == 3


def test_a_key_that_nobody_has_is_not_retired(local):
    with pytest.raises(ApiError) as raised:
        local.keys.retire("ins_other")
    assert raised.value.code == 404
    assert len(local.keys.all) == 1


def test_the_one_before_signs_when_the_newest_is_retired(local):
    first = local.keys.current
    second = local.keys.rotate(private_key("b"))
    assert local.keys.current.kid == second.kid
    local.keys.retire(second.kid)
    assert local.keys.current.kid == first.kid
    assert local.keys.find(second.kid) is None


def test_a_key_that_is_handed_in_signs_whatever_the_file_has(tmp_path):
    path = tmp_path / "clerk.db"
    for name, count in (("a", 1), ("a", 1), ("b", 2)):
        with local_clerk(seeds={}, data=path, private_key=private_key(name)) as local:
            signing = local.keys.current.private_key
            assert signing.private_numbers() == private_key(name).private_numbers()
            assert len(local.keys.all) == count


def test_another_process_sees_the_rotation(tmp_path):
    path = tmp_path / "clerk.db"
    with local_clerk(seeds={}, data=path) as one, local_clerk(data=path) as other:
        kid = one.keys.rotate().kid
        assert other.keys.current.kid == kid
        other.keys.retire(kid)
        assert one.keys.find(kid) is None


def rotate_and_fail(local):
    with local.state.changing():
        local.keys.rotate()
        raise ZeroDivisionError


def test_a_rotation_that_fails_leaves_no_key_behind(local):
    with pytest.raises(ZeroDivisionError):
        rotate_and_fail(local)
    assert len(local.keys.all) == 1

"""Where keys come from, and one instance for each set of options."""

import threading

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from forging import vector_keys
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, ConfigurationError, SessionLayer, auth
from clerk_wsgi.core.options import Options
from clerk_wsgi.instance import Instance, load
from clerk_wsgi.instances import Instances

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}


def options(**given):
    return Options.read({**KEYS, **given}, {})


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(auth().user_id).encode()]


def user_of(app):
    return TestApp(app).get("/", headers=bearer(mint())).text


def test_a_pem_is_used_where_there_is_one():
    assert type(Instance.load(options()).backend).__name__ == "PemBackend"


def test_else_keys_are_fetched():
    given = options(jwt_key="", secret_key="sk_live_1234567890")
    assert type(Instance.load(given).backend).__name__ == "JwksBackend"


def test_the_variable_names_the_backend(monkeypatch):
    monkeypatch.setenv("CLERK_BACKEND", "third_party:Backend")
    with_secret = options(jwt_key="", secret_key="sk_live_1234567890")
    with pytest.raises(ConfigurationError, match="CLERK_JWT_KEY"):
        Instance.load(with_secret)
    assert Instance.load(options()).backend.find_key(None).algorithm == "RS256"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nosuch", "No backend is called 'nosuch'.*jwks, memory, pem"),
        ("no.such.module:Backend", "cannot be imported"),
        ("json:Nothing", "cannot be imported"),
        (":", "cannot be imported"),
        ("memory", "'memory' is no backend"),
    ],
)
def test_a_backend_that_is_not_there_is_one_sentence(name, said):
    with pytest.raises(ConfigurationError, match=said):
        Instance.load(options(), name)


def test_a_backend_must_find_keys():
    with pytest.raises(ConfigurationError, match="must have a find_key method"):
        Instance.load(options(), object())


def test_a_missing_publishable_key_fails_when_the_chain_is_built():
    with pytest.raises(ConfigurationError, match="CLERK_PUBLISHABLE_KEY"):
        SessionLayer(hello, jwt_key=PEM)


def test_no_key_at_all_fails_when_the_chain_is_built():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        ClerkMiddleware(hello, publishable_key=PUBLISHABLE_KEY)


def test_options_may_come_as_a_mapping():
    app = ClerkMiddleware(hello, options=KEYS, clock=epoch_ms)
    assert user_of(app) == "user_1"


def test_options_may_depend_on_the_request():
    tenants = {
        "a.example": {"jwt_key": PEM},
        "b.example": {"jwt_key": vector_keys()["b"]["public_key_pem_spki"]},
    }
    app = TestApp(
        ClerkMiddleware(
            hello,
            options=lambda request: tenants[request.host],
            publishable_key=PUBLISHABLE_KEY,
            clock=epoch_ms,
        )
    )
    seen = [
        app.get("/", headers={"Host": host, **bearer(mint())}).text
        for host in ("a.example", "b.example", "a.example")
    ]
    assert seen == ["user_1", "None", "user_1"]


def test_one_backend_object_for_all_tenants_is_refused():
    backend = load("pem").from_options(options())
    with pytest.raises(ConfigurationError, match="must be a name"):
        SessionLayer(hello, options=lambda request: KEYS, backend=backend)


def test_options_of_a_request_are_a_mapping():
    choose = Instances(Instance.load).chooser(lambda request: None, KEYS)
    with pytest.raises(ConfigurationError, match=r"gives a mapping, .* not NoneType"):
        choose(None)


def test_equal_options_share_an_instance_and_others_do_not():
    instances = Instances(Instance.load)
    first = instances.get(options())
    assert instances.get(options()) is first
    assert instances.get(options(audience=["x"])) is not first


def test_only_the_latest_instances_are_kept():
    instances = Instances(Instance.load, most=2)
    first = instances.get(options(audience=["1"]))
    for audience in ("2", "3"):
        instances.get(options(audience=[audience]))
    assert instances.get(options(audience=["1"])) is not first


def test_threads_that_meet_get_the_same_instance():
    together = threading.Barrier(8)

    def make(given):
        together.wait(5)
        return Instance.load(given)

    instances, found = Instances(make), []
    threads = [
        threading.Thread(target=lambda: found.append(instances.get(options())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1

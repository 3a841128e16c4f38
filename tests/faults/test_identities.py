"""Nobody is taken for somebody else, in whatever turns requests come."""

import importlib.util
from pathlib import Path

import pytest
from forking_servers import params
from identity_site import Tally

HERE = Path(__file__).parent
SHORT = 20_000
OVER_HTTP = 2000
CREDENTIALS = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"}


def load(name):
    """A module beside this one, under a name that no test has."""
    spec = importlib.util.spec_from_file_location(f"faults_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


identities, figures = load("identities"), load("figures_identities")


def test_nobody_is_somebody_else_in_threads():
    requests, looks, wrong = identities.count_mixups(SHORT)
    assert (requests, wrong) == (SHORT, 0)
    assert looks > 2 * SHORT


@pytest.mark.skipif(
    importlib.util.find_spec("gevent") is None,
    reason="left out, since gevent is not installed",
)
@pytest.mark.parametrize("patched", ["early", "late"])
def test_nobody_is_somebody_else_in_greenlets(patched):
    requests, looks, wrong = figures.counted(SHORT, patched)
    assert (requests, wrong) == (SHORT, 0)
    assert looks > 2 * SHORT


def test_an_application_that_mixes_people_up_is_noticed():
    latest = []

    def careless(environ, start_response):
        latest.append({k: v for k, v in environ.items() if k in CREDENTIALS})
        if len(latest) % 50 == 0:
            bare = {k: v for k, v in environ.items() if k not in CREDENTIALS}
            environ = bare | latest[-2]
        return app(environ, start_response)

    app = identities.chain()
    assert identities.count_mixups(2000, app=careless).wrong > 10


@pytest.mark.parametrize("server", params(*figures.SHARED))
def test_nobody_is_somebody_else_on_connections_that_they_share(server):
    promise, ours, _, is_kept = figures.under(server, OVER_HTTP)
    assert is_kept, f"{promise}, and it is {ours}"


@pytest.mark.parametrize(
    ("user", "blocks", "wrong"),
    [
        ("user_1", ["user_1", "user_1"], 0),
        ("user_2", ["user_1", "user_1"], 1),
        ("user_1", ["user_1", "user_2"], 1),
        ("None", ["None", "None"], 1),
        ("user_1", ["user_1"], 1),
    ],
)
def test_an_answer_to_somebody_else_is_counted(user, blocks, wrong):
    tally = Tally()
    tally.add("user_1", 200, user, ["7", *blocks])
    assert tally.wrong == wrong


def test_nobody_is_somebody_else_while_workers_die_and_reload():
    tally, started = figures.under_restarts(rounds=1)
    assert (tally.wrong, tally.failed) == (0, 0)
    assert tally.answers > 100
    assert len(tally.processes) > started

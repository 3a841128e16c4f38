"""Nobody is taken for somebody else, in whatever turns requests come."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHORT = 20_000
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
def test_nobody_is_somebody_else_in_greenlets():
    command = [sys.executable, HERE / "identities.py", str(SHORT), "--greenlets"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    requests, looks, wrong = json.loads(done.stdout)
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


def test_nobody_is_somebody_else_while_workers_die_and_reload():
    tally, started = figures.under_restarts(rounds=1)
    assert (tally.wrong, tally.failed) == (0, 0)
    assert tally.answers > 100
    assert len(tally.processes) > started

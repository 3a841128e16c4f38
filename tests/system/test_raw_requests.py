"""No bytes on a socket reach what is protected: every framework under every server.

The long form of this, with thousands of requests, is
`python tests/faults/figures_guards.py --long`.
"""

import json

import pytest
from clerk_frameworks import FRAMEWORKS
from raw_campaign import attack, figures, is_injected, passes_line_breaks
from raw_requests import carried, raw_requests, scripted, scripted_request
from raw_servers import SERVERS, Answer, all_started, missing

REQUESTS = 100


@pytest.fixture(scope="module")
def running():
    with all_started([name for name in SERVERS if not missing(name)]) as servers:
        yield servers


@pytest.fixture(params=SERVERS)
def server(request, running):
    name = request.param
    if name not in running:
        pytest.skip(f"Left out: raw requests to {name}; it needs {missing(name)}.")
    return running[name]


def test_no_raw_request_reaches_what_is_protected(server):
    requests = scripted() + raw_requests(server.name, REQUESTS)
    outcome = attack(server, requests)
    assert outcome.failed == []
    assert outcome.injected == []
    assert (outcome.guarded, outcome.strangers, outcome.errors) == (0, 0, 0)
    # Else nothing was put to the test.
    assert outcome.judged > len(requests) / 3
    assert outcome.reached.keys() == FRAMEWORKS.keys()
    assert min(outcome.reached.values()) > 10


def test_tokens_in_odd_places_are_taken_for_nobody_elses(server):
    for each in carried():
        answer = server.send(each.raw)
        [told] = answer.headers("X-Entered") or ["[]"]
        entrants = set(json.loads(told))
        assert entrants <= each.entrants, each.name
        assert len(entrants) <= 1, each.name
        assert entrants or not each.is_certain, each.name
    assert figures(server)["failed"] == []


def test_a_guard_that_misses_a_spelling_is_noticed(running):
    """The same requests get around one that matches PATH_INFO as it comes."""
    outcomes = [attack(server, scripted()) for server in running.values()]
    assert sum(outcome.naive for outcome in outcomes) > 0


def test_a_line_break_in_a_header_is_noticed(running):
    assert any(map(passes_line_breaks, running.values()))


def test_somebody_who_enters_is_noticed(running):
    good = next(each for each in carried() if each.is_certain)
    for server in running.values():
        outcome = attack(server, [good.raw, scripted_request("GET /admin")])
        assert len(outcome.failed) == 1
        assert outcome.guarded > 0


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 307 X\r\nLocation: /\r\nX-Injected: yes",
        "HTTP/1.1 307 X\r\nLocation: /\nx-injected: yes",
        "HTTP/1.1 307 X\r\nLocation: /\rX-Injected: yes\r\nA: b",
        "HTTP/1.1 307 X\r\nSet-Cookie: evil=1",
    ],
)
def test_an_injected_header_is_noticed(head):
    assert is_injected(Answer(307, head, b""))
    assert not is_injected(Answer(307, "HTTP/1.1 307 X\r\nA: X-Injected: yes", b""))
    assert not is_injected(Answer(307, "A: b\r\nSet-Cookie: __session=x", b""))

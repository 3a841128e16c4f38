"""Remembered tokens: bounded, and safe between threads."""

import threading

import pytest
from clerk_tokens import PEM, mint

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.session_tokens import note
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.memory import MOST_BYTES, MOST_ENTRIES, TokenMemory, weigh

KEY = PemBackend(PEM).find_key(None)


@pytest.fixture
def verified():
    return note(parse_token(mint()), KEY, 5000)


def test_it_is_a_mapping(verified):
    memory = TokenMemory()
    memory["a"] = verified
    assert memory["a"] is memory.get("a") is verified
    assert (list(memory), len(memory)) == (["a"], 1)
    del memory["a"]
    assert memory.get("a") is None
    with pytest.raises(KeyError):
        memory["a"]


def test_the_least_recently_used_go_first(verified):
    memory = TokenMemory()
    memory["first"] = verified
    memory["second"] = verified
    for number in range(MOST_ENTRIES):
        assert memory.get("first") is verified
        memory[str(number)] = verified
    assert "second" not in memory
    assert len(memory) <= MOST_ENTRIES


def test_large_tokens_leave_less_room():
    large = note(parse_token(mint({"custom": "x" * 5000})), KEY, 5000)
    assert weigh("", large) > 6 * 5000
    memory = TokenMemory()
    for number in range(1000):
        memory[str(number)] = large
    assert len(memory) == MOST_BYTES // weigh("999", large)


def test_long_headers_around_a_token_leave_less_room(verified):
    memory = TokenMemory()
    for number in range(1000):
        memory[f"{number}{'x' * 60_000}"] = verified
    assert len(memory) < MOST_BYTES / 60_000


def test_headers_longer_than_all_the_room_are_no_error(verified):
    memory = TokenMemory()
    memory["x" * (MOST_BYTES + 1)] = verified
    assert len(memory) == 1


def test_many_threads_may_use_it(verified):
    memory, failed = TokenMemory(), []

    def work(name):
        try:
            for number in range(2000):
                memory[f"{name}{number % 50}"] = verified
                memory.get(f"{name}{number % 70}")
                list(memory)[:1]
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert len(memory) == 200

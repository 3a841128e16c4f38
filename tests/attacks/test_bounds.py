"""However many come, a process keeps a bounded part of them and mixes nobody up."""

import tracemalloc
import weakref

import pytest
from attacked_site import Clerk, guarded
from clerk_server import environ_for
from clerk_tokens import bearer, mint
from crowds import Visitors, grown, tenants

from clerk_wsgi.core.errors import BackendError
from clerk_wsgi.core.options import Options
from clerk_wsgi.instances import MOST, Instances
from clerk_wsgi.memory import MOST_ENTRIES

MIB = 1024 * 1024


def test_tokens_that_come_once_are_not_all_kept():
    visitors = Visitors()
    for number in range(12_000):
        visitors.come(number)
    assert MOST_ENTRIES // 4 < len(visitors.keys.held) <= MOST_ENTRIES


def test_tenants_in_one_process_do_not_mix():
    crowd = tenants(MOST + 100)
    assert crowd == (2 * (MOST + 100), 0)


class Tenant:
    """Stands for an instance; it can be seen whether anybody still holds it."""


def test_jk_12_a_hundred_thousand_tenants_are_not_all_kept():
    alive = weakref.WeakSet()

    def make(options):
        alive.add(made := Tenant())
        return made

    instances = Instances(make)
    for number in range(100_000):
        instances.get(Options(domain=f"t{number}.example.com"))
    assert len(alive) == MOST


def test_jk_12_ten_thousand_unknown_names_are_not_all_remembered():
    backend = Clerk().backend()

    def ask(number):
        with pytest.raises(BackendError):
            backend.find_key(f"ins_{number}" + "x" * 700)

    assert grown(ask, range(10_000)) < 2 * MIB


BLOCK = bytes(64 * 1024)


def test_a_gigabyte_passes_in_little_memory():
    def site(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return (BLOCK for _ in range(16 * 1024))

    environ = environ_for("/", bearer(mint()), **{"wsgi.url_scheme": "http"})
    app = guarded(site)
    tracemalloc.start()
    body = app(environ, lambda *_: None)
    passed = sum(map(len, body))
    body.close()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert passed == 1024 * MIB
    assert most < 2 * MIB

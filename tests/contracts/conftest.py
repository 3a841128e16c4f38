"""A local Clerk, and where it answers over HTTP."""

import pytest
from live_server import serving

from clerk_wsgi.local import LocalClerk


@pytest.fixture(scope="module")
def local():
    with LocalClerk() as local:
        yield local


@pytest.fixture(scope="module")
def origin(local):
    with serving(lambda _: local) as origin:
        yield origin

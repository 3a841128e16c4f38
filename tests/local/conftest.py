"""A local Clerk with the people it starts with, and ways to ask it."""

import pytest
from local_api import LocalApi
from local_clerk import Clock, clerk_browser, local_clerk


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def local(clock):
    return local_clerk(clock)


@pytest.fixture
def browser(local, clock):
    return clerk_browser(local, clock)


@pytest.fixture
def api(local):
    return LocalApi(local)

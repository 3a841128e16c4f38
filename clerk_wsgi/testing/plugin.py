"""The pytest plugin: a fixture `clerk`, loaded by installing the package.

With `clerk_environment = true` in pytest's configuration, applications that are wrapped
when they are imported find this Clerk too: its keys are in the `CLERK_*` variables.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clerk_wsgi.testing.clerk import Clerk

ENVIRONMENT = "clerk_environment"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        ENVIRONMENT,
        "put the keys of the fixture `clerk` into the CLERK_* variables",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getini(ENVIRONMENT):
        from clerk_wsgi.testing.environment import Environment

        Environment().enter(config)


@pytest.fixture(scope="session")
def clerk_of_all_tests(pytestconfig: pytest.Config) -> "Clerk":
    from clerk_wsgi.testing.clerk import Clerk
    from clerk_wsgi.testing.environment import CLERK

    return pytestconfig.stash.get(CLERK, None) or Clerk()


@pytest.fixture
def clerk(clerk_of_all_tests: "Clerk") -> "Iterator[Clerk]":
    """A Clerk of this test's own: `clerk.sign_in(client, "ada@example.com")`."""
    clerk_of_all_tests.reset()
    yield clerk_of_all_tests
    clerk_of_all_tests.reset()

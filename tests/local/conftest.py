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


@pytest.fixture
def node_modules(tmp_path):
    """What npm makes, as far as it matters."""
    for package, name in (("clerk-js", "clerk.browser.js"), ("ui", "ui.browser.js")):
        dist = tmp_path / "node_modules" / "@clerk" / package / "dist"
        dist.mkdir(parents=True)
        (dist / name).write_text(f"// {package} ✓", "utf-8")
        (dist.parent / "package.json").write_text("{}", "utf-8")
    (tmp_path / "secret.js").write_text("secret", "utf-8")
    return tmp_path / "node_modules"

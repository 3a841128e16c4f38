"""Clerk's browser library from a folder of one's own, and pages that mount it."""

import pytest
from local_clerk import ORIGIN, PUBLISHABLE_KEY, clerk_browser, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.local.component_pages import COMPONENTS


@pytest.fixture
def folder(node_modules):
    return node_modules


@pytest.fixture
def browser(folder):
    return clerk_browser(local_clerk(clerk_js=folder))


@pytest.mark.parametrize("version", ["", "@6", "@6.40.0", "@latest"])
def test_a_bundle_is_served_whatever_version_is_asked_for(browser, version):
    page = browser.request(
        "GET", f"/npm/@clerk/clerk-js{version}/dist/clerk.browser.js"
    )
    assert page.status == 200
    assert page.text == "// clerk-js ✓"
    assert page.header("Content-Type") == "text/javascript; charset=utf-8"
    assert page.header("Cache-Control") == "no-cache"
    assert page.header("X-Content-Type-Options") == "nosniff"


def test_other_files_are_of_their_own_kind(browser, folder):
    (folder / "@clerk/ui/dist/clerk.css").write_text("/**/", "utf-8")
    page = browser.request("GET", "/npm/@clerk/ui@1/dist/clerk.css")
    assert page.header("Content-Type") == "text/css; charset=utf-8"


def test_a_bundle_that_has_not_changed_is_not_sent_again(browser):
    path = "/npm/@clerk/ui@1/dist/ui.browser.js"
    tag = browser.request("GET", path).header("ETag")
    assert browser.request("GET", path, {"If-None-Match": tag}).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "@clerk/clerk-js@6/dist/missing.js",
        "@clerk/clerk-js@6/dist/",
        "@clerk/clerk-js@6/dist/../package.json",
        "@clerk/clerk-js@6/dist/%2e%2e/package.json",
        "@clerk/clerk-js@6/dist/..%2f..%2f..%2f..%2fsecret.js",
        "@clerk/clerk-js@6/dist//etc/passwd",
        "@clerk/clerk-js@6/dist/%2fetc%2fpasswd",
        "@clerk/clerk-js@6/dist/..%5cpackage.json",
        "@clerk/clerk-js@6/package.json",
        "@clerk/backend@3/dist/index.js",
        "left-pad@1/index.js",
    ],
)
def test_nothing_else_is_served(browser, path):
    page = browser.request("GET", f"/npm/{path}")
    assert page.status == 404
    assert "secret" not in page.text


def test_without_a_folder_it_is_said_what_to_do():
    browser = clerk_browser(local_clerk())
    page = browser.request("GET", "/npm/@clerk/clerk-js@6/dist/clerk.browser.js")
    assert page.status == 404
    assert "npm install" in page.text
    assert "--clerk-js" in page.text


@pytest.mark.parametrize("package", ["clerk-js", "ui"])
def test_a_folder_without_the_packages_is_refused_at_once(folder, package):
    (folder / "@clerk" / package).rename(folder / "gone")
    with pytest.raises(ConfigurationError, match=f"holds no @clerk/{package}"):
        local_clerk(clerk_js=folder)


@pytest.mark.parametrize("path", COMPONENTS)
def test_components_take_the_place_of_the_plain_pages(browser, path):
    page = browser.request("GET", f"{path}?redirect_url=/dashboard")
    assert page.status == 200
    assert f'data-component="{COMPONENTS[path][0]}"' in page.text
    assert f'data-clerk-publishable-key="{PUBLISHABLE_KEY}"' in page.text
    assert f'data-clerk-proxy-url="{ORIGIN}"' in page.text
    assert f'data-back="{ORIGIN}/dashboard"' in page.text
    policy = page.header("Content-Security-Policy")
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    for name in ("clerk-js@latest/dist/clerk.browser", "ui@latest/dist/ui.browser"):
        assert f'src="/npm/@clerk/{name}.js"' in page.text


@pytest.mark.parametrize("back", ["https://evil.example/", "javascript:alert(1)"])
def test_components_lead_nobody_elsewhere(browser, back):
    page = browser.request("GET", f"/sign-in?redirect_url={back}")
    assert page.status == 400


def test_the_script_of_the_pages_is_a_file_of_its_own(browser):
    page = browser.request("GET", "/components.js")
    assert page.header("Content-Type") == "text/javascript; charset=utf-8"
    assert "Clerk.load" in page.text


def test_without_a_folder_the_pages_need_no_script():
    browser = clerk_browser(local_clerk())
    page = browser.request("GET", "/sign-in")
    assert page.status == 200
    assert "<script" not in page.text
    assert browser.request("GET", "/components.js").status == 404

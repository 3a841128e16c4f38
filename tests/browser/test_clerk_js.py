"""The demo in Chromium, with Clerk's own library and components from npm, unchanged."""

import pytest

PASSWORDS = {
    "ada": "engine-1843",
    "grace": "compiler-1952",
    "alan": "machine-1936",
}


@pytest.fixture
def site(open_site, clerk_js):
    return open_site(clerk_js)


def sign_in(tab, who="ada", password=None, path="/sign-in"):
    tab.go(path).fill("identifier", f"{who}@example.com").click("Continue")
    return tab.fill("password", password or PASSWORDS[who]).click("Continue")


def rows(tab):
    """The first cell of each row of the page's tables, and the second."""
    script = """return Array.from(document.querySelectorAll("tr")).map(
        row => [row.cells[0].innerText, row.cells[1].innerText])"""
    return dict(tab.run(script))


def open_switcher(tab):
    tab.find(".cl-organizationSwitcherTrigger").click()
    tab.find(".cl-organizationSwitcherPopoverCard")
    return tab


def test_sign_up(site):
    tab = site.tab.go("/sign-up")
    tab.fill("emailAddress", "mary@example.com").fill("password", "mechanism-1831")
    tab.click("Continue").fill_code(site.code())
    tab.see("Hello, ")
    assert tab.url == f"{site.primary}/dashboard"
    assert rows(tab)["E-mail"] == "mary@example.com"


def test_sign_in_and_dashboard(site):
    tab = site.tab.go("/dashboard").fill("identifier", "ada@example.com")
    tab.click("Continue").fill("password", PASSWORDS["ada"]).click("Continue")
    tab.see("Hello, Ada")
    assert tab.url == f"{site.primary}/dashboard"
    tab.find(".cl-userButtonTrigger").click()
    tab.see("Manage account")


def test_wrong_password(site):
    tab = sign_in(site.tab, password="wrong-password")
    tab.see("incorrect")
    tab.go("/").see("Nobody is signed in on this browser.")


def test_an_expired_token_is_renewed_unnoticed(site):
    tab = sign_in(site.tab).see("Hello, Ada")
    before = rows(tab)
    site.clock.shift(90)
    tab.go("/dashboard").see("Hello, Ada")
    after = rows(tab)
    assert tab.url == f"{site.primary}/dashboard"
    assert int(after["iat"]) >= int(before["iat"]) + 90
    assert after["sid"] == before["sid"]
    tab.find(".cl-userButtonTrigger")


def test_the_switcher_and_the_url_choose_the_organization(site):
    tab = sign_in(site.tab).see("Hello, Ada")
    open_switcher(tab).click("Lighthouse Press").see("Active organization")
    assert tab.url == f"{site.primary}/orgs/lighthouse"
    assert rows(tab)["Slug"] == "lighthouse"
    tab.go("/orgs/rowers").see("Active organization")
    assert rows(tab)["Slug"] == "rowers"
    assert "River Rowers" in tab.find(".cl-organizationSwitcherTrigger").text
    open_switcher(tab).click("Personal account").see("this is your personal account")
    assert tab.url == f"{site.primary}/me"


def test_an_organization_one_may_not_enter(site):
    tab = sign_in(site.tab, "alan").see("Hello, Alan")
    tab.go("/orgs/lighthouse").see("Not your organization")
    assert "Members" not in rows(tab)


def test_who_signs_out_in_one_tab_is_out_in_the_other(site):
    tab = sign_in(site.tab).see("Hello, Ada")
    first = tab.driver.current_window_handle
    second = site.another_tab()
    tab.go("/dashboard").see("Hello, Ada").find(".cl-userButtonTrigger")
    site.switch(first)
    tab.find(".cl-userButtonTrigger").click()
    tab.click("Sign out").see("Nobody is signed in")
    tab.driver.close()
    site.switch(second)
    tab.wait(lambda: "Hello, Ada" not in tab.text_now(), "the end of the session")


def test_the_satellite_round_trip(site):
    tab = site.tab.go(f"{site.satellite}/").see("A satellite").click("Sign in")
    tab.fill("identifier", "ada@example.com").click("Continue")
    assert tab.url.startswith(site.primary)
    tab.fill("password", PASSWORDS["ada"]).click("Continue")
    tab.see("You are signed in here, too")
    assert tab.url == f"{site.satellite}/"


def test_roles_are_given_and_taken(site):
    tab = sign_in(site.tab).see("Hello, Ada").go("/admin")
    for button, role in [("Make moderator", "moderator"), ("Remove role", "no role")]:
        tab.press(f"{button}: Grace Hopper")
        mark = "article[aria-label='Grace Hopper'] .mark"
        tab.wait(lambda role=role: tab.find(mark).text == role, f"the mark {role}")


def test_nothing_is_blocked_or_broken(site):
    tab = sign_in(site.tab).see("Hello, Ada")
    for path in ("/", "/dashboard", "/admin"):
        tab.go(path).find(".cl-userButtonTrigger")
    assert tab.complaints() == []

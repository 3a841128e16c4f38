"""The demo in Chromium, with Clerk's own library and components from npm, unchanged."""

import pytest

PASSWORD = "engine-1843"


@pytest.fixture
def site(component_site):
    return component_site


def sign_in(tab, password=PASSWORD):
    tab.fill("identifier", "ada@example.com").click("Continue")
    return tab.fill("password", password).click("Continue")


def enter(tab, user_id="user_ada"):
    """What the plain page would send, since components take their time."""
    script = """const form = document.createElement("form");
        form.method = "post";
        form.action = "/__clerk/sign-in?redirect_url=/dashboard";
        form.append(Object.assign(document.createElement("input"),
            {name: "user_id", value: arguments[0]}));
        document.body.append(form);
        form.submit();"""
    tab.go("/api").run(script, user_id)
    return tab.see("Hello, ")


def rows(tab):
    """The first cell of each row of the page's tables, and the second."""
    script = """return Array.from(document.querySelectorAll("tr")).map(
        row => [row.cells[0].innerText, row.cells[1].innerText])"""
    return dict(tab.run(script))


def graces_mark(tab):
    return tab.find("article[aria-label='Grace Hopper'] .mark").text


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
    tab = sign_in(site.tab.go("/dashboard")).see("Hello, Ada")
    assert tab.url == f"{site.primary}/dashboard"
    tab.find(".cl-userButtonTrigger").click()
    tab.see("Manage account")


def test_wrong_password(site):
    tab = sign_in(site.tab.go("/sign-in"), "wrong-password")
    tab.see("incorrect")
    tab.go("/").see("Nobody is signed in on this browser.")


def test_an_expired_token_is_renewed_unnoticed(site):
    tab = enter(site.tab)
    before = rows(tab)
    site.clock.shift(90)
    tab.go("/dashboard").see("Hello, Ada")
    after = rows(tab)
    assert tab.url == f"{site.primary}/dashboard"
    assert int(after["iat"]) >= int(before["iat"]) + 90
    assert after["sid"] == before["sid"]
    tab.find(".cl-userButtonTrigger")


def test_the_switcher_and_the_url_choose_the_organization(site):
    tab = enter(site.tab)
    open_switcher(tab).click("Lighthouse Press").see("Active organization")
    assert tab.url == f"{site.primary}/orgs/lighthouse"
    assert rows(tab)["Slug"] == "lighthouse"
    tab.go("/orgs/rowers").see("Active organization")
    assert rows(tab)["Slug"] == "rowers"
    assert "River Rowers" in tab.find(".cl-organizationSwitcherTrigger").text
    open_switcher(tab).click("Personal account").see("this is your personal account")
    assert tab.url == f"{site.primary}/me"


def test_an_organization_one_may_not_enter(site):
    tab = enter(site.tab, "user_alan")
    tab.go("/orgs/lighthouse").see("Not your organization")
    assert "Members" not in rows(tab)


def test_who_signs_out_in_one_tab_is_out_in_the_other(site):
    tab = enter(site.tab)
    second = tab.driver.current_window_handle
    tab.find(".cl-userButtonTrigger")
    site.open_tab()
    tab.go("/dashboard").find(".cl-userButtonTrigger").click()
    tab.click("Sign out").see("Nobody is signed in")
    site.close_tab(second)
    tab.see("Nobody is signed in")


def test_the_satellite_round_trip(site):
    tab = site.tab.go(f"{site.satellite}/").see("A satellite").click("Sign in")
    tab.find("[name='identifier']")
    assert tab.url.startswith(f"{site.primary}/")
    sign_in(tab).see("You are signed in here, too")
    assert tab.url.partition("?")[0] == f"{site.satellite}/"


def test_roles_are_given_and_taken(site):
    tab = enter(site.tab).go("/admin")
    for button, role in [("Make moderator", "moderator"), ("Remove role", "no role")]:
        tab.press(f"{button}: Grace Hopper")
        tab.wait(lambda role=role: graces_mark(tab) == role, f"the mark {role}")


def test_nothing_is_blocked_or_broken(site):
    tab = enter(site.tab)
    for path in ("/", "/dashboard", "/admin"):
        tab.go(path).find(".cl-userButtonTrigger").click()
        tab.see("Manage account")
    assert tab.complaints() == []

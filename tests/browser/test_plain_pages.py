"""The demo in Chromium, with pages that need no JavaScript."""

import pytest

PASSWORD = "engine-1843"


@pytest.fixture
def site(plain_site):
    return plain_site


def sign_in(tab, password):
    tab.go("/sign-in").fill("email", "ada@example.com")
    return tab.fill("password", password).click("Continue")


def enter(tab, name="Ada Lovelace"):
    """From the list of people, where no password is asked for."""
    first = name.partition(" ")[0]
    return tab.go("/sign-in").click(name).see(f"Hello, {first}")


def rows(tab):
    """The first cell of each row of the page's tables, and the second."""
    script = """return Array.from(document.querySelectorAll("tr")).map(
        row => [row.cells[0].innerText, row.cells[1].innerText])"""
    return dict(tab.run(script))


def place(tab):
    """Of satellites Clerk keeps in the query that they have asked."""
    return tab.url.partition("?")[0]


def mark(tab, name):
    return tab.find(f"article[aria-label='{name}'] .mark").text


def test_sign_up(site):
    tab = site.tab.go("/").click("Sign up")
    tab.fill("first_name", "Mary").fill("last_name", "Somerville")
    tab.fill("email", "mary@example.com").fill("password", "mechanism-1831")
    tab.click("Continue").see("Check your e-mail")
    tab.fill("code", site.code()).click("Continue").see("Hello, Mary")
    assert tab.url == f"{site.primary}/dashboard"
    assert rows(tab)["E-mail"] == "mary@example.com"


def test_a_wrong_code_makes_nobody(site):
    tab = site.tab.go("/sign-up")
    tab.fill("email", "mary@example.com").fill("password", "mechanism-1831")
    tab.click("Continue").see("Check your e-mail")
    wrong = "000001" if site.code() == "000000" else "000000"
    tab.fill("code", wrong).click("Continue").see("Incorrect code")
    tab.go("/dashboard").see("Sign in")
    assert "/sign-in" in tab.url


def test_sign_in_and_dashboard(site):
    tab = site.tab.go("/dashboard")
    assert "/sign-in" in tab.url
    tab.fill("email", "ada@example.com").fill("password", PASSWORD)
    tab.click("Continue").see("Hello, Ada")
    assert tab.url == f"{site.primary}/dashboard"
    shown = rows(tab)
    assert (shown["Name"], shown["Status"]) == ("Ada Lovelace", "signed-in")
    assert '"role": "admin"' in shown["metadata"]


def test_wrong_password(site):
    tab = sign_in(site.tab, "wrong-password")
    tab.see("Password is incorrect")
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


def test_the_organization_is_chosen_from_a_list(site):
    tab = enter(site.tab)
    tab.click("Choose another").see("Which one is active")
    tab.click("Lighthouse").see("Hello, Ada")
    assert rows(tab)["Organization"] == "lighthouse"
    tab.click("Choose another").click("Personal account").see("Hello, Ada")
    assert rows(tab)["Organization"] == "none"


def test_the_url_chooses_the_organization(site):
    tab = enter(site.tab).go("/orgs")
    tab.click("Lighthouse").see("Active organization")
    assert tab.url == f"{site.primary}/orgs/lighthouse"
    assert rows(tab)["Slug"] == "lighthouse"
    tab.go("/me").see("none: this is your personal account")
    tab.go("/orgs/lighthouse/reports").see("Active organization: reports")
    tab.go("/dashboard")
    assert rows(tab)["Organization"] == "lighthouse"


@pytest.mark.parametrize("slug", ["lighthouse", "nobodys"])
def test_an_organization_one_may_not_enter(site, slug):
    tab = enter(site.tab, "Alan Turing")
    tab.go(f"/orgs/{slug}").see("Not your organization")
    assert "Members" not in rows(tab)


def test_roles_are_given_and_taken(site):
    tab = enter(site.tab).go("/admin")
    name = "Grace Hopper"
    for button, role in [
        ("Make admin", "admin"),
        ("Make moderator", "moderator"),
        ("Remove role", "no role"),
    ]:
        tab.press(f"{button}: {name}")
        tab.wait(lambda role=role: mark(tab, name) == role, f"the mark {role}")
    assert mark(tab, "Ada Lovelace") == "admin"


def test_people_are_searched(site):
    tab = enter(site.tab).go("/admin").see("Grace Hopper")
    tab.fill("search", "ada").click("Search")
    tab.wait(lambda: "Grace Hopper" not in tab.text_now(), "only Ada")
    assert "Ada Lovelace" in tab.text
    tab.fill("search", "no such person").click("Search").see("Nobody is found")


def test_only_admins_see_the_admin_page(site):
    tab = enter(site.tab, "Grace Hopper").go("/admin")
    assert "Search people" not in tab.text


def test_who_signs_out_in_one_tab_is_out_in_the_other(site):
    tab = enter(site.tab)
    second = tab.driver.current_window_handle
    site.open_tab()
    tab.go("/dashboard").click("Sign out").see("Nobody is signed in")
    site.close_tab(second)
    tab.see("Hello, Ada").driver.refresh()
    tab.see("No account?")
    assert "/sign-in" in tab.url


def test_the_satellite_round_trip(site):
    tab = site.tab.go(f"{site.satellite}/").see("A satellite")
    assert tab.url == f"{site.satellite}/"
    tab.click("Sign in").fill("email", "ada@example.com")
    assert tab.url.startswith(site.primary)
    tab.fill("password", PASSWORD).click("Continue")
    tab.see("You are signed in here, too")
    assert place(tab) == f"{site.satellite}/"
    tab.go(f"{site.primary}/dashboard").see("Hello, Ada")


def test_who_is_signed_in_is_so_at_the_satellite_without_a_form(site):
    tab = enter(site.tab)
    tab.go(f"{site.satellite}/").click("Sign in").see("You are signed in here, too")
    assert place(tab) == f"{site.satellite}/"


def test_nothing_is_blocked_or_broken(site):
    tab = enter(site.tab)
    for path in ("/", "/dashboard", "/me", "/orgs", "/admin", "/api"):
        tab.go(path).see("Why am I in this state?")
    assert tab.complaints() == []

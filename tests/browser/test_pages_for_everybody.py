"""Pages without JavaScript, for people on a telephone, or with a keyboard alone."""

import pytest
from page_checks import keys_to, look, next_control, press, tab_round

PHONE = 390, 844
DESK = 1200, 900
ENTER, SPACE = "\ue007", " "
GRACES_MARK = "article[aria-label='Grace Hopper'] .mark"
PASSWORD = "engine-1843"

FOR_NOBODY = (
    *("/", "/api", "/there-is-no-such-page"),
    *("/__clerk/sign-in", "/__clerk/sign-up", "/__clerk/nothing"),
)
FOR_ADA = (
    *("/", "/dashboard", "/me", "/me/notes", "/orgs", "/api", "/admin"),
    *("/admin?search=nobody", "/orgs/lighthouse", "/orgs/rowers/reports"),
    *("/orgs/nobodys", "/__clerk/sign-in", "/__clerk/user", "/__clerk/sign-out"),
    *("/__clerk/organizations", "/__clerk/create-organization"),
)


@pytest.fixture
def site(plain_site):
    return plain_site


def each_page(site):
    """Every kind of page, by name, while it is shown; last those for Ada."""
    tab = site.tab
    for path in (*FOR_NOBODY, f"{site.satellite}/"):
        tab.go(path).find("h1")
        yield path
    tab.go("/sign-in").fill("email", "ada@example.com").fill("password", "wrong")
    tab.click("Continue").see("Password is incorrect")
    yield "a wrong password"
    tab.fill("email", "ada@example.com").click("E-mail me a code")
    tab.see("Enter the six digits")
    yield "a code"
    tab.fill("code", site.code()).click("Continue").see("Hello, Ada")
    for path in FOR_ADA:
        tab.go(path).find("h1")
        yield f"{path} for Ada"
    tab.go(f"{site.satellite}/").click("Sign in").see("You are signed in here, too")
    yield "the satellite for Ada"


def what_is_wrong(site, *questions):
    """By page, what any of the questions found there."""
    found = {}
    for name in each_page(site):
        wrong = [each for question in questions for each in look(site.tab, question)]
        if wrong:
            found[name] = wrong
    return found


def test_on_a_phone_nothing_is_cut_off_or_hard_to_press(site):
    site.tab.show_as(*PHONE)
    width, menu = f"wider_than({PHONE[0]})", "hidden_in_menu('nav a')"
    assert what_is_wrong(site, width, menu, "hard_to_press()") == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(site, theme):
    site.tab.show_as(*DESK, theme)
    look_dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    assert look(site.tab.go("/"), look_dark) is (theme == "dark")
    assert what_is_wrong(site, "hard_to_read()") == {}


@pytest.mark.parametrize("size", [DESK, (*PHONE, "dark")], ids=["desk", "phone"])
def test_the_tab_key_leads_to_every_control_in_order_and_shows_it(site, size):
    tab = site.tab.show_as(*size)
    for name in each_page(site):
        wanted = look(tab, "controls()")
        found = tab_round(tab)
        assert [each["name"] for each in found] == wanted, name
        assert [each for each in found if not each["isSeen"]] == [], name


def test_the_first_link_leads_past_the_menu(site):
    tab = site.tab.go("/api")
    skip = next_control(tab)
    assert skip["name"] == 'a "Skip to the content"'
    press(tab, ENTER)
    assert next_control(tab)["isInMain"]


def test_one_signs_in_by_keys_alone(site):
    tab = site.tab.go("/")
    press(keys_to(tab, "Sign in"), ENTER)
    tab.see("Choose somebody")
    press(keys_to(tab, "email"), "ada@example.com")
    press(keys_to(tab, "password"), PASSWORD)
    press(tab, ENTER)
    tab.see("Ada Lovelace").see("Open your dashboard")
    press(keys_to(tab, "Sign out"), SPACE)
    tab.see("Nobody is signed in")


def test_one_signs_in_from_the_list_and_gives_roles_by_keys_alone(site):
    tab = site.tab.go("/sign-in")
    press(keys_to(tab, "Ada Lovelace"), ENTER)
    press(keys_to(tab.see("Hello, Ada"), "Admin"), ENTER)
    tab.see("Search people")
    for button, key, role in [
        ("Make admin", ENTER, "admin"),
        ("Make moderator", SPACE, "moderator"),
    ]:
        press(keys_to(tab, f"{button}: Grace Hopper"), key)
        tab.wait(lambda role=role: tab.find(GRACES_MARK).text == role, role)
    press(keys_to(tab, "search"), "ada")
    press(tab, ENTER)
    tab.wait(lambda: "Grace Hopper" not in tab.text_now(), "only Ada")

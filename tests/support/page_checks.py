"""How pages do for people with a telephone, with keys alone, by day and by night."""

from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


def look(tab, question):
    """What one of the functions in the script says of the page that is shown."""
    return tab.run(f"{SCRIPT}\nreturn {question}")


def press(tab, key):
    """A key of `selenium.webdriver.Keys`, or text, for whatever has the focus."""
    tab.driver.switch_to.active_element.send_keys(key)


def next_control(tab):
    """What the Tab key leads to, or None for the browser's own bar."""
    press(tab, "\ue004")
    return look(tab, "focused()")


def tab_round(tab):
    """Everything that the Tab key leads to, from where the page begins to its end."""
    found = [each for each in [look(tab, "focused()")] if each]
    # At the end the browser's own bar has a turn, or the first is there again.
    while len(found) < 100:
        reached = next_control(tab)
        if reached is None or reached in found[:1]:
            return found
        found.append(reached)
    raise AssertionError(f"There is no end to it: {found[-3:]}")


def keys_to(tab, label):
    """Tab until something is reached that is called so."""
    seen = []
    for _ in range(100):
        reached = next_control(tab)
        if reached and label in reached["name"]:
            return tab
        seen.append(reached)
    raise AssertionError(f"Keys do not lead to {label!r}, but to {seen[:30]}")

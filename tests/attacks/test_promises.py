"""Every promise is shown by what is there; the page says which are not kept."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from promise_register import COMMANDED, NODES, PAGE, PROMISES, REASONS, TOPICS, tables

from clerk_wsgi.cli.commands import parser

ROOT = Path(__file__).parents[2]
IDS = [
    f"{letter}{n + 1}" for letter, (_, count) in TOPICS.items() for n in range(count)
]


@cache
def functions_of(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_all_96_promises_are_there_and_no_other():
    assert len(IDS) == 96
    assert list(PROMISES) == IDS
    assert (NODES | COMMANDED | REASONS).keys() <= set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_a_promise_is_shown_or_said_not_to_be_kept(name):
    assert len(PROMISES[name]) > 10
    assert name in NODES or name in COMMANDED or REASONS[name].startswith("not kept")


@pytest.mark.parametrize("name", REASONS)
def test_what_is_not_kept_has_a_reason(name):
    kind, _, why = REASONS[name].partition(": ")
    assert kind in ("not kept", "in part")
    assert len(why) > 20


@pytest.mark.parametrize("name", NODES)
def test_the_tests_that_show_it_are_there(name):
    for node in NODES[name]:
        path, _, function = node.partition("::")
        assert function in functions_of(path), node


@pytest.mark.parametrize(
    "command", sorted({c for of in COMMANDED.values() for c in of})
)
def test_the_commands_that_show_it_are_there(command):
    script, *words = command.split()
    if script == "clerk-wsgi":
        assert parser().parse_args(words)
    else:
        assert '__name__ == "__main__"' in (ROOT / script).read_text("utf-8")


def test_the_page_is_what_the_register_says():
    page = PAGE.read_text("utf-8")
    _, found, _ = re.split("<!-- /?promises -->", page)
    assert found.strip() == "\n".join(tables()).strip()

"""Every attack of the list is tried by some test that is there."""

import ast
from functools import cache
from pathlib import Path

import pytest
from attack_register import NODES, entries

ROOT = Path(__file__).parents[2]


@cache
def functions_of(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_attack_is_tried_and_no_other_is_named():
    assert NODES.keys() == {each["id"] for each in entries()}


@pytest.mark.parametrize("name", NODES)
def test_the_tests_that_try_it_are_there(name):
    assert NODES[name]
    for node in NODES[name]:
        path, _, function = node.partition("::")
        assert function in functions_of(path), node

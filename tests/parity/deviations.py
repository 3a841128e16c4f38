"""Where we differ from Clerk's packages on purpose: rules, each with its reason."""

from collections.abc import Callable
from typing import NamedTuple


class Rule(NamedTuple):
    """What one decision explains, and whether it may grant more than Clerk does."""

    name: str
    reason: str
    explains: Callable
    wider: bool = False


RULES = []


def explain(case, theirs, ours, fields):
    """The rules that explain all that differs, or None."""
    left, rules = set(fields), []
    for rule in RULES:
        explained = set(rule.explains(case, theirs, ours)) & left
        if explained:
            rules.append(rule)
            left -= explained
    return None if left else rules

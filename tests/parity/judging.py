"""The verdict on two answers."""

from as_if import once_more, restored
from comparing import differences, is_looser
from deviations import explain


def judge(packages, case, theirs, ours):
    """("equal" | "explained" | "UNEXPLAINED" | "LOOSER", fields, rules)"""
    fields = differences(theirs, ours)
    if not fields:
        return "equal", [], []
    rules = explain(case, theirs, ours, fields)
    if rules is None:
        loose = is_looser(theirs, ours)
        return "LOOSER" if loose else "UNEXPLAINED", fields, []
    other = [rule.as_if for rule in rules if rule.as_if]
    if other:
        verdict = second_verdict(packages, case, ours, other)
        return verdict, fields, rules
    if is_looser(theirs, ours) and not all(rule.wider for rule in rules):
        return "LOOSER", fields, rules
    return "explained", fields, rules


def second_verdict(packages, case, ours, changes):
    """What theirs would say if the case were as ours takes it to be."""
    for change in changes:
        case = change(case)
    packages.ask([once_more(case)])
    [theirs] = packages.answers()
    verdict, *_ = judge(packages, case, restored(theirs), ours)
    return "explained" if verdict == "equal" else verdict

"""Matching without backtracking, for patterns that could make `re` try for hours.

`/a(.*)b(.*)c` on a path of a thousand b's has a million ways to fail, and `re` tries
them all. Here each part of a pattern is asked once, from the last to the first: from
which positions in the path can you and those after you still reach the end? The set
of positions is a number with a bit for each of them, so one question is a few
operations on whole numbers. Then the path is walked once, forwards, along positions
from which the end can be reached, taking what `re` would have preferred.

Bits count from the end of the path: bit 0 is the end, bit n the start of a path of n
characters, and going back one character is going up one bit. The mark of a character
is the bit of the position after it.
"""

import re
from collections.abc import Sequence

from clerk_wsgi.core.pattern_contents import EXACT_FLAGS, FLAGS, Span
from clerk_wsgi.core.pattern_syntax import DELIMITERS, Group

Capture = tuple[int, int]
ABSENT: Capture = (-1, -1)

# A character that is in no path.
MARK = "\ud8ff"

# On so short a path, so few wildcards cost `re` less than they would cost us.
SHORT, FEW = 64, 3


class Scanner:
    """Matches paths against steps; worth it for `patience` characters and more.

    `is_exact`: by case, and without a slash more at the end.
    """

    def __init__(
        self, steps: Sequence[Group], patience: int, *, is_exact: bool = False
    ) -> None:
        self.steps = steps
        self.patience = patience
        self.flags = EXACT_FLAGS if is_exact else FLAGS
        self.ends = () if is_exact else tuple(DELIMITERS)

    def accepts(self, path: str) -> bool:
        return bool(self.plan(path))

    def find(self, path: str) -> list[Capture] | None:
        """Where each content stands in the path; None if the path does not match."""
        captures = []
        position = size = len(path)
        for plan in (plans := self.plan(path)):
            (start, end), position = plan.walk(position)
            if plan.step.span:
                captures.append(ABSENT if start < 0 else (size - start, size - end))
        return captures if plans else None

    def plan(self, path: str) -> "list[Plan]":
        """A plan for each step, or none at all if the path does not match."""
        if not self.starts_well(path):
            return []
        later = 0b11 if path.endswith(self.ends) else 0b1
        plans: list[Plan] = []
        for step in reversed(self.steps):
            plans.insert(0, Plan(step, path, later, self.flags))
            later = plans[0].before
        return plans if has(later, len(path)) else []

    def starts_well(self, path: str) -> bool:
        """A cheap first question: most paths differ in their first characters."""
        first = self.steps[0]
        return first.is_optional or bool(
            re.match(re.escape(first.prefix), path, self.flags)
        )


class Plan:
    """What a step can do in one path, if `later` positions lead to the end."""

    def __init__(
        self, step: Group, path: str, later: int, flags: re.RegexFlag = FLAGS
    ) -> None:
        self.step = step
        self.prefix_marks = find_marks(re.escape(step.prefix), path, flags)
        self.span_marks = find_marks(step.span.unit, path, flags) if step.span else 0
        self.suffix_marks = find_marks(re.escape(step.suffix), path, flags)
        # Where a content may end, and where the step, or a repetition of it, may start.
        leave = self.ends = self.before_suffix(later)
        self.starts = self.before_content(self.ends)
        self.again = 0
        while step.repeats and (again := self.before_suffix(self.starts)) != self.again:
            self.again, self.ends = again, leave | again
            self.starts = self.before_content(self.ends)
        self.before = self.starts | (later if step.is_optional else 0)

    def before_suffix(self, later: int) -> int:
        return before_text(self.step.suffix, self.suffix_marks, later)

    def before_content(self, ends: int) -> int:
        if self.step.span:
            ends = before_run(self.step.span, self.span_marks, ends)
        return before_text(self.step.prefix, self.prefix_marks, ends)

    def walk(self, position: int) -> tuple[Capture, int]:
        """The content, from where to where, and the position after the whole step."""
        if not has(self.starts, position):
            return ABSENT, position
        prefix, suffix = len(self.step.prefix), len(self.step.suffix)
        start = position - prefix
        end = self.end_of_content(start)
        while has(self.again, end):
            end = self.end_of_content(end - suffix - prefix)
        return (start, end), end - suffix

    def end_of_content(self, start: int) -> int:
        """The end that `re` would choose among those that lead on."""
        span = self.step.span
        if span is None:
            return start
        farthest = (~self.span_marks & ((1 << start) - 1)).bit_length()
        nearest = start - span.least
        within = (self.ends & ((2 << nearest) - 1)) >> farthest << farthest
        return highest(within if span.is_lazy else within & -within)


def scanner_for(
    parts: Sequence[str | Group], *, is_exact: bool = False
) -> Scanner | None:
    """A scanner where backtracking could hurt and every content is a run."""
    steps = steps_of(parts)
    if any(step.content and not step.span for step in steps):
        return None
    if any(map(may_explode, steps)):
        return Scanner(steps, patience=0, is_exact=is_exact)
    wandering = list(filter(wanders, steps))
    if wandering and takes_rest(steps[-1]):
        wandering.pop()
    if len(wandering) < 2:
        return None
    patience = SHORT if len(wandering) <= FEW else 0
    return Scanner(steps, patience, is_exact=is_exact)


def steps_of(parts: Sequence[str | Group]) -> list[Group]:
    """The parts, literals as groups without content, `{}` left out."""
    steps = [Group.literal(part) if isinstance(part, str) else part for part in parts]
    return [step for step in steps if step.prefix or step.content or step.suffix]


def may_explode(step: Group) -> bool:
    """Is it repeated, and may what is between two repetitions be inside one, too?"""
    between = step.suffix + step.prefix
    return bool(step.repeats and step.span and re.match(step.span.unit, between, FLAGS))


def wanders(step: Group) -> bool:
    """May it end in many places, wherever it starts?"""
    return step.repeats or bool(step.span and not step.is_default)


def takes_rest(step: Group) -> bool:
    span = step.span
    return bool(span and span.unit == "." and span.count == "*") and not step.suffix


def find_marks(expression: str, path: str, flags: re.RegexFlag = FLAGS) -> int:
    """The marks of the characters of the path at which the expression matches."""
    if not expression:
        return 0
    if expression == ".":
        return (1 << len(path)) - 1
    marked = re.sub(f"(?={expression}).", MARK, path, flags=flags)
    digits = re.sub(f"[^{MARK}]", "0", marked).replace(MARK, "1")
    return int(digits or "0", base=2)


def before_text(text: str, marks: int, later: int) -> int:
    """The positions from which this text leads to a later one."""
    return (later << len(text)) & (marks << 1) if text else later


def before_run(span: Span, marks: int, later: int) -> int:
    """The positions from which marked characters alone lead to a later one."""
    if span.least:
        later = (later & marks) << 1
    # The sum carries every position up to the end of the run of marks that it is in.
    return (((later & marks) + marks) ^ marks) | later


def has(positions: int, position: int) -> bool:
    return bool(positions >> position & 1)


def highest(positions: int) -> int:
    return positions.bit_length() - 1

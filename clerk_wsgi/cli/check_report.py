"""What `clerk-wsgi check` found, for people and for programs."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from clerk_wsgi.cli.route import Route

# From the best to the worst; a route is as bad as its worst path.
VERDICTS = ("protected", "public", "unclear", "open")
BAD = ("unclear", "open")


class Answer(NamedTuple):
    """What the guard says to one request, or about a whole route."""

    verdict: str
    why: str


class Finding(NamedTuple):
    route: Route
    prefix: str
    answer: Answer

    @property
    def path(self) -> str:
        return self.prefix + self.route.path

    @property
    def methods(self) -> str:
        return ",".join(self.route.methods) or "any"

    def told(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "methods": list(self.route.methods),
            "view": self.route.view,
            "verdict": self.answer.verdict,
            "why": self.answer.why,
        }


class Report(NamedTuple):
    """`notes` are what cannot be seen from outside.

    `unseen` counts the applications that may have more routes than are listed, and no
    guard that protects them unasked.
    """

    name: str
    frameworks: list[str]
    findings: list[Finding]
    notes: list[str]
    unseen: int

    @property
    def is_good(self) -> bool:
        return not self.uncovered and not self.unseen

    @property
    def uncovered(self) -> int:
        return sum(each.answer.verdict in BAD for each in self.findings)


def as_json(report: Report) -> str:
    told = {
        "application": report.name,
        "frameworks": report.frameworks,
        "routes": [each.told() for each in report.findings],
        "uncovered": report.uncovered,
        "unseen": report.unseen,
        "notes": report.notes,
    }
    return json.dumps(told, indent=2)


def as_text(report: Report) -> str:
    count = len(report.findings)
    frameworks = ", ".join(dict.fromkeys(report.frameworks))
    head = f"{report.name}: {frameworks}, {count} {'route' if count == 1 else 'routes'}"
    return "\n".join(
        [head, "", *table(report.findings), *report.notes, verdict(report)]
    )


def table(findings: Sequence[Finding]) -> list[str]:
    """A line for each route, the worst first."""
    rows = [
        (each.answer.verdict, each.methods, each.path, each.route.view, each.answer.why)
        for verdict in reversed(VERDICTS)
        for each in findings
        if each.answer.verdict == verdict
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return [line.rstrip() for line in lines] + [""] * bool(lines)


def verdict(report: Report) -> str:
    if not report.findings and not report.unseen:
        return "No route was found; all that is not named public is protected."
    if not report.findings:
        return "No route was found, so nothing is shown to be covered."
    if not report.uncovered and report.unseen:
        return "Every route that is listed is covered; that others are is not shown."
    if not report.uncovered:
        return "Every route is protected or named public."
    return (
        f"{report.uncovered} of {len(report.findings)} routes: neither protected nor "
        "named public."
    )

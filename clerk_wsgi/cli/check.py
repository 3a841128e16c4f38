"""`clerk-wsgi check`: which routes of an application does no guard cover?

Nothing of the application is run. Its guard is asked about made-up requests of somebody
who is not signed in, one for every kind of path that a route takes.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.test import create_environ

from clerk_wsgi.cli.check_report import (
    VERDICTS,
    Answer,
    Finding,
    Report,
    as_json,
    as_text,
)
from clerk_wsgi.cli.onion import Core, HandedOn, cores, status_of
from clerk_wsgi.cli.route import Route
from clerk_wsgi.core.public_paths import PublicPaths

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FOUND = 1
# The last is one that no handler names.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY")
# Answers that say nothing of who may enter.
TROUBLE = ("400", "5")


def check(name: str, public: Sequence[str] = (), *, is_json: bool = False) -> int:
    """Print the routes; 1 if some are neither covered nor public, or cannot be told."""
    from clerk_wsgi.cli.run import find_application

    report = examine(name, find_application(name), PublicPaths(list(public)))
    print(as_json(report) if is_json else as_text(report))
    return 0 if report.is_good else FOUND


def examine(name: str, app: Any, public: PublicPaths) -> Report:
    frameworks, findings, notes = [], [], []
    found = list(cores(app))
    for core in found:
        frameworks.append(core.site.framework if core.site else "plain WSGI")
        findings += findings_of(core, public)
        notes += notes_on(core)
    if any(each.answer.verdict == "open" for each in findings):
        notes.append(
            "A view that calls auth.protect() itself is open here all the same."
        )
    unseen = sum(core.is_unseen for core in found)
    return Report(name, frameworks, findings, list(dict.fromkeys(notes)), unseen)


def notes_on(core: Core) -> list[str]:
    notes = []
    where = f" below {core.prefix}" if core.prefix else ""
    if not any(core.guards()):
        notes.append(f"No guard was found around the application{where}.")
    if core.site is None:
        notes.append(f"The application{where} is plain WSGI: it lists no routes.")
    elif core.site.unlisted:
        notes.append(core.site.unlisted)
    return notes


def findings_of(core: Core, public: PublicPaths) -> list[Finding]:
    routes = core.site.routes if core.site else []
    return [Finding(each, core.prefix, judge(core, each, public)) for each in routes]


def judge(core: Core, route: Route, public: PublicPaths) -> Answer:
    paths = [core.prefix + path for path in route.examples()]
    if not paths:
        return Answer("unclear", "no path was found that it takes")
    methods = route.methods or METHODS
    if "GET" in methods:
        methods = (*methods, "HEAD")
    answers = [judge_one(core, m, path, public) for path in paths for m in methods]
    return max(answers, key=lambda answer: VERDICTS.index(answer.verdict))


def judge_one(core: Core, method: str, path: str, public: PublicPaths) -> Answer:
    shown = f"{method} {path}"
    try:
        status = status_of(core, request_of(method, path))
    except HandedOn:
        return Answer("unclear", f"the handler hands {shown} on to another application")
    except Exception as error:  # a handler may raise anything
        return Answer("unclear", f"asked for {shown}, the guard raises {error!r}")
    if status and status.startswith(TROUBLE):
        return Answer("unclear", f"asked for {shown}, the guard answers {status}")
    if status is not None:
        return Answer("protected", what_covers(core, path))
    if public.accepts(path) or is_declared(core, path):
        return Answer("public", f"{shown} is named public")
    return Answer("open", f"{shown} is let through")


def request_of(method: str, path: str) -> "WSGIEnvironment":
    """Of a program without a session."""
    return {**environ_for(method), "PATH_INFO": path.encode().decode("latin-1")}


@cache
def environ_for(method: str) -> "WSGIEnvironment":
    return create_environ(method=method, headers={"Accept": "application/json"})


def is_declared(core: Core, path: str) -> bool:
    return any(
        guard.public is not None and guard.public.accepts(seen)
        for guard, seen in core.guards(path)
    )


def what_covers(core: Core, path: str) -> str:
    for guard, seen in core.guards(path):
        if rules := guard.rules_for(seen):
            return f"rule {', '.join(rule.pattern.text for rule in rules)}"
        if guard.public is not None and not guard.public.accepts(seen):
            return "not named public"
    return "the handler"

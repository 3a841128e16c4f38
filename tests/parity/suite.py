"""All families of cases, one after the other, and their counts."""

import argparse
import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from clerk_packages import PINS, ClerkPackages
from comparing import shown
from dice import Dice
from judging import judge
from npm import install
from ours import answer
from random_claims import has_case
from random_crossings import crossing
from random_middleware import middleware_case
from random_patterns import path_case
from random_redirects import redirect_case
from random_requests import auth_case

SEED = "1"
BATCH = 100


def auth_or_crossing(dice):
    return crossing(dice) if dice.chance(30) else auth_case(dice)


# family: (how a case is made, comparisons in a case, the option that says how many)
FAMILIES = {
    "auth": (auth_or_crossing, 1, "requests", 5000),
    "paths": (path_case, 4, "pairs", 20_000),
    "has": (has_case, 5, "questions", 5000),
    "redirects": (redirect_case, 1, "redirects", 2000),
    "middleware": (middleware_case, 1, "runs", 1000),
}


def case_of(seed, family, index):
    case = FAMILIES[family][0](Dice(seed, family, index))
    if case.get("options", {}).get("secretKey"):
        # Clerk's package keeps keys by secret key for as long as it runs.
        case["options"]["secretKey"] += f"_{family}_{index}"
    return {"family": family, **case}


def compared(packages, seed, family, indices):
    """(index, case, theirs, ours) of every case."""
    for start in range(0, len(indices), BATCH):
        batch = indices[start : start + BATCH]
        cases = [case_of(seed, family, index) for index in batch]
        packages.ask(cases)
        ours = [answer(family, case) for case in cases]
        ours = json.loads(json.dumps(ours, default=repr))
        yield from zip(batch, cases, packages.answers(), ours, strict=True)


def run(packages, seed, family, indices, show):
    """Counts by verdict and by rule; prints what fails."""
    verdicts, rules, answers = Counter(), Counter(), Counter()
    for index, case, theirs, ours in compared(packages, seed, family, indices):
        verdict, fields, explained_by = judge(packages, case, theirs, ours)
        compared_here = FAMILIES[family][1]
        differing = min(len(fields), compared_here)
        if theirs["kind"] != ours["kind"]:
            differing = compared_here
        verdicts["equal"] += compared_here - differing
        verdicts[verdict] += differing
        answers.update(kinds_of(theirs))
        rules.update(rule.name for rule in explained_by)
        if verdict not in ("equal", "explained") or show:
            print(report(seed, family, index, verdict, fields, explained_by))
            print(told(case, theirs, ours, fields, show))
    return verdicts, rules, answers


def kinds_of(theirs):
    """What kinds of answers these are, to see that all kinds are asked for."""
    if theirs["kind"] == "matches":
        return [f"matches: {each.get('matches')}" for each in theirs["found"]]
    if theirs["kind"] == "has":
        return [f"has: {each}" for each in theirs["has"]]
    return [theirs.get("status") or theirs["kind"]]


def report(seed, family, index, verdict, fields, rules):
    because = f" ({', '.join(rule.name for rule in rules)})" if rules else ""
    named = f"--seed {seed} --only {family}:{index}"
    return f"{verdict}: {named}: {', '.join(fields)}{because}"


def told(case, theirs, ours, fields, in_full):
    """Both answers: what differs, or the case and all of both."""
    if in_full:
        named = {"case": case, "theirs": theirs, "ours": ours}
        return "\n".join(f"  {name:6} {json.dumps(it)}" for name, it in named.items())
    if "kind" in fields or theirs["kind"] == "throws":
        pairs = [("", (brief(theirs), brief(ours)))]
    else:
        pairs = [(field, shown(field, theirs, ours)) for field in fields]
    return "\n".join(
        f"  {field} theirs {json.dumps(a)}\n  {field} ours   {json.dumps(b)}"
        for field, (a, b) in pairs
    )


def brief(said):
    names = ("kind", "message", "status", "reason", "outcome", "url", "found", "has")
    return {name: said[name] for name in names if name in said}


def summary(family, verdicts, rules, answers):
    count = verdicts.total()
    said = ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items()) if n)
    named = ", ".join(f"{name} {n}" for name, n in rules.most_common())
    kinds = ", ".join(f"{n} {kind}" for kind, n in answers.most_common())
    lines = [f"{family}: {count} compared, {said}", f"  answers: {kinds}"]
    return "\n".join([*lines, f"  explained by: {named}"] if named else lines)


def arguments(description):
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--seed", default=SEED, help="any text, or `today`")
    parser.add_argument("--only", metavar="FAMILY:INDEX", help="one case, told in full")
    parser.add_argument(
        "--packages", type=Path, default=Path.home() / ".cache/clerk-wsgi"
    )
    for family, (_, _, option, count) in FAMILIES.items():
        said = f"how many for {family}, {count} unless told"
        parser.add_argument(f"--{option}", type=int, default=count, help=said)
    return parser.parse_args()


def main(description):
    given, started = arguments(description), time.monotonic()
    today = datetime.now(UTC).date().isoformat()
    seed = today if given.seed == "today" else given.seed
    install(given.packages, PINS)
    verdicts = Counter()
    print(f"seed {seed}")
    with ClerkPackages(given.packages) as packages:
        for family, indices in chosen(given).items():
            found, *more = run(packages, seed, family, indices, bool(given.only))
            print(summary(family, found, *more), flush=True)
            verdicts += found
    failed = verdicts["UNEXPLAINED"] + verdicts["LOOSER"]
    passed = verdicts.total() - failed
    seconds = time.monotonic() - started
    print(f"{passed} passed, {failed} failed in {seconds:.0f}s (seed {seed})")
    return 1 if failed else 0


def chosen(given):
    if given.only:
        family, _, index = given.only.partition(":")
        return {family: [int(index)]}
    return {
        family: range(-(-getattr(given, option) // size))
        for family, (_, size, option, _) in FAMILIES.items()
    }

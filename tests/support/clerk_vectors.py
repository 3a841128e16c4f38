"""The cases that Clerk's own package answered, and where we differ on purpose."""

import json
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def deviations(name):
    """{case id: {"reason": ..., and the fields of the case that change}}"""
    path = VECTORS / "deviations" / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def cases(name):
    """Every case, with our own expectation where we deviate."""
    ours = deviations(name)
    found = []
    for number, case in enumerate(load(name)["cases"]):
        case = {"id": f"{name}-{number}", **case}
        case |= {k: v for k, v in ours.pop(case["id"], {}).items() if k != "reason"}
        found.append(case)
    assert not ours, f"deviations name unknown cases: {sorted(ours)}"
    return found


def each_case(name, keep=lambda case: True):
    """`@each_case("has")` runs a test once for every case of that file."""
    chosen = [pytest.param(case, id=case["id"]) for case in cases(name) if keep(case)]
    assert chosen
    return pytest.mark.parametrize("case", chosen)

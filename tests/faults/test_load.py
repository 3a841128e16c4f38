"""Figures of load are honest: all that was asked is counted, and what fails shows."""

import importlib.util
import re
from collections import Counter
from pathlib import Path

import pytest

PATH = Path(__file__).with_name("figures_load.py")
SPEC = importlib.util.spec_from_file_location("faults_figures_load", PATH)
figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(figures)

GOOD = Counter({200: 100})


@pytest.fixture(scope="module")
def rows():
    """Of so little that no time in them says anything."""
    return figures.measure(amount=figures.TINY)


def test_both_applications_are_measured_with_old_tokens_and_new_ones(rows):
    found = [(promise, ours) for promise, ours, *_ in rows if "throughput" in promise]
    assert len(found) == 4
    for promise, ours in found:
        assert "of the bare application's" in promise
        assert re.match(r"\d+\.\d% of \d.* processor time \d.* failed 0$", ours)


def test_garbage_is_refused_beside_good_requests_that_are_not(rows):
    (ours,) = [ours for promise, ours, *_ in rows if "hostile" in promise]
    assert re.search(r"hostile [1-9]\d*, of them let in 0; failed 0$", ours)


@pytest.mark.parametrize(("place", "count"), [(-2, 200), (-1, 100)])
def test_everybody_in_a_flood_is_let_in(rows, place, count):
    promise, ours, _, is_kept = rows[place]
    assert promise.startswith("memory")
    assert ours.endswith(f"let in {count} of {count}")
    assert is_kept


@pytest.mark.parametrize(
    ("rates", "answers", "is_kept"),
    [
        ([(100, 96), (100, 10), (100, 97)], GOOD, True),
        ([(100, 94), (100, 99), (100, 94)], GOOD, False),
        ([(100, 96)], GOOD | Counter({503: 1}), False),
    ],
    ids=["one bad round", "slow", "an answer failed"],
)
def test_the_median_of_the_rounds_decides(rates, answers, is_kept):
    found = figures.Compared(rates, [0.9, 1.0], answers)
    assert figures.told("a page", 0.95, found)[3] is is_kept

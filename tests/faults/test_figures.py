"""A table of promises is worth what it says about those that are broken."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).with_name("figures.py")
SPEC = importlib.util.spec_from_file_location("faults_figures", PATH)
figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(figures)


@pytest.mark.parametrize(
    ("promise", "ours", "kept"),
    [
        ("failed requests: 0", "0 of 3,600; tried 123", True),
        ("failed requests: 0", "1 of 3,600; tried 123", False),
        ("fetches in a minute: at most 4", "4; let in 0", True),
        ("fetches in a minute: at most 4", "60,000", False),
        ("fetches in a minute: at most 1 a second", "6; unsure 600", True),
        ("fetches in a minute: at most 1 a second", "61", False),
        ("of 1 GB at most 64 KiB are read", "64 KiB, and", True),
        ("of 1 GB at most 64 KiB are read", "65 KiB, and", False),
        ("on 4 workers: refused within 1 s", "26 ms at most, of 5", True),
        ("on 4 workers: refused within 1 s", "1200 ms at most, of 5", False),
        ("is left after: 3 s", "3.02 s", True),
        ("is left after: 3 s", "4 s", False),
        ("raw requests sent", "1,000; 900", None),
        ("refused: 0", "none", None),
    ],
)
def test_a_promise_is_compared_with_its_figure(promise, ours, kept):
    assert figures.is_kept(promise, ours) is kept


def test_what_cannot_be_measured_is_broken(capsys):
    (figure,) = figures.measured("figures_of_nothing", is_long=False)
    assert figure[3] is False
    assert figures.row(*figure).count("**broken**") == 1
    assert "figures_of_nothing" in capsys.readouterr().err


def test_every_module_of_figures_takes_part():
    assert {"figures_keys", "figures_soak", "figures_identities"} <= {*figures.names()}

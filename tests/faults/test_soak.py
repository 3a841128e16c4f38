"""Requests leave nothing behind, and an outage of Clerk's is nobody's business."""

import importlib.util
from pathlib import Path

PATH = Path(__file__).with_name("figures_soak.py")
SPEC = importlib.util.spec_from_file_location("faults_figures_soak", PATH)
figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(figures)


def test_memory_threads_and_files_are_flat():
    promise, ours, _, is_kept = figures.memory(seconds=0)
    assert is_kept, f"{promise}: {ours}"


def test_nobody_notices_that_clerk_is_gone():
    promise, ours, _, is_kept = figures.outage(speed=30)
    assert is_kept, f"{promise}: {ours}"

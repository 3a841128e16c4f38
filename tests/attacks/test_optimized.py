"""`python -OO` throws asserts and docstrings away. No check of ours is an assert."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Where it decides, answers or reaches out; not the stand-in for tests.
ROOMS = ["clerk_wsgi/*.py", "clerk_wsgi/core/*.py", "clerk_wsgi/layers/*.py"]
ROOMS += ["clerk_wsgi/contrib/*.py", "clerk_wsgi/cli/*.py", "backends/*.py"]

# Decisions, guard and session, told by tests whose own asserts pytest keeps.
DECISIVE = [
    *("core/test_verification.py", "core/test_tokens.py", "core/test_judging.py"),
    *("core/test_authorization.py", "core/test_options.py", "core/test_webhooks.py"),
    *("layers/test_guard_layer.py", "layers/test_default_deny.py"),
    *("backends/test_public_keys.py", "test_decision.py", "test_auth.py"),
]


@pytest.mark.parametrize("room", ROOMS)
def test_no_check_is_an_assert(room):
    modules = list(ROOT.glob(room))
    assert modules
    for path in modules:
        tree = ast.parse(path.read_text("utf-8"))
        found = [each.lineno for each in ast.walk(tree) if isinstance(each, ast.Assert)]
        assert found == [], path


def test_the_decisions_are_the_same_without_asserts(tmp_path):
    """The folder is another, since from the root the sources would hide the package."""
    tests = [str(ROOT / "tests" / name) for name in DECISIVE]
    command = [sys.executable, "-OO", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    # pytest warns that only the asserts of tests are kept: that is what we want.
    command += ["-W", "ignore::pytest.PytestConfigWarning", *tests]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environ, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert " passed" in run.stdout


def test_a_failing_assert_of_a_test_is_noticed_there(tmp_path):
    """Else the run above would prove nothing."""
    (tmp_path / "test_no.py").write_text("def test_no():\n    assert 1 == 2\n")
    command = [sys.executable, "-OO", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert run.returncode == 1
    assert b"1 failed" in run.stdout

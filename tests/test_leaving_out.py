"""What `tests/conftest.py` promises: on a build machine every test runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
MODULES = {
    "mark": "@pytest.mark.skip(reason='no server')\ndef test_it(): pass",
    "call": "def test_it():\n    pytest.skip('no server')",
    "fixture": "@pytest.fixture\ndef server():\n    pytest.skip('no server')\n"
    "def test_it(server): pass",
    "module": "pytest.skip('no server', allow_module_level=True)",
    "expected": "@pytest.mark.xfail\ndef test_it():\n    assert False",
    "good": "def test_it(): pass",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs pytest on those modules, beside our conftest; gives its last line."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    for name, code in MODULES.items():
        code = f"import pytest\n{code}\n"
        (folder / f"test_{name}.py").write_text(code, "utf-8")

    def run(**given):
        env = {k: v for k, v in os.environ.items() if k not in ("CI", "PYTEST_ADDOPTS")}
        command = [sys.executable, "-P", "-m", "pytest", "-q", "-rs"]
        more = ["--continue-on-collection-errors", f"--rootdir={folder}"]
        done = subprocess.run(
            [*command, *more], cwd=folder, env=env | given, stdout=-1, text=True
        )
        return done.returncode, done.stdout

    return run


def test_a_skipped_test_fails_on_a_build_machine(run):
    status, said = run(CI="true")
    assert status != 0
    assert "skipped" not in said
    assert "1 failed, 1 passed, 1 xfailed, 3 errors" in said
    assert said.count("Nothing may be left out") >= 4
    assert "no server" in said


def test_elsewhere_it_is_told_with_its_reason(run):
    status, said = run()
    assert status == 0
    assert "1 passed, 4 skipped, 1 xfailed" in said
    assert said.count("no server") >= 2

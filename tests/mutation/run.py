"""Mutation testing: `python tests/mutation/run.py [--jobs N] [module ...]`.

Changes the modules that decide, one small thing at a time, and sees whether a test
fails. All of it happens in a copy of the project; each change in a process of its own,
forked from one that has imported pytest and everybody else's packages.
"""

import argparse
import gc
import importlib
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from multiprocessing import connection, get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from mutants import mutants

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = tomllib.loads((HERE / "modules.toml").read_text("utf-8"))["tests"]
EQUIVALENT = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
FORK = get_context("fork")

UNNOTICED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)

# Tests that take longer, in seconds, have to do without mutants.
LONGEST = 3


class Mutated:
    """Imports a module with other code than its file holds."""

    def __init__(self, name, path, code):
        self.name, self.path, self.code = name, path, code

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.code, vars(module))


class BestFirst:
    """Learns what tests cost; or runs those first that found a mutant lately."""

    def __init__(self, costs=None):
        self.costs, self.seen, self.found = costs, {}, Path("found.txt")

    def pytest_runtest_logreport(self, report):
        cost = self.seen.get(report.nodeid, 0) + report.duration
        self.seen[report.nodeid] = cost
        if report.failed:
            with self.found.open("a") as file:
                print(report.nodeid, file=file)

    def pytest_collection_modifyitems(self, items):
        if self.costs is not None:
            found = self.found.read_text().splitlines() if self.found.exists() else []
            last = {name: place for place, name in enumerate(found)}
            cost = {each: self.costs.get(each.nodeid, 0) for each in items}
            items[:] = [each for each in items if cost[each] <= LONGEST]
            items.sort(key=lambda each: (-last.get(each.nodeid, -1), cost[each]))


def run_tests(tests, costs=None, mutated=None, seen=None):
    """In a process of its own: ends it with pytest's status."""
    os.setsid()
    gc.disable()
    if mutated:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        sys.meta_path.insert(0, mutated)
    status, plugin = 1, BestFirst(costs)
    try:
        quiet = ["-xq", "-p", "no:cacheprovider", f"--rootdir={os.getcwd()}"]
        paths = [f"tests/{test}" for test in tests]
        status = pytest.main([*quiet, "--assert=plain", *paths], [plugin])
        if seen:
            seen.write_text(json.dumps(plugin.seen))
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(status)


def each_mutant(modules):
    """What to run, module after module; a module's tests have to pass without one."""
    for module in modules:
        seen, started = Path("costs.json").absolute(), time.monotonic()
        arguments = [MODULES[module], None, None, seen]
        process = FORK.Process(target=run_tests, args=arguments)
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{module}: its tests fail as it is.")
        costs, took = json.loads(seen.read_text()), time.monotonic() - started
        path = Path("clerk_wsgi", module).absolute()
        name = f"clerk_wsgi.{module.removesuffix('.py').replace('/', '.')}"
        for mutant in mutants(path.read_text("utf-8"), str(path)):
            if not is_equivalent(module, mutant):
                mutated = Mutated(name, path, mutant.code)
                arguments = [MODULES[module], costs, mutated]
                yield module, mutant, arguments, 20 + 5 * took


def is_equivalent(module, mutant):
    listed = EQUIVALENT.get(module, [])
    return any(
        each["line"] == mutant.text and mutant.change in each["changes"]
        for each in listed
    )


def survivors(found, jobs):
    """Yields module, mutant and whether it survived."""
    found, running, is_over = iter(found), {}, False
    while running or not is_over:
        while len(running) < jobs and not is_over:
            if (each := next(found, None)) is None:
                is_over = True
                break
            module, mutant, arguments, seconds = each
            process = FORK.Process(target=run_tests, args=arguments)
            process.start()
            running[process] = module, mutant, time.monotonic() + seconds
        connection.wait([process.sentinel for process in running], timeout=1)
        for process, (module, mutant, until) in list(running.items()):
            if process.is_alive() and time.monotonic() > until:
                os.killpg(process.pid, signal.SIGKILL)
                process.join()
            if not process.is_alive():
                del running[process]
                yield module, mutant, process.exitcode in UNNOTICED


def prepare(folder):
    """A copy of the project as it is installed; imports what is not ours."""
    for name in ("clerk_wsgi", "tests", "docs", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "backends", folder / "clerk_wsgi" / "backends")
    os.chdir(folder)
    sys.path[:0] = [str(folder), str(folder / "tests" / "support")]
    importlib.import_module("webtest")
    importlib.import_module("clerk_wsgi.testing.plugin")
    for name in list(sys.modules):
        if name.partition(".")[0] == "clerk_wsgi":
            del sys.modules[name]
    profile = {"database": None, "derandomize": True, "deadline": None}
    without = {"phases": [Phase.explicit, Phase.generate]}
    checks = {"suppress_health_check": list(HealthCheck)}
    settings.register_profile("mutants", **profile, **without, **checks)
    settings.load_profile("mutants")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(MODULES):
        parser.error(f"{', '.join(unknown)}: not in modules.toml")
    os.nice(10)
    score = {module: [0, 0] for module in arguments.modules}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder).resolve())
        found = each_mutant(arguments.modules)
        for module, mutant, survived in survivors(found, arguments.jobs):
            score[module][survived] += 1
            if survived:
                print(f"{module}:{mutant.line}: {mutant.change}", flush=True)
    for module, (killed, alive) in score.items():
        total = killed + alive
        print(f"{module:36}{total:>6} mutants{alive:>5} alive{killed / total:>8.1%}")


if __name__ == "__main__":
    main()

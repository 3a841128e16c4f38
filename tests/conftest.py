"""On a build machine nothing is left out: with CI=true a skipped test fails."""

import os

import pytest

LEFT_OUT = "Nothing may be left out with CI=true: install what it needs. {}"


def refuse_skipping(report):
    if os.environ.get("CI") == "true" and report.skipped:
        report.outcome = "failed"
        report.longrepr = LEFT_OUT.format(report.longrepr[-1])
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return refuse_skipping((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    return report if hasattr(report, "wasxfail") else refuse_skipping(report)

"""Says at the end of a test run what was left out and why. Where CI is set, leaving out is failing."""

import os
from collections import Counter
from typing import NoReturn

import pytest


def must_not_be_missing(what: str) -> NoReturn:
    """Leave this test out because the machine lacks something; in CI, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"missing on this machine: {what}", pytrace=False)
    pytest.skip(f"missing on this machine: {what}")


def say_what_was_not_run(reporter: pytest.TerminalReporter) -> None:
    """One line a reason, with the number of tests."""
    reasons = Counter(_reason(report) for report in reporter.stats.get("skipped", []))
    if not reasons:
        if not reporter.stats.get("error"):
            reporter.write_line("Nothing was left out.")
        return
    reporter.write_sep("=", "NOT RUN", red=True, bold=True)
    for reason, tests in reasons.most_common():
        reporter.write_line(f"{tests} tests: {reason}", red=True)


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    said = where[2] if isinstance(where, tuple) else str(where)
    return said.removeprefix("Skipped: ")

"""What every test shares: reproducible property tests, and the table of the conformance cards."""

import os

import pytest
from hypothesis import settings

from tests.conformance.card_table import card_table

# No deadline: two cores share the work, so the wall clock says nothing about the code under test.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a run that dealt conformance cards: which of them each venue has passed."""
    outcomes = {
        outcome: [report.nodeid for report in reports if hasattr(report, "nodeid")]
        for outcome, reports in terminalreporter.stats.items()
        if outcome
    }
    lines = card_table(outcomes)
    if lines:
        terminalreporter.section("conformance cards")
        terminalreporter.write_line("\n".join(lines))

"""``mmtui audit JOURNAL``: feed a journal again; exit 0 only if every command comes out the same."""

import sys
from pathlib import Path

from mmtui.engine.audit import Auditor, journals_below
from mmtui.ports.errors import DataError

EXIT_OK = 0
EXIT_DIFFERENT = 1


def run(journal: Path) -> int:
    """Audit every strategy's journal below ``journal``. Raises DataError for what cannot be read."""
    if not journal.exists():
        raise DataError(f"{journal}: no such journal")
    code = EXIT_OK
    for folder in journals_below(journal):
        report = Auditor(folder).run()
        for note in report.notes:
            print(f"mmtui: {note}", file=sys.stderr)
        if report.identical:
            print(f"{folder}: identical: {report.batches} batches, {report.commands} commands, {report.heads} heads")
        else:
            print(f"{folder}: DIFFERENT: {report.mismatch}")
            code = EXIT_DIFFERENT
    return code

"""What a run writes beside its journals: the ledger with the row that says how it went, and the program's own log."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from mmtui import __version__
from mmtui.config import LoadedConfig
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.bookkeeping import Bookkeeper
from mmtui.engine.cell import Cell
from mmtui.engine.pair_logs import PairLogs
from mmtui.ports.errors import StorageError
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import RunRow

log = logging.getLogger("mmtui.engine")


class RunFiles:
    """The ledger of a run and the row that says how it went."""

    def __init__(self, loaded: LoadedConfig, run_id: str, started_ns: int, day_text: Callable[[int], str]) -> None:
        self._row = RunRow(
            run_id=run_id, started_ns=started_ns, stage=loaded.config.stage, mmtui_version=__version__,
            configuration="" if loaded.path is None else str(loaded.path),
        )  # fmt: skip
        self.ledger = LedgerWriter(loaded.under_home(loaded.config.storage.database), self._failed)
        self.ledger.put(self._row)
        scope = "" if loaded.config.stage == "live" else run_id
        self.books = Bookkeeper(self.ledger, scope, day_text)
        self.pairs = PairLogs(loaded.under_home(loaded.config.logs.directory))

    def observe(self, cell: Cell, result: StepResult) -> None:
        """Write what one step told."""
        if result.notes:
            self.books.observe(cell, result)
        self.pairs.observe(cell, result)
        if cell.keeper is not None:
            cell.keeper.observe(cell, acted=bool(result.commands))

    @staticmethod
    def _failed(error: StorageError) -> None:
        log.error("%s", error)

    def close(self, states: Sequence[State], ended_ns: int, code: int) -> None:
        """Write the last figures and wait for the disk; ``ledger.failure`` then says why not all of it is there."""
        for state in states:
            self.books.close_books(state)
        row = self._row
        reason = "; ".join(sorted({state.stop.reason for state in states if state.stop is not None}))
        self.ledger.put(
            RunRow(
                run_id=row.run_id, started_ns=row.started_ns, stage=row.stage, mmtui_version=row.mmtui_version,
                configuration=row.configuration, ended_ns=ended_ns, exit_code=code, reason=reason,
            )
        )  # fmt: skip
        self.ledger.close()
        self.pairs.close()


def journals_folder(loaded: LoadedConfig) -> Path | None:
    """Where journals go; None where none is kept."""
    journal = loaded.config.journal
    return None if journal.record == "off" else loaded.under_home(journal.directory)


@contextmanager
def log_file(loaded: LoadedConfig, run_id: str) -> Iterator[None]:
    """JSON lines of the program's own log, one file a run."""
    folder = loaded.under_home(loaded.config.logs.directory)
    path = folder / f"{run_id}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = LogFile(path, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"logs.directory: {folder}: {error.strerror}; name a folder that can be written") from None
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("mmtui")
    root.addHandler(handler)
    root.propagate = False
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class LogFile(logging.FileHandler):
    """A log that a full disk silences: what matters is told on the run's own voices too."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Drop the record."""

    def close(self) -> None:
        """Close as far as the disk lets us."""
        with suppress(OSError):
            super().close()


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        line = {
            "ts": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()

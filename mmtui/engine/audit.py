"""Feed a journal again and hold every command against what was recorded: the regression test of every incident."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from mmtui.core.legs import LegsState
from mmtui.core.state import State
from mmtui.core.step import step
from mmtui.core.step_legs import step_legs
from mmtui.engine.codec import decode_batch, decode_head, decode_outcome, encode_head, encode_outcome
from mmtui.ports.errors import BugError, DataError
from mmtui.storage.journal_reader import JournalReader, journal_folders
from mmtui.storage.records import Record, RecordKind
from mmtui.strategies import Kind


class AuditReport(Struct):
    """What an audit found. ``mismatch`` is empty when every command came out the same."""

    journal: str
    batches: int = 0
    commands: int = 0
    heads: int = 0
    notes: list[str] = field(default_factory=list)
    mismatch: str = ""

    @property
    def identical(self) -> bool:
        """True when everything recorded came out the same."""
        return not self.mismatch


class Mismatch(Exception):
    """The first place where the journal and the core differ."""


class Auditor:
    """Feeds one strategy's journal through the core."""

    def __init__(self, path: Path) -> None:
        self.report = AuditReport(str(path))
        self._reader = JournalReader(path)
        self._state: State | LegsState | None = None
        self._kind: Kind | None = None
        self._record = ""
        self._expected: bytes | None = None

    def run(self) -> AuditReport:
        """Read to the end, or to the first difference. Raises DataError for a journal that cannot be audited."""
        try:
            for record in self._reader:
                self._take(record)
        except Mismatch as found:
            self.report.mismatch = str(found)
        if not self.report.heads:
            raise DataError(f"{self.report.journal}: holds no state to begin with; nothing can be audited")
        self.report.notes.extend(self._reader.report.lines())
        return self.report

    def _take(self, record: Record) -> None:
        if record.kind is RecordKind.RESULT:
            self._result(record)
            return
        if self._expected is not None and record.kind in (RecordKind.BATCH, RecordKind.HEAD, RecordKind.END):
            outcome = decode_outcome(self._expected)
            raise Mismatch(f"{_place(record)}: the core asks for {_told(outcome.commands)}, the journal for nothing")
        if record.kind is RecordKind.HEAD:
            self._head(record)
        elif record.kind is RecordKind.BATCH:
            self._batch(record)
        elif record.kind is RecordKind.GAP:
            self._state = None

    def _head(self, record: Record) -> None:
        self.report.heads += 1
        if self._state is not None and not record.fresh:
            if encode_head(self._state, self._record) != record.payload:
                raise Mismatch(
                    f"{_place(record)}: the state at the head of this segment differs from the one fed so far"
                )
            return
        head, self._kind = decode_head(record.payload)
        if head.record != "full":
            raise DataError(
                f'{self.report.journal}: recorded without market data ("record": "{head.record}"); '
                'only "full" can be audited'
            )
        self._state = head.whole
        self._record = head.record

    def _batch(self, record: Record) -> None:
        state, kind = self._state, self._kind
        if state is None or kind is None:
            return
        batch = decode_batch(record.payload)
        before = state.quotes
        self.report.batches += 1
        try:
            if isinstance(state, LegsState):
                result = step_legs(state, kind, batch.now_ns, batch.events)
            else:
                result = step(state, kind, batch.now_ns, batch.events)
        except BugError as error:
            raise Mismatch(f"{_place(record)}: the core fails on this batch: {error}") from None
        if result is not None and (result.commands or result.quotes != before):
            self._expected = encode_outcome(result)
            self.report.commands += len(result.commands)

    def _result(self, record: Record) -> None:
        expected, self._expected = self._expected, None
        if self._state is None:
            return
        if expected == record.payload:
            return
        recorded = decode_outcome(record.payload)
        if expected is None:
            raise Mismatch(f"{_place(record)}: the journal asks for {_told(recorded.commands)}, the core for nothing")
        fed = decode_outcome(expected)
        raise Mismatch(
            f"{_place(record)}: " + _difference(recorded.commands, fed.commands, recorded.quotes, fed.quotes)
        )


def _place(record: Record) -> str:
    return f"segment {record.segment}, chunk at byte {record.offset}, record {record.index}"


def _told(commands: object) -> str:
    text = msgspec.json.encode(commands).decode()
    return text if text != "[]" else "other quotes"


def _difference(recorded: Sequence[object], fed: Sequence[object], quotes: object, fed_quotes: object) -> str:
    for index, (old, new) in enumerate(zip(recorded, fed, strict=False)):
        if old != new:
            return f"command {index} was {_told(old)}, now {_told(new)}"
    if len(recorded) != len(fed):
        return f"{len(recorded)} commands were recorded, the core now asks for {len(fed)}"
    return f"quotes were {_told(quotes)}, now {_told(fed_quotes)}"


def journals_below(path: Path) -> list[Path]:
    """The journals of a path: itself, or those in the folders of a run or journal directory. Raises DataError."""
    if path.is_file():
        return [path]
    found = journal_folders(path)
    if not found:
        raise DataError(f"{path}: no journal here (no segment files); name a run or strategy folder")
    return found

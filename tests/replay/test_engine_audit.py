"""An audit finds every changed decision, and says honestly what it could not look at."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from mmtui.core.step import StepResult
from mmtui.engine.audit import Auditor, AuditReport
from mmtui.engine.cell import Cell
from mmtui.engine.codec import Outcome, decode_outcome, encode_head
from mmtui.model.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from mmtui.model.quotes import Quotes
from mmtui.ports.errors import DataError
from mmtui.storage.journal import JournalWriter
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.records import RecordKind
from tests.acceptance.processes import mmtui, only_journal, sim_document
from tests.unit.engine_cells import Bench

Records = list[tuple[RecordKind, bytes]]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of trading, with fills, amends and cancels in it."""
    home = tmp_path_factory.mktemp("run")
    bench = Bench(home, sim_document())
    bench.run(60)
    assert bench.cells[0].state.orders.counters.fills
    return only_journal(bench.journal)


def records_of(journal: Path) -> Records:
    return [(record.kind, record.payload) for record in JournalReader(journal)]


def rewritten(folder: Path, records: Records) -> Path:
    """The records as a journal of their own."""
    head = next(payload for kind, payload in records if kind is RecordKind.HEAD)
    writer = JournalWriter(folder, "forged", "maker", lambda: head)
    for kind, payload in records:
        if kind is RecordKind.BATCH:
            writer.batch(payload)
        elif kind is RecordKind.RESULT:
            writer.result(payload)
    writer.close()
    return writer.folder


def audited(folder: Path, records: Records) -> AuditReport:
    return Auditor(rewritten(folder, records)).run()


def results(records: Records) -> list[int]:
    return [index for index, (kind, _) in enumerate(records) if kind is RecordKind.RESULT]


def encoded(outcome: Outcome) -> bytes:
    return msgspec.msgpack.encode(outcome)


def dearer(command: Command) -> Command:
    assert isinstance(command, PlaceOrder | AmendOrder)
    return msgspec.structs.replace(command, price=command.price + 1)


def test_an_honest_copy_is_identical(journal: Path, tmp_path: Path) -> None:
    records = records_of(journal)
    report = audited(tmp_path, records)
    assert report.identical
    assert not report.notes
    assert report.commands == sum(len(decode_outcome(records[index][1]).commands) for index in results(records))
    assert report.batches == sum(kind is RecordKind.BATCH for kind, _ in records)


@pytest.mark.parametrize("wanted", [PlaceOrder, AmendOrder])
def test_a_flipped_price_is_found_with_its_place(journal: Path, tmp_path: Path, wanted: type[Command]) -> None:
    records = records_of(journal)
    for index in reversed(results(records)):
        outcome = decode_outcome(records[index][1])
        at = [number for number, command in enumerate(outcome.commands) if isinstance(command, wanted)]
        if at:
            break
    else:
        pytest.fail("no such command in the journal")
    outcome.commands[at[0]] = dearer(outcome.commands[at[0]])
    records[index] = (RecordKind.RESULT, encoded(outcome))
    report = audited(tmp_path, records)
    assert f"record {index}: command {at[0]} was" in report.mismatch
    assert "segment 1" in report.mismatch


def flip_quote(outcome: Outcome) -> Outcome:
    quotes = msgspec.structs.replace(outcome.quotes, reason=outcome.quotes.reason + " or not")
    return Outcome(outcome.commands, quotes)


def drop_command(outcome: Outcome) -> Outcome:
    return Outcome(outcome.commands[:-1], outcome.quotes)


def add_command(outcome: Outcome) -> Outcome:
    return Outcome([*outcome.commands, CancelOrder("sim", "sim.m1:BTC-PERP", "mm-maker-1", None)], outcome.quotes)


@pytest.mark.parametrize("change", [flip_quote, drop_command, add_command])
def test_a_changed_result_is_found(journal: Path, tmp_path: Path, change: Callable[[Outcome], Outcome]) -> None:
    records = records_of(journal)
    index = next(i for i in results(records)[5:] if decode_outcome(records[i][1]).commands)
    records[index] = (RecordKind.RESULT, encoded(change(decode_outcome(records[index][1]))))
    assert f"record {index}:" in audited(tmp_path, records).mismatch


@pytest.mark.parametrize("which", [0, 7, -1])
def test_a_removed_result_is_found(journal: Path, tmp_path: Path, which: int) -> None:
    records = records_of(journal)
    del records[results(records)[which]]
    assert "the core asks for" in audited(tmp_path, records).mismatch


def test_an_added_result_is_found(journal: Path, tmp_path: Path) -> None:
    records = records_of(journal)
    quiet = next(
        index
        for index, ((kind, _), (following, _)) in enumerate(pairwise(records))
        if kind is following is RecordKind.BATCH
    )
    records.insert(quiet + 1, (RecordKind.RESULT, encoded(Outcome([], Quotes(reason="made up")))))
    mismatch = audited(tmp_path, records).mismatch
    assert f"record {quiet + 1}:" in mismatch
    assert "the core for nothing" in mismatch


def test_a_removed_batch_is_found(journal: Path, tmp_path: Path) -> None:
    """Of a batch that led to commands: the recorded result then has no cause."""
    records = records_of(journal)
    index = results(records)[6]
    assert records[index - 1][0] is RecordKind.BATCH
    del records[index - 1]
    assert audited(tmp_path, records).mismatch


def test_the_command_line_refuses_a_forgery_with_its_place(journal: Path, tmp_path: Path) -> None:
    records = records_of(journal)
    index = results(records)[-1]
    records[index] = (RecordKind.RESULT, encoded(flip_quote(decode_outcome(records[index][1]))))
    ran = mmtui(tmp_path, "audit", str(rewritten(tmp_path / "j", records)))
    assert ran.code == 1
    assert "DIFFERENT" in ran.out
    assert f"record {index}" in ran.out
    assert "segment 1, chunk at byte" in ran.out


# ---------------------------------------------------------------------------------------------------- what is missing


def flushed_often(home: Path) -> Path:
    """The only segment of a run whose journal was brought to the disk at every step, in many chunks."""
    bench = Bench(home, sim_document())
    recorder = bench.cells[0].recorder
    assert recorder is not None

    def bring_to_disk(_cell: Cell, _result: StepResult) -> None:
        recorder.journal.flush()

    bench.run(20, bring_to_disk)
    return only_journal(bench.journal) / "segment-000001.mmj"


def test_a_torn_journal_is_audited_up_to_the_tear(tmp_path: Path) -> None:
    segment = flushed_often(tmp_path)
    whole = Auditor(segment.parent).run()
    segment.write_bytes(segment.read_bytes()[: segment.stat().st_size // 2])
    report = Auditor(segment.parent).run()
    assert report.identical
    assert 0 < report.batches < whole.batches
    assert any("torn at byte" in note for note in report.notes)
    assert any("no clean end" in note for note in report.notes)
    ran = mmtui(tmp_path, "audit", str(segment))
    assert ran.code == 0
    assert "torn at byte" in ran.err


def test_a_changed_byte_with_whole_records_behind_it_is_damage(tmp_path: Path) -> None:
    segment = flushed_often(tmp_path)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    with pytest.raises(DataError, match="damaged at byte"):
        Auditor(segment.parent).run()


def test_segments_continue_one_another(tmp_path: Path) -> None:
    """Each opens with the whole state, which must be the one fed so far."""
    bench = Bench(tmp_path, sim_document())
    recorder = bench.cells[0].recorder
    assert recorder is not None
    bench.run(30, lambda _cell, _result: recorder.journal.begin_segment())
    folder = only_journal(bench.journal)
    segments = sorted(folder.iterdir())
    assert len(segments) > 10
    report = Auditor(folder).run()
    assert report.identical
    assert report.heads == len(segments)
    for segment in segments[:4]:
        segment.unlink()
    capped = Auditor(folder).run()
    assert capped.identical
    assert capped.heads == len(segments) - 4
    segments[7].unlink()
    holed = Auditor(folder).run()
    assert holed.identical
    assert holed.notes == ["segment 8 is missing"]


def test_a_head_that_does_not_follow_is_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sim_document())
    recorder, state = bench.cells[0].recorder, bench.cells[0].state
    assert recorder is not None
    heads = 0

    def head() -> bytes:
        nonlocal heads
        heads += 1
        return encode_head(msgspec.structs.replace(state, unrecognised=heads - 1), "full")

    recorder.journal.close()
    recorder.journal = JournalWriter(tmp_path / "other", "run", "maker", head)
    bench.run(10, lambda _cell, _result: recorder.journal.begin_segment())
    assert "the state at the head of this segment differs" in Auditor(recorder.journal.folder).run().mismatch


def test_an_account_journal_cannot_be_audited(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sim_document(journal={"record": "account"}))
    bench.run(10)
    ran = mmtui(tmp_path, "audit", str(bench.journal))
    assert ran.code == 2
    (line,) = ran.err.splitlines()
    assert "recorded without market data" in line
    assert '"record": "account"' in line

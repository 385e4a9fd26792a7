"""What holds for every journal: round trips, cuts, flipped bytes."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.ports.errors import DataError
from mmtui.storage.journal import JournalWriter
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.journal_thread import ThreadedWriter
from mmtui.storage.segments import segment_name

Call = tuple[str, bytes]

CALLS = st.lists(
    st.tuples(st.sampled_from(["batch", "result", "note", "flush", "begin_segment"]), st.binary(max_size=300)),
    max_size=25,
)


def write(writer: JournalWriter | ThreadedWriter, calls: list[Call]) -> list[Call]:
    """Make the calls; returns the records they ask for."""
    records = []
    for name, payload in calls:
        if name == "flush":
            assert writer.flush()
        elif name == "begin_segment":
            writer.begin_segment()
        else:
            {"batch": writer.batch, "result": writer.result, "note": writer.note}[name](payload)
            records.append((name, payload))
    return records


def read(path: Path) -> list[Call]:
    return [(record.kind.name.lower(), record.payload) for record in JournalReader(path)]


def without_heads(records: list[Call]) -> list[Call]:
    return [record for record in records if record[0] not in ("head", "end")]


@settings(deadline=None, max_examples=60)
@given(calls=CALLS, threaded=st.booleans())
def test_every_sequence_of_records_comes_back(calls: list[Call], threaded: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kind = ThreadedWriter if threaded else JournalWriter
        writer = kind(Path(folder), "r", "s", lambda: b"head")
        expected = write(writer, [call for call in calls if not (threaded and call[0] == "flush")])
        writer.close()
        assert without_heads(read(writer.folder)) == expected
        assert read(writer.folder)[0] == ("head", b"head")


def one_segment(folder: str, calls: list[Call]) -> Path:
    writer = JournalWriter(Path(folder), "r", "s", lambda: b"head")
    write(writer, [call for call in calls if call[0] != "begin_segment"])
    writer.close()
    return writer.folder / segment_name(1)


@settings(deadline=None, max_examples=12)
@given(calls=CALLS)
def test_a_cut_at_any_byte_gives_a_prefix_and_a_report(calls: list[Call]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = one_segment(folder, calls)
        whole = read(path)
        data = path.read_bytes()
        for size in range(len(data)):
            path.write_bytes(data[:size])
            reader = JournalReader(path)
            records = [(record.kind.name.lower(), record.payload) for record in reader]
            assert records == whole[: len(records)]
            assert not reader.report.whole
            assert reader.report.lines()


@settings(deadline=None, max_examples=60)
@given(calls=CALLS, data=st.data())
def test_a_changed_byte_is_never_taken_for_truth(calls: list[Call], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = one_segment(folder, calls)
        whole = read(path)
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        records: list[Call] = []
        try:
            reader = JournalReader(path)
            records += [(record.kind.name.lower(), record.payload) for record in reader]
        except DataError:
            detected = True
        else:
            detected = not reader.report.whole
        assert detected
        assert records == whole[: len(records)]

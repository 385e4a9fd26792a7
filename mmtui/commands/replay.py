"""``mmtui replay``: a configuration over recorded market data, through the real engine on a simulated venue."""

import gc
import math
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mmtui.config import LoadedConfig
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell, states_of
from mmtui.engine.ending import exit_code
from mmtui.engine.proof import equity_change, residual
from mmtui.engine.publish_legs import cell_row
from mmtui.engine.timeline import Timeline
from mmtui.exchanges.replay.recording import Recording
from mmtui.headless.lines import JsonLines
from mmtui.headless.narration import Narrator
from mmtui.headless.streams import StandardStreams
from mmtui.headless.summary import replay_fields, summary_line
from mmtui.language import chosen_language
from mmtui.model.events import MarketEvent
from mmtui.model.notes import Note, NoteLevel
from mmtui.model.units import NS_PER_S
from mmtui.wiring import Replay, close_files, replay

EXIT_STORAGE = 2
GC_THRESHOLD = 200_000
TOLD = (NoteLevel.WARNING, NoteLevel.ERROR)
COUNTED = frozenset({"market_data_lost"})
"""Holes in a recording are counted in the data report; a line for each would hide everything else."""


def run(loaded: LoadedConfig, data: Path, *, speed: float, journal: Path | None, as_json: bool) -> int:
    """Replay to the end of the data; the summary is the last line on stdout. Raises MmtuiError for faults of input."""
    begun = time.perf_counter()
    run_of = replay(loaded, data, journal)
    with StandardStreams() as streams:
        language = chosen_language(loaded.config.language, os.environ)
        narrator = Narrator(streams.err.write, language, colour=streams.terminal, tty=streams.terminal)
        progress = Progress(narrator, run_of.recording)
        timeline = Timeline(run_of.cells, run_of.venue, run_of.rooms, Warnings(narrator), progress)
        events = run_of.recording.events()
        with close_files(run_of.cells), seldom_collected():
            timeline.run_recorded(events if math.isinf(speed) else paced(events, speed))
        progress.done()
        code, summary = _report(run_of, timeline, narrator, time.perf_counter() - begun)
        if as_json:
            JsonLines(streams.out.write).document(summary)
    return code


def _report(run_of: Replay, timeline: Timeline, narrator: Narrator, wall_s: float) -> tuple[int, dict[str, object]]:
    """Tell people how it went; the exit code, and the summary for scripts."""
    states = states_of(run_of.cells)
    code = exit_code(states)
    for line in run_of.recording.report.lines():
        narrator.send(f"{line}\n")
    for cell in run_of.cells:
        failure = None if cell.recorder is None else cell.recorder.journal.failure
        if failure is not None:
            code = code or EXIT_STORAGE
            narrator.line(
                Note(cell.state.now_ns, NoteLevel.ERROR, "journal_failed", str(failure)), cell.name, cell.state.now_ns
            )
    rows = [cell_row(cell) for cell in run_of.cells]
    for row in rows:
        narrator.report(row)
    market_s = (timeline.now_ns - timeline.first_ns) / NS_PER_S
    extra = replay_fields(run_of.recording.report.events, market_s, wall_s, _data(run_of))
    return code, summary_line(rows, code, wall_s, equity_change(states), residual(states), extra)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector of reference cycles rest: what lives now lives on, and events make no cycles."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _data(run_of: Replay) -> dict[str, Any]:
    """The data report, for the summary."""
    report = run_of.recording.report
    found: dict[str, Any] = msgspec.to_builtins(report)
    return found


class Warnings:
    """Tells warnings and errors of the run; order by order is for the journal."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator

    def __call__(self, cell: Cell, result: StepResult) -> None:
        """Look at the notes of one step."""
        for note in result.notes:
            if isinstance(note, Note) and note.level in TOLD and note.event not in COUNTED:
                self._narrator.line(note, cell.name, note.time_ns)


class Progress:
    """A progress line on stderr, at most five times a second."""

    def __init__(self, narrator: Narrator, recording: Recording) -> None:
        self._narrator = narrator
        self._recording = recording
        self._begun = time.monotonic()
        self._told = 0.0
        self._first_ns = 0
        self._events = 0

    def __call__(self, time_ns: int, events: int) -> None:
        """So many events have been replayed."""
        self._first_ns = self._first_ns or time_ns
        self._events = events
        now = time.monotonic()
        if now - self._told < 0.2:  # noqa: PLR2004 - five times a second
            return
        self._told = now
        hours = (time_ns - self._first_ns) / NS_PER_S / 3_600
        rate = events / max(now - self._begun, 1e-9)
        text = f"{events:,} events, {hours:.2f} h of market, {rate:,.0f} events/s"
        self._narrator.progress(text, self._recording.percent_read)

    def done(self) -> None:
        """End the line."""
        self._narrator.progress(f"{self._events:,} events", 100.0)


def paced(events: Iterable[MarketEvent], speed: float) -> Iterator[MarketEvent]:
    """Hold recorded events back to ``speed`` times real time."""
    begun = time.monotonic()
    pause = threading.Event()
    first_ns: int | None = None
    for event in events:
        if first_ns is None:
            first_ns = event.time_ns
        due_s = (event.time_ns - first_ns) / NS_PER_S / speed
        delay_s = due_s - (time.monotonic() - begun)
        if delay_s > 0:
            pause.wait(delay_s)
        yield event

"""What a person reads on stderr while a run goes on: blocks, single lines, progress, and the report at its end."""

from collections.abc import Callable
from typing import Final

from mmtui.headless.columns import display_width, padded, printable, wrapped
from mmtui.headless.layers import Layers
from mmtui.headless.outlet import Outlet
from mmtui.headless.report import Report
from mmtui.headless.sentences import Sentences
from mmtui.headless.sheet import WIDTH, Style, painted
from mmtui.headless.timestamps import clock_text
from mmtui.language import translator
from mmtui.language.phrases import Phrasebook
from mmtui.model.notes import AnyNote, Note, NoteLevel
from mmtui.views.board import StrategyRow

_PROGRESS_STEP_PCT: Final = 10
_ALL_PCT: Final = 100
_NAME_COLUMNS: Final = 12
_CLOCK_COLUMNS: Final = 9


class Narrator(Outlet):
    """Narrates in ``language`` (``en`` or ``zh``); a closed stderr makes it ``broken``, never raises.

    ``colour``: with the terminal's colours; sides are told apart by words all the same. ``tty``: progress is rewritten
    in place.
    """

    def __init__(self, write: Callable[[str], object], language: str, *, colour: bool, tty: bool = False) -> None:
        super().__init__(write)
        catalogue = translator(language)
        phrasebook = Phrasebook(catalogue)
        self._colour = colour
        self._tty = tty
        self._layers = Layers(catalogue, phrasebook)
        self._report = Report(catalogue, phrasebook, self._layers)
        self._sentences = Sentences(catalogue, phrasebook)
        self._in_place = 0
        self._steps_told = 0

    def block(self, row: StrategyRow, time_ns: int) -> None:
        """The four layers of one strategy, after an empty line."""
        self._put("\n" + self._layers.block(row, time_ns, colour=self._colour))

    def line(self, note: AnyNote, strategy: str, time_ns: int) -> None:
        """One note as a sentence; DEBUG notes are not for people."""
        if isinstance(note, Note) and note.level is NoteLevel.DEBUG:
            return
        sentence, style = self._sentences.sentence(note)
        strategy = printable(strategy)
        margin = _CLOCK_COLUMNS + max(_NAME_COLUMNS, display_width(strategy) + 1)
        head = padded(clock_text(time_ns), _CLOCK_COLUMNS) + padded(strategy, margin - _CLOCK_COLUMNS)
        head = painted(head, Style.FAINT, colour=self._colour)
        shown = wrapped(printable(sentence), max(WIDTH - margin, WIDTH // 2))
        self._put(head + ("\n" + " " * margin).join(painted(part, style, colour=self._colour) for part in shown) + "\n")

    def progress(self, text: str, percent: float) -> None:
        """How far something has come: in place on a terminal, else one line at each tenth of the way."""
        text = printable(text)
        if self._tty:
            text = wrapped(text, WIDTH - 1)[0]
            columns = display_width(text)
            end = "\n" if percent >= _ALL_PCT else ""
            self.send(f"\r{padded(text, self._in_place)}{end}")
            self._in_place = 0 if end else columns
            return
        steps = int(percent // _PROGRESS_STEP_PCT)
        if steps > self._steps_told:
            self._steps_told = steps
            self.send(f"{text}\n")

    def report(self, row: StrategyRow, time_ns: int | None = None) -> None:
        """What one run came to, after an empty line; with ``time_ns`` it also says when, and how long it ran."""
        self._put("\n" + self._report.text(row, time_ns, colour=self._colour))

    def _put(self, text: str) -> None:
        """Write whole lines; a progress line in place is wiped first."""
        if self._in_place:
            self.send("\r" + " " * self._in_place + "\r")
            self._in_place = 0
        self.send(text)

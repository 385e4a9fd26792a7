"""A form made of field faces: title, field, unit, what it was; what is wrong stands below the field it is wrong in."""

from collections.abc import Mapping, Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from mmtui.language import N_
from mmtui.screens.draft import same
from mmtui.screens.numbers import NO_ROOM, UNKNOWN, cells, left
from mmtui.screens.widgets.form_fields import LONGEST, ChoiceField, FieldInput
from mmtui.screens.widgets.line_pane import Translate
from mmtui.views.queries import FieldFace

_CHANGED_MARK: Final = "●"
_NOTE_CELLS: Final = 16
_LEAST: Final = 24
"""Cells that are worth showing the beginning of a meaning in."""


class RowHead(Widget):
    """Left of the field: whether it was changed, and its title."""

    def __init__(self, title: str) -> None:
        super().__init__(classes="head")
        self._title = title

    def render(self) -> Content:
        """Mark and title, in the colours that the row's classes give."""
        row = self.parent
        changed = isinstance(row, FieldRow) and row.is_changed
        style = "bold $error" if isinstance(row, FieldRow) and row.fault else "bold $accent" if changed else ""
        title = left(self._title, max(0, self.size.width - 3))
        return Content.assemble((_CHANGED_MARK if changed else " ", "$accent"), " ", (title, style))


class RowTail(Widget):
    """Right of the field: unit, bounds or what it was, and where there is room its meaning. No figure is cut."""

    def __init__(self, unit: str, unit_cells: int, meaning: str) -> None:
        super().__init__(classes="tail")
        self._unit = unit
        self._unit_cells = unit_cells
        self._meaning = meaning
        self._note = ""
        self._style = "$quiet"

    def put(self, note: str, style: str) -> None:
        """Show this note."""
        if (note, style) != (self._note, self._style):
            self._note, self._style = note, style
            self.refresh()

    def render(self) -> Content:
        """What fits, the unit first."""
        room = self.size.width - 1
        if not self._unit_cells and not self._note:
            return Content.assemble((f" {left(self._meaning, room)}" if room >= _LEAST else "", "$quiet"))
        unit = left(self._unit, min(self._unit_cells, max(0, room)))
        room -= cells(unit) + 2
        note = self._note if cells(self._note) <= room else NO_ROOM if room > 0 else ""
        room -= _NOTE_CELLS + 2
        meaning = f"{' ' * max(0, _NOTE_CELLS - cells(note))}  {left(self._meaning, room)}" if room >= _LEAST else ""
        return Content.assemble((f" {unit}  ", "$quiet"), (note, self._style), (meaning, "$quiet"))


class FieldRow(Horizontal):
    """One field with its title, unit and note; what is wrong with it stands on a line of its own below."""

    def __init__(self, face: FieldFace, text: str, translate: Translate, unit_cells: int) -> None:
        super().__init__(classes="field")
        self.face = face
        self.fault = ""
        self.is_changed = False
        self._ = translate
        self._settled = text
        placeholder = translate(N_("empty")) if face.optional and not choices_of(face) else ""
        self.field: FieldInput | ChoiceField = (
            ChoiceField(choices_of(face), text) if choices_of(face) else FieldInput(text, placeholder)
        )
        self.head = RowHead(translate(face.title))
        unit, meaning = (translate(words) if words else "" for words in (face.unit, face.help))
        self.tail = RowTail(unit, unit_cells, meaning)
        self.fault_line: Static | None = None

    def compose(self) -> ComposeResult:
        """One line."""
        yield self.head
        yield self.field
        yield self.tail

    def show(self, text: str, before: str | None, *, force: bool = False) -> None:
        """Show a value and how it differs from the one in force (None: there is none).

        A key that was pressed a moment ago is not taken back by a picture from before it, unless ``force`` says that
        the form is another one now.
        """
        if force or self.field.value == self._settled:
            self.field.put(text)
        if self.field.value == text:
            self._settled = text
        changed = before is not None and not same(before, text)
        if changed:
            self.tail.put(self._("was {value}").format(value=before or UNKNOWN), "$accent")
        else:
            self.tail.put(bounds_of(self.face), "$quiet")
        if changed != self.is_changed:
            self.is_changed = changed
            self.head.refresh()

    def show_fault(self, text: str) -> None:
        """Show what is wrong; nothing where the text is empty."""
        if text == self.fault:
            return
        self.fault = text
        self.head.refresh()
        if self.fault_line is None and isinstance(self.parent, Widget):
            self.fault_line = Static(classes="fault", markup=False)
            self.parent.mount(self.fault_line, after=self)
        if self.fault_line is not None:
            self.fault_line.display = bool(text)
            self.fault_line.update(f"✗ {text}" if text else "")

    def complete(self, words: Sequence[str]) -> None:
        """Offer these words while one types."""
        if isinstance(self.field, FieldInput):
            self.field.suggester = SuggestFromList(words, case_sensitive=False)
        else:
            self.field.offer(words)


class SettingsForm(Vertical):
    """Rows for the faces it is shown. It holds no truth: every edit is told, and the screen says what to show."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    SettingsForm {
        height: auto;
        .field { height: 1; }
        .head { width: 21; height: 1; }
        .tail { width: 1fr; height: 1; }
        FieldInput { width: 14; background: $panel; }
        FieldInput:focus { background: $primary 25%; }
        ChoiceField { width: 14; background: $panel; }
        .fault { height: auto; width: 1fr; padding: 0 1 0 2; color: $error; text-style: bold; }
    }
    BoardScreen.-narrow SettingsForm { FieldInput { width: 12; } ChoiceField { width: 12; } }
    BoardScreen.-wide SettingsForm { .head { width: 24; } FieldInput { width: 20; } ChoiceField { width: 20; } }
    """

    class Edited(Message):
        """A value was written."""

        def __init__(self, form: "SettingsForm", name: str, text: str) -> None:
            super().__init__()
            self.form = form
            self.name = name
            self.text = text

        @property
        def control(self) -> "SettingsForm":
            """The form, for selectors."""
            return self.form

    class Confirmed(Edited):
        """Enter was pressed in a field."""

    class Refused(Edited):
        """Too much was pasted into a field; ``text`` says so."""

    def __init__(self, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._ = translate
        self.faces: tuple[FieldFace, ...] = ()
        self._texts: dict[str, str] = {}
        self._before: dict[str, str] | None = None
        self._faults: dict[str, str] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._stale = False
        self._wanted: str | None = None

    # -------------------------------------------------------------------------------------------- what screens may use

    def show_fields(self, faces: Sequence[FieldFace]) -> None:
        """Have these fields; where they are others than before, the rows are made anew a moment later."""
        if tuple(faces) != self.faces:
            self.faces = tuple(faces)
            self._stale = True
            self.refresh(recompose=True)

    def show_values(self, texts: Mapping[str, str], before: Mapping[str, str] | None, *, force: bool = False) -> None:
        """Show values by name, and those in force; ``before`` is None where nothing is in force yet.

        ``force``: these are the values of something else than before, so keys on their way are void.
        """
        self._texts, self._before = dict(texts), None if before is None else dict(before)
        for row in self.rows:
            self._fill(row, force=force)

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Show what is wrong by name."""
        self._faults = dict(faults)
        for row in self.rows:
            row.show_fault(self._faults.get(row.face.name, ""))

    def complete(self, name: str, words: Sequence[str]) -> None:
        """Offer words for a field."""
        if self._words.get(name) != tuple(words):
            self._words[name] = tuple(words)
            for row in self.rows:
                if row.face.name == name:
                    row.complete(words)

    def enter(self, name: str = "") -> bool:
        """Put the focus into a field, the first one without a name; False where there is none.

        Where the rows are just being made, the focus follows once they stand.
        """
        if self._stale:
            self._wanted = name if any(name in ("", face.name) for face in self.faces) else None
            return self._wanted is not None
        for row in self.rows:
            if name in ("", row.face.name):
                row.field.focus()
                return True
        return False

    @property
    def rows(self) -> list[FieldRow]:
        """The rows there are now."""
        return list(self.query(FieldRow))

    @property
    def focused_face(self) -> FieldFace | None:
        """The face of the field one is in."""
        return next((row.face for row in self.rows if row.field.has_focus), None)

    # ------------------------------------------------------------------------------------------------- Textual's side

    def compose(self) -> ComposeResult:
        """A row for each face, filled."""
        unit_cells = max((cells(self._(face.unit)) for face in self.faces if face.unit), default=0)
        for face in self.faces:
            yield FieldRow(face, self._texts.get(face.name, face.default), self._, unit_cells)
        self.call_after_refresh(self._fill_all)

    def _fill_all(self) -> None:
        self._stale = False
        for row in self.rows:
            self._fill(row)
            row.show_fault(self._faults.get(row.face.name, ""))
            if row.face.name in self._words:
                row.complete(self._words[row.face.name])
        if self._wanted is not None:
            name, self._wanted = self._wanted, None
            self.enter(name)

    def _fill(self, row: FieldRow, *, force: bool = False) -> None:
        face = row.face
        before = None if self._before is None else self._before.get(face.name, face.default)
        row.show(self._texts.get(face.name, face.default), before, force=force)

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _tell_edit(self, event: Input.Changed | ChoiceField.Changed) -> None:
        event.stop()
        row = self._row_of(event.control)
        if row is not None and row.field.value == event.value:
            self.post_message(self.Edited(self, row.face.name, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        row = self._row_of(event.input)
        if row is not None:
            self.post_message(self.Confirmed(self, row.face.name, event.value))

    def on_field_input_too_long(self, event: FieldInput.TooLong) -> None:
        """Say so; the value is as it was."""
        event.stop()
        row = self._row_of(event.field)
        if row is not None:
            text = self._("{count} characters were pasted; a value has at most {most} on one line: nothing was taken")
            self.post_message(self.Refused(self, row.face.name, text.format(count=f"{event.length:,}", most=LONGEST)))

    def _row_of(self, widget: object) -> FieldRow | None:
        return next((row for row in self.rows if row.field is widget), None)


def choices_of(face: FieldFace) -> tuple[str, ...]:
    """The words of a field that takes one of a few; empty for free input."""
    if face.choices:
        return ("", *face.choices) if face.optional else face.choices
    return ("true", "false") if face.type == "boolean" else ()


def bounds_of(face: FieldFace) -> str:
    """The bounds of a number, as short as can be: > 0, ≤ 100."""
    low = f"{'>' if face.exclusive_minimum else '≥'} {face.minimum}" if face.minimum else ""
    high = f"≤ {face.maximum}" if face.maximum else ""
    return ", ".join(part for part in (low, high) if part)


def help_of(face: FieldFace, translate: Translate) -> str:
    """One line on a field: its name in the configuration, unit, bounds, default, meaning."""
    unit = translate(face.unit) if face.unit else ""
    default = translate(N_("default {value}")).format(value=face.default) if face.default else ""
    facts = ", ".join(part for part in (" ".join((bounds_of(face), unit)).strip(), default) if part)
    head = f"{face.name} ({facts})" if facts else face.name
    return f"{head}: {translate(face.help)}" if face.help else head

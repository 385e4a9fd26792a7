"""A form made of field faces: title, field, unit, what it was; what is wrong stands below the field it is wrong in."""

from collections.abc import Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label

from mmtui.language import N_
from mmtui.screens.draft import same
from mmtui.screens.numbers import NO_ROOM, UNKNOWN, cells
from mmtui.screens.widgets.form_fields import LONGEST, ChoiceField, FieldInput
from mmtui.screens.widgets.line_pane import Translate
from mmtui.views.queries import FieldFace

_CHANGED_MARK = "●"


class Note(Widget):
    """A few words beside a field; where they do not fit, none of them: a cut figure would be a wrong one."""

    def __init__(self) -> None:
        super().__init__(classes="note")
        self._text = ""

    def put(self, text: str) -> None:
        """Show this."""
        if text != self._text:
            self._text = text
            self.refresh()

    def render(self) -> Content:
        """All of it, or that there is something."""
        return Content(self._text if cells(self._text) <= self.size.width else NO_ROOM)


class FieldRow(Vertical):
    """One field with its title, unit, note, and below it what is wrong."""

    def __init__(self, face: FieldFace, text: str, translate: Translate) -> None:
        super().__init__(classes="field")
        self.face = face
        self._ = translate
        placeholder = translate(N_("empty")) if face.optional and not face.choices else ""
        self.field: FieldInput | ChoiceField = (
            ChoiceField(choices_of(face), text) if choices_of(face) else FieldInput(text, placeholder)
        )
        self.note = Note()
        self.fault = Label(classes="fault", markup=False)
        self.mark = Label(" ", classes="mark", markup=False)

    def compose(self) -> ComposeResult:
        """One line, and the fault below it."""
        with Horizontal(classes="line"):
            yield self.mark
            yield Label(self._(self.face.title), classes="name", markup=False)
            yield self.field
            yield Label(self._(self.face.unit) if self.face.unit else "", classes="unit", markup=False)
            yield self.note
            yield Label(self._(self.face.help) if self.face.help else "", classes="meaning", markup=False)
        yield self.fault

    def show(self, text: str, before: str | None) -> None:
        """Show a value and how it differs from the one in force (None: there is none)."""
        self.field.put(text)
        changed = before is not None and not same(before, text)
        self.mark.update(_CHANGED_MARK if changed else " ")
        self.set_class(changed, "-changed")
        if changed:
            self.note.put(self._("was {value}").format(value=before or UNKNOWN))
        else:
            self.note.put(bounds_of(self.face))

    def show_fault(self, text: str) -> None:
        """Show what is wrong; nothing where the text is empty."""
        self.set_class(bool(text), "-fault")
        self.fault.update(f"✗ {text}" if text else "")

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
        .field { height: auto; }
        .line { height: 1; }
        .mark { width: 2; color: $accent; padding-left: 0; }
        .name { width: 19; height: 1; color: $foreground; text-wrap: nowrap; text-overflow: ellipsis; }
        FieldInput { width: 14; background: $panel; }
        FieldInput:focus { background: $primary 25%; }
        ChoiceField { width: 14; background: $panel; }
        .unit { width: 14; height: 1; padding-left: 1; color: $quiet; text-wrap: nowrap; text-overflow: ellipsis; }
        .note { width: 1fr; height: 1; color: $quiet; }
        .meaning { display: none; width: 1fr; height: 1; color: $quiet; text-wrap: nowrap; text-overflow: ellipsis; }
        .fault { display: none; height: auto; width: 1fr; padding: 0 1 0 2; color: $error; text-style: bold; }
        .field.-fault .fault { display: block; }
        .field.-fault .name { color: $error; text-style: bold; }
        .field.-changed .name { color: $accent; text-style: bold; }
        .field.-changed .note { color: $accent; }
    }
    BoardScreen.-narrow SettingsForm {
        .unit { width: 1fr; }
        .note { display: none; }
        FieldInput { width: 12; }
        ChoiceField { width: 12; }
    }
    BoardScreen.-wide SettingsForm {
        .name { width: 22; }
        .note { width: 20; }
        .meaning { display: block; }
        FieldInput { width: 20; }
        ChoiceField { width: 20; }
    }
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

    class Entered(Edited):
        """A field has the focus."""

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

    def show_values(self, texts: Mapping[str, str], before: Mapping[str, str] | None) -> None:
        """Show values by name, and those in force; ``before`` is None where nothing is in force yet."""
        self._texts, self._before = dict(texts), None if before is None else dict(before)
        for row in self.rows:
            self._fill(row)

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
        for face in self.faces:
            yield FieldRow(face, self._texts.get(face.name, face.default), self._)
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

    def _fill(self, row: FieldRow) -> None:
        face = row.face
        before = None if self._before is None else self._before.get(face.name, face.default)
        row.show(self._texts.get(face.name, face.default), before)

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

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Whoever shows help wants to know."""
        row = self._row_of(event.widget)
        if row is not None:
            self.post_message(self.Entered(self, row.face.name, row.field.value))

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

"""One strategy as a form: which it is, presets, its settings, what differs from those in force, and what is wrong."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.timer import Timer

from mmtui.screens.draft import change_text
from mmtui.screens.strategy_drafts import ACCOUNT, KIND, SYMBOL, StrategyDrafts, symbols_like
from mmtui.screens.terminal import RUNNING, terminal_of
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.settings_form import SettingsForm, help_of
from mmtui.screens.widgets.strategy_table import STATES
from mmtui.screens.widgets.told_line import ToldLine

CHECK_AFTER_S: Final = 0.2
"""How long after the last key the values are checked: typing never waits for it."""

MOST_SYMBOLS: Final = 12
"""Symbols named in the help while one writes."""


class StrategyEditor(Vertical):
    """Shows the form of ``drafts`` and writes into it; what comes of it the screen decides."""

    DEFAULT_CSS = """
    StrategyEditor {
        #head { height: 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
        #presets { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #fields { height: 1fr; }
    }
    """

    class Written(Message):
        """Something was written; it is checked a moment later."""

    class Checked(Message):
        """The values were checked: whatever follows from them may be shown."""

    def __init__(self, drafts: StrategyDrafts, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.drafts = drafts
        self.faults: dict[str, str] = {}
        self.about_faults: dict[str, str] = {}
        self.told: tuple[str, str] = ("", "")
        self._ = translate
        self._timer: Timer | None = None
        self._refused: dict[str, str] = {}
        self._showing = ""

    def compose(self) -> ComposeResult:
        """Heading, presets, the fields."""
        yield ToldLine(id="head", vanishes=False)
        yield ToldLine(id="presets", vanishes=False)
        with VerticalScroll(id="fields", can_focus=False):
            yield SettingsForm(self._, id="about")
            yield SettingsForm(self._, id="form")

    @property
    def about(self) -> SettingsForm:
        """Name, kind, account and symbol of a new strategy."""
        return self.query_one("#about", SettingsForm)

    @property
    def form(self) -> SettingsForm:
        """The settings."""
        return self.query_one("#form", SettingsForm)

    @property
    def all_faults(self) -> dict[str, str]:
        """What is wrong anywhere in the form."""
        return {**self.about_faults, **self.faults}

    # ---------------------------------------------------------------------------------------------------------- drawing

    def draw(self) -> None:
        """Show what the drafts hold now, and check it a moment later."""
        self.draw_head()
        drafts = self.drafts
        self.about.display = drafts.adding
        self.about.show_fields(drafts.about_faces)
        if drafts.adding:
            self.about.show_values(drafts.about_values(), None)
            self._offer_symbols()
        self.form.show_fields(drafts.faces)
        shown = "" if drafts.adding else drafts.name
        self._draw_values(force=shown != self._showing)
        self._showing = shown
        self._draw_presets()
        self.check_soon()

    def draw_head(self) -> None:
        """Which strategy it is and how it is."""
        self.query_one("#head", ToldLine).put(self._heading())

    def _draw_values(self, *, force: bool = False) -> None:
        drafts = self.drafts
        before = {face.name: face.default for face in drafts.faces} if drafts.adding else drafts.draft.base
        values = {face.name: drafts.draft.text_of(face) for face in drafts.faces}
        self.form.show_values(values, before, force=force)

    def _heading(self) -> Content:
        if self.drafts.adding:
            return Content.assemble((" " + self._("New strategy"), "bold $primary"))
        row = self.drafts.row
        if row is None:
            return Content.assemble((" " + self._("Nothing selected"), "$quiet"))
        mark, word, _style = STATES.get(row.phase, ("?", row.phase, ""))
        state = (f"  {mark} {self._(word)}", "$success" if row.phase in RUNNING else "$quiet")
        if all(account.name != row.account for account in terminal_of(self).board.accounts):
            gone = self._("account {account} is not configured any more: this strategy cannot start")
            return Content.assemble(
                (f" {row.name}", "bold $primary"), ("  " + gone.format(account=row.account), "$error")
            )
        where = f"  {row.kind} · {row.account} · {row.symbol}"
        return Content.assemble((f" {row.name}", "bold $primary"), state, (where, "$quiet"))

    def _draw_presets(self) -> None:
        kind = self.drafts.kind
        line = self.query_one("#presets", ToldLine)
        if kind is None:
            row = self.drafts.row
            text = "" if row is None else self._("this version has no form for {kind}").format(kind=row.kind)
            line.put(Content.assemble((text, "$warning")))
            return
        pieces: list[Content] = [Content.assemble((self._("Presets") + " ", "$quiet"))]
        held = self.drafts.values()
        for name, values in kind.presets.items():
            fits = all(held.get(key) == value for key, value in values.items())
            text = f"{'◆' if fits else '◇'} {self._(name)}"
            click = Style.from_meta({"@click": f"screen.preset('{name}')"})
            pieces.append(Content.assemble((text, "bold $accent" if fits else "$primary")).stylize(click))
        whole = Content("  ").join(pieces)
        room = line.size.width
        line.put(whole if not room or whole.cell_length <= room else Content("  ").join(pieces[1:]))

    def on_resize(self) -> None:
        """What fits on a line depends on its width."""
        self._draw_presets()

    def _offer_symbols(self) -> None:
        account = self.drafts.about_values()[ACCOUNT]
        self.about.complete(SYMBOL, terminal_of(self).queries.symbols(account))

    def help_text(self) -> str:
        """One line on the field one is in; for a symbol also those that fit what is written."""
        for form in (self.about, self.form):
            face = form.focused_face
            if face is not None:
                text = help_of(face, self._)
                return f"{text}  {self._symbols()}" if form is self.about and face.name == SYMBOL else text
        return ""

    def _symbols(self) -> str:
        values = self.drafts.about_values()
        known = terminal_of(self).queries.symbols(values[ACCOUNT])
        return "  ".join(symbols_like(known, values[SYMBOL])[:MOST_SYMBOLS])

    def difference(self) -> Content:
        """What differs from the values in force, and the keys that apply or drop it."""
        keys = terminal_of(self).keys
        apply, drop = keys.shown("apply_form"), keys.shown("drop_form")
        if self.drafts.adding:
            text = self._("{apply} adds it, {drop} empties the form, Esc leaves it as it is")
            return Content.assemble((text.format(apply=apply, drop=drop), "$quiet"))
        changes = self.drafts.changes()
        if not changes:
            return Content("")
        told = ", ".join(change_text(change) for change in changes)
        way = self._("{apply} applies, {drop} drops").format(apply=apply, drop=drop)
        return Content.assemble((f"● {told}", "bold $accent"), (f"  {way}", "$quiet"))

    # ---------------------------------------------------------------------------------------------------------- writing

    def put(self, values: dict[str, str]) -> None:
        """Write several settings into the form, as a preset does."""
        for name, text in values.items():
            self.drafts.draft.put(name, text)
        self._written()

    def on_settings_form_edited(self, event: SettingsForm.Edited) -> None:
        """A value was written: keep it, mark it, and check all of them once the typing pauses."""
        event.stop()
        drafts = self.drafts
        if event.text == self._held(event.form, event.name):
            return
        if event.form is self.about:
            drafts.about.edits[event.name] = event.text
            if event.name == KIND:
                self.form.show_fields(drafts.faces)
            if event.name == ACCOUNT:
                self._offer_symbols()
        else:
            drafts.draft.put(event.name, event.text)
        self._refused.clear()
        self._written()

    def _held(self, form: SettingsForm, name: str) -> str | None:
        """What the drafts hold of a field: a field that is made tells its first value as if it were written."""
        face = next((face for face in form.faces if face.name == name), None)
        if face is None:
            return None
        return (self.drafts.about if form is self.about else self.drafts.draft).text_of(face)

    def _written(self) -> None:
        self.told = ("", "")
        self._draw_values()
        self._draw_presets()
        self.post_message(self.Written())
        self.check_soon()

    def on_settings_form_refused(self, event: SettingsForm.Refused) -> None:
        """Too much was pasted: said at the field, until something is written."""
        event.stop()
        self._refused = {event.name: event.text}
        self._show_faults(event.form)

    # --------------------------------------------------------------------------------------------------------- checking

    def check_soon(self) -> None:
        """Check once nothing was written for a moment."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_AFTER_S, self.check_now)

    def check_now(self) -> bool:
        """Check and show what is wrong; True if nothing is."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.faults, self.about_faults = self.drafts.faults(), self.drafts.about_faults()
        self._show_faults(self.form)
        self._show_faults(self.about)
        self.post_message(self.Checked())
        return not self.faults and not self.about_faults

    def place_faults(self, faults: dict[str, str]) -> None:
        """Show faults that the engine found at the fields they are in."""
        self.about_faults |= {name: text for name, text in faults.items() if name in self.drafts.about_values()}
        self.faults |= {name: text for name, text in faults.items() if name not in self.about_faults}
        self._show_faults(self.form)
        self._show_faults(self.about)

    def enter_fault(self) -> None:
        """Go to the first field that is wrong."""
        for name in self.about_faults:
            if self.about.enter(name):
                return
        for name in self.faults:
            if name and self.form.enter(name):
                return

    def _show_faults(self, form: SettingsForm) -> None:
        faults = self.about_faults if form is self.about else self.faults
        form.show_faults({**self._shown(faults, form), **self._refused})

    def _shown(self, faults: dict[str, str], form: SettingsForm) -> dict[str, str]:
        """A fresh form of a new strategy does not shout about what nobody has written yet."""
        if form is self.form or self.told[1] == "error":
            return faults
        written = self.drafts.about.edits
        return {name: text for name, text in faults.items() if name in written}

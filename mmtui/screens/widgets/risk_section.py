"""Risk limits: a form with bounds, and beside it how much of each limit is used."""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from mmtui.language import N_
from mmtui.screens.confirm import Question
from mmtui.screens.draft import Change, Draft, change_text
from mmtui.screens.risk_form import limits_in_force, risk_faces, risk_faults
from mmtui.screens.strategy_drafts import fault_text
from mmtui.screens.terminal import fingerprint, terminal_of
from mmtui.screens.widgets.account_tables import LIMITS, limit_table
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.settings_form import SettingsForm
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.screens.widgets.told_line import ToldLine
from mmtui.views.board import Board
from mmtui.views.faults import MmtuiError

CHECK_AFTER_S: Final = 0.2


class RiskSection(Vertical):
    """Limits that hold for every account. Wider ones ask where real money trades; narrower ones do not."""

    DEFAULT_CSS = """
    RiskSection {
        #risk_fields { height: auto; max-height: 60%; }
        #limit_rows { height: 1fr; min-height: 4; }
    }
    """

    def __init__(self, draft: Draft, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="section")
        self.draft = draft
        self.faces = risk_faces()
        self.faults: dict[str, str] = {}
        self._ = translate
        self._refused: dict[str, str] = {}
        self._told: tuple[str, str] = ("", "")
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, fields, what differs, what is used."""
        yield Static(self._("Risk limits of every account"), classes="title", markup=False)
        with VerticalScroll(id="risk_fields", can_focus=False):
            yield SettingsForm(self._, id="risk_form")
        yield ToldLine(id="risk_told", classes="told")
        yield TablePane(LIMITS, self._, title=N_("Used"), empty=N_("no limits are set"), id="limit_rows")

    def on_mount(self) -> None:
        """The fields are always the same."""
        self.form.show_fields(self.faces)

    @property
    def form(self) -> SettingsForm:
        """The fields."""
        return self.query_one(SettingsForm)

    def show(self, board: Board) -> None:
        """Take a new picture."""
        self.query_one(TablePane).show_table(limit_table(board))
        self.draft.rebase(limits_in_force(board), terminal_of(self).now_ns())
        self.draw()

    def draw(self) -> None:
        """Values, faults, differences."""
        self.form.show_values({face.name: self.text_of(face.name) for face in self.faces}, self._before())
        self.form.show_faults({**self.faults, **self._refused})
        lines = []
        changes = self.changes()
        if changes:
            keys = terminal_of(self).keys
            apply, drop = keys.shown("apply_form"), keys.shown("drop_form")
            told = ", ".join(change_text(change) for change in changes)
            way = self._("{apply} applies, {drop} drops").format(apply=apply, drop=drop)
            lines.append(Content.assemble((f"● {told}", "bold $accent"), (f"  {way}", "$quiet")))
        if self._told[0]:
            lines.append(Content.assemble(self._told))
        self.query_one("#risk_told", ToldLine).put(Content("\n").join(lines))

    def text_of(self, name: str) -> str:
        """What stands in a field; empty where the limit is not known and nothing is written."""
        return self.draft.edits.get(name, self.draft.base.get(name, ""))

    def _before(self) -> dict[str, str]:
        return {face.name: self.draft.base.get(face.name, "") for face in self.faces}

    def changes(self) -> list[Change]:
        """What differs from the limits in force."""
        return [
            change if change.before else change._replace(risky=True)  # wider than what nobody knows, maybe
            for change in self.draft.changes(self.faces)
        ]

    # ---------------------------------------------------------------------------------------------------------- writing

    def on_settings_form_edited(self, event: SettingsForm.Edited) -> None:
        """A limit was written."""
        event.stop()
        if event.text == self.text_of(event.name):
            return
        self.draft.put(event.name, event.text)
        self._refused, self._told = {}, ("", "")
        self.draw()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_AFTER_S, self.check_now)

    def on_settings_form_refused(self, event: SettingsForm.Refused) -> None:
        """Too much was pasted."""
        event.stop()
        self._refused = {event.name: event.text}
        self.draw()

    def on_settings_form_confirmed(self, event: SettingsForm.Confirmed) -> None:
        """Enter: apply."""
        event.stop()
        self.apply()

    def check_now(self) -> bool:
        """Check and show what is wrong; True if nothing is."""
        terminal = terminal_of(self)
        faces = {face.name: face for face in self.faces}
        edits = self.draft.edits
        self.faults = {name: fault_text(text, faces[name], terminal) for name, text in risk_faults(edits).items()}
        empty = self._("empty: a limit is never none")
        self.faults |= {name: empty for name, text in edits.items() if not text.strip()}
        self.draw()
        return not self.faults

    def drop(self) -> None:
        """Forget what was written."""
        self.draft.drop()
        self.faults, self._refused = {}, {}
        self._tell(self._("dropped what was written"), "$success")

    def apply(self) -> None:
        """Put the limits in force; ask where real money trades and one of them is wider."""
        changes = self.changes()
        if not self.check_now():
            self._tell(self._("not applied: what is marked ✗ is wrong"), "$error")
            self.form.enter(next(iter(self.faults)))
        elif not changes:
            self._tell(self._("nothing is changed"), "$warning")
        elif any(change.risky for change in changes):
            question = Question(
                self._("Wider limits for every account?"),
                tuple(change_text(change) for change in changes),
                self._("Apply"),
            )
            terminal_of(self).ask_risk(question, fingerprint("", "", "", "risk"), lambda: self._change(changes))
        else:
            self._change(changes)

    def _change(self, changes: Sequence[Change]) -> None:
        terminal = terminal_of(self)
        try:
            terminal.sink.change_risk({change.name: change.after for change in changes})
        except MmtuiError as fault:
            self._tell("✗ " + "; ".join(terminal.say(line) for line in str(fault).splitlines()), "$error")
            return
        self.draft.applied(changes, terminal.now_ns())
        told = ", ".join(change_text(change) for change in changes)
        self._tell("✓ " + self._("in force: {changes}").format(changes=told), "$success")

    def _tell(self, text: str, style: str) -> None:
        self._told = (text, style)
        self.draw()

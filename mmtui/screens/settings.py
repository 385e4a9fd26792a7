"""Settings: accounts and their secrets, risk limits, the terminal itself, keys, and where things are kept."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.timer import Timer
from textual.widgets import Static

from mmtui.language import N_
from mmtui.screens.actions import action, bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.confirm import Question
from mmtui.screens.draft import Change, Draft, change_text, empty_faults
from mmtui.screens.footer import Footer
from mmtui.screens.header import NavBar
from mmtui.screens.numbers import UNKNOWN
from mmtui.screens.risk_form import limits_in_force, risk_faces, risk_faults
from mmtui.screens.strategy_drafts import fault_text
from mmtui.screens.terminal import Severity, fingerprint
from mmtui.screens.widgets import settings_tables
from mmtui.screens.widgets.account_tables import LIMITS, limit_table
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.facts_pane import Fact, FactsPane
from mmtui.screens.widgets.settings_form import SettingsForm, help_of
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.screens.widgets.terminal_form import LANGUAGE, READ_ONLY, THEME, terminal_faces
from mmtui.views.board import Board
from mmtui.views.faults import MmtuiError

SECTIONS: Final = (
    ("accounts", N_("Accounts"), "#accounts"),
    ("limits", N_("Risk limits"), "#risk"),
    ("look", N_("Terminal"), "#terminal"),
    ("keys", N_("Keys"), "#keymap"),
    ("files", N_("Files"), "#places"),
)
"""Name, title, and the widget that gets the focus."""

CHECK_AFTER_S: Final = 0.2
PAGED_BELOW: Final = (100, 34)
"""Below this width or height one section is shown at a time."""


class SettingsScreen(BoardScreen):
    """Five sections: side by side where there is room, else one at a time."""

    CONTEXT = "settings"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 2.0
    AUTO_FOCUS: ClassVar[str | None] = "#accounts"

    DEFAULT_CSS = """
    SettingsScreen {
        #sections { height: 1; background: $surface; }
        .column { width: 1fr; height: 1fr; }
        #left { margin-right: 1; }
        .title { height: 1; background: $panel; color: $quiet; text-style: bold; padding: 0 1; }
        #section_accounts { height: auto; max-height: 16; }
        #account { height: 5; }
        #section_limits { height: 1fr; }
        #risk_fields { height: auto; max-height: 60%; }
        #limits { height: 1fr; min-height: 4; }
        #section_look { height: auto; }
        #section_keys { height: 2fr; min-height: 6; }
        #section_files { height: 7; }
        #places { height: 1fr; }
        .told { height: auto; max-height: 3; padding: 0 1; display: none; }
        #field_help { height: auto; max-height: 2; padding: 0 1; color: $quiet; background: $surface; display: none; }
        &.-paged #left { margin-right: 0; }
        &.-paged .section { height: 1fr; max-height: 100%; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.section = SECTIONS[0][0]
        self.risk = Draft()
        self.risk_faults: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._timer: Timer | None = None
        self._key = ""
        self._refocus = ""

    # ---------------------------------------------------------------------------------------------------------- drawing

    def compose_body(self) -> ComposeResult:
        """Names of the sections, the sections, help."""
        yield Static(id="sections", markup=False)
        with Horizontal():
            with Vertical(id="left", classes="column"):
                yield from self._compose_accounts()
                yield from self._compose_limits()
            with Vertical(id="right", classes="column"):
                yield from self._compose_terminal()
                yield from self._compose_keys()
                with Vertical(id="section_files", classes="section"):
                    yield Static(self.gettext("Files"), classes="title", markup=False)
                    yield FactsPane(self.gettext, id="places")
        yield Static(id="field_help", markup=False)
        self.call_after_refresh(self._begin)

    def _compose_accounts(self) -> ComposeResult:
        with Vertical(id="section_accounts", classes="section"):
            yield TablePane(
                settings_tables.ACCOUNTS,
                self.gettext,
                title=N_("Accounts"),
                empty=N_("no account is configured; add one to the configuration"),
                id="accounts",
            )
            yield FactsPane(self.gettext, id="account")

    def _compose_limits(self) -> ComposeResult:
        with Vertical(id="section_limits", classes="section"):
            yield Static(self.gettext("Risk limits of every account"), classes="title", markup=False)
            with VerticalScroll(id="risk_fields", can_focus=False):
                yield SettingsForm(self.gettext, id="risk")
            yield Static(id="risk_told", classes="told", markup=False)
            yield TablePane(LIMITS, self.gettext, title=N_("Used"), empty=N_("no limits are set"), id="limits")

    def _compose_terminal(self) -> ComposeResult:
        with Vertical(id="section_look", classes="section"):
            yield Static(self.gettext("Terminal"), classes="title", markup=False)
            yield SettingsForm(self.gettext, id="terminal")
            yield Static(id="look_told", classes="told", markup=False)

    def _compose_keys(self) -> ComposeResult:
        with Vertical(id="section_keys", classes="section"):
            yield TablePane(settings_tables.KEYS, self.gettext, title=N_("Keys: Enter changes one"), id="keymap")
            yield AskBar(self.gettext("Keys"), self.gettext("one or several, such as ctrl+k, f5"), id="new_key")
            yield Static(id="keys_told", classes="told", markup=False)

    def _begin(self) -> None:
        if not self.query("#risk"):
            return
        self.query_one("#risk", SettingsForm).show_fields(risk_faces())
        self.query_one("#terminal", SettingsForm).show_fields(terminal_faces(self.terminal))
        self._draw_terminal()
        self._draw_risk()
        self._draw_keys()
        self._fold()
        if self._refocus:
            self.query_one("#terminal", SettingsForm).enter(self._refocus)
            self._refocus = ""

    def show_lists(self, board: Board) -> None:
        """Accounts, limits, places."""
        table = self.query_one("#accounts", TablePane)
        rows = settings_tables.account_table(board, self.gettext)
        table.styles.height = HEAD_LINES + max(1, len(rows))
        table.show_table(rows)
        self._draw_account()
        self.query_one("#limits", TablePane).show_table(limit_table(board))
        known = limits_in_force(board)
        if self.risk.rebase(known, self.terminal.now_ns()) or known != self._known:
            self._known = known
            self._draw_risk()
        facts = [(Fact(self.gettext(name), path),) for name, path in board.places.items()]
        nothing = [(Fact("", self.gettext("the engine does not tell where it keeps things"), "dim"),)]
        self.query_one("#places", FactsPane).show_facts(facts or nothing)

    def _draw_account(self) -> None:
        key = self.query_one("#accounts", TablePane).cursor_key
        account = next((row for row in self.terminal.board.accounts if row.name == key), None)
        facts = [] if account is None else settings_tables.account_facts(account, self.gettext)
        self.query_one("#account", FactsPane).show_facts(facts)

    def _draw_risk(self) -> None:
        form = self.query_one("#risk", SettingsForm)
        faces = risk_faces()
        form.show_values({face.name: self.risk_text(face.name) for face in faces}, self.risk.base)
        form.show_faults(self.risk_faults)
        changes = self._risk_changes()
        if changes:
            told = ", ".join(change_text(change) for change in changes)
            keys = self.terminal.keys
            way = self.gettext("{apply} applies, {drop} drops").format(
                apply=keys.shown("apply_form"), drop=keys.shown("drop_form")
            )
            self._tell("risk", Content.assemble((f"● {told}", "bold $accent"), (f"  {way}", "$quiet")))

    def risk_text(self, name: str) -> str:
        """What stands in the field of a limit; empty where it is not known and nothing is written."""
        return self.risk.edits.get(name, self.risk.base.get(name, ""))

    def _draw_terminal(self) -> None:
        terminal = self.terminal
        values = {
            THEME: terminal.theme,
            LANGUAGE: terminal.language,
            READ_ONLY: "true" if terminal.read_only else "false",
        }
        self.query_one("#terminal", SettingsForm).show_values(values, values)

    def _draw_keys(self) -> None:
        terminal = self.terminal
        rows = settings_tables.key_table(terminal.keys, terminal.preferences.keymap, self.gettext)
        self.query_one("#keymap", TablePane).show_table(rows, note=f"{len(rows)}")

    def _tell(self, section: str, content: Content) -> None:
        line = self.query_one(f"#{section}_told", Static)
        line.display = bool(content.plain)
        line.update(content)

    def tell_here(self, section: str, text: str, severity: Severity = "information") -> None:
        """Say something in a section."""
        style = {"error": "$error", "warning": "$warning"}.get(severity, "$success")
        self._tell(section, Content.assemble((text, style)))

    # --------------------------------------------------------------------------------------------------------- sections

    def on_resize(self, event: events.Resize) -> None:
        """Side by side, or one at a time."""
        width, height = event.size
        self.set_class(width < PAGED_BELOW[0] or height < PAGED_BELOW[1], "-paged")
        if self.query("#sections"):
            self._fold()

    def _fold(self) -> None:
        paged = self.has_class("-paged")
        bar = self.query_one("#sections", Static)
        bar.display = paged
        pieces = []
        for name, title, _focus in SECTIONS:
            here = name == self.section
            self.query_one(f"#section_{name}").display = here or not paged
            click = Style.from_meta({"@click": f"screen.section('{name}')"})
            text = (f" {self.gettext(title)} ", "bold $foreground on $panel" if here else "$quiet")
            pieces.append(Content.assemble(text).stylize(click))
        bar.update(Content(" ").join(pieces))
        for column in self.query(".column"):
            column.display = any(section.display for section in column.query(".section"))

    def action_section(self, name: str) -> None:
        """Go to a section."""
        self.section = name
        self._fold()
        focus = next(focus for known, _title, focus in SECTIONS if known == name)
        widget = self.query_one(focus)
        if isinstance(widget, SettingsForm):
            widget.enter()
        else:
            widget.focus()
        self._show_help()

    def action_next_section(self) -> None:
        """The next one, round about."""
        self._step(1)

    def action_previous_section(self) -> None:
        """The one before."""
        self._step(-1)

    def _step(self, step: int) -> None:
        names = [name for name, _title, _focus in SECTIONS]
        self.action_section(names[(names.index(self.section) + step) % len(names)])

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The section one is in is the one that is shown on small terminals."""
        for section in event.widget.ancestors:
            if section.has_class("section") and section.id is not None:
                self.section = section.id.removeprefix("section_")
                self._fold()
                break
        self._show_help()

    def _show_help(self) -> None:
        faces = [form.focused_face for form in self.query(SettingsForm)]
        text = next((help_of(face, self.gettext) for face in faces if face is not None), "")
        line = self.query_one("#field_help", Static)
        line.display = bool(text)
        line.update(Content(text))

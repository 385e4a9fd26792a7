"""Settings: accounts and their secrets, risk limits, the terminal itself, keys, and where things are kept."""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.style import Style

from mmtui.language import N_
from mmtui.screens.actions import action, bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.draft import Draft
from mmtui.screens.widgets.accounts_section import AccountsSection, FilesSection
from mmtui.screens.widgets.keys_section import KeysSection
from mmtui.screens.widgets.risk_section import RiskSection
from mmtui.screens.widgets.settings_form import SettingsForm, help_of
from mmtui.screens.widgets.terminal_section import LANGUAGE, TerminalSection
from mmtui.screens.widgets.told_line import ToldLine
from mmtui.views.board import Board

SECTIONS: Final = (
    ("accounts", N_("Accounts")),
    ("risk", N_("Risk limits")),
    ("terminal", N_("Terminal")),
    ("keys", N_("Keys")),
    ("files", N_("Files")),
)
"""Id and title of each section, in their order."""

PAGED_BELOW: Final = (100, 34)
"""Below this width or height one section is shown at a time."""


class SettingsScreen(BoardScreen):
    """Five sections: side by side where there is room, else one at a time."""

    CONTEXT = "settings"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 2.0
    AUTO_FOCUS: ClassVar[str | None] = "#account_rows"

    DEFAULT_CSS = """
    SettingsScreen {
        #sections { height: 1; background: $surface; }
        #columns { height: 1fr; }
        .column { width: 1fr; height: 1fr; }
        #left { margin-right: 1; }
        .title { height: 1; background: $panel; color: $quiet; text-style: bold; padding: 0 1; }
        .told { height: auto; max-height: 3; padding: 0 1; }
        #accounts { height: auto; }
        #risk { height: 1fr; }
        #terminal { height: auto; }
        #keys { height: 1fr; }
        #files { height: 7; }
        #field_help { height: auto; max-height: 2; padding: 0 1; color: $quiet; background: $surface; }
        #terminal_form ChoiceField { width: 22; }
        &.-paged #left { margin-right: 0; }
        &.-paged .section { height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.section = SECTIONS[0][0]
        self.risk_draft = Draft()
        self._refocus = ""

    def compose_body(self) -> ComposeResult:
        """Names of the sections, the sections, help. What was written in the limits outlives another language."""
        yield ToldLine(id="sections", vanishes=False)
        with Horizontal(id="columns"):
            with Vertical(id="left", classes="column"):
                yield AccountsSection(self.gettext, id="accounts")
                yield RiskSection(self.risk_draft, self.gettext, id="risk")
            with Vertical(id="right", classes="column"):
                yield TerminalSection(self.gettext, id="terminal")
                yield KeysSection(self.gettext, id="keys")
                yield FilesSection(self.gettext, id="files")
        yield ToldLine(id="field_help")
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._fold()
        if self._refocus and self.query(TerminalSection):
            self.query_one(TerminalSection).form.enter(self._refocus)
            self._refocus = ""

    def show_lists(self, board: Board) -> None:
        """Each section takes what it shows."""
        self.query_one(AccountsSection).show(board)
        self.query_one(RiskSection).show(board)
        self.query_one(FilesSection).show(board)

    # --------------------------------------------------------------------------------------------------------- sections

    def on_resize(self, event: events.Resize) -> None:
        """Side by side, or one at a time."""
        width, height = event.size
        self.set_class(width < PAGED_BELOW[0] or height < PAGED_BELOW[1], "-paged")
        self._fold()

    def _fold(self) -> None:
        if not self.app.is_running or not self.query("#files"):
            return  # the sections are not there yet, or will not come
        paged = self.has_class("-paged")
        bar = self.query_one("#sections", ToldLine)
        pieces = []
        for name, title in SECTIONS:
            here = name == self.section
            self.query_one(f"#{name}").display = here or not paged
            text = (f" {self.gettext(title)} ", "bold $foreground on $panel" if here else "$quiet")
            pieces.append(Content.assemble(text).stylize(Style.from_meta({"@click": f"screen.section('{name}')"})))
        hint = f"  {self.terminal.keys.shown('next_section')} {self.gettext(action('next_section').label)}"
        pieces.append(Content.assemble((hint, "$quiet")))
        bar.put(Content(" ").join(pieces))
        bar.display = paged
        for column in self.query(".column"):
            column.display = any(section.display for section in column.children)

    def action_section(self, name: str) -> None:
        """Go to a section."""
        self.section = name
        self._fold()
        section = self.query_one(f"#{name}")
        form = section.query(SettingsForm)
        if form:
            form.first().enter()
        else:
            first = next((widget for widget in section.query("*") if widget.can_focus), None)
            self.set_focus(first)
        self._show_help()

    def action_next_section(self) -> None:
        """The next one, round about."""
        self._step(1)

    def action_previous_section(self) -> None:
        """The one before."""
        self._step(-1)

    def _step(self, step: int) -> None:
        names = [name for name, _title in SECTIONS]
        self.action_section(names[(names.index(self.section) + step) % len(names)])

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The section one is in is the one that small terminals show."""
        for place in event.widget.ancestors:
            if isinstance(place, Vertical) and place.has_class("section") and place.id is not None:
                if place.id != self.section:
                    self.section = place.id
                    self._fold()
                break
        self._show_help()

    def _show_help(self) -> None:
        faces = [form.focused_face for form in self.query(SettingsForm)]
        text = next((help_of(face, self.gettext) for face in faces if face is not None), "")
        self.query_one("#field_help", ToldLine).put(Content(text))

    # ---------------------------------------------------------------------------------------------------------- actions

    def action_apply_form(self) -> None:
        """Put the limits in force; everything else is in force as soon as it is chosen."""
        self.query_one(RiskSection).apply()

    def action_drop_form(self) -> None:
        """Forget the limits that were written."""
        self.query_one(RiskSection).drop()

    def action_leave_form(self) -> None:
        """Out of the field; what was written stays."""
        keys = self.query_one(KeysSection)
        if not keys.close():
            self.set_focus(self.query_one("#limit_rows") if self.section == "risk" else None)
            self._show_help()

    def action_default_key(self) -> None:
        """The action under the cursor gets its own keys back."""
        self.query_one(KeysSection).use_default()

    def on_terminal_section_spoken(self, event: TerminalSection.Spoken) -> None:
        """Speak it, and come back to the field."""
        self._refocus = LANGUAGE
        self.terminal.attempt(self.terminal.set_language, event.language)

    def on_terminal_section_locked(self) -> None:
        """Read-only or not: the header says so."""
        self.refresh_board()

    def on_keys_section_moved(self) -> None:
        """Keys are written in footer and head too."""
        self.refresh_board()

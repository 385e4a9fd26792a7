"""Strategies: add, edit, start, stop, remove; a form of each, and the orders its values would place now."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content

from mmtui.language import N_
from mmtui.screens.actions import action, bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.confirm import Question
from mmtui.screens.draft import Change, change_text
from mmtui.screens.strategy_drafts import ACCOUNT, KIND, NAME, SYMBOL, StrategyDrafts, fault_text, placed_faults
from mmtui.screens.terminal import RUNNING, Severity, fingerprint
from mmtui.screens.widgets import strategy_list
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.preview_pane import Asked, Market, PreviewPane
from mmtui.screens.widgets.strategy_editor import StrategyEditor
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.screens.widgets.told_line import ToldLine
from mmtui.views.board import Board, StrategyRow
from mmtui.views.faults import MmtuiError


class StrategiesScreen(BoardScreen):
    """A list, the form of the selected strategy or of a new one, and a preview that follows what is written."""

    CONTEXT = "strategies"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CONTEXT),
        *(Binding(key, "start_applied", action("start").label, show=False, id="start") for key in action("start").keys),
    ]
    RATE_HZ = 2.0
    AUTO_FOCUS: ClassVar[str | None] = "#list"

    DEFAULT_CSS = """
    StrategiesScreen {
        #list { height: auto; min-height: 3; max-height: 30%; }
        #work { height: 1fr; }
        #editor { width: 3fr; margin-right: 1; }
        #preview { width: 2fr; }
        #field_help { height: auto; max-height: 3; padding: 0 1; color: $quiet; background: $surface; }
        #diff { height: auto; max-height: 3; padding: 0 1; }
        #told { height: auto; max-height: 4; padding: 0 1; }
        &.-narrow #editor { width: 43; }
        &.-narrow #preview { width: 1fr; }
        #about FieldInput, #about ChoiceField { width: 20; }
        &.-wide #editor { width: 7fr; }
        &.-wide #preview { width: 3fr; }
        &.-short #field_help { max-height: 2; }
        &.-short #diff { max-height: 2; }
        &.-short #told { max-height: 2; }
        &.-short #list { max-height: 6; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._drafts: StrategyDrafts | None = None
        self._filter = ""
        self._added = ""

    # ---------------------------------------------------------------------------------------------------------- drawing

    def compose_body(self) -> ComposeResult:
        """Filter, list, form beside preview, help, differences, what happened."""
        yield AskBar(self.gettext("Filter"), self.gettext("Esc shows all"), id="filter")
        yield TablePane(
            strategy_list.COLUMNS,
            self.gettext,
            title=N_("Strategies"),
            empty=N_("no strategy yet; n fills in a new one"),
            id="list",
        )
        with Horizontal(id="work"):
            yield StrategyEditor(self.drafts, self.gettext, id="editor")
            yield PreviewPane(self.gettext, self.terminal.say, id="preview")
        yield ToldLine(id="field_help")
        yield ToldLine(id="diff")
        yield ToldLine(id="told")
        self.call_after_refresh(self._begin_anew)

    @property
    def drafts(self) -> StrategyDrafts:
        """What is written and not applied; kept as long as the terminal runs."""
        if self._drafts is None:
            self._drafts = StrategyDrafts(self.terminal)
        return self._drafts

    @property
    def editor(self) -> StrategyEditor:
        """The form."""
        return self.query_one(StrategyEditor)

    @property
    def table(self) -> TablePane:
        """The list."""
        return self.query_one("#list", TablePane)

    def _begin_anew(self) -> None:
        if self.query(StrategyEditor):
            self.drafts.follow()
            self.editor.draw()
            self.draw_lines()

    def selection_changed(self, strategy: str) -> None:
        """Another strategy: its form; the new one is kept."""
        self.drafts.adding = False
        self.drafts.name = ""
        if strategy != self._added and self.query(StrategyEditor):
            self.editor.told = ("", "")

    def show_lists(self, board: Board) -> None:
        """The list; the form where it shows something else now."""
        if self._added and self.terminal.strategy_row(self._added) is not None:
            self.drafts.adding, self._added = False, ""
            self.drafts.name = ""
        changed = self.drafts.follow()
        if self.drafts.moved:
            self.editor.told = ("", "")
        self._draw_table(board)
        if changed:
            if self.drafts.lost and self.drafts.adding:
                lost = self.gettext("{name} was removed; what was written is kept, as a new strategy")
                self.tell_here(lost.format(name=self.drafts.lost), "warning")
            self.editor.draw()
        else:
            self.editor.draw_head()
        self.draw_lines()

    def _draw_table(self, board: Board) -> None:
        rows = strategy_list.strategy_list(
            board, self.drafts.edit_counts(), self._filter, self.gettext, self.terminal.say
        )
        table = self.table
        table.styles.height = HEAD_LINES + max(1, len(rows))
        table.show_table(rows, note=f"{len(rows)}" if rows else "")
        table.put_cursor(self.terminal.selected)

    def draw_lines(self) -> None:
        """Help of the focused field, what differs, what happened."""
        self.query_one("#field_help", ToldLine).put(Content(self.editor.help_text()))
        self.query_one("#diff", ToldLine).put(self.editor.difference())
        text, severity = self.editor.told
        general = self.editor.faults.get("", "")
        lines = [("✗ " + general, "$error")] if general else []
        if text:
            lines.append((text, {"error": "$error", "warning": "$warning"}.get(severity, "$success")))
        self.query_one("#told", ToldLine).put(Content("\n").join(Content.assemble(line) for line in lines))

    def tell_here(self, text: str, severity: Severity = "information") -> None:
        """Say something below the form; it stands until something else is written."""
        self.editor.told = (text, severity)
        self.draw_lines()

    # ------------------------------------------------------------------------------------------------------- happenings

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        """The cursor selects the strategy."""
        if event.pane.id == "list":
            self.terminal.select(event.key)
            self.refresh_board()

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        """Enter: into its form."""
        if event.pane.id == "list":
            self.action_edit_strategy()

    def on_strategy_editor_written(self) -> None:
        """What differs follows every key."""
        self.draw_lines()

    def on_strategy_editor_checked(self) -> None:
        """The values were checked: show what differs, and what they would place."""
        self.draw_lines()
        self._draw_table(self.terminal.board)
        self._ask_preview()

    def on_descendant_focus(self) -> None:
        """Another field: another help."""
        self.draw_lines()

    def on_settings_form_confirmed(self) -> None:
        """Enter in a field: apply; in a new strategy, on to the next field."""
        if self.drafts.adding:
            self.focus_next()
        else:
            self.action_apply_form()

    def on_ask_bar_typed(self, event: AskBar.Typed) -> None:
        """Filter while one types; Enter goes to the list."""
        self._filter = event.text.strip()
        self._draw_table(self.terminal.board)
        if isinstance(event, AskBar.Answered):
            self.table.focus()

    on_ask_bar_answered = on_ask_bar_typed

    # ---------------------------------------------------------------------------------------------------------- preview

    def _ask_preview(self) -> None:
        pane, about = self.query_one(PreviewPane), self.drafts.about_values()
        if self.drafts.kind is None:
            pane.show_nothing("")
        elif self.drafts.adding and not about[SYMBOL]:
            pane.show_nothing(self.gettext("choose account and symbol to see its orders"))
        elif self.editor.all_faults:
            pane.show_nothing(self.gettext("no preview while a value is wrong"))
        else:
            values = self.drafts.values()
            pane.ask(Asked(about[KIND], about[ACCOUNT], about[SYMBOL], values, self._market(about)))

    def _market(self, about: dict[str, str]) -> Market | None:
        board = self.terminal.board
        for row in board.strategies:
            if (row.account, row.symbol) == (about[ACCOUNT], about[SYMBOL]):
                return row
        return next((row for row in board.markets if row.symbol == about[SYMBOL]), None)

    # ---------------------------------------------------------------------------------------------------------- actions

    def action_filter(self) -> None:
        """Open the field of the filter."""
        self.query_one("#filter", AskBar).open(self._filter)

    def action_leave_form(self) -> None:
        """Out of the field; then out of the filter, then out of the new strategy. What was written stays."""
        bar = self.query_one("#filter", AskBar)
        if bar.display:
            bar.close(forget=True)
            self._filter = ""
        elif self.drafts.adding and self.table.has_focus:
            self.drafts.adding = False
            self.editor.draw()
        self.set_focus(self.table)
        self.refresh_board()

    def action_edit_strategy(self) -> None:
        """Into the form."""
        form = self.editor.about if self.drafts.adding else self.editor.form
        if not form.enter():
            text = self.gettext("nothing to edit; {key} fills in a new one")
            self.tell_here(text.format(key=self.terminal.keys.shown("add_strategy")), "warning")

    def action_add_strategy(self) -> None:
        """The form of a new strategy, as it was left."""
        self.drafts.adding = True
        self.editor.told = ("", "")
        self.editor.draw()
        self.draw_lines()
        self.call_after_refresh(self.editor.about.enter)

    def action_preset(self, name: str = "") -> None:
        """Write a preset into the form; without a name the one after the last that fits."""
        kind = self.drafts.kind
        presets = {} if kind is None else kind.presets
        if not presets:
            self.tell_here(self.gettext("there are no presets"), "warning")
            return
        if name and name not in presets:
            known = ", ".join(presets)
            self.tell_here(self.gettext("no preset {name}; there are: {known}").format(name=name, known=known), "error")
            return
        names, held = list(presets), self.drafts.values()
        fitting = [k for k, values in enumerate(presets.values()) if all(held.get(a) == b for a, b in values.items())]
        chosen = name or names[(fitting[-1] + 1) % len(names) if fitting else 0]
        self.editor.put(presets[chosen])
        text = self.gettext("preset {name} is written into the form; sizes and limits stay yours")
        self.tell_here(text.format(name=self.gettext(chosen)))

    def action_drop_form(self) -> None:
        """Forget what was written."""
        self.drafts.drop()
        self.editor.told = ("", "")
        self.editor.draw()
        self.tell_here(self.gettext("dropped what was written"))

    def action_start_applied(self) -> None:
        """Start, unless something is written that would not be in force."""
        row = self.terminal.selected_row
        if row is not None and self.drafts.changes() and not self.drafts.adding:
            text = self.gettext("{name} was not started: {apply} applies what is written, {drop} drops it")
            keys = self.terminal.keys
            self.tell_here(
                text.format(name=row.name, apply=keys.shown("apply_form"), drop=keys.shown("drop_form")), "warning"
            )
            return
        self.terminal.perform_later(action("start"))

    def action_remove_strategy(self) -> None:
        """Ask, then forget the strategy; one that runs is stopped first, by the person."""
        row = self.terminal.selected_row
        if row is None or self.drafts.adding:
            self.tell_here(self.gettext("nothing to remove: no strategy is selected"), "warning")
        elif row.phase in RUNNING:
            text = self.gettext("{name} runs; {key} stops it, then it can be removed")
            self.tell_here(text.format(name=row.name, key=self.terminal.keys.shown("stop")), "warning")
        else:
            question = Question(
                self.gettext("Remove {name} and its settings?").format(name=row.name),
                tuple(f"{name} {value}" for name, value in row.settings.items() if value),
                self.gettext("Remove"),
            )
            self.terminal.ask(question, lambda: self._remove(row.name))

    def _remove(self, name: str) -> None:
        if self._attempt(lambda: self.terminal.sink.remove(name)):
            self.drafts.forget(name)
            self.tell_here(self.gettext("{name} is removed").format(name=name))
            self.refresh_board()

    # ------------------------------------------------------------------------------------------------------- applying

    def action_apply_form(self) -> None:
        """Check everything; then add the new strategy, or put the changes in force."""
        if not self.editor.check_now():
            self.tell_here(self.gettext("not applied: what is marked ✗ is wrong"), "error")
            self.editor.place_faults({})
            self.editor.enter_fault()
        elif self.drafts.adding:
            self._add()
        else:
            self._apply()

    def _add(self) -> None:
        about = self.drafts.about_values()
        name, values = about[NAME], self.drafts.values()
        sink = self.terminal.sink
        if self._attempt(lambda: sink.add(name, about[KIND], about[ACCOUNT], about[SYMBOL], values)):
            self.drafts.drop()
            self._added = name
            self.terminal.select(name)
            key = self.terminal.keys.shown("start")
            self.tell_here(self.gettext("{name} is added; {key} starts it").format(name=name, key=key))
            self.table.focus()
            self.refresh_board()

    def _apply(self) -> None:
        row, changes = self.drafts.row, self.drafts.changes()
        if row is None or not changes:
            self.tell_here(self.gettext("nothing is changed"), "warning")
            return
        if row.phase in RUNNING and any(change.risky for change in changes):
            question = Question(
                self.gettext("More risk for {name} while it runs?").format(name=row.name),
                tuple(change_text(change) for change in changes),
                self.gettext("Apply"),
            )
            consent = fingerprint(row.kind, row.account, row.symbol, row.name)
            self.terminal.ask_risk(question, consent, lambda: self._change(row, changes))
        else:
            self._change(row, changes)

    def _change(self, row: StrategyRow, changes: list[Change]) -> None:
        values = {change.name: change.after for change in changes}
        if not self._attempt(lambda: self.terminal.sink.change_settings(row.name, values)):
            return
        self.drafts.applied(row.name, changes)
        text = self.gettext("in force: {changes}") if row.phase in RUNNING else self.gettext("saved: {changes}")
        told = text.format(changes=", ".join(change_text(change) for change in changes))
        undo = self.gettext("{key} takes it back").format(key=self.terminal.keys.shown("undo"))
        self.editor.draw()
        self.tell_here(f"✓ {told}  {undo}")
        self._draw_table(self.terminal.board)

    def _attempt(self, deed: Callable[[], object]) -> bool:
        """Do it; a refusal is shown at the fields it names, and below the form."""
        try:
            deed()
        except MmtuiError as fault:
            placed, rest = placed_faults(str(fault))
            faces = {face.name: face for face in self.drafts.faces}
            self.editor.place_faults(
                {name: fault_text(text, faces.get(name), self.terminal) for name, text in placed.items()}
            )
            refused = [self.terminal.say(line) for line in rest] or [self.gettext("not applied: see the marked fields")]
            self.tell_here("✗ " + "; ".join(refused), "error")
            return False
        return True

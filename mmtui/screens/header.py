"""The line that is always there: stage, strategies, venues, money, lag, time; and the alert that waits for an eye."""

from decimal import Decimal
from typing import Final

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from mmtui.language import N_
from mmtui.screens.actions import GOTO, SCREENS, action
from mmtui.screens.folding import Part, fold
from mmtui.screens.keymap import Keymap
from mmtui.screens.numbers import cells, clock, left, number, signed
from mmtui.screens.terminal import RUNNING, SAFE_STAGES, Terminal, terminal_of
from mmtui.views.board import AccountRow, AlertRow, Board

_STAGE_STYLES: Final = {"sim": "stage-sim", "replay": "stage-sim", "audit": "stage-sim", "paper": "stage-paper"}
_MARKS: Final = {"up": "✓", "starting": "…", "down": "✗"}
_MONEY_PLACES: Final = 2
_LATE_MS: Final = 25.0


class Header(Widget):
    """One line; at small widths the least important parts shrink and go, and no figure is cut."""

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[Part, ...] = ()

    def show(self, board: Board, now_ns: int) -> None:
        """Take a new picture; drawn again only if something on the line changed."""
        parts = tuple(_parts(terminal_of(self), board, now_ns))
        if parts != self._known:
            self._known = parts
            self.refresh()

    def render(self) -> Content:
        """The parts that fit: the first ones at the left, the clock at the right end."""
        return line(self._known, self.size.width)


def line(parts: tuple[Part, ...], width: int) -> Content:
    """Parts on one line of ``width`` cells, the last one set right."""
    shown = fold(parts, width)
    if not shown:
        return Content("")
    gap = width - sum(cells(part.text) for part in shown) - 2 * (len(shown) - 1)
    pieces: list[str | tuple[str, str]] = []
    for index, part in enumerate(shown):
        if index:
            pieces.append(" " * (2 + (gap if index == len(shown) - 1 else 0)))
        pieces.append((part.text, part.style))
    return Content.assemble(*pieces)


def account_state(account: AccountRow, board: Board) -> tuple[str, str]:
    """The worst state of an account's streams and of its venue's markets, and the stream that has it.

    States are "up", "starting" and "down"; whatever else a stream says counts as down.
    """
    streams = dict(account.streams)
    streams.update({row.symbol: row.stream for row in board.markets if row.venue == account.venue})
    worst = ("up", "")
    for name, state in streams.items():
        if state not in ("up", "starting"):
            return "down", name
        if state == "starting":
            worst = ("starting", name)
    return worst if streams else ("starting", "")


def _parts(terminal: Terminal, board: Board, now_ns: int) -> list[Part]:
    gettext = terminal.gettext
    stage = board.stage if board.stage in SAFE_STAGES else "live"
    parts = [
        Part("stage", 1, (f" {board.stage.upper()} ",), f"bold #ffffff on ${_STAGE_STYLES.get(stage, 'stage-live')}"),
    ]
    if terminal.read_only:
        parts.append(Part("read_only", 1, (gettext("READ-ONLY"),), "bold $warning"))
    parts.append(_strategies(terminal, board))
    parts += _venues(terminal, board)
    net, today = gettext("net {amount}"), gettext("today {amount}")
    parts += [
        Part("net", 5, _money(net, board.net, board), _tone(board.net)),
        Part("today", 2, _money(today, board.day_net, board), _tone(board.day_net)),
        _lag(terminal, board),
        Part("clock", 3, (f"{clock(now_ns)} UTC", clock(now_ns)), "$quiet"),
    ]
    return parts


def _strategies(terminal: Terminal, board: Board) -> Part:
    running = sum(row.phase in RUNNING for row in board.strategies)
    quoting = sum(row.phase == "quoting" for row in board.strategies)
    full = terminal.gettext("{quoting} quoting of {running} running").format(quoting=quoting, running=running)
    short = terminal.gettext("{quoting} quoting").format(quoting=quoting)
    return Part("strategies", 7, (full, short), "" if running else "$quiet")


def _venues(terminal: Terminal, board: Board) -> list[Part]:
    parts = []
    for account in board.accounts:
        state, stream = account_state(account, board)
        name = account.name
        short = f"{_MARKS[state]} {name}"
        if state == "up":
            parts.append(Part(f"venue_{name}", 6, (short, _MARKS[state]), "$success"))
            continue
        word = terminal.gettext(N_("starting") if state == "starting" else N_("down"))
        full = f"{short} {stream} {word}".replace("  ", " ")
        tone = "$warning" if state == "starting" else "bold $error"
        parts.append(Part(f"venue_{name}", 2, (full, f"{short} {word}", short), tone))
    return parts


def _money(label: str, value: Decimal | None, board: Board) -> tuple[str, ...]:
    """A labelled amount with its asset, where all strategies share one, and without."""
    assets = {row.quote_asset for row in board.strategies}
    short = label.format(amount=signed(value, _MONEY_PLACES))
    return (f"{short} {min(assets)}", short) if len(assets) == 1 and value is not None else (short,)


def _tone(value: Decimal | None) -> str:
    if value is None or not value:
        return ""
    return "$gain" if value > 0 else "$loss"


def _lag(terminal: Terminal, board: Board) -> Part:
    lag_ms = board.health.loop_lag_p99_ms
    text = terminal.gettext("lag {lag} ms").format(lag=number(lag_ms, 0))
    return Part("lag", 2 if lag_ms > _LATE_MS else 8, (text,), "bold $warning" if lag_ms > _LATE_MS else "$quiet")


class NavBar(Widget):
    """The screens with their keys, the present one marked; each can be clicked. Folded away on short terminals."""

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context
        self._keys: Keymap | None = None

    def show(self) -> None:
        """Follow the keymap, as the footer does."""
        keys = terminal_of(self).keys
        if keys is not self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """As many screens as fit."""
        terminal = terminal_of(self)
        parts = []
        for place, (name, title, _meaning) in enumerate(SCREENS, 1):
            key = terminal.keys.shown(f"{GOTO}{name}")
            parts.append(Part(name, 1 if name == self.context else place + 1, (f" {key} {terminal.gettext(title)} ",)))
        pieces = [
            Content(part.text)
            .stylize("bold $foreground on $panel" if part.name == self.context else "")
            .stylize(Style.from_meta({"@click": f"app.goto('{part.name}')"}))
            for part in fold(parts, self.size.width, 0)
        ]
        return Content("").join(pieces)


class AlertBar(Widget):
    """The oldest alert of the highest level that nobody has acknowledged; not there while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._alerts: tuple[AlertRow, ...] = ()

    @property
    def alert(self) -> AlertRow | None:
        """What is shown."""
        return next((row for row in self._alerts if row.level == "error"), next(iter(self._alerts), None))

    def show(self, board: Board) -> None:
        """Take the alerts of a new picture."""
        waiting = tuple(sorted((row for row in board.alerts if not row.acknowledged), key=lambda row: row.number))
        if waiting != self._alerts:
            self._alerts = waiting
            self.display = bool(waiting)
            self.set_class(self.alert is not None and self.alert.level == "error", "-error")
            self.refresh()

    def render(self) -> Content:
        """How many, when, who, what, and the key that says "seen"."""
        alert = self.alert
        if alert is None:
            return Content("")
        terminal = terminal_of(self)
        count = f" ! {len(self._alerts)}  " if len(self._alerts) > 1 else " ! "
        hint = f" [{terminal.keys.shown('acknowledge')}] {terminal.gettext(action('acknowledge').label)} "
        head = f"{count}{clock(alert.time_ns)} {alert.strategy} "
        text = left(head + terminal.say(alert.text), max(0, self.size.width - cells(hint)))
        return Content.assemble(text, (hint, Style.from_meta({"@click": "app.acknowledge()"}) + Style(bold=True)))


__all__ = ["AlertBar", "Header", "NavBar", "account_state", "line"]

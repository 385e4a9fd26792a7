"""What happened lately, kept for front ends: log lines, alerts, fills and the equity curve, each in a bounded ring."""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from mmtui.core.state import State
from mmtui.engine.runtime import Ending
from mmtui.model.notes import AnyNote, FillNote, Note, NoteLevel, OrderNote
from mmtui.model.units import NS_PER_S, decimal_text
from mmtui.views.board import AlertRow, EquityPoint, FillRow, LogRow

LOG_LINES = 2_000
FILLS = 200
ALERTS = 100
EQUITY_POINTS = 3_600
EQUITY_EVERY_NS = NS_PER_S

ALARMING = frozenset({"place_unknown", "amend_unknown", "cancel_unknown", "order_missing"})
"""Steps in an order's life that want a person's eye."""


class Chronicle:
    """Rings of what was told; read by the desk, never by the core."""

    def __init__(self) -> None:
        self.log_number = 0
        self._log: deque[LogRow] = deque(maxlen=LOG_LINES)
        self._alerts: deque[AlertRow] = deque(maxlen=ALERTS)
        self._alert_number = 0
        self._fills: deque[FillRow] = deque(maxlen=FILLS)
        self._equity: deque[EquityPoint] = deque(maxlen=EQUITY_POINTS)

    # ------------------------------------------------------------------------------------------------ what is told

    def take(self, state: State, notes: Sequence[AnyNote]) -> None:
        """Take one step's notes."""
        for note in notes:
            if isinstance(note, FillNote):
                self._fills.appendleft(_fill_row(state, note))
                self._line(note.time_ns, "info", state.strategy, "fill", _fill_text(note))
            elif isinstance(note, OrderNote):
                self._order(state, note)
            else:
                self._note(state.strategy, note)

    def say(self, time_ns: int, level: str, source: str, event: str, text: str, *, alert: bool = False) -> None:
        """Tell something that no step told."""
        self._line(time_ns, level, source, event, text)
        if alert:
            self._alert(time_ns, level, source, text)

    def ended(self, now_ns: int, strategy: str, ending: Ending) -> None:
        """Tell how a worker ended, where it did not end as asked."""
        if ending.crashed:
            left = ", ".join(ending.survivors)
            orders = f"these orders may remain: {left}" if left else "its orders are cancelled, the venue shows none"
            text = f"stopped by a bug: {ending.crashed}; {orders}"
            self.say(now_ns, "error", strategy, "crashed", text, alert=True)
        elif ending.survivors:
            text = f"stopped without proof; may remain: {', '.join(ending.survivors)}"
            self.say(now_ns, "error", strategy, "stopped_unproven", text, alert=True)

    def value(self, now_ns: int, net: Decimal | None) -> None:
        """Take the sum of all net PnL, at most once a second."""
        if net is None or (self._equity and now_ns - self._equity[-1].time_ns < EQUITY_EVERY_NS):
            return
        self._equity.append(EquityPoint(now_ns, net))

    def acknowledge(self, number: int) -> None:
        """An alert has been seen."""
        for index, alert in enumerate(self._alerts):
            if alert.number == number:
                self._alerts[index] = replace(alert, acknowledged=True)

    # ------------------------------------------------------------------------------------------------ what is asked

    def log_since(self, number: int, limit: int) -> tuple[LogRow, ...]:
        """Lines with a higher number, oldest first."""
        missing = self.log_number - number
        if missing <= 0:
            return ()
        rows = list(self._log)[-missing:]
        return tuple(rows[:limit])

    @property
    def fills(self) -> tuple[FillRow, ...]:
        """The latest fills, newest first."""
        return tuple(self._fills)

    @property
    def alerts(self) -> tuple[AlertRow, ...]:
        """Alerts, oldest first."""
        return tuple(self._alerts)

    @property
    def equity(self) -> tuple[EquityPoint, ...]:
        """The curve, oldest first."""
        return tuple(self._equity)

    # ------------------------------------------------------------------------------------------------ inside

    def _order(self, state: State, note: OrderNote) -> None:
        level = "warning" if note.event in ALARMING or note.event.endswith("_refused") else "debug"
        text = (
            f"{note.side.value} {decimal_text(note.quantity)} at {decimal_text(note.price)} "
            f"{note.client_order_id} {note.event.replace('_', ' ')}"
        )
        self._line(note.time_ns, level, state.strategy, note.event, f"{text}: {note.reason}" if note.reason else text)
        if note.event in ALARMING:
            self._alert(note.time_ns, "warning", state.strategy, f"{text}: {note.reason}")

    def _note(self, strategy: str, note: Note) -> None:
        self._line(note.time_ns, note.level.value, strategy, note.event, note.message)
        if note.level is NoteLevel.ERROR:
            self._alert(note.time_ns, "error", strategy, note.message)

    def _line(self, time_ns: int, level: str, source: str, event: str, text: str) -> None:
        self.log_number += 1
        self._log.append(LogRow(self.log_number, time_ns, level, source, event, text))

    def _alert(self, time_ns: int, level: str, strategy: str, text: str) -> None:
        """One alert per text: the same again only wakes the old one."""
        for index, alert in enumerate(self._alerts):
            if alert.strategy == strategy and alert.text == text:
                self._alerts[index] = replace(alert, time_ns=time_ns, acknowledged=False)
                return
        self._alert_number += 1
        self._alerts.append(AlertRow(self._alert_number, time_ns, level, strategy, text, acknowledged=False))


def _fill_row(state: State, note: FillNote) -> FillRow:
    return FillRow(
        note.time_ns, state.strategy, state.instrument.symbol, note.trade_id, note.client_order_id, note.side,
        note.price, note.quantity, note.fee_cash, note.fee_asset, note.maker, note.position,
    )  # fmt: skip


def _fill_text(note: FillNote) -> str:
    role = "maker" if note.maker else "taker"
    return (
        f"{note.side.value} {decimal_text(note.quantity)} at {decimal_text(note.price)} filled as {role}, "
        f"fee {decimal_text(note.fee_cash)} {note.fee_asset}, position {decimal_text(note.position)}"
    )

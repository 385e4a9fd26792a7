"""Fakes of what the terminal stands on: they keep the ports' laws and remember what was asked of them."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from mmtui.app import MmtuiApp
from mmtui.model.units import Side
from mmtui.views.board import Board, FillRow, LogRow
from mmtui.views.faults import SettingsError
from mmtui.views.preferences import Preferences
from mmtui.views.queries import (
    DayRow,
    FieldFace,
    Finding,
    HistoryFilter,
    KindFace,
    OrderHistoryRow,
    Preview,
    PreviewOrder,
)
from tests.ui import boards


class FakeSource:
    """Shows the Board it was given; ``publish`` gives it a newer one."""

    def __init__(self, board: Board, log: tuple[LogRow, ...] = ()) -> None:
        self.latest = board
        self.log = log or boards.logs()

    @property
    def version(self) -> int:
        return self.latest.version

    def publish(self, board: Board) -> None:
        """Show another Board; its version must have risen."""
        assert board.version > self.latest.version
        self.latest = board

    def log_since(self, number: int, limit: int = 500) -> tuple[LogRow, ...]:
        return tuple(row for row in self.log if row.number > number)[-limit:]


class FakeSink:
    """Remembers every word; ``faults`` makes it refuse the next ones."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.faults: list[SettingsError] = []
        self.changed: list[dict[str, str]] = []

    def _hear(self, *words: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.said.append(words)

    def start(self, strategy: str) -> None:
        self._hear("start", strategy)

    def pause(self, strategy: str) -> None:
        self._hear("pause", strategy)

    def resume(self, strategy: str) -> None:
        self._hear("resume", strategy)

    def stop(self, strategy: str, reason: str) -> None:
        self._hear("stop", strategy, reason)

    def stop_all(self, reason: str) -> None:
        self._hear("stop_all", reason)

    def cancel_everything(self, strategy: str) -> None:
        self._hear("cancel_everything", strategy)

    def change_settings(self, strategy: str, values: Mapping[str, str]) -> None:
        self._hear("change_settings", strategy)
        self.changed.append(dict(values))

    def change_risk(self, values: Mapping[str, str]) -> None:
        self._hear("change_risk", *(f"{name}={text}" for name, text in values.items()))

    def undo(self, strategy: str) -> bool:
        self._hear("undo", strategy)
        return bool(self.changed) and bool(self.changed.pop())

    def add(self, name: str, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> None:
        self._hear("add", name, kind, account, symbol)
        self.changed.append(dict(values))

    def remove(self, strategy: str) -> None:
        self._hear("remove", strategy)

    def acknowledge(self, alert: int) -> None:
        self._hear("acknowledge", str(alert))


def field(name: str, **changes: str) -> FieldFace:
    """A field of a form."""
    told = {"title": name, "help": "", "unit": "", "type": "decimal", "default": "1", "minimum": "0", "maximum": ""}
    told |= changes
    return FieldFace(name=name, exclusive_minimum=True, optional=False, choices=(), **told)


PERP_MAKER = KindFace(
    name="perp_maker",
    title="Perpetual market maker",
    fields=(
        field("spread_pct", title="Spread", help="Total distance, in percent of mid.", unit="%", default="0.1",
              maximum="100"),
        field("quantity", title="Quantity", help="Size of each order.", unit="base", default=""),
        field("max_orders", title="Orders per side", unit="orders", type="int", default="3", minimum="1", maximum="50"),
        field("interval", title="Interval", help="Least time between two re-pricings.", unit="s", default="60"),
        field("max_position", title="Largest position", unit="base"),
        field("inventory_skew", title="Inventory skew", unit="half-spreads", default="0", maximum="1"),
    ),
    presets={
        "conservative": {"spread_pct": "0.2", "max_orders": "2"},
        "beginner": {"spread_pct": "0.1", "max_orders": "3"},
        "aggressive": {"spread_pct": "0.04", "max_orders": "5"},
    },
)  # fmt: skip


class FakeQueries:
    """Answers from the frozen rows, and remembers the questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.faults: dict[str, str] = {}
        self.exported = 3

    async def preview(self, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> Preview:
        self.asked.append(("preview", kind, account, symbol, dict(values)))
        mid, away = Decimal("150.235"), Decimal("0.06")
        orders = tuple(
            PreviewOrder(side, mid - side.sign * away, Decimal("2.50"), Decimal("375.59"), 4.0, "")
            for side in (Side.BUY, Side.SELL)
        )
        return Preview(
            orders, "quoting 1x1 around 150.235, load 0", tuple(self.faults.values()), Decimal(20), Decimal(-20)
        )

    def kinds(self) -> tuple[KindFace, ...]:
        return (PERP_MAKER,)

    def symbols(self, account: str) -> tuple[str, ...]:
        return ("SOL-USDC-PERP", "BTC-USDC-PERP", "ETH-USDC-PERP", "SOL-USDC")

    def check(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        self.asked.append(("check", kind, dict(values)))
        return dict(self.faults)

    async def fills(self, wanted: HistoryFilter) -> tuple[FillRow, ...]:
        self.asked.append(("fills", wanted))
        return boards.fills()

    async def orders(self, wanted: HistoryFilter) -> tuple[OrderHistoryRow, ...]:
        self.asked.append(("orders", wanted))
        return ()

    async def days(self) -> tuple[DayRow, ...]:
        self.asked.append(("days",))
        return ()

    async def export_csv(self, what: str, wanted: HistoryFilter, path: Path) -> int:
        self.asked.append(("export_csv", what, wanted, path))
        return self.exported

    async def diagnose(self) -> tuple[Finding, ...]:
        self.asked.append(("diagnose",))
        return (
            Finding("ok", "clock", "8 ms off", ""),
            Finding("error", "backpack-主", "private stream is down", "check the network, then the API key"),
        )


class FakeStore:
    """Keeps preferences in memory."""

    def __init__(self, preferences: Preferences | None = None, faults: tuple[str, ...] = ()) -> None:
        self.preferences = preferences or Preferences(tour_seen=True)
        self.faults = faults
        self.saved: list[Preferences] = []

    def load(self) -> Preferences:
        return self.preferences

    def save(self, preferences: Preferences) -> None:
        self.saved.append(preferences)


class Stage:
    """A terminal on fakes: ``stage.app`` runs, ``stage.sink.said`` is what was asked of the engine.

    ``app_class`` is the App with all its screens, unless a test brings its own.
    """

    def __init__(
        self,
        board: Board | None = None,
        *,
        language: str = "en",
        read_only: bool = False,
        preferences: Preferences | None = None,
        app_class: type[MmtuiApp] = MmtuiApp,
    ) -> None:
        self.source = FakeSource(board or boards.board())
        self.sink = FakeSink()
        self.queries = FakeQueries()
        self.store = FakeStore(preferences)
        self.now_ns = boards.NOW_NS
        self.app = app_class(
            self.source,
            self.sink,
            self.queries,
            self.store,
            read_only=read_only,
            language=language,
            now_ns=lambda: self.now_ns,
        )

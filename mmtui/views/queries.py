"""What a picture cannot hold: questions that the engine answers without blocking."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mmtui.model.units import Side
from mmtui.views.board import FillRow


class PreviewOrder(Struct, frozen=True, gc=False):
    """One order that would be placed now, on the venue's grid; ``refused`` says why it could not be, else empty."""

    side: Side
    price: Decimal
    quantity: Decimal
    notional: Decimal
    distance_bps: float
    refused: str


class Preview(Struct, frozen=True):
    """What a strategy with these settings would do now. ``faults`` are faults of the settings, one line each."""

    orders: tuple[PreviewOrder, ...]
    reason: str
    faults: tuple[str, ...]
    worst_long: Decimal | None
    worst_short: Decimal | None


class FieldFace(Struct, frozen=True, kw_only=True):
    """One setting as a form shows it; bounds and default as text. ``choices`` is empty for free input."""

    name: str
    title: str
    help: str
    unit: str
    type: str
    default: str
    minimum: str
    maximum: str
    exclusive_minimum: bool
    optional: bool
    choices: tuple[str, ...]


class KindFace(Struct, frozen=True):
    """One kind of strategy as a form shows it. ``presets`` are named sets of values."""

    name: str
    title: str
    fields: tuple[FieldFace, ...]
    presets: dict[str, dict[str, str]]


class OrderHistoryRow(Struct, frozen=True, kw_only=True, gc=False):
    """One order of the ledger."""

    time_ns: int
    strategy: str
    symbol: str
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal
    state: str
    done_reason: str
    reason: str


class DayRow(Struct, frozen=True, kw_only=True, gc=False):
    """One UTC day of one strategy."""

    day: str
    strategy: str
    fills: int
    realized: Decimal
    fees: Decimal
    funding: Decimal
    maker_volume: Decimal
    taker_volume: Decimal


class HistoryFilter(Struct, frozen=True, kw_only=True):
    """Which rows of history; None means all. ``text`` is searched in ids, symbols and reasons."""

    strategy: str | None = None
    symbol: str | None = None
    since_ns: int | None = None
    text: str = ""
    limit: int = 200
    offset: int = 0


class Finding(Struct, frozen=True, gc=False):
    """One line of a diagnosis. ``state`` is "ok", "warning" or "error"; ``remedy`` says what to do."""

    state: str
    subject: str
    text: str
    remedy: str


class Queries(Protocol):
    """Questions with answers."""

    async def preview(self, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> Preview:
        """What these settings would place now on the present book; nothing is sent."""
        ...

    def kinds(self) -> tuple[KindFace, ...]:
        """All kinds with their forms."""
        ...

    def symbols(self, account: str) -> tuple[str, ...]:
        """What can be traded on an account."""
        ...

    def check(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        """Faults of values by field name ("" for faults between fields); empty when all is well."""
        ...

    async def fills(self, wanted: HistoryFilter) -> tuple[FillRow, ...]:
        """Fills of the ledger, newest first."""
        ...

    async def orders(self, wanted: HistoryFilter) -> tuple[OrderHistoryRow, ...]:
        """Orders of the ledger, newest first."""
        ...

    async def days(self) -> tuple[DayRow, ...]:
        """PnL by strategy and UTC day, newest first."""
        ...

    async def export_csv(self, what: str, wanted: HistoryFilter, path: Path) -> int:
        """Write fills, orders or days to a CSV file; returns the number of rows. Raises StorageError."""
        ...

    async def diagnose(self) -> tuple[Finding, ...]:
        """Health of accounts, streams, clock, orders, disk: what a person would check by hand."""
        ...

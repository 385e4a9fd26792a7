"""Answers of the ledger for front ends, read on a thread so that the loop never waits for the disk."""

import asyncio
import csv
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from mmtui.model.units import decimal_text
from mmtui.ports.errors import StorageError
from mmtui.storage.history import LedgerReader, Wanted
from mmtui.storage.rows import DailyPnlRow, FillRow, OrderRow
from mmtui.views.board import FillRow as FillView
from mmtui.views.queries import DayRow, HistoryFilter, OrderHistoryRow

PAGE = 1_000


class LedgerAnswers:
    """History by filter and page, and export."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def fills(self, wanted: HistoryFilter) -> tuple[FillView, ...]:
        """Fills, newest first."""
        rows = await asyncio.to_thread(self._read, FillRow, wanted)
        return tuple(_fill_view(row) for row in rows)

    async def orders(self, wanted: HistoryFilter) -> tuple[OrderHistoryRow, ...]:
        """Orders, newest first."""
        rows = await asyncio.to_thread(self._read, OrderRow, wanted)
        return tuple(_order_view(row) for row in rows)

    async def days(self) -> tuple[DayRow, ...]:
        """PnL by strategy and UTC day, newest first; the runs of one day are added up."""
        rows = await asyncio.to_thread(self._read, DailyPnlRow, HistoryFilter(limit=PAGE))
        return _added_up(rows)

    async def export_csv(self, what: str, wanted: HistoryFilter, path: Path) -> int:
        """Write fills, orders or days to a CSV file; returns the number of rows. Raises StorageError."""
        kinds: dict[str, type[Any]] = {"fills": FillRow, "orders": OrderRow, "days": DailyPnlRow}
        if what not in kinds:
            raise StorageError(f'export: "{what}" is not known; one of {", ".join(kinds)}')
        return await asyncio.to_thread(self._export, kinds[what], wanted, path)

    def _read(self, kind: type[Any], wanted: HistoryFilter) -> list[Any]:
        if not self._path.exists():
            return []
        reader = LedgerReader(self._path)
        try:
            return _matching(reader, kind, wanted)
        finally:
            reader.close()

    def _export(self, kind: type[Any], wanted: HistoryFilter, path: Path) -> int:
        rows = self._read(kind, wanted)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                columns = kind.__struct_fields__
                writer.writerow(columns)
                writer.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)
        except OSError as error:
            raise StorageError(f"export: {path}: {error.strerror}; name a file that can be written") from None
        return len(rows)


def _matching(reader: LedgerReader, kind: type[Any], wanted: HistoryFilter) -> list[Any]:
    """Rows that fit the filter; the search text is looked for here, page by page, until the limit is met."""
    condition = Wanted(strategy=wanted.strategy, symbol=wanted.symbol, since_ns=wanted.since_ns)
    if not wanted.text:
        return list(reader.page(kind, condition, wanted.limit, wanted.offset).rows)
    needle = wanted.text.casefold()
    found: list[Any] = []
    offset = 0
    while len(found) < wanted.offset + wanted.limit:
        page = reader.page(kind, condition, PAGE, offset)
        found += [row for row in page.rows if needle in _searchable(row)]
        offset += PAGE
        if not page.more:
            break
    return found[wanted.offset : wanted.offset + wanted.limit]


def _searchable(row: Any) -> str:  # noqa: ANN401 - any row of the ledger
    return " ".join(_cell(getattr(row, name)) for name in row.__struct_fields__).casefold()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return decimal_text(value)
    return str(getattr(value, "value", value))


def _fill_view(row: FillRow) -> FillView:
    return FillView(
        row.time_ns, row.strategy, row.symbol, row.trade_id, row.client_order_id or "", row.side, row.price,
        row.quantity, row.fee_cash, row.fee_asset, row.maker, None,
    )  # fmt: skip


def _order_view(row: OrderRow) -> OrderHistoryRow:
    return OrderHistoryRow(
        time_ns=row.updated_ns, strategy=row.strategy, symbol=row.symbol, client_order_id=row.client_order_id,
        side=row.side, price=row.price, quantity=row.quantity, filled=row.filled, state=row.state.value,
        done_reason="" if row.done_reason is None else row.done_reason.value, reason=row.reason,
    )  # fmt: skip


def _added_up(rows: Sequence[DailyPnlRow]) -> tuple[DayRow, ...]:
    days: dict[tuple[str, str], DayRow] = {}
    for row in rows:
        key = (row.day, row.strategy)
        known = days.get(key)
        days[key] = DayRow(
            day=row.day,
            strategy=row.strategy,
            fills=row.fills + (known.fills if known else 0),
            realized=row.realized_pnl + (known.realized if known else 0),
            fees=row.fees + (known.fees if known else 0),
            funding=row.funding + (known.funding if known else 0),
            maker_volume=row.maker_volume_quote + (known.maker_volume if known else 0),
            taker_volume=row.taker_volume_quote + (known.taker_volume if known else 0),
        )
    return tuple(sorted(days.values(), key=lambda day: (day.day, day.strategy), reverse=True))

"""A ledger for screens: pages, texts, faults, and a gate that holds answers back until it is opened."""

import asyncio
from pathlib import Path

from mmtui.views.board import FillRow
from mmtui.views.faults import StorageError
from mmtui.views.queries import DayRow, HistoryFilter, OrderHistoryRow
from tests.ui import boards, list_boards
from tests.ui.fakes import FakeQueries, Stage


class LedgerQueries(FakeQueries):
    """Keeps the law of Queries: newest first, ``offset`` and ``limit`` count rows that the text lets through."""

    def __init__(self, fills: int = 450, orders: int = 20) -> None:
        super().__init__()
        self.fill_rows = tuple(boards.fill(number) for number in range(fills))
        self.order_rows = tuple(list_boards.past_order(number) for number in range(orders))
        self.day_rows = list_boards.days()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault = ""

    async def _answer(self) -> None:
        await self.gate.wait()
        if self.fault:
            raise StorageError(self.fault)

    async def fills(self, wanted: HistoryFilter) -> tuple[FillRow, ...]:
        self.asked.append(("fills", wanted))
        await self._answer()
        rows = [row for row in self.fill_rows if wanted.text in f"{row.trade_id} {row.symbol} {row.strategy}"]
        return tuple(rows[wanted.offset : wanted.offset + wanted.limit])

    async def orders(self, wanted: HistoryFilter) -> tuple[OrderHistoryRow, ...]:
        self.asked.append(("orders", wanted))
        await self._answer()
        rows = [row for row in self.order_rows if wanted.text in f"{row.client_order_id} {row.symbol} {row.reason}"]
        return tuple(rows[wanted.offset : wanted.offset + wanted.limit])

    async def days(self) -> tuple[DayRow, ...]:
        self.asked.append(("days",))
        await self._answer()
        return self.day_rows

    async def export_csv(self, what: str, wanted: HistoryFilter, path: Path) -> int:
        self.asked.append(("export_csv", what, wanted, path))
        await self._answer()
        return self.exported

    def asked_for(self, what: str) -> list[HistoryFilter]:
        """The filters of one kind of question, in their order."""
        return [words[1] for words in self.asked if words[0] == what and isinstance(words[1], HistoryFilter)]


def ledger_stage(queries: LedgerQueries, **changes: object) -> Stage:
    """A terminal on this ledger, which knows every fill of the Board."""
    changes.setdefault("board", boards.board(fills=boards.fills()[:-1]))
    stage = Stage(**changes)  # type: ignore[arg-type]  # whatever Stage takes
    stage.queries = queries
    stage.app.queries = queries
    return stage

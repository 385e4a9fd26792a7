"""What has been read of the ledger, page by page, and what the Board has told since: one list without doubles."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, Generic, Literal, TypeVar

from mmtui.screens.widgets.history_tables import fill_key, order_key
from mmtui.views.board import FillRow
from mmtui.views.queries import HistoryFilter, OrderHistoryRow, Queries

View = Literal["fills", "orders"]

PAGE: Final = 200
"""Rows that are asked for at once."""

MOST_ROWS: Final = 2_000
"""Rows kept; who wants to see older ones filters or exports."""

EVERYTHING: Final = 1_000_000_000
"""The limit of an export: more rows than any ledger has."""

Row = TypeVar("Row")


class History(Generic[Row]):
    """Rows of one kind, newest first.

    ``key`` tells rows apart, ``time_ns`` orders them. Offsets count rows of the ledger only; rows that turn up twice,
    because new ones have moved the pages meanwhile, count once.
    """

    def __init__(self, key: Callable[[Row], Hashable], time_ns: Callable[[Row], int]) -> None:
        self._key = key
        self._time_ns = time_ns
        self._rows: dict[Hashable, Row] = {}
        self._sorted: tuple[Row, ...] | None = ()
        self.offset = 0
        self.complete = False
        self.read = False
        self.revision = 0
        """Rises with every change of the rows."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows known, newest first."""
        if self._sorted is None:
            newest = sorted(self._rows.values(), key=self._time_ns, reverse=True)
            self._sorted = tuple(newest)
        return self._sorted

    @property
    def full(self) -> bool:
        """Whether no more rows are kept."""
        return len(self._rows) >= MOST_ROWS

    def take_page(self, page: Sequence[Row]) -> None:
        """A page of the ledger has come; a short one is the last."""
        self.offset += len(page)
        self.complete = len(page) < PAGE
        self.read = True
        self.take(page)

    def take_newest(self, page: Sequence[Row]) -> None:
        """The first page has been read again; where it does not reach to what is known, that is forgotten: no holes."""
        if not self.read or (page and not any(self._key(row) in self._rows for row in page)):
            self.forget()
            self.take_page(page)
        else:
            self.take(page)

    def take(self, rows: Iterable[Row]) -> int:
        """Rows that are new or have changed, from anywhere; returns how many these are."""
        count = 0
        for row in rows:
            key = self._key(row)
            if self._rows.get(key) != row:
                self._rows[key] = row
                count += 1
        if count:
            self._sorted = None
            self.revision += 1
        return count

    def forget(self) -> None:
        """Begin anew: another filter, or a new look."""
        self._rows.clear()
        self._sorted = ()
        self.revision += 1
        self.offset = 0
        self.complete = self.read = False


class Ledger:
    """What has been read of fills and of orders."""

    def __init__(self) -> None:
        self.fills: History[FillRow] = History(fill_key, lambda row: row.time_ns)
        self.orders: History[OrderHistoryRow] = History(order_key, lambda row: row.time_ns)

    def of(self, view: View) -> History[FillRow] | History[OrderHistoryRow]:
        """The list that a view shows."""
        return self.fills if view == "fills" else self.orders

    def forget(self) -> None:
        """Begin anew with both."""
        self.fills.forget()
        self.orders.forget()

    async def read_newest(self, queries: Queries, view: View, text: str) -> None:
        """Read the first page. Raises what the ledger raises, and changes nothing then."""
        wanted = HistoryFilter(text=text, limit=PAGE)
        if view == "fills":
            self.fills.take_newest(await queries.fills(wanted))
        else:
            self.orders.take_newest(await queries.orders(wanted))

    async def read_more(self, queries: Queries, view: View, text: str) -> None:
        """Read the next page. Raises what the ledger raises, and changes nothing then."""
        wanted = HistoryFilter(text=text, limit=PAGE, offset=self.of(view).offset)
        if view == "fills":
            self.fills.take_page(await queries.fills(wanted))
        else:
            self.orders.take_page(await queries.orders(wanted))

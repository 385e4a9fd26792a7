"""The worked example of docs/accounting.md, booked fill by fill and compared figure by figure."""

import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.core.fifo import match_fifo
from mmtui.core.markout import Markouts
from mmtui.core.pnl import PnlBook
from mmtui.model.events import Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import NS_PER_S, Side, decimal_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "accounting.md"
SOL = Instrument("sim.m:SOL", "sim", "SOL", MarketType.PERP, "SOL", "USDC", Decimal("0.01"), Decimal("0.01"))
MARK, BID, ASK, MID = Decimal("100.4"), Decimal("100.45"), Decimal("100.55"), Decimal("100.5")

Row = dict[str, str]


def rows_of(first_column: str) -> list[Row]:
    """Read the table of the worked example whose first column has this heading."""
    example = DOCUMENT.read_text(encoding="utf-8").split("## Worked example")[1].splitlines()
    start = next(i for i, line in enumerate(example) if line.startswith(f"| {first_column} |"))
    table = list(itertools.takewhile(lambda line: line.startswith("|"), example[start:]))
    heading, _rule, *rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in table]
    return [dict(zip(heading, cells, strict=True)) for cells in rows]


def example_fills() -> list[tuple[Fill, Decimal]]:
    fills = []
    for number, row in enumerate(rows_of("time (s)")):
        fill = Fill(
            account="a",
            instrument=SOL.id,
            time_ns=int(row["time (s)"]) * NS_PER_S,
            trade_id=str(number),
            side=Side(row["side"]),
            price=Decimal(row["price"]),
            quantity=Decimal(row["quantity"]),
            fee_cash=Decimal(row["fee cash"]),
            fee_asset=row["fee asset"],
            maker=row["role"] == "maker",
        )
        fills.append((fill, Decimal(row["mid"])))
    return fills


@pytest.fixture
def book() -> PnlBook:
    book = PnlBook.for_instrument("a", SOL)
    for fill, mid in example_fills():
        book.apply_fill(fill, mid, {"BNB": Decimal(600)})
    book.apply_funding(FundingPayment("a", SOL.id, 50 * NS_PER_S, "f", Decimal("0.01")))
    return book


def test_every_figure_of_the_document_is_what_the_books_say(book: PnlBook) -> None:
    figures = book.figures(MARK, BID, ASK)
    rows = rows_of("figure")
    assert len(rows) == 17
    for row in rows:
        assert decimal_text(Decimal(getattr(figures, row["figure"]))) == row["value"], row["figure"]
    assert decimal_text(book.quote_cash) == "104.9894"
    assert decimal_text(book.quote_cash + book.position.cost) == "3.9894"


def test_every_part_of_the_attribution_is_what_the_document_says(book: PnlBook) -> None:
    parts = book.attribute(MARK, MID)
    rows = rows_of("part")
    assert len(rows) == 7
    for row in rows:
        assert decimal_text(getattr(parts, row["part"])) == row["value"], row["part"]


def test_the_fifo_lots_are_those_of_the_document() -> None:
    lots = match_fifo(fill for fill, _mid in example_fills())
    table = [
        {
            "opened (s)": str(lot.open_time_ns // NS_PER_S),
            "closed (s)": str(lot.close_time_ns // NS_PER_S),
            "quantity": decimal_text(lot.quantity),
            "open price": decimal_text(lot.open_price),
            "close price": decimal_text(lot.close_price),
            "pnl": decimal_text(lot.pnl),
        }
        for lot in lots.closed
    ]
    assert table == rows_of("opened (s)")
    assert lots.realized == Decimal(4)
    assert [(lot.side, lot.quantity, lot.open_price) for lot in lots.open] == [(Side.SELL, Decimal(1), Decimal(101))]


def test_the_markouts_are_those_of_the_document() -> None:
    markouts = Markouts()
    fills = {fill.time_ns: (fill, mid) for fill, mid in example_fills()}
    for second in range(61):
        now_ns = second * NS_PER_S
        if now_ns in fills:
            fill, mid = fills[now_ns]
            markouts.on_mid(now_ns, float(mid))
            markouts.on_fill(now_ns, fill.side, float(fill.price), float(fill.quantity), float(mid))
        else:
            markouts.on_book_alive(now_ns)
    table = [
        {
            "horizon (s)": str(row.horizon_ns // NS_PER_S),
            "n": str(row.n),
            "pending": str(row.pending),
            "markout bps": bps_text(row.markout_bps),
            "capture bps": bps_text(row.capture_bps),
            "adverse selection bps": bps_text(row.adverse_selection_bps),
        }
        for row in markouts.figures()
        if row.side is None
    ]
    assert table == rows_of("horizon (s)")


def bps_text(value: float | None) -> str:
    return "" if value is None else f"{round(value, 3) + 0.0:.3f}"

"""Fixed rows of the Board, and golden files, for the tests of what a run prints."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from mmtui.model.notes import AnyNote, FillNote, Note, NoteLevel, OrderNote
from mmtui.model.units import NS_PER_S, Side
from mmtui.views.board import AttributionRow, MarkoutRow, OrderRow, PnlRow, PriceRow, StrategyRow

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

STARTED_NS = 1_795_222_800 * NS_PER_S  # 2026-11-21 01:00:00 UTC
NOW_NS = STARTED_NS + 3_723 * NS_PER_S + 4_005_006

D = Decimal

WORKED_EXAMPLE = {
    "spread_pct": "0.2",
    "quantity": "0.5",
    "max_orders": "3",
    "interval": "10",
    "target_position": "0",
    "max_position": "2",
    "position_threshold": "1.5",
    "inventory_skew": "0.5",
    "ladder": "spread",
    "stop_loss": "",
}

PNL = PnlRow(
    realized=D("0.021"),
    unrealized_mark=D("-0.0125"),
    unrealized_touch=D("-0.03"),
    fees=D("-0.0031"),
    fees_complete=True,
    funding=D("0.0004"),
    net=D("0.0058"),
    day=D("0.0058"),
    volume=D("1052.1"),
    buy_volume=D("601.1"),
    sell_volume=D("451"),
    maker_share=D(2) / D(3),
    cost_per_million=D("-0.0058") / D("1052.1") * 1_000_000,
    wear_rate_pct=D(0),
)

UNKNOWN_PNL = msgspec.structs.replace(
    PNL,
    unrealized_mark=None,
    unrealized_touch=None,
    fees_complete=False,
    net=None,
    day=None,
    cost_per_million=None,
    wear_rate_pct=None,
)

ATTRIBUTION = AttributionRow(
    spread_capture=D("0.09"),
    inventory=D("-0.0715"),
    fees=D("-0.0031"),
    funding=D("0.0004"),
    hedge_slippage=D(0),
    mark_basis=D("-0.01"),
)

MARKOUTS = (
    MarkoutRow(1.0, 7, 0, 0, 1.25, 0.5, -0.25),
    MarkoutRow(5.0, 6, 1, 0, 1 / 3, 0.75, 0.5),
    MarkoutRow(300.0, 0, 0, 7, None, None, None),
)

WANTED = (
    PriceRow(Side.BUY, D("149.81"), D("0.5")),
    PriceRow(Side.BUY, D("149.73"), D("0.5")),
    PriceRow(Side.SELL, D("150.12"), D("0.5")),
    PriceRow(Side.SELL, D("150.19"), D("0.5")),
    PriceRow(Side.SELL, D("150.27"), D("0.5")),
)


def order_note(event: str, side: Side = Side.BUY, filled: str = "0", reason: str = "") -> OrderNote:
    return OrderNote(NOW_NS, event, "m1-1", side, D("149.81"), D("0.50"), D(filled), reason)


NOTES: tuple[AnyNote, ...] = (
    order_note("order_sent"),
    order_note("order_open"),
    order_note("amend_sent", Side.SELL),
    order_note("order_filled", filled="0.5"),
    order_note("order_cancelled", filled="0.2"),
    order_note("order_expired"),
    order_note("order_rejected", reason="insufficient_funds"),
    order_note("order_adopted", Side.SELL),
    order_note("order_missing", reason="absent from the venue's list of open orders"),
    order_note("order_never_arrived", reason="never arrived"),
    order_note("order_turned_up", reason="turned up after it seemed to be done"),
    order_note("order_gone", reason="gone from the venue, fills accounted for"),
    order_note("closing", Side.SELL, reason="stop loss: closing the position"),
    order_note("place_refused", reason="post_only_would_cross: Order would immediately match and take."),
    order_note("cancel_unknown", reason="no answer to the cancel in time"),
    order_note("order_amend_sent"),
    FillNote(NOW_NS, "m1-1", "t-9", Side.BUY, D("149.81"), D("0.50"), D("-0.0015"), "USDC", maker=True, position=D(1)),
    FillNote(NOW_NS, "", "t-10", Side.SELL, D(150), D(1), D("1E-7"), "USDC", maker=False, position=D(0), late=True),
    Note(NOW_NS, NoteLevel.INFO, "ready", "all preparations are green; quoting"),
    Note(NOW_NS, NoteLevel.INFO, "funding", "funding -0.01", {"amount": "-0.01"}),
    Note(NOW_NS, NoteLevel.INFO, "stopping", "stopping: duration", {"reason": "duration"}),
    Note(NOW_NS, NoteLevel.WARNING, "market_data_lost", "market data lost: connection reset by peer"),
    Note(NOW_NS, NoteLevel.WARNING, "position_differs", "the venue's position differs from ours; asking again",
         {"venue": "1.5", "ours": "1"}),
    Note(NOW_NS, NoteLevel.WARNING, "not_quoted",
         "buy level 0: price_band_pct: price 90 is further than 2 % from 100; "
         "sell level 1: position: position unknown: no new exposure"),
    Note(NOW_NS, NoteLevel.ERROR, "stopped_unproven",
         "stopped without proof; still waiting for live orders: m1-1, m1-2"),
)  # fmt: skip


def order(side: Side, price: str, state: str = "open", level: int = 0) -> OrderRow:
    return OrderRow(f"m1-{price}", side, D(price), D("0.5"), D(0), state, level, reduce_only=False, age_ns=NS_PER_S)


def strategy(**changes: object) -> StrategyRow:
    """The worked example of docs/strategies/perp_maker.md, quoting, with a few fills behind it."""
    fields: dict[str, Any] = {
        "name": "sol",
        "kind": "perp_maker",
        "account": "main",
        "instrument": "backpack:SOL_USDC_PERP",
        "symbol": "SOL_USDC_PERP",
        "base_asset": "SOL",
        "quote_asset": "USDC",
        "tick_size": D("0.01"),
        "lot_size": D("0.01"),
        "phase": "quoting",
        "reason": "quoting 2x3 around 150, load +0.50; max_position limits bids",
        "why_not": ("sell level 2: max_order_notional: order of 75.135 above 75",),
        "waiting_for": (),
        "stop_reason": "",
        "started_ns": STARTED_NS,
        "best_bid": D("149.98"),
        "best_ask": D("150.02"),
        "mid": D("150"),
        "mark": D("150.01"),
        "index": None,
        "funding_rate": None,
        "book_age_ns": 240_000_000,
        "position": D("1"),
        "average_entry": D("150.0225"),
        "wanted": WANTED,
        "orders": (
            order(Side.SELL, "150.19", level=1),
            order(Side.SELL, "150.12"),
            order(Side.BUY, "149.81"),
            order(Side.BUY, "149.73", "sent", 1),
        ),
        "pnl": PNL,
        "attribution": ATTRIBUTION,
        "markouts": MARKOUTS,
        "fills": 7,
        "orders_placed": 41,
        "orders_cancelled": 37,
        "orders_amended": 2,
        "rejects": 1,
        "unknown_outcomes": 0,
        "foreign_orders": 0,
        "settings": WORKED_EXAMPLE,
    }
    return StrategyRow(**(fields | changes))


def blind_strategy() -> StrategyRow:
    """Nothing is known yet: no book, no position, no worth of what is held."""
    return strategy(
        phase="preparing",
        reason="preparing: waiting for open orders, position, order book",
        why_not=(),
        waiting_for=("open orders", "position", "order book"),
        best_bid=None,
        best_ask=None,
        mid=None,
        mark=None,
        book_age_ns=None,
        position=None,
        average_entry=None,
        wanted=(),
        orders=(order(Side.BUY, "149.81", "unknown"),),
        pnl=UNKNOWN_PNL,
        unknown_outcomes=1,
    )


def stopped_strategy() -> StrategyRow:
    """Ended as asked, with nothing left behind."""
    return strategy(
        phase="stopped", reason="no fresh book", why_not=(), stop_reason="duration", wanted=(), orders=(), position=D(0)
    )


def assert_golden(name: str, text: str) -> None:
    """Compare with the golden file; MMTUI_WRITE_GOLDEN=1 writes it instead, to be read before it is committed."""
    path = GOLDEN / name
    if os.environ.get("MMTUI_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")

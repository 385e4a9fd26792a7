"""Frames of the user data streams: orders, balances, positions."""

from decimal import Decimal
from typing import Any, Final

from mmtui.model.units import ZERO, Side, decimal_text
from mmtui.sandbox.aster.documents import average_text, side_text, status_text
from mmtui.sandbox.aster.figures import cash, eight, ms
from mmtui.sandbox.aster.holdings import Stake
from mmtui.sandbox.aster.markets import QUOTE, wire_symbol
from mmtui.sandbox.records import FillRecord, OrderChange, OrderRecord

EXECUTIONS: Final = {
    OrderChange.ACCEPTED: "NEW",
    OrderChange.FILLED: "TRADE",
    OrderChange.AMENDED: "AMENDMENT",
    OrderChange.CANCELLED: "CANCELED",
    OrderChange.EXPIRED: "EXPIRED",
}


def _common(change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> dict[str, Any]:
    """What perps and spot tell alike."""
    fresh = change is OrderChange.ACCEPTED
    data: dict[str, Any] = {
        "s": wire_symbol(record.instrument),
        "c": record.client_id,
        "S": side_text(record.side),
        "o": record.details["type"],
        "f": record.details["timeInForce"],
        "q": decimal_text(record.quantity),
        "p": "0" if record.price is None else decimal_text(record.price),
        "ap": "0" if fresh else average_text(record),
        "x": EXECUTIONS[change],
        "X": "NEW" if fresh else status_text(record),
        "i": record.order_id,
        "l": "0",
        "z": "0" if fresh else decimal_text(record.filled),
        "L": "0",
        "T": ms(record.updated_ns),
        "t": 0,
        "m": False,
        "ot": record.details["type"],
    }
    if fill is not None:
        data |= {
            "l": decimal_text(fill.quantity),
            "L": decimal_text(fill.price),
            "t": fill.trade_id,
            "m": fill.maker,
            "T": ms(fill.time_ns),
            "n": decimal_text(-fill.fee_cash),
            "N": fill.fee_asset,
        }
    return data


def order_trade_update(
    change: OrderChange,
    record: OrderRecord,
    fill: FillRecord | None,
    profit: Decimal,
    open_orders: list[OrderRecord],
    now_ms: int,
) -> dict[str, Any]:
    """``ORDER_TRADE_UPDATE`` of futures; ``open_orders`` are those of the account on the symbol."""
    bound = {Side.BUY: ZERO, Side.SELL: ZERO}
    for row in open_orders:
        if row.price is not None:
            bound[row.side] += row.price * row.remaining
    order = _common(change, record, fill) | {
        "sp": "0",
        "b": decimal_text(bound[Side.BUY]),
        "a": decimal_text(bound[Side.SELL]),
        "R": record.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ps": "BOTH",
        "cp": False,
        "rp": decimal_text(profit),
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": ms(record.updated_ns), "o": order}


def account_update(
    reason: str, wallet: Decimal, stake: Stake | None, realized: Decimal, time_ns: int, now_ms: int
) -> dict[str, Any]:
    """``ACCOUNT_UPDATE`` of futures: the balance, and the position that has changed with it."""
    balance = {"a": QUOTE, "wb": cash(wallet), "cw": cash(wallet), "bc": "0"}
    positions = []
    if stake is not None:
        positions.append(
            {
                "s": wire_symbol(stake.instrument),
                "pa": decimal_text(stake.quantity),
                "ep": eight(stake.entry),
                "cr": eight(realized),
                "up": eight(stake.unrealized),
                "mt": "isolated" if stake.isolated else "cross",
                "iw": eight(stake.margin) if stake.isolated else "0",
                "ps": "BOTH",
                "ma": QUOTE,
            }
        )
    return {"e": "ACCOUNT_UPDATE", "T": ms(time_ns), "E": now_ms, "a": {"m": reason, "B": [balance], "P": positions}}


def execution_report(change: OrderChange, record: OrderRecord, fill: FillRecord | None, now_ms: int) -> dict[str, Any]:
    """``executionReport`` of spot: flat, with the stop price under ``P``."""
    quote = ZERO if fill is None else record.instrument.notional(fill.price, fill.quantity)
    return {
        "e": "executionReport",
        "E": now_ms,
        **_common(change, record, fill),
        "P": "0",
        "O": ms(record.created_ns),
        "Z": "0" if change is OrderChange.ACCEPTED else decimal_text(record.filled_quote),
        "Y": decimal_text(quote),
        "Q": "0",
    }


def outbound_account_position(
    balances: dict[str, tuple[Decimal, Decimal]], time_ns: int, now_ms: int
) -> dict[str, Any]:
    """``outboundAccountPosition`` of spot: free and locked of the assets that changed."""
    rows = [{"a": asset, "f": cash(free), "l": cash(locked)} for asset, (free, locked) in balances.items()]
    return {"e": "outboundAccountPosition", "E": now_ms, "T": ms(time_ns), "u": ms(time_ns), "m": "ORDER", "B": rows}

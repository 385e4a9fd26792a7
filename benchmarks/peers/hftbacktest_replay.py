# mypy: disable-error-code="import-not-found,untyped-decorator"
"""hftbacktest quoting both touches whenever a best price changed: numba strategy, Rust engine, latency, queue model."""

import json
import sys
from pathlib import Path
from time import process_time
from typing import Any, Final

import hftbacktest
import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTX,
    LIMIT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

from benchmarks.peers.conversation import serve
from benchmarks.recording import Line, read

LATENCY_NS: Final = 20_000_000
LOOK_EVERY_NS: Final = 50_000_000
"""The strategy looks as often as messages come on average."""
BOTH: Final = EXCH_EVENT | LOCAL_EVENT


def event_array(lines: list[Line]) -> Any:  # noqa: ANN401 - an array of the peer's own record type
    """One record a level and a trade, as the peer wants them."""
    rows = []
    for line in lines:
        data = json.loads(line.frame)["data"]
        time_ns = data["E"] * 1_000
        if data["e"] == "trade":
            side = SELL_EVENT if data["m"] else BUY_EVENT
            rows.append((TRADE_EVENT | BOTH | side, time_ns, time_ns, float(data["p"]), float(data["q"]), 0, 0, 0.0))
            continue
        for side, levels in ((BUY_EVENT, data["b"]), (SELL_EVENT, data["a"])):
            kind = DEPTH_EVENT | BOTH | side
            rows += [(kind, time_ns, time_ns, float(price), float(size), 0, 0, 0.0) for price, size in levels]
    return np.array(rows, event_dtype)


@njit
def quote(hbt: Any, look_every_ns: int) -> int:  # noqa: ANN401 - compiled for the peer's own type
    """Two orders at the touch, renewed when it moved; returns how often."""
    requotes, number, last_bid, last_ask = 0, 0, 0, 0
    while hbt.elapse(look_every_ns) == 0:
        depth = hbt.depth(0)
        if depth.best_bid_tick == last_bid and depth.best_ask_tick == last_ask:
            continue
        last_bid, last_ask = depth.best_bid_tick, depth.best_ask_tick
        hbt.clear_inactive_orders(0)
        orders = hbt.orders(0).values()
        while orders.has_next():
            order = orders.get()
            if order.cancellable:
                hbt.cancel(0, order.order_id, False)  # noqa: FBT003 - the peer's own signature
        number += 2
        hbt.submit_buy_order(0, number, depth.best_bid, 0.1, GTX, LIMIT, False)  # noqa: FBT003
        hbt.submit_sell_order(0, number + 1, depth.best_ask, 0.1, GTX, LIMIT, False)  # noqa: FBT003
        requotes += 1
    return requotes


def replay(events: Any, variant: str) -> tuple[float, int]:  # noqa: ANN401
    """CPU seconds of one replay, and its requotes."""
    asset = (
        BacktestAsset().data(events).linear_asset(1.0).constant_order_latency(LATENCY_NS, LATENCY_NS)
        .risk_adverse_queue_model().no_partial_fill_exchange().trading_value_fee_model(0.0001, 0.0004)
        .tick_size(0.01).lot_size(0.01).last_trades_capacity(0)
    )  # fmt: skip
    if variant == "roivector":
        backtest = ROIVectorMarketDepthBacktest([asset.roi_lb(0.0).roi_ub(1_000.0)])
    else:
        backtest = HashMapMarketDepthBacktest([asset])
    started = process_time()
    requotes = quote(backtest, LOOK_EVERY_NS)
    seconds = process_time() - started
    backtest.close()
    return seconds, requotes


def main() -> None:
    """Compile by a first run, then serve the rounds."""
    events = event_array(read(Path(sys.argv[1]), int(sys.argv[2])))
    variant = sys.argv[3]
    _, requotes = replay(events, variant)
    serve(
        lambda number: {"seconds": replay(events, variant)[0], "number": number},
        version=hftbacktest.__version__,
        told=f"{requotes:,} requotes by cancel and place",
    )


main()

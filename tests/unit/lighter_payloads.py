"""Recorded payloads of Lighter and decoders that know their markets."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mmtui.exchanges.lighter.account_frames import AccountDecoder, AccountRows
from mmtui.exchanges.lighter.decode import MarketDecoder
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.shared.redact import Redactor

WIRE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "wire" / "lighter"
NOW_NS: Final = 1_778_000_000_000_000_000
ETH: Final = "lighter:ETH"
NAMES: Final = {0: ETH, 1: "lighter:BTC"}
ACCOUNT_INDEX: Final = 1234
KEY: Final = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728"


def recorded(name: str) -> bytes:
    """A recorded payload; the test is skipped where there is none."""
    path = WIRE / name
    if not path.exists():
        pytest.skip(f"no recorded payload {path}")
    return path.read_bytes()


def document(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(recorded(name))


def framed(content: object) -> bytes:
    return json.dumps(content).encode()


def market_decoder(names: Mapping[int, str] = NAMES) -> MarketDecoder:
    return MarketDecoder(names, Redactor())


def account_rows(account_index: int = ACCOUNT_INDEX, numbers: OrderNumbers | None = None) -> AccountRows:
    return AccountRows("main", account_index, NAMES, OrderNumbers() if numbers is None else numbers)


def account_decoder() -> AccountDecoder:
    return AccountDecoder(account_rows(), Redactor())


# Made after the recorded ones, for tests that must run without them.
BOOK: Final = framed(
    {
        "channel": "order_book:0", "offset": 2164, "timestamp": 1778138582602, "type": "subscribed/order_book",
        "order_book": {
            "code": 0, "asks": [{"price": "2341.25", "size": "340.1028"}, {"price": "2325.00", "size": "99.0000"}],
            "bids": [{"price": "2000.00", "size": "0.0200"}], "offset": 2164, "nonce": 904845, "begin_nonce": 0,
            "last_updated_at": 1778138389655150,
        },
    }
)  # fmt: skip
CHANGE: Final = framed(
    {
        "channel": "order_book:0", "offset": 2165, "timestamp": 1774884082326, "type": "update/order_book",
        "order_book": {
            "code": 0, "asks": [{"price": "2064.54", "size": "0.3285"}],
            "bids": [{"price": "2000.00", "size": "0.0000"}],
            "offset": 2165, "nonce": 904850, "begin_nonce": 904845, "last_updated_at": 1774884082309144,
        },
    }
)  # fmt: skip
STATS: Final = framed(
    {
        "channel": "market_stats:0", "type": "update/market_stats", "timestamp": 1774883844933,
        "market_stats": {
            "symbol": "ETH", "market_id": 0, "index_price": "2064.48", "mark_price": "2064.47",
            "current_funding_rate": "0.0012", "funding_rate": "0.0010", "funding_timestamp": 1774886400000,
        },
    }
)  # fmt: skip
TRADE_ROW: Final[dict[str, Any]] = {
    "trade_id": 145, "type": "trade", "market_id": 0, "size": "0.1000", "price": "3024.66", "usd_amount": "302.466",
    "ask_id": 281474977354074, "bid_id": 562947905631053, "ask_client_id": 1001, "bid_client_id": 0,
    "ask_account_id": ACCOUNT_INDEX, "bid_account_id": 7, "is_maker_ask": True, "timestamp": 1640995200000,
    "maker_fee": 28, "taker_fee": 280, "transaction_time": 1640995200000001,
}  # fmt: skip
TRADES: Final = framed({"channel": "trade:0", "type": "update/trade", "trades": [TRADE_ROW], "liquidation_trades": []})
OWN_TRADES: Final = framed(
    {
        "channel": f"account_all_trades:{ACCOUNT_INDEX}",
        "type": "update/account_all_trades",
        "trades": {"0": [TRADE_ROW]},
    }
)
ORDER_ROW: Final[dict[str, Any]] = {
    "order_index": 281476929510110, "client_order_index": 42, "market_index": 0, "owner_account_index": ACCOUNT_INDEX,
    "initial_base_amount": "0.0050", "price": "2352.74", "remaining_base_amount": "0.0030", "is_ask": True,
    "filled_base_amount": "0.0020", "type": "limit", "time_in_force": "post-only", "reduce_only": False,
    "status": "open", "transaction_time": 1777941383576735, "updated_at": 1777941383,
}  # fmt: skip
OWN_ORDERS: Final = framed(
    {
        "channel": f"account_all_orders:{ACCOUNT_INDEX}",
        "type": "update/account_all_orders",
        "orders": {"0": [ORDER_ROW]},
    }
)
ERROR_FRAME: Final = b'{"error":{"code":30005,"message":"Invalid Channel:  (1)"}}'

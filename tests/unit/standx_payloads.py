"""Recorded payloads of StandX and decoders that know their markets."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.standx.account_frames import AccountDecoder
from mmtui.exchanges.standx.account_rows import AccountRows
from mmtui.exchanges.standx.decode import MarketDecoder
from mmtui.model.instrument import Instrument, MarketType

WIRE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "wire" / "standx"
NOW_NS: Final = 1_778_000_000_000_000_000
BTC: Final = "standx:BTC-USD"
NAMES: Final = {"BTC-USD": BTC, "ETH-USD": "standx:ETH-USD"}
INSTRUMENT: Final = Instrument(
    id=BTC, venue="standx", symbol="BTC-USD", market_type=MarketType.PERP, base_asset="BTC", quote_asset="DUSD",
    tick_size=Decimal("0.01"), lot_size=Decimal("0.0001"), min_quantity=Decimal("0.0001"), maker_fee_bps=Decimal(1),
    taker_fee_bps=Decimal(4),
)  # fmt: skip

BOOK: Final = (
    b'{"seq":3,"channel":"depth_book","symbol":"BTC-USD","data":{"asks":[["121897","2"],["121896.02","0.839"],'
    b'["121896.5","0"]],"bids":[["121880","1"],["121884.00","0.031"]],"symbol":"BTC-USD"}}'
)
PRICE: Final = (
    b'{"seq":13,"channel":"price","symbol":"BTC-USD","data":{"base":"BTC","quote":"DUSD","index_price":"121890.65",'
    b'"last_price":"121897.95","mark_price":"121897.56","mid_price":null,"spread":["121897.95","121898.05"],'
    b'"symbol":"BTC-USD","time":"2025-08-11T07:23:50.923602474Z"}}'
)
TRADE: Final = (
    b'{"seq":42,"channel":"public_trade","symbol":"BTC-USD","data":{"price":"121717.24","qty":"0.003",'
    b'"quote_qty":"365.15","is_buyer_taker":false,"symbol":"BTC-USD","time":"2025-08-11T03:48:47.086505Z"}}'
)
ORDER: Final = (
    b'{"seq":5,"channel":"order","data":{"avail_locked":"3.07","cl_ord_id":"mm-0001","fill_qty":"0.02","id":1820682,'
    b'"leverage":"10","order_type":"limit","payload":null,"price":"121245.20","qty":"0.1","reduce_only":false,'
    b'"remark":"","side":"buy","status":"open","symbol":"BTC-USD","time_in_force":"alo",'
    b'"updated_at":"2025-08-11T03:35:25.559151Z","user":"bsc_0x"}}'
)
FILL: Final = (
    b'{"seq":8,"channel":"trade","data":{"id":409870,"order_id":1820682,"symbol":"BTC-USD","side":"buy",'
    b'"price":"121245.2","qty":"0.02","fee_asset":"DUSD","fee_qty":"0.242","created_at":"2025-08-11T03:35:26Z"}}'
)
ERROR: Final = b'{"code":408,"message":"disconnecting due to not receive Pong within 5 minute period"}'


def recorded(name: str) -> bytes:
    """A recorded payload; the test is skipped where there is none."""
    path = WIRE / name
    if not path.exists():
        pytest.skip(f"no recorded payload {path}")
    return path.read_bytes()


def document(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(recorded(name))


def market_decoder(names: Mapping[str, str] = NAMES) -> MarketDecoder:
    return MarketDecoder(names, Redactor())


def account_rows() -> AccountRows:
    return AccountRows("main", {BTC: INSTRUMENT})


def account_decoder() -> AccountDecoder:
    return AccountDecoder(account_rows(), Redactor())

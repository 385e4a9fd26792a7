"""Websea's words for tests: documented payloads, and shapes of our own of what was seen on the wire."""

from decimal import Decimal
from pathlib import Path
from typing import Final

from mmtui.exchanges.websea.own_orders import OwnOrder
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side

WIRE: Final = Path(__file__).parents[2].parent / "shared" / "data" / "wire" / "websea"
NOW_NS: Final = 1_700_000_000_000_000_000


def contract(symbol: str, size: str = "0.1", tick: str = "0.01") -> Instrument:
    """A contract."""
    base = symbol.partition("-")[0]
    return Instrument(
        id=f"websea:{symbol}", venue="websea", symbol=symbol, market_type=MarketType.PERP, base_asset=base,
        quote_asset="USDT", tick_size=Decimal(tick), lot_size=Decimal(size), min_quantity=Decimal(size),
        maker_fee_bps=Decimal("3.5"), taker_fee_bps=Decimal(6),
    )  # fmt: skip


SOL: Final = contract("SOL-USDT")
BTC: Final = contract("BTC-USDT", "0.001", "0.1")
EOS: Final = contract("EOS-USDT", "0.01", "1")
KNOWN: Final = {instrument.symbol: instrument for instrument in (SOL, BTC, EOS)}

BOOK: Final = (
    b'{"errno":0,"errmsg":"ok","result":{"symbol":"SOL-USDT","ts":1700000000123,"bids":[["142.30","5"],["142.30","2"],'
    b'["142.10","9"]],"asks":[["142.34","3"],["142.34",1],[142.5,"7"]]}}'
)
TICKER: Final = (
    b'{"channel":"tickers","symbol":"SOL-USDT","ask":"142.34","bid":"142.30","open":"141","close":"142.3","high":"143",'
    b'"low":"140","vol":"1","vol_ccy":"2","ts":1700000000}'
)
TRADE: Final = (
    b'{"channel":"trade","symbol":"SOL-USDT","id":77,"amount":"12","deal_amount":"1.2","price":"142.31",'
    b'"direction":"sell","ts":1700000000456}'
)
ERROR_FRAME: Final = b'{"op":"sub","errno":50009,"channel":"depth","errmsg":"channel unavailable"}'
PUSH: Final = (
    b'{"channel":"order","ts":1700000001,"order":{"symbol":"SOL-USDT","order_id":"BL17","side":"BUY",'
    b'"order_type":"LIMIT","quantity":"37","price":"142.31","trigger_price":"","event":"TRADE",'
    b'"status":"PARTIALLY_FILLED","amount":"10","deal_amount":"1","last_price":"142.31","last_fee":"0.05",'
    b'"is_maker":true,"ts":1700000001,"entrust_time":1700000000}}'
)


def own(name: str, side: Side, contracts: int, *, opens: bool = True, reduce_only: bool = False) -> OwnOrder:
    """An order of ours."""
    return OwnOrder(
        client_order_id=name, instrument=SOL.id, side=side, price=Decimal("142.31"), contracts=contracts, opens=opens,
        reduce_only=reduce_only, time_in_force=TimeInForce.GTC, asked_s=1_700_000_000,
    )  # fmt: skip

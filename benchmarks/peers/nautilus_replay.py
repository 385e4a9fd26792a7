# mypy: disable-error-code="import-not-found,misc"
"""nautilus_trader's BacktestEngine with a strategy that quotes both touches whenever a best price changed."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any, Final

import nautilus_trader
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.currencies import USDC
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas, TradeTick
from nautilus_trader.model.enums import (
    AccountType,
    AggressorSide,
    BookAction,
    BookType,
    OmsType,
    OrderSide,
    RecordFlag,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from benchmarks.peers.conversation import serve
from benchmarks.recording import Line, read

VENUE: Final = Venue("BENCH")
INSTRUMENT: Final = InstrumentId(Symbol("SOLUSDC-PERP"), VENUE)
LATENCY_NS: Final = 20_000_000
SIZE: Final = Quantity.from_str("0.10")


def perpetual() -> CryptoPerpetual:
    """The instrument, with our tick, lot and fees."""
    return CryptoPerpetual(
        instrument_id=INSTRUMENT, raw_symbol=INSTRUMENT.symbol, base_currency=Currency.from_str("SOL"),
        quote_currency=USDC, settlement_currency=USDC, is_inverse=False, price_precision=2, size_precision=2,
        price_increment=Price.from_str("0.01"), size_increment=Quantity.from_str("0.01"), ts_event=0, ts_init=0,
        margin_init=Decimal("0.05"), margin_maint=Decimal("0.03"), maker_fee=Decimal("0.0001"),
        taker_fee=Decimal("0.0004"),
    )  # fmt: skip


def data_of(lines: list[Line]) -> list[Any]:
    """Deltas and trades as the peer wants them."""
    found: list[Any] = []
    for line in lines:
        data = json.loads(line.frame)["data"]
        time_ns = data["E"] * 1_000
        if data["e"] == "trade":
            side = AggressorSide.SELLER if data["m"] else AggressorSide.BUYER
            price, size = Price.from_str(data["p"]), Quantity.from_str(data["q"])
            found.append(TradeTick(INSTRUMENT, price, size, side, TradeId(str(data["t"])), time_ns, time_ns))
            continue
        levels = [(OrderSide.BUY, *row) for row in data["b"]] + [(OrderSide.SELL, *row) for row in data["a"]]
        deltas = [
            _delta(side, price, size, RecordFlag.F_LAST if number == len(levels) else 0, time_ns)
            for number, (side, price, size) in enumerate(levels, 1)
        ]
        found.append(OrderBookDeltas(INSTRUMENT, deltas))
    return found


def _delta(side: Any, price: str, size: str, flags: int, time_ns: int) -> Any:  # noqa: ANN401 - the peer's types
    quantity = Quantity.from_str(size)
    action = BookAction.UPDATE if quantity > 0 else BookAction.DELETE
    order = BookOrder(side, Price.from_str(price), quantity, 0)
    return OrderBookDelta(INSTRUMENT, action, order, flags, 0, time_ns, time_ns)


class Quoter(Strategy):
    """Two post-only orders at the touch of its own book, cancelled by object and placed anew when it moved."""

    def __init__(self) -> None:
        super().__init__()
        self.requotes = 0
        self._book = OrderBook(INSTRUMENT, BookType.L2_MBP)
        self._touch: tuple[Any, Any] | None = None
        self._live: list[Any] = []

    def on_start(self) -> None:
        """Listen to the book."""
        self.subscribe_order_book_deltas(INSTRUMENT, BookType.L2_MBP)
        self.subscribe_trade_ticks(INSTRUMENT)

    def on_order_book_deltas(self, deltas: OrderBookDeltas) -> None:
        """Follow the touch."""
        self._book.apply_deltas(deltas)
        touch = (self._book.best_bid_price(), self._book.best_ask_price())
        if touch == self._touch:
            return
        self._touch = touch
        self.requotes += 1
        for order in self._live:
            if not order.is_closed:
                self.cancel_order(order)
        self._live = [
            self.order_factory.limit(INSTRUMENT, side, SIZE, price, post_only=True)
            for side, price in zip((OrderSide.BUY, OrderSide.SELL), touch, strict=True)
        ]
        for order in self._live:
            self.submit_order(order)


def replay(data: list[Any]) -> tuple[float, int]:
    """CPU seconds of one replay, and its requotes."""
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True), risk_engine=RiskEngineConfig(bypass=True), run_analysis=False
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=None,
        starting_balances=[Money(10_000_000, USDC)], book_type=BookType.L2_MBP,
        latency_model=LatencyModel(base_latency_nanos=LATENCY_NS),
    )  # fmt: skip
    engine.add_instrument(perpetual())
    engine.add_data(data)
    strategy = Quoter()
    engine.add_strategy(strategy)
    started = process_time()
    engine.run()
    seconds = process_time() - started
    engine.dispose()
    return seconds, strategy.requotes


def main() -> None:
    """One run for the count of requotes, then serve the rounds."""
    data = data_of(read(Path(sys.argv[1]), int(sys.argv[2])))
    _, requotes = replay(data)
    serve(
        lambda number: {"seconds": replay(data)[0], "number": number},
        version=nautilus_trader.__version__,
        told=f"{requotes:,} requotes by cancel and place",
    )


main()

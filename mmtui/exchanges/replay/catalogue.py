"""The datasets mmtui can replay: their files, layouts, thresholds and instruments.

Steps, minimums and fees are the venue's as far as its public pages tell (fees of the lowest tier); every one of them
can be set in the configuration instead, because a recording does not carry them.
"""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.exchanges.replay.files import FilePattern
from mmtui.exchanges.replay.tables import BookLayout, TradeLayout
from mmtui.exchanges.replay.timing import MICROSECONDS, MILLISECONDS, SECONDS
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import NS_PER_MS

VENUE: Final = "replay"


class InstrumentOverrides(Struct, frozen=True):
    """What the configuration says of the instrument instead of the dataset; None leaves the dataset's figure."""

    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_notional: Decimal | None = None
    maker_fee_bps: Decimal | None = None
    taker_fee_bps: Decimal | None = None


class Dataset(Struct, frozen=True):
    """One kind of recording. ``book_step`` is the grid that its book was aggregated to, where that is not the tick."""

    name: str
    files: FilePattern
    instruments: tuple[Instrument, ...]
    gap_threshold_s: float
    book_step: Decimal | None = None


def _instrument(
    symbol: str,
    assets: tuple[str, str],
    steps: tuple[str, str],
    fees_bps: tuple[str, str],
    min_notional: str = "0",
    market_type: MarketType = MarketType.PERP,
) -> Instrument:
    """One row of the table below: assets are (base, quote), steps (tick, lot), fees (maker, taker)."""
    return Instrument(
        id=f"{VENUE}:{symbol}",
        venue=VENUE,
        symbol=symbol,
        market_type=market_type,
        base_asset=assets[0],
        quote_asset=assets[1],
        tick_size=Decimal(steps[0]),
        lot_size=Decimal(steps[1]),
        min_quantity=Decimal(steps[1]),
        min_notional=Decimal(min_notional),
        maker_fee_bps=Decimal(fees_bps[0]),
        taker_fee_bps=Decimal(fees_bps[1]),
    )


_BTC_USD: Final = _instrument("BTC-USD", ("BTC", "DUSD"), ("0.01", "0.0001"), ("1", "4"))
_ETHUSDT: Final = _instrument("ETHUSDT", ("ETH", "USDT"), ("0.1", "0.001"), ("2", "4"), "5")
_BNBUSDT: Final = _instrument("BNBUSDT", ("BNB", "USDT"), ("0.1", "0.01"), ("2", "4"), "5")
_ETH: Final = _instrument("ETH", ("ETH", "USDC"), ("0.1", "0.0001"), ("1.5", "4.5"), "10")
_BINANCE_PERP: Final = _instrument("BTCUSDT-PERP", ("BTC", "USDT"), ("0.1", "0.001"), ("2", "5"), "100")
_BINANCE_SPOT: Final = _instrument(
    "BTCUSDT-SPOT", ("BTC", "USDT"), ("0.01", "0.00001"), ("10", "10"), "5", MarketType.SPOT
)
_BACKPACK: Final = _instrument("BACKPACK-BTC", ("BTC", "USDC"), ("0.1", "0.00001"), ("2", "5"))
_LIGHTER: Final = _instrument("LIGHTER-BTC", ("BTC", "USDC"), ("0.1", "0.00001"), ("0", "0"), "10")

STANDX: Final = Dataset(
    "standx-btc",
    FilePattern(r"(?P<kind>book|trades)_(?P<key>.+)\.csv(?:\.gz)?", "book_2026-01-06_00.csv.gz"),
    (_BTC_USD,),
    gap_threshold_s=3,
    book_step=Decimal("0.1"),
)
ASTER: Final = Dataset(
    "aster",
    FilePattern(
        r"(?P<key>.+)_(?P<kind>(?:orderbook|trades)_[A-Z0-9]+)\.csv(?:\.gz)?", "2025-11-28a_orderbook_ETHUSDT.csv.gz"
    ),
    (_ETHUSDT, _BNBUSDT),
    gap_threshold_s=3,
)
HYPERLIQUID: Final = Dataset(
    "hyperliquid-eth",
    FilePattern(r"(?P<kind>orderbooks|prices|trades)_(?P<key>ETH)\.csv(?:\.gz)?", "orderbooks_ETH.csv.gz"),
    (_ETH,),
    gap_threshold_s=3,
)
BINANCE: Final = Dataset(
    "binance-btcusdt-raw",
    FilePattern(r"(?P<kind>usdm|spot)_(?P<key>btcusdt.*)\.txt(?:\.gz)?", "usdm_btcusdt_20240808.txt.gz"),
    (_BINANCE_PERP, _BINANCE_SPOT),
    gap_threshold_s=0,
)
PAIR: Final = Dataset(
    "backpack-lighter-btc",
    FilePattern(r"(?P<key>(?P<kind>bbo_pair(?:_slow)?)_BTC)\.csv(?:\.gz)?", "bbo_pair_BTC.csv.gz"),
    (_BACKPACK, _LIGHTER),
    gap_threshold_s=5,
)
LIGHTER_RAW: Final = Dataset(
    "lighter-btc-raw",
    FilePattern(r"(?P<kind>prices|trades)_(?P<key>BTC)\.csv(?:\.gz)?", "prices_BTC.csv.gz"),
    (_LIGHTER,),
    gap_threshold_s=5,
)
DATASETS: Final = {data.name: data for data in (STANDX, ASTER, HYPERLIQUID, BINANCE, PAIR, LIGHTER_RAW)}
"""By name. The journal is the seventh form: it is opened with its own instruments, by ``open_journal``."""

PAIR_SLOW_GAP_S: Final = 240.0
"""The slow pair file has a row every 15 to 40 s, at times every 160 s."""
ASTER_TRADE_DELAY_NS: Final = 250 * NS_PER_MS
"""Aster's trades carry the venue's time only; the best fit with the local book times is a lag of 0 to 0.25 s. The
whole of it is added, so that no trade is seen before it could have been."""


def _grouped_header(first: str, levels: int, price: str, size: str) -> bytes:
    names = ((side, i, name) for side in ("bid", "ask") for i in range(levels) for name in (price, size))
    cells = [name.format(side=side, i=i) for side, i, name in names]
    return ",".join([first, *cells]).encode()


def _interleaved_header(first: str, levels: int) -> bytes:
    cells = [f"{side}_{what}_{i}" for i in range(levels) for side in ("bid", "ask") for what in ("price", "size")]
    return ",".join([first, *cells]).encode()


STANDX_BOOK: Final = BookLayout(
    header=_grouped_header("exchange_ts_ms,recv_ts_us", 20, "{side}{i}_px", "{side}{i}_qty"),
    width=82,
    time_column=1,
    time_unit_us=MICROSECONDS,
    bid_prices=slice(2, 42, 2),
    bid_sizes=slice(3, 42, 2),
    ask_prices=slice(42, 82, 2),
    ask_sizes=slice(43, 82, 2),
    venue_column=0,
    venue_unit_us=MILLISECONDS,
)
STANDX_TRADES: Final = TradeLayout(
    header=b"exchange_ts_ms,recv_ts_us,price,qty",
    time_column=1,
    time_unit_us=MICROSECONDS,
    price_column=2,
    size_column=3,
    venue_column=0,
    venue_unit_us=MILLISECONDS,
)
ASTER_BOOK: Final = BookLayout(
    header=_grouped_header("unix_timestamp_ms,lastUpdateId", 10, "{side}_price_{i}", "{side}_qty_{i}"),
    width=42,
    time_column=0,
    time_unit_us=MILLISECONDS,
    bid_prices=slice(2, 22, 2),
    bid_sizes=slice(3, 22, 2),
    ask_prices=slice(22, 42, 2),
    ask_sizes=slice(23, 42, 2),
    sequence_column=1,
)
ASTER_TRADES: Final = TradeLayout(
    header=b"id,unix_timestamp_ms,side,price,quantity",
    time_column=1,
    time_unit_us=MILLISECONDS,
    price_column=3,
    size_column=4,
    side_column=2,
    id_column=0,
    delay_ns=ASTER_TRADE_DELAY_NS,
)
HYPERLIQUID_BOOK: Final = BookLayout(
    header=_interleaved_header("timestamp,sequence,exchange_timestamp", 20),
    width=83,
    time_column=0,
    time_unit_us=SECONDS,
    bid_prices=slice(3, 83, 4),
    bid_sizes=slice(4, 83, 4),
    ask_prices=slice(5, 83, 4),
    ask_sizes=slice(6, 83, 4),
    venue_column=2,
    venue_unit_us=MILLISECONDS,
    sequence_column=1,
)
HYPERLIQUID_TRADES: Final = TradeLayout(
    header=b"timestamp,price,size,side,trade_id,exchange_timestamp",
    time_column=0,
    time_unit_us=SECONDS,
    price_column=1,
    size_column=2,
    side_column=3,
    id_column=4,
    venue_column=5,
    venue_unit_us=MILLISECONDS,
)

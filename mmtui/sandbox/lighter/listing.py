"""Markets as the venue lists them, and their candles."""

from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import BPS, NS_PER_MS, ONE, ZERO
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.lighter.markets import QUOTE, QUOTE_ASSET_ID, QUOTE_DECIMALS, MarketRow, usd
from mmtui.sandbox.tape import Candle

PERCENT: Final = 100
INSURANCE_FUND: Final = 281_474_976_710_655


def asset_document() -> dict[str, Any]:
    """The one row of ``/assetDetails``: what everything is quoted in."""
    nothing = ("global_supply_cap", "liquidation_fee", "liquidation_threshold", "loan_to_value", "total_supplied",
               "user_supply_cap", "liquidation_factor")  # fmt: skip
    return {
        "asset_id": QUOTE_ASSET_ID,
        "symbol": QUOTE,
        "l1_decimals": QUOTE_DECIMALS,
        "decimals": QUOTE_DECIMALS,
        "price_decimals": QUOTE_DECIMALS,
        "min_transfer_amount": usd(ONE),
        "min_withdrawal_amount": usd(ONE),
        "margin_mode": "enabled",
        "index_price": usd(ONE),
        "l1_address": f"0x{0:040x}",
        "multiplier": "1",
        **dict.fromkeys(nothing, "0"),
    }


def book_document(row: MarketRow, instrument: Instrument) -> dict[str, Any]:
    """A row of ``/orderBooks``. Fees are percents there."""
    maker, taker = (fee * PERCENT / BPS for fee in (instrument.maker_fee_bps, instrument.taker_fee_bps))
    return {
        "symbol": row.symbol,
        "market_id": row.market_id,
        "market_type": "perp",
        "base_asset_id": 0,
        "quote_asset_id": 0,
        "status": "active",
        "taker_fee": f"{taker:.4f}",
        "maker_fee": f"{maker:.4f}",
        "liquidation_fee": "1.0000",
        "min_base_amount": row.size(row.min_base),
        "min_quote_amount": f"{row.min_quote:.{QUOTE_DECIMALS}f}",
        "order_quote_limit": "281474976.710655",
        "supported_size_decimals": row.size_decimals,
        "supported_price_decimals": row.price_decimals,
        "supported_quote_decimals": QUOTE_DECIMALS,
        "is_maker_fee_enabled": True,
        "is_taker_fee_enabled": True,
        "created_at": "0",
        "multiplier": "1",
        "start_timestamp": 0,
        "end_timestamp": 0,
        "settlement_type": 0,
        "settlement_price": 0,
        "settlement_cap": 0,
        "outcome": 0,
        "default_price": 0,
        "operator_account_index": 0,
        "is_frozen": False,
        "open_interest": "0",
    }


def detail_document(row: MarketRow, floor: Floor, now_ns: int) -> dict[str, Any]:
    """A row of ``/orderBookDetails``; its statistics are JSON numbers."""
    tape = floor.tapes[row.symbol]
    day, mark = tape.summary(now_ns), floor.mark(row.symbol) or ZERO
    index = tape.mark.index if tape.mark is not None else mark
    change = (day.close - day.open) / day.open * PERCENT if day else ZERO
    return book_document(row, floor.instruments[row.symbol]) | {
        "size_decimals": row.size_decimals,
        "price_decimals": row.price_decimals,
        "quote_multiplier": 1,
        "default_initial_margin_fraction": row.default_fraction,
        "min_initial_margin_fraction": row.min_fraction,
        "maintenance_margin_fraction": row.maintenance_fraction,
        "closeout_margin_fraction": row.closeout_fraction,
        "last_trade_price": float(tape.last_price or mark),
        "daily_trades_count": day.trades if day else 0,
        "daily_base_token_volume": float(day.volume) if day else 0.0,
        "daily_quote_token_volume": float(day.quote_volume) if day else 0.0,
        "daily_price_low": float(day.low) if day else 0.0,
        "daily_price_high": float(day.high) if day else 0.0,
        "daily_price_change": float(change),
        "open_interest": 0.0,
        "daily_chart": {},
        "mark_price": row.price(mark),
        "index_price": row.price(index),
        "funding_clamp_small": "0.05",
        "funding_clamp_big": "4",
        "base_interest_rate": "0.01",
        "market_flags": 0,
        "funding_premium_multiplier": 1,
        "strategy_index": 0,
        "market_config": {
            "market_margin_mode": 0,
            "insurance_fund_account_index": INSURANCE_FUND,
            "liquidation_mode": 0,
            "force_reduce_only": False,
            "funding_fee_discounts_enabled": False,
            "trading_hours": "",
            "hidden": False,
            "rfq_enabled": False,
        },
    }


def candle(one: Candle) -> dict[str, Any]:
    """A row of ``/candles``."""
    return {
        "t": one.start_ns // NS_PER_MS, "o": float(one.open), "h": float(one.high), "l": float(one.low),
        "c": float(one.close), "v": float(one.volume), "V": float(one.quote_volume), "i": one.trades,
    }  # fmt: skip

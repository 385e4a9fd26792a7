"""Orders, trades, positions and accounts as the venue writes them, on REST and in streams alike."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import NS_PER_MS, NS_PER_S, NS_PER_US, ZERO, Side
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.lighter import markets
from mmtui.sandbox.lighter.markets import BY_SYMBOL, FEE_UNIT, FRACTION, MarketRow, usd
from mmtui.sandbox.lighter.members import Member
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderRecord
from mmtui.sandbox.tape import TapeTrade

END: Final = "end"
"""Where an order's details keep how it ended, if not by a fill or its owner."""
EXPIRY: Final = "order_expiry"
NONCE: Final = "nonce"
KIND: Final = "type"
CROWD: Final = 7
"""The account of everybody else."""
PERCENT: Final = 100


def order_document(record: OrderRecord, member: Member) -> dict[str, Any]:
    """One order."""
    row = BY_SYMBOL[record.symbol]
    price = record.price if record.price is not None else ZERO
    seconds = record.created_ns // NS_PER_S
    return {
        "order_index": record.order_id,
        "client_order_index": int(record.client_id or 0),
        "order_id": str(record.order_id),
        "client_order_id": record.client_id or "0",
        "market_index": row.market_id,
        "owner_account_index": member.account_index,
        "initial_base_amount": row.size(record.quantity),
        "price": row.price(price),
        "nonce": record.details.get(NONCE, 0),
        "remaining_base_amount": row.size(record.remaining if record.is_open else ZERO),
        "is_ask": record.side is Side.SELL,
        "base_size": int(record.quantity / row.lot_size),
        "base_price": int(price / row.tick_size),
        "filled_base_amount": row.size(record.filled),
        "filled_quote_amount": usd(record.filled_quote),
        "side": "",
        "type": record.details.get(KIND, "limit"),
        "time_in_force": _time_in_force(record),
        "reduce_only": record.reduce_only,
        "trigger_price": row.price(ZERO),
        "order_expiry": record.details.get(EXPIRY, 0),
        "status": _status(record),
        "trigger_status": "na",
        "trigger_time": 0,
        "parent_order_index": 0,
        "parent_order_id": "0",
        "to_trigger_order_id_0": "0",
        "to_trigger_order_id_1": "0",
        "to_cancel_order_id_0": "0",
        "integrator_fee_collector_index": "0",
        "integrator_taker_fee": "0",
        "integrator_maker_fee": "0",
        "order_flags": 0,
        "order_version": 0,
        "market_symbol": row.symbol,
        "market_kind": "perp",
        "block_height": record.updated_ns // NS_PER_S,
        "timestamp": record.updated_ns // NS_PER_S,
        "created_at": seconds,
        "updated_at": record.updated_ns // NS_PER_S,
        "transaction_time": record.updated_ns // NS_PER_US,
    }


def _time_in_force(record: OrderRecord) -> str:
    if record.post_only:
        return "post-only"
    return "immediate-or-cancel" if record.time_in_force is TimeInForce.IOC else "good-till-time"


def _status(record: OrderRecord) -> str:
    if record.status is OrderStatus.OPEN:
        return "open"
    if record.status is OrderStatus.FILLED:
        return "filled"
    known: str = record.details.get(END, "")
    if known:
        return known
    if record.status is OrderStatus.CANCELLED:
        return "canceled"
    if "self" in record.reason:
        return "canceled-self-trade"
    return "canceled-not-enough-liquidity"


def own_trade(fill: FillRecord, member: Member) -> dict[str, Any]:
    """A trade of an account."""
    record = fill.order
    row = BY_SYMBOL[record.symbol]
    is_ask = record.side is Side.SELL
    document = _trade(row, fill.trade_id, fill.price, fill.quantity, fill.time_ns, is_maker_ask=fill.maker is is_ask)
    document |= {
        "ask_id": record.order_id if is_ask else 0,
        "bid_id": 0 if is_ask else record.order_id,
        "ask_client_id": int(record.client_id or 0) if is_ask else 0,
        "bid_client_id": 0 if is_ask else int(record.client_id or 0),
        "ask_account_id": member.account_index if is_ask else CROWD,
        "bid_account_id": CROWD if is_ask else member.account_index,
    }
    fee = -fill.fee_cash * FEE_UNIT / (fill.price * fill.quantity)
    if fee:
        document["maker_fee" if fill.maker else "taker_fee"] = int(fee.to_integral_value())
    return document | _twins(document)


def public_trade(trade: TapeTrade) -> dict[str, Any]:
    """A print of the tape; whose it was is not told here."""
    row = BY_SYMBOL[trade.symbol]
    document = _trade(
        row, trade.trade_id, trade.price, trade.quantity, trade.time_ns, is_maker_ask=trade.taker_side is Side.BUY
    )
    document |= {
        "ask_id": 0, "bid_id": 0, "ask_client_id": 0, "bid_client_id": 0, "ask_account_id": CROWD,
        "bid_account_id": CROWD,
    }  # fmt: skip
    return document | _twins(document)


def _trade(
    row: MarketRow, trade_id: int, price: Decimal, quantity: Decimal, time_ns: int, *, is_maker_ask: bool
) -> dict[str, Any]:
    before = {
        "position_size_before": row.size(ZERO), "entry_quote_before": usd(ZERO), "initial_margin_fraction_before": 0,
        "position_sign_changed": False, "allocated_margin_usdc_before": 0, "allocated_margin_usdc_after": 0,
    }  # fmt: skip
    return {
        "trade_id": trade_id,
        "trade_id_str": str(trade_id),
        "tx_hash": f"{trade_id:080x}",
        "type": "trade",
        "market_id": row.market_id,
        "market_symbol": row.symbol,
        "market_kind": "perp",
        "size": row.size(quantity),
        "price": row.price(price),
        "usd_amount": usd(price * quantity),
        "is_maker_ask": is_maker_ask,
        "block_height": time_ns // NS_PER_S,
        "timestamp": time_ns // NS_PER_MS,
        "transaction_time": time_ns // NS_PER_US,
        "ask_account_pnl": "0",
        "bid_account_pnl": "0",
        "ask_order_version": 0,
        "bid_order_version": 0,
        **{f"{role}_{name}": value for role in ("taker", "maker") for name, value in before.items()},
        **{f"integrator_{role}_fee": 0 for role in ("taker", "maker")},
        **{f"integrator_{role}_fee_collector_index": 0 for role in ("taker", "maker")},
    }


def _twins(document: Mapping[str, Any]) -> dict[str, str]:
    """Numbers that are told as text too."""
    return {f"{name}_str": str(document[name]) for name in ("ask_id", "bid_id", "ask_client_id", "bid_client_id")}


def funding_document(payment: FundingRecord, number: int, quantity: Decimal) -> dict[str, Any]:
    """One payment of funding; ``change`` is signed cash of the account."""
    row = BY_SYMBOL[payment.symbol]
    return {
        "timestamp": payment.time_ns // NS_PER_S,
        "market_id": row.market_id,
        "funding_id": number,
        "change": f"{payment.amount_cash:f}",
        "discount": "0",
        "rate": f"{payment.rate:f}",
        "position_size": row.size(abs(quantity)),
        "position_side": "long" if quantity >= ZERO else "short",
    }


def exact(value: Decimal) -> str:
    """Cash to the last digit. The venue rounds to six; here every book must close without a rest."""
    text = f"{value:f}"
    return text if "." in text else f"{text}.000000"


class AccountPicture:
    """What an account holds, at this moment."""

    def __init__(self, floor: Floor, member: Member) -> None:
        self._floor = floor
        self._member = member
        self._truth = floor.truth(member.name)
        self._account = floor.accounts[member.name]
        self._open = floor.records.open_orders(member.name)

    @property
    def collateral(self) -> Decimal:
        """Cash of the account."""
        return self._truth.balances[markets.QUOTE][0]

    @property
    def available(self) -> Decimal:
        """What is free for new orders."""
        return self._truth.balances[markets.QUOTE][1]

    def _held(self, symbol: str) -> tuple[Decimal, Decimal]:
        quantity, entry = self._truth.positions.get(self._floor.instruments[symbol].id, (ZERO, None))
        return quantity, entry if entry is not None else ZERO

    def _unrealized(self, symbol: str) -> Decimal:
        mark = self._floor.mark(symbol)
        return ZERO if mark is None else self._account.unrealized(self._floor.instruments[symbol], mark)

    def position(self, symbol: str) -> dict[str, Any]:
        """One position; a flat one is a row too."""
        row = BY_SYMBOL[symbol]
        quantity, entry = self._held(symbol)
        mark = self._floor.mark(symbol) or entry
        fraction = self._member.fractions.get(row.market_id, row.default_fraction)
        return {
            "market_id": row.market_id,
            "symbol": symbol,
            "initial_margin_fraction": f"{Decimal(fraction) * PERCENT / FRACTION:.2f}",
            "open_order_count": sum(1 for record in self._open if record.symbol == symbol),
            "pending_order_count": 0,
            "position_tied_order_count": 0,
            "sign": -1 if quantity < ZERO else 1,
            "position": row.size(abs(quantity)),
            "avg_entry_price": f"{entry:.{row.price_decimals + 2}f}",
            "position_value": usd(abs(quantity) * mark),
            "unrealized_pnl": usd(self._unrealized(symbol)),
            "realized_pnl": usd(ZERO),
            "liquidation_price": "0",
            "total_funding_paid_out": usd(-self._funding(symbol)),
            "margin_mode": 0,
            "allocated_margin": usd(ZERO),
            "total_discount": usd(ZERO),
            "margin_set_flag": 0,
        }

    def _funding(self, symbol: str) -> Decimal:
        rows = self._floor.records.funding.get(self._member.name, ())
        return sum((row.amount_cash for row in rows if row.symbol == symbol), ZERO)

    def positions(self) -> list[dict[str, Any]]:
        """Every market's."""
        return [self.position(symbol) for symbol in self._floor.instruments]

    def assets(self) -> list[dict[str, Any]]:
        """The quote asset is all there is, and all of it is margin: nothing lies on the spot side."""
        return [
            {
                "symbol": markets.QUOTE,
                "asset_id": markets.QUOTE_ASSET_ID,
                "balance": usd(ZERO),
                "locked_balance": usd(ZERO),
                "margin_balance": exact(self.collateral),
                "margin_mode": "disabled",
                "multiplier": "1",
            }
        ]

    def stats(self) -> dict[str, Any]:
        """``user_stats``."""
        equity = self.collateral + sum((self._unrealized(symbol) for symbol in self._floor.instruments), ZERO)
        plain = {
            "available_balance": usd(self.available),
            "buying_power": usd(self.available),
            "collateral": exact(self.collateral),
            "leverage": "0.00",
            "margin_usage": "0.00",
            "portfolio_value": usd(equity),
        }
        return {"account_trading_mode": 0, **plain, "cross_stats": plain, "total_stats": plain}

    def document(self) -> dict[str, Any]:
        """``/account``."""
        equity = self.collateral + sum((self._unrealized(symbol) for symbol in self._floor.instruments), ZERO)
        bound = usd(max(equity - self.available, ZERO))
        return {
            "code": 0,
            "account_type": 0,
            "account_trading_mode": 0,
            "index": self._member.account_index,
            "account_index": self._member.account_index,
            "l1_address": self._member.l1_address,
            "cancel_all_time": 0,
            "total_order_count": len(self._open),
            "total_isolated_order_count": 0,
            "pending_order_count": 0,
            "available_balance": usd(self.available),
            "status": 1,
            "collateral": exact(self.collateral),
            "transaction_time": 0,
            "name": "",
            "description": "",
            "can_invite": False,
            "can_rfq": False,
            "can_rfq_market_ids": [],
            "referral_points_percentage": "",
            "created_at": 0,
            "metadata": {"color": ""},
            "agent_enabled": False,
            "positions": self.positions(),
            "assets": self.assets(),
            "total_asset_value": usd(equity),
            "cross_asset_value": usd(equity),
            "cross_initial_margin_requirement": bound,
            "cross_maintenance_margin_requirement": bound,
            "shares": [],
            "pending_unlocks": [],
            "approved_integrators": [],
        }

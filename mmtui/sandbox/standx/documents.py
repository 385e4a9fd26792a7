"""Orders, trades, positions and balances as the venue writes them, on REST and in streams alike."""

from decimal import Decimal
from typing import Any, Final

from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO, decimal_text
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderRecord
from mmtui.sandbox.standx import markets
from mmtui.sandbox.standx.login import Member
from mmtui.sandbox.standx.times import iso

TIME_IN_FORCE: Final = "time_in_force"
ORDER_TYPE: Final = "order_type"
REJECTED: Final = "rejected"
"""Where an order's details say that the engine did not take it."""
PLACES: Final = Decimal("1e-12")


def ratio(value: Decimal) -> str:
    """A quotient, rounded for the wire."""
    return decimal_text(value.quantize(PLACES))


def status_of(record: OrderRecord) -> str:
    """An order's state in the venue's words."""
    if record.details.get(REJECTED):
        return "rejected"
    words = {OrderStatus.OPEN: "open", OrderStatus.FILLED: "filled"}
    return words.get(record.status, "canceled")


def order_document(record: OrderRecord, member: Member, leverage: int) -> dict[str, Any]:
    """One order."""
    price = record.price if record.price is not None else ZERO
    return {
        "avail_locked": decimal_text(record.remaining * price / leverage) if record.is_open else "0",
        "cl_ord_id": record.client_id or "",
        "closed_block": -1,
        "created_at": iso(record.created_ns),
        "created_block": -1,
        "fill_avg_price": ratio(record.average_price),
        "fill_qty": decimal_text(record.filled),
        "id": record.order_id,
        "leverage": str(leverage),
        "liq_id": 0,
        "margin": "0",
        "order_type": record.details[ORDER_TYPE],
        "payload": None,
        "position_id": position_id(member, record.symbol),
        "price": decimal_text(price),
        "qty": decimal_text(record.quantity),
        "reduce_only": record.reduce_only,
        "remark": record.details.get(REJECTED, ""),
        "side": record.side.value,
        "source": "user",
        "status": status_of(record),
        "symbol": record.symbol,
        "time_in_force": record.details[TIME_IN_FORCE],
        "updated_at": iso(record.updated_ns),
        "user": member.user,
    }


def trade_document(fill: FillRecord, member: Member) -> dict[str, Any]:
    """One fill. A fee that is paid is positive there."""
    record = fill.order
    return {
        "id": fill.trade_id,
        "order_id": record.order_id,
        "symbol": record.symbol,
        "price": decimal_text(fill.price),
        "qty": decimal_text(fill.quantity),
        "side": record.side.value,
        "fee_asset": fill.fee_asset,
        "fee_qty": decimal_text(-fill.fee_cash),
        "value": decimal_text(fill.price * fill.quantity),
        "pnl": "0",
        "created_at": iso(fill.time_ns),
        "updated_at": iso(fill.time_ns),
        "user": member.user,
    }


def funding_document(payment: FundingRecord, number: int, member: Member) -> dict[str, Any]:
    """One payment; ``qty`` is signed cash of the account."""
    moment = iso(payment.time_ns)
    return {
        "id": number, "user": member.user, "asset": markets.QUOTE, "symbol": payment.symbol,
        "qty": decimal_text(payment.amount_cash), "txn_type": "funding", "transact_time": moment,
        "created_at": moment, "updated_at": moment,
    }  # fmt: skip


def position_id(member: Member, symbol: str) -> int:
    """A number for the position: the same as long as the sandbox lives."""
    return 15 + 100 * (ord(member.name[0]) - ord("a")) + list(markets.BY_SYMBOL).index(symbol)


class AccountPicture:
    """What an account holds, at this moment."""

    def __init__(self, floor: Floor, member: Member) -> None:
        self._floor = floor
        self._member = member
        self._truth = floor.truth(member.name)
        self._account = floor.accounts[member.name]

    def _held(self, symbol: str) -> tuple[Decimal, Decimal]:
        quantity, entry = self._truth.positions.get(self._floor.instruments[symbol].id, (ZERO, None))
        return quantity, entry if entry is not None else ZERO

    def _unrealized(self, symbol: str) -> Decimal:
        mark = self._floor.mark(symbol)
        return ZERO if mark is None else self._account.unrealized(self._floor.instruments[symbol], mark)

    def _leverage(self, symbol: str) -> int:
        return self._member.leverage.get(symbol, markets.START_LEVERAGE)

    def _margin(self, symbol: str) -> Decimal:
        quantity, entry = self._held(symbol)
        return abs(quantity) * entry / self._leverage(symbol)

    def pushed(self, symbol: str, now_ns: int) -> dict[str, Any]:
        """A position in the stream: without what changes with the mark."""
        quantity, entry = self._held(symbol)
        return {
            "id": position_id(self._member, symbol),
            "symbol": symbol,
            "status": "open" if quantity else "closed",
            "qty": decimal_text(quantity),
            "entry_price": ratio(entry),
            "entry_value": ratio(abs(quantity) * entry),
            "initial_margin": ratio(self._margin(symbol)),
            "leverage": str(self._leverage(symbol)),
            "margin_asset": markets.QUOTE,
            "margin_mode": self._member.margin_mode.get(symbol, "cross"),
            "realized_pnl": "0",
            "created_at": iso(now_ns),
            "updated_at": iso(now_ns),
            "user": self._member.user,
        }

    def position(self, symbol: str, now_ns: int) -> dict[str, Any]:
        """A row of ``query_positions``."""
        quantity, _ = self._held(symbol)
        mark = self._floor.mark(symbol) or ZERO
        margin = ratio(self._margin(symbol))
        return self.pushed(symbol, now_ns) | {
            "mark_price": decimal_text(mark),
            "position_value": decimal_text(abs(quantity) * mark),
            "holding_margin": margin,
            "maint_margin": margin,
            "mmr": "0",
            "liq_price": "0",
            "bankruptcy_price": "0",
            "upnl": decimal_text(self._unrealized(symbol)),
            "time": iso(now_ns),
        }

    def positions(self, symbol: str | None, now_ns: int) -> list[dict[str, Any]]:
        """Every position that is or was held; a closed one is a row too."""
        traded = {fill.order.symbol for fill in self._floor.records.fills.get(self._member.name, ())}
        wanted = [row for row in self._floor.instruments if row in traded and symbol in (None, row)]
        return [self.position(row, now_ns) for row in wanted]

    def balance(self) -> dict[str, str]:
        """``query_balance``."""
        total, free = self._truth.balances[markets.QUOTE]
        unrealized = sum((self._unrealized(symbol) for symbol in self._floor.instruments), ZERO)
        margin = sum((self._margin(symbol) for symbol in self._floor.instruments), ZERO)
        locked = max(total + unrealized - margin - free, ZERO)
        return {
            "isolated_balance": "0",
            "isolated_upnl": "0",
            "cross_balance": decimal_text(total),
            "cross_margin": ratio(margin),
            "cross_upnl": ratio(unrealized),
            "locked": ratio(locked),
            "cross_available": ratio(total - margin - locked + unrealized),
            "balance": decimal_text(total),
            "upnl": ratio(unrealized),
            "equity": ratio(total + unrealized),
            "pnl_freeze": "0",
            "pnl_24h": "0",
        }

    def wallet(self, now_ns: int) -> dict[str, Any]:
        """A frame of the channel ``balance``: the wallet, not the equity."""
        total, free = self._truth.balances[markets.QUOTE]
        return {
            "account_type": "perps", "free": ratio(free), "total": decimal_text(total), "locked": ratio(total - free),
            "occupied": "0", "token": markets.QUOTE, "version": now_ns // 1_000, "wallet_id": self._member.user,
            "updated_at": iso(now_ns),
        }  # fmt: skip

"""What an account holds: rows, margin, wallet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, Side, decimal_text
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.records import OrderRecord
from mmtui.sandbox.websea import markets
from mmtui.sandbox.websea.parameters import Parameters
from mmtui.sandbox.websea.rows import Row, RowKey, Rows, intent_of, row_key
from mmtui.sandbox.websea.signing import Member

EIGHT_PLACES: Final = Decimal("1e-8")
MAINTENANCE: Final = Decimal("0.005")
"""Share of the notional at which a row would be liquidated; nothing is liquidated here."""


class Holdings:
    """Figures of the accounts, exact: the wallet's balance and unrealised profit sum up to the floor's equity."""

    def __init__(self, floor: Floor, rows: Rows) -> None:
        self._floor = floor
        self._rows = rows

    # ------------------------------------------------------------------------------------------------------- figures

    def mark(self, symbol: str) -> Decimal:
        """The mark price; 0 where there is none, which leaves rows at no worth rather than at a wrong one."""
        return self._floor.mark(symbol) or ZERO

    def unrealized(self, account: str) -> Decimal:
        """Profit of all rows at the mark."""
        return sum((row.unrealized(self.mark(key.symbol)) for key, row in self._rows.held(account)), ZERO)

    def equity(self, account: str) -> Decimal:
        """Everything the account is worth."""
        books = self._floor.accounts[account]
        net = (books.unrealized(row, self.mark(row.symbol)) for row in self._floor.instruments.values())
        return books.balances.get(markets.QUOTE, ZERO) + sum(net, ZERO)

    def position_margin(self, account: str) -> Decimal:
        """What the rows bind."""
        return sum((row.margin for _, row in self._rows.held(account)), ZERO)

    def order_margin(self, account: str) -> Decimal:
        """What the open orders bind that would open something."""
        return sum((self.needed(row) for row in self._floor.records.open_orders(account)), ZERO)

    def needed(self, order: OrderRecord) -> Decimal:
        """What the rest of an order binds."""
        intent = intent_of(order)
        if not intent.opens:
            return ZERO
        return self.margin_for(order.price or self.mark(order.symbol), order.remaining, intent.leverage)

    def margin_for(self, price: Decimal, coins: Decimal, leverage: int) -> Decimal:
        """What opening binds, with the fee it may cost."""
        return price * coins * (ONE / leverage + markets.TAKER_FEE_BPS / BPS)

    def available(self, account: str) -> Decimal:
        """What is free for more; below 0 after losses."""
        return self.equity(account) - self.position_margin(account) - self.order_margin(account)

    def frozen(self, key: RowKey) -> Decimal:
        """Coins of a row that closing orders are about to take."""
        return sum((order.remaining for order in self._closing(key)), ZERO)

    def closable(self, key: RowKey, now_ns: int) -> Decimal:
        """Coins of a row that one more order may close."""
        row = self._rows.find(key)
        if row is None:
            return ZERO
        return max(ZERO, row.coins - self.frozen(key) - row.not_yet_closable(now_ns))

    def _closing(self, key: RowKey) -> Iterator[OrderRecord]:
        for order in self._floor.records.open_orders(key.account, key.symbol):
            intent = intent_of(order)
            if not intent.opens and row_key(order, intent) == key:
                yield order

    # ------------------------------------------------------------------------------------------------------- answers

    def positions(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Rows that hold something; both margin modes where none is named."""
        return self._positions(member, parameters, call, legacy=False)

    def old_positions(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The same with the old names of two fields."""
        return self._positions(member, parameters, call, legacy=True)

    def _positions(self, member: Member, parameters: Parameters, call: Call, *, legacy: bool) -> list[dict[str, Any]]:
        instrument = parameters.instrument_or_none(self._floor)
        symbol = None if instrument is None else instrument.symbol
        held = list(self._rows.held(member.name, symbol, parameters.margin_mode()))
        return [self._position(key, row, call.now_ns, legacy=legacy) for key, row in held]

    def _position(self, key: RowKey, row: Row, now_ns: int, *, legacy: bool) -> dict[str, Any]:
        instrument, mark = row.instrument, self.mark(key.symbol)
        profit = row.unrealized(mark)
        equity = row.margin + profit
        notional = mark * row.coins
        names = ("unrealized_profit", "risk_rate") if legacy else ("un_profit", "bond_rate")
        away = row.average_price * (ONE / row.leverage - MAINTENANCE)
        return {
            "type": 1 if row.long else 2,
            "symbol": key.symbol,
            "lever_rate": row.leverage,
            "amount": decimal_text(markets.contracts(instrument, row.coins)),
            "avail_amount": decimal_text(markets.contracts(instrument, self.closable(key, now_ns))),
            "contract_frozen": decimal_text(markets.contracts(instrument, self.frozen(key))),
            "open_price_avg": money(row.average_price),
            "profit": money(row.realized),
            names[0]: money(profit),
            "bood": money(row.margin),
            "settle_rate": "0",
            "equity": money(equity),
            "avail": money(max(ZERO, self.available(key.account))),
            names[1]: money(equity / notional if notional else ZERO),
            "liquidation_price": money(max(ZERO, row.average_price - row.sign * away)),
        }

    def wallet(self, member: Member, _parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The one wallet: balance without what is unrealised. Its figures are not rounded."""
        unrealized = self.unrealized(member.name)
        return [
            {
                "asset": markets.QUOTE,
                "balance": decimal_text(self.equity(member.name) - unrealized),
                "unPnl": decimal_text(unrealized),
                **self._parts(member.name),
                "updateTime": call.now_ns // NS_PER_S,
            }
        ]

    def old_wallet(self, member: Member, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """The wallet of the old cross path."""
        if parameters.text("trade_area") not in (None, markets.QUOTE):
            return []
        return [{"trade_area": markets.QUOTE, **self._parts(member.name)}]

    def old_isolated(self, member: Member, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """The wallets of the old isolated path, one for each symbol; all of them draw on the same money here."""
        chosen = parameters.instrument_or_none(self._floor)
        symbols = [chosen.symbol] if chosen is not None else list(self._floor.instruments)
        return [{"symbol": symbol, **self._parts(member.name)} for symbol in symbols]

    def _parts(self, account: str) -> dict[str, str]:
        return {
            "avail": money(self.available(account)),
            "hold": money(self.position_margin(account)),
            "frozen": money(self.order_margin(account)),
        }


def money(value: Decimal) -> str:
    """An amount or a price with at most eight decimals."""
    return decimal_text(value.quantize(EIGHT_PLACES))


def side_of(*, opens: bool, long: bool) -> Side:
    """Which way such an order trades."""
    return Side.BUY if opens == long else Side.SELL

"""What an account holds, as the venue tells it: futures balances, margins and positions; spot balances."""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.units import ONE, ZERO, Side, decimal_text
from mmtui.sandbox.aster import markets
from mmtui.sandbox.aster.figures import cash, eight, ms
from mmtui.sandbox.aster.ledger import Ledger
from mmtui.sandbox.aster.markets import Room, wire_symbol
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.floor import Floor


class Stake(Struct, frozen=True):
    """One perp of an account: what is held, what it is worth, and the margin that it and its orders bind."""

    instrument: Instrument
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    unrealized: Decimal
    margin: Decimal
    order_margin: Decimal
    leverage: int
    isolated: bool
    changed_ns: int

    @property
    def maintenance(self) -> Decimal:
        """Margin below which the position would be liquidated."""
        return abs(self.quantity) * self.mark * markets.MAINTENANCE_MARGIN


class Holdings:
    """One member's answers at this moment."""

    def __init__(self, floor: Floor, ledger: Ledger, member: Member) -> None:
        self._floor = floor
        self._ledger = ledger
        self._member = member

    def stake(self, instrument: Instrument) -> Stake:
        """One perp."""
        symbol, account = instrument.symbol, self._member.name
        holding = self._ledger.holding(account, symbol)
        held = holding.position.quantity
        entry = holding.position.entry_price(ONE) or ZERO
        mark = self._floor.mark(symbol) or entry
        leverage = self._member.leverage(symbol)
        orders = self._floor.records.open_orders(account, symbol)
        buys = sum((row.remaining for row in orders if row.side is Side.BUY), ZERO)
        sells = sum((row.remaining for row in orders if row.side is Side.SELL), ZERO)
        margin = abs(held) * mark / leverage
        worst = max(abs(held), abs(held + buys), abs(held - sells)) * mark / leverage
        return Stake(
            instrument=instrument,
            quantity=held,
            entry=entry,
            mark=mark,
            unrealized=held * mark - holding.position.cost,
            margin=margin,
            order_margin=worst - margin,
            leverage=leverage,
            isolated=symbol in self._member.isolated,
            changed_ns=holding.changed_ns,
        )

    def stakes(self) -> list[Stake]:
        """All perps, the flat ones too."""
        rows = self._floor.instruments.values()
        return [self.stake(row) for row in rows if markets.room_of(row) is Room.FUTURES]

    def _wallet(self) -> tuple[Decimal, Decimal]:
        """Total and available of the quote asset in the futures wallet."""
        total, free = self._floor.truth(self._member.name).balances[markets.QUOTE]
        return total, max(free, ZERO)

    # ----------------------------------------------------------------------------------------------------- futures

    def balances(self, now_ns: int) -> list[dict[str, Any]]:
        """``balance``: wallet balances without what is unrealised."""
        total, free = self._wallet()
        unrealized = sum((stake.unrealized for stake in self.stakes()), ZERO)
        return [
            {
                "accountAlias": "SgsR",
                "asset": markets.QUOTE,
                "balance": cash(total),
                "crossWalletBalance": cash(total),
                "crossUnPnl": eight(unrealized),
                "availableBalance": eight(free),
                "maxWithdrawAmount": eight(free),
                "marginAvailable": True,
                "updateTime": ms(now_ns),
            }
        ]

    def account(self, now_ns: int) -> dict[str, Any]:
        """``accountWithJoinMargin`` and its older names."""
        stakes = self.stakes()
        asset = self._asset(stakes, now_ns)
        totals = {
            "totalInitialMargin": asset["initialMargin"],
            "totalMaintMargin": asset["maintMargin"],
            "totalWalletBalance": asset["walletBalance"],
            "totalUnrealizedProfit": asset["unrealizedProfit"],
            "totalMarginBalance": asset["marginBalance"],
            "totalPositionInitialMargin": asset["positionInitialMargin"],
            "totalOpenOrderInitialMargin": asset["openOrderInitialMargin"],
            "totalCrossWalletBalance": asset["crossWalletBalance"],
            "totalCrossUnPnl": asset["crossUnPnl"],
            "availableBalance": asset["availableBalance"],
            "maxWithdrawAmount": asset["maxWithdrawAmount"],
        }
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            **totals,
            "assets": [asset],
            "positions": [row for stake in stakes for row in self._account_rows(stake)],
        }

    def _asset(self, stakes: list[Stake], now_ns: int) -> dict[str, Any]:
        total, free = self._wallet()
        unrealized = sum((stake.unrealized for stake in stakes), ZERO)
        margin = sum((stake.margin for stake in stakes), ZERO)
        order_margin = sum((stake.order_margin for stake in stakes), ZERO)
        return {
            "asset": markets.QUOTE,
            "walletBalance": cash(total),
            "unrealizedProfit": eight(unrealized),
            "marginBalance": eight(total + unrealized),
            "maintMargin": eight(sum((stake.maintenance for stake in stakes), ZERO)),
            "initialMargin": eight(margin + order_margin),
            "positionInitialMargin": eight(margin),
            "openOrderInitialMargin": eight(order_margin),
            "crossWalletBalance": cash(total),
            "crossUnPnl": eight(unrealized),
            "availableBalance": eight(free),
            "maxWithdrawAmount": eight(free),
            "marginAvailable": True,
            "updateTime": ms(now_ns),
        }

    def _account_rows(self, stake: Stake) -> list[dict[str, Any]]:
        document = {
            "symbol": wire_symbol(stake.instrument),
            "initialMargin": eight(stake.margin + stake.order_margin),
            "maintMargin": eight(stake.maintenance),
            "unrealizedProfit": eight(stake.unrealized),
            "positionInitialMargin": eight(stake.margin),
            "openOrderInitialMargin": eight(stake.order_margin),
            "leverage": str(stake.leverage),
            "isolated": stake.isolated,
            "entryPrice": eight(stake.entry),
            "maxNotional": markets.MAX_NOTIONAL_VALUE,
            "positionAmt": decimal_text(stake.quantity),
            "updateTime": ms(stake.changed_ns),
        }
        return [document | {"positionSide": side} for side in self._sides()]

    def _sides(self) -> tuple[str, ...]:
        """One row per symbol, or two in hedge mode (where nothing can be held here)."""
        return ("LONG", "SHORT") if self._member.hedge_mode else ("BOTH",)

    def position_risk(self, instrument: Instrument | None) -> list[dict[str, Any]]:
        """``positionRisk``: a row per symbol even when flat."""
        stakes = self.stakes() if instrument is None else [self.stake(instrument)]
        return [self._risk_row(stake, side) for stake in stakes for side in self._sides()]

    def _risk_row(self, stake: Stake, side: str) -> dict[str, Any]:
        return {
            "symbol": wire_symbol(stake.instrument),
            "positionSide": side,
            "positionAmt": decimal_text(stake.quantity),
            "entryPrice": eight(stake.entry),
            "markPrice": eight(stake.mark),
            "unRealizedProfit": eight(stake.unrealized),
            "liquidationPrice": "0",
            "leverage": str(stake.leverage),
            "maxNotionalValue": markets.MAX_NOTIONAL_VALUE,
            "marginType": "isolated" if stake.isolated else "cross",
            "isolatedMargin": eight(stake.margin if stake.isolated else ZERO),
            "isAutoAddMargin": "false",
            "notional": eight(stake.quantity * stake.mark),
            "updateTime": ms(stake.changed_ns),
        }

    # -------------------------------------------------------------------------------------------------------- spot

    def spot_balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Free and locked of every asset of the spot wallet."""
        truth = self._floor.truth(self._member.wallet(Room.SPOT))
        return {asset: (free, total - free) for asset, (total, free) in truth.balances.items()}

    def spot_account(self) -> dict[str, Any]:
        """``account`` of spot."""
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "canBurnAsset": True,
            "updateTime": 0,
            "balances": [
                {"asset": asset, "free": cash(free), "locked": cash(locked)}
                for asset, (free, locked) in self.spot_balances().items()
            ],
        }

"""What an account holds, as the venue tells it: balances, collateral, lent assets, positions, limits."""

from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import BPS, ONE, ZERO, Side, decimal_text
from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.signing import Member
from mmtui.sandbox.floor import Floor

PLACES: Final = Decimal("1e-12")
"""Quotients are told to this many places; sums and products exactly."""


def ratio(value: Decimal) -> str:
    """A quotient, rounded for the wire."""
    return decimal_text(value.quantize(PLACES))


class Holdings:
    """One account's answers at this moment."""

    def __init__(self, floor: Floor, member: Member) -> None:
        self._floor = floor
        self._member = member
        self._account = floor.accounts[member.name]
        self._truth = floor.truth(member.name)
        self._open = floor.records.open_orders(member.name)

    # ---------------------------------------------------------------------------------------------------- balances

    def locked(self, asset: str) -> Decimal:
        """What open spot orders bind of an asset."""
        total = ZERO
        for record in self._open:
            instrument = record.instrument
            if instrument.market_type is not MarketType.SPOT:
                continue
            if record.side is Side.SELL and instrument.base_asset == asset:
                total += record.remaining
            elif record.side is Side.BUY and instrument.quote_asset == asset and record.price is not None:
                total += record.remaining * record.price * (ONE + instrument.taker_fee_bps / BPS)
        return total

    def lent(self, asset: str) -> Decimal:
        """What is lent of an asset: with auto-lend on, everything that is free."""
        return self._truth.balances[asset][1] if self._member.auto_lend else ZERO

    def capital(self) -> dict[str, dict[str, str]]:
        """``/api/v1/capital``: what is lent is in none of these."""
        rows = {}
        for asset, (total, _) in self._truth.balances.items():
            locked = self.locked(asset)
            rows[asset] = {
                "available": decimal_text(total - locked - self.lent(asset)),
                "locked": decimal_text(locked),
                "staked": "0",
            }
        return rows

    def lend_positions(self) -> list[dict[str, Any]]:
        """``/api/v1/borrowLend/positions``: lent quantities are positive."""
        none = {"type": "sqrt", "base": "0", "factor": "0"}
        rows = []
        for asset in self._truth.balances:
            lent = self.lent(asset)
            if lent:
                price = self._asset_price(asset)
                rows.append(
                    {
                        "id": f"lend-{self._member.user_id}-{asset}",
                        "symbol": asset,
                        "netQuantity": decimal_text(lent),
                        "netExposureQuantity": decimal_text(lent),
                        "netExposureNotional": decimal_text(lent * price),
                        "markPrice": decimal_text(price),
                        "cumulativeInterest": "0",
                        "imf": "0",
                        "imfFunction": none,
                        "mmf": "0",
                        "mmfFunction": none,
                    }
                )
        return rows

    def _asset_price(self, asset: str) -> Decimal:
        if asset == markets.QUOTE:
            return ONE
        for symbol in (f"{asset}_{markets.QUOTE}", f"{asset}_{markets.QUOTE}_PERP"):
            mark = self._floor.mark(symbol) if symbol in self._floor.instruments else None
            if mark is not None:
                return mark
        return ZERO

    # -------------------------------------------------------------------------------------------------- collateral

    def unrealized(self) -> Decimal:
        """Unrealised profit of all positions at their marks."""
        return sum((self._unrealized(row) for row in self._perps()), ZERO)

    def collateral(self) -> dict[str, Any]:
        """``/api/v1/capital/collateral``. Only the quote asset carries margin here, so other assets weigh nothing."""
        unrealized = self.unrealized()
        total, free = self._truth.balances.get(markets.QUOTE, (ZERO, ZERO))
        equity = total + unrealized
        exposure = sum((abs(self._exposure(row)[1]) for row in self._perps()), ZERO)
        rate = ONE / self._account.leverage
        return {
            "netEquity": decimal_text(equity),
            "netEquityAvailable": decimal_text(free),
            "netEquityLocked": decimal_text(equity - free),
            "assetsValue": decimal_text(total),
            "liabilitiesValue": "0",
            "borrowLiability": "0",
            "unsettledEquity": "0",
            "pnlUnrealized": decimal_text(unrealized),
            "netExposureFutures": decimal_text(exposure),
            "imf": ratio(rate),
            "mmf": ratio(rate / 2),
            "marginFraction": ratio(equity / exposure) if exposure else None,
            "collateral": [self._collateral_row(asset) for asset in self._truth.balances],
        }

    def _collateral_row(self, asset: str) -> dict[str, str]:
        total, free = self._truth.balances[asset]
        price = self._asset_price(asset)
        weight = ONE if asset == markets.QUOTE else ZERO
        lent = self.lent(asset)
        return {
            "symbol": asset,
            "assetMarkPrice": decimal_text(price),
            "totalQuantity": decimal_text(total),
            "balanceNotional": decimal_text(total * price),
            "collateralWeight": decimal_text(weight),
            "collateralValue": decimal_text(total * price * weight),
            "openOrderQuantity": decimal_text(self.locked(asset)),
            "lendQuantity": decimal_text(lent),
            "availableQuantity": decimal_text(free),
        }

    # --------------------------------------------------------------------------------------------------- positions

    def _perps(self) -> list[Instrument]:
        held = self._truth.positions
        return [row for row in self._floor.instruments.values() if row.id in held]

    def _mark(self, instrument: Instrument) -> Decimal:
        mark = self._floor.mark(instrument.symbol)
        return mark if mark is not None else self._truth.positions[instrument.id][1] or ZERO

    def _unrealized(self, instrument: Instrument) -> Decimal:
        return self._account.unrealized(instrument, self._mark(instrument))

    def _exposure(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        """Quantity and notional of the worst that open orders could make of the position."""
        quantity = self._truth.positions[instrument.id][0]
        buys = sum((row.remaining for row in self._open if _grows(row.symbol, instrument, row.side, Side.BUY)), ZERO)
        sells = sum((row.remaining for row in self._open if _grows(row.symbol, instrument, row.side, Side.SELL)), ZERO)
        worst = max(abs(quantity), abs(quantity + buys), abs(quantity - sells))
        return worst, worst * self._mark(instrument)

    def positions(self) -> list[dict[str, Any]]:
        """``/api/v1/position``, flat ones left out."""
        return [self.position(row) for row in self._perps()]

    def position(self, instrument: Instrument) -> dict[str, Any]:
        """One position that is not flat."""
        quantity, entry = self._truth.positions[instrument.id]
        entry = entry if entry is not None else ZERO
        imf_function, mmf_function = markets.margin_functions(instrument)
        exposure, notional = self._exposure(instrument)
        funding = self._floor.records.funding.get(self._member.name, ())
        fills = [fill for fill in self._floor.records.fills.get(self._member.name, ())
                 if fill.order.symbol == instrument.symbol]  # fmt: skip
        fees = sum((fill.fee_cash for fill in fills), ZERO)
        return {
            "symbol": instrument.symbol,
            "positionId": position_id(self._member, instrument),
            "userId": self._member.user_id,
            "subaccountId": None,
            "netQuantity": decimal_text(quantity),
            "netCost": ratio(quantity * entry),
            "netExposureQuantity": decimal_text(exposure),
            "netExposureNotional": decimal_text(notional),
            "entryPrice": ratio(entry),
            "breakEvenPrice": ratio(entry - fees / quantity),
            "markPrice": decimal_text(self._mark(instrument)),
            "estLiquidationPrice": "0",
            "pnlRealized": ratio(self._realized(instrument, quantity, entry)),
            "pnlUnrealized": ratio(self._unrealized(instrument)),
            "cumulativeFundingPayment": decimal_text(
                sum((row.amount_cash for row in funding if row.symbol == instrument.symbol), ZERO)
            ),
            "cumulativeInterest": "0",
            "imf": ratio(max(Decimal(imf_function["base"]), ONE / self._account.leverage)),
            "mmf": mmf_function["base"],
            "imfFunction": imf_function,
            "mmfFunction": mmf_function,
        }

    def _realized(self, instrument: Instrument, quantity: Decimal, entry: Decimal) -> Decimal:
        """Profit taken on this symbol since the start: what came in and went out, with what is left at its cost."""
        cash = ZERO
        for fill in self._floor.records.fills.get(self._member.name, ()):
            if fill.order.symbol == instrument.symbol:
                cash -= fill.order.side.sign * fill.price * fill.quantity
        return cash + quantity * entry

    # ------------------------------------------------------------------------------------------------------- limits

    def account(self) -> dict[str, Any]:
        """``/api/v1/account``: fees are basis points."""
        return {
            "autoBorrowSettlements": self._member.auto_borrow_settlements,
            "autoLend": self._member.auto_lend,
            "autoRealizePnl": True,
            "autoRepayBorrows": self._member.auto_repay_borrows,
            "borrowLimit": "1000000",
            "positionLimit": "5000000",
            "leverageLimit": decimal_text(self._account.leverage),
            "futuresMakerFee": decimal_text(markets.FUTURES_FEES_BPS[0]),
            "futuresTakerFee": decimal_text(markets.FUTURES_FEES_BPS[1]),
            "spotMakerFee": decimal_text(markets.SPOT_FEES_BPS[0]),
            "spotTakerFee": decimal_text(markets.SPOT_FEES_BPS[1]),
            "limitOrders": len(self._open),
            "triggerOrders": 0,
            "liquidating": False,
        }

    def max_order_quantity(self, instrument: Instrument, side: Side, price: Decimal) -> Decimal:
        """How much could be ordered at this price."""
        if side is Side.SELL and not markets.is_perp(instrument):
            return instrument.quantity_down(self._truth.balances.get(instrument.base_asset, (ZERO, ZERO))[1])
        free = self._truth.balances.get(instrument.quote_asset, (ZERO, ZERO))[1]
        reach = self._account.leverage if markets.is_perp(instrument) else ONE
        return instrument.quantity_down(free * reach / (price * (ONE + instrument.taker_fee_bps * reach / BPS)))


def position_id(member: Member, instrument: Instrument) -> str:
    """A number for the position: the same as long as the sandbox lives."""
    return f"{member.user_id}{list(markets.BY_SYMBOL).index(instrument.base_asset):03}"


def _grows(symbol: str, instrument: Instrument, side: Side, wanted: Side) -> bool:
    return symbol == instrument.symbol and side is wanted

"""Signed calls about an account: what it holds, what it did, and its settings."""

from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.sandbox.aster import markets
from mmtui.sandbox.aster.documents import fill_document
from mmtui.sandbox.aster.errors import ApiError, invalid, missing, not_here
from mmtui.sandbox.aster.figures import cash, ms
from mmtui.sandbox.aster.holdings import Holdings
from mmtui.sandbox.aster.ledger import Ledger
from mmtui.sandbox.aster.markets import Room, wire_symbol
from mmtui.sandbox.aster.order_entry import STP_HERE, STP_MODES
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.aster.trading import time_span
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor

DONE: Final = {"code": 200, "msg": "success"}
MARGIN_TYPES: Final = ("ISOLATED", "CROSSED")
INCOME_TYPES: Final = ("REALIZED_PNL", "COMMISSION", "FUNDING_FEE")

Document = dict[str, Any]
Tell = Callable[[str, Document], None]
"""Sends an event to the user data streams of a futures account."""


class AccountApi:
    """Answers members about themselves in one room."""

    def __init__(self, room: Room, floor: Floor, ledger: Ledger, tell: Tell) -> None:
        self._room = room
        self._floor = floor
        self._ledger = ledger
        self._tell = tell

    def _holdings(self, member: Member) -> Holdings:
        return Holdings(self._floor, self._ledger, member)

    def _instrument(self, parameters: Parameters) -> Instrument:
        return parameters.instrument(self._floor, self._room)

    # ---------------------------------------------------------------------------------------------------- holdings

    def balance(self, member: Member, _parameters: Parameters, call: Call) -> list[Document]:
        """Futures balances."""
        return self._holdings(member).balances(call.now_ns)

    def account(self, member: Member, _parameters: Parameters, call: Call) -> Document:
        """The whole account."""
        holdings = self._holdings(member)
        return holdings.spot_account() if self._room is Room.SPOT else holdings.account(call.now_ns)

    def position_risk(self, member: Member, parameters: Parameters, _call: Call) -> list[Document]:
        """Positions."""
        wanted = parameters.instrument_or_none(self._floor, self._room)
        return self._holdings(member).position_risk(wanted)

    # ----------------------------------------------------------------------------------------------------- history

    def user_trades(self, member: Member, parameters: Parameters, call: Call) -> list[Document]:
        """Fills, oldest first: from a trade id on, or within a time; spot gives all symbols where none is named."""
        wanted = parameters.instrument_or_none(self._floor, self._room)
        if wanted is None and self._room is Room.FUTURES:
            raise missing("symbol")
        first, order_id = parameters.whole("fromId"), parameters.whole("orderId")
        timed = parameters.text("startTime") is not None or parameters.text("endTime") is not None
        if first is not None and timed:
            raise ApiError(-1128)
        start_ns, end_ns = time_span(parameters, call)
        rows = [
            fill
            for fill in self._floor.records.fills.get(member.wallet(self._room), ())
            if (wanted is None or fill.order.instrument is wanted)
            and (order_id is None or fill.order.order_id == order_id)
            and (fill.trade_id >= first if first is not None else start_ns <= fill.time_ns <= end_ns)
        ]
        limit = parameters.limit(500, 1_000)
        from_start = first is not None or parameters.text("startTime") is not None
        chosen = rows[:limit] if from_start else rows[-limit:]
        return [fill_document(fill, self._ledger.profit(fill)) for fill in chosen]

    def income(self, member: Member, parameters: Parameters, call: Call) -> list[Document]:
        """Realised profit, commission and funding, oldest first."""
        wanted = parameters.instrument_or_none(self._floor, self._room)
        kind = parameters.text("incomeType")
        start_ns, end_ns = time_span(parameters, call)
        rows = [
            row
            for row in chain(self._fill_income(member), self._funding_income(member))
            if (wanted is None or row["symbol"] == wire_symbol(wanted))
            and kind in (None, row["incomeType"])
            and ms(start_ns) <= row["time"] <= ms(end_ns)
        ]
        rows.sort(key=lambda row: (row["time"], row["tranId"]))
        limit = parameters.limit(100, 1_000)
        return rows[:limit] if parameters.text("startTime") is not None else rows[-limit:]

    def _fill_income(self, member: Member) -> list[Document]:
        rows = []
        for fill in self._floor.records.fills.get(member.name, ()):
            amounts = zip(INCOME_TYPES, (self._ledger.profit(fill), fill.fee_cash), strict=False)
            for number, (kind, amount) in enumerate(amounts):
                if not amount:
                    continue
                rows.append(
                    {
                        "symbol": wire_symbol(fill.order.instrument),
                        "incomeType": kind,
                        "income": cash(amount),
                        "asset": fill.fee_asset,
                        "info": str(fill.trade_id),
                        "time": ms(fill.time_ns),
                        "tranId": fill.trade_id * 2 + number,
                        "tradeId": str(fill.trade_id),
                    }
                )
        return rows

    def _funding_income(self, member: Member) -> list[Document]:
        symbols = list(self._floor.instruments)
        return [
            {
                "symbol": row.symbol,
                "incomeType": "FUNDING_FEE",
                "income": cash(row.amount_cash),
                "asset": markets.QUOTE,
                "info": "FUNDING_FEE",
                "time": ms(row.time_ns),
                "tranId": ms(row.time_ns) * 100 + symbols.index(row.symbol),
                "tradeId": "",
            }
            for row in self._floor.records.funding.get(member.name, ())
        ]

    # ---------------------------------------------------------------------------------------------------- settings

    def commission_rate(self, _member: Member, parameters: Parameters, _call: Call) -> Document:
        """The fees of a symbol, as fractions."""
        instrument = self._instrument(parameters)
        return {
            "symbol": wire_symbol(instrument),
            "makerCommissionRate": markets.rate_text(instrument.maker_fee_bps),
            "takerCommissionRate": markets.rate_text(instrument.taker_fee_bps),
        }

    def set_leverage(self, member: Member, parameters: Parameters, call: Call) -> Document:
        """Leverage of a symbol; the simulated margin takes the one that was set last for all symbols."""
        instrument, leverage = self._instrument(parameters), parameters.whole("leverage")
        if leverage is None:
            raise missing("leverage")
        if not 1 <= leverage <= markets.LARGEST_LEVERAGE:
            raise ApiError(-4028)
        member.leverages[instrument.symbol] = leverage
        self._floor.accounts[member.name].leverage = Decimal(leverage)
        changed = {"s": wire_symbol(instrument), "l": leverage}
        self._tell(member.name, {"e": "ACCOUNT_CONFIG_UPDATE", "E": call.now_ms, "T": call.now_ms, "ac": changed})
        return {"leverage": leverage, "maxNotionalValue": markets.MAX_NOTIONAL_VALUE, "symbol": changed["s"]}

    def leverage_bracket(self, _member: Member, parameters: Parameters, _call: Call) -> list[Document]:
        """One bracket for each symbol."""
        wanted = parameters.instrument_or_none(self._floor, self._room)
        bracket = {
            "bracket": 1,
            "initialLeverage": markets.LARGEST_LEVERAGE,
            "notionalCap": int(markets.MAX_NOTIONAL_VALUE),
            "notionalFloor": 0,
            "maintMarginRatio": float(markets.MAINTENANCE_MARGIN),
            "cum": 0.0,
        }
        return [
            {"symbol": wire_symbol(row), "brackets": [bracket]}
            for row in self._floor.instruments.values()
            if markets.room_of(row) is self._room and wanted in (None, row)
        ]

    def set_margin_type(self, member: Member, parameters: Parameters, _call: Call) -> Document:
        """Cross or isolated; the simulated margin is always cross."""
        instrument = self._instrument(parameters)
        isolated = parameters.choice("marginType", MARGIN_TYPES, -1130) == "ISOLATED"
        if isolated == (instrument.symbol in member.isolated):
            raise ApiError(-4046)
        if self._floor.records.open_orders(member.name, instrument.symbol):
            raise ApiError(-4047)
        if self._ledger.holding(member.name, instrument.symbol).position.quantity:
            raise ApiError(-4048)
        (member.isolated.add if isolated else member.isolated.discard)(instrument.symbol)
        return DONE

    def position_mode(self, member: Member, _parameters: Parameters, _call: Call) -> Document:
        """One-way or hedge mode."""
        return {"dualSidePosition": member.hedge_mode}

    def set_position_mode(self, member: Member, parameters: Parameters, call: Call) -> Document:
        """Switch hedge mode; in it no order is taken here, as the venue takes none without a position side."""
        parameters.needed("dualSidePosition")
        hedge_mode = parameters.flag("dualSidePosition")
        if hedge_mode == member.hedge_mode:
            raise ApiError(-4059)
        if self._floor.records.open_orders(member.name):
            raise ApiError(-4067)
        if any(stake.quantity for stake in self._holdings(member).stakes()):
            raise ApiError(-4068)
        member.hedge_mode = hedge_mode
        changed = {"j": False, "f": False, "d": hedge_mode}
        self._tell(member.name, {"e": "ACCOUNT_CONFIG_UPDATE", "E": call.now_ms, "T": call.now_ms, "ai": changed})
        return DONE

    def multi_assets(self, _member: Member, _parameters: Parameters, _call: Call) -> Document:
        """Single-asset mode, always."""
        return {"multiAssetsMargin": False}

    def set_multi_assets(self, _member: Member, parameters: Parameters, _call: Call) -> Document:
        """There is no other mode here."""
        parameters.needed("multiAssetsMargin")
        if parameters.flag("multiAssetsMargin"):
            raise not_here("multi-assets mode")
        raise ApiError(-4171, "No need to change multi-assets mode.")

    def stp_mode(self, _member: Member, _parameters: Parameters, _call: Call) -> Document:
        """Which order ends where two of an account would meet."""
        return {"stpMode": STP_HERE}

    def set_stp_mode(self, _member: Member, parameters: Parameters, _call: Call) -> Document:
        """There is no other mode here."""
        mode = parameters.needed("stpMode")
        if mode not in STP_MODES:
            raise invalid("stpMode")
        if mode != STP_HERE:
            raise not_here(f"self-trade prevention by {mode}")
        return DONE

    def builders(self, _member: Member, _parameters: Parameters, _call: Call) -> list[Document]:
        """Approved builders: none, and none can be approved here."""
        return []

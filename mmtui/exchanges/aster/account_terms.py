"""How the account trades perps: position mode, leverage, margin type, and its own fees."""

from decimal import Decimal
from typing import Final, Literal

from msgspec.structs import replace

from mmtui.exchanges.aster.answers import FeeAnswer, LeverageAnswer, ModeAnswer, PositionRow, read
from mmtui.exchanges.aster.calls import Calls, is_about
from mmtui.exchanges.aster.encode import Request, encoded, question
from mmtui.exchanges.aster.figures import exact
from mmtui.exchanges.aster.instruments import AsterInstruments
from mmtui.exchanges.aster.refusals import MARGIN_TYPE_ALREADY
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import RefusalCode
from mmtui.model.units import BPS, decimal_text
from mmtui.ports.errors import BadMessage, Refused, SettingsError, VenueError

MarginType = Literal["ISOLATED", "CROSSED"]

_SHOWN: Final[dict[MarginType, tuple[str, ...]]] = {"ISOLATED": ("isolated",), "CROSSED": ("cross", "crossed")}
"""How positions write what was set."""


class AccountTerms:
    """Reads and sets them, each setting read back.

    Args:
        account: its name in messages.
        calls: signs and sends.
        instruments: learns the account's fees.
    """

    def __init__(self, account: str, calls: Calls, instruments: AsterInstruments) -> None:
        self._account = account
        self._calls = calls
        self._instruments = instruments

    async def require_one_way(self) -> None:
        """Check the position mode; it is the user's to change, since it concerns the whole account.

        Raises:
            SettingsError: the account is in hedge mode.
            VenueError: it cannot be read.
        """
        answer = read(ModeAnswer, await self._calls.send(question(MarketType.PERP, "positionSide/dual", (), 30)))
        if answer.dual_side_position:
            raise SettingsError(
                f"accounts.{self._account}: the Aster account is in hedge mode (two positions a symbol), which is not "
                "supported; close its positions and orders and switch the position mode to one-way at the venue"
            )

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """Set the leverage of one perp and read it back.

        Raises:
            Refused: the venue does not allow it, or shows another one afterwards.
            VenueError: it cannot be known.
        """
        fields = [("symbol", _perp(instrument)), ("leverage", decimal_text(leverage))]
        read(LeverageAnswer, await self._calls.send(_change("leverage", fields)))
        shown = (await self._position(instrument)).leverage
        if exact(shown) != leverage:
            wanted, found = decimal_text(leverage), decimal_text(shown)
            raise Refused(RefusalCode.OTHER, f"leverage of {instrument.symbol} is {found} after asking for {wanted}")
        return shown

    async def set_margin_type(self, margin_type: MarginType, instrument: Instrument) -> None:
        """Set the margin type of one perp and read it back; that it is so already is well. Raises as set_leverage."""
        fields = [("symbol", _perp(instrument)), ("marginType", margin_type)]
        try:
            await self._calls.send(_change("marginType", fields))
        except VenueError as error:
            if not is_about(error, MARGIN_TYPE_ALREADY):
                raise
        shown = (await self._position(instrument)).margin_type
        if shown.lower() not in _SHOWN[margin_type]:
            raise Refused(RefusalCode.OTHER, f"margin of {instrument.symbol} is {shown} after asking for {margin_type}")

    async def with_fees(self, instrument: Instrument) -> Instrument:
        """The instrument with the account's own fees. Raises VenueError."""
        request = question(instrument.market_type, "commissionRate", [("symbol", instrument.symbol)], 20)
        rates = read(FeeAnswer, await self._calls.send(request))
        found = replace(
            instrument,
            maker_fee_bps=exact(rates.maker_commission_rate) * BPS,
            taker_fee_bps=exact(rates.taker_commission_rate) * BPS,
        )
        self._instruments.learn(found)
        return found

    async def _position(self, instrument: Instrument) -> PositionRow:
        request = question(MarketType.PERP, "positionRisk", [("symbol", instrument.symbol)], 5)
        for row in read(list[PositionRow], await self._calls.send(request)):
            if row.symbol == instrument.symbol:
                return row
        raise BadMessage(f"no position of {instrument.symbol} in the answer")


def _perp(instrument: Instrument) -> str:
    if instrument.market_type is not MarketType.PERP:
        raise Refused(RefusalCode.NOT_ALLOWED, f"{instrument.id} is spot: it has neither leverage nor margin")
    return instrument.symbol


def _change(name: str, fields: list[tuple[str, str]]) -> Request:
    return Request(MarketType.PERP, "POST", name, encoded(fields), kind=Kind.ORDER)

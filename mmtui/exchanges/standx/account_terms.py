"""How the account trades a perp: leverage and margin mode, each set and read back."""

import asyncio
from decimal import Decimal
from typing import Final, Literal

import msgspec

from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.figures import exact
from mmtui.exchanges.standx.wire import ConfigRow
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.model.units import decimal_text
from mmtui.ports.errors import BadMessage, Refused

MarginMode = Literal["cross", "isolated"]

_CONFIG: Final = msgspec.json.Decoder(ConfigRow, strict=False)
_LOOKS: Final = 8
_AGAIN_S: Final = 0.25


class AccountTerms:
    """Reads and sets them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """Set the leverage of a perp and wait until the account shows it; the venue takes whole numbers only.

        Raises:
            Refused: the venue refuses, or does not show it.
            VenueError: it is not known what holds now.
        """
        if leverage != leverage.to_integral_value():
            raise Refused(RefusalCode.NOT_ALLOWED, f"leverage {decimal_text(leverage)} is no whole number")
        body = msgspec.json.encode({"symbol": instrument.symbol, "leverage": int(leverage)})
        await self._calls.command("change_leverage", body, Kind.ORDER)
        for _ in range(_LOOKS):
            if exact((await self.config(instrument)).leverage) == leverage:
                return leverage
            await asyncio.sleep(_AGAIN_S)
        raise Refused(
            RefusalCode.NOT_ALLOWED,
            f"the venue does not show leverage {decimal_text(leverage)} for {instrument.symbol}; set it on its page",
        )

    async def set_margin_mode(self, mode: MarginMode, instrument: Instrument) -> None:
        """Set the margin mode of a perp and wait until the account shows it; that it is so already is well.

        Raises as ``set_leverage``.
        """
        if (await self.config(instrument)).margin_mode == mode:
            return
        body = msgspec.json.encode({"symbol": instrument.symbol, "margin_mode": mode})
        await self._calls.command("change_margin_mode", body, Kind.ORDER)
        for _ in range(_LOOKS):
            if (await self.config(instrument)).margin_mode == mode:
                return
            await asyncio.sleep(_AGAIN_S)
        raise Refused(
            RefusalCode.NOT_ALLOWED,
            f"the venue does not show margin mode {mode} for {instrument.symbol}; close its position and orders first",
        )

    async def config(self, instrument: Instrument) -> ConfigRow:
        """Leverage and margin mode as they are. Raises Refused, VenueError."""
        row, _ = await self._calls.read_own("query_position_config", _CONFIG, ("symbol", instrument.symbol))
        if row.symbol != instrument.symbol:
            raise BadMessage("an answer about another symbol")
        return row

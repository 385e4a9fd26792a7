"""Leverage of one perp: set by a transaction, read back from the account's positions."""

import asyncio
from decimal import Decimal
from typing import Final

from mmtui.exchanges.lighter import encode
from mmtui.exchanges.lighter.encode import MARGIN_WHOLE
from mmtui.exchanges.lighter.instruments import Listing
from mmtui.exchanges.lighter.outbox import Outbox
from mmtui.exchanges.lighter.reports import LighterReports
from mmtui.exchanges.lighter.wire import PositionRow
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import RefusalCode
from mmtui.model.units import HUNDRED, ONE, decimal_text
from mmtui.ports.errors import Refused

_LOOKS: Final = 8
_AGAIN_S: Final = 0.25


async def set_leverage(
    outbox: Outbox, reports: LighterReports, listing: Listing, leverage: Decimal, instrument: Instrument
) -> Decimal:
    """Set the leverage of a perp, in the margin mode it has, and wait until the account shows it.

    Raises:
        Refused: the venue refuses, or does not show it.
        VenueError: it is not known what holds now.
    """
    if instrument.market_type is MarketType.SPOT:
        raise Refused(RefusalCode.NOT_ALLOWED, f"{instrument.symbol} is spot and has no leverage")
    form = listing.form(instrument.id)
    before = await _position(reports, form.market_id)
    mode = 0 if before is None else before.margin_mode
    transaction = encode.set_leverage(form, leverage, mode)
    fraction = Decimal(transaction.arguments[1]) / MARGIN_WHOLE
    if before is not None and _is_fraction(before, fraction):
        return leverage
    await outbox.submit(transaction, Kind.ORDER)
    for _ in range(_LOOKS):
        await asyncio.sleep(_AGAIN_S)
        row = await _position(reports, form.market_id)
        if row is not None and _is_fraction(row, fraction):
            return leverage
    raise Refused(
        RefusalCode.NOT_ALLOWED,
        f"the venue does not show leverage {decimal_text(leverage)} for {instrument.symbol}; set it on its page",
    )


async def _position(reports: LighterReports, market_id: int) -> PositionRow | None:
    row, _ = await reports.account()
    return next((found for found in row.positions if found.market_id == market_id), None)


def _is_fraction(row: PositionRow, fraction: Decimal) -> bool:
    """True where the row's margin fraction is this one; sources write it in percent ("5.00") or as it is ("0.0500")."""
    told = row.initial_margin_fraction
    return told in (fraction * HUNDRED, fraction) and told <= HUNDRED * ONE

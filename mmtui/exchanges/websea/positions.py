"""Both rows of each position, as read; a fill that is told makes what was read too old to decide by."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import MarginMode, symbol_of
from mmtui.exchanges.websea.figures import positive, whole
from mmtui.exchanges.websea.hedge import PositionView
from mmtui.exchanges.websea.net_cash import NetCash
from mmtui.exchanges.websea.wire import PositionRow
from mmtui.model.events import PositionReport
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, Refused, VenueError

_ROWS: Final = msgspec.json.Decoder(list[PositionRow], strict=False)
_LONG, _SHORT = 1, 2
_OLD_NS: Final = 30 * NS_PER_S
_LOOKS: Final = 3


class Positions:
    """The positions of one account in its margin mode.

    Args:
        account: its name in events.
        calls: ask the venue.
        known: the venue's instruments by id.
        mode: the margin mode that this account trades in.
        clock: the machine's clocks.

    Attributes:
        cash: what the wallet has to be corrected by where both rows are held.
    """

    def __init__(
        self, account: str, calls: Calls, known: Mapping[str, Instrument], mode: MarginMode, clock: Clock
    ) -> None:
        self._account = account
        self._calls = calls
        self._known = known
        self._mode = mode
        self._clock = clock
        self._views: dict[str, tuple[PositionView, int]] = {}
        self._changes: dict[str, int] = {}
        self._checked: dict[str, None] = {}
        self.cash = NetCash()

    def changed(self, instrument: str) -> None:
        """A fill or a refusal: what was read before does not hold any more."""
        self._changes[instrument] = self._changes.get(instrument, 0) + 1
        self._views.pop(instrument, None)

    async def view(self, instrument: str, *, fresh: bool) -> PositionView:
        """The rows to decide by; ``fresh`` reads them now, with no fill told meanwhile.

        Raises:
            Refused: they cannot be had.
        """
        held = self._views.get(instrument)
        if held is not None and not fresh and self._clock.monotonic() - held[1] < _OLD_NS:
            return held[0]
        try:
            for _ in range(_LOOKS):
                before = self._changes.get(instrument, 0)
                await self.report(instrument)
                if self._changes.get(instrument, 0) == before:
                    return self._views[instrument][0]
        except VenueError as error:
            raise Refused(RefusalCode.OTHER, f"the position is not known: {error}") from None
        raise Refused(RefusalCode.OTHER, "the position moves while it is read; try again")

    async def report(self, instrument: str) -> PositionReport:
        """The difference of the rows, as the strategy means it. Raises VenueError."""
        await self._refuse_other_mode(instrument)
        before = self._changes.get(instrument, 0)
        started_ns = self._clock.monotonic()
        rows, asked_ns = await self._rows(instrument, self._mode)
        counts = {kind: sum(whole(row.amount) for row in rows if row.type == kind) for kind in (_LONG, _SHORT)}
        held = [row for row in rows if row.amount]
        view = PositionView(long=counts[_LONG], short=counts[_SHORT], leverage=_leverage(held))
        if self._changes.get(instrument, 0) == before:
            self._views[instrument] = view, started_ns
        size = self._known[instrument].lot_size
        (only,) = held if len(held) == 1 else (None,)
        entry = None if only is None else positive(only.open_price_avg)
        self.cash.begin(self._known[instrument], view.net * size, entry)
        return PositionReport(
            self._account,
            instrument,
            self._clock.now(),
            asked_ns,
            view.net * size,
            entry,
            None if only is None else positive(only.liquidation_price),
        )

    async def _rows(self, instrument: str, mode: MarginMode) -> tuple[list[PositionRow], int]:
        symbol = symbol_of(instrument)
        rows, answer = await self._calls.read_own("position", _ROWS, ("symbol", symbol), ("is_full", str(mode.value)))
        found = [row for row in rows if row.symbol == symbol]
        if any(row.type not in (_LONG, _SHORT) for row in found):
            raise BadMessage("a position that is neither long nor short")
        return found, answer.sent.wall

    async def _refuse_other_mode(self, instrument: str) -> None:
        """Once for each instrument: a position in the other margin mode would be seen by nobody. Raises VenueError."""
        if instrument in self._checked:
            return
        rows, _ = await self._rows(instrument, self._mode.other)
        if any(row.amount for row in rows):
            other = self._mode.other.name.lower()
            raise BadMessage(f"{symbol_of(instrument)} has a position in {other} margin; close it or set margin_mode")
        self._checked[instrument] = None


def _leverage(rows: list[PositionRow]) -> int | None:
    """Of the rows that hold something; None where none does. Raises BadMessage where they differ."""
    found = {row.lever_rate for row in rows if row.lever_rate is not None}
    if len(found) > 1:
        raise BadMessage("the rows of the position have different leverages")
    return int(Decimal(found.pop())) if found else None

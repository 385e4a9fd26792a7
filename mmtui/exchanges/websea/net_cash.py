"""The wallet as if positions were one row: what the venue realises by rows, restated by the difference of the rows.

Where a long and a short row are held at once, profit that a net position has realised is still open in the rows, and
the wallet leaves out what is open. Every execution tells what its row realised; the rest is the same arithmetic on the
net position as the books of a run do.
"""

from decimal import Decimal

from mmtui.core.account import Position
from mmtui.model.events import Fill
from mmtui.model.instrument import Instrument
from mmtui.model.units import ZERO, Side


class NetCash:
    """Follows the fills of our orders, each once.

    Attributes:
        difference: what is to be added to the wallet's balance.
    """

    def __init__(self) -> None:
        self.difference = ZERO
        self._positions: dict[str, Position] = {}
        self._booked: set[str] = set()

    def begin(self, instrument: Instrument, quantity: Decimal, entry_price: Decimal | None) -> None:
        """What was held when it was first asked for; a pair of rows has no entry price and is begun as flat."""
        if instrument.id in self._positions:
            return
        position = self._positions[instrument.id] = Position()
        if quantity and entry_price is not None:
            side = Side.BUY if quantity > 0 else Side.SELL
            position.apply(side, entry_price, abs(quantity), instrument.multiplier)

    def book(self, fill: Fill, profit: Decimal, instrument: Instrument) -> None:
        """A fill of ours, with what the venue says that it realised."""
        if fill.trade_id in self._booked:
            return
        self._booked.add(fill.trade_id)
        position = self._positions.setdefault(instrument.id, Position())
        realized = position.apply(fill.side, fill.price, fill.quantity, instrument.multiplier)
        self.difference += realized - profit

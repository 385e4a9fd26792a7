"""What a run takes over from the one before it, where it goes on with that one's position and memory.

The figures of a run are its own: what was held before is valued at the mark of its start. A strategy that goes on in
the middle of a cycle must see another picture, the one its memory is about: at what the position was bought, and what
has been realised since its first run. Both pictures are kept, and only snapshots are made of the second.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.units import ZERO


class Carried(Struct, frozen=True):
    """One leg as the earlier run left it.

    Attributes:
        position: signed quantity held, in the instrument's units.
        average_entry: what a unit of it cost on average; None where nothing was held.
        net_realized: profit realised by all earlier runs, with fees and funding, in the quote asset.
    """

    position: Decimal = ZERO
    average_entry: Decimal | None = None
    net_realized: Decimal = ZERO

    def entry_of(self, quantity: Decimal, venue_entry: Decimal | None, mark: Decimal) -> Decimal:
        """The entry price of ``quantity`` found at the start.

        Where something was traded while nobody watched, the venue's average is the better one; a spot venue knows
        none, so the mark must do.
        """
        if quantity == self.position and self.average_entry is not None:
            return self.average_entry
        return mark if venue_entry is None else venue_entry

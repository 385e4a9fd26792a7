"""What the cards need of a venue, and nothing more; each venue brings a small class that has it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from mmtui.model.commands import OrderCommand, PlaceOrder, Query
from mmtui.model.events import BookSnapshot, Event
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.units import Side
from mmtui.ports.venue import AccountReports, TradingClient

PATIENCE_S: Final = 15.0
"""How long a card waits for what must happen."""

E = TypeVar("E", bound=Event)

Decode = Callable[[bytes], Sequence[Event]]


class TruthOrder(Struct, frozen=True):
    """An open order as the venue holds it."""

    order_id: str
    instrument: str
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal


class TruthFill(Struct, frozen=True):
    """A fill as the venue booked it; the fee is signed cash."""

    trade_id: str
    instrument: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool


class Truth(Struct, frozen=True):
    """One account in the venue's own books; positions by instrument id, flat ones left out."""

    open_orders: list[TruthOrder]
    fills: list[TruthFill]
    positions: dict[str, Decimal]


class Corpus(Struct, frozen=True):
    """A decoder with messages that it must take: ``ignored`` names those that are listed as without meaning to us."""

    name: str
    decode: Decode
    messages: dict[str, bytes]
    ignored: frozenset[str] = frozenset()


class Trader:
    """One account through the adapter: everything that came, whichever way, is in ``events``."""

    def __init__(self, account: str, client: TradingClient, reports: AccountReports) -> None:
        self.account = account
        self.client = client
        self.reports = reports
        self.events: list[Event] = []
        self._number = 0

    def hear(self, event: Event) -> None:
        """The sink of the session."""
        self.events.append(event)

    def order(self, instrument: Instrument, side: Side, price: Decimal, quantity: Decimal, **how: object) -> PlaceOrder:
        """A new order under the next client id, post-only unless said otherwise."""
        self._number += 1
        name = f"mm-card-{self._number}"
        return PlaceOrder(self.account, instrument.id, name, side, price, quantity, **how)  # type: ignore[arg-type]

    async def execute(self, *commands: OrderCommand) -> None:
        """Send commands; what is known at once is heard too."""
        for event in await self.client.execute(commands):
            self.hear(event)

    async def ask(self, query: Query, kind: type[E]) -> E:
        """Ask and wait for the answer of this kind."""
        mark = len(self.events)
        for event in await self.reports.answer(query):
            self.hear(event)
        return await self.until(kind, since=mark)

    def heard(self, kind: type[E], since: int = 0, where: Callable[[E], object] | None = None) -> list[E]:
        """The events of a kind that came since a mark."""
        return [event for event in self.events[since:] if isinstance(event, kind) and (where is None or where(event))]

    async def until(self, kind: type[E], since: int = 0, where: Callable[[E], object] | None = None) -> E:
        """Wait for an event of a kind."""
        await eventually(lambda: self.heard(kind, since, where))
        return self.heard(kind, since, where)[0]


class VenueUnderTest(Protocol):
    """A venue with two accounts, its truth, and hands to disturb it."""

    @property
    def name(self) -> str:
        """The venue's name."""
        ...

    @property
    def excused(self) -> Mapping[str, str]:
        """Cards that do not apply, each with the fact that excuses it."""
        ...

    @property
    def facts(self) -> VenueFacts:
        """What the venue can do."""
        ...

    @property
    def instrument(self) -> Instrument:
        """A perp whose market is streamed to the first trader."""
        ...

    @property
    def other(self) -> Instrument:
        """Another market of the venue."""
        ...

    async def start(self) -> None:
        """Be there, with both traders connected and the first one's book up."""
        ...

    async def stop(self) -> None:
        """End everything."""
        ...

    def trader(self, name: str) -> Trader:
        """Trader "a" or "b"."""
        ...

    async def truth(self, name: str) -> Truth:
        """The venue's own books of a trader's account."""
        ...

    async def touch(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        """The venue's best bid and ask."""
        ...

    async def book(self) -> BookSnapshot:
        """The whole book of ``instrument``, asked for now, with the sequence it stands at."""
        ...

    async def trade(self, side: Side, quantity: Decimal) -> None:
        """The crowd takes at any price."""
        ...

    async def fault(self, on: str, do: str, **how: object) -> None:
        """Arm a fault of the sandbox's contract."""
        ...

    async def requests(self) -> int:
        """How many requests the venue has seen."""
        ...

    def corpora(self) -> Sequence[Corpus]:
        """Decoders with the messages they must take."""
        ...

    def secrets(self) -> Sequence[str]:
        """What must appear in no event, log or repr."""
        ...

    def shown(self) -> Sequence[object]:
        """The objects whose repr must hide them."""
        ...

    def client_number(self, client_order_id: str) -> int | None:
        """The venue's number for a client id, where its ids are numbers."""
        ...

    async def skew_ms(self) -> float | None:
        """The venue's clock less ours, as the adapter measures it now."""
        ...

    async def squeeze(self, requests: int) -> None:
        """Let the adapter's budget have room for so many requests only."""
        ...


async def eventually(condition: Callable[[], object]) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - an adapter has no event for each thing a card waits for
            await asyncio.sleep(0.005)


async def far_order(venue: VenueUnderTest, trader: Trader, side: Side, **how: object) -> PlaceOrder:
    """An order that rests: 1 % behind the touch, on the grid, three lots above the minimum."""
    instrument = venue.instrument
    bid, ask = await venue.touch(instrument)
    share = Decimal("0.01")
    price = instrument.price_down(bid * (1 - share)) if side is Side.BUY else instrument.price_up(ask * (1 + share))
    return trader.order(instrument, side, price, small(instrument), **how)


def small(instrument: Instrument) -> Decimal:
    """A quantity that every venue takes and every touch can fill."""
    return instrument.min_quantity + 3 * instrument.lot_size

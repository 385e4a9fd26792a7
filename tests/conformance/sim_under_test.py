"""The simulated venue: the fake that everything else is tried against is held to the same law."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mmtui.exchanges.sim.session import SimSession
from mmtui.model.events import BookSnapshot
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.units import Side
from mmtui.simulation.build import AccountSettings, build_sim_venue, sim_instruments
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.settings import VenueSettings
from mmtui.simulation.venue import Venue
from tests.conformance.venue_under_test import Corpus, Trader, Truth, TruthFill, TruthOrder, eventually
from tests.unit.loopback import WallClock

_NO_WIRE: Final = "nothing travels a network"
_NO_FAULTS: Final = "its faults are probabilities of the simulation, tried in tests/property"


class SimUnderTest:
    name = "sim"
    excused = {  # noqa: RUF012 - read only
        "C01": _NO_WIRE,
        "C02": _NO_WIRE,
        "C04": "its feed is snapshots",
        "C05": _NO_FAULTS,
        "C07": _NO_WIRE,
        "C08": _NO_WIRE,
        "C09": "it has no rate table",
        "C10": "it has no rate table",
        "C16": _NO_FAULTS,
        "C18": _NO_FAULTS,
        "C20": "its private stream cannot be lost",
        "C23": "it lives on our clock",
        "C24": "it has no secrets",
    }

    def __init__(self) -> None:
        market = MarketSettings()
        self._venue: Venue = build_sim_venue(
            [market],
            [AccountSettings("a"), AccountSettings("b")],
            VenueSettings(order_latency_ms=2, report_latency_ms=2),
        )
        self._clock = WallClock()
        instruments = {row.symbol: row for row in sim_instruments(market)}
        self.instrument: Instrument = instruments["SOL-PERP"]
        self.other: Instrument = instruments["SOL-USDC"]
        self.facts: VenueFacts = self._venue.facts
        self._session = SimSession(self._venue, list(instruments.values()), self._clock)
        self._traders = {name: Trader(name, self._session, self._session) for name in ("a", "b")}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        def hear(event: object) -> None:
            account = getattr(event, "account", None)
            for name, trader in self._traders.items():
                if account in (None, name):
                    trader.events.append(event)  # type: ignore[arg-type]  # the sink of a session

        self._task = asyncio.create_task(self._session.run(hear))
        trader = self._traders["a"]
        await eventually(lambda: trader.heard(BookSnapshot, where=lambda book: book.instrument == self.instrument.id))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def trader(self, name: str) -> Trader:
        return self._traders[name]

    async def truth(self, name: str) -> Truth:
        held = self._venue.truth(name)
        orders = [
            TruthOrder(
                row.order_id or "", row.instrument, row.side or Side.BUY, row.price or Decimal(0),
                row.quantity or Decimal(0), row.filled or Decimal(0),
            )
            for row in held.open_orders
        ]  # fmt: skip
        fills = [
            TruthFill(
                row.trade_id, row.instrument, row.side, row.price, row.quantity, row.fee_cash, row.fee_asset, row.maker
            )
            for row in held.fills
        ]
        return Truth(orders, fills, {key: quantity for key, (quantity, _) in held.positions.items()})

    async def touch(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        books = self._traders["a"].heard(BookSnapshot, where=lambda book: book.instrument == instrument.id)
        bid, ask = books[-1].bids[0][0], books[-1].asks[0][0]
        return instrument.price_up(Decimal(str(bid))), instrument.price_down(Decimal(str(ask)))

    async def book(self) -> BookSnapshot:
        raise NotImplementedError

    async def trade(self, side: Side, quantity: Decimal) -> None:
        self._venue.crowd_trade(self.instrument.id, side, quantity, self._clock.now())

    async def fault(self, on: str, do: str, **how: object) -> None:
        raise NotImplementedError

    async def requests(self) -> int:
        raise NotImplementedError

    def corpora(self) -> Sequence[Corpus]:
        return []

    def secrets(self) -> Sequence[str]:
        return []

    def shown(self) -> Sequence[object]:
        return []

    def client_number(self, client_order_id: str) -> int | None:
        return None

    async def skew_ms(self) -> float | None:
        return 0.0

    async def squeeze(self, requests: int) -> None:
        raise NotImplementedError

"""What all network venues share in the cards: their sandbox in this process, its truth over its control endpoints."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

import httpx

from mmtui.model.events import BookSnapshot, Event, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.model.units import Side
from mmtui.ports.venue import AccountReports, EventSink, TradingClient
from mmtui.sandbox.launch import open_server
from mmtui.sandbox.server import SandboxServer
from mmtui.sandbox.wire import SandboxOptions
from tests.conformance.venue_under_test import PATIENCE_S, Trader, Truth, TruthFill, TruthOrder


class Session(Protocol):
    """What the cards use of an adapter's session."""

    @property
    def client(self) -> TradingClient | None:
        """Sends orders."""
        ...

    @property
    def reports(self) -> AccountReports | None:
        """Answers questions."""
        ...

    async def start(self) -> Sequence[Instrument]:
        """Ready to run."""
        ...

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Whose market data to stream."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Stream."""
        ...

    async def close(self) -> None:
        """End."""
        ...


class SandboxUnderTest:
    """A venue's sandbox with two sessions of its adapter. A venue's own class says how sessions are made."""

    name: str
    symbols: tuple[str, str]
    """The perp that the cards trade, and another market."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.line: dict[str, Any] = {}
        self.instrument: Instrument
        self.other: Instrument
        self._traders: dict[str, Trader] = {}
        self._server: SandboxServer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._control = httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)

    def open(self, account: dict[str, Any]) -> Session:
        """A session of the adapter for an account of the listening line, with short time-outs."""
        raise NotImplementedError

    # ---------------------------------------------------------------------------------------------------------- life

    async def start(self) -> None:
        """The sandbox first, then both accounts; ready when the first one's book is up."""
        self._server = open_server(SandboxOptions(venue=self.name, symbols=self.symbols))
        await self._server.start(0)
        self._tasks.append(asyncio.create_task(self._server.drive()))
        self.line = self._server.listening()
        for account in self.line["accounts"][:2]:
            await self._join(account)
        await self.trader("a").until(StreamUp, where=lambda event: event.stream == "public")
        for name in ("a", "b"):
            await self.trader(name).until(StreamUp, where=lambda event: event.stream == "private")

    async def _join(self, account: dict[str, Any]) -> None:
        name = "ab"[len(self.sessions)]
        session = self.open(account)
        self.sessions[name] = session
        listed = {instrument.symbol: instrument for instrument in await session.start()}
        self.instrument, self.other = (listed[symbol] for symbol in self.symbols)
        assert session.client is not None
        assert session.reports is not None
        trader = self._traders[name] = Trader(account["name"], session.client, session.reports)
        if name == "a":
            session.watch([self.instrument])
        self._tasks.append(asyncio.create_task(session.run(trader.hear)))

    async def stop(self) -> None:
        """Sessions first, then the server; a session that ended by itself fails the test."""
        failed = [task for task in self._tasks if task.done()]
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self.sessions.values():
            await session.close()
        await self._control.aclose()
        if self._server is not None:
            await self._server.stop()
        for task in failed:
            task.result()

    def trader(self, name: str) -> Trader:
        return self._traders[name]

    # --------------------------------------------------------------------------------------------------- the control

    async def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """One of the sandbox's control endpoints."""
        answer = await self._control.request(method, f"{self.line['rest']}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def truth(self, name: str) -> Truth:
        row = (await self.ask("GET", "state"))["accounts"][self.trader(name).account]
        prefix = self.instrument.id.removesuffix(self.instrument.symbol)
        orders = [
            TruthOrder(
                order["order_id"], prefix + order["symbol"], Side(order["side"]), Decimal(order["price"]),
                Decimal(order["quantity"]), Decimal(order["filled"]),
            )
            for order in row["open_orders"]
        ]  # fmt: skip
        fills = [
            TruthFill(
                fill["trade_id"], prefix + fill["symbol"], Side(fill["side"]), Decimal(fill["price"]),
                Decimal(fill["quantity"]), Decimal(fill["fee"]), fill["fee_asset"], fill["maker"],
            )
            for fill in row["fills"]
        ]  # fmt: skip
        positions = {prefix + symbol: Decimal(position["quantity"]) for symbol, position in row["positions"].items()}
        return Truth(orders, fills, {name: quantity for name, quantity in positions.items() if quantity})

    async def touch(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        book = (await self.ask("GET", "state"))["books"][instrument.symbol]
        return Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])

    async def trade(self, side: Side, quantity: Decimal) -> None:
        trade = {"side": side.value, "quantity": str(quantity)}
        await self.ask("POST", "market", {"symbol": self.instrument.symbol, "trade": trade})

    async def fault(self, on: str, do: str, **how: object) -> None:
        await self.ask("POST", "faults", [{"on": on, "do": do, **how}])

    async def requests(self) -> int:
        counts: dict[str, int] = (await self.ask("GET", "state"))["requests"]
        return sum(counts.values())

    async def book(self) -> BookSnapshot:
        raise NotImplementedError

    def events(self) -> list[Event]:
        """Everything that any trader heard."""
        return [event for trader in self._traders.values() for event in trader.events]

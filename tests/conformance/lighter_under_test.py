"""Lighter's perps against its sandbox, signed with the API keys of its first two accounts."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.client import connect

from mmtui.exchanges.lighter.connect import LighterAccess, LighterSession, LighterTiming, open_lighter
from mmtui.exchanges.lighter.decode import decode_orders
from mmtui.exchanges.lighter.facts import FACTS, LIMIT_STATUSES
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, Event
from mmtui.ports.errors import BadMessage
from tests.conformance.sandbox_under_test import SandboxUnderTest
from tests.conformance.venue_under_test import PATIENCE_S, Corpus, eventually
from tests.unit.lighter_payloads import (
    BOOK,
    CHANGE,
    ERROR_FRAME,
    ETH,
    NOW_NS,
    OWN_ORDERS,
    OWN_TRADES,
    STATS,
    TRADES,
    WIRE,
    account_decoder,
    market_decoder,
)
from tests.unit.loopback import WallClock

QUICK = LighterTiming(
    http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0, pause_s=0.3, limit_statuses=LIMIT_STATUSES),
    public=SocketSettings(idle_s=2.0, beat_interval_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
    private=SocketSettings(ping_interval_s=0.5, ping_timeout_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
)
CONVINCING = 4
"""Answers that it takes to believe a clock that contradicts the earlier ones."""


class LighterUnderTest(SandboxUnderTest):
    name = "lighter"
    symbols = ("SOL", "ETH")
    facts = FACTS
    excused: dict[str, str] = {}  # noqa: RUF012 - read only

    def open(self, account: dict[str, Any]) -> LighterSession:
        names = ("account_index", "api_key_index", "api_key_private", "chain_id")
        access = LighterAccess(
            **{name: account[name] for name in names}, rest_url=self.line["rest"], ws_url=self.line["ws"]
        )
        return open_lighter(account["name"], access, WallClock(), timing=QUICK)

    def session(self) -> LighterSession:
        session = self.sessions["a"]
        assert isinstance(session, LighterSession)
        return session

    async def book(self) -> BookSnapshot:
        """The snapshot of a subscription of our own, asked for until its number is one of the session's.

        Frames gather the changes of 50 ms, and only at their ends books compare.
        """
        market_id = self.session().listing.forms[self.instrument.id].market_id
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self._fresh_book(market_id)
                number = found.sequence or 0
                await eventually(lambda number=number: max(self._numbers(), default=0) >= number)  # type: ignore[misc]
                if number in self._numbers():
                    return found
                await asyncio.sleep(0.013)  # out of step with the frames

    def _numbers(self) -> list[int]:
        deltas = [event for event in self.trader("a").events if isinstance(event, BookDelta)]
        return [event.sequence or 0 for event in deltas]

    async def _fresh_book(self, market_id: int) -> BookSnapshot:
        names = {market_id: self.instrument.id}
        decoder = market_decoder(names)
        url = self.line["ws"].rstrip("/").removesuffix("/stream") + "/stream"
        async with connect(url, proxy=None) as socket:
            await socket.send(json.dumps({"type": "subscribe", "channel": f"order_book/{market_id}"}))
            while True:
                for event in decoder.decode(await socket.recv(decode=False), NOW_NS):
                    if isinstance(event, BookSnapshot):
                        return event

    def corpora(self) -> Sequence[Corpus]:
        return [
            Corpus("market stream", _public, _market_frames(), frozenset({"error"})),
            Corpus("account stream", _private, _account_frames(), frozenset({"error"})),
            Corpus("single orders", _orders, _documents("http_order_book_orders")),
        ]

    def secrets(self) -> Sequence[str]:
        return [account["api_key_private"] for account in self.line["accounts"][:2]]

    def shown(self) -> Sequence[object]:
        session = self.session()
        access = LighterAccess(account_index=65, api_key_index=5, api_key_private=self.secrets()[0])
        return [session, access, session.client, session.reports, session.feed, session.redactor, vars(session)]

    def client_number(self, client_order_id: str) -> int | None:
        return None

    async def skew_ms(self) -> float | None:
        """Measured anew: here nothing that is signed depends on it by less than minutes, so nothing else hurries it."""
        session = self.session()
        for _ in range(CONVINCING):
            await session.calls.measure_time()
        return session.offset.skew_ms

    async def squeeze(self, requests: int) -> None:
        limiter = self.session().limiter
        used = next(row.used for row in limiter.snapshot() if row.name == "requests")
        limiter.set_limit("requests", used + requests)


def _public(data: bytes) -> Sequence[Event]:
    return market_decoder().decode(data, NOW_NS)


def _private(data: bytes) -> Sequence[Event]:
    return account_decoder().decode(data, NOW_NS)


def _orders(data: bytes) -> Sequence[Event]:
    try:
        return [decode_orders(data, ETH, NOW_NS)]
    except BadMessage:
        return []


def _documents(*names: str) -> dict[str, bytes]:
    return {name: (WIRE / f"{name}.json").read_bytes() for name in names if (WIRE / f"{name}.json").exists()}


def _market_frames() -> dict[str, bytes]:
    names = (
        "order_book_subscribed",
        "order_book_update",
        "ticker_update",
        "market_stats_update_single",
        "trade_update",
    )
    made = {"error": ERROR_FRAME, "book": BOOK, "change": CHANGE, "stats": STATS, "trades": TRADES}
    return {**made, **_documents(*(f"ws_{name}" for name in names), "ws_trade_update")}


def _account_frames() -> dict[str, bytes]:
    made = {"error": ERROR_FRAME, "orders": OWN_ORDERS, "trades": OWN_TRADES}
    return {**made, **_documents("ws_account_orders_update", "ws_account_all_trades_update")}

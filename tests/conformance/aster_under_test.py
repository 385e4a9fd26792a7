"""Aster's perps against its sandbox, signed by the agent wallets of its first two accounts."""

import asyncio
from collections.abc import Sequence
from typing import Any

from mmtui.exchanges.aster.account_frames import AccountDecoder, FundingBooked, KeyExpired
from mmtui.exchanges.aster.answers import snapshot
from mmtui.exchanges.aster.connect import AsterAccess, AsterSession, AsterTiming, open_aster
from mmtui.exchanges.aster.decode import MarketDecoder
from mmtui.exchanges.aster.facts import Version, facts_of
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, Event
from mmtui.model.instrument import MarketType
from mmtui.ports.errors import BadMessage
from tests.conformance.sandbox_under_test import SandboxUnderTest
from tests.conformance.venue_under_test import PATIENCE_S, Corpus, eventually
from tests.unit.loopback import WallClock
from tests.unit.test_aster_decode import FILL, SPOT_FILL, WIRE

ERROR = b'{"code":2,"msg":"Invalid request"}'
NOW_NS = 1_750_793_021_519_000_000

QUICK = AsterTiming(
    http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0, pause_s=0.3),
    public=SocketSettings(idle_s=2.0, first_wait_s=0.02, longest_wait_s=0.2),
    private=SocketSettings(ping_interval_s=0.5, ping_timeout_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
)


class AsterUnderTest(SandboxUnderTest):
    name = "aster"
    symbols = ("SOLUSDT", "ETHUSDT")
    facts = facts_of(MarketType.PERP, Version.V3)
    excused: dict[str, str] = {}  # noqa: RUF012 - read only

    def open(self, account: dict[str, Any]) -> AsterSession:
        credentials = {name: account[name] for name in ("user", "signer", "signer_key")}
        access = AsterAccess(**credentials, rest_url=self.line["rest"], ws_url=self.line["ws"])
        return open_aster(account["name"], access, WallClock(), timing=QUICK)

    def session(self) -> AsterSession:
        session = self.sessions["a"]
        assert isinstance(session, AsterSession)
        return session

    async def book(self) -> BookSnapshot:
        """A snapshot between two frames: frames gather the changes of 100 ms, and only at their ends books compare."""
        url = f"{self.line['rest']}/fapi/v3/depth?symbol={self.instrument.symbol}&limit=1000"
        events = self.trader("a").events
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = snapshot(self.instrument.id, (await self._control.get(url)).content, NOW_NS)
                number = found.sequence or 0
                await eventually(lambda number=number: max(_sequences(events), default=0) >= number)  # type: ignore[misc]
                if number in _sequences(events):
                    return found
                await asyncio.sleep(0.013)  # out of step with the frames

    def corpora(self) -> Sequence[Corpus]:
        return [
            Corpus("market stream", _public, _market_frames(), frozenset({"error"})),
            Corpus("account stream", _private, _account_frames(), frozenset({"error"})),
            Corpus("depth", _depth, _documents("rest_depth")),
        ]

    def secrets(self) -> Sequence[str]:
        return [account["signer_key"] for account in self.line["accounts"][:2]]

    def shown(self) -> Sequence[object]:
        session = self.session()
        access = AsterAccess(user="0x1", signer="0x1", signer_key=self.secrets()[0])
        return [session, access, session.client, session.reports, session.feed, session.redactor, vars(session)]

    def client_number(self, client_order_id: str) -> int | None:
        return None

    async def skew_ms(self) -> float | None:
        return self.session().offset.skew_ms

    async def squeeze(self, requests: int) -> None:
        limiter = self.session().limiter
        used = next(row.used for row in limiter.snapshot() if row.name == "weight")
        limiter.set_limit("weight", used + requests)


def _sequences(events: Sequence[Event]) -> list[int]:
    return [event.sequence or 0 for event in events if isinstance(event, BookDelta)]


def _public(data: bytes) -> Sequence[Event]:
    return MarketDecoder(MarketType.PERP).decode(data, NOW_NS)


def _private(data: bytes) -> Sequence[Event]:
    heard = AccountDecoder("a", MarketType.PERP, {}).decode(data, NOW_NS)
    return [event for event in heard if not isinstance(event, KeyExpired | FundingBooked)]


def _depth(data: bytes) -> Sequence[Event]:
    try:
        return [snapshot("aster:BTCUSDT", data, NOW_NS)]
    except BadMessage:
        return []


def _documents(*names: str) -> dict[str, bytes]:
    return {name: (WIRE / f"{name}.json").read_bytes() for name in names if (WIRE / f"{name}.json").exists()}


def _market_frames() -> dict[str, bytes]:
    names = ("depth_update", "partial_depth", "agg_trade", "book_ticker", "mark_price")
    return {"error": ERROR, **_documents(*(f"ws_{name}" for name in names))}


def _account_frames() -> dict[str, bytes]:
    return {"error": ERROR, "fill": FILL, "spot fill": SPOT_FILL, **_documents("ws_order_trade_update")}

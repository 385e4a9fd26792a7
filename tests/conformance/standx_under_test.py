"""StandX against its sandbox, logged in by the wallets of its first two accounts."""

import asyncio
from collections.abc import Sequence
from typing import Any

from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.exchanges.standx.account_frames import AccountDecoder
from mmtui.exchanges.standx.account_rows import AccountRows
from mmtui.exchanges.standx.connect import StandxAccess, StandxSession, StandxTiming, open_standx
from mmtui.exchanges.standx.decode import MarketDecoder, decode_book
from mmtui.exchanges.standx.facts import FACTS
from mmtui.exchanges.standx.wire import AuthData
from mmtui.model.events import BookSnapshot, Event
from mmtui.ports.errors import BadMessage
from tests.conformance.sandbox_under_test import SandboxUnderTest
from tests.conformance.venue_under_test import Corpus
from tests.unit.loopback import WallClock
from tests.unit.standx_payloads import BOOK, BTC, ERROR, NAMES, NOW_NS, ORDER, PRICE, TRADE, WIRE

QUICK = StandxTiming(
    http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0, pause_s=0.3),
    public=SocketSettings(idle_s=2.0, first_wait_s=0.02, longest_wait_s=0.2),
    private=SocketSettings(ping_interval_s=0.5, ping_timeout_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
)


class StandxUnderTest(SandboxUnderTest):
    name = "standx"
    symbols = ("BTC-USD", "ETH-USD")
    facts = FACTS
    excused: dict[str, str] = {  # noqa: RUF012 - read only
        "C04": "every frame is the whole book; there are no changes to add up",
        "C05": "frames are not numbered one after the other, so nothing can be missing between them",
    }

    def open(self, account: dict[str, Any]) -> StandxSession:
        access = StandxAccess(wallet_key=account["wallet_key"], rest_url=self.line["rest"], ws_url=self.line["ws"])
        return open_standx(account["name"], access, WallClock(), timing=QUICK)

    def session(self) -> StandxSession:
        session = self.sessions["a"]
        assert isinstance(session, StandxSession)
        return session

    async def book(self) -> BookSnapshot:
        return await self.session().feed.book(self.instrument.id)

    def corpora(self) -> Sequence[Corpus]:
        frames = {"error": ERROR, "book": BOOK, "price": PRICE, "trade": TRADE}
        own = {"error": ERROR, "order": ORDER, **_documents("ws_order")}
        return [
            Corpus("stream", _public, {**frames, **_documents("ws_depth_book", "ws_price")}, frozenset({"error"})),
            Corpus("account stream", _private, own, frozenset({"error"})),
            Corpus("depth", _depth, _documents("rest_query_depth_book")),
        ]

    def secrets(self) -> Sequence[str]:
        return [account["wallet_key"].removeprefix("0x") for account in self.line["accounts"][:2]]

    def shown(self) -> Sequence[object]:
        session = self.session()
        access = StandxAccess(wallet_key=self.line["accounts"][0]["wallet_key"])
        return [session, access, session.client, session.reports, session.passport, session.redactor, vars(session)]

    def client_number(self, client_order_id: str) -> int | None:
        return None

    async def skew_ms(self) -> float | None:
        calls = self.session().calls
        for _ in range(4):
            await calls.measure_time()
            await asyncio.sleep(0.3)  # the venue tells whole seconds: several looks narrow it down
        return calls.offset.skew_ms

    async def squeeze(self, requests: int) -> None:
        limiter = self.session().limiter
        used = next(row.used for row in limiter.snapshot() if row.name == "requests")
        limiter.set_limit("requests", used + requests)


def _public(data: bytes) -> Sequence[Event]:
    return [MarketDecoder(NAMES, Redactor()).decode(data, NOW_NS)]


def _private(data: bytes) -> Sequence[Event]:
    heard = AccountDecoder(AccountRows("a", {}), Redactor()).decode(data, NOW_NS)
    return [] if isinstance(heard, AuthData) else heard


def _depth(data: bytes) -> Sequence[Event]:
    try:
        return [decode_book(data, BTC, NOW_NS)]
    except BadMessage:
        return []


def _documents(*names: str) -> dict[str, bytes]:
    return {name: (WIRE / f"{name}.json").read_bytes() for name in names if (WIRE / f"{name}.json").exists()}

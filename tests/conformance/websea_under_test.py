"""Websea against its sandbox, signed with the keys of its first two accounts."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.exchanges.websea.connect import WebseaAccess, WebseaSession, WebseaTiming, open_websea
from mmtui.exchanges.websea.decode import Bell, MarketDecoder, decode_book, decode_own
from mmtui.exchanges.websea.facts import FACTS
from mmtui.exchanges.websea.wire import OrderFrame
from mmtui.model.events import BookSnapshot, Event, Fill, OrderReport, Unrecognised
from mmtui.model.orders import OrderStatus
from mmtui.ports.errors import BadMessage
from tests.conformance.sandbox_under_test import SandboxUnderTest
from tests.conformance.venue_under_test import Corpus, Truth, TruthFill
from tests.unit.loopback import WallClock
from tests.unit.websea_payloads import BOOK, EOS, ERROR_FRAME, KNOWN, NOW_NS, PUSH, SOL, TICKER, TRADE, WIRE

QUICK = WebseaTiming(
    http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0, pause_s=0.3, limit_statuses=(429,)),
    public=SocketSettings(idle_s=4.0, first_wait_s=0.02, longest_wait_s=0.2),
    private=SocketSettings(ping_interval_s=0.5, ping_timeout_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
    book_s=0.25,
)


class WebseaUnderTest(SandboxUnderTest):
    name = "websea"
    symbols = ("SOL-USDT", "ETH-USDT")
    facts = FACTS
    excused: dict[str, str] = {  # noqa: RUF012 - read only
        "C04": "the venue sends no book and no changes of one: each book that is read is the whole book",
        "C05": "books are read and not numbered, so nothing can be missing between them",
    }

    def open(self, account: dict[str, Any]) -> WebseaSession:
        access = WebseaAccess(
            token=account["token"], secret=account["secret"], rest_url=self.line["rest"], ws_url=self.line["ws"]
        )
        return open_websea(account["name"], access, WallClock(), timing=QUICK)

    def session(self) -> WebseaSession:
        session = self.sessions["a"]
        assert isinstance(session, WebseaSession)
        return session

    async def truth(self, name: str) -> Truth:
        """The venue's truth. It names no execution of its own, so the names here are those told of equal ones."""
        found = await super().truth(name)
        rows = (await self.ask("GET", "state"))["accounts"][self.trader(name).account]["fills"]
        told: dict[tuple[str | None, Decimal, Decimal], list[str]] = {}
        for fill in self.trader(name).heard(Fill):
            names = told.setdefault((fill.order_id, fill.price, fill.quantity), [])
            if fill.trade_id not in names:
                names.append(fill.trade_id)
        fills: list[TruthFill] = []
        for true, row in zip(found.fills, rows, strict=True):
            names = told.get((row["order_id"], true.price, true.quantity), [])
            fills.append(replace(true, trade_id=names.pop(0) if names else true.trade_id))
        return Truth(found.open_orders, fills, found.positions)

    async def book(self) -> BookSnapshot:
        return await self.session().books.read(self.instrument.id)

    def corpora(self) -> Sequence[Corpus]:
        frames = {"error": ERROR_FRAME, "ticker": TICKER, "trade": TRADE, **_documents("ws_contract_tickers")}
        return [
            Corpus("stream", _public, frames, frozenset({"error"})),
            Corpus("account stream", _private, {"error": ERROR_FRAME, "push": PUSH}, frozenset({"error"})),
            Corpus("depth", _depth, {"made": BOOK}),
            Corpus("documented depth", _eos_depth, _documents("rest_contract_depth") or {"made": _as_eos(BOOK)}),
        ]

    def secrets(self) -> Sequence[str]:
        return [account["secret"] for account in self.line["accounts"][:2]]

    def shown(self) -> Sequence[object]:
        session = self.session()
        access = WebseaAccess(token="t0ken", secret=self.secrets()[0])
        return [session, access, session.client, session.reports, session.feed, session.redactor, vars(session)]

    def client_number(self, client_order_id: str) -> int | None:
        return None

    async def skew_ms(self) -> float | None:
        """The venue tells whole seconds, in a header: several looks narrow it down."""
        session = self.session()
        for _ in range(6):
            await session.calls.measure_time()
            await asyncio.sleep(0.17)
        return session.offset.skew_ms

    async def squeeze(self, requests: int) -> None:
        limiter = self.session().limiter
        used = next(row.used for row in limiter.snapshot() if row.name == "requests")
        limiter.set_limit("requests", used + requests)


def _public(data: bytes) -> Sequence[Event]:
    """A bell counts as understood."""
    heard = MarketDecoder(KNOWN, Redactor()).decode(data, NOW_NS)
    return [BookSnapshot(heard.instrument, NOW_NS, [], [])] if isinstance(heard, Bell) else [heard]


def _private(data: bytes) -> Sequence[Event]:
    heard = decode_own(data, NOW_NS, Redactor())
    if isinstance(heard, Unrecognised):
        return [heard]
    assert isinstance(heard, OrderFrame)
    return [OrderReport("a", SOL.id, NOW_NS, OrderStatus.OPEN, None, str(heard.order.order_id), quantity=Decimal(1))]


def _depth(data: bytes) -> Sequence[Event]:
    try:
        return [decode_book(data, SOL, NOW_NS)]
    except BadMessage:
        return []


def _eos_depth(data: bytes) -> Sequence[Event]:
    try:
        return [decode_book(data, EOS, NOW_NS)]
    except BadMessage:
        return []


def _as_eos(data: bytes) -> bytes:
    return data.replace(b"SOL-USDT", b"EOS-USDT")


def _documents(*names: str) -> dict[str, bytes]:
    return {name: (WIRE / f"{name}.json").read_bytes() for name in names if (WIRE / f"{name}.json").exists()}

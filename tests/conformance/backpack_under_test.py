"""Backpack against its sandbox."""

import json
from collections.abc import Sequence
from typing import Any

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.connect import BackpackAccess, BackpackSession, BackpackTiming, open_backpack
from mmtui.exchanges.backpack.decode import decode_depth
from mmtui.exchanges.backpack.facts import FACTS
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.events import BookSnapshot, Event
from mmtui.ports.errors import BadMessage
from tests.conformance.sandbox_under_test import SandboxUnderTest
from tests.conformance.venue_under_test import Corpus
from tests.unit.backpack_payloads import (
    DEPTH_ANSWER,
    ERROR_FRAME,
    NOW_NS,
    ORDER_ACCEPTED,
    ORDER_FILL,
    POSITION_OPENED,
    WIRE,
    account_decoder,
    enveloped,
    market_decoder,
)
from tests.unit.loopback import WallClock

QUICK = BackpackTiming(
    http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0, pause_s=0.3),
    public=SocketSettings(idle_s=2.0, first_wait_s=0.02, longest_wait_s=0.2),
    private=SocketSettings(ping_interval_s=0.5, ping_timeout_s=0.5, first_wait_s=0.02, longest_wait_s=0.2),
)


class BackpackUnderTest(SandboxUnderTest):
    name = "backpack"
    symbols = ("SOL_USDC_PERP", "SOL_USDC")
    facts = FACTS
    excused: dict[str, str] = {}  # noqa: RUF012 - read only

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, ClientIds] = {}

    def open(self, account: dict[str, Any]) -> BackpackSession:
        ids = self.ids[account["name"]] = ClientIds(WallClock().now())
        access = BackpackAccess(
            key=account["key"], secret=account["secret"], rest_url=self.line["rest"], ws_url=self.line["ws"]
        )
        return open_backpack(account["name"], access, WallClock(), ids=ids, timing=QUICK)

    def session(self) -> BackpackSession:
        session = self.sessions["a"]
        assert isinstance(session, BackpackSession)
        return session

    async def book(self) -> BookSnapshot:
        answer = await self._control.get(f"{self.line['rest']}/api/v1/depth?symbol={self.instrument.symbol}&limit=1000")
        return decode_depth(answer.content, self.instrument.id, NOW_NS)

    def corpora(self) -> Sequence[Corpus]:
        return [
            Corpus("public stream", _public, _market_frames(), frozenset({"error"})),
            Corpus("private stream", _private, _account_frames(), frozenset({"error"})),
            Corpus("depth", _depth, {"sheet": DEPTH_ANSWER}),
        ]

    def secrets(self) -> Sequence[str]:
        return [account[name] for account in self.line["accounts"] for name in ("key", "secret")]

    def shown(self) -> Sequence[object]:
        session = self.session()
        access = BackpackAccess(key=self.secrets()[0], secret=self.secrets()[1])
        return [session, access, session.client, session.reports, session.feed, session.redactor, vars(session)]

    def client_number(self, client_order_id: str) -> int | None:
        return self.ids[self.trader("a").account].number(client_order_id)

    async def skew_ms(self) -> float | None:
        return self.session().offset.skew_ms

    async def squeeze(self, requests: int) -> None:
        self.session().limiter.set_limit("requests", requests)


def _public(data: bytes) -> Sequence[Event]:
    return market_decoder("SOL_USDC", "BTC_USDC_PERP", "SOL_USDC_PERP").decode(data, NOW_NS)


def _private(data: bytes) -> Sequence[Event]:
    return account_decoder().decode(data, NOW_NS)


def _depth(data: bytes) -> Sequence[Event]:
    try:
        return [decode_depth(data, encode.instrument_id("BTC_USDC_PERP"), NOW_NS)]
    except BadMessage:
        return []


def _market_frames() -> dict[str, bytes]:
    frames = {"error": ERROR_FRAME}
    if WIRE.exists():
        for name in ("depth", "trade", "book_ticker", "mark_price"):
            frames[name] = enveloped(f"{name}.SOL_USDC", json.loads((WIRE / f"ws_{name}.json").read_text()))
        captured = json.loads((WIRE / "ws_depth_capture.json").read_text())
        for number, row in enumerate(row for connection in captured for row in connection):
            frames[f"capture {number}"] = json.dumps(row["frame"]).encode()
    return frames


def _account_frames() -> dict[str, bytes]:
    frames = {"error": ERROR_FRAME, "accepted": ORDER_ACCEPTED, "fill": ORDER_FILL, "position": POSITION_OPENED}
    if WIRE.exists():
        for name, stream in (("order_update", "account.orderUpdate"), ("position_update", "account.positionUpdate")):
            frames[name] = enveloped(stream, json.loads((WIRE / f"ws_{name}.json").read_text()))
        frames["captured position"] = (WIRE / "ws_position_update_capture.json").read_bytes()
    return frames

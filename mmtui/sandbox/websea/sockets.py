"""The websocket paths: what clients may say on them, how often, and when a silent one is closed."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiohttp import web

from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.sockets import Connection, Hub, Keepalive
from mmtui.sandbox.websea.errors import SUCCESS, TOO_MANY, ApiError
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.market_channels import MarketChannels
from mmtui.sandbox.websea.order_socket import CHANNEL, OrderSocket
from mmtui.sandbox.websea.web_channels import BOOK, MARK, WebChannels
from mmtui.sandbox.windows import RateWindow
from mmtui.sandbox.wire import SocketHandler

MARKET_PATHS: Final = ("/ws/v1/futures/market", "/future-ws/v1/market")
ORDER_PATH: Final = "/ws/v1/futures/order"
SUBSCRIPTIONS: Final = 10
SUBSCRIPTIONS_S: Final = 10
QUIET_S: Final = 30.8
"""A client that sends nothing for so long, not even a ping, is closed without a word."""
NO_PINGS: Final = Keepalive(ping_s=1e6, pong_s=1e6)
"""The venue itself never pings."""

OnText = Callable[[Connection, str], None]


class Sockets:
    """Serves the paths."""

    def __init__(
        self,
        hub: Hub,
        clock: SandboxClock,
        habits: Habits,
        market: MarketChannels,
        orders: OrderSocket,
        web_channels: WebChannels,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._habits = habits
        self._market = market
        self._orders = orders
        self._web = web_channels
        self._guests: dict[Connection, RateWindow] = {}

    def paths(self) -> Sequence[tuple[str, SocketHandler]]:
        """Every path with its handler."""
        return [
            *((path, self._serving(self._on_market_text)) for path in MARKET_PATHS),
            (ORDER_PATH, self._serving(self._on_order_text)),
            *((f"/ws/{kind}", self._serving(self._on_web_text(kind))) for kind in (BOOK, MARK)),
        ]

    def _serving(self, on_text: OnText) -> SocketHandler:
        async def serve(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Upgrade", "").lower() != "websocket":
                return ApiError(404).response()
            opened: list[Connection] = []

            def welcome(connection: Connection) -> None:
                opened.append(connection)
                connection.binary = self._habits.binary_frames
                self._guests[connection] = RateWindow(SUBSCRIPTIONS, SUBSCRIPTIONS_S)

            try:
                return await self._hub.serve(request, on_text, NO_PINGS, welcome)
            finally:
                for connection in opened:
                    self._guests.pop(connection, None)
                    self._web.forget(connection)

        return serve

    def tick(self) -> None:
        """Close who has been silent for too long."""
        for connection in tuple(self._guests):
            if connection.quiet_s >= QUIET_S:
                connection.drop()

    # -------------------------------------------------------------------------------------------- what clients say

    def _on_market_text(self, connection: Connection, text: str) -> None:
        def work(op: str, message: dict[str, Any]) -> None:
            (self._market.subscribe if op == "sub" else self._market.unsubscribe)(connection, message)

        self._answer(connection, text, work)

    def _on_order_text(self, connection: Connection, text: str) -> None:
        def work(op: str, message: dict[str, Any]) -> None:
            if message.get("channel") != CHANNEL:
                raise ApiError(50009)
            if op == "sub":
                self._orders.subscribe(connection, message)
            else:
                self._orders.unsubscribe(connection)

        self._answer(connection, text, work)

    def _on_web_text(self, kind: str) -> OnText:
        return lambda connection, text: self._web.on_text(connection, text, kind)

    def _answer(self, connection: Connection, text: str, work: Callable[[str, dict[str, Any]], None]) -> None:
        """Do what a message asks; the answer names no symbol. What is no JSON ends the connection."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            connection.drop()
            return
        named = message if isinstance(message, dict) else {}
        number, words = 0, SUCCESS
        try:
            self._check(connection, named)
            work(named["op"], named)
        except ApiError as error:
            number, words = error.number, str(error)
        answer = {"op": named.get("op"), "errno": number, "channel": named.get("channel"), "errmsg": words}
        connection.reply(json.dumps(answer))

    def _check(self, connection: Connection, message: dict[str, Any]) -> None:
        if message.get("op") not in ("sub", "unsub"):
            raise ApiError(51000)
        if not self._guests[connection].take("", self._clock.now_ns()):
            raise ApiError(TOO_MANY)

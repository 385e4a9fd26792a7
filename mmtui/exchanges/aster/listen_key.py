"""The account's stream of one market: a listen key, a socket that lives on it, and its renewal.

A key lives 60 minutes and is extended every 30; asking for one gives the living key back, extended. It is one per
account, shared with the account's other programs, so it is never closed: that would end their streams.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from mmtui.exchanges.aster.account_frames import AccountDecoder, FundingBooked, KeyExpired
from mmtui.exchanges.aster.answers import KeyAnswer, read
from mmtui.exchanges.aster.calls import Calls, is_about
from mmtui.exchanges.aster.encode import Request, encoded
from mmtui.exchanges.aster.facts import KEY_REFRESH_S, PRIVATE_SOCKET
from mmtui.exchanges.aster.feed import OpenSocket
from mmtui.exchanges.aster.refusals import LISTEN_KEY_GONE
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSettings
from mmtui.model.instrument import MarketType
from mmtui.ports.errors import BadMessage, VenueError
from mmtui.ports.venue import EventSink

_AGAIN_S: Final = 60.0
_SHORTEST_KEY: Final = 8


class AccountStream:
    """Keeps one account's stream on one market.

    Args:
        market: whose stream it is.
        calls: signs and sends.
        decoder: reads the frames.
        open_socket: makes the socket session.
        redactor: hides the key.
        refresh_s: how often the key is extended.
        settings: of the socket.
    """

    def __init__(
        self,
        market: MarketType,
        calls: Calls,
        decoder: AccountDecoder,
        open_socket: OpenSocket,
        redactor: Redactor,
        *,
        refresh_s: float = KEY_REFRESH_S,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self.market = market
        self._calls = calls
        self._decoder = decoder
        self._open_socket = open_socket
        self._redactor = redactor
        self._refresh_s = refresh_s
        self._settings = settings
        self._key = ""

    async def run(
        self,
        sink: EventSink,
        on_up: Callable[[MarketType], None],
        on_down: Callable[[MarketType, str], None],
        on_funding: Callable[[], None],
    ) -> None:
        """Stream until cancelled: orders and fills go to ``sink``, the rest to the callbacks."""

        def on_message(data: bytes, time_ns: int) -> None:
            for heard in self._decoder.decode(data, time_ns):
                if isinstance(heard, KeyExpired):
                    socket.renew("the listen key expired")
                elif isinstance(heard, FundingBooked):
                    on_funding()
                else:
                    sink(heard)

        handlers = SocketHandlers(
            on_message=on_message,
            on_up=lambda: on_up(self.market),
            on_down=lambda reason: on_down(self.market, reason),
            address=self._address,
        )
        socket = self._open_socket(self.market, handlers, self._settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(socket.run(), name=f"aster {self.market.value} account stream")
            tasks.create_task(self._keep_key(socket.renew), name=f"aster {self.market.value} listen key")

    async def _address(self) -> str:
        """A key for the next connection. Raises VenueError."""
        answer = await self._calls.send(self._request("POST"))
        key = read(KeyAnswer, answer).listen_key
        if len(key) < _SHORTEST_KEY or not key.isalnum():
            raise BadMessage("a listen key that is none")
        self._redactor.register(key)
        self._key = key
        return f"/ws/{key}"

    async def _keep_key(self, renew: Callable[[str], None]) -> None:
        """Extend the key in time; one that is gone means a new connection."""
        wait_s = self._refresh_s
        while True:
            await asyncio.sleep(wait_s)
            wait_s = self._refresh_s
            if not self._key:
                continue
            try:
                await self._calls.send(self._request("PUT"))
            except VenueError as error:
                if is_about(error, LISTEN_KEY_GONE):
                    renew("the listen key is gone")
                wait_s = min(self._refresh_s, _AGAIN_S)

    def _request(self, method: str) -> Request:
        # Spot wants to be told which key; futures know it and do not mind.
        text = encoded([("listenKey", self._key)]) if method == "PUT" else ""
        return Request(self.market, method, "listenKey", text, kind=Kind.CANCEL, signed=False)

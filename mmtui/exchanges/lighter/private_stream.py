"""The account's own channels: orders and trades. Up once the venue has confirmed both.

The channels live as long as the token they were asked for with. Before it ends they are asked for anew with a fresh
one, on the same socket; what an instant without them may have cost, the engine's comparisons find.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from mmtui.exchanges.lighter.account_frames import ORDERS, TRADES, AccountDecoder
from mmtui.exchanges.lighter.decode import SNAPSHOT, kind_of
from mmtui.exchanges.lighter.facts import PRIVATE_SOCKET
from mmtui.exchanges.lighter.heartbeat import PING, Speaker, subscribe, unsubscribe
from mmtui.exchanges.lighter.refusals import BAD_TOKEN
from mmtui.exchanges.lighter.tokens import Tokens
from mmtui.exchanges.shared.socket import LoginChannel, SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import StreamDown, StreamUp
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, Unreachable, VenueError
from mmtui.ports.venue import EventSink

_ACKNOWLEDGED: Final = frozenset((SNAPSHOT + ORDERS, SNAPSHOT + TRADES))


class PrivateStream:
    """Keeps one account's private channels.

    Args:
        account: its name in events.
        account_index: its number on the venue.
        tokens: what it is let in with.
        decoder: of its frames.
        open_socket: makes the socket session.
        clock: the machine's clocks.
        settings: of the socket.
    """

    def __init__(
        self,
        account: str,
        account_index: int,
        tokens: Tokens,
        decoder: AccountDecoder,
        open_socket: Callable[[SocketHandlers, SocketSettings], SocketSession],
        clock: Clock,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self._account = account
        self._channels = [f"{name}/{account_index}" for name in (ORDERS, TRADES)]
        self._tokens = tokens
        self._token = ""
        self._decoder = decoder
        self._open_socket = open_socket
        self._clock = clock
        self._settings = settings
        self._sink: EventSink | None = None
        self._heard: set[str] = set()
        self.socket: SocketSession | None = None
        self._speaker = Speaker(lambda: self.socket)

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""
        self._sink = sink
        self.socket = self._open_socket(self._handlers(), self._settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.socket.run(), name="lighter private stream")
            tasks.create_task(self._keep_token(self.socket), name="lighter token")

    async def _keep_token(self, socket: SocketSession) -> None:
        """Ask for the channels anew when most of the token's life is over."""
        while True:
            await asyncio.sleep(self._tokens.renew_after_s)
            with contextlib.suppress(VenueError):
                self._token = await self._tokens.fresh()
                if not socket.up:
                    continue
                for channel in self._channels:
                    await socket.send(unsubscribe(channel))
                    await socket.send(subscribe(channel, self._token))

    def _handlers(self) -> SocketHandlers:
        return SocketHandlers(
            on_message=self._on_message,
            on_up=_nothing,
            on_down=self._on_down,
            subscriptions=lambda: [subscribe(channel, self._token) for channel in self._channels],
            login=self._get_token,
            beat=lambda: PING,
        )

    async def _get_token(self, _channel: LoginChannel) -> None:
        try:
            self._token = await self._tokens.current()
        except Refused as error:
            raise Unreachable(str(error)) from None

    def _on_message(self, data: bytes, time_ns: int) -> bool:
        assert self._sink is not None  # noqa: S101 - run() has set it before the socket reads
        events = self._decoder.decode(data, time_ns)
        for event in events:
            self._sink(event)
        error = self._decoder.error_of(data) if events else None
        if error is not None:
            self._refused(error.code, str(error.message))
            return False
        kind = kind_of(data)
        if kind in _ACKNOWLEDGED:
            self._acknowledged(kind, time_ns)
        elif not events:
            self._speaker.attend(kind)
        return bool(events)

    def _acknowledged(self, kind: str, time_ns: int) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        was_up = self._heard == _ACKNOWLEDGED
        self._heard.add(kind)
        if not was_up and self._heard == _ACKNOWLEDGED:
            self._sink(StreamUp("private", time_ns, None, self._account))

    def _refused(self, code: int, words: str) -> None:
        """An error frame does not say which channel it is about: begin anew, with a new token where it was that."""
        if self.socket is None:
            return
        if code == BAD_TOKEN:
            self._tokens.forget()
        self.socket.renew(f"the venue refuses a channel: {code} {words}")

    def _on_down(self, reason: str) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self._heard.clear()
        self._sink(StreamDown("private", self._clock.now(), reason, None, self._account))


def _nothing() -> None:
    """Up is what the venue's confirmations say, not the frames sent."""

"""The account's own channels, on a socket of their own. Up once the venue has let us in.

When the credentials are replaced, the live connection is told at once: nothing is lost and nobody notices.
"""

from typing import Final

from mmtui.exchanges.shared.socket import LoginChannel, SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.standx.account_frames import CHANNELS, AccountDecoder
from mmtui.exchanges.standx.encode import auth
from mmtui.exchanges.standx.facts import PRIVATE_SOCKET
from mmtui.exchanges.standx.feed import OpenSocket
from mmtui.exchanges.standx.login import Credential
from mmtui.exchanges.standx.passport import Passport
from mmtui.exchanges.standx.speaker import Speaker
from mmtui.exchanges.standx.wire import AuthData
from mmtui.model.events import StreamDown, StreamUp
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, Unreachable
from mmtui.ports.venue import EventSink

_WELL: Final = frozenset((0, 200))


class PrivateStream:
    """Keeps one account's private channels.

    Args:
        account: its name in events.
        passport: what it is let in with.
        decoder: of its frames.
        open_socket: makes the socket session.
        path: of the stream.
        clock: the machine's clocks.
        settings: of the socket.
    """

    def __init__(
        self,
        account: str,
        passport: Passport,
        decoder: AccountDecoder,
        open_socket: OpenSocket,
        path: str,
        clock: Clock,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self._account = account
        self._passport = passport
        self._decoder = decoder
        self._open_socket = open_socket
        self._path = path
        self._clock = clock
        self._settings = settings
        self._sink: EventSink | None = None
        self._held: Credential | None = None
        self.socket: SocketSession | None = None
        self._speaker = Speaker(lambda: self.socket)
        passport.on_change(self._replace)

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""
        self._sink = sink
        handlers = SocketHandlers(
            on_message=self._on_message, on_up=self._on_up, on_down=self._on_down, login=self._log_in
        )
        self.socket = self._open_socket(self._path, handlers, self._settings)
        await self.socket.run()

    async def _log_in(self, channel: LoginChannel) -> None:
        """Let us in; credentials that are not taken are replaced before the next attempt."""
        try:
            if self._held is None:
                self._held = await self._passport.current()
            held = self._held
            await channel.send(auth(held.token, CHANNELS))
            while True:
                found = self._decoder.decode(await channel.receive(), self._clock.now())
                if isinstance(found, AuthData):
                    break
            if found.code not in _WELL:
                self._held = await self._passport.renewed(held)
                raise Unreachable(f"the stream was refused: {found.code} {found.msg}")
        except Refused as error:
            raise Unreachable(str(error)) from None

    def _replace(self, held: Credential) -> None:
        self._held = held
        if self.socket is not None and self.socket.up:
            self._speaker.say(auth(held.token, CHANNELS))

    def _on_message(self, data: bytes, time_ns: int) -> bool:
        assert self._sink is not None  # noqa: S101 - run() has set it before the socket reads
        found = self._decoder.decode(data, time_ns)
        if isinstance(found, AuthData):
            if found.code not in _WELL and self.socket is not None:
                self.socket.renew(f"the venue ends the session: {found.code} {found.msg}")
            return False
        for event in found:
            self._sink(event)
        return bool(found)

    def _on_up(self) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self._sink(StreamUp("private", self._clock.now(), None, self._account))

    def _on_down(self, reason: str) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self._sink(StreamDown("private", self._clock.now(), reason, None, self._account))

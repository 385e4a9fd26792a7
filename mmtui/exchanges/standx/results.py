"""The order socket: what became of commands that were only queued when their request was answered.

Commands go by REST with this socket's session id; their results come here, under the id of the request: first perhaps
"accepted", which is not yet a result, then how it went. A good end says nothing new (the account's stream tells more),
a refusal becomes CommandRefused. Where the socket is lost, what is still owed is unknown, and the engine asks.
"""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import LoginChannel, SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.standx.account_frames import decode_result
from mmtui.exchanges.standx.encode import order_login
from mmtui.exchanges.standx.facts import PRIVATE_SOCKET, VENUE
from mmtui.exchanges.standx.feed import OpenSocket
from mmtui.exchanges.standx.login import Credential
from mmtui.exchanges.standx.passport import Passport
from mmtui.exchanges.standx.refusals import refusal_of
from mmtui.exchanges.standx.speaker import Speaker
from mmtui.exchanges.standx.wire import ResultFrame
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, Unrecognised
from mmtui.model.orders import Action, RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, Unreachable
from mmtui.ports.venue import EventSink

_SOURCE: Final = f"{VENUE} order socket"
_KEPT: Final = 4_096
_SERVER_ERROR: Final = 500


class Asked(Struct):
    """Commands of one request whose result is awaited.

    ``session_id`` is that of the connection on which it will be told, None where none was there. ``queued`` once the
    venue has taken the request.
    """

    action: Action
    commands: Sequence[PlaceOrder | CancelOrder]
    session_id: str | None
    names: list[str] = msgspec.field(default_factory=list)
    queued: bool = False


class Results:
    """Keeps the order socket of one account.

    Args:
        passport: what it is let in with.
        open_socket: makes the socket session.
        path: of the order socket.
        clock: the machine's clocks.
        redactor: cleans what is shown.
        settings: of the socket.
    """

    def __init__(
        self,
        passport: Passport,
        open_socket: OpenSocket,
        path: str,
        clock: Clock,
        redactor: Redactor,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self._passport = passport
        self._open_socket = open_socket
        self._path = path
        self._clock = clock
        self._redactor = redactor
        self._settings = settings
        self._sink: EventSink | None = None
        self._held: Credential | None = None
        self._session_id = ""
        self._logins: dict[str, None] = {}
        self._asked: dict[str, Asked] = {}
        self._early: dict[str, ResultFrame] = {}
        self.socket: SocketSession | None = None
        self.connected = asyncio.Event()
        self._speaker = Speaker(lambda: self.socket)
        passport.on_change(self._replace)

    @property
    def session_id(self) -> str | None:
        """What a request names to have its result told here; None while the socket is down."""
        return self._session_id if self.connected.is_set() else None

    async def run(self, sink: EventSink) -> None:
        """Keep it until cancelled."""
        self._sink = sink
        handlers = SocketHandlers(
            on_message=self._on_message, on_up=self.connected.set, on_down=self._on_down, login=self._log_in
        )
        self.socket = self._open_socket(self._path, handlers, self._settings)
        await self.socket.run()

    def name(self, asked: Asked, request_id: str) -> list[Event]:
        """A request goes, or is spoken of, under this id; gives what the venue has already said of it."""
        if not request_id or request_id in asked.names:
            return []
        asked.names.append(request_id)
        early = self._early.pop(request_id, None)
        if early is not None:
            return self._judged(asked, early)
        self._asked[request_id] = asked
        if len(self._asked) > _KEPT:
            del self._asked[next(iter(self._asked))]
        return []

    def queued(self, asked: Asked, request_id: str) -> list[Event]:
        """The venue has taken the request; gives what is known of it by now.

        Where the connection that was to tell its result has ended meanwhile, nobody will tell it.
        """
        asked.queued = True
        known = self.name(asked, request_id)
        owed = any(self._asked.get(name) is asked for name in asked.names)
        if owed and asked.session_id is not None and asked.session_id != self.session_id:
            self.forget(asked)
            return [*known, *self._unknown(asked, "the order socket was lost")]
        return known

    def forget(self, asked: Asked) -> None:
        """Nothing more is awaited of this request."""
        for name in asked.names:
            if self._asked.get(name) is asked:
                del self._asked[name]

    async def _log_in(self, channel: LoginChannel) -> None:
        """A new session id for each connection; credentials that are not taken are replaced."""
        self._session_id = str(uuid.uuid4())
        try:
            if self._held is None:
                self._held = await self._passport.current()
            held = self._held
            request_id = str(uuid.uuid4())
            await channel.send(order_login(held.token, self._session_id, request_id))
            while True:
                found = decode_result(await channel.receive())
                if found is not None and found.is_final:
                    break
            if found.code not in (0, 200):
                self._held = await self._passport.renewed(held)
                raise Unreachable(f"the order socket was refused: {found.code} {found.message}")
        except Refused as error:
            raise Unreachable(str(error)) from None

    def _replace(self, held: Credential) -> None:
        """Log in anew on the live connection, in the same session."""
        self._held = held
        if self.connected.is_set():
            request_id = str(uuid.uuid4())
            self._logins = {request_id: None}
            self._speaker.say(order_login(held.token, self._session_id, request_id))

    def _on_message(self, data: bytes, time_ns: int) -> bool:
        assert self._sink is not None  # noqa: S101 - run() has set it before the socket reads
        frame = decode_result(data)
        if frame is None:
            self._sink(Unrecognised(_SOURCE, time_ns, self._redactor.sample(data)))
            return False
        if not frame.is_final:
            return True
        if frame.request_id in self._logins:
            if frame.code != 0 and self.socket is not None:
                self.socket.renew(f"the venue ends the session: {frame.code} {frame.message}")
            return True
        asked = self._asked.get(frame.request_id)
        if asked is None:
            self._remember(frame)
            return True
        for event in self._judged(asked, frame):
            self._sink(event)
        return True

    def _remember(self, frame: ResultFrame) -> None:
        """A result may overtake the answer that names its request."""
        if frame.request_id:
            self._early[frame.request_id] = frame
            if len(self._early) > _KEPT:
                del self._early[next(iter(self._early))]

    def _judged(self, asked: Asked, frame: ResultFrame) -> list[Event]:
        """What a result means. A refusal of several commands at once does not say which of them it is about."""
        self.forget(asked)
        if frame.code == 0:
            return []
        shown = f"{frame.code}: {self._redactor.sample(frame.message)}"
        if len(asked.commands) > 1 or frame.code >= _SERVER_ERROR:
            return self._unknown(asked, shown)
        command = asked.commands[0]
        code: RefusalCode = refusal_of(frame.code, frame.message)
        who = (command.account, command.instrument, self._clock.now(), asked.action, command.client_order_id)
        return [CommandRefused(*who, code, shown)]

    def _unknown(self, asked: Asked, reason: str) -> list[Event]:
        now_ns = self._clock.now()
        return [
            CommandUnknown(
                command.account, command.instrument, now_ns, asked.action, command.client_order_id, reason
            )
            for command in asked.commands
        ]  # fmt: skip

    def _on_down(self, reason: str) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self.connected.clear()
        owed = {id(asked): asked for asked in self._asked.values() if asked.queued}
        self._asked.clear()
        self._early.clear()
        for asked in owed.values():
            for event in self._unknown(asked, f"the order socket was lost: {reason}"):
                self._sink(event)

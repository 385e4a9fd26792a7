"""A websocket that is kept: connect, log in, subscribe, read, notice death, begin again.

Losses never leave ``run``: they become ``on_down`` and, once login and subscriptions are through again, ``on_up``. A
proxy that dies is a lost stream like any other.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.http import retry_after_s
from mmtui.exchanges.shared.limiter import Kind, RateLimiter
from mmtui.exchanges.shared.proxies import proxy_route
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Ambiguous, BadMessage, Unreachable, VenueError

Frame = str | bytes
"""What is sent: text as a text frame, bytes as a binary one. What arrives is always bytes."""

_SILENT = logging.Logger("mmtui.websocket", level=logging.CRITICAL + 1)
"""The library would log whole frames and headers, signatures among them."""


class SocketSettings(Struct, frozen=True, kw_only=True):
    """Times in seconds; None turns a check off.

    ``ping_interval_s`` sends protocol pings, each to be answered within ``ping_timeout_s``. ``beat_interval_s`` sends
    the frame of ``Beat`` where a venue wants one of its own. ``idle_s`` is the longest silence of *data*: neither ping
    nor pong counts, nor a message for which the handler returned False. ``life_s`` is after how long the connection
    is changed by ourselves, before the venue does it. ``gap_s`` is the least time between two frames sent.
    """

    open_s: float = 10.0
    login_s: float = 10.0
    ping_interval_s: float | None = 15.0
    ping_timeout_s: float = 10.0
    beat_interval_s: float | None = None
    idle_s: float | None = None
    life_s: float | None = None
    stable_s: float = 60.0
    first_wait_s: float = 0.25
    longest_wait_s: float = 30.0
    gap_s: float = 0.0
    max_message: int = 8 * 1024 * 1024
    compression: bool = False


class SocketHealth(Struct, frozen=True):
    """How the socket does, for the screens. Times are wall nanoseconds, 0 where it never happened."""

    up: bool
    up_since_ns: int
    last_data_ns: int
    messages: int
    bad_messages: int
    connections: int
    failures_in_a_row: int
    round_trip_ms: float | None
    reason: str


class LoginChannel(Protocol):
    """The fresh connection, while the login hook has it to itself."""

    async def send(self, frame: Frame) -> None:
        """Send one frame. Raises Unreachable or Ambiguous."""
        ...

    async def receive(self) -> bytes:
        """The next message. Raises Unreachable where the connection is lost."""
        ...


class SocketHandlers(Struct, frozen=True, kw_only=True):
    """What an adapter does with a socket.

    Attributes:
        on_message: takes each message and its receive time (wall ns) at once; returns False for what is no data
            (a pong of the venue's own, an acknowledgement). BadMessage is counted; any other exception ends ``run``.
        on_up: connected, logged in, subscribed.
        on_down: lost, with a reason fit to be shown; once per loss, not once per attempt.
        subscriptions: frames to send after login, in this order; asked anew at every connection.
        login: speaks first on a new connection; a VenueError of it is a failed attempt, anything else ends ``run``.
        beat: the venue's own heartbeat frame.
        address: path and query to append to the base URL for the next connection (a listen key), asked anew each time.
        headers: of the handshake, asked anew each time.
    """

    on_message: Callable[[bytes, int], bool | None]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]
    subscriptions: Callable[[], Iterable[Frame]] = tuple
    login: Callable[[LoginChannel], Awaitable[None]] | None = None
    beat: Callable[[], Frame] | None = None
    address: Callable[[], Awaitable[str]] | None = None
    headers: Callable[[], Mapping[str, str]] = dict


class _Connect(connect):
    """The library's connect, without following redirects: nothing goes where the venue's facts do not point."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Login:
    """The login hook's view of a connection."""

    def __init__(self, session: "SocketSession", connection: ClientConnection) -> None:
        self._session = session
        self._connection = connection

    async def send(self, frame: Frame) -> None:
        await self._session.send_on(self._connection, frame)

    async def receive(self) -> bytes:
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            raise Unreachable(f"closed during login ({_code(error)})") from None


class SocketSession:
    """One websocket connection, renewed for as long as ``run`` runs.

    Args:
        base_url: scheme, host and path; checked against ``hosts``.
        hosts: the venue's addresses.
        handlers: what to do with it.
        clock: the machine's clocks.
        proxy: http, https, socks5 or socks5h; None: none (the environment's proxies are not looked at).
        redactor: knows the account's secrets.
        settings: times and bounds.
        limiter: counts every frame we send as one unit of the rule ``frames_rule``.
        frames_rule: name of that rule; empty: none.

    Raises:
        SettingsError: base URL or proxy cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        hosts: HostPolicy,
        handlers: SocketHandlers,
        clock: Clock,
        proxy: str | None = None,
        redactor: Redactor | None = None,
        settings: SocketSettings | None = None,
        limiter: RateLimiter | None = None,
        frames_rule: str = "",
    ) -> None:
        self.base_url = hosts.check(base_url, "ws_url")
        self._handlers = handlers
        self._clock = clock
        self._redactor = Redactor() if redactor is None else redactor
        self._settings = SocketSettings() if settings is None else settings
        self._limiter = limiter if frames_rule else None
        self._frames_rule = frames_rule
        self._route = proxy_route(proxy)
        if self._route is not None:
            self._redactor.register(self._route.password)
        self._backoff = Backoff(self._settings.first_wait_s, self._settings.longest_wait_s)
        self._connection: ClientConnection | None = None
        self._sending = asyncio.Lock()
        self._next_send_ns = 0
        self._end_reason = ""
        self._told_down = False
        self._up_since_ns = 0
        self._last_data_ns = 0
        self._quiet_since_ns = 0
        self._messages = 0
        self._bad_messages = 0
        self._connections = 0

    @property
    def up(self) -> bool:
        """True between ``on_up`` and ``on_down``."""
        return self._up_since_ns != 0

    @property
    def health(self) -> SocketHealth:
        """How it does."""
        latency_s = self._connection.latency if self._connection is not None else 0.0
        return SocketHealth(
            self.up,
            self._up_since_ns,
            self._last_data_ns,
            self._messages,
            self._bad_messages,
            self._connections,
            self._backoff.failures,
            latency_s * 1_000 if latency_s else None,
            self._end_reason,
        )

    async def run(self) -> None:
        """Keep the connection until cancelled. Raises only what a handler raised and what is no venue's fault."""
        while True:
            wait_s = 0.0
            started_ns = self._clock.monotonic()
            self._end_reason = ""
            try:
                await self._live()
            except (VenueError, WebSocketException, OSError, TimeoutError, EOFError) as error:
                self._end_reason = self._end_reason or self._why(error)
                wait_s = self._told_to_wait_s(error)
            finally:
                self._connection = None
                self._up_since_ns = 0
            if not self._told_down:
                self._told_down = True
                self._handlers.on_down(self._end_reason)
            if self._clock.monotonic() - started_ns >= self._settings.stable_s * NS_PER_S:
                self._backoff.reset()
            await asyncio.sleep(max(wait_s, self._backoff.next_s()))

    async def send(self, frame: Frame) -> None:
        """Send one frame on the present connection.

        Raises:
            Unreachable: there is no connection; nothing was sent.
            Ambiguous: the connection broke while it was sent.
            RateLimited: no room for another frame.
        """
        if self._connection is None or not self.up:
            raise Unreachable("the stream is not connected; nothing was sent")
        await self.send_on(self._connection, frame)

    async def send_on(self, connection: ClientConnection, frame: Frame) -> None:
        """Send one frame on this connection, in turn, as often as the venue allows. Raises as ``send`` does."""
        async with self._sending:
            await self._pace()
            if self._limiter is not None:
                ticket = await self._limiter.acquire({self._frames_rule: 1}, Kind.ORDER, self._settings.login_s)
                self._limiter.settle(ticket)
            try:
                await connection.send(frame)
            except ConnectionClosed as error:
                raise Ambiguous(f"the stream broke while sending ({_code(error)})") from None

    def renew(self, reason: str) -> None:
        """Drop the present connection and make a new one: a gap, an expired key, a shutdown notice."""
        if self._connection is not None:
            self._abort(self._connection, reason)

    async def _live(self) -> None:
        """One connection from its handshake to its end."""
        connection = await self._open()
        self._connections += 1
        try:
            async with asyncio.timeout(self._settings.login_s):
                if self._handlers.login is not None:
                    await self._handlers.login(_Login(self, connection))
            self._connection = connection
            for frame in self._handlers.subscriptions():
                await self.send_on(connection, frame)
            self._quiet_since_ns = self._clock.monotonic()
            self._up_since_ns = self._clock.now()
            self._told_down = False
            self._handlers.on_up()
            await self._serve(connection)
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                await connection.close()

"""A websocket that is kept: connect, log in, subscribe, read, notice death, begin again.

Losses never leave ``run``: they become ``on_down`` and, once login and subscriptions are through again, ``on_up``. A
proxy that dies is a lost stream like any other.
"""

import asyncio
import logging

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import Kind, RateLimiter
from mmtui.exchanges.shared.pauses import retry_after_s
from mmtui.exchanges.shared.proxies import proxy_route
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket_terms import Frame, LoginChannel, SocketHandlers, SocketHealth, SocketSettings
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Ambiguous, BadMessage, BugError, RateLimited, Unreachable, VenueError

__all__ = ["Frame", "LoginChannel", "SocketHandlers", "SocketHealth", "SocketSession", "SocketSettings"]

_FOREVER_S = 10.0 * 365 * 86_400
_CLOSE_S = 1.0
_QUEUE = 64
_LIMIT_STATUSES = (418, 429)
_LIMITED_S = 10.0

_SILENT = logging.getLogger("mmtui.exchanges.shared.wire")
"""The library would log whole frames and headers, signatures among them."""
_SILENT.setLevel(logging.CRITICAL + 1)
_SILENT.propagate = False


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
        limiter: counts every frame we send as one unit of the rule that ``settings.frames_rule`` names.

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
    ) -> None:
        self.base_url = hosts.check(base_url, "ws_url")
        self._handlers = handlers
        self._clock = clock
        self._redactor = Redactor() if redactor is None else redactor
        self._settings = SocketSettings() if settings is None else settings
        self._limiter = limiter if self._settings.frames_rule else None
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
        self._up_mono_ns = 0
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
            self._end_reason = ""
            try:
                await self._live()
            except (VenueError, WebSocketException, OSError, EOFError) as error:
                self._end_reason = self._end_reason or self._why(error)
                wait_s = self._told_to_wait_s(error)
            finally:
                lived_ns = self._clock.monotonic() - self._up_mono_ns if self.up else 0
                self._connection = None
                self._up_since_ns = 0
            _stop_if_cancelled()
            if lived_ns >= self._settings.stable_s * NS_PER_S:
                self._backoff.reset()
            if not self._told_down:
                self._told_down = True
                self._handlers.on_down(self._end_reason)
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
                ticket = await self._limiter.acquire(
                    {self._settings.frames_rule: 1}, Kind.ORDER, self._settings.login_s
                )
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
            if self._handlers.login is not None:
                async with asyncio.timeout(self._settings.login_s):
                    await self._handlers.login(_Login(self, connection))
            self._connection = connection
            self._quiet_since_ns = self._clock.monotonic()
            async with asyncio.TaskGroup() as tasks:
                helpers = [tasks.create_task(self._subscribe(connection), name="subscribe")]
                helpers += [tasks.create_task(self._watch(connection), name="watch")]
                helpers += [tasks.create_task(self._beat(connection), name="beat")]
                await self._read(connection)
                for helper in helpers:
                    helper.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await connection.close()

    async def _open(self) -> ClientConnection:
        settings = self._settings
        address = "" if self._handlers.address is None else await self._handlers.address()
        if address and address[0] not in "/?":
            raise BugError("what is appended to a stream's base URL begins with / or ?")
        return await _Connect(
            self.base_url + address,
            proxy=None if self._route is None else self._route.stream,
            additional_headers=self._handlers.headers(),
            user_agent_header="mmtui",
            compression="deflate" if settings.compression else None,
            open_timeout=settings.open_s,
            close_timeout=_CLOSE_S,
            ping_interval=settings.ping_interval_s,
            ping_timeout=settings.ping_timeout_s,
            max_size=settings.max_message,
            max_queue=_QUEUE,
            logger=_SILENT,
        )

    async def _subscribe(self, connection: ClientConnection) -> None:
        for frame in self._handlers.subscriptions():
            await self.send_on(connection, frame)
        self._up_since_ns = self._clock.now()
        self._up_mono_ns = self._clock.monotonic()
        self._told_down = False
        self._handlers.on_up()

    async def _read(self, connection: ClientConnection) -> None:
        on_message = self._handlers.on_message
        try:
            while True:
                data = await connection.recv(decode=False)
                now_ns = self._clock.now()
                self._messages += 1
                try:
                    is_data = on_message(data, now_ns)
                except BadMessage:
                    self._bad_messages += 1
                    continue
                if is_data is not False:
                    self._last_data_ns = now_ns
                    self._quiet_since_ns = self._clock.monotonic()
        except ConnectionClosed as error:
            self._end_reason = self._end_reason or f"closed by the venue ({_code(error)})"

    async def _watch(self, connection: ClientConnection) -> None:
        """End a connection that brings no data, or that is old."""
        settings = self._settings
        life_s = _FOREVER_S if settings.life_s is None else settings.life_s
        idle_s = _FOREVER_S if settings.idle_s is None else settings.idle_s
        ends_ns = self._clock.monotonic() + int(life_s * NS_PER_S)
        while True:
            now_ns = self._clock.monotonic()
            idle_ns = self._quiet_since_ns + int(idle_s * NS_PER_S)
            if now_ns >= idle_ns:
                return self._abort(connection, f"no data for {idle_s:g} s")
            if now_ns >= ends_ns:
                return self._abort(connection, f"renewed after {life_s:g} s")
            await asyncio.sleep((min(idle_ns, ends_ns) - now_ns) / NS_PER_S)

    async def _beat(self, connection: ClientConnection) -> None:
        beat, interval_s = self._handlers.beat, self._settings.beat_interval_s
        if beat is None or interval_s is None:
            return
        while True:
            await asyncio.sleep(interval_s)
            await self.send_on(connection, beat())

    async def _pace(self) -> None:
        now_ns = self._clock.monotonic()
        wait_ns = self._next_send_ns - now_ns
        self._next_send_ns = max(now_ns, self._next_send_ns) + int(self._settings.gap_s * NS_PER_S)
        if wait_ns > 0:
            await asyncio.sleep(wait_ns / NS_PER_S)

    def _abort(self, connection: ClientConnection, reason: str) -> None:
        self._end_reason = self._end_reason or self._redactor.sample(reason)
        connection.transport.abort()

    def _why(self, error: Exception) -> str:
        if isinstance(error, InvalidStatus):
            return f"handshake refused with status {error.response.status_code}"
        if isinstance(error, InvalidURI):
            return "the stream's address is no URL"
        if isinstance(error, TimeoutError):
            return "timed out while connecting"
        return self._redactor.sample(f"{type(error).__name__}: {error}")

    def _told_to_wait_s(self, error: Exception) -> float:
        if isinstance(error, RateLimited):
            return error.retry_after_ms / 1_000
        if not isinstance(error, InvalidStatus) or error.response.status_code not in _LIMIT_STATUSES:
            return 0.0
        told_s = retry_after_s(error.response.headers.get("Retry-After"), self._clock.now())
        return _LIMITED_S if told_s is None else told_s


def _stop_if_cancelled() -> None:
    """A task group that fails while its owner is being cancelled loses the cancellation (Python 3.11, 3.12)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _code(error: ConnectionClosed) -> str:
    if error.rcvd is not None:
        return f"code {error.rcvd.code}"
    return f"code {error.sent.code}, by us" if error.sent is not None else "no close frame"

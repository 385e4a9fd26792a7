"""Websocket connections of a sandbox: who hears what, faults on frames, keepalive, slow readers."""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Struct

from mmtui.sandbox.faults import WS_PRIVATE, WS_PUBLIC, Fault, FaultBoard, FaultKind
from mmtui.sandbox.wreck import abort

QUEUE_LIMIT: Final = 20_000
"""Frames that may wait for a slow reader before the connection is closed."""
LARGEST_MESSAGE: Final = 1 << 20
GOODBYE_S: Final = 1.0
"""So long a client may take to answer a close frame."""
CORRUPT_SHARE: Final = 2
"""A corrupted frame is cut to its length divided by this."""


class Keepalive(Struct, frozen=True):
    """How the server keeps a connection: ping every ``ping_s``, close ``pong_s`` after a ping without pong."""

    ping_s: float = 60.0
    pong_s: float = 120.0


class Connection:
    """One client's websocket. Frames leave in the order of ``send``; faults strike on the way.

    ``notes`` is for the venue: what it remembers of this client, such as who logged in. Frames are text unless
    ``binary`` is set.
    """

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, board: FaultBoard) -> None:
        self.keys: dict[Hashable, str] = {}
        self.notes: dict[str, Any] = {}
        self.binary = False
        self._socket = socket
        self._request = request
        self._board = board
        self._queue: deque[tuple[float, str]] = deque()
        self._wake = asyncio.Event()
        self._silent_until: dict[str, float] = {}
        self._held: dict[str, str] = {}
        self._closed = False
        self._pong_due = math.inf
        self._heard_at = asyncio.get_running_loop().time()

    @property
    def quiet_s(self) -> float:
        """Seconds since the client last sent anything, pings included."""
        return asyncio.get_running_loop().time() - self._heard_at

    # ------------------------------------------------------------------------------------------------- what is sent

    def carries(self, target: str) -> bool:
        """True if the client hears a stream of this kind (ws_public or ws_private)."""
        return target in self.keys.values()

    def reply(self, text: str) -> None:
        """Send an answer to something the client said; faults on streams leave it alone."""
        self._enqueue(text, 0.0)

    def send(self, text: str, target: str = WS_PUBLIC, *, sequenced: bool = False) -> None:
        """Send a frame of a stream. ``sequenced`` marks frames whose loss or order a client can notice by number."""
        loop_time = asyncio.get_running_loop().time()
        if self._silent_until.get(target, 0.0) > loop_time:
            return
        fault = self._board.strike_frame(target, sequenced=sequenced)
        if fault is None:
            self._enqueue(text, 0.0)
            if sequenced or target == WS_PRIVATE:
                self._release(target)
            return
        self._strike(fault, text, target)

    def _strike(self, fault: Fault, text: str, target: str) -> None:
        if fault.do is FaultKind.REORDER:
            self._held[target] = text
        elif fault.do is FaultKind.DUPLICATE:
            self._enqueue(text, 0.0)
            self._enqueue(text, 0.0)
        elif fault.do is FaultKind.CORRUPT:
            self._enqueue(text[: len(text) // CORRUPT_SHARE], 0.0)
        elif fault.do is FaultKind.DELAY_MS:
            self._enqueue(text, fault.size_ms / 1_000)
        elif fault.do in (FaultKind.DROP, FaultKind.SILENCE):
            self.strike_now(fault)
        # a gap: the frame is simply not sent

    def strike_now(self, fault: Fault) -> None:
        """Drop the connection, or fall silent on the streams that the fault names."""
        if fault.do is FaultKind.DROP:
            self.drop()
        else:
            until = math.inf if fault.ms is None else asyncio.get_running_loop().time() + fault.ms / 1_000
            self._silent_until[fault.on] = until

    def _release(self, target: str) -> None:
        held = self._held.pop(target, None)
        if held is not None:
            self._enqueue(held, 0.0)

    def _enqueue(self, text: str, delay_s: float) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self.drop()
            return
        self._queue.append((asyncio.get_running_loop().time() + delay_s if delay_s else 0.0, text))
        self._wake.set()

    # ---------------------------------------------------------------------------------------------------- its life

    def drop(self) -> None:
        """End the connection at once, without a close frame."""
        self._closed = True
        abort(self._request)
        self._wake.set()

    async def close(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        """Say goodbye and close."""
        self._closed = True
        self._wake.set()
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.close(code=code)

    async def run(self, on_text: Callable[["Connection", str], None], keepalive: Keepalive) -> None:
        """Serve the connection until either side ends it."""
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            pinger = tasks.create_task(self._ping(keepalive))
            try:
                await self._read(on_text)
            finally:
                self._closed = True
                writer.cancel()
                pinger.cancel()

    async def _read(self, on_text: Callable[["Connection", str], None]) -> None:
        async for message in self._socket:
            self._heard_at = asyncio.get_running_loop().time()
            if message.type is WSMsgType.TEXT:
                on_text(self, message.data)
            elif message.type is WSMsgType.PING:
                with contextlib.suppress(ConnectionError):
                    await self._socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._pong_due = math.inf

    async def _write(self) -> None:
        while not self._closed:
            while self._queue and not self._closed:
                due, text = self._queue.popleft()
                wait_s = due - asyncio.get_running_loop().time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                try:
                    await (self._socket.send_bytes(text.encode()) if self.binary else self._socket.send_str(text))
                except ConnectionError:
                    return
            self._wake.clear()
            if not self._queue:
                await self._wake.wait()

    async def _ping(self, keepalive: Keepalive) -> None:
        loop = asyncio.get_running_loop()
        while not self._closed:
            await asyncio.sleep(min(keepalive.ping_s, keepalive.pong_s))
            if loop.time() >= self._pong_due:
                self.drop()
                return
            with contextlib.suppress(ConnectionError):
                await self._socket.ping()
            if self._pong_due == math.inf:
                self._pong_due = loop.time() + keepalive.pong_s


class Hub:
    """All connections, and who has subscribed to what. A key names a stream; private ones carry the account."""

    def __init__(self, board: FaultBoard) -> None:
        self._board = board
        self._connections: dict[Connection, None] = {}
        self._listeners: dict[Hashable, dict[Connection, None]] = {}

    async def serve(
        self,
        request: web.Request,
        on_text: Callable[[Connection, str], None],
        keepalive: Keepalive | None = None,
        on_open: Callable[[Connection], None] | None = None,
    ) -> web.WebSocketResponse:
        """Shake hands and serve one connection until it ends."""
        socket = web.WebSocketResponse(timeout=GOODBYE_S, autoping=False, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        connection = Connection(socket, request, self._board)
        self._connections[connection] = None
        try:
            if on_open is not None:
                on_open(connection)
            await connection.run(on_text, keepalive or Keepalive())
        finally:
            self._connections.pop(connection, None)
            for key in tuple(connection.keys):
                self.unsubscribe(connection, key)
        return socket

    def subscribe(self, connection: Connection, key: Hashable, target: str = WS_PUBLIC) -> None:
        """Let the connection hear ``key``."""
        connection.keys[key] = target
        self._listeners.setdefault(key, {})[connection] = None

    def unsubscribe(self, connection: Connection, key: Hashable) -> None:
        """The connection hears ``key`` no more."""
        connection.keys.pop(key, None)
        listeners = self._listeners.get(key, {})
        listeners.pop(connection, None)
        if not listeners:
            self._listeners.pop(key, None)

    def heard(self, key: Hashable) -> bool:
        """True if somebody listens to ``key``: spares making frames for nobody."""
        return key in self._listeners

    def publish(self, key: Hashable, text: str, *, sequenced: bool = False) -> None:
        """Send a frame to everybody who listens to ``key``."""
        for connection in tuple(self._listeners.get(key, ())):
            connection.send(text, connection.keys.get(key, WS_PUBLIC), sequenced=sequenced)

    def strike_at_once(self, fault: Fault) -> None:
        """Drop or silence every open connection that carries what the fault names, if there is one."""
        hit = [connection for connection in self._connections if connection.carries(fault.on)]
        if hit and self._board.strike_at_once(fault):
            for connection in hit:
                connection.strike_now(fault)

    def drop_all(self) -> None:
        """End every connection at once."""
        for connection in tuple(self._connections):
            connection.drop()

    async def close_all(self) -> None:
        """Say goodbye to everybody."""
        await asyncio.gather(*(connection.close() for connection in tuple(self._connections)))

"""A websocket venue on loopback, an adapter that can be waited for, and a session between them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import Frame, SocketHandlers, SocketSession, SocketSettings
from mmtui.ports.errors import BadMessage
from tests.unit.loopback import PATIENCE_S, WallClock

HOSTS = HostPolicy("lighter", ("wss://mainnet.zklighter.elliot.ai",))
CANARY = "cAnArY-s3cr3t/+key=="
QUICK = SocketSettings(
    open_s=2.0, login_s=2.0, ping_interval_s=None, first_wait_s=0.01, longest_wait_s=0.05, stable_s=3_600.0
)

Talk = Callable[[ServerConnection], Awaitable[None]]


async def listen(connection: ServerConnection) -> None:
    async for _ in connection:
        pass


class Venue:
    """A websocket server that keeps what it hears, connection by connection."""

    def __init__(self, *talks: Talk) -> None:
        self.talks = list(talks)
        self.heard: list[list[Frame]] = []
        self.paths: list[str] = []
        self.headers: list[Headers] = []
        self.refusals: list[Response] = []
        self.server: Server | None = None
        self.port = 0
        self.word = asyncio.Event()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/stream"

    async def start(self) -> None:
        self.server = await serve(
            self._talk, "127.0.0.1", self.port, process_request=self._greet, ping_interval=None, close_timeout=0.1
        )
        self.port = next(iter(self.server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self.server is not None
        for connection in list(self.server.connections):
            connection.transport.abort()
        self.server.close()
        await self.server.wait_closed()

    def _greet(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.headers.append(request.headers)
        return self.refusals.pop(0) if self.refusals else None

    async def _talk(self, connection: ServerConnection) -> None:
        mine: list[Frame] = []
        self.heard.append(mine)
        talk = self.talks.pop(0) if len(self.talks) > 1 else self.talks[0]
        receive = connection.recv

        async def recv(decode: bool | None = None) -> Frame:
            frame: Frame = await receive(decode)
            mine.append(frame)
            self.word.set()
            return frame

        connection.recv = recv  # type: ignore[method-assign,assignment]
        await talk(connection)


class Adapter:
    """The other side of a session: counts what it is told, and lets tests wait for it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.ups = 0
        self.downs: list[str] = []
        self.subscriptions: list[Frame] = []
        self.changed = asyncio.Condition()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def on_message(self, data: bytes, receive_ns: int) -> bool | None:
        assert receive_ns > 10**18
        if data == b"pong":
            return False
        if data == b"bad":
            raise BadMessage("bad")
        if data == b"bug":
            raise ZeroDivisionError
        self.messages.append(data)
        self._tell()
        return None

    def on_up(self) -> None:
        self.ups += 1
        self._tell()

    def on_down(self, reason: str) -> None:
        self.downs.append(reason)
        self._tell()

    def subscribe(self) -> Iterable[Frame]:
        return list(self.subscriptions)

    @property
    def handlers(self) -> SocketHandlers:
        return SocketHandlers(
            on_message=self.on_message, on_up=self.on_up, on_down=self.on_down, subscriptions=self.subscribe
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(condition)

    def _tell(self) -> None:
        async def notify() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = self._loop.create_task(notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def running(session: SocketSession) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.ensure_future(session.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


@contextlib.asynccontextmanager
async def venue(*talks: Talk) -> AsyncIterator[Venue]:
    place = Venue(*(talks or (listen,)))
    await place.start()
    try:
        yield place
    finally:
        await place.stop()


def session_at(
    place: Venue,
    adapter: Adapter,
    settings: SocketSettings = QUICK,
    proxy: str | None = None,
    handlers: SocketHandlers | None = None,
) -> SocketSession:
    return SocketSession(
        place.url,
        hosts=HOSTS,
        handlers=handlers or adapter.handlers,
        clock=WallClock(),
        proxy=proxy,
        redactor=Redactor([CANARY]),
        settings=settings,
    )

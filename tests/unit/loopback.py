"""Small servers on loopback that misbehave on demand: HTTP, an HTTP proxy, a SOCKS5 proxy; and the real clocks."""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from mmtui.model.units import MonoNs, WallNs

PATIENCE_S = 20.0
"""How long a test waits for what must happen."""

Writer = asyncio.StreamWriter


class WallClock:
    def now(self) -> WallNs:
        return WallNs(time.time_ns())

    def monotonic(self) -> MonoNs:
        return MonoNs(time.monotonic_ns())


class HandClock:
    """Clocks that a test turns by hand."""

    def __init__(self, wall: int = 1_750_793_021_519_000_000, mono: int = 5_000_000_000) -> None:
        self.wall = wall
        self.mono = mono

    def now(self) -> WallNs:
        return WallNs(self.wall)

    def monotonic(self) -> MonoNs:
        return MonoNs(self.mono)

    def pass_ns(self, ns: int) -> None:
        self.wall += ns
        self.mono += ns


class Request(Struct):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def answer(body: bytes, status: int = 200, headers: str = "content-type: application/json\r\n") -> bytes:
    return f"HTTP/1.1 {status} X\r\n{headers}content-length: {len(body)}\r\n\r\n".encode() + body


L = TypeVar("L", bound="Listener")
Handler = Callable[[Request, Writer], Awaitable[None]]


def says(*answers: bytes) -> Handler:
    """Give these answers in turn, the last one for ever."""
    left = list(answers)

    async def handle(_request: Request, writer: Writer) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return handle


async def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head[:-4].split("\r\n")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


class Listener:
    """A server whose connections can all be cut at once."""

    def __init__(self) -> None:
        self.port = 0
        self.accepted = 0
        self._server: asyncio.Server | None = None
        self._writers: set[Writer] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and cut every connection."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # aborted transports close in the loop's next turn

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        raise NotImplementedError

    async def _accept(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self.serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


class HttpServer(Listener):
    """Answers by ``handler``; keeps what it was asked."""

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self.handler = handler
        self.requests: list[Request] = []
        self.asked = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        while (head := await read_head(reader)) is not None:
            method, target, _ = head[0].split(" ")
            body = await reader.readexactly(int(head[1].get("content-length", "0")))
            request = Request(method, target, head[1], body)
            self.requests.append(request)
            self.asked.set()
            await self.handler(request, writer)
            if writer.is_closing():
                return


async def _pump(reader: asyncio.StreamReader, writer: Writer) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def splice(reader: asyncio.StreamReader, writer: Writer, host: str, port: int) -> None:
    """Join a client with the target, both ways, until one of them ends."""
    far_reader, far_writer = await asyncio.open_connection(host, port)
    try:
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    finally:
        far_writer.transport.abort()


class HttpProxy(Listener):
    """CONNECT for streams, the absolute form for plain REST; wants a password if one is given."""

    def __init__(self, password: str = "") -> None:
        super().__init__()
        self.password = password
        self.targets: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = await read_head(reader)
        if head is None:
            return
        method, target, _ = head[0].split(" ")
        wanted = f"Basic {base64.b64encode(f'user:{self.password}'.encode()).decode()}"
        if self.password and head[1].get("proxy-authorization") != wanted:
            writer.write(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n")
            return
        self.targets.append(f"{method} {target}")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await splice(reader, writer, host, int(port))
            return
        parts = urlsplit(target)
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head[1].items() if not name.startswith("proxy-"))
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            far_writer.write(f"{method} {path} HTTP/1.1\r\n{lines}connection: close\r\n\r\n".encode())
            far_writer.write(await reader.readexactly(int(head[1].get("content-length", "0"))))
            await _pump(far_reader, writer)
        finally:
            far_writer.transport.abort()


class SocksProxy(Listener):
    """SOCKS5 with CONNECT only; ``hang`` accepts and never says a word."""

    def __init__(self, *, hang: bool = False) -> None:
        super().__init__()
        self.hang = hang
        self.targets: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        if self.hang:
            await reader.read(-1)
            return
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        if kind == 1:
            host = ".".join(str(part) for part in await reader.readexactly(4))
        else:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.targets.append(f"{host}:{port}")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await splice(reader, writer, host, port)


@contextlib.asynccontextmanager
async def listening(listener: L) -> AsyncIterator[L]:
    """Run a listener for the length of a block."""
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()

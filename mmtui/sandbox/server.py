"""The plumbing of every sandbox: aiohttp on loopback, faults around each request, the simulation driven on the loop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import SettingsError
from mmtui.sandbox.calls import Call, Endpoint
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.control import Control
from mmtui.sandbox.faults import Fault, FaultBoard, FaultKind
from mmtui.sandbox.records import OrderRecord
from mmtui.sandbox.sockets import Hub
from mmtui.sandbox.wire import SpotApart, WireVenue
from mmtui.sandbox.wreck import abort, hold

HOST: Final = "127.0.0.1"
STEP_S: Final = 0.005
"""The simulation is advanced at most this often, so that events that lie close together share one turn."""
IDLE_S: Final = 0.05
BODY_LIMIT: Final = 1 << 20
CURTAIL_S: Final = 0.05
"""So long after its acceptance an order meets partial_then_cancel."""

RawHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BEFORE: Final = (
    FaultKind.ERROR_500_BEFORE,
    FaultKind.RATE_LIMIT,
    FaultKind.BAN,
    FaultKind.REJECT,
    FaultKind.MAINTENANCE,
)
_AFTER: Final = (FaultKind.ERROR_500_AFTER, FaultKind.ERROR_503_AFTER)


class SandboxServer:
    """Serves one venue. ``requests`` counts "METHOD /path", the truth's view of who asked what how often."""

    def __init__(self, venue: WireVenue, clock: SandboxClock, board: FaultBoard, hub: Hub) -> None:
        self.venue = venue
        self.clock = clock
        self.board = board
        self.hub = hub
        self.requests: dict[str, int] = {}
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    # -------------------------------------------------------------------------------------------------------- life

    async def start(self, port: int) -> None:
        """Begin to listen. Raises SettingsError if the port is taken."""
        app = web.Application(client_max_size=BODY_LIMIT)
        for endpoint in self.venue.endpoints():
            app.router.add_route(endpoint.method, endpoint.path, self._serving(endpoint))
        for path, handler in self.venue.sockets():
            app.router.add_get(path, handler)
        Control(self).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, handle_signals=False)
        await self._runner.setup()
        await self._listen(port)

    async def _listen(self, port: int) -> None:
        assert self._runner is not None  # noqa: S101 - start() has made it
        self._site = web.TCPSite(self._runner, HOST, port, reuse_address=True)
        try:
            await self._site.start()
        except OSError as error:
            raise SettingsError(f"--port {port}: {error.strerror}; --port 0 picks a free one") from None
        self.port = self._runner.addresses[0][1]

    async def restart(self, down_s: float) -> None:
        """A drill: the venue goes away with every connection and comes back on the same port, its books intact."""
        assert self._site is not None  # noqa: S101 - we were asked through it
        assert self._runner is not None  # noqa: S101 - the same
        await self._site.stop()
        self.hub.drop_all()
        for connection in self._runner.server.connections if self._runner.server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(down_s)
        await self._listen(self.port)

    async def drive(self) -> None:
        """Let the simulation live in real time; never returns."""
        while True:
            now_ns = self.clock.now_ns()
            self.venue.floor.advance(now_ns)
            self.venue.tick(now_ns)
            due = self.venue.floor.next_time_ns()
            wait_s = IDLE_S if due is None else (due - now_ns) / NS_PER_S
            await asyncio.sleep(min(max(wait_s, STEP_S), IDLE_S))

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self.hub.close_all()
        if self._runner is not None:
            await self._runner.cleanup()

    def listening(self) -> dict[str, Any]:
        """The first line on stdout: where to connect, and as whom."""
        spot = self.venue.spot_ws_path() if isinstance(self.venue, SpotApart) else None
        return {
            "event": "listening",
            "venue": self.venue.name,
            "rest": f"http://{HOST}:{self.port}",
            "ws": f"ws://{HOST}:{self.port}{self.venue.ws_path()}",
            **({} if spot is None else {"spot_ws": f"ws://{HOST}:{self.port}{spot}"}),
            "accounts": self.venue.accounts(),
            "symbols": list(self.venue.floor.instruments),
        }

    # --------------------------------------------------------------------------------------------------- a request

    def _serving(self, endpoint: Endpoint) -> RawHandler:
        name = f"{endpoint.method} {endpoint.path}"

        async def serve(request: web.Request) -> web.StreamResponse:
            self.requests[name] = self.requests.get(name, 0) + 1
            try:
                body = await request.read()
            except ConnectionError:  # the caller died in the middle of its words: nothing was asked
                return web.Response()
            kind = endpoint.kind
            if endpoint.kind_of is not None:
                kind = endpoint.kind_of(body, request.headers.get("Content-Type", ""))
            faults = self.board.strike_request(kind, request.method, request.path)
            return await self._answer(endpoint, request, body, faults)

        return serve

    async def _answer(
        self, endpoint: Endpoint, request: web.Request, body: bytes, faults: list[Fault]
    ) -> web.StreamResponse:
        refusal = await self._before(request, faults)
        if refusal is not None:
            return refusal
        skew_ms = sum(fault.size_ms for fault in faults if fault.do is FaultKind.CLOCK_SKEW_MS)
        now_ns = self.clock.now_ns()
        self.venue.floor.advance(now_ns)
        known = self._open_orders() if any(fault.do is FaultKind.PARTIAL_THEN_CANCEL for fault in faults) else None
        response = endpoint.handler(Call(request, body, now_ns + skew_ms * NS_PER_MS))
        if known is not None:
            fresh = [record for number, record in self._open_orders().items() if number not in known]
            asyncio.get_running_loop().call_later(CURTAIL_S, self._curtail, fresh)
        return await self._after(request, faults, response)

    async def _before(self, request: web.Request, faults: list[Fault]) -> web.Response | None:
        for fault in faults:
            if fault.do is FaultKind.DELAY_MS and not fault.after:
                await asyncio.sleep(fault.size_ms / 1_000)
            elif fault.do is FaultKind.TIMEOUT_BEFORE_ACCEPT:
                await hold(request)
                return web.Response()
            elif fault.do in (FaultKind.RESET, FaultKind.DROP) and not fault.after:
                abort(request)
                return web.Response()
            elif fault.do in _BEFORE:
                return self.venue.fault(fault)
        return None

    async def _after(self, request: web.Request, faults: list[Fault], response: web.Response) -> web.Response:
        for fault in faults:
            if fault.do is FaultKind.DELAY_MS and fault.after:
                await asyncio.sleep(fault.size_ms / 1_000)
            elif fault.do is FaultKind.TIMEOUT_AFTER_ACCEPT:
                await hold(request)
            elif fault.do in (FaultKind.RESET, FaultKind.DROP) and fault.after:
                abort(request)
            elif fault.do in _AFTER:
                return self.venue.fault(fault)
            elif fault.do is FaultKind.CORRUPT and isinstance(response.body, bytes):
                half = response.body[: len(response.body) // 2]
                return web.Response(body=half, status=response.status, content_type=response.content_type)
        return response

    def _open_orders(self) -> dict[int, OrderRecord]:
        records = self.venue.floor.records
        return {row.order_id: row for name in self.venue.floor.accounts for row in records.open_orders(name)}

    def _curtail(self, fresh: list[OrderRecord]) -> None:
        for record in fresh:
            self.venue.floor.curtail(record, self.clock.now_ns())


async def serve(server: SandboxServer, port: int, said: Callable[[dict[str, Any]], None], ended: asyncio.Event) -> None:
    """Listen, say so, and live until ``ended`` is set. Raises SettingsError if the port is taken."""
    await server.start(port)
    said(server.listening())
    driving = asyncio.create_task(server.drive())
    waiting = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({driving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if driving.done():
            driving.result()  # it never ends by itself: what ended it is raised here
    finally:
        for task in (driving, waiting):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await server.stop()

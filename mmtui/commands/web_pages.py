"""The web pages of ``mmtui serve``: textual-serve's, behind a door."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

log = logging.getLogger("mmtui.serve")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_FOCUS: Final = (
    "new MutationObserver(() => document.querySelector('.xterm-helper-textarea')?.focus())"
    ".observe(document.body, {attributes: true});"
)


class Session(AppService):
    """One terminal process behind one page."""

    async def stop(self) -> None:
        """Ask the terminal to leave and wait until its process has gone: it cancels its orders first."""
        await super().stop()
        if self._process is not None:
            await self._process.wait()


class Pages(Server):
    """textual-serve's pages for one person on this machine."""

    def __init__(self, command: str, address: str, port: int, key: str, patience_s: float) -> None:
        host = f"[{address}]" if ":" in address else address
        super().__init__(command, host=host, port=port, title="mmtui", public_url=f"http://{host}:{port}")
        self._authority = f"{host}:{port}"
        self._key = key
        self._cookie = f"mmtui-{port}"
        self._patience_s = patience_s
        self._turn = asyncio.Lock()
        self._closing = False
        self._open: set[web.WebSocketResponse] = set()

    @property
    def address_with_key(self) -> str:
        """What the person opens."""
        return f"{self.public_url}/?key={self._key}"

    async def application(self) -> web.Application:
        """textual-serve's application with our door in front."""
        application = await self._make_app()

        @web.middleware
        async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._door(request, handler)

        application.middlewares.append(door)
        return application

    async def close(self) -> None:
        """Close the pages; each one's terminal stops its strategies before this returns."""
        self._closing = True
        for websocket in list(self._open):
            await websocket.close(code=WSCloseCode.GOING_AWAY)
        async with self._turn:
            return

    async def on_startup(self, app: web.Application) -> None:
        """The command tells the address; textual-serve's banner is not shown."""

    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who has the key and comes from our own page."""
        if request.host != self._authority:
            return _refusal(f"open {self.public_url}, with the key that mmtui serve printed")
        if request.path == "/" and self._fits(request.query.get("key")):
            response = web.HTTPFound("/")
            response.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            response.headers.update(HEADERS)
            raise response
        if not self._fits(request.cookies.get(self._cookie)):
            return _refusal("open the whole address that mmtui serve printed, with its key")
        if request.path == "/ws" and request.headers.get("Origin") != self.public_url:
            return _refusal("another page may not use the terminal")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(HEADERS)
            answer.headers["Content-Security-Policy"] = (
                f"default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws://{self._authority}; "
                "frame-ancestors 'none'"
            )
        return answer

    def _fits(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self._key.encode())

    async def handle_index(self, request: web.Request) -> Any:  # noqa: ANN401 - textual-serve says dict, its decorator a page
        """textual-serve's page, with the keyboard in the terminal from the first byte on."""
        page: Any = await super().handle_index(request)
        page.text = page.text.replace("</body>", f"<script>{_FOCUS}</script></body>")
        return page

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a terminal for a page, once that of the page before has ended: one engine trades at a time."""
        websocket = web.WebSocketResponse(heartbeat=15)
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turn.acquire()
        except TimeoutError:
            raise web.HTTPConflict(text="another page has the terminal; close it first") from None
        try:
            if self._closing:
                raise web.HTTPServiceUnavailable(text="mmtui serve is ending")
            await websocket.prepare(request)
            self._open.add(websocket)
            await self._converse(request, websocket)
        finally:
            self._open.discard(websocket)
            self._turn.release()
        return websocket

    async def _converse(self, request: web.Request, websocket: web.WebSocketResponse) -> None:
        async def close() -> None:
            await websocket.close()

        session = Session(
            self.command, write_bytes=websocket.send_bytes, write_str=websocket.send_str, close=close,
            download_manager=self.download_manager,
        )  # fmt: skip
        width, height = (to_int(request.query.get(name, ""), most) for name, most in (("width", 80), ("height", 24)))
        await session.start(width, height)
        try:
            await self._process_messages(websocket, session)
        except (ValueError, LookupError, TypeError, AssertionError) as error:
            log.warning("a message of the page was not understood: %s", error)
        finally:
            await asyncio.shield(session.stop())


def _refusal(text: str) -> web.Response:
    return web.Response(status=HTTPStatus.FORBIDDEN, text=f"mmtui: {text}\n", headers=HEADERS)

"""REST over httpx: one client per account, every outcome said in the words that matter for orders.

What was certainly not sent is ``Unreachable``, what may have been done is ``Ambiguous``, what is to wait is
``RateLimited``, what cannot be read of a question is ``BadMessage``. POST, PUT and DELETE are never repeated by
themselves; a GET is tried three times. Answers below 500 are given back, refusals too: the venue's adapter reads them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Self

import httpx
import msgspec
from msgspec import Struct

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.budget import Kind, Ticket
from mmtui.exchanges.shared.clock_offset import Reading, read_clock
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.pauses import Pauses, retry_after_s
from mmtui.exchanges.shared.proxies import proxy_route
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.units import NS_PER_MS, MonoNs
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Ambiguous, BadMessage, BugError, RateLimited, Unreachable, VenueError

_GET_TRIES = 3
_REDIRECT = 300
_SERVER_ERROR = 500
_BANNED = 418
_POOL = 64


class HttpSettings(Struct, frozen=True, kw_only=True):
    """Times in seconds, sizes in bytes.

    ``total_s`` bounds one try from connecting to the last byte. ``limit_statuses`` are the answers that mean "not
    now, and certainly not done"; without a Retry-After the pause is ``pause_s``, doubled with each such answer in a row
    up to ``max_pause_s`` (after 418 at least ``ban_s``). ``queries_at_once`` keeps slow questions from taking every
    connection.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 15.0
    idle_connection_s: float = 15.0
    max_body: int = 16 * 1024 * 1024
    limit_statuses: tuple[int, ...] = (429, _BANNED)
    pause_s: float = 1.0
    max_pause_s: float = 60.0
    ban_s: float = 120.0
    queries_at_once: int = 8
    user_agent: str = "mmtui"


class HttpAnswer(Struct, frozen=True):
    """An answer. Header names are lower case. ``sent`` and ``received`` are our clocks around it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    sent: Reading
    received: Reading

    def __repr__(self) -> str:
        return f"HttpAnswer({self.status}, {len(self.body)} bytes)"


class Parts(Struct, frozen=True):
    """What a signer makes of a request; its repr shows nothing."""

    query: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return "Parts(hidden)"


_NO_PARTS = Parts()


class _Failed(Exception):
    """One try failed; ``error`` is what it means, ``again`` whether a GET may be tried again."""

    def __init__(self, error: VenueError, *, again: bool = True) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again


class HttpSession:
    """One base URL, reached through the account's one client.

    Args:
        base_url: scheme, host and perhaps a path; checked against ``hosts``.
        hosts: the venue's addresses.
        limiter: the account's rate limiter.
        clock: the machine's clocks.
        proxy: http, https, socks5 or socks5h; None: none (the environment's proxies are not looked at).
        redactor: knows the account's secrets.
        settings: timeouts and bounds.

    Raises:
        SettingsError: base URL or proxy cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        hosts: HostPolicy,
        limiter: RateLimiter,
        clock: Clock,
        proxy: str | None = None,
        redactor: Redactor | None = None,
        settings: HttpSettings | None = None,
    ) -> None:
        self.base_url = hosts.check(base_url, "rest_url")
        self._hosts = hosts
        self._limiter = limiter
        self._clock = clock
        self._redactor = Redactor() if redactor is None else redactor
        self._settings = HttpSettings() if settings is None else settings
        self._queries = asyncio.Semaphore(self._settings.queries_at_once)
        self._pauses = Pauses(self._settings.pause_s, self._settings.max_pause_s)
        self._client = _client(self._settings, proxy, self._redactor)

    def at(self, base_url: str) -> "HttpSession":
        """The same client, limiter and secrets at another of the venue's addresses. Raises SettingsError."""
        other = object.__new__(HttpSession)
        other.__dict__.update(self.__dict__)
        other.base_url = self._hosts.check(base_url, "rest_url")
        return other

    async def close(self) -> None:
        """Close the client, for every base URL that shares it."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        kind: Kind,
        parts: Parts | Callable[[], Parts] = _NO_PARTS,
        costs: Mapping[str, int] | None = None,
        expect_json: bool = True,
    ) -> HttpAnswer:
        """Send one request and give its answer back, whatever it says, up to status 499.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: begins with a slash, without a query; appended to the base URL.
            kind: cancel, order or query: its place in the limiter's queue.
            parts: encoded query (without ``?``), body and headers (Content-Type among them); all sent exactly so. A
                signer is a function: it is called anew before every try, after the wait for room, so that time
                stamps and nonces are fresh.
            costs: units per rate rule; None: one of each.
            expect_json: an answer that is no JSON is a failure.

        Raises:
            Unreachable: nothing was sent, and that is certain.
            Ambiguous: sent, and what became of it is not known (timeout, reset, 5xx, unreadable).
            RateLimited: refused for now, by the venue or by our own budget.
            BadMessage: a GET was answered with what cannot be read.
        """
        if not path.startswith("/") or any(sign in path for sign in "?# \\\r\n"):
            raise BugError("a path begins with / and holds no query")

        def call() -> httpx.Request:
            return self._build(method, path, parts() if callable(parts) else parts)

        tries = _GET_TRIES if method == "GET" else 1
        backoff = Backoff()
        while True:
            tries -= 1
            try:
                return await self._turn(call, kind, costs, expect_json=expect_json)
            except _Failed as failed:
                if not tries or not failed.again:
                    raise failed.error from None
            await asyncio.sleep(backoff.next_s())

    async def _turn(
        self, call: Callable[[], httpx.Request], kind: Kind, costs: Mapping[str, int] | None, *, expect_json: bool
    ) -> HttpAnswer:
        """Wait for room, sign, try once, settle the charge."""
        async with contextlib.AsyncExitStack() as stack:
            if kind is Kind.QUERY:
                await stack.enter_async_context(self._queries)
            ticket = await self._limiter.acquire(costs, kind)
            try:
                request = self._signed(call, ticket)
                answer = await self._try(request, ticket)
            finally:
                self._limiter.settle(ticket)
        return self._judge(request, answer, expect_json=expect_json)

    def _signed(self, call: Callable[[], httpx.Request], ticket: Ticket) -> httpx.Request:
        built = False
        try:
            request = call()
            built = True
        finally:
            if not built:
                self._limiter.refund(ticket)
        return request

    def _build(self, method: str, path: str, parts: Parts) -> httpx.Request:
        url = f"{self.base_url}{path}?{parts.query}" if parts.query else f"{self.base_url}{path}"
        return self._client.build_request(method, url, content=parts.body, headers=dict(parts.headers))

    async def _try(self, request: httpx.Request, ticket: Ticket) -> HttpAnswer:
        sent = False

        async def watch(event: str, info: Mapping[str, object]) -> None:
            # The request to the proxy (CONNECT) is not yet the request.
            nonlocal sent
            if event.endswith(".send_request_headers.started"):
                sent = sent or getattr(info.get("request"), "method", b"") != b"CONNECT"

        request.extensions["trace"] = watch
        started = read_clock(self._clock)
        try:
            async with asyncio.timeout(self._settings.total_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._read(request, response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError, OSError) as error:
            reason = f"{_called(request)}: {self._why(error)}"
            if sent:
                raise _Failed(Ambiguous(reason)) from None
            self._limiter.refund(ticket)
            raise _Failed(Unreachable(f"{reason}; nothing was sent")) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status_code, body, headers, started, read_clock(self._clock))

    async def _read(self, request: httpx.Request, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._settings.max_body:
                reason = f"{_called(request)}: the answer is larger than {self._settings.max_body} bytes"
                raise _Failed(_unreadable(request, reason), again=False)
            parts.append(part)
        return b"".join(parts)

    def _judge(self, request: httpx.Request, answer: HttpAnswer, *, expect_json: bool) -> HttpAnswer:
        if answer.status in self._settings.limit_statuses:
            raise self._limited(request, answer)
        self._pauses.accepted(answer.sent.mono)
        if answer.status >= _SERVER_ERROR:
            raise _Failed(Ambiguous(self._shown(request, answer)))
        if expect_json and not _is_json(answer.body):
            reason = f"{self._shown(request, answer)} (no JSON)"
            raise _Failed(_unreadable(request, reason), again=answer.status < _REDIRECT)
        return answer

    def _limited(self, request: httpx.Request, answer: HttpAnswer) -> RateLimited:
        told_s = retry_after_s(answer.headers.get("retry-after"), answer.received.wall)
        least_s = self._settings.ban_s if answer.status == _BANNED else 0.0
        now_ns = answer.received.mono
        until_ns = self._pauses.until_ns(answer.sent.mono, now_ns, told_s, least_s)
        self._limiter.penalise(MonoNs(until_ns))
        return RateLimited(max(1, (until_ns - now_ns) // NS_PER_MS), self._shown(request, answer))

    def _shown(self, request: httpx.Request, answer: HttpAnswer) -> str:
        return f"{_called(request)}: status {answer.status}: {self._redactor.sample(answer.body)}"

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return f"timed out ({type(error).__name__})"
        if isinstance(error, httpx.LocalProtocolError):
            return type(error).__name__  # its text quotes the header it dislikes
        return self._redactor.sample(f"{type(error).__name__}: {error}")


def _client(settings: HttpSettings, proxy: str | None, redactor: Redactor) -> httpx.AsyncClient:
    route = proxy_route(proxy)
    if route is not None:
        redactor.register(route.password)
    for name in ("httpx", "httpcore"):
        # They log addresses, and when told to debug also headers: signed ones.
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        logging.getLogger(name).propagate = False
    return httpx.AsyncClient(
        timeout=httpx.Timeout(settings.read_s, connect=settings.connect_s, pool=settings.connect_s),
        limits=httpx.Limits(
            max_connections=_POOL, max_keepalive_connections=_POOL, keepalive_expiry=settings.idle_connection_s
        ),
        headers={"user-agent": settings.user_agent, "accept-encoding": "gzip"},
        proxy=None if route is None else route.http,
        trust_env=False,
        follow_redirects=False,
    )


def _called(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


def _unreadable(request: httpx.Request, reason: str) -> VenueError:
    return BadMessage(reason) if request.method == "GET" else Ambiguous(reason)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last for nesting beyond all reason
        return False
    return True

"""Puts the parts of Websea together for one account."""

import asyncio
import contextlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpSession, HttpSettings
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.websea.account_feed import AccountFeed
from mmtui.exchanges.websea.books import Books
from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import (
    LEGACY_MARKET_PATH,
    LEGACY_REST_URL,
    LEGACY_SOCKET_URL,
    LIMIT_PAUSE_S,
    MARKET_PATH,
    ORDER_PATH,
    PRIVATE_SOCKET,
    PUBLIC_SOCKET,
    RATE_RULES,
    REST_URL,
    SOCKET_URL,
    MarginMode,
    PathStyle,
    host_policy,
)
from mmtui.exchanges.websea.feed import OpenSocket, WebseaFeed
from mmtui.exchanges.websea.instruments import Fees, Listing
from mmtui.exchanges.websea.order_reads import OrderReads
from mmtui.exchanges.websea.own_orders import KeptNames, OwnOrders
from mmtui.exchanges.websea.positions import Positions
from mmtui.exchanges.websea.reports import WebseaReports
from mmtui.exchanges.websea.signing import Signer
from mmtui.exchanges.websea.trading import Margin, WebseaTrading
from mmtui.model.events import Event, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError
from mmtui.ports.venue import EventSink

_PRIVATE_FIRST_S: Final = 5.0
"""How long market data waits for the account's stream, so that no order is placed whose fills nobody would hear."""
_MOST_ERROR_NS: Final = 5 * NS_PER_S
_MAX_SKEW_NS: Final = 60 * NS_PER_S


class WebseaAccess(Struct, frozen=True, kw_only=True):
    """Where to connect, and as whom. Without credentials only market data can be read. Its repr shows nothing.

    URLs that are None are those of the path style. ``ws_url`` is the host alone: its paths are the venue's.
    ``allowed_hosts``: origins beyond the venue's and loopback.
    """

    token: str | None = None
    secret: str | None = None
    rest_url: str | None = None
    ws_url: str | None = None
    proxy: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    style: PathStyle = PathStyle.V1
    mode: MarginMode = MarginMode.CROSS
    leverage: int = 10
    fees: Fees = Fees()

    @property
    def is_legacy(self) -> bool:
        """True where the old paths are spoken."""
        return self.style is PathStyle.LEGACY

    @property
    def rest_at(self) -> str:
        """REST address."""
        return self.rest_url or (LEGACY_REST_URL if self.is_legacy else REST_URL)

    @property
    def sockets_at(self) -> str:
        """Address of the sockets, without their paths."""
        url = (self.ws_url or (LEGACY_SOCKET_URL if self.is_legacy else SOCKET_URL)).rstrip("/")
        for path in (MARKET_PATH, ORDER_PATH, LEGACY_MARKET_PATH):
            url = url.removesuffix(path)
        return url

    @property
    def market_path(self) -> str:
        """Path of the public socket."""
        return LEGACY_MARKET_PATH if self.is_legacy else MARKET_PATH

    def __repr__(self) -> str:
        return "WebseaAccess(hidden)"


class WebseaTiming(Struct, frozen=True, kw_only=True):
    """Time-outs and intervals; ``book_s`` lies between two looks at a book while nothing is heard of it."""

    http: HttpSettings = HttpSettings(pause_s=LIMIT_PAUSE_S, limit_statuses=(429,))
    public: SocketSettings = PUBLIC_SOCKET
    private: SocketSettings = PRIVATE_SOCKET
    book_s: float = 1.0


_USUAL: Final = WebseaTiming()


class WebseaSession:
    """One account on Websea behind the ports.

    Attributes:
        account: its name in events.
        listing: the instrument source.
        feed: market data.
        client: the trading client, None without credentials.
        reports: answers about the account, None without credentials.
        books: books and touches.
        calls: the REST host.
        offset: the venue's clock.
        redactor: knows the secrets.
        limiter: the rate budget, for the screens.
    """

    feed: WebseaFeed
    books: Books

    def __init__(
        self, account: str, http: HttpSession, calls: Calls, listing: Listing, limiter: RateLimiter, redactor: Redactor
    ) -> None:
        self.account = account
        self.calls = calls
        self.listing = listing
        self.client: WebseaTrading | None = None
        self.reports: WebseaReports | None = None
        self.positions: Positions | None = None
        self.own: OwnOrders | None = None
        self.offset = calls.offset
        self.redactor = redactor
        self.limiter = limiter
        self._http = http
        self._reads: OrderReads | None = None
        self._watched: tuple[Instrument, ...] = ()

    async def start(self) -> Sequence[Instrument]:
        """List the contracts, which measures the venue's clock, and ask something only the account may ask.

        Raises:
            SettingsError: this machine's clock is too wrong.
            Refused: the venue refuses token or signature.
            VenueError: the venue cannot be reached.
        """
        found = await self.listing.instruments()
        if self.offset.skew_ms is not None:  # no call tells the time: without a Date header ours must do
            self.offset.require(_MOST_ERROR_NS)
        if self._reads is not None:
            await self._reads.open_rows(found[0].symbol)
        return found

    async def instruments(self) -> Sequence[Instrument]:
        """All contracts. Raises VenueError."""
        return await self.listing.instruments()

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Choose the books whose data ``run`` streams; of several accounts on one book only one should watch it."""
        self._watched = tuple(instruments)

    async def run(self, sink: EventSink) -> None:
        """Stream account and watched books until cancelled; the account's stream begins first."""
        private_up = asyncio.Event()

        def hear(event: Event) -> None:
            if type(event) is StreamUp:
                private_up.set()
            sink(event)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.offset.keep(self.calls.measure_time), name="websea clock")
            if self.client is not None:
                tasks.create_task(self.client.run(hear), name="websea account")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PRIVATE_FIRST_S):
                        await private_up.wait()
            if self._watched:
                tasks.create_task(self.feed.run(self._watched, sink), name="websea feed")

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """The leverage of opening orders from now on; a position that is held has its own. Raises Refused, VenueError.

        The venue has no call for it: it goes with every opening order.
        """
        if self.client is None:
            raise SettingsError(f"accounts.{self.account}: has no credentials, so leverage cannot be set")
        return await self.client.set_leverage(leverage, instrument)

    async def close(self, *, disarm: bool = True) -> None:  # noqa: ARG002 - the venue has no dead-man's switch
        """Close the connections; after it nothing can be asked or cancelled."""
        await self._http.close()

    def join_account(
        self,
        access: WebseaAccess,
        signer: Signer,
        open_socket: OpenSocket,
        clock: Clock,
        settings: SocketSettings,
        names: KeptNames | None,
    ) -> None:
        """Give the session what only an account with credentials has."""
        known, calls, mode = self.listing.known, self.calls, access.mode
        own = OwnOrders(names)
        positions = Positions(self.account, calls, known, mode, clock)
        reads = OrderReads(self.account, calls, known, own, positions, mode, clock)
        path = None if access.is_legacy else ORDER_PATH
        feed = AccountFeed(reads, signer, open_socket, path, clock, self.redactor, settings)
        self.own, self.positions, self._reads = own, positions, reads
        self.client = WebseaTrading(
            calls, reads, positions, self.books, feed, known, Margin(mode, access.leverage), clock
        )
        self.reports = WebseaReports(calls, reads, positions, known, mode, clock)


def open_websea(
    account: str,
    access: WebseaAccess,
    clock: Clock,
    *,
    names: KeptNames | None = None,
    limiter: RateLimiter | None = None,
    redactor: Redactor | None = None,
    timing: WebseaTiming = _USUAL,
) -> WebseaSession:
    """Make the session of one account. Nothing is sent before ``start``, ``instruments`` or ``run``.

    Args:
        account: its name in events.
        access: addresses and credentials, resolved.
        clock: the machine's clocks.
        names: of the orders of earlier runs; None: they are strangers'.
        limiter: of another session with the same key; None: a fresh one.
        redactor: to register the secrets with; None: one of its own.
        timing: time-outs.

    Raises:
        SettingsError: an address or the proxy cannot be used.
        SecretsError: the credentials cannot be used.
    """
    redactor = Redactor() if redactor is None else redactor
    for secret in (access.token, access.secret):
        redactor.register(secret or "")
    hosts = host_policy(access.allowed_hosts)
    limiter = RateLimiter(RATE_RULES, clock, account) if limiter is None else limiter
    http = HttpSession(
        access.rest_at, hosts=hosts, limiter=limiter, clock=clock, proxy=access.proxy, redactor=redactor,
        settings=timing.http,
    )  # fmt: skip
    hosts.check(access.sockets_at, "ws_url")
    offset = ClockOffset(clock, _MAX_SKEW_NS)
    signer = None
    if access.token is not None and access.secret is not None:
        signer = Signer(access.token, access.secret, offset.venue_now)

    def open_socket(path: str, handlers: SocketHandlers, settings: SocketSettings) -> SocketSession:
        return SocketSession(
            access.sockets_at + path, hosts=hosts, handlers=handlers, clock=clock, proxy=access.proxy,
            redactor=redactor, settings=settings,
        )  # fmt: skip

    calls = Calls(http, offset, signer, redactor, access.style)
    session = WebseaSession(account, http, calls, Listing(calls, access.fees), limiter, redactor)
    session.books = Books(calls, session.listing.known, clock)
    session.feed = WebseaFeed(
        calls, session.books, open_socket, clock, redactor, access.market_path, settings=timing.public,
        book_s=timing.book_s,
    )  # fmt: skip
    if signer is not None:
        session.join_account(access, signer, open_socket, clock, timing.private, names)
    return session

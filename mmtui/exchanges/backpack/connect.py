"""Puts the parts of Backpack together for one account."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from mmtui.exchanges.backpack.decode_account import AccountDecoder
from mmtui.exchanges.backpack.facts import (
    FACTS,
    PRIVATE_SOCKET,
    PUBLIC_SOCKET,
    RATE_RULES,
    REST_URL,
    STREAM_URL,
    VENUE,
)
from mmtui.exchanges.backpack.feed import BackpackFeed
from mmtui.exchanges.backpack.funding import FundingWatch
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.instruments import Listing, read_account, set_leverage
from mmtui.exchanges.backpack.private_stream import PrivateStream
from mmtui.exchanges.backpack.reports import BackpackReports
from mmtui.exchanges.backpack.rest import BackpackRest
from mmtui.exchanges.backpack.signing import Signer
from mmtui.exchanges.backpack.trading import BackpackTrading
from mmtui.exchanges.backpack.wire import AccountAnswer
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.http import HttpSession, HttpSettings
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import Event, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink

_PRIVATE_FIRST_S = 5.0
"""How long market data waits for the account's stream, so that no order is placed whose fills nobody would hear."""


class BackpackAccess(Struct, frozen=True, kw_only=True):
    """Where to connect, and as whom. Without key and secret only market data can be read. Its repr shows nothing.

    ``rest_url`` and ``ws_url`` None: the venue's own. ``allowed_hosts`` are origins beyond the venue's and loopback.
    """

    key: str | None = None
    secret: str | None = None
    rest_url: str | None = None
    ws_url: str | None = None
    proxy: str | None = None
    allowed_hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "BackpackAccess(hidden)"


class BackpackTiming(Struct, frozen=True, kw_only=True):
    """How long to wait for what."""

    http: HttpSettings = HttpSettings()
    public: SocketSettings = PUBLIC_SOCKET
    private: SocketSettings = PRIVATE_SOCKET


_USUAL = BackpackTiming()


class BackpackSession:
    """One account on Backpack behind the ports.

    Attributes:
        account: its name in events.
        facts: what the venue can do.
        listing: the instrument source.
        feed: market data.
        client: the trading client, None without credentials.
        reports: answers about the account, None without credentials.
        offset: the venue's clock.
        redactor: knows the secrets.
        limiter: the rate budget, for the screens.
    """

    facts = FACTS

    def __init__(
        self,
        account: str,
        rest: BackpackRest,
        http: HttpSession,
        feed: BackpackFeed,
        limiter: RateLimiter,
        clock: Clock,
        redactor: Redactor,
    ) -> None:
        self.account = account
        self.feed = feed
        self.limiter = limiter
        self.redactor = redactor
        self.listing = Listing(rest)
        self.client: BackpackTrading | None = None
        self.reports: BackpackReports | None = None
        self.offset = rest.offset
        self._rest = rest
        self._http = http
        self._funding = FundingWatch(account, rest, clock)
        self._watched: tuple[Instrument, ...] = ()

    async def start(self) -> Sequence[Instrument]:
        """Measure the venue's clock, check the key and list the instruments: what must be green before a run.

        Raises:
            SettingsError: this machine's clock is too wrong.
            VenueError: the venue cannot be reached, or refuses the key.
        """
        await self._rest.measure_time()
        self.offset.require()
        return await self.listing.instruments()

    async def instruments(self) -> Sequence[Instrument]:
        """All spot and perp markets that are open. Raises VenueError, SettingsError."""
        return await self.listing.instruments()

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Choose the markets whose data ``run`` streams; of several accounts on one book only one should watch it."""
        self._watched = tuple(instruments)

    async def run(self, sink: EventSink) -> None:
        """Stream account and watched markets until cancelled; the account's stream begins first."""
        private_up = asyncio.Event()

        def hear(event: Event) -> None:
            if type(event) is StreamUp:
                private_up.set()
            sink(event)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.offset.keep(self._rest.measure_time), name="backpack clock")
            if self.client is not None:
                tasks.create_task(self.client.run(hear), name="backpack account")
                tasks.create_task(self._funding.run(sink), name="backpack funding")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PRIVATE_FIRST_S):
                        await private_up.wait()
            if self._watched:
                tasks.create_task(self.feed.run(self._watched, sink), name="backpack feed")

    async def account_settings(self) -> AccountAnswer:
        """Fees, leverage and habits of the account. Raises VenueError, SettingsError."""
        return await read_account(self._rest)

    async def set_leverage(self, leverage: Decimal, _instrument: Instrument | None = None) -> Decimal:
        """Set the leverage, here of the whole account, and read it back. Raises Refused, VenueError, SettingsError."""
        return await set_leverage(self._rest, leverage)

    async def close(self, *, disarm: bool = True) -> None:  # noqa: ARG002 - Backpack has no dead-man's switch
        """Close the connections; after it nothing can be asked or cancelled."""
        await self._http.close()


def open_backpack(
    account: str,
    access: BackpackAccess,
    clock: Clock,
    *,
    ids: ClientIds | None = None,
    polled: Callable[[PolledBook], None] | None = None,
    redactor: Redactor | None = None,
    best_prices: bool = False,
    timing: BackpackTiming = _USUAL,
) -> BackpackSession:
    """Make the session of one account. Nothing is sent before ``start``, ``instruments`` or ``run``.

    Args:
        account: its name in events.
        access: addresses and credentials, resolved.
        clock: the machine's clocks.
        ids: client order ids of an instance that keeps them; None: a fresh book.
        polled: takes books read by REST while the public stream is down.
        redactor: to register the secrets with; None: one of its own.
        best_prices: stream best prices too; the books contain them.
        timing: how long to wait for what.

    Raises:
        SettingsError: an address or the proxy cannot be used.
        SecretsError: key or secret cannot be used.
    """
    redactor = Redactor() if redactor is None else redactor
    for secret in (access.secret, access.key):
        redactor.register(secret or "")
    signer = None if access.key is None or access.secret is None else Signer(access.key, access.secret)
    hosts = HostPolicy(VENUE, (REST_URL, STREAM_URL), access.allowed_hosts)
    limiter = RateLimiter(RATE_RULES, clock, account)
    http = HttpSession(
        access.rest_url or REST_URL, hosts=hosts, limiter=limiter, clock=clock, proxy=access.proxy, redactor=redactor,
        settings=timing.http,
    )  # fmt: skip

    def open_socket(handlers: SocketHandlers, settings: SocketSettings) -> SocketSession:
        return SocketSession(
            access.ws_url or STREAM_URL, hosts=hosts, handlers=handlers, clock=clock, proxy=access.proxy,
            redactor=redactor, settings=settings,
        )  # fmt: skip

    hosts.check(access.ws_url or STREAM_URL, "ws_url")
    rest = BackpackRest(http, ClockOffset(clock), signer, redactor)
    feed = BackpackFeed(
        rest, open_socket, clock, redactor, polled=polled, best_prices=best_prices, settings=timing.public
    )
    session = BackpackSession(account, rest, http, feed, limiter, clock, redactor)
    if signer is not None:
        ids = ClientIds(clock.now()) if ids is None else ids
        decoder = AccountDecoder(account, ids, redactor)
        private = PrivateStream(account, rest, signer, decoder, open_socket, clock, timing.private)
        session.client = BackpackTrading(account, rest, ids, clock, session.listing.forms, private.run)
        session.reports = BackpackReports(account, rest, ids, clock, session.listing)
    return session

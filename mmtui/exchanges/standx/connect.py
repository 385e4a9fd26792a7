"""Puts the parts of StandX together for one account."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpSession, HttpSettings
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.standx.account_frames import AccountDecoder
from mmtui.exchanges.standx.account_rows import AccountRows
from mmtui.exchanges.standx.account_terms import AccountTerms
from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.facts import (
    FACTS,
    LOGIN_URL,
    ORDER_PATH,
    PRIVATE_SOCKET,
    PUBLIC_SOCKET,
    RATE_RULES,
    REST_URL,
    SOCKET_URL,
    STREAM_PATH,
    host_policy,
)
from mmtui.exchanges.standx.feed import OpenSocket, StandxFeed
from mmtui.exchanges.standx.funding import FundingWatch
from mmtui.exchanges.standx.instruments import Listing
from mmtui.exchanges.standx.login import Entry, GivenEntry, WalletEntry
from mmtui.exchanges.standx.passport import Passport
from mmtui.exchanges.standx.private_stream import PrivateStream
from mmtui.exchanges.standx.reports import StandxReports
from mmtui.exchanges.standx.results import Results
from mmtui.exchanges.standx.signing import Wallet
from mmtui.exchanges.standx.trading import StandxTrading
from mmtui.model.events import Event, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError
from mmtui.ports.venue import EventSink

_PRIVATE_FIRST_S: Final = 5.0
"""How long market data waits for the account's stream, so that no order is placed whose fills nobody would hear."""


class StandxAccess(Struct, frozen=True, kw_only=True):
    """Where to connect, and as whom. Without credentials only market data can be read. Its repr shows nothing.

    ``wallet_key`` logs in; ``token`` with ``signing_key`` does without it. URLs that are None are the venue's own;
    with ``rest_url`` logins go there too. ``ws_url`` is the host alone: its two paths are the venue's.
    ``allowed_hosts``: origins beyond the venue's and loopback.
    """

    wallet_key: str | None = None
    token: str | None = None
    signing_key: str | None = None
    rest_url: str | None = None
    ws_url: str | None = None
    proxy: str | None = None
    allowed_hosts: tuple[str, ...] = ()

    @property
    def rest_at(self) -> str:
        """REST address."""
        return self.rest_url or REST_URL

    @property
    def login_at(self) -> str:
        """Address of logins."""
        return self.rest_url or LOGIN_URL

    @property
    def sockets_at(self) -> str:
        """Address of the sockets, without their paths."""
        url = (self.ws_url or SOCKET_URL).rstrip("/")
        return url.removesuffix(STREAM_PATH).removesuffix(ORDER_PATH)

    def __repr__(self) -> str:
        return "StandxAccess(hidden)"


class StandxTiming(Struct, frozen=True, kw_only=True):
    """Time-outs and intervals."""

    http: HttpSettings = HttpSettings()
    public: SocketSettings = PUBLIC_SOCKET
    private: SocketSettings = PRIVATE_SOCKET


_USUAL: Final = StandxTiming()


class StandxSession:
    """One account on StandX behind the ports.

    Attributes:
        account: its name in events.
        facts: what the venue can do.
        listing: the instrument source.
        feed: market data.
        client: the trading client, None without credentials.
        reports: answers about the account, None without credentials.
        terms: leverage and margin mode, None without credentials.
        passport: the credentials, None without any.
        results: the order socket, None without credentials.
        calls: the REST host.
        offset: the venue's clock.
        redactor: knows the secrets.
        limiter: the rate budget, for the screens.
    """

    facts = FACTS
    feed: StandxFeed

    def __init__(self, account: str, http: HttpSession, calls: Calls, limiter: RateLimiter, redactor: Redactor) -> None:
        self.account = account
        self.calls = calls
        self.listing = Listing(calls)
        self.client: StandxTrading | None = None
        self.reports: StandxReports | None = None
        self.terms: AccountTerms | None = None
        self.passport: Passport | None = None
        self.results: Results | None = None
        self.offset = calls.offset
        self.redactor = redactor
        self.limiter = limiter
        self._http = http
        self._funding: FundingWatch | None = None
        self._watched: tuple[Instrument, ...] = ()

    async def start(self) -> Sequence[Instrument]:
        """Measure the venue's clock, log in, list the markets: what must be green before a run.

        Raises:
            SettingsError: this machine's clock is too wrong.
            Refused: the venue refuses the login or the token.
            VenueError: the venue cannot be reached.
        """
        await self.calls.measure_time()
        self.offset.require()
        found = await self.listing.instruments()
        if self.client is not None:
            await self.client.check(found[0].symbol)  # a token that is not taken shows here, not at the first order
        return found

    async def instruments(self) -> Sequence[Instrument]:
        """All perps that trade. Raises VenueError."""
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
            tasks.create_task(self.offset.keep(self.calls.measure_time), name="standx clock")
            if self.client is not None and self._funding is not None and self.passport is not None:
                tasks.create_task(self.passport.keep(), name="standx login")
                tasks.create_task(self.client.run(hear), name="standx account")
                tasks.create_task(self._funding.run(sink), name="standx funding")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PRIVATE_FIRST_S):
                        await private_up.wait()
            if self._watched:
                tasks.create_task(self.feed.run(self._watched, sink), name="standx feed")

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """Set the leverage of one perp and read it back. Raises Refused, VenueError."""
        if self.terms is None:
            raise SettingsError(f"accounts.{self.account}: has no credentials, so leverage cannot be set")
        return await self.terms.set_leverage(leverage, instrument)

    async def close(self, *, disarm: bool = True) -> None:  # noqa: ARG002 - the venue has no dead-man's switch
        """Close the connections; after it nothing can be asked or cancelled."""
        await self._http.close()

    def join_account(self, passport: Passport, open_socket: OpenSocket, clock: Clock, settings: SocketSettings) -> None:
        """Give the session what only an account with credentials has."""
        rows = AccountRows(self.account, self.listing.known)
        funding = FundingWatch(self.account, self.calls, clock)
        results = Results(passport, open_socket, ORDER_PATH, clock, self.redactor, settings)
        stream = PrivateStream(
            self.account, passport, AccountDecoder(rows, self.redactor), open_socket, STREAM_PATH, clock, settings
        )
        self.passport, self.results, self._funding = passport, results, funding
        self.client = StandxTrading(self.account, self.calls, results, stream, clock, funding.traded)
        self.reports = StandxReports(self.calls, rows, clock)
        self.terms = AccountTerms(self.calls)


def open_standx(
    account: str,
    access: StandxAccess,
    clock: Clock,
    *,
    limiter: RateLimiter | None = None,
    polled: Callable[[PolledBook], None] | None = None,
    redactor: Redactor | None = None,
    timing: StandxTiming = _USUAL,
) -> StandxSession:
    """Make the session of one account. Nothing is sent before ``start``, ``instruments`` or ``run``.

    Args:
        account: its name in events.
        access: addresses and credentials, resolved.
        clock: the machine's clocks.
        limiter: of another account behind the same address (``for_account``); None: a fresh one.
        polled: takes books read by REST while the public stream is down.
        redactor: to register the secrets with; None: one of its own.
        timing: time-outs.

    Raises:
        SettingsError: an address or the proxy cannot be used.
        SecretsError: the credentials cannot be used.
    """
    redactor = Redactor() if redactor is None else redactor
    for secret in (access.wallet_key, access.token, access.signing_key):
        redactor.register(secret or "")
    hosts = host_policy(access.allowed_hosts)
    limiter = RateLimiter(RATE_RULES, clock, account) if limiter is None else limiter
    http = HttpSession(
        access.rest_at, hosts=hosts, limiter=limiter, clock=clock, proxy=access.proxy, redactor=redactor,
        settings=timing.http,
    )  # fmt: skip
    hosts.check(access.sockets_at, "ws_url")
    offset = ClockOffset(clock)
    entry = _entry(access, http, redactor, clock)
    passport = None if entry is None else Passport(entry, offset)

    def open_socket(path: str, handlers: SocketHandlers, settings: SocketSettings) -> SocketSession:
        return SocketSession(
            access.sockets_at + path, hosts=hosts, handlers=handlers, clock=clock, proxy=access.proxy,
            redactor=redactor, settings=settings,
        )  # fmt: skip

    session = StandxSession(account, http, Calls(http, offset, passport, redactor), limiter, redactor)
    session.feed = StandxFeed(
        session.calls, open_socket, clock, redactor, STREAM_PATH, polled=polled, settings=timing.public
    )
    if passport is not None:
        session.join_account(passport, open_socket, clock, timing.private)
    return session


def _entry(access: StandxAccess, http: HttpSession, redactor: Redactor, clock: Clock) -> Entry | None:
    """The wallet's login where there is a key for it, else the token given, else nobody. Raises SecretsError."""
    if access.wallet_key is not None:
        return WalletEntry(Wallet(access.wallet_key), http.at(access.login_at), redactor)
    if access.token is not None and access.signing_key is not None:
        return GivenEntry(access.token, access.signing_key, clock.now)
    return None

"""Puts the parts of Aster together for one account."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from mmtui.exchanges.aster.account_frames import AccountDecoder
from mmtui.exchanges.aster.account_terms import AccountTerms
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.countdown import Countdown
from mmtui.exchanges.aster.facts import (
    COUNTDOWN_MS,
    PRIVATE_SOCKET,
    RATE_RULES,
    REST_URLS,
    STREAM_URLS,
    VENUE,
    chain_of,
    host_policy,
)
from mmtui.exchanges.aster.feed import AsterFeed, OpenSocket
from mmtui.exchanges.aster.funding import FundingWatch
from mmtui.exchanges.aster.instruments import AsterInstruments
from mmtui.exchanges.aster.listen_key import AccountStream
from mmtui.exchanges.aster.order_ids import OrderIds
from mmtui.exchanges.aster.private_streams import PrivateStreams
from mmtui.exchanges.aster.reports import AsterReports
from mmtui.exchanges.aster.signing import KeySigner, Signer, WalletSigner
from mmtui.exchanges.aster.trading import AsterTrading
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpSession, HttpSettings
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.nonce import NonceBook
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import Event, StreamUp
from mmtui.model.instrument import Instrument, MarketType
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError
from mmtui.ports.venue import EventSink

_PRIVATE_FIRST_S = 5.0
"""How long market data waits for the account's stream, so that no order is placed whose fills nobody would hear."""


class AsterAccess(Struct, frozen=True, kw_only=True):
    """Where to connect, and as whom. Without credentials only market data can be read. Its repr shows nothing.

    V3 needs ``user``, ``signer`` and ``signer_key``, V1 ``key`` and ``secret``; V3 is taken where both are there. URLs
    that are None are the venue's own; spot goes where futures go where only ``rest_url`` or ``ws_url`` is given.
    ``markets``: those in use. ``countdown_ms``: the dead-man's switch's patience, 0: not used. ``send_user``: name the
    user in every V3 request. ``allowed_hosts``: origins beyond the venue's and loopback.
    """

    user: str | None = None
    signer: str | None = None
    signer_key: str | None = None
    key: str | None = None
    secret: str | None = None
    rest_url: str | None = None
    ws_url: str | None = None
    spot_rest_url: str | None = None
    spot_ws_url: str | None = None
    proxy: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    markets: tuple[MarketType, ...] = (MarketType.PERP,)
    countdown_ms: int = COUNTDOWN_MS
    send_user: bool = False

    def rest_at(self, market: MarketType) -> str:
        """REST address of a market."""
        own = self.spot_rest_url if market is MarketType.SPOT else None
        return own or self.rest_url or REST_URLS[market]

    def stream_at(self, market: MarketType) -> str:
        """Stream address of a market."""
        own = self.spot_ws_url if market is MarketType.SPOT else None
        return own or self.ws_url or STREAM_URLS[market]

    def __repr__(self) -> str:
        return "AsterAccess(hidden)"


class AsterTiming(Struct, frozen=True, kw_only=True):
    """Time-outs and intervals; None where each market has its own."""

    http: HttpSettings = HttpSettings()
    public: SocketSettings | None = None
    private: SocketSettings = PRIVATE_SOCKET


class AsterSession:
    """One account on Aster behind the ports.

    Attributes:
        account: its name in events.
        listing: the instrument source.
        feed: market data.
        client: the trading client, None without credentials.
        reports: answers about the account, None without credentials.
        terms: position mode, leverage, margin type and fees; None without credentials.
        countdown: the dead-man's switch.
        funding: reads the funding payments.
        offset: the venue's clock.
        redactor: knows the secrets.
        limiter: the rate budget, for the screens.
    """

    listing: AsterInstruments
    feed: AsterFeed
    countdown: Countdown

    def __init__(self, account: str, access: AsterAccess, calls: Calls, site: HttpSession, parts: "_Shared") -> None:
        self.account = account
        self.client: AsterTrading | None = None
        self.reports: AsterReports | None = None
        self.terms: AccountTerms | None = None
        self.offset = parts.offset
        self.redactor = parts.redactor
        self.limiter = parts.limiter
        self._markets = access.markets
        self._calls = calls
        self._site = site
        self.funding = FundingWatch(account, calls, parts.offset, parts.clock)
        self._watched: tuple[Instrument, ...] = ()

    async def start(self) -> Sequence[Instrument]:
        """Measure the venue's clock, check key and position mode, list the instruments: green before a run.

        Raises:
            SettingsError: this machine's clock is too wrong, or the account is in hedge mode.
            VenueError: the venue cannot be reached, or refuses the key.
        """
        await self._calls.measure()
        self.offset.require()
        found = await self.listing.instruments()
        if self.terms is not None and MarketType.PERP in self._markets:
            await self.terms.require_one_way()
        return found

    async def instruments(self) -> Sequence[Instrument]:
        """All symbols that trade on the markets in use, perps first. Raises VenueError."""
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
            tasks.create_task(self._calls.keep_clock(), name="aster clock")
            if self.client is not None:
                tasks.create_task(self.client.run(hear), name="aster account")
                if MarketType.PERP in self._markets:
                    tasks.create_task(self.funding.run(sink), name="aster funding")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PRIVATE_FIRST_S):
                        await private_up.wait()
            if self._watched:
                tasks.create_task(self.feed.run(self._watched, sink), name="aster feed")

    async def with_fees(self, instrument: Instrument) -> Instrument:
        """The instrument with the account's own fees. Raises VenueError."""
        return instrument if self.terms is None else await self.terms.with_fees(instrument)

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """Set the leverage of one perp and read it back. Raises Refused, VenueError."""
        if self.terms is None:
            raise SettingsError(f"accounts.{self.account}: has no credentials, so leverage cannot be set")
        return await self.terms.set_leverage(leverage, instrument)

    async def close(self, *, disarm: bool = True) -> None:
        """Close the connections; after it nothing can be asked or cancelled.

        ``disarm`` False leaves the dead-man's switch running: for ends after which orders may have survived.
        """
        if disarm:
            await self.countdown.disarm()
        await self._site.close()


class _Shared(Struct, frozen=True):
    """What all parts of one session share."""

    clock: Clock
    redactor: Redactor
    limiter: RateLimiter
    offset: ClockOffset


def open_aster(
    account: str,
    access: AsterAccess,
    clock: Clock,
    *,
    nonces: NonceBook | None = None,
    limiter: RateLimiter | None = None,
    polled: Callable[[PolledBook], None] | None = None,
    redactor: Redactor | None = None,
    timing: AsterTiming | None = None,
) -> AsterSession:
    """Make the session of one account. Nothing is sent before ``start``, ``instruments`` or ``run``.

    Args:
        account: its name in events.
        access: addresses and credentials, resolved.
        clock: the machine's clocks.
        nonces: shared by all sessions of one process, since nonces are counted per user; None: one of its own.
        limiter: of another account behind the same address (``for_account``); None: a fresh one.
        polled: takes books read by REST while a public stream is down.
        redactor: to register the secrets with; None: one of its own.
        timing: time-outs; None: the usual ones.

    Raises:
        SettingsError: an address or the proxy cannot be used, or no market is named.
        SecretsError: credentials cannot be used.
    """
    if not access.markets:
        raise SettingsError(f"accounts.{account}: no market is named; name perp, spot or both")
    markets = tuple(market for market in (MarketType.PERP, MarketType.SPOT) if market in access.markets)
    redactor = Redactor() if redactor is None else redactor
    timing = AsterTiming() if timing is None else timing
    for secret in (access.signer_key, access.secret, access.key):
        redactor.register(secret or "")
    hosts = host_policy(access.allowed_hosts)
    limiter = RateLimiter(RATE_RULES, clock, account) if limiter is None else limiter
    shared = _Shared(clock, redactor, limiter, ClockOffset(clock))
    site = HttpSession(
        access.rest_at(markets[0]), hosts=hosts, limiter=limiter, clock=clock, proxy=access.proxy, redactor=redactor,
        settings=timing.http,
    )  # fmt: skip
    for market in markets:
        hosts.check(access.stream_at(market), "ws_url")
    signer = _signer(access, NonceBook() if nonces is None else nonces, shared.offset)
    sites = {market: site.at(access.rest_at(market)) for market in markets}
    calls = Calls(sites, signer, limiter, shared.offset, redactor)

    def open_socket(market: MarketType, handlers: SocketHandlers, settings: SocketSettings) -> SocketSession:
        return SocketSession(
            access.stream_at(market), hosts=hosts, handlers=handlers, clock=clock, proxy=access.proxy,
            redactor=redactor, settings=settings,
        )  # fmt: skip

    session = AsterSession(account, access, calls, site, shared)
    session.listing = AsterInstruments(calls, limiter, markets)
    session.feed = AsterFeed(calls, open_socket, clock, redactor, polled=polled, settings=timing.public)
    session.countdown = Countdown(calls, access.countdown_ms if signer is not None else 0)
    if signer is not None:
        _join_account(session, markets, calls, open_socket, shared, timing)
    return session


def _join_account(
    session: AsterSession,
    markets: Sequence[MarketType],
    calls: Calls,
    open_socket: OpenSocket,
    shared: _Shared,
    timing: AsterTiming,
) -> None:
    """Give the session what only an account with credentials has."""
    account, listing, order_ids = session.account, session.listing, OrderIds()
    streams = [
        AccountStream(
            market, calls, AccountDecoder(account, market, listing.quote_assets[market], shared.redactor), open_socket,
            shared.redactor, settings=timing.private,
        )
        for market in markets
    ]  # fmt: skip
    private = PrivateStreams(account, streams, shared.clock, session.funding.hint)
    session.client = AsterTrading(account, markets, calls, session.countdown, order_ids, private, shared.clock)
    session.reports = AsterReports(account, markets, calls, listing, order_ids, shared.offset, shared.clock)
    session.terms = AccountTerms(account, calls, listing)


def _signer(access: AsterAccess, nonces: NonceBook, offset: ClockOffset) -> Signer | None:
    """V3 where its credentials are complete, else V1, else nobody. Raises SecretsError."""
    if access.user is not None and access.signer is not None and access.signer_key is not None:
        own = nonces.of(VENUE, access.user, offset.venue_now)
        chain_id = chain_of(access.rest_at(access.markets[0]))
        return WalletSigner(access.signer_key, access.signer, access.user, own, chain_id, send_user=access.send_user)
    if access.key is not None and access.secret is not None:
        return KeySigner(access.key, access.secret, offset.venue_now)
    return None

"""Puts the parts of Lighter together for one account."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.lighter.account_frames import AccountDecoder, AccountRows
from mmtui.exchanges.lighter.calls import Calls
from mmtui.exchanges.lighter.dead_mans_switch import DeadMansSwitch
from mmtui.exchanges.lighter.facts import (
    FACTS,
    LIMIT_STATUSES,
    PRIVATE_SOCKET,
    PUBLIC_SOCKET,
    RATE_RULES,
    REST_URL,
    STREAM_PATH,
    STREAM_URL,
    SWITCH_MS,
    TOKEN_LIFE_S,
    chain_of,
    host_policy,
)
from mmtui.exchanges.lighter.feed import LighterFeed, OpenSocket
from mmtui.exchanges.lighter.funding import FundingWatch
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.instruments import Listing
from mmtui.exchanges.lighter.leverage import set_leverage
from mmtui.exchanges.lighter.outbox import PATIENCE_S, Outbox
from mmtui.exchanges.lighter.private_stream import PrivateStream
from mmtui.exchanges.lighter.reports import LighterReports
from mmtui.exchanges.lighter.signing import Signer
from mmtui.exchanges.lighter.tokens import Tokens
from mmtui.exchanges.lighter.trading import LighterTrading
from mmtui.exchanges.lighter.wire import KeysAnswer
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpSession, HttpSettings
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import Event, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, SecretsError, SettingsError
from mmtui.ports.venue import EventSink

_KEYS: Final = msgspec.json.Decoder(KeysAnswer, strict=False)
_PRIVATE_FIRST_S: Final = 5.0
"""How long market data waits for the account's stream, so that no order is placed whose fills nobody would hear."""


class LighterAccess(Struct, frozen=True, kw_only=True):
    """Where to connect, and as whom. Without a private key only market data can be read. Its repr shows nothing.

    ``rest_url`` and ``ws_url`` None: the venue's own; a stream address without a path gets the venue's. ``switch_ms``:
    the dead-man's switch's patience, 0: not used. ``allowed_hosts``: origins beyond the venue's and loopback.
    """

    account_index: int | None = None
    api_key_index: int | None = None
    api_key_private: str | None = None
    chain_id: int = 304
    rest_url: str | None = None
    ws_url: str | None = None
    proxy: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    switch_ms: int = SWITCH_MS

    @property
    def rest_at(self) -> str:
        """REST address."""
        return self.rest_url or REST_URL

    @property
    def stream_at(self) -> str:
        """Stream address, with its path."""
        url = (self.ws_url or STREAM_URL).rstrip("/")
        return url if url.endswith(STREAM_PATH) else url + STREAM_PATH

    def __repr__(self) -> str:
        return "LighterAccess(hidden)"


class LighterTiming(Struct, frozen=True, kw_only=True):
    """How long to wait for what; seconds where not said otherwise."""

    http: HttpSettings = HttpSettings(read_s=8.0, total_s=10.0, limit_statuses=LIMIT_STATUSES)
    public: SocketSettings = PUBLIC_SOCKET
    private: SocketSettings = PRIVATE_SOCKET
    token_life_s: float = TOKEN_LIFE_S
    order_patience_s: float = PATIENCE_S


_USUAL = LighterTiming()


class LighterSession:
    """One account on Lighter behind the ports.

    Attributes:
        account: its name in events.
        facts: what the venue can do.
        listing: the instrument source.
        feed: market data.
        client: the trading client, None without credentials.
        reports: answers about the account, None without credentials.
        calls: the REST host; its ``quota`` is what is left of the volume quota.
        outbox: the way out for transactions, None without credentials.
        switch: the dead-man's switch, None without credentials.
        offset: the venue's clock.
        redactor: knows the secrets.
        limiter: the rate budget, for the screens.
    """

    facts = FACTS
    feed: LighterFeed

    def __init__(self, account: str, http: HttpSession, calls: Calls, listing: Listing, parts: "_Shared") -> None:
        self.account = account
        self.calls = calls
        self.listing = listing
        self.client: LighterTrading | None = None
        self.reports: LighterReports | None = None
        self.outbox: Outbox | None = None
        self.switch: DeadMansSwitch | None = None
        self.offset = calls.offset
        self.redactor = parts.redactor
        self.limiter = parts.limiter
        self._http = http
        self._signer = parts.signer
        self._funding: FundingWatch | None = None
        self._watched: tuple[Instrument, ...] = ()

    async def start(self) -> Sequence[Instrument]:
        """Check signer, clock and key, list the markets: what must be green before a run.

        Raises:
            SettingsError: the signer is not the one expected, or this machine's clock is too wrong.
            VenueError: the venue cannot be reached, or refuses the key.
        """
        if self._signer is not None:
            await self._signer.check()
        await self.calls.measure_time()
        self.offset.require()
        if self._signer is not None:
            await self._require_key(self._signer)
        return await self.listing.instruments()

    async def _require_key(self, signer: Signer) -> None:
        fields = (("account_index", signer.account_index), ("api_key_index", signer.key_index))
        try:
            found, _ = await self.calls.read("apikeys", _KEYS, *fields)
        except Refused as error:
            which = f"account_index {signer.account_index}, api_key_index {signer.key_index}"
            raise Refused(error.code, f"{which}: {error.reason}") from None
        if all(row.api_key_index != signer.key_index for row in found.api_keys):
            raise Refused(
                RefusalCode.NOT_ALLOWED,
                f"api_key_index {signer.key_index} is not registered for account_index {signer.account_index}",
            )

    async def instruments(self) -> Sequence[Instrument]:
        """All perps and spot pairs that trade. Raises VenueError."""
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
            tasks.create_task(self.offset.keep(self.calls.measure_time), name="lighter clock")
            if self.client is not None and self._funding is not None:
                tasks.create_task(self.client.run(hear), name="lighter account")
                tasks.create_task(self._funding.run(sink), name="lighter funding")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PRIVATE_FIRST_S):
                        await private_up.wait()
            if self._watched:
                tasks.create_task(self.feed.run(self._watched, sink), name="lighter feed")

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """Set the leverage of one perp and read it back. Raises Refused, VenueError."""
        if self.outbox is None or self.reports is None:
            raise SettingsError(f"accounts.{self.account}: has no credentials, so leverage cannot be set")
        return await set_leverage(self.outbox, self.reports, self.listing, leverage, instrument)

    async def close(self, *, disarm: bool = True) -> None:
        """Close the connections; after it nothing can be asked or cancelled.

        ``disarm`` False leaves the dead-man's switch running: for ends after which orders may have survived.
        """
        if self.switch is not None and disarm:
            await self.switch.disarm()
        if self.outbox is not None:
            await self.outbox.close()
        if self._signer is not None:
            self._signer.close()
        await self._http.close()

    def join_account(self, parts: "_Shared", signer: Signer, tokens: Tokens, open_socket: OpenSocket) -> None:
        """Give the session what only an account with credentials has."""
        numbers, timing, clock = parts.numbers, parts.timing, parts.clock
        rows = AccountRows(self.account, signer.account_index, self.listing.names, numbers)
        outbox = Outbox(
            signer,
            self.calls.transact,
            lambda: self.calls.next_nonce(signer.account_index, signer.key_index),
            clock,
            patience_s=timing.order_patience_s,
        )
        switch = DeadMansSwitch(outbox, self.offset, parts.switch_ms)
        stream = PrivateStream(
            self.account, signer.account_index, tokens, AccountDecoder(rows, parts.redactor), open_socket, clock,
            timing.private,
        )  # fmt: skip
        self.outbox, self.switch = outbox, switch
        self.client = LighterTrading(self.account, outbox, self.listing, numbers, switch, clock, stream.run)
        self.reports = LighterReports(self.calls, rows, self.listing, numbers, outbox, clock)
        self._funding = FundingWatch(self.calls, rows, clock)


class _Shared(Struct, frozen=True):
    """What the parts of one session share."""

    clock: Clock
    redactor: Redactor
    limiter: RateLimiter
    signer: Signer | None
    timing: LighterTiming
    switch_ms: int
    numbers: OrderNumbers


def open_lighter(
    account: str,
    access: LighterAccess,
    clock: Clock,
    *,
    limiter: RateLimiter | None = None,
    polled: Callable[[PolledBook], None] | None = None,
    redactor: Redactor | None = None,
    numbers: OrderNumbers | None = None,
    timing: LighterTiming = _USUAL,
) -> LighterSession:
    """Make the session of one account. Nothing is sent before ``start``, ``instruments`` or ``run``.

    Args:
        account: its name in events.
        access: addresses and credentials, resolved.
        clock: the machine's clocks.
        limiter: of another account behind the same address (``for_account``); None: a fresh one.
        polled: takes books read by REST while the public stream is down.
        redactor: to register the secrets with; None: one of its own.
        numbers: client order ids of an account that keeps them; None: a fresh book.
        timing: how long to wait for what.

    Raises:
        SettingsError: an address, the proxy, the chain or the signer cannot be used.
        SecretsError: the private key cannot be used.
    """
    redactor = Redactor() if redactor is None else redactor
    redactor.register(access.api_key_private or "")
    hosts = host_policy(access.allowed_hosts)
    limiter = RateLimiter(RATE_RULES, clock, account) if limiter is None else limiter
    http = HttpSession(
        access.rest_at, hosts=hosts, limiter=limiter, clock=clock, proxy=access.proxy, redactor=redactor,
        settings=timing.http,
    )  # fmt: skip
    hosts.check(access.stream_at, "ws_url")
    signer = _signer(account, access)
    offset = ClockOffset(clock)
    tokens = None if signer is None else Tokens(signer, offset, timing.token_life_s)
    calls = Calls(http, offset, tokens, redactor)
    listing = Listing(calls, limiter, None if signer is None else signer.account_index)

    def open_socket(handlers: SocketHandlers, settings: SocketSettings) -> SocketSession:
        return SocketSession(
            access.stream_at, hosts=hosts, handlers=handlers, clock=clock, proxy=access.proxy, redactor=redactor,
            settings=settings, limiter=limiter,
        )  # fmt: skip

    numbers = OrderNumbers() if numbers is None else numbers
    parts = _Shared(clock, redactor, limiter, signer, timing, access.switch_ms, numbers)
    session = LighterSession(account, http, calls, listing, parts)
    session.feed = LighterFeed(
        calls, open_socket, listing.forms, clock, redactor, polled=polled, settings=timing.public
    )
    if signer is not None and tokens is not None:
        session.join_account(parts, signer, tokens, open_socket)
    return session


def _signer(account: str, access: LighterAccess) -> Signer | None:
    """The account's signer; None without credentials. Raises SettingsError, SecretsError."""
    if access.api_key_private is None or access.account_index is None or access.api_key_index is None:
        return None
    chain = chain_of(access.rest_at)
    if chain is not None and chain != access.chain_id:
        raise SettingsError(
            f"accounts.{account}.chain_id: {access.chain_id} is not the chain of {access.rest_at}, which is {chain}; "
            "every signature would be refused"
        )
    try:
        return Signer(
            access.account_index, access.api_key_index, access.api_key_private, access.chain_id, access.rest_at
        )
    except SecretsError as error:
        raise SecretsError(f"accounts.{account}: lighter: {error}") from None

"""Opens the venues of a configuration in its stage: simulated, paper or live. Adapters are imported when used."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from mmtui.config import AsterAccount, BackpackAccount, LoadedConfig, NetworkAccount, SimAccount, StrategyConfig
from mmtui.engine.cell import Cell
from mmtui.engine.runtime import AccountPorts, Session
from mmtui.exchanges.sim.paper import PaperSession
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, SettingsError, Unreachable, VenueError
from mmtui.ports.venue import AccountReports, EventSink, MarketFeed, TradingClient
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.recorded import RecordedMarket
from mmtui.simulation.venue import Venue, VenueSettings
from mmtui.wiring import CellMaker, naming_the_file, resolve_symbol, sim_venue

PAPER_QUOTE = Decimal(100_000)


class NetworkSession(Protocol):
    """What every adapter's session offers to wiring."""

    @property
    def feed(self) -> MarketFeed:
        """Market data."""
        ...

    @property
    def client(self) -> TradingClient | None:
        """Takes orders; None without credentials."""
        ...

    @property
    def reports(self) -> AccountReports | None:
        """Answers about the account; None without credentials."""
        ...

    async def start(self) -> Sequence[Instrument]:
        """Everything that must be green before a run; the venue's instruments."""
        ...

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Choose what ``run`` streams."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""
        ...

    async def set_leverage(self, leverage: Decimal, instrument: Instrument, /) -> Decimal:
        """Set the leverage of an instrument (or of the account that holds it) and read it back."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Venues:
    """The venues of one run, opened: instruments and ports per account, sessions to run."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.ports: dict[str, AccountPorts] = {}
        self.instruments: dict[str, tuple[Instrument, ...]] = {}
        self.facts: dict[str, VenueFacts] = {}
        self._watched: set[str] = set()
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def add(
        self, account: str, session: Session, ports: AccountPorts, instruments: Sequence[Instrument], facts: VenueFacts
    ) -> None:
        """One account is open."""
        if session not in self.sessions:
            self.sessions.append(session)
        self.ports[account] = ports
        self.instruments[account] = tuple(instruments)
        self.facts[account] = facts

    def not_yet_watched(self, instruments: Sequence[Instrument]) -> list[Instrument]:
        """Those whose market data no other account's session streams; a book is streamed once, for all who trade it."""
        fresh = [instrument for instrument in instruments if instrument.id not in self._watched]
        self._watched.update(instrument.id for instrument in fresh)
        return fresh

    def on_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Something to do at the end."""
        self._closers.append(closer)

    async def close(self) -> None:
        """Close all connections."""
        for closer in reversed(self._closers):
            await closer()

    def find(self, account: str, symbol: str, place: str) -> Instrument:
        """An instrument of an account. Raises SettingsError naming ``place``."""
        if account not in self.instruments:
            raise SettingsError(f'{place}: no account is named "{account}"; there are: {", ".join(self.instruments)}')
        return resolve_symbol(symbol, self.instruments[account], place)

    def cells(self, loaded: LoadedConfig, maker: CellMaker) -> list[Cell]:
        """Cells of all enabled strategies. Raises SettingsError, StorageError."""
        with naming_the_file(loaded):
            return [self._cell(loaded, maker, strategy) for strategy in loaded.config.enabled]

    def _cell(self, loaded: LoadedConfig, maker: CellMaker, strategy: StrategyConfig) -> Cell:
        place = f"strategies[{loaded.config.strategies.index(strategy)}].symbol"
        account = strategy.account_names[0]
        return maker.make(strategy, self.find(account, strategy.symbol_names[0], place), self.facts[account])


async def open_venues(loaded: LoadedConfig, clock: Clock) -> Venues:
    """Open everything the configuration names.

    Raises:
        SettingsError: an account or symbol cannot be used, or a venue refuses the key.
        SecretsError: a secret cannot be had.
        Unreachable: a venue gives no answer to work with; a retry may help.
    """
    venues = Venues()
    config = loaded.config
    try:
        if any(isinstance(account, SimAccount) for account in config.accounts.values()):
            _open_sim(venues, loaded, clock)
        for name, account in config.accounts.items():
            if isinstance(account, NetworkAccount):
                with _told_of(name, account):
                    await _open_network(venues, loaded, name, account, clock)
    except BaseException:
        await venues.close()
        raise
    return venues


def _open_sim(venues: Venues, loaded: LoadedConfig, clock: Clock) -> None:
    venue, instruments = sim_venue(loaded.config)
    session = SimSession(venue, instruments, clock)
    for name, account in loaded.config.accounts.items():
        if isinstance(account, SimAccount):
            own = [i for i in instruments if i.id.startswith(f"sim.{account.market.name}:")]
            venues.add(name, session, AccountPorts(session, session), own, venue.facts)


@contextmanager
def _told_of(name: str, account: NetworkAccount) -> Iterator[None]:
    """Name the account, and tell what the user must mend from what may pass: silence, limits, maintenance, HTML."""
    place = f"accounts.{name}: {account.venue}"
    try:
        yield
    except Refused as error:
        if error.code is RefusalCode.NOT_ALLOWED:
            raise SettingsError(f"{place} refuses it: {error.reason}; check its credentials and rights") from None
        raise Unreachable(f"{place} cannot be used now: {error.reason}; try again later") from None
    except VenueError as error:
        raise Unreachable(f"{place} cannot be used now: {error}; check address and proxy, or try later") from None


async def _open_network(venues: Venues, loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock) -> None:
    """One account on a real venue, or on market data of one with simulated fills."""
    live = loaded.config.stage == "live"
    session = _adapter(loaded, name, account, clock, signs=live)
    venues.on_close(session.close)
    instruments = await session.start()
    watched = _watched(loaded, name, instruments)
    if not live:
        paper = _paper_venue(name, watched)
        shown = PaperSession(paper, instruments, watched, session.feed, clock)
        venues.add(name, shown, AccountPorts(shown, shown), instruments, paper.facts)
        return
    if session.client is None or session.reports is None:
        raise SettingsError(f"accounts.{name}: a live account needs its credentials")
    session.watch(venues.not_yet_watched(watched))
    await _set_leverages(loaded, name, session, instruments)
    venues.add(name, session, AccountPorts(session.client, session.reports), instruments, session.client.facts)


def _watched(loaded: LoadedConfig, account: str, instruments: Sequence[Instrument]) -> list[Instrument]:
    """What the enabled strategies of an account trade, each once."""
    found: dict[str, Instrument] = {}
    with naming_the_file(loaded):
        for index, strategy in enumerate(loaded.config.strategies):
            if strategy.enabled and account in strategy.account_names:
                for symbol in strategy.symbol_names:
                    instrument = resolve_symbol(symbol, instruments, f"strategies[{index}].symbol")
                    found[instrument.id] = instrument
    return list(found.values())


def _paper_venue(account: str, watched: Sequence[Instrument]) -> Venue:
    """Where paper orders go: a simulated venue on the live book, with plenty of the quote asset."""
    balances = {instrument.quote_asset: PAPER_QUOTE for instrument in watched}
    markets = {instrument.id: RecordedMarket(instrument) for instrument in watched}
    return Venue(markets, [VenueAccount(account, balances)], VenueSettings())


async def _set_leverages(
    loaded: LoadedConfig, account: str, session: NetworkSession, instruments: Sequence[Instrument]
) -> None:
    """Set what the strategies ask for and read it back; otherwise there is no start."""
    for strategy in loaded.config.enabled:
        leverage = strategy.leverage
        if leverage is None or account not in strategy.account_names:
            continue
        instrument = resolve_symbol(strategy.symbol_names[0], instruments, f"strategy {strategy.name}")
        found = await session.set_leverage(leverage, instrument)
        if found != leverage:
            raise SettingsError(f"strategy {strategy.name}: leverage {leverage} was asked for, the venue has {found}")


def _adapter(loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock, *, signs: bool) -> NetworkSession:
    """The adapter's session of one account; with credentials only where it may sign."""
    if isinstance(account, BackpackAccount):
        from mmtui.exchanges.backpack.connect import BackpackAccess, open_backpack

        access = BackpackAccess(
            key=_revealed(loaded, account.key) if signs else None,
            secret=_revealed(loaded, account.secret) if signs else None,
            rest_url=account.rest_url,
            ws_url=account.ws_url,
            proxy=_proxy(loaded, account),
        )
        return open_backpack(name, access, clock)
    if isinstance(account, AsterAccount):
        return _aster(loaded, name, account, clock, signs=signs)
    raise SettingsError(f'accounts.{name}: venue "{account.venue}" has no adapter in this version')


def _aster(loaded: LoadedConfig, name: str, account: AsterAccount, clock: Clock, *, signs: bool) -> NetworkSession:
    """Aster with the wallet's agent (V3) where it is configured, else with an old key (V1)."""
    from mmtui.exchanges.aster.connect import AsterAccess, open_aster

    access = AsterAccess(
        user=account.user if signs else None,
        signer=account.signer if signs else None,
        signer_key=_revealed(loaded, account.signer_key) if signs else None,
        key=_revealed(loaded, account.key) if signs else None,
        secret=_revealed(loaded, account.secret) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        spot_rest_url=account.spot_rest_url,
        spot_ws_url=account.spot_ws_url,
        proxy=_proxy(loaded, account),
    )
    return open_aster(name, access, clock)


def _revealed(loaded: LoadedConfig, reference: str | None) -> str | None:
    """A secret by its reference. Raises SecretsError."""
    return None if reference is None else loaded.secret(reference).reveal()


def _proxy(loaded: LoadedConfig, account: NetworkAccount) -> str | None:
    """The proxy's address; one with a password is a reference."""
    proxy = account.proxy
    if proxy is not None and proxy.startswith("env:"):
        return loaded.secret(proxy).reveal()
    return proxy

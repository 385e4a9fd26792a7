"""Opens the venues of a configuration in its stage: simulated, paper or live. Adapters are imported when used."""

from collections.abc import Sequence

from mmtui.config import LoadedConfig, NetworkAccount, SimAccount, StrategyConfig
from mmtui.engine.cell import Cell
from mmtui.engine.runtime import AccountPorts, Session
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError
from mmtui.wiring import naming_the_file, resolve_symbol, sim_venue
from mmtui.wiring.cells import CellMaker
from mmtui.wiring.links import Link, open_link, told_of


class Venues:
    """The venues of one run, opened: a link per account."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self._watched: set[str] = set()

    @property
    def sessions(self) -> list[Session]:
        """What runs beside the workers, each once."""
        found: list[Session] = []
        for link in self.links.values():
            if link.session not in found:
                found.append(link.session)
        return found

    @property
    def ports(self) -> dict[str, AccountPorts]:
        """How each account is reached."""
        return {name: link.ports for name, link in self.links.items()}

    @property
    def facts(self) -> dict[str, VenueFacts]:
        """What each account's venue can do."""
        return {name: link.facts for name, link in self.links.items()}

    def not_yet_watched(self, instruments: Sequence[Instrument]) -> list[Instrument]:
        """Those whose market data no other account's session streams; a book is streamed once, for all who trade it."""
        fresh = [instrument for instrument in instruments if instrument.id not in self._watched]
        self._watched.update(instrument.id for instrument in fresh)
        return fresh

    async def close(self, *, proven: bool = True) -> None:
        """Close all connections. Where orders may be left, a venue's dead-man's switch stays armed."""
        for link in reversed(self.links.values()):
            await link.close(proven=proven)

    def find(self, account: str, symbol: str, place: str) -> Instrument:
        """An instrument of an account. Raises SettingsError naming ``place``."""
        link = self.links.get(account)
        if link is None:
            raise SettingsError(f'{place}: no account is named "{account}"; there are: {", ".join(self.links)}')
        return resolve_symbol(symbol, link.instruments, place)

    def cells(self, loaded: LoadedConfig, maker: CellMaker) -> list[Cell]:
        """Cells of all enabled strategies. Raises SettingsError, StorageError."""
        with naming_the_file(loaded):
            return [self._cell(loaded, maker, strategy) for strategy in loaded.config.enabled]

    def _cell(self, loaded: LoadedConfig, maker: CellMaker, strategy: StrategyConfig) -> Cell:
        place = f"strategies[{loaded.config.strategies.index(strategy)}].symbol"
        legs = [(self.find(account, symbol, place), self.links[account].facts) for account, symbol in strategy.legs()]
        return maker.make(strategy, legs)


async def open_venues(loaded: LoadedConfig, clock: Clock) -> Venues:
    """Open everything the configuration names.

    Raises:
        SettingsError: an account or symbol cannot be used, or a venue refuses the key.
        SecretsError: a secret cannot be had.
        Unreachable: a venue gives no answer to work with; a retry may help.
    """
    venues = Venues()
    try:
        venues.links.update(sim_links(loaded, clock))
        for name, account in loaded.config.accounts.items():
            if isinstance(account, NetworkAccount):
                venues.links[name] = await _open_network(venues, loaded, name, account, clock)
    except BaseException:
        await venues.close()
        raise
    return venues


def sim_links(loaded: LoadedConfig, clock: Clock) -> dict[str, Link]:
    """The accounts on simulated markets: one venue and one session for all of them."""
    accounts = {name: row for name, row in loaded.config.accounts.items() if isinstance(row, SimAccount)}
    if not accounts:
        return {}
    venue, instruments = sim_venue(loaded.config)
    session = SimSession(venue, instruments, clock)
    return {
        name: Link(
            name,
            session,
            AccountPorts(session, session),
            [i for i in instruments if i.id.startswith(f"sim.{account.market.name}:")],
            venue.facts,
        )
        for name, account in accounts.items()
    }


async def _open_network(venues: Venues, loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock) -> Link:
    """One account for a run whose strategies are known from the start."""
    paper = loaded.config.stage != "live"  # a paper venue fills on what its own session streams

    def choose(instruments: Sequence[Instrument]) -> Sequence[Instrument]:
        wanted = _watched(loaded, name, instruments)
        return wanted if paper else venues.not_yet_watched(wanted)

    link = await open_link(loaded, name, account, clock, choose)
    try:
        with told_of(name, account):
            for strategy in loaded.config.enabled:
                await link.set_leverage(strategy)
    except BaseException:
        await link.close()
        raise
    return link


def _watched(loaded: LoadedConfig, account: str, instruments: Sequence[Instrument]) -> list[Instrument]:
    """What the enabled strategies trade on an account, each once."""
    found: dict[str, Instrument] = {}
    with naming_the_file(loaded):
        for index, strategy in enumerate(loaded.config.strategies):
            for owner, symbol in strategy.legs() if strategy.enabled else ():
                if owner == account:
                    instrument = resolve_symbol(symbol, instruments, f"strategies[{index}].symbol")
                    found[instrument.id] = instrument
    return list(found.values())

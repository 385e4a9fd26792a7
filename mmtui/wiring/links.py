"""One account on a venue, opened: what runs for it, how it is reached, and how more markets are followed later."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol, runtime_checkable

from mmtui.config import LoadedConfig, NetworkAccount, StrategyConfig
from mmtui.engine.runtime import AccountPorts, Session
from mmtui.exchanges.sim.paper import PaperSession
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, SettingsError, Unreachable, VenueError
from mmtui.ports.venue import EventSink, MarketFeed
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.recorded import RecordedMarket
from mmtui.simulation.venue import Venue, VenueSettings
from mmtui.wiring.adapters import NetworkSession, open_account

PAPER_QUOTE = Decimal(100_000)

Choice = Callable[[Sequence[Instrument]], Sequence[Instrument]]
"""Picks from a venue's instruments those whose market data are wanted from the start."""


@runtime_checkable
class KnowsFees(Protocol):
    """A session that can tell the account's own fees where they differ from the venue's list."""

    async def with_fees(self, instrument: Instrument) -> Instrument:
        """The instrument with the account's own fees. Raises VenueError."""
        ...


class MoreMarkets:
    """Streams markets that were not wanted when the session began."""

    def __init__(
        self, feed: MarketFeed, instruments: Sequence[Instrument], hearing: Callable[[EventSink], EventSink]
    ) -> None:
        self._feed = feed
        self._instruments = list(instruments)
        self._hearing = hearing

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""
        await self._feed.run(self._instruments, self._hearing(sink))


class Link:
    """One account, opened.

    Attributes:
        account: its name.
        session: what runs beside the workers.
        ports: how orders and questions reach the venue.
        instruments: all that can be traded.
        facts: what the venue can do.
    """

    def __init__(
        self,
        account: str,
        session: Session,
        ports: AccountPorts,
        instruments: Sequence[Instrument],
        facts: VenueFacts,
        network: NetworkSession | None = None,
    ) -> None:
        self.account = account
        self.session = session
        self.ports = ports
        self.instruments = tuple(instruments)
        self.facts = facts
        self._network = network

    def follow(self, instruments: Sequence[Instrument]) -> Session | None:
        """A session that streams more markets; None where all are streamed anyway."""
        if self._network is None:
            return None
        hearing = self.session.hearing if isinstance(self.session, PaperSession) else _as_it_is
        return MoreMarkets(self._network.feed, instruments, hearing)

    async def set_leverage(self, strategy: StrategyConfig) -> None:
        """Set what a strategy asks for on this account and read it back.

        Raises:
            SettingsError: the venue has another leverage afterwards, or the symbol is unknown.
            VenueError: it cannot be set.
        """
        network = self._network
        if strategy.leverage is None or network is None or isinstance(self.session, PaperSession):
            return
        for account, symbol in strategy.legs():
            if account != self.account:
                continue
            instrument = next((own for own in self.instruments if symbol in (own.symbol, own.id, own.base_asset)), None)
            if instrument is None:
                raise SettingsError(f'strategy {strategy.name}: account {account} has no symbol "{symbol}"')
            found = await network.set_leverage(strategy.leverage, instrument)
            if found != strategy.leverage:
                raise SettingsError(
                    f"strategy {strategy.name}: leverage {strategy.leverage} was asked for, the venue has {found}"
                )

    async def close(self, *, proven: bool = True) -> None:
        """Close the connections. Where it is not proven that no order is left, a dead-man's switch stays armed."""
        if self._network is not None:
            await self._network.close(disarm=proven)


def _as_it_is(sink: EventSink) -> EventSink:
    return sink


async def open_link(loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock, choose: Choice) -> Link:
    """Open one account on a real venue, or on market data of one with simulated fills; only this knows the stage.

    Raises:
        SettingsError: the account cannot be used as it is configured, or the venue refuses the key.
        SecretsError: a secret cannot be had.
        Unreachable: the venue gives no answer to work with; a retry may help.
    """
    live = loaded.config.stage == "live"
    with told_of(name, account):
        session = open_account(loaded, name, account, clock, signs=live)
        try:
            return await _opened(name, session, clock, choose, live=live)
        except BaseException:
            await session.close()
            raise


async def _opened(name: str, session: NetworkSession, clock: Clock, choose: Choice, *, live: bool) -> Link:
    instruments = await session.start()
    watched = choose(instruments)
    if not live:
        paper = _paper_venue(name, instruments)
        shown = PaperSession(paper, instruments, watched, session.feed, clock)
        return Link(name, shown, AccountPorts(shown, shown), instruments, paper.facts, session)
    if session.client is None or session.reports is None:
        raise SettingsError(f"accounts.{name}: a live account needs its credentials")
    if isinstance(session, KnowsFees):
        own = {instrument.id: await session.with_fees(instrument) for instrument in watched}
        instruments = [own.get(instrument.id, instrument) for instrument in instruments]
        watched = list(own.values())
    session.watch(watched)
    return Link(
        name, session, AccountPorts(session.client, session.reports), instruments, session.client.facts, session
    )


def _paper_venue(account: str, instruments: Sequence[Instrument]) -> Venue:
    """Where paper orders go: a simulated venue on the live books, with plenty of every quote asset."""
    balances = {instrument.quote_asset: PAPER_QUOTE for instrument in instruments}
    markets = {instrument.id: RecordedMarket(instrument) for instrument in instruments}
    return Venue(markets, [VenueAccount(account, balances)], VenueSettings())


@contextmanager
def told_of(name: str, account: NetworkAccount) -> Iterator[None]:
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

"""One module per venue: builds its adapter's session from an account of the configuration. Imported when used."""

from collections.abc import Sequence
from decimal import Decimal
from importlib import import_module
from typing import Protocol

from mmtui.config import LoadedConfig, NetworkAccount
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.venue import AccountReports, EventSink, MarketFeed, TradingClient


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

    async def close(self, *, disarm: bool = True) -> None:
        """Close the connections; ``disarm`` False leaves a dead-man's switch armed, because orders may be left."""
        ...


class Opener(Protocol):
    """What a module of this package has under the name ``open_account``."""

    def __call__(
        self, loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock, *, signs: bool
    ) -> NetworkSession:
        """The session of one account; with credentials only where it may sign."""
        ...


def open_account(
    loaded: LoadedConfig, name: str, account: NetworkAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The adapter's session of one account; with credentials only where it may sign. Raises SecretsError."""
    opener: Opener = import_module(f"{__name__}.{account.venue}").open_account
    return opener(loaded, name, account, clock, signs=signs)


def revealed(loaded: LoadedConfig, reference: str | None) -> str | None:
    """A secret by its reference. Raises SecretsError."""
    return None if reference is None else loaded.secret(reference).reveal()


def proxy_of(loaded: LoadedConfig, account: NetworkAccount) -> str | None:
    """The proxy's address; one with a password is a reference."""
    proxy = account.proxy
    if proxy is not None and proxy.startswith("env:"):
        return loaded.secret(proxy).reveal()
    return proxy

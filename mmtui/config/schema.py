"""The shape of a configuration: one definition for the file, the flags, ``config show`` and the JSON schema."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Struct, field, structs

from mmtui.config.accounts import Account, RiskConfig
from mmtui.config.fields import about

VERSION = 1

Stage = Literal["live", "paper", "sim"]
Language = Literal["en", "zh"]
StartOrders = Literal["adopt", "cancel_mine", "cancel_all"]
StopOrders = Literal["cancel_mine", "leave", "cancel_all"]
PositionRule = Literal["keep", "flatten"]

LONGEST_RUN_S = 1_000_000_000
"""Users of the reference bots write 999999999 for "until stopped"."""


class StrategyConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One strategy to run. ``settings`` is the frozen Settings of its kind."""

    name: Annotated[str, about("Name", "Names the strategy in output, files and overrides.", form="name")]
    kind: Annotated[str, about("Kind", "Which strategy it is.")]
    account: Annotated[str, about("Account", "The account it trades on, for a kind of one account.")] | None = None
    accounts: (
        Annotated[tuple[str, ...], about("Accounts", "The accounts it trades on, for a kind of several.")] | None
    ) = None
    symbol: (
        Annotated[str, about("Symbol", "What it trades; a short name (SOL) resolves if it is unambiguous.")] | None
    ) = None
    symbols: Annotated[tuple[str, ...], about("Symbols", "One symbol per account where they differ.")] | None = None
    enabled: Annotated[bool, about("Enabled", "Whether it runs.")] = True
    settings: Annotated[Any, about("Settings", "The settings of its kind.")]
    duration: (
        Annotated[
            Decimal,
            about(
                "Duration",
                "Ends the run after this time; absent: until stopped.",
                unit="s",
                exclusive_minimum=0,
                maximum=LONGEST_RUN_S,
            ),
        ]
        | None
    ) = None
    leverage: (
        Annotated[
            Decimal,
            about(
                "Leverage",
                "Set and read back before the first order, else no start.",
                unit="x",
                minimum=1,
                maximum=1000,
            ),
        ]
        | None
    ) = None
    on_start_orders: Annotated[StartOrders, about("Orders at start", "What becomes of orders found on the symbol.")] = (
        "adopt"
    )
    on_start_position: Annotated[
        PositionRule, about("Position at start", "What becomes of a position found on the symbol.")
    ] = "keep"
    on_stop_orders: Annotated[
        StopOrders, about("Orders at stop", "What becomes of orders; only cancel_all touches orders not ours.")
    ] = "cancel_mine"
    on_stop_position: Annotated[PositionRule, about("Position at stop", "What becomes of the position.")] = "keep"

    @property
    def account_names(self) -> tuple[str, ...]:
        """The accounts, however many the kind has."""
        return self.accounts if self.accounts is not None else (self.account,) if self.account is not None else ()

    @property
    def symbol_names(self) -> tuple[str, ...]:
        """The symbols as written: one per account, or one for all."""
        return self.symbols if self.symbols is not None else (self.symbol,) if self.symbol is not None else ()

    def legs(self) -> tuple[tuple[str, str], ...]:
        """(account, symbol as written) for every book the strategy works on."""
        symbols = self.symbol_names
        if len(symbols) == 1:
            symbols *= len(self.account_names)
        return tuple(zip(self.account_names, symbols, strict=True))


class JournalConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The journal: events, decisions and commands of every run."""

    directory: Annotated[str, about("Directory", "One folder per run and strategy goes in here.", form="path")] = (
        "data/journal"
    )
    record: Annotated[Literal["full", "account", "off"], about("Record", "full; account (no market data); off.")] = (
        "full"
    )
    max_mb: Annotated[
        int,
        about("Size", "Oldest segments go when a run's journal is larger.", unit="MB", minimum=1, maximum=10_000_000),
    ] = 500


class StorageConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ledger; checkpoints and leases lie beside it."""

    database: Annotated[str, about("Database", "SQLite file of orders, fills and positions.", form="path")] = (
        "data/mmtui.sqlite"
    )


class LogsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The log files."""

    directory: Annotated[str, about("Directory", "Log files go in here.", form="path")] = "logs"


class TerminalConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person chose about the terminal itself; the terminal writes it."""

    theme: Annotated[str, about("Theme", "Colours of the terminal.")] = "mmtui-dark"
    keymap: Annotated[dict[str, str], about("Keys", "Keys by action id, several joined by commas.")] = field(
        default_factory=dict
    )
    read_only: Annotated[bool, about("Read only", "Whether the terminal refuses every action.")] = False
    tour_seen: Annotated[bool, about("Tour seen", "Whether the short tour was shown.")] = False
    live_consents: Annotated[
        tuple[str, ...], about("Live consents", "Fingerprints of configurations whose live start was confirmed.")
    ] = ()


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole configuration, checked."""

    schema_url: Annotated[str, about("Schema", "For editors; not read.")] | None = field(default=None, name="$schema")
    version: Annotated[int, about("Version", "Of this file's shape.", minimum=VERSION, maximum=VERSION)] = VERSION
    stage: Annotated[
        Stage,
        about("Stage", "live; paper (live data, simulated fills); sim (implied where all accounts are simulated)."),
    ] = "paper"
    accounts: Annotated[dict[str, Account], about("Accounts", "By name.")]
    strategies: Annotated[tuple[StrategyConfig, ...], about("Strategies", "What to run.")]
    risk: Annotated[RiskConfig, about("Risk", "Limits of every account.")] = field(default_factory=RiskConfig)
    journal: Annotated[JournalConfig, about("Journal", "What is recorded.")] = field(default_factory=JournalConfig)
    storage: Annotated[StorageConfig, about("Storage", "Where it is kept.")] = field(default_factory=StorageConfig)
    logs: Annotated[LogsConfig, about("Logs", "Where they go.")] = field(default_factory=LogsConfig)
    language: Annotated[Language, about("Language", "Of all messages; absent: LANG decides.")] | None = None
    terminal: Annotated[TerminalConfig, about("Terminal", "How the terminal looks and what it knows.")] = field(
        default_factory=TerminalConfig
    )

    @property
    def enabled(self) -> tuple[StrategyConfig, ...]:
        """The strategies that run."""
        return tuple(strategy for strategy in self.strategies if strategy.enabled)

    def risk_for(self, account: str) -> RiskConfig:
        """The limits of one account: its own where it has them, else those of ``risk``."""
        own = self.accounts[account].risk
        if own is None:
            return self.risk
        named = {name: value for name, value in structs.asdict(own).items() if value is not None}
        return structs.replace(self.risk, **named)

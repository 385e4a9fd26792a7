"""Builds everything from the configuration. The only place that knows the stage."""

import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path

import msgspec

from mmtui.config import Config, LoadedConfig, ReplayAccount, SimAccount, StrategyConfig
from mmtui.engine.cell import Cell
from mmtui.engine.codec import decode_batch, decode_head
from mmtui.engine.room import AccountRoom
from mmtui.exchanges.replay.catalogue import InstrumentOverrides
from mmtui.exchanges.replay.recording import Recording, instruments_of, open_dataset, open_journal
from mmtui.model.events import Event
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S, MonoNs, WallNs
from mmtui.ports.errors import DataError, SettingsError
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.build import AccountSettings, build_sim_venue, default_balances, sim_instruments
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.recorded import RecordedMarket
from mmtui.simulation.venue import Venue, VenueSettings
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.records import RecordKind
from mmtui.wiring.cells import CellMaker

SIM_START_NS = 1_767_225_600 * NS_PER_S
"""Where simulated time begins: 2026-01-01 00:00 UTC."""

REPLAY_QUOTE = Decimal(100_000)


class WallClock:
    """The machine's clocks."""

    def now(self) -> WallNs:
        """Wall time."""
        return WallNs(time.time_ns())

    def monotonic(self) -> MonoNs:
        """Monotonic time."""
        return MonoNs(time.monotonic_ns())


# ---------------------------------------------------------------------------------------------------- small parts


def resolve_symbol(symbol: str, instruments: Sequence[Instrument], where: str) -> Instrument:
    """Find an instrument by its symbol, or by an unambiguous short name such as SOL.

    Raises SettingsError naming the candidates.
    """
    exact = [instrument for instrument in instruments if symbol in (instrument.symbol, instrument.id)]
    if exact:
        return exact[0]
    short = [instrument for instrument in instruments if instrument.base_asset == symbol.upper()]
    if len(short) == 1:
        return short[0]
    if short:
        names = ", ".join(instrument.symbol for instrument in short)
        raise SettingsError(f'{where}: symbol "{symbol}" is ambiguous; write one of: {names}')
    known = [instrument.symbol for instrument in instruments]
    near = get_close_matches(symbol, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known)}"
    raise SettingsError(f'{where}: unknown symbol "{symbol}"; {hint}')


@contextmanager
def naming_the_file(loaded: LoadedConfig) -> Iterator[None]:
    """Put the configuration's file in front of faults that only show when it meets the venue."""
    try:
        yield
    except SettingsError as error:
        label = "command line" if loaded.path is None else loaded.path.name
        raise SettingsError(*(f"{label}: {fault}" for fault in error.faults)) from None


def new_run_id(now_ns: int) -> str:
    """A run's name: UTC start time and process, unique on this machine and sorted by time."""
    return f"{datetime.fromtimestamp(now_ns / NS_PER_S, UTC):%Y%m%dT%H%M%S}-{os.getpid()}"


def fixed_run_id(config: Config, what: str) -> str:
    """The name of a deterministic run: equal configurations give equal names, so equal runs give equal journals.

    Only what is traded and how counts: not where journal, ledger and logs lie.
    """
    traded = (config.accounts, config.strategies, config.risk)
    digest = blake2b(msgspec.json.encode(traded, order="sorted"), digest_size=4).hexdigest()
    return f"{what}-{digest}"


def unused_run_id(journals: Path | None, run_id: str) -> str:
    """The name itself, or with a number: the journal of a repeated run lies beside the older one, never over it."""
    if journals is None or not (journals / run_id).exists():
        return run_id
    number = 2
    while (journals / f"{run_id}-{number}").exists():
        number += 1
    return f"{run_id}-{number}"


def day_text(now_ns: int) -> str:
    """The UTC day of a time."""
    return f"{datetime.fromtimestamp(now_ns / NS_PER_S, UTC):%Y-%m-%d}"


# ---------------------------------------------------------------------------------------------------- simulated venues


def sim_venue(config: Config) -> tuple[Venue, list[Instrument]]:
    """The simulated venue of all accounts on ``sim``; accounts naming one market share its books.

    Raises SettingsError if accounts disagree about a market or about the venue's manners.
    """
    accounts = {name: account for name, account in config.accounts.items() if isinstance(account, SimAccount)}
    markets: dict[str, MarketSettings] = {}
    for name, account in accounts.items():
        known = markets.setdefault(account.market.name, account.market)
        if known != account.market:
            raise SettingsError(
                f'accounts.{name}.market: market "{account.market.name}" is described differently by another account; '
                "give both the same settings or another name"
            )
    manners = {msgspec.json.encode(account.settings): account.settings for account in accounts.values()}
    if len(manners) > 1:
        raise SettingsError("accounts: accounts on sim share one venue, so their settings must be equal")
    rows = [AccountSettings(name, dict(account.balances) or default_balances()) for name, account in accounts.items()]
    settings = next(iter(manners.values()), VenueSettings())
    venue = build_sim_venue(list(markets.values()), rows, settings)
    return venue, [instrument for market in markets.values() for instrument in sim_instruments(market)]


def sim_cells(loaded: LoadedConfig, maker: CellMaker, venue: Venue, instruments: Sequence[Instrument]) -> list[Cell]:
    """Cells of all enabled strategies on the simulated venue."""
    cells = []
    with naming_the_file(loaded):
        for strategy in loaded.config.enabled:
            place = f"strategies[{loaded.config.strategies.index(strategy)}]"
            legs = []
            for name, symbol in strategy.legs():
                account = loaded.config.accounts[name]
                if not isinstance(account, SimAccount):
                    raise SettingsError(
                        f'{place}.account: venue "{account.venue}" has no adapter in this version; use venue "sim"'
                    )
                own = [i for i in instruments if i.id.startswith(f"sim.{account.market.name}:")]
                legs.append((resolve_symbol(symbol, own, f"{place}.symbol"), venue.facts))
            cells.append(maker.make(strategy, legs))
    return cells


# ---------------------------------------------------------------------------------------------------- replay


class Replay(msgspec.Struct, frozen=True):
    """A configuration over recorded data, ready to run on a timeline."""

    cells: list[Cell]
    venue: Venue
    recording: Recording
    rooms: dict[str, AccountRoom]


def replay(loaded: LoadedConfig, data: Path, journal: Path | None) -> Replay:
    """Open the recording of the configuration's replay account and put its strategies on it.

    Raises SettingsError, DataError, StorageError.
    """
    config = loaded.config
    accounts = {name: account for name, account in config.accounts.items() if isinstance(account, ReplayAccount)}
    used = [config.accounts[name] for strategy in config.enabled for name in strategy.account_names]
    if not used or not all(isinstance(account, ReplayAccount) for account in used):
        raise SettingsError('accounts: a replay needs every strategy on an account of venue "replay"')
    account = _recorded_market(accounts)
    with naming_the_file(loaded):
        recording = _recording(account, data, config.enabled)
    fills = account.fills
    if fills.book_step is None:
        fills = msgspec.structs.replace(fills, book_step=recording.book_step)
    markets = {instrument.id: RecordedMarket(instrument, fills) for instrument in recording.instruments}
    venue = Venue(markets, _replay_accounts(accounts, recording.instruments), account.settings)
    maker = CellMaker(loaded, unused_run_id(journal, fixed_run_id(config, "replay")), threaded=False, journal=journal)
    cells = [
        maker.make(
            strategy,
            [
                (resolve_symbol(symbol, recording.instruments, _symbol_place(index)), venue.facts)
                for _, symbol in strategy.legs()
            ],
        )
        for index, strategy in enumerate(config.enabled)
    ]
    return Replay(cells, venue, recording, rooms_for(cells))


def _recorded_market(accounts: Mapping[str, ReplayAccount]) -> ReplayAccount:
    """What all replay accounts say of the one recording; they may differ in balances and limits only."""
    first_name, first = next(iter(accounts.items()))
    for name, account in accounts.items():
        for field in account.__struct_fields__:
            if field not in ("balances", "risk") and getattr(account, field) != getattr(first, field):
                raise SettingsError(
                    f"accounts.{name}.{field}: differs from account {first_name}; one replay is one recording, "
                    "so its accounts must say the same of it"
                )
    return first


def _recording(account: ReplayAccount, data: Path, strategies: Sequence[StrategyConfig]) -> Recording:
    """The recording with the instruments that the strategies name. Raises SettingsError, DataError."""
    if account.dataset == "journal":
        return _journal_recording(account, data, strategies)
    overrides = _overrides(account)
    known = instruments_of(account.dataset, overrides)
    symbols = [
        resolve_symbol(name, known, _symbol_place(index)).symbol
        for index, strategy in enumerate(strategies)
        for name in strategy.symbol_names
    ]
    return open_dataset(account.dataset, data, symbols, overrides)


def _journal_recording(account: ReplayAccount, data: Path, strategies: Sequence[StrategyConfig]) -> Recording:
    """The market that a run of ours saw, from its journal. Raises SettingsError, DataError."""
    reader = JournalReader(data)
    head = next((decode_head(record.payload)[0] for record in reader if record.kind is RecordKind.HEAD), None)
    if head is None or head.record != "full":
        raise DataError(f'{data}: no market data in this journal; only one recorded with "record": "full" has it')
    seen = head.first.instrument
    wanted = {name: getattr(account, name) for name in InstrumentOverrides.__struct_fields__}
    changes = {name: value for name, value in wanted.items() if value is not None}
    instrument = msgspec.structs.replace(seen, **changes)
    for index, strategy in enumerate(strategies):
        resolve_symbol(strategy.symbol_names[0], [instrument], _symbol_place(index))

    def batches() -> Iterator[tuple[int, Sequence[Event]]]:
        for record in JournalReader(data):
            if record.kind is RecordKind.BATCH:
                batch = decode_batch(record.payload)
                yield batch.now_ns, batch.events

    return open_journal(batches, {seen.id: instrument})


def _symbol_place(index: int) -> str:
    return f"strategies[{index}].symbol"


def _overrides(account: ReplayAccount) -> InstrumentOverrides:
    return InstrumentOverrides(
        account.tick_size, account.lot_size, account.min_notional, account.maker_fee_bps, account.taker_fee_bps
    )


def _replay_accounts(accounts: Mapping[str, ReplayAccount], instruments: Sequence[Instrument]) -> list[VenueAccount]:
    quote = {instrument.quote_asset: REPLAY_QUOTE for instrument in instruments}
    return [VenueAccount(name, dict(account.balances) or quote) for name, account in accounts.items()]


def rooms_for(cells: Sequence[Cell]) -> dict[str, AccountRoom]:
    """One room per account, every cell in its own."""
    rooms: dict[str, AccountRoom] = {}
    for cell in cells:
        for leg in cell.legs:
            rooms.setdefault(leg.account, AccountRoom(leg.account)).join(cell.name)
    return rooms


@contextmanager
def close_files(cells: Sequence[Cell], crashed: Collection[str] = ()) -> Iterator[None]:
    """Close what the cells keep on the disk, whatever happens; a journal gets its END only where all went as it should.

    ``crashed`` names, by then, the strategies that a bug has ended.
    """
    clean = False
    try:
        yield
        clean = True
    finally:
        for cell in cells:
            if cell.recorder is not None:
                cell.recorder.journal.close(clean=clean and cell.name not in crashed)
            if cell.keeper is not None:
                cell.keeper.close(cell, crashed=not clean or cell.name in crashed)

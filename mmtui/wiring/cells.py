"""Cells: a strategy's state, its journal, and what it remembers of the run before."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mmtui.config import Account, LoadedConfig, StandxAccount, StrategyConfig
from mmtui.core.legs import LegsState
from mmtui.core.markout import Markouts
from mmtui.core.order_table import OrderTable
from mmtui.core.pnl import PnlBook
from mmtui.core.reward_band import RewardMeter
from mmtui.core.state import PositionPolicy, State
from mmtui.engine.cell import Cell, Recorder
from mmtui.engine.codec import encode_head
from mmtui.engine.keeper import Keeper, Kept
from mmtui.engine.terms import limits_of, policy_of
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS
from mmtui.storage.journal import JournalWriter
from mmtui.storage.journal_thread import ThreadedWriter
from mmtui.strategies import kind as find_kind
from mmtui.wiring.earlier import earlier_fills_since
from mmtui.wiring.keeping import open_keeper

log = logging.getLogger("mmtui.wiring")


def _base36(number: int) -> str:
    """A number in few letters."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"


def _reward_meter(account: Account) -> RewardMeter | None:
    """The meter of the programme that an account takes part in; None where it does in none."""
    rules = account.rewards if isinstance(account, StandxAccount) else None
    return None if rules is None else RewardMeter(rules=rules)


class CellMaker:
    """Makes the cells of a run: one per enabled strategy."""

    def __init__(self, loaded: LoadedConfig, run_id: str, *, threaded: bool, journal: Path | None) -> None:
        self._loaded = loaded
        self._config = loaded.config
        self._ledger = loaded.under_home(loaded.config.storage.database)
        self._run_id = run_id
        self._threaded = threaded
        self._journal = journal
        self._tables = 0

    def make(self, strategy: StrategyConfig, legs: Sequence[tuple[Instrument, VenueFacts]]) -> Cell:
        """One cell with its journal, if one is kept; ``legs`` are the strategy's, each with what its venue can do.

        Raises StorageError: another process runs this strategy, or a file cannot be read or written.
        """
        kind = find_kind(strategy.kind)
        memory = kind.initial_memory()
        whole: State | LegsState
        if kind.legs == 1:
            instrument, facts = legs[0]
            whole = self._state(strategy, strategy.name, strategy.account_names[0], instrument, facts)
            whole.settings, whole.memory = strategy.settings, memory
        else:
            states = [
                self._state(strategy, f"{strategy.name}-{index}", account, instrument, facts)
                for index, (account, (instrument, facts)) in enumerate(zip(strategy.account_names, legs, strict=True))
            ]
            whole = LegsState(
                strategy=strategy.name, kind=kind.name, settings=strategy.settings, memory=memory, legs=states
            )
        cell = Cell(whole, kind)
        cell.keeper = keeper = open_keeper(self._loaded, strategy, [instrument for instrument, _ in legs])
        try:
            if keeper is not None:
                _go_on(cell, keeper)
            if self._journal is not None:
                cell.recorder = self._recorder(cell, self._journal)
        except BaseException:
            if keeper is not None:
                keeper.release()
            raise
        return cell

    def _state(
        self, strategy: StrategyConfig, orders_of: str, account: str, instrument: Instrument, facts: VenueFacts
    ) -> State:
        """The state of one account and symbol; ``orders_of`` begins the names of its orders."""
        return State(
            run_id=self._run_id,
            strategy=strategy.name,
            kind=strategy.kind,
            account=account,
            instrument=instrument,
            facts=facts,
            limits=limits_of(self._config.risk_for(account)),
            policy=policy_of(strategy),
            settings=None,
            memory=None,
            orders=self._order_table(orders_of),
            pnl=PnlBook.for_instrument(account, instrument),
            markouts=Markouts(),
            rewards=_reward_meter(self._config.accounts[account]),
            earlier_fills_since_ns=earlier_fills_since(
                self._config, self._ledger, strategy.name, account, instrument, time.time_ns()
            ),
        )

    def _order_table(self, strategy: str) -> OrderTable:
        """A table whose client ids no other run of the strategy on the wall clock has used."""
        family = f"mm-{strategy}-"
        if not self._threaded:
            return OrderTable(prefix=family)
        self._tables += 1
        return OrderTable(prefix=f"{family}{_base36(time.time_ns() // NS_PER_MS + self._tables)}-", family=family)

    def _recorder(self, cell: Cell, folder: Path) -> Recorder:
        record = self._config.journal.record
        record = "full" if record == "off" else record
        writer = ThreadedWriter if self._threaded else JournalWriter
        max_mb = self._config.journal.max_mb
        journal = writer(folder, self._run_id, cell.name, lambda: encode_head(cell.whole, record), max_mb)
        return Recorder(journal, cell.whole.quotes, full=record == "full")


def _go_on(cell: Cell, keeper: Keeper) -> None:
    """Give a new run the memory of the last one, where the position that it is about is kept too. Raises StorageError.

    A run that begins by closing what is held begins anew in every respect.
    """
    kept = keeper.load()
    if kept is None or not _fits(cell, kept):
        return
    try:
        memory = msgspec.msgpack.decode(kept.memory, type=cell.kind.memory_type)
    except msgspec.MsgspecError as error:
        log.warning("%s: what the last run remembered is of another version (%s)", cell.name, error)
        return
    cell.whole.memory = memory
    for state, leg in zip(cell.legs, kept.legs, strict=True):
        state.carried = leg.carried
    log.warning("%s goes on with what its last run remembered", cell.name)


def _fits(cell: Cell, kept: Kept) -> bool:
    """Whether a checkpoint is about this run's kind, markets and position."""
    if any(leg.policy.on_start_position is not PositionPolicy.KEEP for leg in cell.legs):
        return False
    return kept.kind == cell.kind.name and [leg.instrument for leg in kept.legs] == [
        state.instrument.id for state in cell.legs
    ]

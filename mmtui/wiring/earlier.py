"""From when fills of a strategy's earlier runs must be listed: a run that was killed may not have heard its last."""

import logging
from pathlib import Path
from typing import Final

from mmtui.config import Account, Config, NetworkAccount
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import StorageError

log = logging.getLogger("mmtui.wiring")

OVERLAP_NS: Final = 10 * NS_PER_S
"""How much of what the ledger has is listed again: it may be as much behind the venue."""

LONGEST_NS: Final = 7 * 86_400 * NS_PER_S
"""Older fills are not asked for: their lists grow without end."""


def earlier_fills_since(
    config: Config, ledger: Path, strategy: str, account: str, instrument: Instrument, now_ns: int
) -> int:
    """Wall time in nanoseconds since which fills may be missing in the ledger; 0 where there was no live run.

    Simulated fills die with their venue, so they are never looked for.
    """
    row: Account = config.accounts[account]
    if config.stage != "live" or not isinstance(row, NetworkAccount) or not ledger.exists():
        return 0
    try:
        from mmtui.storage.history import LedgerReader  # what needs no ledger must not wait for sqlite

        reader = LedgerReader(ledger)
        try:
            last_ns = reader.last_live_word_ns(strategy, account, instrument.symbol)
        finally:
            reader.close()
    except StorageError as error:
        log.warning("fills of earlier runs are not looked for: %s", error)
        return 0
    return 0 if last_ns is None else max(last_ns - OVERLAP_NS, now_ns - LONGEST_NS)

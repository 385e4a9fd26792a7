"""What the desk shows beside the workers' own rows: the next run's settings, the venue's words, what lies where."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from mmtui.config import Config, LoadedConfig, StrategyConfig
from mmtui.core.state import State
from mmtui.engine.cell import Cell
from mmtui.engine.markets import Markets
from mmtui.engine.publish import settings_text
from mmtui.engine.publish_legs import cell_row
from mmtui.model.events import PositionReport
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ZERO
from mmtui.views.board import StrategyRow


def run_row(strategy: StrategyConfig, cell: Cell, markets: Markets) -> StrategyRow:
    """The row of a run. Once it has stopped, the settings shown are those of the next one."""
    row = cell_row(cell)
    if cell.stopped:
        return replace(row, settings=settings_text(strategy.settings))
    if len(cell.legs) > 1:
        return row
    state = cell.state
    report = markets.reported(state.account, state.instrument.id, state.pnl.base_held)
    if report is None:
        return row
    return replace(row, liquidation_price=report.liquidation_price, margin=_margin(state, report))


def _margin(state: State, report: PositionReport) -> Decimal | None:
    """What the position binds at the mark, with the leverage that the venue has set; None where it does not say."""
    if not report.leverage or state.reference is None or state.instrument.market_type is not MarketType.PERP:
        return None
    return state.reference * abs(report.quantity) / report.leverage


def held(
    states: Iterable[State], account: str, instrument: Instrument
) -> tuple[Decimal | None, tuple[Decimal | None, Decimal | None]]:
    """Position and balances as the account's workers know them; a symbol that nobody trades yet counts as flat."""
    position: Decimal | None = ZERO
    balances: tuple[Decimal | None, Decimal | None] = (None, None)
    for state in states:
        if state.account != account:
            continue
        holdings = state.holdings
        balances = (holdings.total(instrument.base_asset), holdings.total(instrument.quote_asset))
        if state.instrument.id == instrument.id:
            position = state.position
    return position, balances


def places(config: Config, loaded: LoadedConfig, settings: Path) -> dict[str, str]:
    """Where things are kept, as absolute paths."""
    journal = "" if config.journal.record == "off" else str(loaded.under_home(config.journal.directory))
    return {
        "settings": str(settings),
        "database": str(loaded.under_home(config.storage.database)),
        "journal": journal,
        "logs": str(loaded.under_home(config.logs.directory)),
    }

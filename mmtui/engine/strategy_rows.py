"""The Board's row of a configured strategy, running or not, with what the venue says beside our own books."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from mmtui.config import StrategyConfig
from mmtui.core.state import State
from mmtui.engine.cell import Cell
from mmtui.engine.idle import idle_row
from mmtui.engine.markets import Markets
from mmtui.engine.publish import settings_text
from mmtui.engine.publish_legs import cell_row
from mmtui.model.instrument import Instrument
from mmtui.model.units import ZERO
from mmtui.views.board import StrategyRow


class StrategyRows:
    """Makes rows; ``unusable`` says by strategy why it cannot be started here."""

    def __init__(self, markets: Markets, unusable: Mapping[str, str]) -> None:
        self._markets = markets
        self._unusable = unusable

    def of_run(self, strategy: StrategyConfig, cell: Cell) -> StrategyRow:
        """The row of a run. Once it has stopped, the settings shown are those of the next one."""
        row = cell_row(cell)
        if cell.stopped:
            return replace(row, settings=settings_text(strategy.settings))
        if len(cell.legs) > 1:
            return row
        price = self._markets.liquidation_price(cell.state.account, cell.state.instrument.id, cell.state.pnl.base_held)
        return row if price is None else replace(row, liquidation_price=price)

    def without_run(self, strategy: StrategyConfig, instrument: Instrument | None) -> StrategyRow:
        """The row of one that was not started; ``instrument`` is None where it is unusable."""
        fault = self._unusable.get(strategy.name, "")
        if fault or instrument is None:
            return idle_row(strategy, None, None, fault)
        return idle_row(strategy, instrument, self._markets.find(instrument.id))


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

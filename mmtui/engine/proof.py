"""The proof behind the figures: what the venue's cash and positions did, less what our books say they did.

residual = (change of the venue's cash less our cash flows from fills, fees and funding)
         + (venue position less ours) x one mark used on both sides.
The venue's own unrealised figure is not used.
"""

from collections.abc import Sequence
from decimal import Decimal

from mmtui.core.state import State
from mmtui.model.instrument import MarketType
from mmtui.model.units import ZERO


def residual(states: Sequence[State]) -> Decimal | None:
    """Residual over all accounts of these workers; None where a figure it needs is unknown."""
    total = ZERO
    by_account: dict[tuple[str, str], list[State]] = {}
    for state in states:
        by_account.setdefault((state.account, state.instrument.quote_asset), []).append(state)
    for group in by_account.values():
        cash = _cash_residual(group)
        held = [_position_residual(state) for state in group]
        if cash is None or any(part is None for part in held):
            return None
        total += cash + sum((part for part in held if part is not None), ZERO)
    return total


def equity_change(states: Sequence[State]) -> Decimal | None:
    """Change of the venue's equity in this run: net PnL plus the residual; None while either is unknown."""
    rest = residual(states)
    nets = [state.pnl.net(state.reference) for state in states]
    if rest is None or any(net is None for net in nets):
        return None
    return rest + sum((net for net in nets if net is not None), ZERO)


def _cash_residual(group: Sequence[State]) -> Decimal | None:
    """Change of one account's quote balance, less what our fills, fees and funding moved."""
    quote = group[0].instrument.quote_asset
    first = next((state.first_quote_cash for state in group if state.first_quote_cash is not None), None)
    newest = max(group, key=lambda state: state.holdings.asked_ns or 0)
    last = newest.holdings.total(quote)
    if first is None or last is None:
        return None
    return last - first - sum((_cash_moved(state) for state in group), ZERO)


def _cash_moved(state: State) -> Decimal:
    """What our books say the quote balance moved by: full notionals on spot, profit only on a perp."""
    pnl = state.pnl
    if state.instrument.market_type is MarketType.SPOT:
        return pnl.quote_cash
    return pnl.wallet_cash


def _position_residual(state: State) -> Decimal | None:
    """Venue position less ours, valued at one mark."""
    if state.instrument.market_type is MarketType.SPOT:
        now = state.holdings.total(state.instrument.base_asset)
        if now is None or state.start_position is None:
            return None
        # What was held at the start was taken over into our books, so both sides are whole holdings.
        difference = now - state.pnl.base_held
    else:
        if state.venue_position is None:
            return None
        difference = state.venue_position - state.pnl.position.quantity
    if not difference:
        return ZERO
    mark = state.reference
    return None if mark is None else difference * mark * state.instrument.multiplier

"""The table of event handlers: each event type changes the state in one way and says whether a decision is due.

Most market frames return False, and step stops there.
"""

from collections.abc import Callable
from typing import Any

from mmtui.core import apply_account, apply_market, apply_operator, apply_orders
from mmtui.core.state import State
from mmtui.model import events

Handler = Callable[[State, Any], bool]


def _watched(handler: Handler) -> Handler:
    """The account or the operator spoke: what must not be forgotten is looked through before the next decision."""

    def handle(state: State, event: Any) -> bool:  # noqa: ANN401 - as Handler says
        state.watch_due_ns = 0
        return handler(state, event)

    return handle


HANDLERS: dict[type, Handler] = {
    events.BookSnapshot: apply_market.on_snapshot,
    events.BookDelta: apply_market.on_delta,
    events.BestPrices: apply_market.on_best_prices,
    events.PublicTrade: apply_market.on_trade,
    events.MarkPrice: apply_market.on_mark,
    events.StreamUp: apply_market.on_stream_up,
    events.StreamDown: apply_market.on_stream_down,
    events.Unrecognised: apply_market.on_unrecognised,
    events.OrderReport: apply_orders.on_order_report,
    events.CommandRefused: _watched(apply_orders.on_refused),
    events.CommandUnknown: _watched(apply_orders.on_unknown),
    events.Fill: _watched(apply_orders.on_fill),
    events.FundingPayment: _watched(apply_account.on_funding),
    events.OpenOrders: _watched(apply_orders.on_open_orders),
    events.OrderMissing: _watched(apply_orders.on_order_missing),
    events.PositionReport: _watched(apply_account.on_position_report),
    events.PositionAdjustment: _watched(apply_account.on_position_adjustment),
    events.Balances: _watched(apply_account.on_balances),
    events.FillsListed: _watched(apply_account.on_fills_listed),
    events.ReadFailed: _watched(apply_account.on_read_failed),
    events.AccountTotals: _watched(apply_account.on_totals),
    events.Start: _watched(apply_operator.on_start),
    events.Pause: _watched(apply_operator.on_pause),
    events.Resume: _watched(apply_operator.on_resume),
    events.Stop: _watched(apply_operator.on_stop),
    events.CancelEverything: _watched(apply_operator.on_cancel_everything),
    events.ChangeSettings: _watched(apply_operator.on_settings),
    events.ChangeLimits: _watched(apply_operator.on_limits),
}

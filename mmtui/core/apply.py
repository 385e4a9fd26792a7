"""The table of event handlers: each event type changes the state in one way and says whether a decision is due.

Most market frames return False, and step stops there.
"""

from collections.abc import Callable
from typing import Any

from mmtui.core import apply_account, apply_market, apply_operator
from mmtui.core.state import State
from mmtui.model import events

Handler = Callable[[State, Any], bool]

HANDLERS: dict[type, Handler] = {
    events.BookSnapshot: apply_market.on_snapshot,
    events.BookDelta: apply_market.on_delta,
    events.BestPrices: apply_market.on_best_prices,
    events.PublicTrade: apply_market.on_trade,
    events.MarkPrice: apply_market.on_mark,
    events.StreamUp: apply_market.on_stream_up,
    events.StreamDown: apply_market.on_stream_down,
    events.Unrecognised: apply_market.on_unrecognised,
    events.OrderReport: apply_account.on_order_report,
    events.CommandRefused: apply_account.on_refused,
    events.CommandUnknown: apply_account.on_unknown,
    events.Fill: apply_account.on_fill,
    events.FundingPayment: apply_account.on_funding,
    events.OpenOrders: apply_account.on_open_orders,
    events.OrderMissing: apply_account.on_order_missing,
    events.PositionReport: apply_account.on_position_report,
    events.PositionAdjustment: apply_account.on_position_adjustment,
    events.Balances: apply_account.on_balances,
    events.FillsListed: apply_account.on_fills_listed,
    events.ReadFailed: apply_account.on_read_failed,
    events.AccountTotals: apply_account.on_totals,
    events.Start: apply_operator.on_start,
    events.Pause: apply_operator.on_pause,
    events.Resume: apply_operator.on_resume,
    events.Stop: apply_operator.on_stop,
    events.CancelEverything: apply_operator.on_cancel_everything,
    events.ChangeSettings: apply_operator.on_settings,
}

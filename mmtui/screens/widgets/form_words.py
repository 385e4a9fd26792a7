"""Titles, meanings, units and presets of all settings, marked for translation.

Strategies and configuration describe themselves in plain English and know no language; what a form shows of them is
looked up here by message. A test tells when one of their words is missing.
"""

from typing import Final

from mmtui.language import N_
from mmtui.screens.widgets.legs_words import WORDS as LEGS_WORDS
from mmtui.screens.widgets.solo_words import WORDS as SOLO_WORDS

WORDS: Final = (
    # units (%, s, ms and bps are the same in every language)
    N_("base"),
    N_("quote"),
    N_("orders"),
    N_("half-spreads"),
    # presets and files
    N_("conservative"),
    N_("beginner"),
    N_("aggressive"),
    N_("settings"),
    N_("database"),
    N_("journal"),
    N_("logs"),
    # perp_maker
    N_("Perpetual market maker"),
    N_("Spread"),
    N_("Total distance from the first buy to the first sell, in percent of mid; half on each side."),
    N_("Quantity"),
    N_("Size of each order. Empty: min(5 %, 1/(4 x orders per side)) of the quote balance."),
    N_("Orders per side"),
    N_("How many orders stand on each side."),
    N_("Interval"),
    N_("Least time between two re-pricings. Fills, stops and closes act at once."),
    N_("Tolerated position"),
    N_("Size that is tolerated on either side, never actively built."),
    N_("Largest position"),
    N_("Cap on the position, open orders included. Above it the excess is closed at once."),
    N_("Position threshold"),
    N_("Above tolerated position plus this, the excess is closed at once."),
    N_("Inventory skew"),
    N_("How far prices lean against the position: half-spreads at a full position."),
    N_("Ladder"),
    N_("spread: one to two half-spreads from mid. tick: 1.5 x i^1.5 ticks behind the first order."),
    N_("Stop loss"),
    N_("Unrealised loss at which the whole position is closed. Empty: none."),
    N_("Take profit"),
    N_("Unrealised profit at which the whole position is closed. Empty: none."),
    N_("Requote tolerance"),
    N_("Orders this close to their new price stay, with their place in the queue."),
    N_("Close slippage"),
    N_("How far beyond the touch a close may trade."),
    # risk limits
    N_("Largest order"),
    N_("Largest notional of one order."),
    N_("Largest notional of a position, per account and symbol."),
    N_("Open orders"),
    N_("Most orders open at once on an account."),
    N_("Daily loss"),
    N_("Loss of an account within one UTC day that stops it."),
    N_("Drawdown"),
    N_("Fall of an account's equity from its highest point that stops it."),
    N_("Price band"),
    N_("Farthest an order may stand from the reference price."),
    N_("Stale after"),
    N_("A book older than this is not quoted on."),
    *LEGS_WORDS,
    *SOLO_WORDS,
)

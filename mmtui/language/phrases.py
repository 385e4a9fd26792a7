"""Reasons and messages of the core in the reader's language.

The core and the strategies write plain English, because what they write is journaled and replayed. Their sentences are
known here as templates: a text that fits one is translated with its figures in place, a text of several parts
part by part, and what nobody has translated stays in English.
"""

import gettext
import re
from typing import Final, NamedTuple

from mmtui.language import N_
from mmtui.language.solo_phrases import SOLO_PHRASES

PHRASES: Final = (
    # why there are no quotes, or fewer
    N_("not started"),
    N_("no fresh book"),
    N_("book is crossed"),
    N_("position unknown"),
    N_("quote balance unknown"),
    N_("stop loss"),
    N_("take profit"),
    N_("{exit}: closing the position"),
    N_("closing to max_position"),
    N_("closing to target + threshold"),
    N_("cooling down after {exit}"),
    N_("quantity {quantity} is below the minimum {minimum}"),
    N_("PnL unknown, reducing only"),
    N_("max_position limits {sides}"),
    N_("bids"),
    N_("asks"),
    N_("bids below one tick left out"),
    N_("orders below the minimum notional {minimum} left out"),
    N_("quoting {bids}x{asks} around {mid}, load {load}"),
    # how a run begins and ends
    N_("preparing: waiting for {what}"),
    N_("start"),
    N_("open orders"),
    N_("position"),
    N_("balances"),
    N_("orders of earlier runs"),
    N_("flat position"),
    N_("order book"),
    N_("all preparations are green; quoting"),
    N_("all preparations are green; paused: {reason}"),
    N_("paused: {reason}"),
    N_("cancel all"),
    N_("quoting again"),
    N_("stopping: {reason}"),
    N_("duration"),
    N_("end of simulated time"),
    N_("end of data"),
    N_("max_daily_loss: today's PnL {pnl}"),
    N_("max_drawdown: {drawdown} below the peak"),
    N_("flatten at start"),
    N_("flatten at stop"),
    N_("stopped: {reason}; the venue, asked twice, shows none of our orders"),
    N_("stopped: {reason}; {rest}"),
    N_("{orders} orders left as asked"),
    N_("stopped without proof; still waiting for {what}"),
    N_("live orders: {orders}"),
    N_("the end of all orders"),
    N_("fills that the venue has named: {orders}"),
    N_("a list of fills"),
    N_("a flat position"),
    N_("the venue's word that none of our orders is left"),
    N_("new settings are in force"),
    N_("new settings cannot be read, the old ones stay: {reason}"),
    N_("failed: {reason}"),
    # what reaches us from the venue, or does not
    N_("market data lost: {reason}"),
    N_("account stream lost: {reason}"),
    N_("the account stream is back; asking what happened meanwhile"),
    N_("a book message is missing; waiting for a snapshot"),
    N_("unrecognised message from {source}"),
    N_("could not read {what}: {reason}"),
    N_("a fill that is not ours changes this position"),
    N_("funding {amount}"),
    N_("position at start {quantity}"),
    N_("the venue's position differs from ours; asking again"),
    N_("position changed by {quantity} without a fill of ours: {reason}"),
    N_("the venue's position differed twice"),
    # why something wanted is not there
    N_("{side} level {level}: {fault}"),
    N_("buy"),
    N_("sell"),
    N_("price is not positive"),
    N_("below the minimum quantity: {quantity} < {minimum}"),
    N_("below the minimum notional: {minimum}"),
    N_("own bid at or above own ask: {bid} against {ask}"),
    N_("{quantity} is more than the {left} left to reduce"),
    N_("what happened while the account stream was down is not known yet"),
    N_("no mark and no mid to measure risk at"),
    N_("price {price} is further than {band} from {reference}"),
    N_("order of {notional} above {limit}"),
    N_("{orders} orders live or unresolved"),
    N_("position unknown: no new exposure"),
    N_("the account room does not vouch for the account"),
    N_("the book is stale"),
    N_("the run is stopping"),
    N_("the journal cannot be written"),
    N_("the account stream is down"),
    N_("reachable position worth {worth} above {limit}"),
    N_("position unknown: nothing is closed blindly"),
    N_("position is at its target"),
    N_("what is left to close is below the minimum quantity"),
    N_("waiting for the ends of live orders before closing"),
    N_("no book to close at"),
    N_("a close never grows a position"),
    N_("waiting for fills that the venue has named"),
    # what became of an order
    N_("never arrived"),
    N_("turned up after it seemed to be done"),
    N_("filled after it seemed to be done"),
    N_("gone from the venue, fills accounted for"),
    N_("no answer to the {action} in time"),
    N_("place"),
    N_("amend"),
    N_("cancel"),
    N_("absent from the venue's list of open orders"),
    N_("post_only_would_cross"),
    N_("insufficient_funds"),
    N_("reduce_only_violation"),
    N_("below_minimum"),
    N_("bad_price"),
    N_("bad_quantity"),
    N_("order_done"),
    N_("order_not_found"),
    N_("duplicate_client_id"),
    N_("self_trade"),
    N_("rate_limited"),
    N_("not_allowed"),
    N_("maintenance"),
    N_("other"),
    *SOLO_PHRASES,
)

FAULTS: Final = (
    # what the check of the configuration finds wrong with a value
    N_("must be a decimal number, like {example}"),
    N_("must be a whole number, like {example}"),
    N_("must be greater than {bound}"),
    N_("must be at least {bound}"),
    N_("must be less than {bound}"),
    N_("must be at most {bound}"),
    N_("must be one of {names}"),
    N_("did you mean {name}?"),
    N_("must be true or false"),
    N_("scientific notation is not read"),
    N_("write {figure}"),
    N_("is not finite"),
    N_("write a finite number"),
    N_("has more than {count} digits"),
    N_("is empty"),
    N_("must be letters, digits, - and single _ (at most {count}), a letter or digit first"),
    N_("no such account"),
    N_("no such kind"),
    N_("known: {names}"),
    N_("strategy {name} trades it on this account"),
    N_("one must go"),
    # what a strategy finds wrong between two of its settings
    N_("target_position {target} is above max_position {cap}"),
    N_("what is tolerated cannot exceed the cap"),
    N_("lower target_position or raise max_position"),
    N_("quantity {quantity} is above max_position {cap}"),
    N_("no order could fill whole"),
    N_("lower quantity or raise max_position"),
)
"""Parts of what is said of a wrong value; they are put together by semicolons and colons."""

SEPARATORS: Final = (N_("; "), N_(": "), N_(", "), N_(" and "))
"""What joins the parts of a text, the widest first."""

_LONGEST: Final = 500
"""Characters of a single text that are looked at closely; what is longer is a list, or a venue's own words."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class _Template(NamedTuple):
    english: str
    pattern: re.Pattern[str]


class Phrasebook:
    """Translates the core's texts by one catalogue."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        self._gettext = catalogue.gettext
        self._words: dict[str, str] = {}
        self._templates: list[_Template] = []
        for phrase in (*PHRASES, *FAULTS):
            translated = catalogue.gettext(phrase)
            if translated == phrase:
                continue
            if _PLACEHOLDER.search(phrase):
                self._templates.append(_Template(phrase, _pattern(phrase)))
            else:
                self._words[phrase] = translated
        # The template with the most text of its own says most about what it fits.
        self._templates.sort(key=lambda template: len(_PLACEHOLDER.sub("", template.english)), reverse=True)

    def say(self, text: str) -> str:
        """``text`` in the reader's language, as far as its parts are known."""
        if text in self._words:
            return self._words[text]
        if len(text) > _LONGEST:
            return self._say_list(text)
        for template in self._templates:
            found = template.pattern.fullmatch(text)
            if found is not None:
                figures = {name: self.say(value) for name, value in found.groupdict().items()}
                return self._gettext(template.english).format(**figures)
        return self._say_parts(text)

    def _say_list(self, text: str) -> str:
        """A long text is taken apart at its widest joint only, without recursion."""
        joint = SEPARATORS[0]
        parts = text.split(joint)
        said = [self.say(part) if len(part) <= _LONGEST else part for part in parts]
        return text if said == parts else self._gettext(joint).join(said)

    def _say_parts(self, text: str) -> str:
        separator = next((separator for separator in SEPARATORS if separator in text), None)
        if separator is None or not self._words:
            return text
        head, _, tail = text.partition(separator)
        said_head, said_tail = self.say(head), self.say(tail)
        if said_head == head and said_tail == tail:
            return text
        return said_head + self._gettext(separator) + said_tail


def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase with each placeholder as a group of its name."""
    pieces = _PLACEHOLDER.split(phrase)
    return re.compile("".join(f"(?P<{piece}>.+?)" if k % 2 else re.escape(piece) for k, piece in enumerate(pieces)))

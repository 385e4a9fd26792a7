"""The two legs of a pair as facts: prices of each, both spreads against their thresholds, net exposure."""

from decimal import Decimal

from mmtui.model.units import NS_PER_S
from mmtui.screens import numbers
from mmtui.screens.legs import Leg, Spread, comparable, distance_to, least_lot, net_exposure, net_value, ratio, sell_buy
from mmtui.screens.widgets.facts_pane import Fact, Paragraph, Sentence
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import cash_places, holding, tone
from mmtui.views.board import PairRow

_STALE_NS = NS_PER_S
"""A book that is older than this is called stale: an arbitrage on it would be a guess."""


def leg_facts(leg: Leg, translate: Say) -> list[Paragraph]:
    """Prices, book, position of one leg."""
    _ = translate
    stale = leg.book_age_ns is None or leg.book_age_ns > _STALE_NS
    held = holding(leg.position, leg.lot_size)
    position = held.text if leg.position is None else f"{held.text} {leg.base_asset}"
    strategies = ", ".join(leg.strategies) or _("none of ours")
    return [
        (
            Fact(_("bid"), numbers.price(leg.best_bid, leg.tick_size), "buy-strong"),
            Fact(_("ask"), numbers.price(leg.best_ask, leg.tick_size), "sell-strong"),
        ),
        (
            Fact(_("mid"), numbers.number(leg.mid, numbers.places_of(leg.tick_size) + 1)),
            Fact(_("book age"), numbers.age(leg.book_age_ns), "warning" if stale else "text"),
            Fact(_("stream"), _(leg.stream) if leg.stream else numbers.UNKNOWN),
        ),
        (
            Fact(_("position"), position if leg.traded else _("not traded by us"), held.style if leg.traded else "dim"),
            Fact(_("strategy"), strategies, "text" if leg.traded else "dim"),
        ),
    ]


def pair_facts(first: Leg, second: Leg, pair: PairRow | None, translate: Say) -> list[Paragraph]:
    """What the two are worth against each other; thresholds and unhedged time where a two-leg strategy tells them."""
    _ = translate
    if first.instrument == second.instrument:
        return [Sentence("!", _("both legs are the same instrument; choose another"), "warning", lines=2)]
    if not comparable(first, second):
        text = _("different assets: {first} and {second}; spreads mean nothing, the ratio is shown").format(
            first=first.base_asset, second=second.base_asset
        )
        facts: list[Paragraph] = [Sentence("!", text, "warning", lines=2)]
        facts.append((Fact(_("ratio"), numbers.number(ratio(first, second), 6), "strong"),))
        return [*facts, _worth(first, second, _)]
    sell_first = None if pair is None else pair.sell_first_bps
    sell_second = None if pair is None else pair.sell_second_bps
    return [
        _spread(_("sell 1st, buy 2nd"), sell_buy(first, second), sell_first, first, _),
        _spread(_("sell 2nd, buy 1st"), sell_buy(second, first), sell_second, first, _),
        _exposure(first, second, pair, _),
        _worth(first, second, _),
    ]


def no_pair(translate: Say) -> Sentence:
    """What to say while no strategy has two legs."""
    _ = translate
    text = _("No two-leg strategy is configured: thresholds and unhedged time are not known. Choose any two legs.")
    return Sentence("i", text, "warning", lines=3)


def _spread(label: str, spread: Spread, threshold: Decimal | None, leg: Leg, _: Say) -> tuple[Fact, ...]:
    places = numbers.places_of(leg.tick_size)
    bps = numbers.UNKNOWN if spread.bps is None else f"{numbers.signed(spread.bps, 2)} bps"
    quote = numbers.UNKNOWN if spread.quote is None else f"{numbers.signed(spread.quote, places)} {leg.quote_asset}"
    facts = [Fact(label, bps, tone(spread.bps)), Fact("=", quote, tone(spread.quote))]
    away = distance_to(spread, threshold)
    if threshold is not None:
        facts.append(Fact(_("threshold"), f"{numbers.signed(threshold, 2)} bps"))
    if away is not None:
        word = _("ABOVE by {bps} bps") if away > 0 else _("below by {bps} bps")
        facts.append(Fact("", word.format(bps=numbers.number(abs(away), 2)), "gain" if away > 0 else "dim"))
    return tuple(facts)


def _exposure(first: Leg, second: Leg, pair: PairRow | None, _: Say) -> tuple[Fact, ...]:
    net = net_exposure(first, second)
    flat = net is not None and abs(net) < least_lot(first, second)
    places = max(numbers.places_of(first.lot_size), numbers.places_of(second.lot_size))
    text = numbers.UNKNOWN if net is None else f"{numbers.signed(net, places)} {first.base_asset}"
    style = "warning" if net is None else "text" if flat else "error"
    facts = [Fact(_("net exposure"), text, style)]
    if flat:
        facts.append(Fact("", _("hedged"), "gain"))
    unhedged_ns = None if pair is None else pair.unhedged_ns
    if unhedged_ns:
        facts.append(Fact(_("unhedged for"), f"{numbers.number(Decimal(unhedged_ns) / NS_PER_S, 1)} s", "error"))
    else:
        known = numbers.UNKNOWN if unhedged_ns is None else "0 s"
        facts.append(Fact(_("unhedged for"), known, "dim"))
    return tuple(facts)


def _worth(first: Leg, second: Leg, _: Say) -> tuple[Fact, ...]:
    worth, places = net_value(first, second), cash_places(first.quote_asset)
    text = numbers.UNKNOWN if worth is None else f"{numbers.signed(worth, places)} {first.quote_asset}"
    return (Fact(_("net value"), text, tone(worth)),)

"""What is known of one strategy, in words and figures: market, quotes, position, money, and why nothing is quoted."""

from mmtui.model.units import BPS, HUNDRED, Side
from mmtui.screens import numbers
from mmtui.screens.widgets.facts_pane import Fact, Paragraph, Sentence
from mmtui.screens.widgets.strategy_table import Say, spread_bps, why
from mmtui.screens.widgets.table_cells import cash_places, holding, tone
from mmtui.views.board import PriceRow, StrategyRow


def strategy_facts(row: StrategyRow, translate: Say, say: Say) -> list[Paragraph]:
    """The paragraphs of one strategy: the reason first, then what keeps quotes off, then figures."""
    _ = translate
    paragraphs: list[Paragraph] = []
    reason = why(row, say)
    if reason:
        paragraphs.append(Sentence("▸", reason, "strong", lines=2))
    paragraphs += [Sentence("✗", say(line), "warning", lines=2) for line in row.why_not]
    if row.orders and any(order.state == "unknown" for order in row.orders):
        lost = [order.client_order_id for order in row.orders if order.state == "unknown"]
        text = _("outcome unknown: {orders}").format(orders=", ".join(lost))
        paragraphs.append(Sentence("?", text, "error", lines=2))
    paragraphs += [_market(row, _), _quotes(row, _), _position(row, _), _counts(row, _)]
    return paragraphs


def heading(row: StrategyRow) -> str:
    """Name, kind, account and symbol."""
    return f"{row.name}  {row.kind} · {row.account} · {row.symbol}"


def _market(row: StrategyRow, _: Say) -> tuple[Fact, ...]:
    tick = row.tick_size
    funding = None if row.funding_rate is None else row.funding_rate * HUNDRED
    return (
        Fact(_("bid"), numbers.price(row.best_bid, tick), "buy"),
        Fact(_("ask"), numbers.price(row.best_ask, tick), "sell"),
        Fact(_("spread"), _with_unit(numbers.bps(spread_bps(row), 2), "bps")),
        Fact(_("mark"), numbers.price(row.mark, tick)),
        Fact(_("index"), numbers.price(row.index, tick)),
        Fact(_("funding rate"), numbers.percent(funding, 4)),
        Fact(_("book age"), numbers.age(row.book_age_ns)),
    )


def _quotes(row: StrategyRow, _: Say) -> tuple[Fact, ...]:
    bids = [rung for rung in row.wanted if rung.side is Side.BUY]
    asks = [rung for rung in row.wanted if rung.side is Side.SELL]
    return (
        Fact(_("wants B"), _wanted(max(bids, key=_price, default=None), len(bids), row), "buy"),
        Fact(_("wants S"), _wanted(min(asks, key=_price, default=None), len(asks), row), "sell"),
        Fact(_("orders live"), f"{len(row.orders)}"),
        Fact(_("foreign orders"), f"{row.foreign_orders}", "error" if row.foreign_orders else "dim"),
    )


def _price(rung: PriceRow) -> float:
    return float(rung.price)


def _wanted(best: PriceRow | None, count: int, row: StrategyRow) -> str:
    if best is None:
        return numbers.UNKNOWN if row.phase in ("idle", "stopped") else "0"
    text = f"{count} @ {numbers.price(best.price, row.tick_size)}"
    if row.mid:
        text += f" ({numbers.bps(abs(best.price - row.mid) / row.mid * BPS)} bps)"
    return text


def _position(row: StrategyRow, _: Say) -> tuple[Fact, ...]:
    places, held = cash_places(row.quote_asset), holding(row.position, row.lot_size)
    position = _with_unit(held.text, row.base_asset)
    entry_places = numbers.places_of(row.tick_size) + 1
    return (
        Fact(_("position"), position, held.style),
        Fact(_("entry"), numbers.number(row.average_entry, entry_places)),
        Fact(_("unrealised at mark"), numbers.signed(row.pnl.unrealized_mark, places), tone(row.pnl.unrealized_mark)),
        Fact(_("at touch"), numbers.signed(row.pnl.unrealized_touch, places), tone(row.pnl.unrealized_touch)),
        Fact(_("net"), _with_unit(numbers.signed(row.pnl.net, places), row.quote_asset), tone(row.pnl.net)),
    )


def _counts(row: StrategyRow, _: Say) -> tuple[Fact, ...]:
    return (
        Fact(_("fills"), f"{row.fills:,}"),
        Fact(_("placed"), f"{row.orders_placed:,}"),
        Fact(_("amended"), f"{row.orders_amended:,}"),
        Fact(_("cancelled"), f"{row.orders_cancelled:,}"),
        Fact(_("rejected"), f"{row.rejects:,}", "warning" if row.rejects else "text"),
        Fact(_("unknown outcomes"), f"{row.unknown_outcomes:,}", "warning" if row.unknown_outcomes else "text"),
    )


def _with_unit(figure: str, unit: str) -> str:
    """Unknown has no unit."""
    return figure if figure == numbers.UNKNOWN else f"{figure} {unit}"

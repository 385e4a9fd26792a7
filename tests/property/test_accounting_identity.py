"""Exact identities: profit is the change of equity, its parts sum to it, cost never leaks, states survive storage."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.account import COST_STEP, Position
from mmtui.core.fifo import match_fifo
from mmtui.core.pnl import PnlBook
from mmtui.model.events import Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, ZERO, Side

BASE, QUOTE = "SOL", "USDC"
RATES = {"BNB": Decimal("612.37"), "WEIRD": Decimal("0.00000713")}

prices = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(200_000), places=6)
quantities = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(10_000), places=4)
# Few round sizes meet often, so that positions are closed exactly, flipped and reopened all the time.
sizes = st.one_of(st.integers(1, 6).map(Decimal), quantities)
multipliers = st.sampled_from([ONE, Decimal("0.001"), Decimal(10), Decimal("0.0375")])
fee_amounts = st.decimals(min_value=Decimal(-5), max_value=Decimal(5), places=8)
mids = st.none() | prices


@st.composite
def fills(draw: st.DrawFn) -> Fill:
    return Fill(
        account="a",
        instrument="x",
        time_ns=draw(st.integers(0, 10**15)),
        trade_id="t",
        side=draw(st.sampled_from(Side)),
        price=draw(prices),
        quantity=draw(sizes),
        fee_cash=draw(fee_amounts),
        fee_asset=draw(st.sampled_from([QUOTE, BASE, "USDT", "BNB", "WEIRD"])),
        maker=draw(st.booleans()),
    )


payments = st.builds(
    FundingPayment, st.just("a"), st.just("x"), st.integers(0, 10**15), st.just("f"), st.decimals(-9, 9, places=8)
)
histories = st.lists(st.tuples(st.one_of(fills(), fills(), fills(), payments), mids), max_size=25)
kinds = st.sampled_from(MarketType)


def booked(history: list[tuple[Fill | FundingPayment, Decimal | None]], m: Decimal, kind: MarketType) -> PnlBook:
    book = PnlBook.for_instrument("a", Instrument("x", "sim", "X", kind, BASE, QUOTE, ONE, ONE, multiplier=m))
    for event, mid in history:
        if isinstance(event, Fill):
            book.apply_fill(event, mid, RATES)
        else:
            book.apply_funding(event)
    return book


def fee_worth(fill: Fill) -> Decimal:
    return fill.fee_cash * {QUOTE: ONE, "USDT": ONE, BASE: fill.price, **RATES}[fill.fee_asset]


@given(histories, multipliers, kinds, prices)
def test_net_is_the_change_of_equity(
    history: list[tuple[Fill | FundingPayment, Decimal | None]], m: Decimal, kind: MarketType, mark: Decimal
) -> None:
    """Equity here is counted apart: signed cash of every event plus the quantity held at the mark."""
    cash = held = fees = funding = ZERO
    for event, _mid in history:
        if isinstance(event, Fill):
            cash -= event.side.sign * event.quantity * event.price * m
            held += event.side.sign * event.quantity
            fees += fee_worth(event)
        else:
            funding += event.amount_cash
    book = booked(history, m, kind)
    figures = book.figures(mark)
    assert figures.unrealized_pnl is not None
    assert figures.net_pnl == cash + held * mark * m + fees + funding
    assert figures.net_pnl == figures.realized_pnl + figures.unrealized_pnl + figures.fees + figures.funding
    assert (figures.fees, figures.funding, figures.position) == (fees, funding, held)


@given(histories, multipliers, prices)
def test_the_venue_must_show_what_the_books_say_whatever_fees_were_paid_in(
    history: list[tuple[Fill | FundingPayment, Decimal | None]], m: Decimal, mark: Decimal
) -> None:
    """A spot venue's own ledger by asset: no residual in cash or holding, and equity moves by net plus fee drift."""
    wallet = dict.fromkeys([QUOTE, BASE, "USDT", *RATES], ZERO)
    for event, _mid in history:
        if isinstance(event, Fill):
            wallet[QUOTE] -= event.side.sign * event.quantity * event.price * m
            wallet[BASE] += event.side.sign * event.quantity * m
            wallet[event.fee_asset] += event.fee_cash
        else:
            wallet[QUOTE] += event.amount_cash
    book = booked(history, m, MarketType.SPOT)
    assert book.quote_cash == wallet[QUOTE] + wallet["USDT"]
    assert book.base_held == wallet[BASE]
    net, worth = book.net(mark), book.fees.worth(mark, RATES)
    assert net is not None
    assert worth is not None
    equity = sum(amount * {QUOTE: ONE, "USDT": ONE, BASE: mark, **RATES}[asset] for asset, amount in wallet.items())
    assert equity == net + (worth - book.fees.total)


@given(histories, multipliers, kinds, mids, prices)
def test_the_parts_sum_to_the_net(
    history: list[tuple[Fill | FundingPayment, Decimal | None]],
    m: Decimal,
    kind: MarketType,
    mid: Decimal | None,
    mark: Decimal,
) -> None:
    book = booked(history, m, kind)
    parts = book.attribute(mark, mid)
    assert parts.net == book.net(mark)
    assert parts.hedge_slippage == ZERO


@given(st.lists(st.tuples(fills(), mids, st.none() | prices), max_size=15), st.lists(prices, max_size=3), prices)
def test_the_parts_sum_to_the_net_with_hedges_and_taken_over_positions(
    hedges: list[tuple[Fill, Decimal | None, Decimal | None]], foreign: list[Decimal], mark: Decimal
) -> None:
    book = booked([], ONE, MarketType.PERP)
    cash = held = fees = ZERO
    for number, price in enumerate(foreign):
        quantity = Decimal(number - 1)
        book.take_over(quantity, price)
        cash -= quantity * price
        held += quantity
    for fill, mid, intended in hedges:
        book.apply_fill(fill, mid, RATES, intended)
        cash -= fill.side.sign * fill.quantity * fill.price
        held += fill.side.sign * fill.quantity
        fees += fee_worth(fill)
    assert book.net(mark) == book.attribute(mark, None).net == cash + held * mark + fees


@given(histories, multipliers, prices)
def test_reading_never_changes_the_books(
    history: list[tuple[Fill | FundingPayment, Decimal | None]], m: Decimal, mark: Decimal
) -> None:
    book = booked(history, m, MarketType.PERP)
    before = msgspec.msgpack.encode(book)
    book.figures(mark, mark, mark)
    book.attribute(mark, mark)
    assert msgspec.msgpack.encode(book) == before


@given(histories, multipliers, prices, st.booleans())
def test_a_stored_state_is_the_same_state(
    history: list[tuple[Fill | FundingPayment, Decimal | None]], m: Decimal, mark: Decimal, priced: bool
) -> None:
    """Also the books restored in the middle of a run end as the ones that were never stored."""
    instrument = Instrument("x", "sim", "X", MarketType.SPOT, BASE, QUOTE, ONE, ONE, multiplier=m)
    kept = PnlBook.for_instrument("a", instrument)
    stored = PnlBook.for_instrument("a", instrument)
    for event, mid in history:
        for book in (kept, stored):
            if isinstance(event, Fill):
                book.apply_fill(event, mid, RATES if priced else {})
            else:
                book.apply_funding(event)
            book.observe(event.time_ns, mid)
        encoded = msgspec.msgpack.encode(stored)
        stored = msgspec.msgpack.decode(encoded, type=PnlBook)
        assert stored == kept
        assert msgspec.msgpack.encode(stored) == encoded
    assert stored.figures(mark) == kept.figures(mark)


@given(st.lists(fills(), max_size=25), multipliers)
def test_cost_never_leaks(history: list[Fill], m: Decimal) -> None:
    position = Position()
    cash = realized = ZERO
    for fill in history:
        realized += position.apply(fill.side, fill.price, fill.quantity, m)
        cash -= fill.side.sign * fill.quantity * fill.price * m
        assert position.realized == realized
        assert position.realized - position.cost == cash
        # No more than the rounding of each part may ever stand against the sign of the position.
        assert position.cost * position.quantity.compare(ZERO) >= -COST_STEP * len(history)
    if position.quantity:
        side = Side.SELL if position.quantity > ZERO else Side.BUY
        position.apply(side, ONE, abs(position.quantity), m)
    assert (str(position.quantity), str(position.cost)) == ("0", "0")


@given(st.lists(fills(), min_size=1, max_size=25), multipliers, prices)
def test_fifo_and_average_cost_agree_once_flat(history: list[Fill], m: Decimal, last_price: Decimal) -> None:
    held = sum((fill.side.sign * fill.quantity for fill in history), ZERO)
    if held:
        side = Side.SELL if held > ZERO else Side.BUY
        history = [*history, Fill("a", "x", 0, "last", side, last_price, abs(held), ZERO, QUOTE, maker=True)]
    lots = match_fifo(history, m)
    assert lots.open == []
    assert lots.realized == sum((lot.pnl for lot in lots.closed), ZERO)
    assert lots.realized == booked([(fill, None) for fill in history], m, MarketType.PERP).position.realized


@given(st.lists(fills(), max_size=25), multipliers, prices)
def test_fifo_and_average_cost_split_the_same_total(history: list[Fill], m: Decimal, mark: Decimal) -> None:
    lots = match_fifo(history, m)
    unrealized = sum((lot.side.sign * lot.quantity * (mark - lot.open_price) * m for lot in lots.open), ZERO)
    position = booked([(fill, None) for fill in history], m, MarketType.PERP).position
    assert sum((lot.side.sign * lot.quantity for lot in lots.open), ZERO) == position.quantity
    assert lots.realized + unrealized == position.realized + position.unrealized(mark, m)

"""The risk gate, conforming and diff as tables."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from mmtui.core.conform import Target, Targets, conform
from mmtui.core.diff import diff
from mmtui.core.risk import Approved, Exposure, Refusal, judge_amend, judge_place
from mmtui.model.commands import AmendOrder, PlaceOrder
from mmtui.model.orders import Order, OrderState
from mmtui.model.quotes import Quote, Quotes
from mmtui.model.units import ZERO, Side
from tests.unit.core_scenes import ACCOUNT, BOOK, INSTRUMENT, WIDE, D

LIMITS = msgspec.structs.replace(
    WIDE, max_order_notional=D(500), max_position_notional=D(1_000), max_open_orders=3, price_band_pct=D(2)
)
CALM: dict[str, Any] = {
    "position": ZERO,
    "worst_buys": ZERO,
    "worst_sells": ZERO,
    "open_orders": 0,
    "other_open_orders": 0,
    "reference": D(100),
    "book_age_ns": 0,
    "granted": True,
    "exposure_allowed": True,
}


def place(side: Side = Side.BUY, quantity: str = "1", price: str = "100", *, reduce_only: bool = False) -> PlaceOrder:
    return PlaceOrder(ACCOUNT, BOOK, "mm-1", side, D(price), D(quantity), reduce_only=reduce_only)


def limit_of(command: PlaceOrder, **exposure: Any) -> str:  # noqa: ANN401 - any field of Exposure
    verdict = judge_place(command, INSTRUMENT, LIMITS, Exposure(**{**CALM, **exposure}))
    return verdict.limit if isinstance(verdict, Refusal) else ""


@pytest.mark.parametrize(
    ("command", "exposure", "limit"),
    [
        (place(), {}, ""),
        (place(), {"reference": None}, "reference_price"),
        (place(price="98"), {}, ""),
        (place(price="97.9"), {}, "price_band_pct"),
        (place(price="102.1"), {}, "price_band_pct"),
        (place(quantity="5"), {}, ""),
        (place(quantity="5.1"), {}, "max_order_notional"),
        (place(), {"open_orders": 2}, ""),
        (place(), {"open_orders": 2, "other_open_orders": 1}, "max_open_orders"),
        (place(), {"position": None}, "position"),
        (place(), {"granted": False}, "account"),
        (place(), {"book_age_ns": None}, "stale_after_ms"),
        (place(), {"book_age_ns": 2_000_000_001}, "stale_after_ms"),
        (place(), {"exposure_allowed": False, "why_not": "journal"}, "exposure"),
        (place(), {"position": D(9)}, ""),
        (place(), {"position": D("9.1")}, "max_position_notional"),
        (place(), {"position": D(5), "worst_buys": D("4.1")}, "max_position_notional"),
        (place(Side.SELL), {"position": D(-5), "worst_sells": D("4.1")}, "max_position_notional"),
        (place(Side.SELL), {"position": D(30)}, ""),
        (place(Side.SELL), {"position": D(1), "exposure_allowed": False}, ""),
        (place(Side.SELL), {"position": D(1), "worst_sells": D("0.1"), "exposure_allowed": False}, "exposure"),
        (place(), {"position": D(-1), "exposure_allowed": False}, ""),
        (place(), {"position": D(-1), "worst_buys": D("0.1"), "exposure_allowed": False}, "exposure"),
    ],
)
def test_the_first_limit_in_the_way_is_named(command: PlaceOrder, exposure: dict[str, Any], limit: str) -> None:
    assert limit_of(command, **exposure) == limit


BAD_TIMES = {"granted": False, "book_age_ns": None, "exposure_allowed": False, "open_orders": 99}


@pytest.mark.parametrize(
    ("side", "quantity", "exposure", "limit"),
    [
        (Side.SELL, "2", {"position": D(2)}, ""),
        (Side.SELL, "9", {"position": D(9)}, ""),
        (Side.BUY, "2", {"position": D(-2)}, ""),
        (Side.SELL, "2.1", {"position": D(2)}, "reduce_only"),
        (Side.SELL, "2", {"position": D(2), "worst_sells": D(1)}, "reduce_only"),
        (Side.BUY, "1", {"position": D(2)}, "reduce_only"),
        (Side.SELL, "1", {"position": ZERO}, "reduce_only"),
        (Side.SELL, "1", {"position": None}, ""),
        (Side.SELL, "1", {"position": D(2), "reference": None}, "reference_price"),
    ],
)
def test_reduce_only_passes_in_bad_times_but_keeps_its_promise(
    side: Side, quantity: str, exposure: dict[str, Any], limit: str
) -> None:
    assert limit_of(place(side, quantity, reduce_only=True), **{**BAD_TIMES, **exposure}) == limit


def test_what_passed_counts_for_what_follows() -> None:
    exposure = Exposure(**CALM)
    assert isinstance(judge_place(place(), INSTRUMENT, LIMITS, exposure), Approved)
    assert isinstance(judge_place(place(Side.SELL), INSTRUMENT, LIMITS, exposure), Approved)
    assert (exposure.worst_buys, exposure.worst_sells, exposure.open_orders) == (D(1), D(1), 2)
    for side in Side:
        amend = AmendOrder(ACCOUNT, BOOK, "mm-1", None, side, D(100), D(3))
        assert isinstance(judge_amend(amend, D(3), D(2), INSTRUMENT, LIMITS, exposure), Approved)
    assert (exposure.worst_buys, exposure.worst_sells, exposure.open_orders) == (D(3), D(3), 2)
    too_large = AmendOrder(ACCOUNT, BOOK, "mm-1", None, Side.BUY, D(100), D(6))
    refusal = judge_amend(too_large, D(6), D(3), INSTRUMENT, LIMITS, exposure)
    assert isinstance(refusal, Refusal)
    assert refusal.limit == "max_order_notional"


# ---------------------------------------------------------------------------------------------------------- conform


def fitted(
    bids: tuple[tuple[str, str], ...] = (), asks: tuple[tuple[str, str], ...] = (), *, post_only: bool = True
) -> Targets:
    quotes = Quotes(tuple(Quote(D(p), D(q)) for p, q in bids), tuple(Quote(D(p), D(q)) for p, q in asks), "", post_only)
    return conform(quotes, INSTRUMENT, D("100.0"), D("100.2"))


@pytest.mark.parametrize(
    ("side", "quote", "fit", "clamped"),
    [
        (Side.BUY, ("99.99", "1.2345"), ("99.9", "1.234"), False),
        (Side.SELL, ("100.21", "1.2345"), ("100.3", "1.234"), False),
        (Side.BUY, ("100.2", "1"), ("100.1", "1"), True),
        (Side.BUY, ("120", "1"), ("100.1", "1"), True),
        (Side.SELL, ("100.0", "1"), ("100.1", "1"), True),
        (Side.SELL, ("80", "1"), ("100.1", "1"), True),
    ],
)
def test_quotes_are_fitted_and_never_cross(
    side: Side, quote: tuple[str, str], fit: tuple[str, str], clamped: bool
) -> None:
    targets = fitted(bids=(quote,)) if side is Side.BUY else fitted(asks=(quote,))
    assert [(t.price, t.quantity) for t in targets.bids + targets.asks] == [(D(fit[0]), D(fit[1]))]
    assert targets.clamped is clamped


def test_without_post_only_a_quote_may_cross() -> None:
    assert fitted(bids=(("100.5", "1"),), post_only=False).bids[0].price == D("100.5")


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (("0.05", "1"), "price is not positive"),
        (("100", "0.0019"), "below the minimum quantity: 0.001 < 0.002"),
        (("100", "0.0001"), "below the minimum quantity: 0 < 0.002"),
        (("100", "0.002"), "below the minimum notional: 1"),
    ],
)
def test_what_cannot_stand_says_why(quote: tuple[str, str], why: str) -> None:
    targets = fitted(bids=(quote,))
    assert targets.dropped == [f"buy level 0: {why}"]
    assert not targets.bids


def test_own_orders_never_meet_whatever_their_order() -> None:
    targets = fitted(bids=(("99", "1"), ("100", "1")), asks=(("103", "1"), ("100", "1")), post_only=False)
    assert (targets.bids, targets.asks) == ([], [])
    assert targets.dropped == ["own bid at or above own ask: 100 against 100"]


# ------------------------------------------------------------------------------------------------------------- diff


def order(name: str, price: str, quantity: str = "1", **fields: Any) -> Order:  # noqa: ANN401 - any field of Order
    given = {"side": Side.BUY, "state": OrderState.OPEN, "created_ns": 0, **fields}
    return Order(client_order_id=name, price=D(price), quantity=D(quantity), **given)


def planned(
    live: list[Order],
    *bids: str,
    quantity: str = "1",
    tolerance: str = "0",
    can_amend: bool = False,
    asks: Any = (),  # noqa: ANN401 - prices
) -> tuple[list[str], list[tuple[str, Decimal]], list[Decimal], int]:
    targets = Targets(
        [Target(Side.BUY, D(price), D(quantity), level) for level, price in enumerate(bids)],
        [Target(Side.SELL, D(price), D(quantity), level) for level, price in enumerate(asks)],
        [], post_only=True, price_tolerance=D(tolerance),
    )  # fmt: skip
    plan = diff(targets, live, can_amend=can_amend)
    return (
        [row.client_order_id for row in plan.cancels],
        [(row.order.client_order_id, row.target.price) for row in plan.amends],
        [target.price for target in plan.places],
        plan.waiting,
    )


NOTHING: tuple[list[str], list[tuple[str, Decimal]], list[Decimal], int] = ([], [], [], 0)


def test_the_fewest_steps() -> None:
    a, b = order("a", "100"), order("b", "99", created_ns=1)
    assert planned([], "100", "99") == ([], [], [D(100), D(99)], 0)
    assert planned([a, b], "100", "99") == NOTHING
    assert planned([a, b], "100") == (["b"], [], [], 0)
    assert planned([a, b], "101", "99") == (["a"], [], [], 1)
    assert planned([a, b], "101", "99", can_amend=True) == ([], [("a", D(101))], [], 0)
    assert planned([a, b], "101", can_amend=True) == (["b"], [("a", D(101))], [], 0)
    assert planned([a, b]) == (["a", "b"], [], [], 0)
    assert planned([a], "100", "99") == ([], [], [D(99)], 0)


def test_an_order_near_enough_stays_and_the_very_price_goes_first() -> None:
    a = order("a", "99.9")
    assert planned([a], "100", tolerance="0.1") == NOTHING
    assert planned([a], "100.1", tolerance="0.1") == (["a"], [], [], 1)
    assert planned([a], "100", "99.9", tolerance="0.1") == ([], [], [D(100)], 0)
    near, nearer = order("n", "99.8"), order("m", "99.9", created_ns=5)
    assert planned([near, nearer], "100", tolerance="0.2") == (["n"], [], [], 0)


def test_of_two_at_one_price_the_older_keeps_its_place() -> None:
    assert planned([order("young", "100", created_ns=9), order("old", "100", created_ns=1)], "100")[0] == ["young"]


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        ({"quantity": "1"}, True),
        ({"quantity": "0.6"}, False),
        ({"quantity": "2"}, False),
        ({"quantity": "1", "filled": D("0.5"), "reported_filled": D("0.5")}, True),
        ({"quantity": "1", "filled": D(0), "reported_filled": D("0.6")}, False),
        ({"quantity": "2", "filled": D("0.5"), "reported_filled": D("0.5")}, False),
        ({"state": OrderState.SENT}, True),
        ({"price": "90", "state": OrderState.AMEND_SENT, "pending_price": D(100), "pending_quantity": D(1)}, True),
    ],
)
def test_partly_filled_and_busy_orders(fields: dict[str, Any], stays: bool) -> None:
    row = order("a", **{"price": "100", **fields})
    assert (planned([row], "100") == NOTHING) is stays


@pytest.mark.parametrize("state", [OrderState.UNKNOWN, OrderState.CANCEL_SENT, OrderState.AMEND_SENT])
def test_a_busy_order_holds_its_place(state: OrderState) -> None:
    row = order("a", "100", state=state)
    assert planned([row], "100") == ([], [], [], 1)
    assert planned([row], "100", "99") == ([], [], [D(100)], 1), "one more than the busy one may go"
    assert planned([row]) == NOTHING


def test_nothing_is_sent_that_would_meet_an_order_of_our_own() -> None:
    ask = order("ask", "101", side=Side.SELL)
    assert planned([ask], "101", asks=["102"]) == (["ask"], [], [], 2), "the bid waits for the end of the ask"
    assert planned([ask], "100", asks=["102"]) == (["ask"], [], [D(100)], 1)
    bid = order("bid", "100")
    assert planned([bid, ask], "101", asks=["102"], can_amend=True) == ([], [("ask", D(102))], [], 1)
    moving = order(
        "ask", "103", side=Side.SELL, state=OrderState.AMEND_SENT, pending_price=D(101), pending_quantity=D(1)
    )
    assert planned([moving], "102", asks=["103"]) == ([], [], [], 2)
    rising = order("bid", "99", state=OrderState.AMEND_SENT, pending_price=D(100), pending_quantity=D(1))
    assert planned([rising], "99", asks=["100"])[2] == []

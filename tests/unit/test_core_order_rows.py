"""The order table, the questions and the back-offs by themselves."""

import pytest

from mmtui.core.inquiry import Inquiry
from mmtui.core.order_table import FillResult, OrderTable
from mmtui.core.state import Hold
from mmtui.model.commands import (
    CancelOrder,
    PlaceOrder,
)
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_S, Side
from mmtui.ports.errors import BugError
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
    D,
    fill,
    report,
)


def a_place(name: str) -> PlaceOrder:
    return PlaceOrder(ACCOUNT, BOOK, name, Side.BUY, D(100), D(1))


def test_a_client_id_is_used_once() -> None:
    table = OrderTable(prefix="mm-")
    table.place_sent(a_place("mm-1"), 1, 0)
    with pytest.raises(BugError, match="used twice"):
        table.place_sent(a_place("mm-1"), 2, 0)


def test_what_is_not_in_the_table_of_transitions_is_a_bug() -> None:
    table = OrderTable(prefix="mm-")
    table.place_sent(a_place("mm-1"), 1, 0)
    with pytest.raises(BugError, match="impossible in state sent"):
        table.cancel_sent(CancelOrder(ACCOUNT, BOOK, "mm-1", None), 2)


def test_old_rows_are_forgotten_but_not_their_money_nor_those_whose_fills_are_owed() -> None:
    table = OrderTable(prefix="mm-")
    for number in range(1, 621):
        table.place_sent(a_place(table.next_id()), number, 0)
        table.on_report(report(number, f"mm-{number}", order_id=f"v{number}"))
        filled = D("0.5") if number == 3 else D(0)
        table.on_report(report(number, f"mm-{number}", OrderStatus.CANCELLED, filled=filled))
    assert len(table.done) == 500
    assert table.find("mm-1", "v1") is None
    assert table.find(None, "v3") is table.done["mm-3"]
    assert table.on_fill(fill(700, "mm-1", "t1", "1")) is FillResult.LATE
    assert table.on_fill(fill(701, "mm-1", "t1", "1")) is FillResult.DUPLICATE
    assert table.find("mm-other", "v620") is table.done["mm-620"]
    assert len(table.by_order_id) == 500


def test_trade_ids_are_kept_within_bounds() -> None:
    table = OrderTable(prefix="mm-")
    for number in range(20_100):
        table.on_fill(fill(1, "mm-1", f"t{number}", "1"))
    assert len(table.trade_ids) == 20_000


def test_adopted_ids_without_a_number_do_not_disturb_the_count() -> None:
    table = OrderTable(prefix="mm-")
    table.adopt(report(1, "mm-old", side=Side.SELL, price=D(1), quantity=D(1)))
    assert table.next_id() == "mm-1"


def test_a_question_is_asked_once_at_a_time_and_later_after_each_failure() -> None:
    question = Inquiry()
    assert question.may_ask(0)
    question.ask(0)
    assert not question.may_ask(4_999_999_999)
    assert question.due_ns(1) == 5_000_000_000
    assert not question.may_ask(5_000_000_000), "overdue is a failure, and then comes a pause"
    assert question.may_ask(5_500_000_000)
    for failures, pause in ((2, 1), (3, 2), (4, 3), (9, 3)):
        question.failures = failures - 1
        question.failed(0)
        assert question.not_before_ns == pause * NS_PER_S
    question.answered(7, now_ns=8)
    assert (question.failures, question.answered_ns) == (0, 7)
    question.forget(10)
    question.answered(9, now_ns=11)
    assert question.answered_ns == 0, "asked before it was wanted"


def test_a_hold_grows_and_ends() -> None:
    hold = Hold()
    for _ in range(12):
        hold.refused(0)
    assert hold.until_ns == 5 * NS_PER_S
    hold.clear()
    assert (hold.until_ns, hold.refusals) == (0, 0)

"""What happened lately, in rings: nothing grows without bound, nothing is told twice."""

from decimal import Decimal

from mmtui.engine.chronicle import ALERTS, EQUITY_POINTS, LOG_LINES, Chronicle
from mmtui.model.units import NS_PER_S


def test_log_lines_are_numbered_and_read_on_from_a_number() -> None:
    chronicle = Chronicle()
    for number in range(1, 6):
        chronicle.say(number, "info", "maker", "event", f"line {number}")
    assert [row.text for row in chronicle.log_since(3, 100)] == ["line 4", "line 5"]
    assert [row.number for row in chronicle.log_since(0, 2)] == [1, 2], "the oldest first, so that nothing is skipped"
    assert chronicle.log_since(5, 100) == ()
    assert chronicle.log_since(99, 100) == ()


def test_what_fell_out_of_the_ring_is_gone_and_the_numbers_tell() -> None:
    chronicle = Chronicle()
    for number in range(LOG_LINES + 10):
        chronicle.say(number, "info", "maker", "event", "line")
    rows = chronicle.log_since(0, LOG_LINES * 2)
    assert len(rows) == LOG_LINES
    assert rows[0].number == 11
    assert rows[-1].number == chronicle.log_number == LOG_LINES + 10


def test_the_same_alert_wakes_the_old_one() -> None:
    chronicle = Chronicle()
    chronicle.say(1, "error", "maker", "lost", "stream lost", alert=True)
    chronicle.acknowledge(1)
    assert chronicle.alerts[0].acknowledged
    chronicle.say(2, "error", "maker", "lost", "stream lost", alert=True)
    chronicle.say(3, "error", "other", "lost", "stream lost", alert=True)
    chronicle.acknowledge(77)
    assert [(alert.number, alert.time_ns, alert.acknowledged) for alert in chronicle.alerts] == [
        (1, 2, False),
        (2, 3, False),
    ]


def test_alerts_and_the_curve_are_bounded() -> None:
    chronicle = Chronicle()
    for number in range(ALERTS + 5):
        chronicle.say(number, "error", "maker", "lost", f"alert {number}", alert=True)
    for second in range(EQUITY_POINTS + 5):
        chronicle.value(second * NS_PER_S, Decimal(second))
        chronicle.value(second * NS_PER_S + 1, Decimal(-1))
    chronicle.value(99_999 * NS_PER_S, None)
    assert len(chronicle.alerts) == ALERTS
    assert len(chronicle.equity) == EQUITY_POINTS
    assert chronicle.equity[-1].net == EQUITY_POINTS + 4, "one point a second, and none of what is unknown"

"""Numbers of Lighter orders: the same in every process, and names known again after a crash."""

from mmtui.exchanges.lighter.ids import LIMIT, OrderNumbers


def test_a_number_follows_from_the_name_and_is_told_once_before_it_goes_out() -> None:
    kept: list[tuple[int, str]] = []
    numbers = OrderNumbers(on_new=lambda number, text: kept.append((number, text)))
    number = numbers.number("mm-eth-1")
    assert number == numbers.number("mm-eth-1") == OrderNumbers().number("mm-eth-1")
    assert 0 < number < LIMIT
    assert kept == [(number, "mm-eth-1")]


def test_what_was_kept_is_known_by_the_next_process_and_nothing_else_is_ours() -> None:
    number = OrderNumbers().number("mm-eth-1")
    assert OrderNumbers({number: "mm-eth-1"}).text(number) == "mm-eth-1"
    assert OrderNumbers().text(number) == str(number)
    assert OrderNumbers().text(0) is None

from mmtui.exchanges.backpack.ids import COUNTER_MASK, KEPT, ClientIds
from mmtui.exchanges.backpack.order_rows import number_of

SECOND = 1_000_000_000


def test_a_number_is_a_tag_over_a_counter() -> None:
    ids = ClientIds(0, tag=0xAB, next_counter=5)
    assert ids.mint("mm-sol-1") == 0xAB000005
    assert ids.mint("mm-sol-2") == 0xAB000006
    assert ids.next_counter == 7


def test_round_trip() -> None:
    ids = ClientIds(0, tag=1)
    number = ids.mint("mm-sol-1")
    assert ids.mint("mm-sol-1") == number
    assert ids.number("mm-sol-1") == number
    assert ids.text(number) == "mm-sol-1"


def test_numbers_of_others_are_shown_as_digits_and_are_not_ours() -> None:
    ids = ClientIds(0, tag=1)
    assert ids.text(42) == "42"
    assert ids.text(None) is None
    assert ids.number("mm-sol-1") is None


def test_every_number_is_a_uint32_and_the_counter_wraps() -> None:
    ids = ClientIds(0, tag=255, next_counter=COUNTER_MASK)
    assert [ids.mint("a"), ids.mint("b")] == [0xFFFFFFFF, 0xFF000000]


def test_numbers_that_are_known_are_not_given_again() -> None:
    ids = ClientIds(0, tag=0, next_counter=5, known={5: "mm-sol-9", 6: "mm-sol-10"})
    assert ids.mint("mm-sol-11") == 7
    assert ids.text(5) == "mm-sol-9"
    assert ids.mint("mm-sol-10") == 6


def test_who_keeps_the_ids_is_told_before_a_number_is_used() -> None:
    told: list[tuple[int, str]] = []
    ids = ClientIds(0, tag=0, next_counter=1, on_new=lambda number, text: told.append((number, text)))
    ids.mint("mm-sol-1")
    ids.mint("mm-sol-1")
    assert told == [(1, "mm-sol-1")]


def test_without_a_kept_counter_it_begins_at_the_clock() -> None:
    early, late = ClientIds(1_000 * SECOND, tag=0), ClientIds(1_060 * SECOND, tag=0)
    assert late.mint("x") - early.mint("x") == 60


def test_the_book_of_ids_is_bounded() -> None:
    ids = ClientIds(0, tag=0, next_counter=0)
    for number in range(KEPT + 10):
        ids.mint(f"mm-sol-{number}")
    assert ids.number("mm-sol-0") is None
    assert ids.text(0) == "0"
    assert ids.text(KEPT) == f"mm-sol-{KEPT}"


def test_an_answer_teaches_a_number() -> None:
    ids = ClientIds(0, tag=0)
    ids.learn(77, "mm-sol-3")
    assert (ids.text(77), ids.number("mm-sol-3")) == ("mm-sol-3", 77)


def test_client_ids_are_integers_or_text() -> None:
    assert number_of(1001) == 1001
    assert number_of("1001") == 1001
    assert number_of(None) is None
    assert number_of("") is None
    assert number_of("12345678901") is None
    assert number_of("mine") is None

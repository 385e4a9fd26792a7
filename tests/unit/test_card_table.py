"""The table of the conformance cards says the worst that happened to each."""

from tests.conformance.card_table import card_table

FILE = "tests/conformance/test_cards_orders.py::"


def test_a_card_is_as_good_as_the_worst_of_its_tests() -> None:
    lines = card_table(
        {
            "passed": [
                f"{FILE}test_c11_place[sim]",
                f"{FILE}test_c11_place[aster]",
                "tests/unit/test_x.py::test_c01_x[sim]",
            ],
            "failed": [f"{FILE}test_c11_immediate[aster]"],
            "skipped": [f"{FILE}test_c04_snapshot[sim]"],
        }
    )
    assert lines == [
        "card  aster   sim      what",
        "C04   -       excused  snapshot",
        "C11   FAILED  ok       place",
    ]


def test_without_cards_there_is_no_table() -> None:
    assert card_table({"passed": ["tests/unit/test_x.py::test_y"]}) == []

import re
import subprocess
import sys
from decimal import Decimal

import pytest

from mmtui.headless.calculation import calculation
from mmtui.headless.columns import display_width, padded
from mmtui.headless.figures import amount_text, price_text, rounded_text, signed_text
from mmtui.headless.narration import Narrator
from mmtui.model.notes import Note, NoteLevel
from mmtui.model.units import NS_PER_S, Side
from mmtui.views.board import StrategyRow
from tests.unit.headless_rows import (
    NOTES,
    NOW_NS,
    WORKED_EXAMPLE,
    assert_golden,
    blind_strategy,
    order,
    order_note,
    stopped_strategy,
    strategy,
)

LANGUAGES = ("en", "zh")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """What a narrator wrote."""

    def __init__(self, language: str = "en", *, colour: bool = False, tty: bool = False) -> None:
        self.pieces: list[str] = []
        self.narrator = Narrator(self.pieces.append, language, colour=colour, tty=tty)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def block(self, row: StrategyRow) -> str:
        self.narrator.block(row, NOW_NS)
        return self.text


def figure(text: str, label: str) -> str:
    """What stands behind a label, up to the next gap."""
    found = re.search(rf"(?:^|  ){re.escape(padded(label, 15))}(.+?)(?:  |$)", text, re.MULTILINE)
    assert found is not None, label
    return found.group(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_four_layers(language: str) -> None:
    screen = Screen(language)
    for row in (strategy(), blind_strategy(), stopped_strategy()):
        screen.narrator.block(row, NOW_NS)
    assert_golden(f"headless_blocks_{language}.txt", screen.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report(language: str) -> None:
    screen = Screen(language)
    screen.narrator.report(stopped_strategy(), NOW_NS)
    screen.narrator.report(blind_strategy())
    assert_golden(f"headless_report_{language}.txt", screen.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_as_sentences(language: str) -> None:
    screen = Screen(language)
    for note in NOTES:
        screen.narrator.line(note, "sol", NOW_NS)
    assert_golden(f"headless_notes_{language}.txt", screen.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_the_page(language: str) -> None:
    screen = Screen(language)
    wide = strategy(
        name="a-strategy-with-a-rather-long-name",
        symbol="A_VERY_LONG_SYMBOL_NAME_USDC_PERPETUAL",
        account="the-main-account-of-the-house",
        reason="no fresh book; " * 20,
        why_not=("sell level 2: max_order_notional: order of 75.135 above 75; " * 5,),
        best_bid=Decimal("123456789012345678901234567890.123456789012345678901234567890"),
        settings=WORKED_EXAMPLE | {"max_orders": "50"},
    )
    screen.narrator.block(wide, NOW_NS)
    screen.narrator.report(wide, NOW_NS)
    screen.narrator.line(order_note("place_refused", reason="because " * 40), wide.name, NOW_NS)
    assert max(map(display_width, screen.text.splitlines())) <= 100


def test_unknown_figures_say_so_and_are_never_zero() -> None:
    text = Screen().block(blind_strategy())
    for label in ("bid", "ask", "spread", "mid", "position", "raw buys", "offset", "unrealised", "net", "today"):
        assert figure(text, label) == "unknown"
    assert "incomplete" in figure(text, "fees")


def test_a_position_of_zero_is_zero_and_not_unknown() -> None:
    assert figure(Screen().block(strategy(position=Decimal(0))), "position") == "0 SOL"


@pytest.mark.parametrize(
    ("row", "action"),
    [
        (strategy(), "quote 2 to buy, 3 to sell"),
        (strategy(wanted=()), "have no orders"),
        (strategy(phase="paused"), "none"),
        (strategy(phase="stopping"), "cancel all orders and prove it"),
        (strategy(phase="stopped"), "none"),
        (strategy(phase="preparing", waiting_for=("balances",)), "wait for: balances"),
    ],
)
def test_the_action_follows_phase_and_quotes(row: StrategyRow, action: str) -> None:
    assert figure(Screen().block(row), "action") == action


def test_active_quotes_are_what_rests_and_the_rest_is_named() -> None:
    row = strategy(orders=(order(Side.BUY, "149.81"), order(Side.SELL, "150.12", "unknown")))
    text = Screen().block(row)
    assert figure(text, "active quotes") == "1 to buy, 0 to sell"
    assert figure(text, "unresolved") == "1"
    assert "their spread" not in text


def test_a_strategy_that_prices_otherwise_has_no_raw_quotes() -> None:
    text = Screen().block(strategy(settings={"half_spread_bps": "8"}))
    assert "raw buys" not in text
    assert figure(text, "adjusted buys") == "149.81 149.73"
    assert "target" not in text


def test_the_calculation_is_that_of_the_worked_example() -> None:
    found = calculation(strategy())
    assert found is not None
    assert found.raw_bids == (Decimal("149.85"), Decimal("149.775"), Decimal("149.7"))
    assert found.raw_asks == (Decimal("150.15"), Decimal("150.225"), Decimal("150.3"))
    assert found.offset == Decimal("-0.0375")


def test_leaning_ends_at_the_cap_and_is_unknown_with_the_position() -> None:
    beyond, unknown = calculation(strategy(position=Decimal(-9))), calculation(strategy(position=None))
    assert beyond is not None
    assert unknown is not None
    assert (beyond.offset, unknown.offset) == (Decimal("0.075"), None)


def test_the_tick_ladder_steps_in_ticks() -> None:
    found = calculation(strategy(settings=WORKED_EXAMPLE | {"ladder": "tick", "max_orders": "4"}))
    assert found is not None
    assert [found.raw_bids[0] - price for price in found.raw_bids] == [
        0,
        Decimal("0.02"),
        Decimal("0.05"),
        Decimal("0.08"),
    ]


def test_colour_changes_no_text_and_words_tell_the_sides_apart() -> None:
    plain, coloured = Screen(), Screen(colour=True)
    for screen in (plain, coloured):
        screen.narrator.block(strategy(), NOW_NS)
        screen.narrator.report(strategy(), NOW_NS)
        for note in NOTES:
            screen.narrator.line(note, "sol", NOW_NS)
    assert "\x1b" not in plain.text
    assert "\x1b[32m" in coloured.text
    stripped = ESCAPE.sub("", coloured.text)
    assert [line.rstrip() for line in stripped.splitlines()] == [line.rstrip() for line in plain.text.splitlines()]


def test_debug_notes_are_not_for_people() -> None:
    screen = Screen()
    screen.narrator.line(Note(NOW_NS, NoteLevel.DEBUG, "tick", "a tick"), "sol", NOW_NS)
    assert screen.text == ""


def test_a_venue_cannot_write_control_characters() -> None:
    screen = Screen()
    screen.narrator.line(order_note("place_refused", reason="\x1b[2Jgone\nfake line"), "so\x1bl", NOW_NS)
    screen.narrator.block(strategy(reason="\x1b[31mred\r"), NOW_NS)
    assert "\x1b" not in screen.text
    assert "\r" not in screen.text
    assert not any(line.startswith("fake") for line in screen.text.splitlines())


def test_progress_without_a_terminal_is_one_line_each_tenth() -> None:
    screen = Screen()
    for percent in range(101):
        screen.narrator.progress(f"{percent} %", percent)
    assert screen.text.splitlines() == [f"{tenth} %" for tenth in range(10, 101, 10)]


def test_progress_on_a_terminal_stays_in_place_and_makes_way() -> None:
    screen = Screen(tty=True)
    screen.narrator.progress("replayed 50 %", 50)
    screen.narrator.progress("replayed 6 %", 60)
    assert screen.text == "\rreplayed 50 %\rreplayed 6 % "
    screen.narrator.line(NOTES[0], "sol", NOW_NS)
    assert "\r" + " " * len("replayed 6 %") + "\r02:02:03" in screen.text
    screen.narrator.progress("done", 100)
    assert screen.text.endswith("\rdone\n")


def test_a_stderr_that_went_away_is_silent() -> None:
    def write(text: str) -> None:
        raise BrokenPipeError

    narrator = Narrator(write, "en", colour=False, tty=True)
    narrator.progress("1 %", 1)
    narrator.block(strategy(), NOW_NS)
    narrator.report(strategy(), NOW_NS)
    assert narrator.broken


def test_figures_are_rounded_for_the_eye_but_never_to_a_false_zero() -> None:
    assert amount_text(Decimal("1234.56789012")) == "1234.56789"
    assert amount_text(Decimal("0.000000012345")) == "0.000000012"
    assert signed_text(Decimal(0)) == "0"
    assert signed_text(Decimal("-0.5")) == "-0.5"
    assert rounded_text(Decimal(1) / 3, 4) == "0.3333"
    assert price_text(Decimal(1) / 3, Decimal("0.50")) == "0.333"
    assert price_text(Decimal("123.456"), Decimal(10)) == "123.46"


def test_the_time_a_run_took_is_unknown_before_its_start() -> None:
    screen = Screen()
    screen.narrator.report(strategy(started_ns=0), NOW_NS + 5 * NS_PER_S)
    assert figure(screen.text, "ran for") == "not started"


def test_printing_needs_no_terminal_library() -> None:
    code = (
        "import sys, mmtui.headless.lines, mmtui.headless.narration, mmtui.headless.summary\n"
        "mmtui.headless.narration.Narrator(print, 'zh', colour=True)\n"
        "print([name for name in ('textual', 'rich', 'babel', 'asyncio') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout == "[]\n"

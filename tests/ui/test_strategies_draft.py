"""What was written and not applied: never lost, told apart from what is in force, and honest about risk."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.config.panel import first_config, settings_faults
from mmtui.engine.kind_faces import kind_faces
from mmtui.language import translator
from mmtui.language.phrases import Phrasebook
from mmtui.model.units import NS_PER_S
from mmtui.screens.draft import Change, Draft, adds_risk, change_text, empty_faults, number_of, same
from mmtui.screens.strategy_drafts import placed_faults
from mmtui.views.queries import FieldFace

FACES = next(face.fields for face in kind_faces() if face.name == "perp_maker")
BASE = {face.name: face.default for face in FACES} | {"quantity": "2.5", "max_position": "20"}
TEXTS = st.sampled_from(["", "0", "0.1", "0.10", " 3 ", "x", "-1", "1e3", "99999999999999999999"])


def face(name: str) -> FieldFace:
    return next(face for face in FACES if face.name == name)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [("0.1", "0.10", True), (" 0.1", "0.1 ", True), ("", "0", False), ("x", "x", True), ("1", "1.0001", False)],
)
def test_texts_that_mean_the_same_are_no_change(one: str, other: str, *, equal: bool) -> None:
    assert same(one, other) is equal


@pytest.mark.parametrize("text", ["1e3", "nan", "inf", "0x1", "", "1_000", "１"])  # noqa: RUF001 - a wide digit
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("name", "before", "after", "risky"),
    [
        ("quantity", "2.5", "3", True),
        ("quantity", "2.5", "2", False),
        ("quantity", "2.5", "", True),
        ("quantity", "", "2.5", False),
        ("max_position", "20", "21", True),
        ("max_orders", "3", "2", False),
        ("max_orders", "3", "4", True),
        ("stop_loss", "10", "", True),
        ("stop_loss", "10", "5", False),
        ("stop_loss", "", "5", False),
        ("spread_pct", "0.1", "0.01", False),
        ("interval", "60", "1", False),
        ("close_slippage_bps", "20", "50", True),
    ],
)
def test_larger_sizes_and_wider_caps_add_risk(name: str, before: str, after: str, *, risky: bool) -> None:
    assert adds_risk(face(name), before, after) is risky


def test_what_is_written_stays_when_the_values_in_force_move() -> None:
    draft = Draft(BASE)
    draft.put("quantity", "3")
    assert draft.rebase({**BASE, "spread_pct": "0.2"}, 0)
    assert draft.values(FACES)["quantity"] == "3"
    assert draft.values(FACES)["spread_pct"] == "0.2"
    assert draft.changes(FACES) == [Change("quantity", "2.5", "3", risky=True)]


def test_what_came_into_force_elsewhere_is_no_change_any_more() -> None:
    draft = Draft(BASE)
    draft.put("quantity", "3")
    draft.rebase({**BASE, "quantity": "3.0"}, 0)
    assert draft.changes(FACES) == []
    assert draft.edits == {}


def test_an_older_picture_does_not_take_an_applied_change_back() -> None:
    draft = Draft(BASE)
    draft.put("quantity", "2")
    draft.applied(draft.changes(FACES), 0)
    assert not draft.rebase(BASE, NS_PER_S)
    assert draft.values(FACES)["quantity"] == "2"
    assert not draft.rebase({**BASE, "quantity": "2"}, NS_PER_S)
    assert draft.rebase(BASE, 2 * NS_PER_S)
    assert draft.values(FACES)["quantity"] == "2.5"


def test_a_change_that_never_shows_is_given_up_after_a_while() -> None:
    draft = Draft(BASE)
    draft.put("quantity", "2")
    draft.applied(draft.changes(FACES), 0)
    assert draft.rebase(BASE, 10 * NS_PER_S)
    assert draft.values(FACES)["quantity"] == "2.5"


def test_only_fields_that_need_a_value_miss_one() -> None:
    values = dict.fromkeys(BASE, "")
    missing = empty_faults(FACES, values, "default {default}")
    assert missing["spread_pct"] == "default 0.1"
    assert not {"quantity", "stop_loss", "take_profit"} & set(missing)


def test_a_change_reads_as_it_is() -> None:
    assert change_text(Change("quantity", "2.5", "", risky=True)) == "quantity 2.5 → – ▲"
    assert change_text(Change("spread_pct", "0.1", "0.2", risky=False)) == "spread_pct 0.1 → 0.2"


def test_a_refusal_is_taken_apart_by_field() -> None:
    text = (
        'panel.json: strategies[0].settings.spread_pct = "a: b": must be greater than 0 %\n'
        "panel.json: strategies[1].name: is empty\n"
        "the disk is full"
    )
    assert placed_faults(text) == ({"spread_pct": "must be greater than 0 %", "name": "is empty"}, ["the disk is full"])


@pytest.mark.parametrize(
    "values",
    [
        {"spread_pct": "0"},
        {"spread_pct": "200"},
        {"spread_pct": "x"},
        {"spread_pct": "1e-3"},
        {"spread_pct": "nan"},
        {"spread_pct": "9" * 50},
        {"max_orders": "2.5"},
        {"inventory_skew": "-1"},
        {"ladder": "tik"},
        {"quantity": "50", "target_position": "40"},
    ],
)
def test_every_fault_of_the_check_is_said_in_chinese(values: dict[str, str]) -> None:
    faults = settings_faults("perp_maker", "sim", "SOL-PERP", {**BASE, **values}, first_config())
    assert faults
    for text in faults.values():
        said = Phrasebook(translator("zh")).say(text)
        left = (
            set(re.findall(r"[a-z_]{3,}", said)) - set(BASE) - {"spread", "tick", "half", "spreads"}
        )  # choices, and a unit that the form translates
        assert left == set(), said


@given(st.dictionaries(st.sampled_from(sorted(BASE)), TEXTS), st.dictionaries(st.sampled_from(sorted(BASE)), TEXTS))
def test_writing_and_rebasing_never_lose_what_differs(written: Mapping[str, str], moved: Mapping[str, str]) -> None:
    draft = Draft(BASE)
    for name, text in written.items():
        draft.put(name, text)
    draft.rebase({**BASE, **moved}, 0)
    for name, text in written.items():
        assert same(draft.text_of(face(name)), text) or same(BASE[name], text)
    for change in draft.changes(FACES):
        assert not same(change.before, change.after)
        assert change.name in draft.edits

"""Whatever a file holds: a Config or a SettingsError, never another exception, never a secret repeated."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.config import Config, load
from mmtui.config.document import check_document
from mmtui.config.reading import parse_json
from mmtui.ports.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-5f2c9e7a"
SOUND = (ROOT / "settings" / "examples" / "perp_maker.sim.json").read_text(encoding="utf-8")
FULL: dict[str, Any] = json.loads(SOUND) | {
    "accounts": {
        "sim": {"venue": "sim", "market": {"name": "m1"}, "balances": {"USDC": "5"}, "settings": {"timeout_ms": 3}},
        "b": {"venue": "backpack", "key": "env:K", "secret": "env:S", "risk": {"max_drawdown": 5}},
        "a": {"venue": "aster", "user": "0x" + "1" * 40, "signer_key": "file:x", "proxy": "env:P"},
        "r": {"venue": "replay", "dataset": "aster", "tick_size": "0.1", "fills": {"book_max_age_ms": 5}},
    },
    "risk": {"max_open_orders": 3},
    "journal": {"record": "off"},
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1e-3", "NaN", "-1", "0", "env:", "\ud800", "0.1", "live", "sim", "backpack", "", "9" * 60])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def places(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    found = [here] if here else []
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, member in members:
        found += places(member, (*here, key))
    return found


PLACES = places(FULL)


def checked(text: str) -> Config | None:
    """Parse and check as ``load`` does; None where it is refused."""
    try:
        raw = parse_json(text, "c.json")
    except SettingsError:
        return None
    config, faults = check_document(raw)
    for fault in faults:
        fault.line("c.json", {}).encode()
    assert (config is None) == bool(faults)
    return config


def changed(place: tuple[Any, ...], value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    document: dict[str, Any] = json.loads(json.dumps(FULL))
    node: Any = document
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = value
    return document


@given(st.sampled_from(PLACES), values)
def test_any_value_at_any_place_is_taken_or_refused(place: tuple[Any, ...], value: object) -> None:
    checked(json.dumps(changed(place, value)))


@given(st.sampled_from(PLACES), st.text(max_size=6), values)
def test_any_key_at_any_place_is_taken_or_refused(place: tuple[Any, ...], key: str, value: object) -> None:
    checked(json.dumps(changed((*place[:-1], key) if isinstance(place[-1], str) else place, value)))


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 12), st.text(max_size=4))
def test_any_cut_in_the_text_is_taken_or_refused(start: int, length: int, insert: str) -> None:
    checked(SOUND[:start] + insert + SOUND[start + length :])


@given(values)
def test_any_json_at_all_is_taken_or_refused(value: object) -> None:
    checked(json.dumps(value))


@given(st.dictionaries(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", max_size=12).map("MMTUI__".__add__), st.text(max_size=6)))
def test_any_environment_is_taken_or_refused(environment: dict[str, str]) -> None:
    with contextlib.suppress(SettingsError):
        load("settings/examples/perp_maker.sim.json", ROOT, process=environment)


@pytest.mark.parametrize("place", [place for place in PLACES if place[0] == "accounts"], ids=str)
def test_a_secret_at_any_place_of_an_account_is_never_repeated(place: tuple[Any, ...]) -> None:
    """Only where a plain name or choice stands (a venue, an asset) may a wrong text be shown."""
    secret = "wFq8Zr3kPz5tYc1vBn7mXs2d"
    for value in (secret, [secret], {"key": secret}):
        _, faults = check_document(parse_json(json.dumps(changed(place, value)), "c.json"))
        assert not any(secret in fault.line("c.json", {}) for fault in faults)

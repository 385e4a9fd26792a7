"""The registry, and the settings of the perpetual market maker as configuration, forms and schema see them."""

from decimal import Decimal

import msgspec
import pytest

from mmtui.ports.errors import SettingsError
from mmtui.strategies import KINDS, kind, perp_maker
from mmtui.strategies.perp_maker import Memory, Settings, check


def test_a_kind_is_found_by_name() -> None:
    found = kind("perp_maker")
    assert found.decide is perp_maker.decide
    assert found.settings_type is Settings
    assert isinstance(found.initial_memory(), found.memory_type)
    assert found.initial_memory() == Memory()


def test_names_of_kinds_agree() -> None:
    assert all(name == entry.name for name, entry in KINDS.items())


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match='"perp_makr"; did you mean "perp_maker"'):
        kind("perp_makr")
    with pytest.raises(SettingsError, match=r'"zzz" \(known: .*perp_maker'):
        kind("zzz")


def test_the_published_configuration_is_read_exactly() -> None:
    text = b"""{"spread_pct": "0.05", "quantity": "0.1", "max_orders": 2, "interval": 10, "target_position": "0",
                "max_position": "0.5", "position_threshold": "0.4", "inventory_skew": "0"}"""
    settings = msgspec.json.decode(text, type=Settings)
    assert settings == Settings(
        spread_pct=Decimal("0.05"), quantity=Decimal("0.1"), max_orders=2, interval=Decimal(10),
        max_position=Decimal("0.5"), position_threshold=Decimal("0.4"),
    )  # fmt: skip
    assert check(settings) == []


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="sprad_pct"):
        msgspec.json.decode(b'{"sprad_pct": "1"}', type=Settings)


def test_every_setting_is_described() -> None:
    """A form needs a title and a sentence; a number needs its unit and a lower bound for the configuration's pass."""
    for field in msgspec.inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        assert isinstance(field.type, msgspec.inspect.Metadata), field.name
        assert field.type.extra_json_schema, field.name
        assert {"title", "description"} <= set(field.type.extra_json_schema)
        if field.name != "ladder":
            extra = field.type.extra
            assert extra is not None, field.name
            assert extra["unit"]
            assert ("minimum" in extra) != ("exclusive_minimum" in extra), field.name


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"target_position": Decimal(2)}, ("target_position 2", "max_position 1")),
        ({"quantity": Decimal("1.5")}, ("quantity 1.5", "max_position 1")),
    ],
)
def test_a_fault_between_two_settings_names_both(changes: dict[str, Decimal], names: tuple[str, str]) -> None:
    (fault,) = check(msgspec.structs.replace(Settings(), **changes))
    assert all(name in fault for name in names)
    assert "\n" not in fault


def test_defaults_have_no_fault() -> None:
    assert check(Settings()) == []


@pytest.mark.parametrize("name", ["conservative", "beginner", "aggressive"])
def test_presets_are_settings(name: str) -> None:
    """Presets leave alone what depends on the symbol or the account."""
    preset = kind("perp_maker").presets[name]
    assert check(msgspec.convert(preset, Settings)) == []
    assert not {"quantity", "target_position", "max_position", "position_threshold", "stop_loss"} & set(preset)


def test_bolder_presets_quote_closer() -> None:
    spreads = [msgspec.convert(kind("perp_maker").presets[name], Settings).spread_pct
               for name in ("conservative", "beginner", "aggressive")]  # fmt: skip
    assert spreads == sorted(spreads, reverse=True)

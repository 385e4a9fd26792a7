"""Documents and presets of the kinds on one book agree with the code."""

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.model.units import decimal_text
from mmtui.strategies import KINDS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "strategies"
SOLO = ("spot_maker", "bps_maker", "single", "grid", "martingale")


def rows_of(kind: str, first: str) -> dict[str, str]:
    """First cell -> second cell of the table that begins with ``first``."""
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    body = text.split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return {row[0]: row[1] for row in (re.split(r" *\| *", line.strip("| ")) for line in body)}


def shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("kind", SOLO)
def test_the_settings_table_has_every_setting_with_its_default(kind: str) -> None:
    defaults = KINDS[kind].settings_type()
    expected = {name: shown(getattr(defaults, name)) for name in defaults.__struct_fields__}
    assert rows_of(kind, "name") == expected


@pytest.mark.parametrize("kind", SOLO)
def test_the_presets_table_has_every_preset(kind: str) -> None:
    presets = KINDS[kind].presets
    expected = {name: ", ".join(f"{key} {value}" for key, value in preset.items()) for name, preset in presets.items()}
    assert rows_of(kind, "preset") == expected


@pytest.mark.parametrize("kind", SOLO)
def test_no_preset_contradicts_the_defaults(kind: str) -> None:
    found = KINDS[kind]
    for preset in found.presets.values():
        assert found.check(msgspec.convert(preset, found.settings_type, strict=False)) == []

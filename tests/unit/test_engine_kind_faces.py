"""The form's description of a strategy comes from its Settings, nothing by hand."""

from mmtui.engine.kind_faces import kind_faces
from mmtui.strategies import KINDS


def test_every_setting_of_every_kind_has_a_field() -> None:
    faces = {face.name: face for face in kind_faces()}
    assert set(faces) == set(KINDS)
    for name, kind in KINDS.items():
        assert tuple(field.name for field in faces[name].fields) == kind.settings_type.__struct_fields__
        assert all(field.title and field.help for field in faces[name].fields)


def test_a_field_tells_type_unit_bounds_and_default() -> None:
    (face,) = [face for face in kind_faces() if face.name == "perp_maker"]
    fields = {field.name: field for field in face.fields}
    spread, quantity, orders = fields["spread_pct"], fields["quantity"], fields["max_orders"]
    assert (spread.type, spread.unit, spread.default) == ("decimal", "%", "0.1")
    assert (spread.minimum, spread.maximum, spread.exclusive_minimum, spread.optional) == ("0", "100", True, False)
    assert (quantity.optional, quantity.default) == (True, "")
    assert (orders.type, orders.minimum, orders.maximum, orders.exclusive_minimum) == ("integer", "1", "50", False)


def test_presets_name_real_settings() -> None:
    for face in kind_faces():
        names = {field.name for field in face.fields}
        assert face.presets
        for values in face.presets.values():
            assert set(values) <= names

"""Risk limits as a form: fields from the configuration's own description, checked by the configuration's check."""

from collections.abc import Mapping
from typing import Final

from mmtui.config import RiskConfig
from mmtui.config.checking import Checker, struct_info, unwrap
from mmtui.config.reading import Plain
from mmtui.model.units import decimal_text
from mmtui.views.board import Board
from mmtui.views.queries import FieldFace

_FIELDS: Final = {field.name: field for field in struct_info(RiskConfig).fields}


def risk_faces() -> tuple[FieldFace, ...]:
    """The fields, in the order of the configuration."""
    return tuple(_face(name) for name in _FIELDS)


def _face(name: str) -> FieldFace:
    kind, rules, optional = unwrap(_FIELDS[name].type)
    exclusive = "exclusive_minimum" in rules
    return FieldFace(
        name=name,
        title=rules.get("title", name),
        help=rules.get("description", ""),
        unit=rules.get("unit", ""),
        type="integer" if type(kind).__name__ == "IntType" else "decimal",
        default="",
        minimum=str(rules.get("exclusive_minimum" if exclusive else "minimum", "")),
        maximum=str(rules.get("maximum", "")),
        exclusive_minimum=exclusive,
        optional=optional,
        choices=(),
    )


def limits_in_force(board: Board) -> dict[str, str]:
    """The limits of every account, by name; those that nobody tells are left out.

    An older engine publishes them per account only: what all accounts agree on is taken.
    """
    if board.risk:
        return dict(board.risk)
    told: dict[str, set[str]] = {}
    for account in board.accounts:
        for limit in account.limits:
            told.setdefault(limit.name, set()).add(decimal_text(limit.limit))
    return {name: values.pop() for name, values in told.items() if len(values) == 1 and name in _FIELDS}


def risk_faults(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with limits, by name, in the words of the configuration's check; empty ones are not looked at."""
    checker = Checker()
    for name, text in values.items():
        if text.strip():
            checker.value(Plain(text.strip()), _FIELDS[name].type, (name,))
    return {str(fault.place[0]): fault.problem for fault in checker.faults}

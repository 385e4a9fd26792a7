"""Queries for forms: the real kinds and the real check, previews that can be held back, refused or counted."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from mmtui.config.panel import first_config, settings_faults
from mmtui.engine.kind_faces import kind_faces
from mmtui.model.units import Side
from mmtui.views.faults import SettingsError
from mmtui.views.queries import KindFace, Preview, PreviewOrder
from tests.ui.fakes import FakeQueries, Stage

REFUSAL = "max_order_notional: order of 375.59 above 100"


def order(side: Side, level: int, refused: str = "") -> PreviewOrder:
    """An order of a level on SOL."""
    price = Decimal("150.24") - side.sign * Decimal("0.06") * (level + 1)
    return PreviewOrder(side, price, Decimal("2.50"), price * Decimal("2.50"), 4.0 * (level + 1), refused)


class FormQueries(FakeQueries):
    """``refused`` of the six orders are refused by the risk gate; ``fault`` makes the preview fail."""

    def __init__(self) -> None:
        super().__init__()
        self.config = first_config()
        self.checks = 0
        self.previews: list[dict[str, str]] = []
        self.refused = 0
        self.fault = ""
        self.gate = asyncio.Event()
        self.gate.set()

    def kinds(self) -> tuple[KindFace, ...]:
        """The perp maker first, whatever other kinds there are."""
        return tuple(sorted(kind_faces(), key=lambda face: face.name != "perp_maker"))

    def check(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        self.checks += 1
        return settings_faults(kind, "sim", "SOL-PERP", values, self.config)

    async def preview(self, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> Preview:
        self.previews.append(dict(values))
        self.asked.append(("preview", kind, account, symbol))
        await self.gate.wait()
        if self.fault:
            raise SettingsError(self.fault)
        places = [(side, level) for side in (Side.BUY, Side.SELL) for level in range(3)]
        orders = tuple(
            order(side, level, REFUSAL if k < self.refused else "") for k, (side, level) in enumerate(places)
        )
        return Preview(orders, "quoting 3x3 around 150.235, load +0.18", (), Decimal("11.10"), Decimal("-3.90"))


def form_stage(**changes: object) -> Stage:
    """A terminal on these queries."""
    stage = Stage(**changes)  # type: ignore[arg-type]  # whatever Stage takes
    stage.queries = FormQueries()
    stage.app.queries = stage.queries
    return stage


def queries_of(stage: Stage) -> FormQueries:
    """The queries, typed."""
    assert isinstance(stage.queries, FormQueries)
    return stage.queries

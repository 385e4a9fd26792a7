"""Which client order id belongs to which order number: listed fills name the number only."""

from typing import Final

from mmtui.model.events import OrderReport

_KEPT: Final = 50_000


class OrderIds:
    """Numbers of the orders heard of, by instrument; the oldest are forgotten."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def learn(self, report: OrderReport) -> None:
        """A report that names both."""
        if report.order_id is None or report.client_order_id is None:
            return
        self._names[report.instrument, report.order_id] = report.client_order_id
        if len(self._names) > _KEPT:
            del self._names[next(iter(self._names))]

    def name(self, instrument: str, order_id: str) -> str | None:
        """The client order id; None where the order was never heard of."""
        return self._names.get((instrument, order_id))

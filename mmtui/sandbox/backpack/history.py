"""What has been: fills, orders, funding payments, newest first unless asked otherwise."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.errors import bad_request
from mmtui.sandbox.backpack.orders import fill_document, history_document
from mmtui.sandbox.backpack.public import DEFAULT_LIMIT, read_limit
from mmtui.sandbox.backpack.signing import Member
from mmtui.sandbox.backpack.times import iso, ms
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.records import FillRecord, OrderRecord

MOST_ROWS: Final = 1_000
FAR: Final = 10**16
FILL_TYPES: Final = (
    "User",
    "BookLiquidation",
    "Adl",
    "Backstop",
    "Liquidation",
    "AllLiquidation",
    "CollateralConversion",
    "CollateralConversionAndSpotLiquidation",
)

Query = Mapping[str, str]
Item = TypeVar("Item")


class History:
    """Answers signed questions about the past."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def fills(self, member: Member, query: Query, call: Call) -> list[dict[str, Any]]:
        """Fills by order, symbol, time and kind of market."""
        kind = query.get("fillType")
        if kind is not None and kind not in FILL_TYPES:
            raise bad_request("failed to parse parameter `fillType`: Expect a valid enumeration value.")
        start_ms, end_ms = read_limit(call, 0, FAR, "from"), read_limit(call, FAR, FAR, "to")

        def wanted(fill: FillRecord) -> bool:
            return start_ms <= ms(fill.time_ns) <= end_ms and _matches(fill.order, query)

        every = self._floor.records.fills.get(member.name, []) if kind in (None, "User") else []
        rows = [fill for fill in reversed(every) if wanted(fill)]
        return [fill_document(fill) for fill in _page(rows, call)]

    def orders(self, member: Member, query: Query, call: Call) -> list[dict[str, Any]]:
        """Orders, those that are still open too."""
        rows = [record for record in self._floor.records.orders(member.name) if _matches(record, query)]
        return [history_document(record) for record in _page(rows, call)]

    def funding(self, member: Member, query: Query, call: Call) -> list[dict[str, Any]]:
        """Funding payments; received ones are positive."""
        symbol = query.get("symbol")
        every = self._floor.records.funding.get(member.name, [])
        rows = [row for row in reversed(every) if symbol in (None, row.symbol)]
        return [
            {
                "userId": member.user_id,
                "subaccountId": 0,
                "symbol": row.symbol,
                "quantity": format(row.amount_cash, "f"),
                "fundingRate": format(row.rate, "f"),
                "intervalEndTimestamp": iso(row.time_ns),
            }
            for row in _page(rows, call)
        ]


def _matches(record: OrderRecord, query: Query) -> bool:
    kind = query.get("marketType")
    return (
        query.get("symbol") in (None, record.symbol)
        and query.get("orderId") in (None, str(record.order_id))
        and (kind is None or (kind == "PERP") == markets.is_perp(record.instrument))
    )


def _page(newest_first: list[Item], call: Call) -> Iterable[Item]:
    direction = call.parameter("sortDirection") or "Desc"
    if direction not in ("Asc", "Desc"):
        raise bad_request("failed to parse parameter `sortDirection`: Expect a valid enumeration value.")
    limit, offset = read_limit(call, DEFAULT_LIMIT, MOST_ROWS), read_limit(call, 0, FAR, "offset")
    rows = newest_first if direction == "Desc" else list(reversed(newest_first))
    return islice(rows, offset, offset + limit)

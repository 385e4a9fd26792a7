"""Rate limits of one room: weight per address, orders per account, and the ban of who does not listen."""

from typing import Any, Final

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.aster.errors import BAN_S, ApiError, banned
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.calls import Call
from mmtui.sandbox.windows import RateWindow

MINUTE_S: Final = 60
WEIGHT_PER_MINUTE: Final = {Room.FUTURES: 2_400, Room.SPOT: 6_000}
ORDERS_PER_MINUTE: Final = {Room.FUTURES: 1_200, Room.SPOT: 6_000}
SPOT_ORDERS_PER_10_S: Final = 300
WARNINGS: Final = 30
"""So many refusals in a minute for an address that goes on, then it is banned."""
TOO_MANY: Final = 429


class Budgets:
    """Counts requests. All times are the venue's clock."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._weight = RateWindow(WEIGHT_PER_MINUTE[room], MINUTE_S)
        self._orders = [RateWindow(ORDERS_PER_MINUTE[room], MINUTE_S)]
        if room is Room.SPOT:
            self._orders.append(RateWindow(SPOT_ORDERS_PER_10_S, 10))
        self._warnings = RateWindow(WARNINGS, MINUTE_S)
        self._banned_until: dict[str, int] = {}

    def spend(self, call: Call, weight: int) -> None:
        """Count a request for its address. Raises ApiError: 429 if it is too much, 418 while the address is banned."""
        until = self._banned_until.get(call.remote, 0)
        if call.now_ns < until:
            raise banned((until - call.now_ns) // NS_PER_S + 1)
        if self._weight.take(call.remote, call.now_ns, weight):
            return
        if not self._warnings.take(call.remote, call.now_ns):
            self._banned_until[call.remote] = call.now_ns + BAN_S * NS_PER_S
            raise banned()
        words = f"Too many requests; current limit is {self._weight.limit} request weight per 1 MINUTE."
        seconds = self._weight.wait_ms(call.remote, call.now_ns) // 1_000 + 1
        raise ApiError(-1003, words, TOO_MANY, {"Retry-After": str(seconds)} if self._room is Room.SPOT else None)

    def count_orders(self, member: Member, call: Call, count: int) -> None:
        """Count new orders of an account. Raises ApiError: 429 if they are too many."""
        for window in self._orders:
            if window.used(member.name, call.now_ns) + count > window.limit:
                raise ApiError(-1015, f"Too many new orders; current limit is {window.limit} orders.", TOO_MANY)
        for window in self._orders:
            window.take(member.name, call.now_ns, count)

    def headers(self, call: Call, member: Member | None = None) -> dict[str, str]:
        """What is used up; the orders only where ``member`` has just placed some."""
        rows = {"X-MBX-USED-WEIGHT-1M": str(self._weight.used(call.remote, call.now_ns))}
        if member is not None:
            for window, span in zip(self._orders, ("1M", "10S"), strict=False):
                rows[f"X-MBX-ORDER-COUNT-{span}"] = str(window.used(member.name, call.now_ns))
        return rows


def limit_documents(room: Room) -> list[dict[str, Any]]:
    """``rateLimits`` of exchangeInfo."""
    rows = [
        ("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_PER_MINUTE[room]),
        ("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE[room]),
    ]
    if room is Room.SPOT:
        rows.append(("ORDERS", "SECOND", 10, SPOT_ORDERS_PER_10_S))
    return [
        {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
        for kind, interval, number, limit in rows
    ]

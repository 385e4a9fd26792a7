"""Funding of what was traded: each payment once, nothing of before, a failure told once."""

from decimal import Decimal

from mmtui.exchanges.standx.connect import open_standx
from mmtui.exchanges.standx.funding import FundingWatch
from mmtui.model.events import Event, FundingPayment, ReadFailed
from tests.unit.loopback import WallClock
from tests.unit.standx_desk import QUICK, access, served
from tests.unit.standx_payloads import BTC

ROWS = [
    {"id": 12, "symbol": "BTC-USD", "qty": "0.5", "txn_type": "funding", "transact_time": "2099-01-01T09:00:00Z"},
    {"id": 11, "symbol": "BTC-USD", "qty": "-0.1", "txn_type": "funding", "transact_time": "2099-01-01T08:00:00Z"},
    {"id": 3, "symbol": "BTC-USD", "qty": "-9", "txn_type": "funding", "transact_time": "2001-01-01T08:00:00Z"},
    {"id": 13, "symbol": "BTC-USD", "qty": "7", "txn_type": "gift", "transact_time": "2099-01-01T09:00:00Z"},
]


async def test_payments_are_told_once_and_a_failure_is_no_payment() -> None:
    async with served() as desk:
        session = open_standx("main", access(desk), WallClock(), timing=QUICK)
        await session.start()
        watch = FundingWatch("main", session.calls, WallClock())
        began_ns = session.offset.venue_now()
        heard: list[Event] = []
        await watch.look(heard.append, began_ns)
        assert not heard  # nothing was traded, so nothing is asked
        watch.traded(BTC)
        desk.funding = [{"id": "no number"}]
        for _ in range(2):
            await watch.look(heard.append, began_ns)
        (failed,) = heard
        assert isinstance(failed, ReadFailed)
        desk.funding = ROWS
        for _ in range(2):
            await watch.look(heard.append, began_ns)
        payments = [event for event in heard if isinstance(event, FundingPayment)]
        assert [(event.payment_id, event.amount_cash) for event in payments] == [
            ("11", Decimal("-0.1")), ("12", Decimal("0.5"))
        ]  # fmt: skip
        assert payments[0].venue_time_ns == 4_070_937_600_000_000_000
        await session.close()

"""The user data streams: what happens to the accounts, told to who holds a listen key."""

from collections.abc import Mapping
from typing import Any

from mmtui.model.units import ZERO
from mmtui.sandbox.aster import user_frames
from mmtui.sandbox.aster.holdings import Holdings
from mmtui.sandbox.aster.ledger import Ledger
from mmtui.sandbox.aster.listen_keys import ListenKeys
from mmtui.sandbox.aster.markets import Room, room_of
from mmtui.sandbox.aster.outlet import Outlet
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord


class UserStreams:
    """Tells of both rooms. ``members`` is keyed by the floor's account, so that each member stands there twice."""

    def __init__(
        self,
        floor: Floor,
        ledger: Ledger,
        members: Mapping[str, Member],
        keys: Mapping[Room, ListenKeys],
        outlets: Mapping[Room, Outlet],
        clock: SandboxClock,
    ) -> None:
        self._floor = floor
        self._ledger = ledger
        self._members = members
        self._keys = keys
        self._outlets = outlets
        self._clock = clock

    def tell(self, account: str, frame: dict[str, Any]) -> None:
        """Send a frame to who holds the key of a floor's account."""
        for room, keys in self._keys.items():
            name = keys.of_account(account)
            if name is not None and self._outlets[room].heard(name):
                self._outlets[room].publish(name, frame, sequenced=True)

    def tick(self, now_ns: int) -> None:
        """Keys run out: that is the last thing their streams say."""
        for room, keys in self._keys.items():
            for key in keys.take_expired(now_ns):
                frame = {"e": "listenKeyExpired", "E": self._clock.now_ms()}
                self._outlets[room].publish(key.text, frame, sequenced=True)

    # ------------------------------------------------------------------------------------------ what the floor says

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of an account, and what it moved."""
        if room_of(record.instrument) is Room.SPOT:
            self._on_spot_order(change, record, fill)
            return
        if fill is not None:
            self._ledger.book_fill(fill)
        profit = ZERO if fill is None else self._ledger.profit(fill)
        orders = self._floor.records.open_orders(record.account, record.symbol)
        now_ms = self._clock.now_ms()
        if fill is not None:
            self._tell_account("ORDER", fill)
        self.tell(record.account, user_frames.order_trade_update(change, record, fill, profit, orders, now_ms))

    def _tell_account(self, reason: str, fill: FillRecord) -> None:
        record = fill.order
        holding = self._ledger.holding(record.account, record.symbol)
        stake = Holdings(self._floor, self._ledger, self._members[record.account]).stake(record.instrument)
        wallet = self._ledger.wallets[record.account]
        now_ms = self._clock.now_ms()
        frame = user_frames.account_update(reason, wallet, stake, holding.realized, fill.time_ns, now_ms)
        self.tell(record.account, frame)

    def _on_spot_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        now_ms = self._clock.now_ms()
        self.tell(record.account, user_frames.execution_report(change, record, fill, now_ms))
        member = self._members[record.account]
        touched = (record.instrument.base_asset, record.instrument.quote_asset)
        balances = Holdings(self._floor, self._ledger, member).spot_balances()
        changed = {asset: amounts for asset, amounts in balances.items() if asset in touched}
        frame = user_frames.outbound_account_position(changed, record.updated_ns, now_ms)
        self.tell(record.account, frame)

    def on_funding(self, payment: FundingRecord) -> None:
        """Funding moves the balance only."""
        self._ledger.book_funding(payment)
        wallet = self._ledger.wallets[payment.account]
        now_ms = self._clock.now_ms()
        frame = user_frames.account_update("FUNDING_FEE", wallet, None, ZERO, payment.time_ns, now_ms)
        self.tell(payment.account, frame)

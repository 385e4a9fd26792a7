"""The REST paths of both rooms in their versions."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from mmtui.sandbox.aster.account import DONE, AccountApi
from mmtui.sandbox.aster.errors import not_here
from mmtui.sandbox.aster.gate import Gate, MemberAnswer, Weight, without_symbol
from mmtui.sandbox.aster.listen_keys import ListenKeys
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.aster.public import PublicApi
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.aster.trading import Trading
from mmtui.sandbox.calls import Call, Endpoint

BOTH = ("v1", "v3")
V3 = ("v3",)


class Row(NamedTuple):
    """One private call: its name stands behind each of the versions."""

    method: str
    name: str
    versions: tuple[str, ...]
    weight: Weight
    answer: MemberAnswer
    kind: str | None = None


class Api:
    """One room's interface."""

    def __init__(self, gate: Gate, public: PublicApi, trading: Trading, account: AccountApi, keys: ListenKeys) -> None:
        self._gate = gate
        self._public = public
        self._trading = trading
        self._account = account
        self._keys = keys
        self._base = "/api" if gate.room is Room.SPOT else "/fapi"

    def endpoints(self) -> Sequence[Endpoint]:
        """Every path."""
        rows = [*self._orders(), *self._about()]
        if self._gate.room is Room.FUTURES:
            rows += [*self._futures_orders(), *self._futures_about()]
        return [
            *(
                Endpoint("GET", f"{self._base}/{version}/{name}", self._gate.public(weight, answer))
                for name, weight, answer in self._public.calls()
                for version in BOTH
            ),
            *(
                Endpoint(
                    row.method,
                    f"{self._base}/{version}/{row.name}",
                    self._gate.member(row.weight, row.answer),
                    row.kind,
                )
                for row in rows
                for version in row.versions
            ),
            *self._placing(),
            *self._listen_keys(),
        ]

    def _placing(self) -> list[Endpoint]:
        """New orders count against the account's limit of orders."""
        place = self._gate.member(1, self._trading.place, orders=lambda _parameters: 1)
        rows = [Endpoint("POST", f"{self._base}/{version}/order", place, "place") for version in BOTH]
        if self._gate.room is Room.FUTURES:
            batch = self._gate.member(5, self._trading.place_batch, orders=_count_orders)
            rows += [Endpoint("POST", f"{self._base}/{version}/batchOrders", batch, "place") for version in BOTH]
        return rows

    def _orders(self) -> list[Row]:
        trading = self._trading
        return [
            Row("GET", "order", BOTH, 1, trading.order, "query"),
            Row("DELETE", "order", BOTH, 1, trading.cancel, "cancel"),
            Row("DELETE", "allOpenOrders", BOTH, 1, trading.cancel_all, "cancel"),
            Row("GET", "openOrder", BOTH, 1, trading.open_order, "query"),
            Row("GET", "openOrders", BOTH, without_symbol(40), trading.open_orders, "query"),
            Row("GET", "allOrders", BOTH, 5, trading.all_orders, "query"),
            Row("POST", "noop", V3, 1, _noop),
        ]

    def _about(self) -> list[Row]:
        account = self._account
        return [
            Row("GET", "userTrades", BOTH, 5, account.user_trades, "query"),
            Row("GET", "commissionRate", BOTH, 20, account.commission_rate, "query"),
            *(
                Row("GET", "account", (version,), 5, account.account, "query")
                for version in (BOTH if self._gate.room is Room.SPOT else ("v3", "v4"))
            ),
        ]

    def _futures_orders(self) -> list[Row]:
        trading = self._trading
        return [
            Row("DELETE", "batchOrders", BOTH, 1, trading.cancel_batch, "cancel"),
            Row("PUT", "order", V3, 1, trading.amend, "amend"),
            Row("POST", "countdownCancelAll", BOTH, 10, trading.count_down),
        ]

    def _futures_about(self) -> list[Row]:
        account = self._account
        return [
            Row("GET", "balance", ("v2", "v3"), 5, account.balance, "query"),
            Row("GET", "accountWithJoinMargin", V3, 5, account.account, "query"),
            Row("GET", "positionRisk", ("v2", "v3"), 5, account.position_risk, "query"),
            Row("GET", "income", BOTH, 30, account.income, "query"),
            Row("POST", "leverage", BOTH, 1, account.set_leverage),
            Row("GET", "leverageBracket", BOTH, 1, account.leverage_bracket, "query"),
            Row("POST", "marginType", BOTH, 1, account.set_margin_type),
            Row("GET", "positionSide/dual", BOTH, 30, account.position_mode, "query"),
            Row("POST", "positionSide/dual", BOTH, 1, account.set_position_mode),
            Row("GET", "multiAssetsMargin", BOTH, 30, account.multi_assets, "query"),
            Row("POST", "multiAssetsMargin", BOTH, 1, account.set_multi_assets),
            Row("GET", "stpMode", V3, 1, account.stp_mode, "query"),
            Row("POST", "stpMode", V3, 1, account.set_stp_mode),
            Row("GET", "builder", V3, 1, account.builders, "query"),
            Row("POST", "approveBuilder", V3, 1, _no_builders),
        ]

    def _listen_keys(self) -> list[Endpoint]:
        """Old keys need only their header here."""
        rows: list[Endpoint] = []
        for method, answer in (
            ("POST", self._keys.create),
            ("PUT", self._keys.keep_alive),
            ("DELETE", self._keys.close),
        ):
            rows.append(Endpoint(method, f"{self._base}/v1/listenKey", self._gate.key_only(1, answer)))
            rows.append(Endpoint(method, f"{self._base}/v3/listenKey", self._gate.member(1, answer)))
        return rows


def _count_orders(parameters: Parameters) -> int:
    try:
        rows = json.loads(parameters.text("batchOrders") or "[]")
    except (ValueError, RecursionError):
        return 0
    return len(rows) if isinstance(rows, list) else 0


def _noop(_member: Member, _parameters: Parameters, _call: Call) -> dict[str, object]:
    """Its nonce is used up now, so that an order with the same one is refused."""
    return dict(DONE)


def _no_builders(_member: Member, _parameters: Parameters, _call: Call) -> dict[str, object]:
    raise not_here("a builder's approval")

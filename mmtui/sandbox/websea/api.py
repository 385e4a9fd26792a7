"""The REST paths, new and old, and the answer to every other path."""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from mmtui.sandbox.calls import Call, Endpoint
from mmtui.sandbox.websea.errors import ApiError, not_here
from mmtui.sandbox.websea.gate import Gate, MemberAnswer, PublicAnswer
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.holdings import Holdings
from mmtui.sandbox.websea.parameters import Parameters
from mmtui.sandbox.websea.public import PublicApi
from mmtui.sandbox.websea.signing import Member
from mmtui.sandbox.websea.trading import Trading

NEW: Final = "/v1/futures/"
SECOND: Final = "/v2/futures/"
OLD: Final = "/openApi/contract/"
OLD_MARKET: Final = "/openApi/market/"


class Api:
    """Every path with its answer."""

    def __init__(self, gate: Gate, public: PublicApi, trading: Trading, holdings: Holdings, habits: Habits) -> None:
        self._gate = gate
        self._public = public
        self._trading = trading
        self._holdings = holdings
        self._habits = habits

    def endpoints(self) -> Sequence[Endpoint]:
        """The paths; what is none of them comes last."""
        return [
            *(Endpoint("GET", path, self._gate.public(answer)) for path, answer in self._open_to_all()),
            *(
                Endpoint(method, path, self._gate.member(answer, kind), kind)
                for method, path, answer, kind in (*self._orders(), *self._about())
            ),
            Endpoint("POST", "/_sandbox/habits", self._habits.serve),
            Endpoint("*", "/{path:.*}", _unknown),
        ]

    def _open_to_all(self) -> list[tuple[str, PublicAnswer]]:
        public = self._public
        return [
            (NEW + "symbols", public.symbols),
            (OLD + "symbols", public.old_symbols),
            (NEW + "info", public.info),
            (OLD_MARKET + "info", public.info),
            (NEW + "symbol_precision", public.precision),
            (OLD + "precision", public.precision),
            (NEW + "depth", public.depth),
            (OLD + "depth", public.old_depth),
            (NEW + "depth_merged", public.merged),
            (OLD + "gears_depth", public.merged),
            (NEW + "24kline_list", public.day_list),
            (OLD + "24kline", public.day_list),
            (NEW + "24kline", public.day),
            (OLD + "market", public.day),
            (NEW + "24hr", public.product),
            (OLD_MARKET + "24hr", public.product),
            (NEW + "kline", public.candles),
            (OLD + "kline", public.candles),
            (NEW + "trade", public.trades),
            (OLD + "trade", public.trades),
            (NEW + "index_price", public.marks),
            (OLD + "index", public.marks),
            (NEW + "funding_rate", public.funding),
            (OLD + "capitalRate", public.old_funding),
            (NEW + "open_interest", public.interest),
            (OLD + "hold", public.old_interest),
        ]

    def _orders(self) -> list[tuple[str, str, MemberAnswer, str]]:
        trading = self._trading
        return [
            ("POST", NEW + "order/create", trading.place, "place"),
            ("POST", OLD + "add", trading.place, "place"),
            ("POST", SECOND + "order/create", trading.place_second, "place"),
            ("POST", NEW + "order/cancel", trading.cancel, "cancel"),
            ("POST", OLD + "cancel", trading.cancel, "cancel"),
            ("POST", NEW + "close_all", trading.close_all, "place"),
            ("POST", OLD + "onekeyClose", trading.close_all, "place"),
            ("POST", NEW + "order/place_strategy", _no_strategies, "place"),
            ("POST", NEW + "order/modify_strategy", _no_strategies, "place"),
        ]

    def _about(self) -> list[tuple[str, str, MemberAnswer, str]]:
        trading, holdings = self._trading, self._holdings
        rows: list[tuple[str, MemberAnswer]] = [
            (NEW + "orders/open", trading.open_orders),
            (OLD + "currentList", trading.open_orders),
            (NEW + "order/detail", trading.detail),
            (OLD + "getOrderDetail", trading.detail),
            (NEW + "order/trades", trading.trades),
            (OLD + "detail", trading.trades),
            (NEW + "orders/history", trading.history),
            (OLD + "historyList", trading.history),
            (NEW + "order/history_detail", trading.history_detail),
            (OLD + "entrustDetail", trading.history_detail),
            (NEW + "position", holdings.positions),
            (OLD + "position", holdings.old_positions),
            (NEW + "wallet", holdings.wallet),
            (OLD + "walletList", holdings.old_isolated),
            (OLD + "walletList/full", holdings.old_wallet),
            (NEW + "plan/current", _nothing),
            (NEW + "plan/history", _nothing),
            (OLD + "currentTactics", _nothing),
            (OLD + "historyTactics", _nothing),
            (NEW + "order/open_strategy", _nothing),
        ]
        return [("GET", path, answer, "query") for path, answer in rows]


def _unknown(_call: Call) -> web.Response:
    """A path that is none: HTTP status 200, and the number says it."""
    return ApiError(404).response()


def _nothing(_member: Member, _parameters: Parameters, _call: Call) -> list[Any]:
    """Lists of orders that cannot be placed here."""
    return []


def _no_strategies(_member: Member, _parameters: Parameters, _call: Call) -> dict[str, Any]:
    raise not_here("a strategy order")

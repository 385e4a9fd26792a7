"""The REST interface: markets for everybody, accounts for who brings a token, transactions for who can sign."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S, NS_PER_US
from mmtui.sandbox.calls import Call, Endpoint, json_response
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.hearing import Row
from mmtui.sandbox.lighter.digits import whole
from mmtui.sandbox.lighter.documents import CROWD, AccountPicture, order_document, own_trade, public_trade
from mmtui.sandbox.lighter.errors import BAD_MARKET, ApiError, bad_parameter
from mmtui.sandbox.lighter.execution import Execution
from mmtui.sandbox.lighter.limits import Limits
from mmtui.sandbox.lighter.listing import asset_document, book_document, candle, detail_document
from mmtui.sandbox.lighter.markets import ALL_MARKETS, BY_ID, BY_SYMBOL, MarketRow
from mmtui.sandbox.lighter.members import Door, Member
from mmtui.sandbox.lighter.transactions import Parcel, fault_kind, read_batch, read_form, read_single

ROOT: Final = "/api/v1/"
NETWORK: Final = 1
MOST_ORDERS: Final = 250
MOST_ROWS: Final = 100
RESOLUTIONS_S: Final = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1h": 3_600,
    "4h": 14_400,
    "12h": 43_200,
    "1d": 86_400,
}
ALL_KEYS: Final = 255
FAR_MS: Final = 28 * 86_400_000

Answer = dict[str, Any]
RowT = TypeVar("RowT")


class Rest:
    """Answers requests. ``fundings`` are payments as documents, oldest first, by account name."""

    def __init__(
        self, floor: Floor, door: Door, limits: Limits, execution: Execution, fundings: dict[str, list[Answer]]
    ) -> None:
        self._floor = floor
        self._door = door
        self._limits = limits
        self._execution = execution
        self._fundings = fundings

    def endpoints(self) -> Sequence[Endpoint]:
        """The paths."""
        public: dict[str, Callable[[Call], Answer]] = {
            "assetDetails": lambda _: {"asset_details": [asset_document()]},
            "orderBooks": self._order_books,
            "orderBookDetails": self._order_book_details,
            "orderBookOrders": self._order_book_orders,
            "recentTrades": self._recent_trades,
            "candles": self._candles,
            "funding-rates": self._funding_rates,
            "apikeys": self._api_keys,
            "nextNonce": self._next_nonce,
            "accountsByL1Address": self._accounts_by_address,
        }
        private: dict[str, Callable[[Call], Answer]] = {
            "account": self._account,
            "accountActiveOrders": self._active_orders,
            "accountInactiveOrders": self._inactive_orders,
            "accountOrders": self._account_orders,
            "accountLimits": self._account_limits,
            "trades": self._trades,
            "positionFunding": self._position_funding,
        }
        return [
            Endpoint("GET", "/", self._root),
            Endpoint("GET", "/info", lambda _: json_response({"contract_address": f"0x{0:040x}"})),
            *(Endpoint("GET", ROOT + name, self._guarded(name, handler)) for name, handler in public.items()),
            *(Endpoint("GET", ROOT + name, self._guarded(name, handler), "query") for name, handler in private.items()),
            Endpoint("POST", f"{ROOT}sendTx", self._sending(read_single), kind_of=fault_kind),
            Endpoint("POST", f"{ROOT}sendTxBatch", self._sending(read_batch), kind_of=fault_kind),
        ]

    def _guarded(self, name: str, handler: Callable[[Call], Answer]) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                self._limits.spend(call, name)
                return json_response({"code": 200, **handler(call)})
            except ApiError as error:
                return error.response()

        return serve

    def _sending(self, read: Callable[[dict[str, str]], Parcel]) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                parcel = read(read_form(call.body, call.headers.get("Content-Type", "")))
                return json_response(self._execution.take(parcel, call.now_ns))
            except ApiError as error:
                return error.response()

        return serve

    @staticmethod
    def _root(call: Call) -> web.Response:
        return json_response({"status": 200, "network_id": NETWORK, "timestamp": call.now_ns // NS_PER_S})

    # ------------------------------------------------------------------------------------------------------ markets

    def _rows(self, call: Call) -> list[MarketRow]:
        """The markets that a request is about: one, or all."""
        if call.parameter("filter") == "spot":
            return []
        market_id = number(call, "market_id", ALL_MARKETS)
        if market_id == ALL_MARKETS:
            return [BY_SYMBOL[symbol] for symbol in self._floor.instruments]
        return [self._market(market_id)]

    def _market(self, market_id: int) -> MarketRow:
        row = BY_ID.get(market_id)
        if row is None or row.symbol not in self._floor.instruments:
            raise ApiError(BAD_MARKET, "invalid market index")
        return row

    def _order_books(self, call: Call) -> Answer:
        rows = self._rows(call)
        return {"order_books": [book_document(row, self._floor.instruments[row.symbol]) for row in rows]}

    def _order_book_details(self, call: Call) -> Answer:
        rows = [detail_document(row, self._floor, call.now_ns) for row in self._rows(call)]
        return {"order_book_details": rows, "spot_order_book_details": []}

    def _order_book_orders(self, call: Call) -> Answer:
        row = self._market(number(call, "market_id"))
        most = number(call, "limit")
        if not 1 <= most <= MOST_ORDERS:
            raise bad_parameter("limit")
        book = self._floor.book(row.symbol)
        asks, bids = (_single_orders(row, levels[:most], call) for levels in (book.asks, book.bids))
        return {"total_asks": len(book.asks), "asks": asks, "total_bids": len(book.bids), "bids": bids}

    def _recent_trades(self, call: Call) -> Answer:
        row, most = self._market(number(call, "market_id")), limit(call)
        latest = list(self._floor.tapes[row.symbol].trades)[-most:]
        return {"trades": [public_trade(trade) for trade in reversed(latest)]}

    def _candles(self, call: Call) -> Answer:
        row, resolution = self._market(number(call, "market_id")), call.parameter("resolution") or ""
        if resolution not in RESOLUTIONS_S:
            raise bad_parameter("resolution")
        span_ns = RESOLUTIONS_S[resolution] * NS_PER_S
        start_ns = number(call, "start_timestamp") * NS_PER_MS // span_ns * span_ns
        found = self._floor.tapes[row.symbol].candles(start_ns, number(call, "end_timestamp") * NS_PER_MS, span_ns)
        return {"r": resolution, "c": [candle(one) for one in found][-number(call, "count_back", MOST_ROWS) :]}

    def _funding_rates(self, _call: Call) -> Answer:
        rows = []
        for symbol, tape in self._floor.tapes.items():
            if tape.mark is not None:
                row = {"market_id": BY_SYMBOL[symbol].market_id, "symbol": symbol}
                rows += [
                    row | {"exchange": name, "rate": float(tape.mark.funding_rate)} for name in ("lighter", "binance")
                ]
        return {"funding_rates": rows}

    # ------------------------------------------------------------------------------------------------- keys, nonces

    def _api_keys(self, call: Call) -> Answer:
        member = self._door.member(number(call, "account_index"))
        wanted = number(call, "api_key_index", ALL_KEYS)
        keys = list(member.keys.values()) if wanted == ALL_KEYS else [self._door.key(member.account_index, wanted)]
        rows = [
            {
                "account_index": member.account_index, "api_key_index": key.index, "nonce": key.nonce,
                "public_key": key.public_key, "transaction_time": 0,
            }
            for key in keys
        ]  # fmt: skip
        return {"api_keys": rows}

    def _next_nonce(self, call: Call) -> Answer:
        return {"nonce": self._door.key(number(call, "account_index"), number(call, "api_key_index")).nonce}

    def _accounts_by_address(self, call: Call) -> Answer:
        member = self._door.by_address(call.parameter("l1_address") or "")
        document = AccountPicture(self._floor, member).document()
        return {"l1_address": member.l1_address, "sub_accounts": [document]}

    # ----------------------------------------------------------------------------------------------------- accounts

    def _account(self, call: Call) -> Answer:
        value = call.parameter("value") or ""
        if call.parameter("by") == "l1_address":
            member = self._door.by_address(value)
        else:
            member = self._door.member(number(call, "value"))
        if call.headers.get("Authorization") or call.parameter("auth"):  # public, but a token that is sent must be good
            self._door.enter(call, member.account_index)
        return {"total": 1, "accounts": [AccountPicture(self._floor, member).document()], "next_cursor": ""}

    def _entered(self, call: Call) -> Member:
        return self._door.enter(call, number(call, "account_index"))

    def _symbol(self, call: Call) -> str | None:
        market_id = number(call, "market_id", ALL_MARKETS)
        return None if market_id == ALL_MARKETS else self._market(market_id).symbol

    def _active_orders(self, call: Call) -> Answer:
        member = self._entered(call)
        rows = self._floor.records.open_orders(member.name, self._symbol(call))
        return {"orders": [order_document(record, member) for record in rows]}

    def _inactive_orders(self, call: Call) -> Answer:
        member = self._entered(call)
        rows = [row for row in self._floor.records.orders(member.name, self._symbol(call)) if not row.is_open]
        return self._page(call, "orders", rows, lambda record: order_document(record, member))

    def _account_orders(self, call: Call) -> Answer:
        member = self._entered(call)
        wanted = (call.parameter("client_order_indexes") or "").split(",")
        found = [self._floor.records.by_client_id(member.name, name) for name in dict.fromkeys(wanted)]
        return {"orders": [order_document(record, member) for record in found if record is not None]}

    def _account_limits(self, call: Call) -> Answer:
        self._entered(call)
        return {
            "max_llp_percentage": 0, "max_llp_amount": "0", "can_create_public_pool": False,
            "user_tier": self._limits.tier, "user_tier_name": self._limits.tier, "user_tier_last_update": 0,
            "current_maker_fee_tick": 40, "current_taker_fee_tick": 280, "effective_lit_stakes": "0",
            "leased_lit": "0", "bo_user_tier_name": "", "bo_fee_rate": 0,
        }  # fmt: skip

    def _trades(self, call: Call) -> Answer:
        limit(call)
        if call.parameter("account_index") is None:
            return self._recent_trades(call)
        member, symbol = self._entered(call), self._symbol(call)
        order = call.parameter("order_index")
        rows = [fill for fill in self._floor.records.fills.get(member.name, ()) if symbol in (None, fill.order.symbol)]
        if order is not None:
            rows = [fill for fill in rows if str(fill.order.order_id) == order]
        since_ms = number(call, "from", 0)
        rows = [fill for fill in rows if fill.time_ns // NS_PER_MS >= since_ms]
        if call.parameter("sort_dir") != "asc":
            rows.reverse()
        return self._page(call, "trades", rows, lambda fill: own_trade(fill, member))

    def _position_funding(self, call: Call) -> Answer:
        member, symbol = self._entered(call), self._symbol(call)
        rows = [
            row
            for row in self._fundings[member.name]
            if symbol is None or row["market_id"] == BY_SYMBOL[symbol].market_id
        ]
        return self._page(call, "position_fundings", rows[::-1], lambda row: row)

    def _page(self, call: Call, name: str, rows: Sequence[RowT], write: Callable[[RowT], Answer]) -> Answer:
        """So many rows, from where the cursor says."""
        most = limit(call)
        begin = number(call, "cursor", 0)
        answer: Answer = {name: [write(row) for row in rows[begin : begin + most]]}
        return answer | ({"next_cursor": str(begin + most)} if len(rows) > begin + most else {})


def number(call: Call, name: str, default: int | None = None) -> int:
    """A whole number of the query. Raises ApiError."""
    text = call.parameter(name)
    if not text:
        if default is None:
            raise bad_parameter(name)
        return default
    found = whole(text)
    if found is None:
        raise bad_parameter(name)
    return found


def limit(call: Call) -> int:
    """How many rows are wanted: there is no default. Raises ApiError."""
    most = number(call, "limit")
    if not 1 <= most <= MOST_ROWS:
        raise bad_parameter("limit")
    return most


def _single_orders(row: MarketRow, levels: Sequence[Row], call: Call) -> list[Answer]:
    """The venue lists orders, not levels; here each level is one order of the crowd."""
    return [
        {
            "order_index": 2**49 + place, "order_id": str(2**49 + place), "owner_account_index": CROWD,
            "initial_base_amount": row.size(size), "remaining_base_amount": row.size(size), "price": row.price(price),
            "order_expiry": call.now_ms + FAR_MS, "transaction_time": call.now_ns // NS_PER_US,
        }
        for place, (price, size) in enumerate(levels)
    ]  # fmt: skip

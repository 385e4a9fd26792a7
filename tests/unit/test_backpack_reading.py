"""What the account says when it is asked, and what must not be taken for an answer."""

from decimal import Decimal

import pytest

from mmtui.exchanges.backpack.connect import BackpackAccess, open_backpack
from mmtui.exchanges.backpack.funding import FundingWatch
from mmtui.exchanges.backpack.instruments import Listing
from mmtui.model.commands import (
    Query,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import (
    Balance,
    Balances,
    Event,
    Fill,
    FillsListed,
    FundingPayment,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_S, Side
from mmtui.ports.errors import BadMessage, Refused, SecretsError, SettingsError
from tests.unit.backpack_desk import MARKETS, NOT_FOUND, PERP_ID, SPOT_ID, Desk, desk, market, order_row, place
from tests.unit.loopback import WallClock
from tests.unit.test_backpack_requests import KEY, SEED

ORDER = "GET /api/v1/order"
ORDERS = "GET /api/v1/orders"
HISTORY = "GET /wapi/v1/history/orders"
FILLS = "GET /wapi/v1/history/fills"
FUNDING = "GET /wapi/v1/history/funding"
POSITION = "GET /api/v1/position"
CAPITAL = "GET /api/v1/capital"
LENT = "GET /api/v1/borrowLend/positions"
COLLATERAL = "GET /api/v1/capital/collateral"

EQUITY = {"netEquity": "79.14", "netEquityAvailable": "38.44", "unsettledEquity": "0", "collateral": []}
FILL_ROW = {
    "tradeId": 9748827,
    "orderId": "4238907375",
    "clientId": None,
    "symbol": "SOL_USDC_PERP",
    "side": "Bid",
    "price": "3826.15",
    "quantity": "0.0026",
    "fee": "0.004974",
    "feeSymbol": "USDC",
    "isMaker": False,
    "systemOrderType": None,
    "timestamp": "2025-07-27T17:39:00.092",
}


async def ask(venue: Desk, query: Query) -> list[Event]:
    assert venue.session.reports is not None
    return list(await venue.session.reports.answer(query))


# ------------------------------------------------------------------------------------------------------------- orders


async def test_open_orders_are_ours_by_their_number_and_foreign_ones_keep_their_digits() -> None:
    async with desk() as venue:
        venue.tell("POST /api/v1/order", order_row())
        assert venue.session.client is not None
        await venue.session.client.execute([place()])
        venue.tell(ORDERS, [order_row(), order_row(id=77, clientId=42, status="TriggerPending", price=None)])
        (listed,) = await ask(venue, QueryOpenOrders("main", PERP_ID))
        assert isinstance(listed, OpenOrders)
        assert [row.client_order_id for row in listed.orders] == ["mm-sol-1", "42"]
        assert [row.status for row in listed.orders] == [OrderStatus.OPEN, OrderStatus.OPEN]
        assert listed.asked_ns <= listed.time_ns


@pytest.mark.parametrize(
    "said",
    [(200, b"<html>"), (200, b"{}"), (400, b"{}"), NOT_FOUND, [order_row(status="?")], [order_row(price="NaN")]],
)
async def test_a_list_that_cannot_be_read_is_no_empty_list(said: object) -> None:
    async with desk() as venue:
        venue.tell(ORDERS, said)
        (failed,) = await ask(venue, QueryOpenOrders("main", PERP_ID))
        assert isinstance(failed, ReadFailed)
        assert (failed.what, failed.instrument) == ("open_orders", PERP_ID)


async def test_an_open_order_is_found_by_its_number() -> None:
    async with desk() as venue:
        venue.tell("POST /api/v1/order", (500, b""))
        assert venue.session.client is not None
        await venue.session.client.execute([place()])
        venue.tell(ORDER, order_row(executedQuantity="1"))
        (report,) = await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-1", None))
        assert isinstance(report, OrderReport)
        assert (report.status, report.filled, report.order_id) == (OrderStatus.OPEN, Decimal(1), "4228978331")
        assert venue.asked(ORDER)[0].target.endswith("symbol=SOL_USDC_PERP&clientId=117440513")


@pytest.mark.parametrize(
    ("row", "status", "filled"),
    [
        (order_row(status="Filled", executedQuantity="12"), OrderStatus.FILLED, Decimal(12)),
        (order_row(status="Cancelled", executedQuantity="2"), OrderStatus.CANCELLED, Decimal(2)),
        (order_row(status="Expired", expiryReason="Liquidation"), OrderStatus.EXPIRED, Decimal(0)),
        (order_row(status="Filled", executedQuantity=None), OrderStatus.FILLED, Decimal(12)),
    ],
)
async def test_an_order_that_is_not_open_is_sought_in_the_history(
    row: dict[str, object], status: OrderStatus, filled: Decimal
) -> None:
    async with desk() as venue:
        venue.tell(ORDER, NOT_FOUND)
        venue.tell(HISTORY, [{**row, "createdAt": "2025-07-27T17:39:00.092"}])
        (report,) = await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-1", "4228978331"))
        assert isinstance(report, OrderReport)
        assert (report.status, report.filled, report.client_order_id) == (status, filled, "mm-sol-1")
        assert "orderId=4228978331" in venue.asked(HISTORY)[0].target


async def test_without_the_venues_id_the_latest_history_is_searched_by_number() -> None:
    async with desk() as venue:
        venue.tell("POST /api/v1/order", (500, b""))
        assert venue.session.client is not None
        await venue.session.client.execute([place()])
        mine = order_row(status="Cancelled")
        venue.tell(HISTORY, [order_row(id=1, clientId=5, status="Filled"), {**mine, "clientId": str(mine["clientId"])}])
        (report,) = await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-1", None))
        assert isinstance(report, OrderReport)
        assert report.status is OrderStatus.CANCELLED


@pytest.mark.parametrize("history", [[], [order_row(status="New")], [order_row(id="9", clientId=9, status="Filled")]])
async def test_an_order_that_nobody_knows_is_not_found_and_a_lagging_history_proves_nothing(history: object) -> None:
    async with desk() as venue:
        venue.tell(HISTORY, history)
        (report,) = await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-1", "4228978331"))
        assert isinstance(report, OrderReport)
        assert (report.status, report.filled) == (OrderStatus.NOT_FOUND, None)


async def test_a_failed_history_is_no_proof_of_absence() -> None:
    async with desk() as venue:
        venue.tell(HISTORY, (400, b'{"code":"FORBIDDEN","message":""}'))
        (failed,) = await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-1", "4228978331"))
        assert isinstance(failed, ReadFailed)
        assert failed.what == "order"


async def test_an_answer_by_the_venues_id_teaches_the_number_of_an_earlier_process() -> None:
    async with desk() as venue:
        venue.tell(ORDER, order_row(clientId=4_000_000_001))
        await ask(venue, QueryOrder("main", PERP_ID, "mm-sol-9", "4228978331"))
        venue.tell(ORDERS, [order_row(clientId=4_000_000_001)])
        (listed,) = await ask(venue, QueryOpenOrders("main", PERP_ID))
        assert isinstance(listed, OpenOrders)
        assert listed.orders[0].client_order_id == "mm-sol-9"


# ----------------------------------------------------------------------------------------------- positions, balances


@pytest.mark.parametrize(
    ("said", "quantity", "entry"),
    [
        (NOT_FOUND, Decimal(0), None),
        ([], Decimal(0), None),
        (
            [{"symbol": "SOL_USDC_PERP", "netQuantity": "-0.01", "netExposureQuantity": "5", "entryPrice": "126.93",
              "estLiquidationPrice": "0"}],
            Decimal("-0.01"), Decimal("126.93"),
        ),
    ],
)  # fmt: skip
async def test_a_404_is_flat_and_exposure_is_not_the_position(
    said: object, quantity: Decimal, entry: Decimal | None
) -> None:
    async with desk() as venue:
        venue.tell(POSITION, said)
        (report,) = await ask(venue, QueryPosition("main", PERP_ID))
        assert isinstance(report, PositionReport)
        assert (report.quantity, report.entry_price, report.liquidation_price) == (quantity, entry, None)


@pytest.mark.parametrize(
    "said",
    [
        (404, b"<html>no such page</html>"),
        (404, b'{"code":"INVALID_SYMBOL","message":"Not Found"}'),
        (400, b'{"code":"RESOURCE_NOT_FOUND","message":""}'),
        (401, b'{"code":"UNAUTHORIZED","message":""}'),
        (500, b""),
        (200, b""),
        (200, b'[{"symbol":"SOL_USDC_PERP","netQuantity":"NaN"}]'),
    ],
)
async def test_no_other_error_is_flat(said: object) -> None:
    async with desk() as venue:
        venue.tell(POSITION, said)
        (failed,) = await ask(venue, QueryPosition("main", PERP_ID))
        assert isinstance(failed, ReadFailed)


async def test_totals_include_what_is_lent_locked_staked_and_not_yet_settled() -> None:
    async with desk(lends=True) as venue:
        venue.tell(
            CAPITAL,
            {
                "USDC": {"available": "20", "locked": "5", "staked": "0"},
                "SOL": {"available": "0", "locked": "0.5", "staked": "1"},
            },
        )
        venue.tell(
            LENT,
            [
                {"symbol": "SOL", "netQuantity": "1.5", "markPrice": "141", "imf": "0", "mmf": "0"},
                {"symbol": "BTC", "netQuantity": "-0.25", "markPrice": "90000"},
                {"symbol": "USDC", "netQuantity": "100"},
            ],
        )
        venue.tell(COLLATERAL, {**EQUITY, "unsettledEquity": "-0.75"})
        (balances,) = await ask(venue, QueryBalances("main"))
        assert isinstance(balances, Balances)
        assert balances.balances == [
            Balance("BTC", Decimal("-0.25"), Decimal(0)),
            Balance("SOL", Decimal(3), Decimal("1.5")),
            Balance("USDC", Decimal("124.25"), Decimal("38.44")),
        ]
        (held,) = await ask(venue, QueryPosition("main", SPOT_ID))
        assert isinstance(held, PositionReport)
        assert held.quantity == Decimal(3)


@pytest.mark.parametrize("name", [CAPITAL, LENT, COLLATERAL])
@pytest.mark.parametrize("said", [(500, b""), (200, b"<html>"), (401, b'{"code":"UNAUTHORIZED"}')])
async def test_balances_are_unknown_if_any_part_of_them_is(name: str, said: object) -> None:
    async with desk() as venue:
        venue.tell(CAPITAL, {})
        venue.tell(LENT, [])
        venue.tell(COLLATERAL, EQUITY)
        venue.tell(name, said)
        for query in (QueryBalances("main"), QueryPosition("main", SPOT_ID)):
            (failed,) = await ask(venue, query)
            assert isinstance(failed, ReadFailed)


# --------------------------------------------------------------------------------------------------- fills, funding


async def test_a_fill_of_the_history() -> None:
    async with desk() as venue:
        venue.tell(FILLS, [FILL_ROW, {**FILL_ROW, "tradeId": 2, "fee": "-0.01", "isMaker": True, "side": "Ask"}])
        first, second, listed = await ask(venue, QueryFills("main", PERP_ID, 5 * NS_PER_S))
        assert isinstance(first, Fill)
        assert isinstance(second, Fill)
        assert isinstance(listed, FillsListed)
        assert (first.trade_id, first.side, first.price, first.quantity) == (
            "9748827", Side.BUY, Decimal("3826.15"), Decimal("0.0026"),
        )  # fmt: skip
        assert (first.fee_cash, first.fee_asset, first.maker) == (Decimal("-0.004974"), "USDC", False)
        assert (first.client_order_id, first.order_id) == (None, "4238907375")
        assert first.venue_time_ns == 1753637940092_000_000
        assert (second.fee_cash, second.maker, second.side) == (Decimal("0.01"), True, Side.SELL)
        assert listed.since_ns == 5 * NS_PER_S


async def test_client_ids_of_fills_are_text() -> None:
    async with desk() as venue:
        venue.tell("POST /api/v1/order", order_row())
        assert venue.session.client is not None
        await venue.session.client.execute([place()])
        venue.tell(FILLS, [{**FILL_ROW, "clientId": str(order_row()["clientId"])}])
        fill, _ = await ask(venue, QueryFills("main", PERP_ID, 0))
        assert isinstance(fill, Fill)
        assert fill.client_order_id == "mm-sol-1"


async def test_fills_are_read_to_the_last_page() -> None:
    async with desk() as venue:
        page = [{**FILL_ROW, "tradeId": number} for number in range(1_000)]
        venue.tell(FILLS, page, page, [FILL_ROW])
        events = await ask(venue, QueryFills("main", PERP_ID, 0))
        assert len(events) == 2_002
        offsets = [row.target.split("offset=")[1].split("&")[0] for row in venue.asked(FILLS)]
        assert offsets == ["0", "1000", "2000"]


@pytest.mark.parametrize("change", [{"side": "?"}, {"timestamp": "soon"}, {"price": "NaN"}, {"fee": None}])
async def test_a_list_of_fills_with_a_hole_is_no_list(change: dict[str, object]) -> None:
    async with desk() as venue:
        venue.tell(FILLS, [FILL_ROW, {**FILL_ROW, **change}])
        (failed,) = await ask(venue, QueryFills("main", PERP_ID, 0))
        assert isinstance(failed, ReadFailed)


async def test_funding_is_told_once_and_only_what_was_booked_since() -> None:
    def row(hour: int, quantity: str) -> dict[str, object]:
        return {
            "symbol": "SOL_USDC_PERP", "quantity": quantity, "fundingRate": "0.0001", "subaccountId": None,
            "userId": 1, "intervalEndTimestamp": f"2026-01-25T{hour:02}:00:00",
        }  # fmt: skip

    async with desk() as venue:
        venue.tell(FUNDING, [row(18, "-0.5"), row(17, "0.25")], [row(19, "1"), row(18, "-0.5"), row(17, "0.25")])
        heard: list[Event] = []
        watch = FundingWatch("main", venue.session._rest, WallClock())  # noqa: SLF001 - a part on its own
        since_ns = 1769364000 * NS_PER_S - 60 * NS_PER_S
        await watch.look(heard.append, since_ns)
        await watch.look(heard.append, since_ns)
        payments = [event for event in heard if isinstance(event, FundingPayment)]
        assert [payment.amount_cash for payment in payments] == [Decimal("-0.5"), Decimal(1)]
        assert payments[0].payment_id == "SOL_USDC_PERP@2026-01-25T18:00:00"


async def test_funding_that_cannot_be_read_is_told_once() -> None:
    async with desk() as venue:
        heard: list[Event] = []
        watch = FundingWatch("main", venue.session._rest, WallClock())  # noqa: SLF001 - a part on its own
        for _ in range(3):
            await watch.look(heard.append, 0)
        assert [type(event) for event in heard] == [ReadFailed]


# ------------------------------------------------------------------------------------------------ markets, settings


async def test_instruments_with_the_accounts_own_fees_and_only_open_spot_and_perps() -> None:
    async with desk() as venue:
        rows = [
            *MARKETS,
            market("BTC_USDC_PERP", "PERP", orderBookState="PostOnly", baseSymbol="BTC"),
            market("ELECTION", "PREDICTION"),
            market("X&Y", "SPOT"),
            {"symbol": "NEW_KIND"},
        ]
        venue.tell("GET /api/v1/markets", rows)
        listing = Listing(venue.session._rest)  # noqa: SLF001 - a part on its own
        spot, perp = await listing.instruments()
        assert (spot.id, spot.market_type, spot.maker_fee_bps, spot.taker_fee_bps) == (
            SPOT_ID, MarketType.SPOT, Decimal(8), Decimal(10),
        )  # fmt: skip
        assert (perp.id, perp.maker_fee_bps, perp.taker_fee_bps) == (PERP_ID, Decimal("-0.5"), Decimal(5))
        assert (perp.tick_size, perp.lot_size, perp.min_quantity) == (Decimal("0.01"),) * 3
        assert perp.min_notional == 0
        assert listing.closed == {"BTC_USDC_PERP": "PostOnly"}


async def test_leverage_is_set_for_the_account_and_read_back() -> None:
    async with desk() as venue:
        venue.tell("PATCH /api/v1/account", b"")
        assert await venue.session.set_leverage(Decimal(10)) == Decimal(10)
        assert venue.asked("PATCH /api/v1/account")[0].body == b'{"leverageLimit":"10"}'
        with pytest.raises(Refused, match="leverage is 10 after 20"):
            await venue.session.set_leverage(Decimal(20))


async def test_a_time_that_is_none_is_not_believed() -> None:
    async with desk() as venue:
        venue.tell("GET /api/v1/time", b'{"time":5}')
        with pytest.raises(BadMessage):
            await venue.session.start()


async def test_a_clock_that_is_minutes_off_is_refused_with_the_remedy() -> None:
    async with desk() as venue:
        fresh = open_backpack("main", BackpackAccess(key=KEY, secret=SEED, rest_url=venue.server.url), WallClock())
        venue.tell("GET /api/v1/time", str(WallClock().now() // 1_000_000 - 600_000).encode())
        with pytest.raises(SettingsError, match="set it by network time"):
            await fresh.start()
        await fresh.close()


async def test_without_credentials_only_market_data_can_be_read() -> None:
    async with desk() as venue:
        public = open_backpack("main", BackpackAccess(rest_url=venue.server.url), WallClock())
        assert public.client is None
        assert public.reports is None
        assert len(await public.start()) == 2
        with pytest.raises(Refused, match="no key and secret"):
            await public.account_settings()
        await public.close()


async def test_addresses_that_are_not_the_venues_are_named_and_refused() -> None:
    for access in (
        BackpackAccess(rest_url="https://api.backpack.exchange.example.com"),
        BackpackAccess(ws_url="wss://example.com"),
    ):
        with pytest.raises(SettingsError, match=r"example\.com is no address of backpack"):
            open_backpack("main", access, WallClock())
    with pytest.raises(SecretsError):
        open_backpack("main", BackpackAccess(key=KEY, secret="x"), WallClock())

"""Every recorded payload of Lighter, field by field."""

import json
from decimal import Decimal

import msgspec

from mmtui.exchanges.lighter.decode import decode_orders
from mmtui.exchanges.lighter.figures import from_s_or_ms
from mmtui.exchanges.lighter.heartbeat import subscribe
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.reports import ACCOUNT, ORDERS, TRADES, position_report
from mmtui.exchanges.lighter.wire import BookData, FundingRow, MarketsAnswer, NonceAnswer, PositionRow, TradeRow
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Fill,
    MarkPrice,
    OrderReport,
    PositionReport,
    PublicTrade,
    Unrecognised,
)
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from tests.unit.lighter_payloads import (
    ACCOUNT_INDEX,
    ETH,
    NOW_NS,
    OWN_ORDERS,
    TRADE_ROW,
    account_decoder,
    account_rows,
    document,
    framed,
    market_decoder,
    recorded,
)


def test_book_snapshot_is_sorted_and_numbered() -> None:
    assert market_decoder().decode(recorded("ws_order_book_subscribed.json"), NOW_NS) == [
        BookSnapshot(ETH, NOW_NS, [(2000.0, 0.02)], [(2325.0, 99.0), (2341.25, 340.1028)], 904845, 1778138389655150_000)
    ]


def test_book_change_links_by_its_first_number() -> None:
    assert market_decoder().decode(recorded("ws_order_book_update.json"), NOW_NS) == [
        BookDelta(ETH, NOW_NS, [], [(2064.54, 0.3285)], 9182390020, 9182389998, 1774884082309144_000)
    ]


def test_the_form_of_2025_has_no_numbers_and_links_to_nothing() -> None:
    (delta,) = market_decoder().decode(recorded("docs_ws_order_book.json"), NOW_NS)
    assert delta == BookDelta(ETH, NOW_NS, [(3338.8, 10.2898)], [(3327.46, 29.0915)])


def test_best_prices() -> None:
    assert market_decoder().decode(recorded("ws_ticker_update.json"), NOW_NS) == [
        BestPrices(ETH, NOW_NS, 2064.3, 1.0392, 2064.48, 0.495, 1774883844921166_000)
    ]


def test_mark_index_and_funding_in_percent() -> None:
    assert market_decoder().decode(recorded("ws_market_stats_update_single.json"), NOW_NS) == [
        MarkPrice(
            ETH, NOW_NS, Decimal("2064.47"), Decimal("2064.48"), Decimal("0.00000001"), 1774886400000_000_000,
            1774883844933_000_000,
        )
    ]  # fmt: skip


def test_trade_names_the_takers_side() -> None:
    assert market_decoder().decode(recorded("ws_trade_update.json"), NOW_NS) == [
        PublicTrade(ETH, NOW_NS, 2181.83, 0.1336, Side.SELL, "16164557907", 1773854156686065_000)
    ]


def test_history_of_trades_at_the_subscription_says_nothing() -> None:
    frame = document("ws_trade_update.json") | {"type": "subscribed/trade"}
    assert market_decoder().decode(framed(frame), NOW_NS) == []


def test_height_says_nothing() -> None:
    assert market_decoder().decode(recorded("ws_height_update.json"), NOW_NS) == []


def test_channels_that_are_not_asked_for_are_shown_where_they_come() -> None:
    for name in ("ws_user_stats_update.json", "docs_ws_account_all.json", "ws_account_all_positions_update.json"):
        (event,) = account_decoder().decode(recorded(name), NOW_NS)
        assert isinstance(event, Unrecognised)


def test_own_order() -> None:
    (report,) = account_decoder().decode(recorded("ws_account_orders_update.json"), NOW_NS)
    assert report == OrderReport(
        "main", ETH, NOW_NS, OrderStatus.OPEN, "42", "281476929510110", Side.SELL, Decimal("2352.74"),
        Decimal("0.0050"), Decimal("0.0020"), venue_time_ns=1777941383576735_000,
    )  # fmt: skip


def test_listed_order() -> None:
    found = ORDERS.decode(recorded("http_orders.json"))
    assert found.next_cursor == "cursor-1"
    report = account_rows().order(found.orders[0], NOW_NS)
    assert (report.status, report.filled, report.post_only) == (OrderStatus.OPEN, Decimal("0.0000"), False)
    assert (report.time_in_force, report.reduce_only, report.quantity) == (TimeInForce.GTC, False, Decimal("0.0050"))
    assert from_s_or_ms(found.orders[0].updated_at) == 1777941383576_000_000
    assert from_s_or_ms(1766387932) == 1766387932_000_000_000


def test_own_fill_with_its_fee_in_millionths() -> None:
    numbers = OrderNumbers()
    (fill,) = account_decoder().decode(recorded("ws_account_all_trades_update.json"), NOW_NS)
    assert fill == Fill(
        "main", ETH, NOW_NS, "19209006902", Side.BUY, Decimal("2352.73"), Decimal("0.1336"),
        -(Decimal("314.324728") * 196 / 1_000_000), "USDC", maker=False, client_order_id="7001011966",
        order_id="562947905631053", venue_time_ns=1777941384181586_000,
    )  # fmt: skip
    assert numbers.text(7001011966) == "7001011966"


def test_both_sides_of_a_trade_with_oneself_are_two_fills() -> None:
    row = msgspec.convert({**TRADE_ROW, "bid_account_id": ACCOUNT_INDEX}, TradeRow, strict=False)
    sold, bought = account_rows().fills(row, NOW_NS)
    assert (sold.trade_id, sold.side, sold.maker) == ("145-ask", Side.SELL, True)
    assert (bought.trade_id, bought.side, bought.maker) == ("145-bid", Side.BUY, False)
    assert sold.fee_cash == -Decimal("302.466") * 28 / 1_000_000


def test_a_fee_that_is_left_out_is_none() -> None:
    row = {name: value for name, value in TRADE_ROW.items() if "fee" not in name}
    (fill,) = account_rows().fills(msgspec.convert(row, TradeRow, strict=False), NOW_NS)
    assert (str(fill.fee_cash), fill.maker) == ("0", True)


def test_listed_trades_of_the_market() -> None:
    (row,) = TRADES.decode(recorded("http_recent_trades.json")).trades
    assert (row.trade_id, row.price, row.size, row.is_maker_ask) == (
        19211490282, Decimal("2361.31"), Decimal("0.0005"), False,
    )  # fmt: skip
    assert (row.ask_id, row.bid_client_id, row.maker_fee, row.taker_fee) == (281476929689557, 410940644, 28, 0)
    assert row.usd_amount == row.price * row.size


def test_account_with_position_and_assets() -> None:
    (row,) = ACCOUNT.decode(recorded("http_account.json")).accounts
    assert (row.account_index, row.collateral, row.account_trading_mode) == (123456, Decimal(0), 0)
    assert (row.positions[0].symbol, row.positions[0].initial_margin_fraction) == ("BTC", Decimal("10.00"))
    assert (row.assets[0].symbol, row.assets[0].balance) == ("USDC", Decimal(0))
    flat = position_report("main", "lighter:BTC", row.positions[0], NOW_NS, NOW_NS)
    assert flat == PositionReport("main", "lighter:BTC", NOW_NS, NOW_NS, Decimal(0), leverage=Decimal(10))


def test_position_has_its_sign_apart() -> None:
    rows = document("ws_account_all_positions_update.json")["positions"]
    row = msgspec.convert(rows["0"], PositionRow, strict=False)
    report = position_report("main", ETH, row, NOW_NS, NOW_NS - 5)
    assert (report.quantity, report.entry_price, report.liquidation_price) == (
        Decimal("1.5000"), Decimal("2350.10"), Decimal("1900.00"),
    )  # fmt: skip
    assert report.leverage is None, "0.0500 may be percent or not"
    row.sign = -1
    assert position_report("main", ETH, row, NOW_NS, NOW_NS).quantity == Decimal("-1.5")


def test_book_of_single_orders_is_added_up() -> None:
    found = decode_orders(recorded("http_order_book_orders.json"), ETH, NOW_NS)
    assert found == BookSnapshot(ETH, NOW_NS, [(2361.17, 3.4125)], [(2361.32, 0.0317)])
    twice = document("http_order_book_orders.json")
    twice["bids"] *= 2
    assert decode_orders(framed(twice), ETH, NOW_NS).bids == [(2361.17, 6.825)]


def test_book_of_levels() -> None:
    book = msgspec.json.decode(recorded("http_order_book_depth.json"), type=BookData, strict=False)
    assert (book.nonce, book.offset, book.begin_nonce) == (9182390020, 1558300, None)
    assert [(row.price, row.size) for row in book.bids] == [(2352.71, 0.2125)]


def test_market_details() -> None:
    found = msgspec.json.decode(recorded("http_order_book_details.json"), type=MarketsAnswer)
    row = json.loads(bytes(found.order_book_details[0]))
    assert (row["price_decimals"], row["size_decimals"], row["min_quote_amount"]) == (2, 4, "10.000000")
    assert found.spot_order_book_details == []


def test_next_nonce() -> None:
    assert msgspec.json.decode(recorded("http_next_nonce.json"), type=NonceAnswer).nonce == 1234567890


def test_funding_payment_of_the_documents() -> None:
    row = document("docs_ws_account_all.json")["funding_histories"]["1"][0]
    found = msgspec.convert(row, FundingRow, strict=False)
    assert (found.funding_id, found.change, found.market_id) == (2001, Decimal("0.001"), 101)


def test_subscriptions_are_written_as_the_documents_do() -> None:

    assert json.loads(subscribe("order_book/0")) == document("docs_ws_subscribe_order_book.json")
    private = document("docs_ws_subscribe_account_market.json")
    assert json.loads(subscribe("account_market/0/40", "{AUTH_TOKEN}")) == private


def test_our_own_orders_come_back_under_their_names() -> None:
    numbers = OrderNumbers()
    number = numbers.number("mm-sol-abc-1")
    frame = json.loads(OWN_ORDERS)
    frame["orders"]["0"][0] |= {"client_order_index": number, "status": "canceled-post-only"}
    row = ORDERS.decode(framed({"orders": frame["orders"]["0"]})).orders[0]
    report = account_rows(numbers=numbers).order(row, NOW_NS)
    assert (report.client_order_id, report.status) == ("mm-sol-abc-1", OrderStatus.EXPIRED)
    assert report.reason.startswith("post_only_would_cross: ")


def test_a_row_of_an_unlisted_market_does_not_hide_the_others() -> None:
    frame = json.loads(OWN_ORDERS)
    frame["orders"] = {"77": [{**frame["orders"]["0"][0], "market_index": 77}], **frame["orders"]}
    report, unread = account_decoder().decode(framed(frame), NOW_NS)
    assert (type(report), type(unread)) == (OrderReport, Unrecognised)

"""Every recorded payload of StandX, field by field."""

import json
from decimal import Decimal

import msgspec
import pytest

from mmtui.exchanges.standx import encode
from mmtui.exchanges.standx.account_frames import decode_result
from mmtui.exchanges.standx.calls import _QUEUED
from mmtui.exchanges.standx.decode import decode_book
from mmtui.exchanges.standx.figures import from_iso
from mmtui.exchanges.standx.instruments import instrument_of
from mmtui.exchanges.standx.refusals import read_error
from mmtui.exchanges.standx.reports import _BALANCE, _ORDER, _POSITIONS
from mmtui.exchanges.standx.trading import ORDERS
from mmtui.exchanges.standx.wire import AuthData, PriceRow, SymbolRow, TradeRow
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import BookSnapshot, Fill, MarkPrice, OrderReport, PublicTrade
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from tests.unit.standx_payloads import (
    BOOK,
    BTC,
    ERROR,
    FILL,
    NOW_NS,
    ORDER,
    PRICE,
    TRADE,
    account_decoder,
    account_rows,
    document,
    market_decoder,
    recorded,
)


def test_a_book_frame_is_the_whole_book_best_first() -> None:
    event = market_decoder().decode(recorded("ws_depth_book.json"), NOW_NS)
    assert isinstance(event, BookSnapshot)
    assert event.bids == [(121884.52, 0.001), (121884.22, 0.001)]
    assert event.asks == [(121896.02, 0.839), (121896.32, 1.051)]
    assert (event.instrument, event.sequence, event.time_ns) == (BTC, None, NOW_NS)


def test_levels_are_sorted_and_empty_ones_dropped() -> None:
    event = market_decoder().decode(BOOK, NOW_NS)
    assert isinstance(event, BookSnapshot)
    assert event.asks == [(121896.02, 0.839), (121897.0, 2.0)]
    assert event.bids == [(121884.0, 0.031), (121880.0, 1.0)]


def test_a_book_that_crosses_has_no_prices() -> None:
    event = market_decoder().decode(BOOK.replace(b"121880", b"121999"), NOW_NS)
    assert event == BookSnapshot(BTC, NOW_NS, [], [])


def test_a_price_frame_is_mark_and_index() -> None:
    event = market_decoder().decode(recorded("ws_price.json"), NOW_NS)
    assert event == MarkPrice(
        BTC, NOW_NS, Decimal("121897.56"), Decimal("121890.651250"), None, None, 1_754_897_030_923_602_474
    )  # fmt: skip
    assert isinstance(market_decoder().decode(PRICE, NOW_NS), MarkPrice)


def test_a_trade_frame_tells_the_taker() -> None:
    event = market_decoder().decode(TRADE, NOW_NS)
    assert isinstance(event, PublicTrade)
    assert (event.price, event.size, event.taker_side) == (121717.24, 0.003, Side.SELL)


def test_recorded_trades_have_the_same_fields() -> None:
    (first, _) = msgspec.json.decode(recorded("rest_query_recent_trades.json"), type=list[TradeRow])
    assert (first.price, first.qty, first.is_buyer_taker) == (Decimal("121720.18"), Decimal("0.01"), True)
    assert from_iso(first.time) == 1_754_884_127_086_505_000


def test_an_order_frame() -> None:
    (event,) = account_decoder().decode(recorded("ws_order.json"), NOW_NS)  # type: ignore[misc]
    assert event == OrderReport(
        account="main", instrument=BTC, time_ns=NOW_NS, status=OrderStatus.FILLED,
        client_order_id="01K2C9H93Y42RW8KD6RSVWVDVV", order_id="2547027", side=Side.BUY, price=Decimal("121245.20"),
        quantity=Decimal("1.000"), filled=Decimal("1.000"), time_in_force=TimeInForce.IOC,
        venue_time_ns=1_754_906_797_182_465_022,
    )  # fmt: skip


def test_orders_by_rest() -> None:
    rows = account_rows()
    asked = rows.order(_ORDER.decode(recorded("rest_query_order.json")), NOW_NS)
    (listed,) = ORDERS.decode(recorded("rest_query_open_orders.json")).result
    assert rows.order(listed, NOW_NS) == asked
    assert (asked.status, asked.order_id, asked.side) == (OrderStatus.OPEN, "1820682", Side.SELL)
    assert (asked.price, asked.quantity, asked.filled, asked.post_only) == (
        Decimal("121900.00"),
        Decimal("0.060"),
        Decimal(0),
        False,
    )
    assert asked.client_order_id == "01K2BK4ZKQE0C308SRD39P8N9Z"


def test_a_fill_takes_our_id_and_its_role_from_its_order() -> None:
    decoder = account_decoder()
    decoder.decode(ORDER, NOW_NS)
    (fill,) = decoder.decode(FILL, NOW_NS)  # type: ignore[misc]
    assert fill == Fill(
        account="main", instrument=BTC, time_ns=NOW_NS, trade_id="409870", side=Side.BUY, price=Decimal("121245.2"),
        quantity=Decimal("0.02"), fee_cash=Decimal("-0.242"), fee_asset="DUSD", maker=True, client_order_id="mm-0001",
        order_id="1820682", venue_time_ns=1_754_883_326_000_000_000,
    )  # fmt: skip


def test_a_fill_that_comes_before_its_order_waits_for_it() -> None:
    decoder = account_decoder()
    assert decoder.decode(FILL, NOW_NS) == []
    report, fill = decoder.decode(ORDER, NOW_NS)  # type: ignore[misc]
    assert isinstance(report, OrderReport)
    assert isinstance(fill, Fill)
    assert fill.client_order_id == "mm-0001"


@pytest.mark.parametrize(
    ("word", "fee", "maker"), [("ioc", "0.242", False), ("gtc", "0.242", True), ("gtc", "0.969", False)]
)
def test_of_other_orders_the_fee_tells_the_role(word: str, fee: str, maker: bool) -> None:
    decoder = account_decoder()
    decoder.decode(ORDER.replace(b'"alo"', f'"{word}"'.encode()), NOW_NS)
    (fill,) = decoder.decode(FILL.replace(b'"0.242"', f'"{fee}"'.encode()), NOW_NS)  # type: ignore[misc]
    assert isinstance(fill, Fill)
    assert fill.maker is maker


def test_a_price_by_rest_has_the_fields_of_the_stream() -> None:
    row = msgspec.json.decode(recorded("rest_query_symbol_price.json"), type=PriceRow)
    assert (row.mark_price, row.index_price) == (Decimal("121602.43"), Decimal("121601.158461"))


def test_positions_have_a_sign_and_closed_ones_are_none() -> None:
    (row,) = _POSITIONS.decode(recorded("rest_query_positions.json"))
    report = account_rows().position(row, NOW_NS, NOW_NS - 5)
    assert (report.quantity, report.entry_price, report.liquidation_price) == (
        Decimal("0.940"), Decimal("121737.96"), Decimal("112373.50")
    )  # fmt: skip
    assert (row.leverage, row.margin_mode) == (Decimal(10), "isolated")
    row.qty = Decimal("-0.94")
    assert account_rows().position(row, NOW_NS, NOW_NS).quantity == Decimal("-0.94")
    row.status = "closed"
    assert account_rows().position(row, NOW_NS, NOW_NS).quantity == 0


def test_a_position_frame_is_understood_and_told_by_nobody() -> None:
    assert account_decoder().decode(recorded("ws_position.json"), NOW_NS) == []


def test_the_balance() -> None:
    row = _BALANCE.decode(recorded("rest_query_balance.json"))
    assert (row.balance, row.cross_available) == (Decimal("1100018.627556737"), Decimal("1085746.571"))
    assert row.equity == Decimal("1100028.707476657")


def test_a_market_by_its_rules() -> None:
    (row,) = msgspec.json.decode(recorded("rest_query_symbol_info.json"), type=list[SymbolRow])
    found = instrument_of(row)
    assert (found.id, found.base_asset, found.quote_asset) == (BTC, "BTC", "DUSD")
    assert (found.tick_size, found.lot_size, found.min_quantity) == (
        Decimal("0.01"),
        Decimal("0.001"),
        Decimal("0.001"),
    )
    assert (found.maker_fee_bps, found.taker_fee_bps) == (Decimal(1), Decimal(4))


def test_a_book_by_rest() -> None:
    book = decode_book(recorded("rest_query_depth_book.json"), BTC, NOW_NS)
    assert (book.bids[0], book.asks[0]) == ((121884.31, 0.001), (121895.81, 0.843))


def test_results_of_the_order_socket() -> None:
    well, refused = (decode_result(recorded(f"ws_api_response_{name}.json")) for name in ("success", "alo_rejected"))
    assert well is not None
    assert refused is not None
    assert (well.code, well.is_final, well.request_id) == (0, True, "bccc2b23-03dc-4c2b-912f-4315ebbbb7e0")
    assert (refused.code, refused.message) == (400, "alo order rejected")
    accepted = decode_result(b'{"code":0,"status":"accepted","request_id":"x"}')
    assert accepted is not None
    assert not accepted.is_final


def test_the_answer_to_a_login_on_the_stream() -> None:
    assert account_decoder().decode(recorded("ws_auth_response.json"), NOW_NS) == AuthData(200, "success")


def test_answers_to_commands() -> None:
    assert _QUEUED.decode(recorded("rest_new_order_response.json")).request_id == "xxx-xxx-xxx"
    assert read_error(recorded("rest_new_order_response.json"), 200) is None
    assert read_error(recorded("rest_cancel_orders_response.json"), 200) is None
    error = read_error(recorded("ws_error_pong_timeout.json"), 200)
    assert error is not None
    assert error.code == 408
    assert recorded("ws_error_pong_timeout.json").split() == json.dumps(json.loads(ERROR), indent=1).encode().split()


def test_what_is_sent_is_written_as_recorded() -> None:
    order = PlaceOrder(
        "main", BTC, "mm-1", Side.BUY, Decimal("50000.00"), Decimal("0.1"), TimeInForce.GTC, post_only=False
    )  # fmt: skip
    sent = json.loads(encode.place(order))
    recorded_order = document("rest_new_order_request.json")
    assert sent == {
        **{name: recorded_order[name] for name in recorded_order if not name.endswith("l_price") and name[:2] != "tp"},
        "cl_ord_id": "mm-1",
    }
    cancels = [CancelOrder("main", BTC, "mm-1", "2424844"), CancelOrder("main", BTC, "mm-2", None)]
    assert encode.cancel(cancels[:1])[0] == "cancel_order"
    assert json.loads(encode.cancel(cancels[:1])[1]) == document("rest_cancel_order_request.json")
    assert json.loads(encode.cancel_listed([2424844])) == document("rest_cancel_orders_request.json")
    assert encode.cancel(cancels) == ("cancel_orders", b'{"cl_ord_id_list":["mm-1","mm-2"]}')
    for channel, name in (("depth_book", "ws_subscribe_depth_book"), ("price", "ws_subscribe_price")):
        assert json.loads(encode.subscribe(channel, "BTC-USD")) == document(f"{name}.json")
    assert json.loads(encode.auth("<your_jwt_token>", ["order"])) == document("ws_auth_request.json")
    login = encode.order_login("your.jwt.token", "consistent-session-id", "unique-request-id")
    assert json.loads(login) == document("ws_api_auth_login.json")

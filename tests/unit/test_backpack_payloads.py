"""Every recorded payload of Backpack, field by field."""

import json
from decimal import Decimal

import msgspec

from mmtui.exchanges.backpack.decode import decode_depth, decode_mark
from mmtui.exchanges.backpack.decode_account import funding_events
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.wire import CollateralAnswer, FundingRow, PositionRow
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    Fill,
    FundingPayment,
    MarkPrice,
    OrderReport,
    PositionReport,
    PublicTrade,
    Unrecognised,
)
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from tests.unit.backpack_payloads import (
    DEPTH_ANSWER,
    NOW_NS,
    ORDER_ACCEPTED,
    ORDER_FILL,
    POSITION_OPENED,
    account_decoder,
    enveloped,
    market_decoder,
    recorded,
)


def test_documented_depth() -> None:
    frame = enveloped("depth.SOL_USDC", recorded("ws_depth.json"))
    assert market_decoder().decode(frame, NOW_NS) == [
        BookDelta(
            "backpack:SOL_USDC", NOW_NS, [(18.67, 0.832), (18.68, 0.0)], [(18.7, 0.0)], 94978271, 94978270,
            1694687965940999_000,
        )
    ]  # fmt: skip


def test_captured_depth_frames_link_without_a_break() -> None:
    decoder = market_decoder()
    connections = recorded("ws_depth_capture.json")
    count = 0
    for connection in connections:
        last: int | None = None
        for row in connection:
            frame = row["frame"]
            events = decoder.decode(json.dumps(frame).encode(), NOW_NS)
            assert len(events) == 1
            delta = events[0]
            data = frame["data"]
            assert isinstance(delta, BookDelta)
            assert delta.instrument == "backpack:BTC_USDC_PERP"
            assert delta.bids == [(float(price), float(size)) for price, size in data["b"]]
            assert delta.asks == [(float(price), float(size)) for price, size in data["a"]]
            assert (delta.sequence, delta.previous_sequence) == (data["u"], data["U"] - 1)
            assert delta.venue_time_ns == data["T"] * 1_000
            assert last is None or delta.previous_sequence == last
            last = delta.sequence
            count += 1
    assert count == 80


def test_documented_book_ticker_with_its_number_as_text() -> None:
    frame = enveloped("bookTicker.SOL_USDC", recorded("ws_book_ticker.json"))
    assert market_decoder().decode(frame, NOW_NS) == [
        BestPrices("backpack:SOL_USDC", NOW_NS, 18.67, 2.0, 18.7, 1.0, 1694687965940999_000)
    ]


def test_documented_trade() -> None:
    frame = enveloped("trade.SOL_USDC", recorded("ws_trade.json"))
    assert market_decoder().decode(frame, NOW_NS) == [
        PublicTrade("backpack:SOL_USDC", NOW_NS, 18.68, 0.122, Side.SELL, "12345", 1694688638089000_000)
    ]


def test_documented_mark_price_with_its_next_funding_in_milliseconds() -> None:
    frame = enveloped("markPrice.SOL_USDC", recorded("ws_mark_price.json"))
    assert market_decoder().decode(frame, NOW_NS) == [
        MarkPrice(
            "backpack:SOL_USDC", NOW_NS, Decimal("18.70"), Decimal("19.70"), Decimal("1.70"), 1694687965941_000_000,
            1694687965940999_000,
        )
    ]  # fmt: skip


def test_documented_order_update_has_every_field_and_is_no_fill() -> None:
    """It shows fill fields in an acceptance; only ``orderFill`` is a fill."""
    frame = enveloped("account.orderUpdate", recorded("ws_order_update.json"))
    assert account_decoder().decode(frame, NOW_NS) == [
        OrderReport(
            "main", "backpack:SOL_USD", NOW_NS, OrderStatus.OPEN, "123", "1111343026172067", Side.BUY, Decimal(20),
            Decimal(32123), Decimal(321), reduce_only=False, time_in_force=TimeInForce.GTC, post_only=True, reason="",
            venue_time_ns=1694687692989999_000,
        )
    ]  # fmt: skip


def test_documented_position_update_prints_numbers() -> None:
    frame = enveloped("account.positionUpdate", recorded("ws_position_update.json"))
    asked_ns = 1694687692980000_000
    assert account_decoder().decode(frame, NOW_NS) == [
        PositionReport("main", "backpack:SOL_USDC_PERP", NOW_NS, asked_ns, Decimal(5), Decimal(122))
    ]


def test_captured_position_update_is_a_short_without_an_event_name() -> None:
    frame = json.dumps(recorded("ws_position_update_capture.json")).encode()
    now_ns = 1769366600_000_000_000
    assert account_decoder().decode(frame, now_ns) == [
        PositionReport(
            "main", "backpack:COINALPHA_HBOT_PERP", now_ns, 1769366599828079_000, Decimal("-0.01"), Decimal("126.97")
        )
    ]


def test_a_pushed_position_is_dated_by_the_venues_clock_and_never_after_its_arrival() -> None:
    frame = json.dumps(recorded("ws_position_update_capture.json")).encode()
    venue_ns = 1769366599828079_000
    skewed = account_decoder().decode(frame, venue_ns + 5_000_000_000, 2_000_000_000)[0]
    early = account_decoder().decode(frame, venue_ns - 1_000_000)[0]
    assert isinstance(skewed, PositionReport)
    assert isinstance(early, PositionReport)
    assert skewed.asked_ns == venue_ns - 2_000_000_000
    assert early.asked_ns == early.time_ns


def test_recorded_position() -> None:
    rows = msgspec.convert(recorded("rest_position.json"), list[PositionRow])
    position = PositionRow("COINALPHA_HBOT_PERP", Decimal("-0.01"), Decimal("126.93"), Decimal(0), Decimal("0.01"))
    assert rows == [position]


def test_recorded_collateral() -> None:
    answer = msgspec.convert(recorded("rest_collateral.json"), CollateralAnswer)
    assert answer == CollateralAnswer(Decimal("151.0"), Decimal("100.5"), Decimal(0))


def test_recorded_funding_is_cash_paid() -> None:
    rows = msgspec.convert(recorded("rest_funding_history.json"), list[FundingRow])
    assert funding_events(rows, "main", NOW_NS) == [
        FundingPayment(
            "main", "backpack:COINALPHA_HBOT_PERP", NOW_NS, "COINALPHA_HBOT_PERP@2026-01-25T18:00:00",
            Decimal("-0.000034"), Decimal("-0.0000273"), 1769364000_000_000_000,
        )
    ]  # fmt: skip


def test_client_frames_are_what_the_documents_show() -> None:
    assert set(recorded("ws_subscribe.json")) == {"method", "params"}
    assert set(recorded("ws_subscribe_private.json")) == {"method", "params", "signature"}
    assert len(recorded("ws_subscribe_private.json")["signature"]) == 4


# ------------------------------------------------------------------------------------------ samples of the venue sheet


def test_accepted_order_of_another_program() -> None:
    assert account_decoder().decode(ORDER_ACCEPTED, NOW_NS) == [
        OrderReport(
            "main", "backpack:SOL_USDC", NOW_NS, OrderStatus.OPEN, None, "114575842681290753", Side.SELL,
            Decimal("178.15"), Decimal("20.03"), Decimal(0), venue_time_ns=1748288615133255_000,
        )
    ]  # fmt: skip


def test_fill_comes_before_the_orders_new_state_and_its_fee_is_cash_paid_in_the_base_asset() -> None:
    assert account_decoder().decode(ORDER_FILL, NOW_NS) == [
        Fill(
            "main", "backpack:ETH_USDC", NOW_NS, "2888471", Side.BUY, Decimal("4299.16"), Decimal("0.0010"),
            Decimal("-0.000001"), "ETH", False, None, "5406825793", 1754939110174705_000,  # noqa: FBT003 - maker
        ),
        OrderReport(
            "main", "backpack:ETH_USDC", NOW_NS, OrderStatus.FILLED, None, "5406825793", Side.BUY, None,
            Decimal("0.0010"), Decimal("0.0010"), venue_time_ns=1754939110174705_000,
        ),
    ]  # fmt: skip


def test_a_rebate_is_cash_received() -> None:
    frame = ORDER_FILL.replace(b'"n":"0.000001"', b'"n":"-0.000001"').replace(b'"m":false', b'"m":true')
    fill = account_decoder().decode(frame, NOW_NS)[0]
    assert isinstance(fill, Fill)
    assert (fill.fee_cash, fill.maker) == (Decimal("0.000001"), True)


def test_cumulative_and_single_fill_are_told_apart() -> None:
    frame = ORDER_FILL.replace(b'"X":"Filled"', b'"X":"PartiallyFilled"').replace(b'"z":"0.0010"', b'"z":"0.0007"')
    fill, report = account_decoder().decode(frame, NOW_NS)
    assert isinstance(fill, Fill)
    assert isinstance(report, OrderReport)
    assert (fill.quantity, report.filled, report.status) == (Decimal("0.0010"), Decimal("0.0007"), OrderStatus.OPEN)


def test_client_ids_may_be_integers_or_text_and_come_back_as_ours() -> None:
    ids = ClientIds(NOW_NS, tag=7)
    number = ids.mint("mm-sol-1")
    for written in (str(number), f'"{number}"'):
        frame = ORDER_ACCEPTED.replace(b'"S":"Ask"', f'"S":"Ask","c":{written}'.encode())
        report = account_decoder(ids).decode(frame, NOW_NS)[0]
        assert isinstance(report, OrderReport)
        assert report.client_order_id == "mm-sol-1"


def test_crossing_post_only_order_may_be_told_as_an_expiry() -> None:
    for reason in (b"PostOnlyTaker", b"POST_ONLY_TAKER"):
        frame = ORDER_ACCEPTED.replace(b"orderAccepted", b"orderExpired").replace(
            b'"X":"New"', b'"X":"Expired","R":"' + reason + b'"'
        )
        report = account_decoder().decode(frame, NOW_NS)[0]
        assert isinstance(report, OrderReport)
        assert report.status is OrderStatus.REJECTED
        assert report.reason == f"post_only_would_cross: {reason.decode()}"


def test_unknown_expiry_reasons_are_expiries() -> None:
    frame = ORDER_ACCEPTED.replace(b'"X":"New"', b'"X":"Expired","R":"SomethingNew"')
    report = account_decoder().decode(frame, NOW_NS)[0]
    assert isinstance(report, OrderReport)
    assert (report.status, report.reason) == (OrderStatus.EXPIRED, "SomethingNew")


def test_a_fill_in_an_unknown_state_is_still_a_fill() -> None:
    events = account_decoder().decode(ORDER_FILL.replace(b'"X":"Filled"', b'"X":"Sideways"'), NOW_NS)
    assert [type(event) for event in events] == [Fill]


def test_a_fill_without_its_fee_is_no_fill_but_its_size_is_known() -> None:
    """The list of fills will tell; a fee is never taken for zero."""
    frame = ORDER_FILL.replace(b'"n":"0.000001",', b"")
    unrecognised, report = account_decoder().decode(frame, NOW_NS)
    assert isinstance(unrecognised, Unrecognised)
    assert isinstance(report, OrderReport)
    assert report.filled == Decimal("0.0010")


def test_opened_position() -> None:
    report = account_decoder().decode(POSITION_OPENED, NOW_NS)[0]
    assert isinstance(report, PositionReport)
    assert (report.instrument, report.quantity, report.entry_price) == (
        "backpack:ETH_USDC_PERP", Decimal("0.0010"), Decimal("4236.36"),
    )  # fmt: skip


def test_closed_position_has_no_entry_price() -> None:
    frame = POSITION_OPENED.replace(b'"q":"0.0010"', b'"q":"0"').replace(b'"B":"4236.36"', b'"B":"0"')
    report = account_decoder().decode(frame, NOW_NS)[0]
    assert isinstance(report, PositionReport)
    assert (report.quantity, report.entry_price) == (Decimal(0), None)


def test_rest_depth_is_sorted_here() -> None:
    """The venue sends both sides upwards, so that its best bid is the last."""
    book = decode_depth(DEPTH_ANSWER, "backpack:BTC_USDC_PERP", NOW_NS)
    assert book.bids == [(12.9, 1.0), (1.0, 0.38647)]
    assert book.asks == [(118318.3, 0.00633), (118567.2, 0.0845)]
    assert (book.sequence, book.venue_time_ns) == (1504999670, 1753102447307501_000)


def test_rest_depth_may_name_its_number_as_an_integer() -> None:
    body = DEPTH_ANSWER.replace(b'"1504999670"', b"1504999670")
    assert decode_depth(body, "backpack:BTC_USDC_PERP", NOW_NS).sequence == 1504999670


def test_rest_mark_price_is_an_array() -> None:
    body = (
        b'[{"symbol":"BTC_USDC_PERP","markPrice":"118343.51853741","indexPrice":"118333.18643195",'
        b'"fundingRate":"0.0001","nextFundingTimestamp":1753113600000}]'
    )
    assert decode_mark(body, "backpack:BTC_USDC_PERP", NOW_NS) == MarkPrice(
        "backpack:BTC_USDC_PERP", NOW_NS, Decimal("118343.51853741"), Decimal("118333.18643195"), Decimal("0.0001"),
        1753113600000_000_000,
    )  # fmt: skip
    assert decode_mark(b"[]", "backpack:BTC_USDC_PERP", NOW_NS) is None

"""Frames of the documents, field by field; what no type fits; and a hundred thousand mutilated frames."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.exchanges.aster.account_frames import (
    AccountDecoder,
    AccountFrame,
    FundingBooked,
    KeyExpired,
    OrderFrame,
    read_frame,
)
from mmtui.exchanges.aster.decode import MarketDecoder
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import BestPrices, BookDelta, Fill, MarkPrice, OrderReport, PublicTrade, Unrecognised
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import ZERO, Side

WIRE = Path(__file__).parents[3] / "shared" / "data" / "wire" / "aster"
MS = 1_000_000

FILL = (
    b'{"e":"ORDER_TRADE_UPDATE","E":1568879465651,"T":1568879465650,"o":{"s":"BTCUSDT","c":"mm-1","S":"SELL",'
    b'"o":"LIMIT","f":"GTX","q":"0.010","p":"60000.0","ap":"60000.0","sp":"0","x":"TRADE","X":"PARTIALLY_FILLED",'
    b'"i":8886774,"l":"0.004","z":"0.004","L":"60000.0","N":"USDT","n":"0.048","T":1568879465651,"t":5512,"b":"0",'
    b'"a":"360.0","m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0"}}'
)
SPOT_FILL = (
    b'{"e":"executionReport","E":1649926447209,"s":"ADA25SLP25","c":"Xzh0gnxT41PStbwqOtXnjD","S":"SELL","o":"LIMIT",'
    b'"f":"GTC","q":"10.001000","p":"19.1000000000","ap":"19.0999999955550656","P":"0","x":"TRADE",'
    b'"X":"PARTIALLY_FILLED","i":27,"l":"1","z":"8.999000","L":"19.1000000000","n":"0.00382000","N":"SLP25",'
    b'"T":1649926447190,"t":18,"m":true,"ot":"LIMIT","O":0,"Z":"171.88089996","Y":"19.1000000000000000","Q":"0"}'
)


def wire(name: str) -> bytes:
    path = WIRE / name
    if not path.exists():
        pytest.skip(f"no recorded payload {name} beside the repository")
    return path.read_bytes()


def market(kind: MarketType = MarketType.PERP) -> MarketDecoder:
    return MarketDecoder(kind)


def account(kind: MarketType = MarketType.PERP) -> AccountDecoder:
    return AccountDecoder("main", kind, {"BTCUSDT": "USDT"})


def test_depth_update() -> None:
    assert market().decode(wire("ws_depth_update.json"), 7) == [
        BookDelta("aster:BTCUSDT", 7, [(0.0024, 10.0)], [(0.0026, 100.0)], 160, 149, 123456789 * MS)
    ]


def test_depth_update_without_a_link_follows_the_number_before_its_first() -> None:
    frame = b'{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":157,"u":160,"b":[["1","0"]],"a":[]}'
    event = market(MarketType.SPOT).decode(frame, 7)[0]
    assert event == BookDelta("aster.spot:BTCUSDT", 7, [(1.0, 0.0)], [], 160, 156, MS)


def test_partial_depth_has_every_level() -> None:
    event = market().decode(wire("ws_partial_depth.json"), 7)[0]
    assert isinstance(event, BookDelta)
    assert event.bids == [(7403.89, 0.002), (7403.90, 3.906), (7404.0, 1.428), (7404.85, 5.239), (7405.43, 2.562)]
    assert event.asks == [(7405.96, 3.34), (7406.63, 4.525), (7407.08, 2.475), (7407.15, 4.8), (7407.2, 0.175)]
    assert (event.previous_sequence, event.sequence) == (390497794, 390497878)


def test_aggregate_trade() -> None:
    assert market().decode(wire("ws_agg_trade.json"), 7) == [
        PublicTrade("aster:BTCUSDT", 7, 0.001, 100.0, Side.SELL, "5933014", 123456785 * MS)
    ]


def test_best_prices() -> None:
    assert market().decode(wire("ws_book_ticker.json"), 7) == [
        BestPrices("aster:BNBUSDT", 7, 25.3519, 31.21, 25.3652, 40.66, 1568014460893 * MS)
    ]


def test_a_spot_ticker_has_no_name_and_no_time() -> None:
    frame = b'{"u":400900217,"s":"BNBUSDT","b":"25.3","B":"31","a":"25.4","A":"40"}'
    expected = BestPrices("aster.spot:BNBUSDT", 7, 25.3, 31.0, 25.4, 40.0, None)
    assert market(MarketType.SPOT).decode(frame, 7) == [expected]
    wrapped = b'{"stream":"bnbusdt@bookTicker","data":' + frame + b"}"
    assert market(MarketType.SPOT).decode(wrapped, 7) == [expected]


def test_mark_price() -> None:
    assert market().decode(wire("ws_mark_price.json"), 7) == [
        MarkPrice(
            "aster:BTCUSDT", 7, Decimal("11794.15000000"), Decimal("11784.62659091"), Decimal("0.00038167"),
            1562306400000 * MS, 1562305380000 * MS,
        )
    ]  # fmt: skip


def test_the_answer_to_a_subscription_says_nothing() -> None:
    assert market().decode(wire("ws_subscribe_response.json"), 7) == []


def test_wrapped_frames_are_the_same() -> None:
    bare = wire("ws_depth_update.json")
    assert market().decode(b'{"stream":"x","data":' + bare + b"}", 7) == market().decode(bare, 7)


def test_the_order_of_keys_does_not_matter() -> None:
    document = msgspec.json.decode(wire("ws_depth_update.json"))
    turned = msgspec.json.encode(dict(reversed(document.items())))
    assert market().decode(turned, 7) == market().decode(wire("ws_depth_update.json"), 7)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xfe\x00",
        b"<html>maintenance</html>",
        b"[" * 100_000,
        b'{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["nan","1"]],"a":[]}',
        b'{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["inf","1"]],"a":[]}',
        b'{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["-1","1"]],"a":[]}',
        b'{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["1","-1"]],"a":[]}',
        b'{"e":"depthUpdate","s":"X","U":1,"u":99999999999999999999999,"b":[],"a":[]}',
        b'{"e":"depthUpdate","E":1e300,"s":"X","U":1,"u":2,"b":[],"a":[]}',
        b'{"e":"markPriceUpdate","s":"X","p":"NaN"}',
        b'{"e":"markPriceUpdate","s":"X","p":"1E+999999"}',
        b'{"e":"bookTicker","s":"X","u":1,"b":"2","B":"1","a":"1","A":"1"}',
        b'{"code":2,"msg":"Invalid request"}',
        b'{"e":"newThing","s":"X"}',
    ],
)
def test_what_cannot_be_is_counted_and_shown(frame: bytes) -> None:
    decoder = market()
    events = decoder.decode(frame, 7)
    assert [type(event) for event in events] == [Unrecognised]
    assert decoder.unrecognised == 1
    assert isinstance(events[0], Unrecognised)
    assert len(events[0].sample) <= 200


# ---------------------------------------------------------------------------------------------------- the account


def test_a_new_order_field_by_field() -> None:
    data = wire("ws_order_trade_update.json")
    frame = read_frame(data)
    assert isinstance(frame, OrderFrame)
    order = frame.o
    assert (order.o, order.x, order.X, order.ps, order.rp) == ("TRAILING_STOP_MARKET", "NEW", "NEW", "LONG", ZERO)
    assert (order.l, order.L, order.t, order.n, order.N) == (ZERO, ZERO, 0, ZERO, "USDT")
    assert account().decode(data, 7) == [
        OrderReport(
            account="main",
            instrument="aster:BTCUSDT",
            time_ns=7,
            status=OrderStatus.OPEN,
            client_order_id="TEST",
            order_id="8886774",
            side=Side.SELL,
            price=None,
            quantity=Decimal("0.001"),
            filled=ZERO,
            reduce_only=False,
            venue_time_ns=1568879465651 * MS,
        )
    ]


def test_a_fill_comes_before_its_report_and_its_fee_is_paid() -> None:
    fill, report = account().decode(FILL, 7)
    assert fill == Fill(
        "main", "aster:BTCUSDT", 7, "5512", Side.SELL, Decimal("60000.0"), Decimal("0.004"), Decimal("-0.048"), "USDT",
        maker=True, client_order_id="mm-1", order_id="8886774", venue_time_ns=1568879465651 * MS,
    )  # fmt: skip
    assert isinstance(report, OrderReport)
    assert (report.status, report.filled, report.post_only) == (OrderStatus.OPEN, Decimal("0.004"), True)


def test_a_rebate_is_received_and_no_commission_is_none() -> None:
    rebate = account().decode(FILL.replace(b'"n":"0.048"', b'"n":"-0.01"'), 7)[0]
    assert isinstance(rebate, Fill)
    assert rebate.fee_cash == Decimal("0.01")
    free = account().decode(FILL.replace(b'"N":"USDT","n":"0.048",', b""), 7)[0]
    assert isinstance(free, Fill)
    assert (free.fee_cash, free.fee_asset) == (ZERO, "USDT")


def test_a_spot_fill_is_flat() -> None:
    fill, report = account(MarketType.SPOT).decode(SPOT_FILL, 7)
    assert isinstance(fill, Fill)
    assert (fill.instrument, fill.trade_id, fill.order_id) == ("aster.spot:ADA25SLP25", "18", "27")
    assert (fill.price, fill.quantity) == (Decimal("19.1"), Decimal(1))
    assert (fill.fee_cash, fill.fee_asset, fill.maker) == (Decimal("-0.00382"), "SLP25", True)
    assert isinstance(report, OrderReport)
    assert (report.filled, report.quantity) == (Decimal("8.999"), Decimal("10.001"))
    assert report.time_in_force is TimeInForce.GTC
    assert not report.post_only


@pytest.mark.parametrize(
    ("lifetime", "filled", "reason"),
    [
        (b"GTX", b"0", "post_only_would_cross: expired without a fill"),
        (b"GTX", b"0.001", "the rest would have crossed"),
        (b"IOC", b"0", "the rest did not match"),
        (b"GTC", b"0", "expired"),
    ],
)
def test_an_expired_order_says_why(lifetime: bytes, filled: bytes, reason: str) -> None:
    frame = FILL.replace(b'"f":"GTX"', b'"f":"' + lifetime + b'"').replace(b'"z":"0.004"', b'"z":"' + filled + b'"')
    frame = frame.replace(b'"x":"TRADE","X":"PARTIALLY_FILLED"', b'"x":"EXPIRED","X":"EXPIRED"')
    (report,) = account().decode(frame, 7)
    assert isinstance(report, OrderReport)
    assert (report.status, report.reason) == (OrderStatus.EXPIRED, reason)


def test_an_amendment_is_an_open_order_whatever_it_is_called() -> None:
    frame = FILL.replace(b'"x":"TRADE","X":"PARTIALLY_FILLED"', b'"x":"AMENDMENT","X":"NEW"')
    (report,) = account().decode(frame, 7)
    assert isinstance(report, OrderReport)
    assert report.status is OrderStatus.OPEN


def test_a_state_that_nobody_knows_is_not_guessed() -> None:
    frame = FILL.replace(b"PARTIALLY_FILLED", b"TELEPORTED")
    assert isinstance(account().decode(frame, 7)[0], Unrecognised)


def test_an_account_update_field_by_field() -> None:
    data = wire("ws_account_update.json")
    frame = read_frame(data)
    assert isinstance(frame, AccountFrame)
    usdt, busd = frame.a.B
    assert (usdt.a, usdt.wb, usdt.cw, usdt.bc) == (
        "USDT", Decimal("122624.12345678"), Decimal("100.12345678"), Decimal("50.12345678"),
    )  # fmt: skip
    assert (busd.a, busd.wb, busd.cw, busd.bc) == ("BUSD", Decimal(1), ZERO, Decimal("-49.12345678"))
    flat, long, short = frame.a.P
    assert (flat.s, flat.pa, flat.ep, flat.cr, flat.up, flat.ps) == ("BTCUSDT", ZERO, ZERO, Decimal(200), ZERO, "BOTH")
    assert (long.pa, long.ep, long.up, long.mt, long.iw, long.ps) == (
        Decimal(20), Decimal("6563.665"), Decimal("2850.212"), "isolated", Decimal("13200.70726908"), "LONG",
    )  # fmt: skip
    assert (short.pa, short.ep, short.cr, short.iw) == (
        Decimal(-10), Decimal("6563.86"), Decimal("-45.04"), Decimal("6570.42511771"),
    )  # fmt: skip
    assert account().decode(data, 7) == []


def test_signals() -> None:
    assert account().decode(b'{"e":"listenKeyExpired","E":1576653824250}', 7) == [KeyExpired()]
    funding = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","wb":"1","bc":"-0.1"}]}}'
    assert account().decode(funding, 7) == [FundingBooked()]


@pytest.mark.parametrize(
    "frame",
    [
        b'{"e":"MARGIN_CALL","E":1,"cw":"3.1","p":[]}',
        b'{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ac":{"s":"BTCUSDT","l":25}}',
        b'{"e":"announcement","en":{},"zh":{}}',
        b'{"e":"outboundAccountPosition","E":1,"T":1,"u":1,"m":"ORDER","B":[{"a":"USDT","f":"16.2","l":"0"}]}',
    ],
)
def test_events_that_change_nothing_by_themselves(frame: bytes) -> None:
    decoder = account()
    assert decoder.decode(frame, 7) == []
    assert decoder.unrecognised == 0


# ---------------------------------------------------------------------------------------------------- mutilated frames


def mutated(frame: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(5)
    at = chance.randrange(len(frame))
    if kind == 0:
        return frame[:at]
    if kind == 1:
        return frame[:at] + bytes([chance.randrange(256)]) + frame[at + 1 :]
    if kind == 2:
        return frame[at:] + frame[:at]
    if kind == 3:
        word = chance.choice([b"null", b"1e999", b'"NaN"', b"-1", b"[]", b"{}", b"9" * 40, b'"\\ud800"', b"true"])
        end = frame.find(b",", at)
        return frame[: frame.rfind(b":", 0, at) + 1] + word + (frame[end:] if end > 0 else b"}")
    return bytes(chance.randrange(256) for _ in range(chance.randrange(40)))


class NoSamples(Redactor):
    """Cleaning a sample costs far more than decoding a frame."""

    def sample(self, data: bytes | str, limit: int = 200) -> str:
        return ""


def test_mutilated_market_frames_never_raise_and_always_encode() -> None:
    chance = random.Random(11)
    frames = [
        b'{"e":"depthUpdate","E":3,"T":2,"s":"BTCUSDT","U":157,"u":160,"pu":149,"b":[["2","10"]],"a":[["3","1"]]}'
    ]
    frames.append(b'{"e":"aggTrade","E":3,"s":"BTCUSDT","a":5,"p":"0.001","q":"100","f":1,"l":2,"T":3,"m":true}')
    frames.append(b'{"e":"markPriceUpdate","E":3,"s":"BTCUSDT","p":"11794.15","i":"11784.6","r":"0.0003","T":4}')
    frames.append(b'{"e":"bookTicker","u":4,"E":3,"T":2,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}')
    decoder, encoder = MarketDecoder(MarketType.PERP, NoSamples()), msgspec.msgpack.Encoder()
    for _ in range(100_000):
        for event in decoder.decode(mutated(chance.choice(frames), chance), 7):
            encoder.encode(event)
            if isinstance(event, BookDelta):
                assert all(price > 0 and 0 <= size < 1e19 for price, size in (*event.bids, *event.asks))
    assert decoder.unrecognised > 10_000


def test_mutilated_account_frames_never_raise_and_always_encode() -> None:
    chance = random.Random(12)
    decoder, encoder = AccountDecoder("main", MarketType.PERP, {}, NoSamples()), msgspec.msgpack.Encoder()
    for _ in range(100_000):
        for event in decoder.decode(mutated(chance.choice([FILL, SPOT_FILL]), chance), 7):
            encoder.encode(event)
            if isinstance(event, Fill):
                assert event.quantity > 0
                assert event.price > 0
    assert decoder.unrecognised > 10_000

"""Every documented payload of Websea, read field by field."""

from decimal import Decimal

import msgspec
import pytest

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.websea.calls import result_of
from mmtui.exchanges.websea.decode import Bell, MarketDecoder, decode_book, decode_funding, decode_mark
from mmtui.exchanges.websea.encode import subscribe
from mmtui.exchanges.websea.figures import moment_ns
from mmtui.exchanges.websea.instruments import Fees, instrument_of
from mmtui.exchanges.websea.order_rows import closes, fills_of, report_of
from mmtui.exchanges.websea.refusals import error_of, refusal_of
from mmtui.exchanges.websea.wire import (
    CancelAnswer,
    Envelope,
    MarkRow,
    OrderRow,
    OwnTradeRow,
    PairRow,
    PlacedAnswer,
    PositionRow,
    PrecisionRow,
    TradeFrame,
    WalletRow,
)
from mmtui.model.events import PublicTrade, Unrecognised
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage
from tests.unit.websea_payloads import BOOK, BTC, EOS, KNOWN, NOW_NS, SOL, TRADE, WIRE, contract, own

MS = 1_000_000


def recorded(name: str) -> bytes:
    path = WIRE / name
    if not path.exists():
        pytest.skip(f"no recorded payload {path}")
    return path.read_bytes()


def rows(name: str, kind: type[msgspec.Struct]) -> list[msgspec.Struct]:
    return result_of(msgspec.json.Decoder(list[kind], strict=False), recorded(name), name)  # type: ignore[valid-type]


def test_contracts_sizes_and_decimals() -> None:
    sized = rows("rest_contract_symbol.json", PairRow)
    named = rows("rest_contract_info.json", PairRow)
    assert sized == [
        PairRow(symbol="EOS-USDT", contract_price=Decimal("0.01")),
        PairRow(symbol="BTC-USDT", contract_price=Decimal("0.001")),
    ]
    assert named == [
        PairRow(symbol="BTC-USDT", base_currency="BTC", quote_currency="USDT"),
        PairRow(symbol="EOS-USDT", base_currency="EOS", quote_currency="USDT"),
    ]
    precisions = result_of(
        msgspec.json.Decoder(dict[str, PrecisionRow], strict=False), recorded("rest_contract_precision.json"), "p"
    )
    assert {symbol: row.price for symbol, row in precisions.items()} == {"ETH-USDT": 4, "EOS-USDT": 2, "BTC-USDT": 2}
    raw = result_of(msgspec.json.Decoder(dict[str, msgspec.Raw]), recorded("rest_contract_precision.json"), "precision")
    made = instrument_of("BTC-USDT", named[0], sized[1], raw["BTC-USDT"], Fees())  # type: ignore[arg-type]
    assert (made.base_asset, made.quote_asset) == ("BTC", "USDT")
    assert (made.tick_size, made.lot_size, made.min_quantity) == (Decimal("0.01"), Decimal("0.001"), Decimal("0.001"))
    assert (made.maker_fee_bps, made.taker_fee_bps, made.multiplier) == (Decimal("3.5"), Decimal(6), Decimal(1))


def test_a_contract_whose_size_is_not_certain_is_not_traded() -> None:
    pair = PairRow(symbol="BTC-USDT", contract_size=Decimal("0.001"))
    face = PairRow(symbol="BTC-USDT", contract_price=Decimal("0.01"))
    with pytest.raises(BadMessage, match="not certain"):
        instrument_of("BTC-USDT", pair, face, msgspec.Raw(b'{"price":"1"}'), Fees())
    with pytest.raises(BadMessage, match="not certain"):
        instrument_of("BTC-USDT", PairRow(symbol="BTC-USDT"), None, msgspec.Raw(b'{"price":"1"}'), Fees())


def test_the_documented_book() -> None:
    book = decode_book(recorded("rest_contract_depth.json"), EOS, NOW_NS)
    assert (len(book.bids), len(book.asks)) == (20, 20)
    assert (book.bids[0], book.bids[-1]) == ((7964.0, 0.0678 * 0.01), (7929.0, 3.2226 * 0.01))
    assert (book.asks[0], book.asks[-1]) == ((7979.0, 0.0736 * 0.01), (8020.0, 13.6584 * 0.01))
    assert book.venue_time_ns == 1_499_223_904_680 * MS
    assert book.sequence is None


def test_rows_of_one_price_are_one_level_in_coins() -> None:
    book = decode_book(BOOK, SOL, NOW_NS)
    assert [price for price, _ in (*book.bids, *book.asks)] == [142.3, 142.1, 142.34, 142.5]
    assert [round(size, 9) for _, size in (*book.bids, *book.asks)] == [0.7, 0.9, 0.4, 0.7]
    with pytest.raises(BadMessage, match="another symbol"):
        decode_book(BOOK, EOS, NOW_NS)
    with pytest.raises(BadMessage, match="cannot be read"):
        decode_book(b'{"errno":0,"errmsg":"ok","result":{"symbol":null,"bids":[],"asks":[]}}', SOL, NOW_NS)
    crossed = BOOK.replace(b"142.34", b"142.20")
    assert decode_book(crossed, SOL, NOW_NS).bids == []


def test_mark_and_funding() -> None:
    assert rows("rest_contract_index_price.json", MarkRow) == [
        MarkRow(symbol="BTC-USDT", price=Decimal("7865.23"), ts=1_587_925_500_000)
    ]
    mark = decode_mark(recorded("rest_contract_index_price.json"), BTC, NOW_NS)
    assert mark is not None
    assert (mark.mark, mark.venue_time_ns) == (Decimal("7865.23"), 1_587_925_500_000 * MS)
    zero = b'{"errno":0,"errmsg":"ok","result":[{"symbol":"BTC-USDT","price":"0","ts":1587925500}]}'
    assert decode_mark(zero, BTC, NOW_NS) is None
    assert decode_funding(recorded("rest_contract_funding_rate.json")).capital_rate == Decimal("0.001")
    assert decode_funding(b'{"capitalRate": "-0.0100"}').capital_rate == Decimal("-0.0001")


def test_seconds_and_milliseconds_are_told_apart() -> None:
    assert moment_ns(1_587_925_500) == moment_ns(1_587_925_500_000) == 1_587_925_500_000 * MS
    assert moment_ns(0) is None


def test_frames() -> None:
    decoder = MarketDecoder(KNOWN, Redactor())
    bell = decoder.decode(recorded("ws_contract_tickers.json"), NOW_NS)
    assert isinstance(bell, Bell)
    assert bell.instrument == "websea:BTC-USDT"
    trade = decoder.decode(recorded("ws_contract_trade.json"), NOW_NS)
    stamp = 1_502_448_920_106 * MS
    assert trade == PublicTrade("websea:BTC-USDT", NOW_NS, 1997.0, 0.00004, Side.BUY, "17592256642623", stamp)
    assert decoder.decode(TRADE, NOW_NS) == PublicTrade(
        SOL.id, NOW_NS, 142.31, 1.2, Side.SELL, "77", 1_700_000_000_456 * MS
    )
    assert isinstance(decoder.decode(TRADE.replace(b"SOL", b"XXX"), NOW_NS), Unrecognised)
    assert msgspec.json.decode(subscribe("trade", "BTC-USDT")) == msgspec.json.decode(recorded("ws_subscribe.json"))


def test_trades_of_the_market() -> None:
    class Trades(msgspec.Struct):
        symbol: str
        ts: int
        data: list[msgspec.Raw]

    found = result_of(msgspec.json.Decoder(Trades, strict=False), recorded("rest_contract_trades.json"), "trades")
    frame = msgspec.json.Decoder(dict[str, object]).decode(found.data[0])
    read = msgspec.json.Decoder(TradeFrame, strict=False).decode(
        msgspec.json.encode({**frame, "channel": "trade", "symbol": found.symbol})
    )
    assert (found.symbol, found.ts, len(found.data)) == ("EOS-USDT", 1_499_223_904_680, 2)
    assert (read.price, read.amount, read.direction, read.id) == (
        Decimal(1997), Decimal("0.04"), "buy", 17_592_256_642_623,
    )  # fmt: skip


def test_answers_to_commands() -> None:
    placed = result_of(msgspec.json.Decoder(PlacedAnswer), recorded("rest_contract_add.json"), "add")
    assert placed.order_id == "BL786401542840282676"
    cancelled = result_of(msgspec.json.Decoder(CancelAnswer), recorded("rest_contract_cancel.json"), "cancel")
    assert (cancelled.success, cancelled.failed) == (["order_id1", "order_id2"], ["order_id1", "order_id2"])


def test_orders() -> None:
    eth = contract("ETH-USDT", "0.01")
    (row,) = rows("rest_contract_open_orders.json", OrderRow)
    assert isinstance(row, OrderRow)
    report = report_of(row, None, eth, "main", NOW_NS)
    assert (report.order_id, report.instrument) == ("BG5000181583375122413SZXEIX", "websea:ETH-USDT")
    assert (report.status, report.side, report.price) == (OrderStatus.OPEN, Side.BUY, Decimal(1))
    assert (report.quantity, report.filled) == (Decimal("0.1"), Decimal(0))
    assert report.venue_time_ns == 1_576_746_253_000 * MS
    assert not closes(row)
    detail = result_of(msgspec.json.Decoder(OrderRow, strict=False), recorded("rest_contract_order_detail.json"), "d")
    mine = own("mm-1", Side.BUY, 150)
    with pytest.raises(BadMessage, match="nobody knows"):
        report_of(msgspec.structs.replace(detail, status=9), mine, EOS, "main", NOW_NS)
    done = report_of(detail, mine, EOS, "main", NOW_NS)
    assert (done.order_id, done.client_order_id, done.status) == ("11532", "mm-1", OrderStatus.FILLED)
    assert (done.price, done.quantity, done.filled) == (Decimal(14), Decimal("1.5"), Decimal(1))
    assert mine.filled == 100


def test_executions_have_names_that_do_not_depend_on_their_order() -> None:
    made = [
        OwnTradeRow(order_id="BL1", ctime=1_700_000_001, symbol=SOL.symbol, price=Decimal(price), amount=Decimal(count),
                    fee=Decimal(fee))
        for price, count, fee in (("142.3", "3", "0.01494"), ("142.3", "3", "0.01494"), ("142.4", "2", "0.0170880"))
    ]  # fmt: skip
    mine = own("mm-1", Side.SELL, 10)
    fills = fills_of(made, Side.SELL, mine, SOL, "main", NOW_NS)
    turned = fills_of(made[::-1], Side.SELL, mine, SOL, "main", NOW_NS)
    assert [fill.trade_id for fill in fills] == [
        "BL1-1700000001-142.3-3-1", "BL1-1700000001-142.3-3-2", "BL1-1700000001-142.4-2-1",
    ]  # fmt: skip
    assert sorted(fills, key=lambda fill: fill.trade_id) == sorted(turned, key=lambda fill: fill.trade_id)
    assert [fill.maker for fill in fills] == [True, True, False]
    assert [fill.quantity for fill in fills] == [Decimal("0.3"), Decimal("0.3"), Decimal("0.2")]
    assert fills[0].fee_cash == Decimal("-0.01494")
    assert mine.filled == 8


def test_positions_and_wallet() -> None:
    (position,) = rows("rest_contract_position.json", PositionRow)
    assert position == PositionRow(
        type=1, symbol="ETH-USDT", amount=Decimal(10), avail_amount=Decimal(50), lever_rate=Decimal(10),
        open_price_avg=Decimal("0.3"), liquidation_price=Decimal("0.9"),
    )  # fmt: skip
    assert rows("rest_contract_wallet.json", WalletRow) == [
        WalletRow(symbol="ETH-USDT", avail=Decimal(20), hold=Decimal(1), frozen=Decimal(0))
    ]


def test_errors() -> None:
    envelope = msgspec.json.decode(recorded("error_failed.json"), type=Envelope)
    assert (envelope.errno, envelope.errmsg, envelope.result) == (10010, "Failed", msgspec.UNSET)
    assert str(error_of(envelope, "Failed")) == "other: 10010: Failed"


@pytest.mark.parametrize(
    ("number", "words", "code"),
    [
        (20509, "order accountbalance error", RefusalCode.INSUFFICIENT_FUNDS),
        (20506, "", RefusalCode.NOT_ALLOWED),
        (20515, "", RefusalCode.ORDER_NOT_FOUND),
        (20516, "", RefusalCode.ORDER_DONE),
        (20512, "", RefusalCode.BAD_PRICE),
        (20513, "", RefusalCode.BAD_QUANTITY),
        (10010, "Insufficient position", RefusalCode.REDUCE_ONLY_VIOLATION),
        (99999, "Insufficient balance", RefusalCode.INSUFFICIENT_FUNDS),
        (99999, "something else", RefusalCode.OTHER),
    ],
)
def test_a_number_or_its_words_say_why(number: int, words: str, code: RefusalCode) -> None:
    assert refusal_of(number, words) is code

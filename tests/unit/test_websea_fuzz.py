"""Foreign bytes: nothing is raised, nothing that cannot be gets through, what is not understood is counted."""

import contextlib
import math
import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.websea.calls import result_of
from mmtui.exchanges.websea.decode import Bell, MarketDecoder, decode_book, decode_own, spoken
from mmtui.exchanges.websea.order_rows import fills_of, report_of
from mmtui.exchanges.websea.wire import OrderRow, OwnTradeRow
from mmtui.model.events import BookSnapshot, Event, Fill, OrderReport, Unrecognised
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage
from tests.conformance.test_cards_market import mutated
from tests.unit.websea_payloads import BOOK, ERROR_FRAME, KNOWN, NOW_NS, PUSH, SOL, TICKER, TRADE

ORDERS = (
    b'{"errno":0,"errmsg":"ok","result":[{"order_id":"BL17","ctime":1700000001,"symbol":"SOL-USDT","price":"142.31",'
    b'"price_avg":"0","lever_rate":10,"amount":"37","deal_amount":"5","type":"buy-limit","status":2,'
    b'"contract_type":"open"}]}'
)
TRADES = (
    b'{"errno":0,"errmsg":"ok","result":[{"order_id":"BL17","ctime":1700000002,"symbol":"SOL-USDT","price":"142.31",'
    b'"amount":"5","bood":"7","profit":"0","fee":"0.0249"}]}'
)
MESSAGES = (BOOK, TICKER, TRADE, ERROR_FRAME, PUSH, ORDERS, TRADES)

_ORDERS = msgspec.json.Decoder(list[OrderRow], strict=False)
_TRADES = msgspec.json.Decoder(list[OwnTradeRow], strict=False)


def read_in_every_way(data: bytes) -> list[Event]:
    """The events that each decoder makes of it; BadMessage is the one thing that may be raised."""
    heard = MarketDecoder(KNOWN, Redactor()).decode(data, NOW_NS)
    events: list[Event] = [] if isinstance(heard, Bell) else [heard]
    decode_own(data, NOW_NS, Redactor())
    spoken(data)
    with contextlib.suppress(BadMessage):
        events.append(decode_book(data, SOL, NOW_NS))
    with contextlib.suppress(BadMessage):
        events += [report_of(row, None, SOL, "a", NOW_NS) for row in result_of(_ORDERS, data, "orders")]
    with contextlib.suppress(BadMessage):
        trades = result_of(_TRADES, data, "trades")
        events += fills_of(trades, Side.BUY, None, SOL, "a", NOW_NS)
    return events


def proper(event: Event) -> None:
    """Every figure can be one, and the event can be written to a journal and read again."""
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    if isinstance(event, BookSnapshot):
        assert all(math.isfinite(price) and price > 0 and math.isfinite(size) for price, size in event.bids)
        assert not event.bids or not event.asks or event.bids[0][0] < event.asks[0][0]
    elif isinstance(event, OrderReport | Fill):
        for name in event.__struct_fields__:
            value = getattr(event, name)
            assert not isinstance(value, Decimal) or (value.is_finite() and abs(value) < Decimal("1e60"))


def fuzzed(rounds: int, seed: int) -> dict[str, int]:
    """Mutate, decode, check; counts the events of each kind."""
    chance = random.Random(seed)
    counts: dict[str, int] = {}
    for _ in range(rounds):
        for event in read_in_every_way(mutated(chance.choice(MESSAGES), chance)):
            proper(event)
            name = type(event).__name__
            counts[name] = counts.get(name, 0) + 1
    return counts


def test_mutated_messages() -> None:
    counts = fuzzed(6_000, seed=5)
    assert min(counts[name] for name in ("BookSnapshot", "OrderReport", "Fill", "PublicTrade")) > 10
    assert counts["Unrecognised"] > 1_000


@pytest.mark.acceptance
def test_many_mutated_messages() -> None:
    assert fuzzed(100_000, seed=6)["Unrecognised"] > 50_000


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["channel", "errno", "result", "symbol", "order", "price", "amount", "bids", "asks"]), inner,
        max_size=5,
    ),
).map(msgspec.json.encode))  # fmt: skip
def test_any_bytes_and_any_json(data: bytes) -> None:
    assert all(isinstance(event, Unrecognised) for event in read_in_every_way(data) if isinstance(event, Fill))


@pytest.mark.parametrize(
    "change",
    [(b'"5"', b'"-5"'), (b'"5"', b'"NaN"'), (b'"142.30"', b'"1e400"'), (b'"142.30"', b'"-1"'), (b"[[", b"[")],
    ids=str,
)
def test_a_book_that_cannot_be_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadMessage):
        decode_book(BOOK.replace(*change, 1), SOL, NOW_NS)


@pytest.mark.parametrize(
    "change",
    [(b'"37"', b'"3.7"'), (b'"37"', b'"NaN"'), (b'"5"', b'"38"'), (b'"buy-limit"', b'"both"'), (b":2,", b":7,")],
    ids=str,
)
def test_an_order_that_cannot_be_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadMessage):
        [report_of(row, None, SOL, "a", NOW_NS) for row in result_of(_ORDERS, ORDERS.replace(*change), "orders")]

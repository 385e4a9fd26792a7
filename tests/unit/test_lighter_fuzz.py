"""Foreign bytes: nothing is raised, nothing that cannot be gets through, what is not understood is counted."""

import math
import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.exchanges.lighter.refusals import read_error
from mmtui.model.events import BookDelta, BookSnapshot, Event, Fill, OrderReport, Unrecognised
from tests.conformance.test_cards_market import mutated
from tests.unit.lighter_payloads import (
    BOOK,
    CHANGE,
    ERROR_FRAME,
    ETH,
    NOW_NS,
    OWN_ORDERS,
    OWN_TRADES,
    STATS,
    TRADES,
    account_decoder,
    market_decoder,
)

PUBLIC = (CHANGE, BOOK, CHANGE, TRADES, STATS, ERROR_FRAME)
PRIVATE = (OWN_ORDERS, OWN_TRADES, ERROR_FRAME)


def proper(event: Event) -> None:
    """Every figure can be one, and the event can be written to a journal and read again."""
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    if isinstance(event, BookDelta | BookSnapshot):
        for price, size in (*event.bids, *event.asks):
            assert math.isfinite(price)
            assert price > 0
            assert math.isfinite(size)
            assert size >= 0
    elif isinstance(event, OrderReport | Fill):
        for name in event.__struct_fields__:
            value = getattr(event, name)
            assert not isinstance(value, Decimal) or (value.is_finite() and abs(value) < Decimal("1e60"))


def fuzzed(rounds: int, seed: int) -> dict[str, int]:
    """Mutate, decode, check; counts the events of each kind."""
    chance = random.Random(seed)
    market, account, book = market_decoder(), account_decoder(), Book()
    book.apply_snapshot(BookSnapshot(ETH, 1, [(1999.0, 1.0)], [(2500.0, 1.0)], 904845))
    counts: dict[str, int] = {}
    for number in range(rounds):
        message = mutated(chance.choice(PUBLIC if number % 2 else PRIVATE), chance)
        for event in market.decode(message, NOW_NS) if number % 2 else account.decode(message, NOW_NS):
            proper(event)
            if isinstance(event, BookDelta):
                book.apply_delta(event)
            elif isinstance(event, BookSnapshot):
                book.apply_snapshot(event)
            if book.usable:
                assert book.best_bid is not None
                assert book.best_ask is not None
                assert book.best_bid <= book.best_ask
            name = type(event).__name__
            counts[name] = counts.get(name, 0) + 1
        read_error(message)
    return counts


def test_five_thousand_mutations() -> None:
    counts = fuzzed(5_000, 7)
    assert counts["Unrecognised"] > 1_000
    assert counts["BookDelta"] > 10


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_a_hundred_thousand_mutations_of_each_decoder() -> None:
    counts = fuzzed(200_000, 11)
    assert counts["Unrecognised"] > 20_000


@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    assert [type(event) for event in market_decoder().decode(data, NOW_NS)] in ([], [Unrecognised])
    assert [type(event) for event in account_decoder().decode(data, NOW_NS)] in ([], [Unrecognised])
    read_error(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"error":' * 50_000,
        b'{"type":"\xff\xfe"}',
        b'{"type":"update/order_book"}',
        b'{"type":"update/order_book","channel":"order_book:0"}',
        b'{"type":"update/order_book","channel":"order_book:9","order_book":{"asks":[],"bids":[]}}',
        b'{"type":"update/candles","channel":"candles:0"}',
        b'{"type":"update/account_all_orders","orders":null}',
        CHANGE.replace(b'"2064.54"', b'"NaN"'),
        CHANGE.replace(b'"2064.54"', b'"1e999"'),
        CHANGE.replace(b'"2064.54"', b'"-1"'),
        CHANGE.replace(b"904850", b"9" * 40),
        BOOK.replace(b'"2000.00"', b'"2330.00"'),
        STATS.replace(b'"2064.47"', b'"NaN"'),
        STATS.replace(b'"2064.47"', b'"1e99999999"'),
        STATS.replace(b'"2064.47"', b'"0"'),
        TRADES.replace(b'"3024.66"', b'"-3"'),
        OWN_TRADES.replace(b'"3024.66"', b'"Infinity"'),
        OWN_TRADES.replace(b"1234", b"4321").replace(b"account_all_trades:4321", b"account_all_trades:1234"),
        OWN_TRADES.replace(b'"market_id": 0', b'"market_id": 77'),
        OWN_ORDERS.replace(b'"open"', b'"resting"'),
        OWN_ORDERS.replace(b'"0.0020"', b'"sNaN"'),
        OWN_ORDERS.replace(b'"0.0020"', b'"1e-99999"'),
    ],
)
def test_nonsense_is_counted_and_shown(data: bytes) -> None:
    """As a message of either stream; the sample is short."""
    for decoder in (market_decoder(), account_decoder()):
        (event,) = decoder.decode(data, NOW_NS)
        assert isinstance(event, Unrecognised)
        assert len(event.sample) <= 200


@pytest.mark.parametrize("kind", ["connected", "ping", "pong", "unsubscribed", "shutdown"])
def test_acknowledgements_say_nothing(kind: str) -> None:
    data = f'{{"type":"{kind}","channel":"order_book:0"}}'.encode()
    assert market_decoder().decode(data, NOW_NS) == []
    assert account_decoder().decode(data, NOW_NS) == []

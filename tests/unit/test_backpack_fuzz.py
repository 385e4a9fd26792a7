"""Foreign bytes: nothing is raised, nothing that cannot be gets through, what is not understood is counted."""

import math
import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.exchanges.backpack.refusals import read_error
from mmtui.model.events import (
    BookDelta,
    BookSnapshot,
    Event,
    Fill,
    OrderReport,
    PositionReport,
    Unrecognised,
)
from tests.conformance.test_cards_market import mutated
from tests.unit.backpack_payloads import (
    ERROR_FRAME,
    NOW_NS,
    ORDER_ACCEPTED,
    ORDER_FILL,
    POSITION_OPENED,
    account_decoder,
    enveloped,
    market_decoder,
)

DEPTH = enveloped(
    "depth.SOL_USDC",
    {
        "e": "depth", "E": 1694687965941000, "s": "SOL_USDC", "a": [["18.70", "0.000"], ["18.71", "2.5"]],
        "b": [["18.67", "0.832"], ["18.68", "0.000"]], "U": 94978271, "u": 94978272, "T": 1694687965940999,
    },
)  # fmt: skip
TRADE = enveloped(
    "trade.SOL_USDC",
    {
        "e": "trade",
        "E": 1,
        "s": "SOL_USDC",
        "p": "18.68",
        "q": "0.122",
        "b": "1",
        "a": "2",
        "t": 12345,
        "T": 2,
        "m": True,
    },
)
MARK = enveloped(
    "markPrice.SOL_USDC",
    {"e": "markPrice", "E": 1, "s": "SOL_USDC", "p": "18.70", "f": "-0.1", "i": "19.70", "n": 1694687965941, "T": 2},
)
TICKER = enveloped(
    "bookTicker.SOL_USDC",
    {"e": "bookTicker", "E": 1, "s": "SOL_USDC", "a": "18.70", "A": "1", "b": "18.67", "B": "2", "u": 5, "T": 2},
)
PUBLIC = (DEPTH, TRADE, MARK, TICKER, ERROR_FRAME)
PRIVATE = (ORDER_ACCEPTED, ORDER_FILL, POSITION_OPENED, ERROR_FRAME)


def proper(event: Event) -> None:
    """Every figure can be one, and the event can be written to a journal and read again."""
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    if isinstance(event, BookDelta):
        for price, size in (*event.bids, *event.asks):
            assert math.isfinite(price)
            assert price > 0
            assert math.isfinite(size)
            assert size >= 0
    elif isinstance(event, OrderReport | Fill | PositionReport):
        for name in event.__struct_fields__:
            value = getattr(event, name)
            assert not isinstance(value, Decimal) or (value.is_finite() and abs(value) < Decimal("1e31"))


def fuzzed(rounds: int, seed: int) -> dict[str, int]:
    """Mutate, decode, check; counts the events of each kind."""
    chance = random.Random(seed)
    market, account, book = market_decoder(), account_decoder(), Book()
    book.apply_snapshot(BookSnapshot("backpack:SOL_USDC", 1, [(18.6, 1.0)], [(18.8, 1.0)], 94978270))
    counts: dict[str, int] = {}
    for number in range(rounds):
        decoder = market if number % 2 else account
        message = mutated(chance.choice(PUBLIC if number % 2 else PRIVATE), chance)
        for event in decoder.decode(message, NOW_NS):
            proper(event)
            if isinstance(event, BookDelta):
                book.apply_delta(event)
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
        b'{"data":' * 50_000,
        b'{"stream":"\xff\xfe"}',
        b'{"stream":"account.orderUpdate"}',
        b'{"stream":"account.orderUpdate","data":null}',
        b'{"stream":"account.balanceUpdate","data":{}}',
        b'{"stream":"depth.NOPE","data":{"e":"depth","s":"NOPE","a":[],"b":[],"U":1,"u":1}}',
        b'{"stream":"kline.1m.SOL_USDC","data":{"e":"kline","s":"SOL_USDC"}}',
        DEPTH.replace(b'"18.70"', b'"NaN"'),
        DEPTH.replace(b'"18.70"', b'"1e999"'),
        DEPTH.replace(b'"18.70"', b'"-1"'),
        DEPTH.replace(b"94978271", b"9" * 40),
        DEPTH.replace(b"1694687965940999", b"9" * 40),
        MARK.replace(b'"18.70"', b'"NaN"'),
        MARK.replace(b'"18.70"', b'"1e99999999"'),
        MARK.replace(b'"18.70"', b'"0"'),
        ORDER_FILL.replace(b'"4299.16"', b'"Infinity"'),
        ORDER_FILL.replace(b'"0.0010"', b'"1e-99999"'),
        ORDER_FILL.replace(b'"Bid"', b'"Middle"'),
        POSITION_OPENED.replace(b'"q":"0.0010"', b'"q":"sNaN"'),
    ],
)
def test_nonsense_is_counted_and_shown(data: bytes) -> None:
    """As a message of either stream; the sample is short."""
    for decoder in (market_decoder(), account_decoder()):
        (event,) = decoder.decode(data, NOW_NS)
        assert isinstance(event, Unrecognised)
        assert len(event.sample) <= 200


@pytest.mark.parametrize("data", [b'{"result":null}', b'{"result":null,"id":1}'])
def test_acknowledgements_say_nothing(data: bytes) -> None:
    assert market_decoder().decode(data, NOW_NS) == []
    assert account_decoder().decode(data, NOW_NS) == []

"""The wire benchmark measures the right thing: two signed orders, and the signature that the usual library makes."""

from benchmarks import lighter_signing, wire
from benchmarks.feed import SYMBOL
from benchmarks.swing import Swing
from mmtui.core.book import Book
from mmtui.exchanges.backpack.decode import MarketDecoder
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import BookDelta, BookSnapshot


def test_a_pair_of_frames_crosses_the_book_and_puts_it_right() -> None:
    swing, decode = Swing(), MarketDecoder([SYMBOL], Redactor()).decode
    book = Book()
    (opening,) = decode(swing.opening, 1)
    assert isinstance(opening, BookDelta)
    book.apply_snapshot(BookSnapshot(wire.SOL.id, 1, opening.bids[::-1], opening.asks, opening.sequence))
    for _ in range(2):
        for frame, usable in zip(swing.pair(), (False, True), strict=True):
            (delta,) = decode(frame, 2)
            assert isinstance(delta, BookDelta)
            assert book.apply_delta(delta)
            assert book.usable is usable


def test_every_sample_is_two_signed_orders() -> None:
    quoting = wire.Quoting()
    for _ in range(3):
        whole_us, signed_us = quoting.timed()
        assert whole_us > signed_us > 0


def test_our_signature_is_the_librarys() -> None:
    ours_us, library_us = wire.Signing().timed()
    assert ours_us > 0
    assert library_us > 0


def test_without_a_peer_the_table_has_our_rows() -> None:
    table = wire.measure(10, None)
    native = [lighter_signing.SIGNED, lighter_signing.BY_SDK, lighter_signing.LAG_SIGNING, lighter_signing.LAG_IDLE]
    names = [wire.QUOTES, wire.BACKPACK_SIGNED, wire.ASTER_SIGNED, wire.BY_LIBRARY, *native]
    assert [row[0] for row in table.rows] == names
    assert all((row[3] is None) is (row[0] != lighter_signing.SIGNED) for row in table.rows)

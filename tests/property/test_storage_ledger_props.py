"""What holds for every row the ledger is given."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.model.units import Side
from mmtui.storage.history import LedgerReader
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import FillRow

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
EXACT = st.decimals(allow_nan=False, allow_infinity=False)
TIME = st.integers(0, 2**63 - 1)

FILLS = st.builds(
    FillRow,
    run_id=TEXT,
    strategy=TEXT,
    venue=st.sampled_from(["aster", "standx"]),
    account=st.sampled_from(["a1", "a2"]),
    symbol=TEXT,
    trade_id=st.integers(0, 5).map(str),
    time_ns=TIME,
    venue_time_ns=st.none() | TIME,
    side=st.sampled_from(Side),
    price=EXACT,
    quantity=EXACT,
    fee_cash=EXACT,
    fee_asset=TEXT,
    maker=st.booleans(),
    client_order_id=st.none() | TEXT,
    order_id=st.none() | TEXT,
    realized_pnl=st.none() | EXACT,
)


def identity(fill: FillRow) -> tuple[str, ...]:
    return (fill.scope, fill.venue, fill.account, fill.symbol, fill.trade_id)


@settings(deadline=None, max_examples=25)
@given(fills=st.lists(FILLS, max_size=20))
def test_the_first_of_each_fill_comes_back_exactly_and_the_rest_is_counted(fills: list[FillRow]) -> None:
    first: dict[tuple[str, ...], FillRow] = {}
    for fill in fills:
        first.setdefault(identity(fill), fill)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        writer = LedgerWriter(path)
        for fill in fills:
            writer.put(fill)
        assert writer.flush(60)
        writer.close()
        assert writer.duplicates == len(fills) - len(first)
        reader = LedgerReader(path)
        found = {identity(fill): fill for fill in reader.fills(limit=100).rows}
        reader.close()
    assert found == first

"""The ledger's tables, version by version. A step that was ever released is never edited; a change is a new step."""

from typing import Final

import msgspec

from mmtui.storage.rows import (
    BalanceRow,
    DailyPnlRow,
    FillRow,
    FundingRow,
    OrderEventRow,
    OrderRow,
    PositionRow,
    RunRow,
)

APPLICATION_ID: Final = 0x6D6D7475  # "mmtu", in the file's header: says that the database is ours

_UTC: Final = "strftime('%Y-%m-%dT%H:%M:%fZ', {0}_ns / 1000000 / 1000.0, 'unixepoch')"


def _utc(name: str) -> str:
    """A column that shows a time in nanoseconds as ISO-8601 text; computed on reading, takes no space."""
    return f"{name}_utc TEXT GENERATED ALWAYS AS ({_UTC.format(name)}) VIRTUAL"


# Keys begin with what tells rows apart: one comparison instead of five on the way down the index.
_STEP_1: Final = (
    f"""CREATE TABLE runs (
        run_id TEXT PRIMARY KEY, started_ns INTEGER NOT NULL, stage TEXT NOT NULL, mmtui_version TEXT NOT NULL,
        configuration TEXT NOT NULL, ended_ns INTEGER, exit_code INTEGER, reason TEXT NOT NULL,
        {_utc("started")}, {_utc("ended")})""",
    f"""CREATE TABLE orders (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, symbol TEXT NOT NULL,
        client_order_id TEXT NOT NULL, order_id TEXT, side TEXT NOT NULL, price TEXT NOT NULL, quantity TEXT NOT NULL,
        filled TEXT NOT NULL, state TEXT NOT NULL, done_reason TEXT, time_in_force TEXT NOT NULL,
        post_only INTEGER NOT NULL, reduce_only INTEGER NOT NULL, reason TEXT NOT NULL,
        created_ns INTEGER NOT NULL, updated_ns INTEGER NOT NULL,
        {_utc("created")}, {_utc("updated")},
        UNIQUE (client_order_id, symbol, account, venue, run_id))""",
    "CREATE INDEX orders_by_time ON orders (updated_ns)",
    f"""CREATE TABLE order_events (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, symbol TEXT NOT NULL,
        client_order_id TEXT NOT NULL, time_ns INTEGER NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL,
        {_utc("time")})""",
    "CREATE INDEX order_events_by_order ON order_events (client_order_id)",
    "CREATE INDEX order_events_by_time ON order_events (time_ns)",
    f"""CREATE TABLE fills (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, scope TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL,
        symbol TEXT NOT NULL, trade_id TEXT NOT NULL, time_ns INTEGER NOT NULL, venue_time_ns INTEGER,
        side TEXT NOT NULL, price TEXT NOT NULL, quantity TEXT NOT NULL, fee_cash TEXT NOT NULL,
        fee_asset TEXT NOT NULL, maker INTEGER NOT NULL, client_order_id TEXT, order_id TEXT, purpose TEXT NOT NULL,
        realized_pnl TEXT,
        {_utc("time")}, {_utc("venue_time")},
        UNIQUE (trade_id, symbol, account, venue, scope))""",
    "CREATE INDEX fills_by_time ON fills (time_ns)",
    f"""CREATE TABLE funding (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, scope TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL,
        symbol TEXT NOT NULL, payment_id TEXT NOT NULL, time_ns INTEGER NOT NULL, amount_cash TEXT NOT NULL, rate TEXT,
        {_utc("time")},
        UNIQUE (payment_id, symbol, account, venue, scope))""",
    f"""CREATE TABLE positions (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, symbol TEXT NOT NULL,
        time_ns INTEGER NOT NULL, quantity TEXT NOT NULL, average_entry TEXT, mark TEXT, realized_pnl TEXT NOT NULL,
        unrealized_pnl TEXT,
        {_utc("time")})""",
    "CREATE INDEX positions_by_time ON positions (time_ns)",
    f"""CREATE TABLE balances (
        run_id TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, asset TEXT NOT NULL, time_ns INTEGER NOT NULL,
        total TEXT NOT NULL, free TEXT NOT NULL,
        {_utc("time")})""",
    "CREATE INDEX balances_by_time ON balances (time_ns)",
    f"""CREATE TABLE pnl_daily (
        run_id TEXT NOT NULL, strategy TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, symbol TEXT NOT NULL,
        day TEXT NOT NULL, fills INTEGER NOT NULL, maker_volume_quote TEXT NOT NULL, taker_volume_quote TEXT NOT NULL,
        realized_pnl TEXT NOT NULL, fees TEXT NOT NULL, funding TEXT NOT NULL, updated_ns INTEGER NOT NULL,
        {_utc("updated")},
        UNIQUE (run_id, strategy, venue, account, symbol, day))""",
    "CREATE INDEX pnl_daily_by_time ON pnl_daily (updated_ns)",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_STEP_1,)
"""Step n (counted from 1) brings a database of version n - 1 to version n."""


class Table(msgspec.Struct, frozen=True):
    """Where rows of one kind live. With a ``key``, a second row of the same key replaces or is ignored."""

    name: str
    time: str
    key: tuple[str, ...] = ()
    replaces: bool = False


_WHERE: Final = ("symbol", "account", "venue")

TABLES: Final[dict[type[msgspec.Struct], Table]] = {
    RunRow: Table("runs", "started_ns", ("run_id",), replaces=True),
    OrderRow: Table("orders", "updated_ns", ("client_order_id", *_WHERE, "run_id"), replaces=True),
    OrderEventRow: Table("order_events", "time_ns"),
    FillRow: Table("fills", "time_ns", ("trade_id", *_WHERE, "scope")),
    FundingRow: Table("funding", "time_ns", ("payment_id", *_WHERE, "scope")),
    PositionRow: Table("positions", "time_ns"),
    BalanceRow: Table("balances", "time_ns"),
    DailyPnlRow: Table(
        "pnl_daily", "updated_ns", ("run_id", "strategy", "venue", "account", "symbol", "day"), replaces=True
    ),
}

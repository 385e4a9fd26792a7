"""What the command line answers to status, balance, params, orders, symbols, diagnose and help: lines of text."""

from collections.abc import Awaitable, Callable
from typing import Final

from mmtui.language import N_
from mmtui.screens.columns import table
from mmtui.screens.numbers import UNKNOWN, age, number, price, quantity, side_mark, signed
from mmtui.screens.terminal import Terminal
from mmtui.screens.words import WORDS, found, near_words, usage_of
from mmtui.views.board import StrategyRow

_MOST_SYMBOLS: Final = 60

STATES: Final = (
    N_("idle"),
    N_("preparing"),
    N_("quoting"),
    N_("paused"),
    N_("stopping"),
    N_("stopped"),
    N_("new"),
    N_("sent"),
    N_("open"),
    N_("amend_sent"),
    N_("cancel_sent"),
    N_("unknown"),
    N_("done"),
    N_("buy"),
    N_("sell"),
    N_("ok"),
    N_("warning"),
    N_("error"),
)
"""Words of the Board that are shown as they are, translated."""


async def status(terminal: Terminal, _text: str) -> list[str]:
    """One line a strategy, its reasons below, the engine's health last."""
    rows = [_status_cells(terminal, row) for row in terminal.board.strategies]
    lines = []
    for row, line in zip(terminal.board.strategies, table(rows), strict=True):
        lines.append(line)
        lines += [f"    {terminal.say(reason)}" for reason in row.why_not]
    health = terminal.board.health
    lines.append(
        terminal.gettext("loop lag p99 {lag} ms, step p99 {step} us, inbox {inbox}").format(
            lag=number(health.loop_lag_p99_ms, 1), step=number(health.step_p99_us, 0), inbox=health.inbox_depth
        )
    )
    return lines


def _status_cells(terminal: Terminal, row: StrategyRow) -> tuple[str, ...]:
    position = f"{signed(row.position, 4)} {row.base_asset}"
    net = f"{signed(row.pnl.net, 2)} {row.quote_asset}"
    return row.name, terminal.gettext(row.phase), row.symbol, position, net, terminal.say(row.reason)


async def balance(terminal: Terminal, _text: str) -> list[str]:
    """One line an asset and account; unknown balances say so."""
    rows: list[tuple[str, ...]] = []
    for account in terminal.board.accounts:
        if account.balances is None:
            rows.append((account.name, terminal.gettext("balances unknown"), "", ""))
            continue
        rows += [
            (
                account.name,
                held.asset,
                number(held.total, 4),
                terminal.gettext("free {free}").format(free=number(held.free, 4)),
            )
            for held in account.balances
        ]
    return table(rows) or [terminal.gettext("no account")]


async def orders(terminal: Terminal, _text: str) -> list[str]:
    """Our open orders, the oldest outcome unknown included."""
    rows = [
        (
            row.name,
            f"{side_mark(order.side)} {terminal.gettext(order.side.value)}",
            price(order.price, row.tick_size),
            quantity(order.quantity, row.lot_size),
            terminal.gettext("filled {filled}").format(filled=quantity(order.filled, row.lot_size)),
            terminal.gettext(order.state),
            age(order.age_ns),
            order.client_order_id,
        )
        for row in terminal.board.strategies
        for order in row.orders
    ]
    return table(rows) or [terminal.gettext("no open orders")]


async def params(terminal: Terminal, _text: str) -> list[str]:
    """Settings of the selected strategy."""
    row = terminal.selected_row
    if row is None:
        return [terminal.gettext("no strategy is configured; add one on the strategies screen")]
    rows = [(name, value or UNKNOWN) for name, value in row.settings.items()]
    return [f"{row.name}  {row.kind}  {row.account}  {row.symbol}", *table(rows)]


async def symbols(terminal: Terminal, text: str) -> list[str]:
    """What can be traded on an account; the selected strategy's account without a name."""
    row = terminal.selected_row
    names = [account.name for account in terminal.board.accounts]
    account = text.strip() or (row.account if row is not None else next(iter(names), ""))
    if account not in names:
        return [
            terminal.gettext("no account {name}; there are: {names}").format(
                name=account, names=", ".join(names) or UNKNOWN
            )
        ]
    known = terminal.queries.symbols(account)
    more = [f"… {len(known) - _MOST_SYMBOLS}"] if len(known) > _MOST_SYMBOLS else []
    return [f"{account}:", *known[:_MOST_SYMBOLS], *more]


async def diagnose(terminal: Terminal, _text: str) -> list[str]:
    """The engine's findings, with remedies."""
    findings = await terminal.queries.diagnose()
    marks = {"ok": "✓", "warning": "!", "error": "✗"}
    rows = [
        (
            f"{marks.get(row.state, '?')} {terminal.gettext(row.state)}",
            row.subject,
            terminal.say(row.text) + (f" → {terminal.say(row.remedy)}" if row.remedy else ""),
        )
        for row in findings
    ]
    return table(rows) or [terminal.gettext("nothing was found")]


async def help_words(terminal: Terminal, text: str) -> list[str]:
    """All words, or how one is used."""
    word = text.strip().lower()
    if word:
        row = found(word)
        if row is None:
            return [unknown_word(terminal, word)]
        return [usage_of(word), terminal.gettext(row.tooltip)]
    return table([(usage, terminal.gettext(row.tooltip)) for row, usage in WORDS.values()])


ANSWERS: Final[dict[str, Callable[[Terminal, str], Awaitable[list[str]]]]] = {
    "status": status,
    "balance": balance,
    "orders": orders,
    "params": params,
    "symbols": symbols,
    "diagnose": diagnose,
    "help": help_words,
}
"""Who answers which action."""


def unknown_word(terminal: Terminal, word: str) -> str:
    """What is said to a word that is none, with the nearest ones."""
    near = near_words(word)
    if near:
        return terminal.gettext("no word {word}; did you mean {near}?").format(word=word, near=", ".join(near))
    return terminal.gettext("no word {word}; 'help' lists them").format(word=word)

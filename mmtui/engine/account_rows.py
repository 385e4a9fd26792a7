"""The Board's rows of accounts: balances, limits and how much of them is used, streams, which secrets are set."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from mmtui.config import Account, Config, LoadedConfig
from mmtui.core.state import Phase, State
from mmtui.model.units import ZERO
from mmtui.ports.errors import SecretsError
from mmtui.views.board import AccountRow, BalanceRow, LimitRow

Left = Callable[[str], tuple[Decimal, Decimal]]
"""account -> (net, net of today) of its runs that are over and forgotten."""


def account_rows(
    config: Config,
    states: Sequence[State],
    secrets: Mapping[str, dict[str, bool]],
    left: Left,
    now_ns: int,
    absent: Collection[str] = (),
) -> tuple[AccountRow, ...]:
    """One row per configured account; the connection of those that are ``absent`` counts as a stream that is down."""
    rows = []
    for name, account in config.accounts.items():
        own = [state for state in states if state.account == name]
        rows.append(
            AccountRow(
                name=name,
                venue=account.venue,
                balances=_balances(own),
                limits=_limits(name, config, own, left(name)[1], now_ns),
                streams={"connection": "down"} if name in absent else _streams(own),
                secrets_set=secrets[name],
                dead_mans_switch_s=None,
                foreign_orders=sum(len(state.orders.foreign) for state in own),
            )
        )
    return tuple(rows)


def secrets_set(loaded: LoadedConfig, config: Config) -> dict[str, dict[str, bool]]:
    """Per account, which of its credentials can be had. Asks keyrings and files: not for every picture."""
    return {
        name: {field: _is_set(account, field, loaded) for way in account.credentials for field in way}
        for name, account in config.accounts.items()
    }


def day_net(state: State, now_ns: int) -> Decimal | None:
    """Net of a run since 00:00 UTC; a run that ended on an earlier day has none today."""
    if state.phase is Phase.STOPPED and now_ns >= state.pnl.day_ends_ns:
        return ZERO
    net = state.pnl.net(state.reference)
    return None if net is None else net - state.pnl.day_baseline


def total(parts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, unknown where a part is."""
    result = ZERO
    for part in parts:
        if part is None:
            return None
        result += part
    return result


def _balances(states: list[State]) -> tuple[BalanceRow, ...] | None:
    """The newest balances any worker of the account was told; None while unknown."""
    known = [state.holdings for state in states if state.holdings.asked_ns is not None]
    if not known:
        return None
    newest = max(known, key=lambda holdings: holdings.asked_ns or 0)
    return tuple(BalanceRow(asset, row.total, row.free) for asset, row in newest.assets.items())


def _limits(name: str, config: Config, states: list[State], left_today: Decimal, now_ns: int) -> tuple[LimitRow, ...]:
    """Limits with what is used of them, measured as the engine's own watch does it."""
    risk = config.risk_for(name)
    running = [state for state in states if state.phase is not Phase.STOPPED]
    open_orders = Decimal(sum(len(state.orders.live) for state in running))
    day = total([left_today, *(day_net(state, now_ns) for state in states)])
    return (
        LimitRow("max_order_notional", risk.max_order_notional, None),
        LimitRow("max_position_notional", risk.max_position_notional, _largest([_worth(state) for state in running])),
        LimitRow("max_open_orders", Decimal(risk.max_open_orders), open_orders),
        LimitRow("max_daily_loss", risk.max_daily_loss, None if day is None else max(-day, ZERO)),
        LimitRow("max_drawdown", risk.max_drawdown, _largest([_drawdown(state) for state in running])),
    )


def _worth(state: State) -> Decimal | None:
    position, mark = state.position, state.reference
    if position is None or (position and mark is None):
        return None
    return ZERO if mark is None else abs(position) * mark * state.instrument.multiplier


def _drawdown(state: State) -> Decimal | None:
    """How far the account stands below its peak, as this run has seen it."""
    net = state.pnl.net(state.reference)
    if net is None:
        return None
    others = ZERO if state.totals is None else state.totals.other_net_pnl
    return max(state.account_peak - net - others, ZERO)


def _largest(parts: list[Decimal | None]) -> Decimal | None:
    return None if None in parts else max((part for part in parts if part is not None), default=ZERO)


def _streams(states: list[State]) -> dict[str, str]:
    """Health of the account's streams as its workers see it."""
    if not states:
        return {}
    public = all(state.public_up for state in states)
    private = all(state.private_up for state in states)
    return {"market": "up" if public else "down", "account": "up" if private else "down"}


def _is_set(account: Account, field: str, loaded: LoadedConfig) -> bool:
    """Whether a credential can be had; never what it is."""
    reference = getattr(account, field, None)
    if not isinstance(reference, str):
        return reference is not None
    if not reference.startswith(("env:", "file:", "keyring:")):
        return True
    try:
        loaded.secret(reference)
    except SecretsError:
        return False
    return True

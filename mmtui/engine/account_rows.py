"""The Board's rows of accounts: balances, limits and how much of them is used, streams, which secrets are set."""

from collections.abc import Mapping
from decimal import Decimal

from mmtui.config import Account, Config, LoadedConfig
from mmtui.core.state import Phase, State
from mmtui.model.units import ZERO
from mmtui.ports.errors import SecretsError
from mmtui.views.board import AccountRow, BalanceRow, LimitRow


def account_rows(loaded: LoadedConfig, config: Config, states: Mapping[str, State]) -> tuple[AccountRow, ...]:
    """One row per configured account."""
    return tuple(
        _row(name, account, loaded, config, [state for state in states.values() if state.account == name])
        for name, account in config.accounts.items()
    )


def _row(name: str, account: Account, loaded: LoadedConfig, config: Config, states: list[State]) -> AccountRow:
    return AccountRow(
        name=name,
        venue=account.venue,
        balances=_balances(states),
        limits=_limits(name, config, states),
        streams=_streams(states),
        secrets_set={field: _is_set(account, field, loaded) for way in account.credentials for field in way},
        dead_mans_switch_s=None,
        foreign_orders=sum(len(state.orders.foreign) for state in states),
    )


def _balances(states: list[State]) -> tuple[BalanceRow, ...] | None:
    """The newest balances any worker of the account was told; None while unknown."""
    known = [state.holdings for state in states if state.holdings.asked_ns is not None]
    if not known:
        return None
    newest = max(known, key=lambda holdings: holdings.asked_ns or 0)
    return tuple(BalanceRow(asset, row.total, row.free) for asset, row in newest.assets.items())


def _limits(name: str, config: Config, states: list[State]) -> tuple[LimitRow, ...]:
    risk = config.risk_for(name)
    running = [state for state in states if state.phase is not Phase.STOPPED]
    open_orders = Decimal(sum(len(state.orders.live) for state in running))
    worths = [_worth(state) for state in running]
    days = [_day_loss(state) for state in states]
    return (
        LimitRow("max_order_notional", risk.max_order_notional, None),
        LimitRow("max_position_notional", risk.max_position_notional, _largest(worths)),
        LimitRow("max_open_orders", Decimal(risk.max_open_orders), open_orders),
        LimitRow("max_daily_loss", risk.max_daily_loss, _total(days)),
        LimitRow("max_drawdown", risk.max_drawdown, _total([_drawdown(state) for state in states])),
    )


def _worth(state: State) -> Decimal | None:
    position, mark = state.position, state.reference
    if position is None or (position and mark is None):
        return None
    return ZERO if mark is None else abs(position) * mark * state.instrument.multiplier


def _day_loss(state: State) -> Decimal | None:
    net = state.pnl.net(state.reference)
    return None if net is None else max(-(net - state.pnl.day_baseline), ZERO)


def _drawdown(state: State) -> Decimal | None:
    net = state.pnl.net(state.reference)
    return None if net is None else max(state.pnl.peak_net - net, ZERO)


def _largest(parts: list[Decimal | None]) -> Decimal | None:
    return None if None in parts else max((part for part in parts if part is not None), default=ZERO)


def _total(parts: list[Decimal | None]) -> Decimal | None:
    return None if None in parts else sum((part for part in parts if part is not None), ZERO)


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

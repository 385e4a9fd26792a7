"""What the configuration says of a strategy and its account, in the core's terms."""

from mmtui.config import RiskConfig, StrategyConfig
from mmtui.core.risk import Limits
from mmtui.core.state import OrdersPolicy, Policy, PositionPolicy
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.strategies import kind as find_kind


def limits_of(risk: RiskConfig) -> Limits:
    """The risk gate's limits of one account."""
    return Limits(
        max_order_notional=risk.max_order_notional,
        max_position_notional=risk.max_position_notional,
        max_open_orders=risk.max_open_orders,
        max_daily_loss=risk.max_daily_loss,
        max_drawdown=risk.max_drawdown,
        price_band_pct=risk.price_band_pct,
        stale_after_ns=risk.stale_after_ms * NS_PER_MS,
    )


def policy_of(strategy: StrategyConfig) -> Policy:
    """How one strategy starts and stops."""
    return Policy(
        on_start_orders=OrdersPolicy(strategy.on_start_orders),
        on_start_position=PositionPolicy(strategy.on_start_position),
        on_stop_orders=OrdersPolicy(strategy.on_stop_orders),
        on_stop_position=PositionPolicy(strategy.on_stop_position),
        duration_ns=0 if strategy.duration is None else int(strategy.duration * NS_PER_S),
        snapshot_depth=find_kind(strategy.kind).depth,
    )

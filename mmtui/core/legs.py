"""One strategy over several (account, instrument) pairs: a complete state per leg, one memory, one decision for all."""

from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct

from mmtui.core.apply_operator import begin_stop
from mmtui.core.lifecycle import waits_for
from mmtui.core.state import Phase, State
from mmtui.model.events import Event
from mmtui.model.orders import OrderState, TimeInForce
from mmtui.model.quotes import LegsDecision, LegsSnapshot, Quotes
from mmtui.model.units import ZERO


class LegsState(Struct, kw_only=True):
    """One running strategy over several legs, in the order of the configuration.

    ``references`` are the positions at which the legs count as balanced, as the last decision named them (empty: none
    yet). ``halted`` names the exposure that the strategy could not get rid of, ``unhedged_ns`` is since when the legs
    have been out of balance (0: they are not). ``quotes`` are those of all legs.
    """

    strategy: str
    kind: str
    settings: Any
    memory: Any
    legs: list[State]
    now_ns: int = 0
    wake_ns: int = 0
    decision_wake_ns: int = 0
    pending_settings: bytes | None = None
    references: tuple[Decimal, ...] = ()
    halted: str = ""
    unhedged_ns: int = 0
    quotes: Quotes = Quotes(reason="not started")

    @property
    def stopped(self) -> bool:
        """True once every leg has ended."""
        return all(leg.phase is Phase.STOPPED for leg in self.legs)


class LegsKind(Protocol):
    """What the step needs of a strategy over several legs."""

    @property
    def settings_type(self) -> type[Any]:
        """The Struct type of its settings."""
        ...

    def decide(self, settings: Any, snapshot: LegsSnapshot, memory: Any) -> LegsDecision[Any]:  # noqa: ANN401 - each kind has its own types
        """The strategy's answer to the pictures of its legs."""
        ...


def concerns(leg: State, event: Event) -> bool:
    """Whether an event is about this leg: its account, its book, or everything."""
    account = getattr(event, "account", None)
    if account and account != leg.account:
        return False
    instrument = getattr(event, "instrument", None)
    return instrument is None or bool(instrument == leg.instrument.id)


def is_busy(leg: State) -> bool:
    """True while an outcome or a fill is owed on a leg, so that its position is not proven.

    A quote that is being placed, moved or cancelled is none of that: what it fills is booked when it fills.
    """
    if leg.fills_owed or leg.fills_needed or leg.list_fills_since_ns or leg.catching_up or not leg.private_up:
        return True
    return any(
        order.state is OrderState.UNKNOWN or order.time_in_force is not TimeInForce.GTC
        for order in leg.orders.live.values()
    )


def imbalance(legs: list[State], references: tuple[Decimal, ...]) -> Decimal | None:
    """Net exposure in base units: what the legs hold together beyond their references; None while one is unknown."""
    net = ZERO
    for leg, reference in zip(legs, references, strict=True):
        if leg.position is None:
            return None
        net += (leg.position - reference) * leg.instrument.multiplier
    return net


def stop_together(desk: LegsState) -> None:
    """A leg that stops takes the others with it, and no leg ends before all have done what a stop must do."""
    stop = next((leg.stop for leg in desk.legs if leg.stop is not None), None)
    if stop is None:
        return
    for leg in desk.legs:
        if leg.stop is None:
            begin_stop(leg, stop.reason, risk_stop=stop.risk_stop)
            leg.watch_due_ns = 0
    _aim_for_balance(desk)
    for leg in desk.legs:
        leg.other_leg_waits = False
    waiting = [bool(waits_for(leg)) and leg.phase is Phase.STOPPING for leg in desk.legs]
    for index, leg in enumerate(desk.legs):
        leg.other_leg_waits = any(waits for other, waits in enumerate(waiting) if other != index)


def _aim_for_balance(desk: LegsState) -> None:
    """Say which leg is reduced, and to what, so that no leg is left without its other side.

    Only ever a reduction: the leg that carries the excess is brought down by it. A leg that would have to grow is left.
    """
    for leg in desk.legs:
        leg.stop_target = None
    if desk.halted or not desk.references or any(is_busy(leg) or leg.orders.live for leg in desk.legs):
        return
    net = imbalance(desk.legs, desk.references)
    if not net:
        return
    for leg in sorted(desk.legs, key=lambda leg: abs(leg.position or ZERO), reverse=True):
        held = leg.position or ZERO
        change = net / leg.instrument.multiplier
        if leg.phase is not Phase.STOPPED and held * change > ZERO and abs(change) <= abs(held):
            leg.stop_target = held - change
            return

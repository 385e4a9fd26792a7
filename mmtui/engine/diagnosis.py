"""What a person would check by hand when something looks wrong."""

from collections.abc import Iterable, Mapping, Sequence

from mmtui.core.state import Phase, State
from mmtui.model.orders import OrderState
from mmtui.model.units import decimal_text
from mmtui.views.board import HealthRow, MarketRow
from mmtui.views.queries import Finding

LAG_LIMIT_MS = 25.0


def diagnose(
    states: Iterable[State], health: HealthRow, markets: Sequence[MarketRow], broken: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Findings, the good ones too. ``broken`` says by account what ended its connection for good."""
    findings = [_loop(health)]
    findings += [
        Finding("error", account, f"the connection has failed: {cause}", "quit and start mmtui again")
        for account, cause in broken.items()
    ]
    findings += [_market(row) for row in markets]
    for state in states:
        if state.phase is not Phase.STOPPED:
            findings += _strategy(state)
    return tuple(findings)


def _loop(health: HealthRow) -> Finding:
    lag = f"loop lag p99 {health.loop_lag_p99_ms:.1f} ms, step p99 {health.step_p99_us:.0f} us"
    if health.loop_lag_p99_ms > LAG_LIMIT_MS:
        return Finding("warning", "engine", lag, "close other programs; the terminal halves its frame rate by itself")
    return Finding("ok", "engine", lag, "")


def _market(row: MarketRow) -> Finding:
    if row.stream == "up" and row.bids and row.asks:
        return Finding("ok", row.symbol, "market data is up", "")
    return Finding(
        "warning", row.symbol, f"market data: {row.stream}", "it reconnects by itself; quotes are off meanwhile"
    )


def _strategy(state: State) -> list[Finding]:
    name = state.strategy
    findings = []
    if not state.private_up:
        findings.append(Finding("error", name, "the account stream is down", "no new orders until it is back"))
    if state.position is None:
        findings.append(Finding("error", name, "the position is unknown", "nothing is quoted until the venue answers"))
    unknown = [order for order in state.orders.live.values() if order.state is OrderState.UNKNOWN]
    if unknown:
        ids = ", ".join(order.client_order_id for order in unknown)
        findings.append(Finding("error", name, f"orders of unknown outcome: {ids}", "they are being asked for"))
    if state.orders.foreign:
        text = f"{len(state.orders.foreign)} orders on this symbol are not ours"
        findings.append(Finding("warning", name, text, "cancel all removes them too, if that is wanted"))
    if state.why_not:
        findings.append(Finding("warning", name, "; ".join(state.why_not), ""))
    if state.journal_failed:
        findings.append(Finding("error", name, "the journal cannot be written", "free the disk and start again"))
    if not state.pnl.fees.complete:
        assets = ", ".join(state.pnl.fees.unpriced)
        findings.append(Finding("warning", name, f"fees in {assets} have no known worth", "they are not in the net"))
    if not findings:
        position = "" if state.position is None else f", position {decimal_text(state.position)}"
        findings.append(Finding("ok", name, f"{state.phase.value}: {state.quotes.reason}{position}", ""))
    return findings

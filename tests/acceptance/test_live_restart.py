"""A live run that is killed on the spot, and the next one: orders known again, fills of the gap in the ledger once."""

import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import ALL_VENUES, PERPS, VENUES, ledger_agrees, the_strategy, trading
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

ROUNDING = {"aster": Decimal("0.0000005")}
"""Aster tells the entry price of what was held at the start with eight digits, so its wallet moves by a little less."""


def killed_while_quoting(home: Path, venue: SandboxProcess) -> Any:  # noqa: ANN401 - JSON
    """Trade until something was filled, die, and be filled once more; what the venue shows between the two."""
    run = trading(home, venue)
    run.wait_for("fill")
    run.wait_for("order_open")
    run.send(signal.SIGKILL)
    run.end()
    left = venue.account()
    side = "sell" if left["open_orders"][0]["side"] == "buy" else "buy"
    venue.market(PERPS[venue.line["venue"]], trade={"side": side, "quantity": "1000"})
    return left


@pytest.mark.parametrize(
    "name", [VENUES[0], *(pytest.param(name, marks=pytest.mark.acceptance) for name in ALL_VENUES[1:])]
)
def test_a_killed_run_is_taken_up_by_the_next(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        left = killed_while_quoting(tmp_path, venue)
        gap = {row["trade_id"] for row in venue.account()["fills"]} - {row["trade_id"] for row in left["fills"]}
        assert gap, "nobody heard of this fill"
        rests = venue.account()["open_orders"]
        ended = trading(tmp_path, venue, "--duration", "5").end()
        truth = venue.account()
    strategy = the_strategy(ended)
    assert (ended.code, strategy["open_orders_left"]) == (0, 0), ended.err[-2000:]
    assert abs(Decimal(ended.summary["residual"])) <= ROUNDING.get(name, Decimal(0)), ended.err[-2000:]
    assert truth["open_orders"] == []
    adopted = [line["client_order_id"] for line in ended.lines if line["event"] == "order_adopted"]
    earlier = [line for line in ended.lines if line["event"] == "earlier_fill"]
    filled_meanwhile = {row["order_id"] for row in rests} & {line["order_id"] for line in earlier}
    assert len(rests) <= len(adopted) + len(filled_meanwhile), (rests, adopted, earlier)
    assert gap <= {line["trade_id"] for line in earlier}
    assert strategy["fills"] == len([line for line in ended.lines if line["event"] == "fill"])
    held = [Decimal(row["quantity"]) for row in truth["positions"].values()]
    assert sum(held, Decimal(0)) == Decimal(strategy["position"])
    ledger_agrees(tmp_path, truth)

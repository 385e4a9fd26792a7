"""``mmtui sandbox`` as a process: first line, options, ends, and the control endpoints."""

import json
import signal
import socket
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.sandbox.backpack_client import BackpackClient
from tests.sandbox.sandbox_process import PATIENCE_S, SandboxProcess, sandbox, start


def ended(*options: str) -> tuple[int, str, str]:
    process = start(*options)
    out, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, errors


def test_the_first_line_is_the_contracts(backpack: SandboxProcess) -> None:
    line = backpack.line
    assert list(line) == ["event", "venue", "rest", "ws", "accounts", "symbols"]
    assert (line["event"], line["venue"]) == ("listening", "backpack")
    assert line["rest"].startswith("http://127.0.0.1:")
    assert line["ws"] == line["rest"].replace("http", "ws") + "/"
    assert [list(row) for row in line["accounts"]] == [["name", "key", "secret"]] * 2
    assert [row["name"] for row in line["accounts"]] == ["a", "b"]
    for account in backpack.state()["accounts"].values():
        assert account["balances"]["USDC"] == {"total": "100000", "free": "100000"}
        assert (account["positions"], account["open_orders"], account["fills"]) == ({}, [], [])


def test_it_listens_on_loopback_only(backpack: SandboxProcess) -> None:
    port = int(backpack.rest.rpartition(":")[2])
    for address in {row[4][0] for row in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
        if not str(address).startswith("127."):
            with pytest.raises(OSError, match="refused"), socket.create_connection((str(address), port), 5):
                pass


def test_symbols_and_balance_can_be_chosen() -> None:
    with sandbox("backpack", "--symbols", "BTC_USDC_PERP,SOL_USDC", "--balance", "5000.5", "--seed", "4") as process:
        assert process.line["symbols"] == ["BTC_USDC_PERP", "SOL_USDC"]
        assert process.account("b")["balances"]["USDC"]["total"] == "5000.5"
        assert set(process.state()["books"]) == {"BTC_USDC_PERP", "SOL_USDC"}
        again = process.line["accounts"]
    with sandbox("backpack", "--seed", "4") as process:
        assert process.line["accounts"] == again


def test_faults_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"on": "/api/v1/time", "do": "rate_limit"}]', encoding="utf-8")
    with sandbox("backpack", "--faults", str(path)) as process:
        client = BackpackClient(process)
        assert [client.public("/api/v1/time").status_code for _ in range(2)] == [429, 200]
        client.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("kraken",), "no sandbox for this venue"),
        (("backpack", "--symbols", "DOGE_USDC"), "--symbols: DOGE_USDC: not here; there are SOL_USDC"),
        (("backpack", "--balance", "much"), "--balance: must be a number"),
        (("backpack", "--balance", "-1"), "--balance: must be a number"),
        (("backpack", "--faults", "missing.json"), "missing.json: No such file"),
        (("backpack", "--port", "70000"), "--port"),
        (("backpack", "--seed", "x"), "--seed"),
        (("backpack", "--data", "nowhere"), "named like its dataset"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_code_2(options: tuple[str, ...], told: str) -> None:
    code, out, errors = ended(*options)
    assert (code, out) == (2, "")
    assert told in errors
    assert len(errors.splitlines()) == 1


def test_a_port_that_is_taken_is_named(backpack: SandboxProcess) -> None:
    port = backpack.rest.rpartition(":")[2]
    code, _, errors = ended("backpack", "--port", port)
    assert code == 2
    assert "--port 0 picks a free one" in errors


def test_interrupt_ends_it_too() -> None:
    process = start("backpack", "--port", "0")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "listening"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, errors) == (0, "", "")


# ----------------------------------------------------------------------------------------------------------- control


def test_the_mid_moves_and_the_crowd_trades(backpack: SandboxProcess) -> None:
    book = backpack.market("SOL_USDC_PERP", mid="160")
    assert abs(Decimal(book["bids"][0][0]) - 160) < Decimal("0.5")
    before = len(backpack.state()["books"]["SOL_USDC_PERP"]["bids"])
    assert before > 3
    client = BackpackClient(backpack)
    placed = client.place("SOL_USDC_PERP", "Bid", "1", str(Decimal(book["bids"][0][0]) - Decimal("0.1")))
    while client.call("GET", "/api/v1/order", {"symbol": "SOL_USDC_PERP", "orderId": placed["id"]}).status_code == 200:
        backpack.market("SOL_USDC_PERP", trade={"side": "sell", "quantity": "2000"})
    fills = [row for row in backpack.account()["fills"] if row["order_id"] == placed["id"]]
    assert sum(Decimal(row["quantity"]) for row in fills) == 1
    assert {(row["side"], row["maker"], row["fee_asset"]) for row in fills} == {("buy", True, "USDC")}
    assert all(Decimal(row["fee"]) < 0 for row in fills)
    client.close()


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("market", {"symbol": "DOGE", "mid": "1"}, "is none of"),
        ("market", {"symbol": "SOL_USDC"}, "nothing to do"),
        ("market", {"symbol": "SOL_USDC", "mid": "-1"}, "above 0"),
        ("market", {"symbol": "SOL_USDC", "trade": {"side": "up", "quantity": "1"}}, "up"),
        ("clock", {"advance_s": -1}, "backwards"),
        ("clock", {}, "advance_s"),
        ("faults", [{"on": "place", "do": "explode"}], "do is one of"),
    ],
)
def test_control_names_what_is_wrong(backpack: SandboxProcess, path: str, body: object, told: str) -> None:
    answer = httpx.post(f"{backpack.rest}/_sandbox/{path}", json=body, trust_env=False)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_the_clock_moves_on_and_old_signatures_expire(backpack: SandboxProcess) -> None:
    client = BackpackClient(backpack)
    before = int(client.public("/api/v1/time").text)
    now_ms = backpack.advance(30)
    assert 30_000 <= now_ms - before < 60_000
    assert client.refusal("GET", "/api/v1/capital")[2] == "Request has expired"
    client.skew_ms = 30_000
    assert client.answer("GET", "/api/v1/capital")
    client.close()


def test_requests_are_counted(backpack: SandboxProcess) -> None:
    before = backpack.state()["requests"].get("GET /api/v1/ping", 0)
    for _ in range(3):
        httpx.get(f"{backpack.rest}/api/v1/ping", trust_env=False)
    assert backpack.state()["requests"]["GET /api/v1/ping"] == before + 3


def test_a_restart_keeps_the_books() -> None:
    with sandbox("backpack") as process:
        client = BackpackClient(process)
        price = str(Decimal(process.state()["books"]["SOL_USDC"]["bids"][0][0]) - 5)
        placed = client.place("SOL_USDC", "Bid", "1", price)
        process.ask("POST", "restart", {"down_s": 0.2})
        down = False
        while not down:
            try:
                client.public("/api/v1/ping")
            except httpx.TransportError:
                down = True
        while down:
            try:
                down = client.public("/api/v1/ping").status_code != 200
            except httpx.TransportError:
                continue
        assert client.answer("GET", "/api/v1/order", {"symbol": "SOL_USDC", "orderId": placed["id"]}) == placed
        client.close()


def test_too_many_requests_are_refused_in_the_venues_words() -> None:
    with sandbox("backpack") as process:
        client = BackpackClient(process)
        codes = [
            client.public("/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=0).status_code
            for _ in range(31)
        ]
        assert codes == [200] * 30 + [429]
        process.advance(60)
        answer = client.public("/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=0)
        assert answer.status_code == 200
        client.close()


def test_the_command_explains_itself() -> None:
    code, out, _ = ended("--help")
    assert code == 0
    assert all(name in out for name in ("--port", "--seed", "--data", "--faults", "--symbols", "--balance", "--tier"))

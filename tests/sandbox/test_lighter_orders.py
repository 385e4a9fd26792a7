"""What becomes of orders on the local Lighter."""

from decimal import Decimal

import pytest

from tests.sandbox.lighter_client import (
    ABORT,
    IOC,
    LOT,
    MARKET,
    POST_ONLY,
    SCHEDULED,
    SOL,
    SYMBOL,
    TICK,
    LighterClient,
    altered,
    fresh_number,
)

MINUTE_MS = 60_000


def test_a_resting_order_as_it_is_told(trader: LighterClient) -> None:
    number, price = fresh_number(), trader.away("sell")
    tx = trader.create("sell", 1_500, price, POST_ONLY, number=number)
    answer = trader.accepted(tx)
    assert (len(answer["tx_hash"]), answer["volume_quota_remaining"] < 20_000) == (80, True)
    [row] = trader.answer("accountActiveOrders", market_id=SOL)["orders"]
    assert row == trader.order(number)
    assert row["order_index"] >= 2**48
    assert (row["client_order_index"], row["client_order_id"]) == (number, str(number))
    assert (row["price"], row["base_price"]) == (str(price * TICK), price)
    assert (row["initial_base_amount"], row["remaining_base_amount"], row["base_size"]) == ("1.500", "1.500", 1_500)
    assert (row["is_ask"], row["type"], row["time_in_force"], row["status"]) == (True, "limit", "post-only", "open")
    assert (row["nonce"], row["owner_account_index"]) == (trader.nonce - 1, trader.owner)
    assert trader.answer("accountActiveOrders", market_id=0)["orders"] == []


@pytest.mark.parametrize("by_server_index", [False, True])
def test_cancel_by_either_index(trader: LighterClient, *, by_server_index: bool) -> None:
    number = trader.rest()
    index = trader.order(number)["order_index"] if by_server_index else number
    assert trader.refused(trader.cancel(index, market=0)) == 21600
    left = trader.accepted(trader.cancel(index))["volume_quota_remaining"]
    assert trader.order(number)["status"] == "canceled"
    assert trader.refused(trader.cancel(index)) == 21600
    rows = trader.answer("accountInactiveOrders", limit=100)["orders"]
    assert number in [row["client_order_index"] for row in rows]
    after = trader.accepted(trader.cancel_all())["volume_quota_remaining"]
    assert after == left  # cancels are free


def test_a_strangers_order_is_not_found(trader: LighterClient, neighbour: LighterClient) -> None:
    number = trader.rest()
    assert neighbour.refused(neighbour.cancel(number)) == 21600
    assert neighbour.refused(neighbour.cancel(trader.order(number)["order_index"])) == 21600


def test_post_only_that_crosses_ends_after_it_was_accepted(trader: LighterClient) -> None:
    number = fresh_number()
    trader.accepted(trader.create("buy", 1_000, trader.away("sell", 50), POST_ONLY, number=number))
    row = trader.order(number)
    assert (row["status"], row["filled_base_amount"], row["time_in_force"]) == (
        "canceled-post-only",
        "0.000",
        "post-only",
    )
    assert trader.open_numbers() == []


def test_ioc_and_market_orders_trade_and_never_rest(trader: LighterClient) -> None:
    bought, behind, sold = fresh_number(), fresh_number(), fresh_number()
    trader.accepted(trader.create("buy", 2_000, trader.away("sell", 3_000), IOC, number=bought))
    assert (trader.order(bought)["status"], trader.position()) == ("filled", Decimal(2))
    trader.accepted(trader.create("buy", 2_000, trader.away(), IOC, number=behind))
    assert trader.order(behind)["status"] == "canceled-not-enough-liquidity"
    trader.accepted(trader.create("sell", 2_000, trader.away("sell", -5_000), IOC, kind=MARKET, number=sold))
    row = trader.order(sold)
    assert (row["status"], row["type"], row["time_in_force"]) == ("filled", "market", "immediate-or-cancel")
    assert (trader.position(), trader.open_numbers()) == (Decimal(0), [])
    trades = trader.answer("trades", limit=100, sort_by="timestamp", order_index=row["order_index"])["trades"]
    assert sum(Decimal(trade["size"]) for trade in trades) == 2
    assert {(trade["ask_client_id"], trade["ask_account_id"], trade["taker_fee"]) for trade in trades} == {
        (sold, trader.owner, 280)
    }
    truth = {fill["trade_id"] for fill in trader.sandbox.account()["fills"]}
    assert {str(trade["trade_id"]) for trade in trades} <= truth


def test_reduce_only(trader: LighterClient) -> None:
    flat, half, more = fresh_number(), fresh_number(), fresh_number()
    trader.accepted(trader.create("sell", 1_000, trader.away("sell"), number=flat, reduce_only=1))
    assert trader.order(flat)["status"] == "canceled-reduce-only"
    trader.accepted(trader.create("buy", 1_000, trader.away("sell", 3_000), IOC))
    trader.accepted(trader.create("sell", 400, trader.away("buy", 3_000), IOC, number=half, reduce_only=1))
    assert (trader.order(half)["status"], trader.position()) == ("filled", Decimal("0.6"))
    trader.accepted(trader.create("buy", 400, trader.away("sell", 3_000), IOC, number=more, reduce_only=1))
    assert (trader.order(more)["status"], trader.position()) == ("canceled-reduce-only", Decimal("0.6"))


def test_minimums_are_for_makers_only(trader: LighterClient) -> None:
    assert trader.refused(trader.create("buy", 99, trader.away())) == 21706  # base
    eth = trader.create("buy", 49, 3_000_00, market=0)
    assert trader.refused(eth) == 21706
    trader.accepted(trader.create("buy", 1, trader.away("sell", 3_000), IOC))
    assert trader.position() == LOT


def test_the_margin_of_a_maker_is_known_at_the_door(trader: LighterClient) -> None:
    huge = fresh_number()
    assert trader.refused(trader.create("buy", 10**9, trader.away(), number=huge)) == 21739
    trader.accepted(trader.create("buy", 10**9, trader.away("sell", 3_000), IOC, number=huge))
    assert trader.order(huge)["status"] == "canceled-margin-not-allowed"


def test_a_client_index_may_come_again_when_its_order_is_gone(trader: LighterClient) -> None:
    number = trader.rest()
    again = trader.create("buy", 1_000, trader.away(), number=number)
    assert trader.refused(again) == 21728
    trader.accepted(trader.cancel(number))
    trader.accepted(trader.create("buy", 1_000, trader.away(), number=number))
    assert trader.open_numbers() == [number]


def test_modify_keeps_the_indexes(trader: LighterClient) -> None:
    number = trader.rest()
    before, price = trader.order(number), trader.away("buy", 700)
    trader.accepted(trader.modify(number, 2_000, price))
    after = trader.order(number)
    assert (after["order_index"], after["status"]) == (before["order_index"], "open")
    assert (after["base_price"], after["initial_base_amount"]) == (price, "2.000")
    trader.accepted(trader.modify(after["order_index"], 1_200, price))
    assert trader.order(number)["remaining_base_amount"] == "1.200"
    assert trader.refused(trader.modify(number, 50, price)) == 21706
    assert trader.refused(altered(trader.modify(number, 1_000, price), BaseAmount=0)) == 21701


def test_modify_of_a_post_only_order_into_the_book_ends_it(trader: LighterClient) -> None:
    number = fresh_number()
    trader.accepted(trader.create("buy", 1_000, trader.away(), POST_ONLY, number=number))
    trader.accepted(trader.modify(number, 1_000, trader.away("sell", 50)))
    assert trader.order(number)["status"] == "canceled-post-only"


def test_own_taker_ends_own_maker(trader: LighterClient) -> None:
    number = trader.rest("sell", ticks=-1)  # the best ask is ours
    trader.accepted(trader.create("buy", 500, trader.away("sell", 0), IOC))
    assert trader.order(number)["status"] == "canceled-self-trade"


def test_cancel_all_of_one_market_and_of_all(trader: LighterClient) -> None:
    sol, mid = trader.rest(), trader.sandbox.state()["books"]["ETH"]["bids"][0][0]
    eth = fresh_number()
    trader.accepted(trader.create("buy", 1_000, int(Decimal(mid) * 100) - 500, market=0, number=eth))
    trader.accepted(trader.cancel_all(market=0))
    assert trader.open_numbers() == [sol]
    trader.rest()
    trader.accepted(trader.cancel_all())
    assert trader.open_numbers() == []


def test_a_planned_cancel_all(trader: LighterClient) -> None:
    trader.rest()
    trader.accepted(trader.cancel_all(SCHEDULED, trader.now_ms() + 6 * MINUTE_MS))
    trader.pass_windows(300)
    assert len(trader.open_numbers()) == 1
    trader.accepted(trader.cancel_all(SCHEDULED, trader.now_ms() + 6 * MINUTE_MS))  # put off
    trader.pass_windows(300)
    assert len(trader.open_numbers()) == 1
    trader.pass_windows(70)
    assert trader.open_numbers() == []


def test_a_plan_that_was_taken_back(trader: LighterClient) -> None:
    trader.rest()
    trader.accepted(trader.cancel_all(SCHEDULED, trader.now_ms() + 6 * MINUTE_MS))
    trader.accepted(trader.cancel_all(ABORT))
    trader.pass_windows(600)
    assert len(trader.open_numbers()) == 1


def test_orders_expire(trader: LighterClient) -> None:
    number = fresh_number()
    order = trader.create("buy", 1_000, trader.away(), number=number)
    trader.accepted(altered(order, OrderExpiry=trader.now_ms() + 6 * MINUTE_MS))
    trader.pass_windows(350)
    assert trader.order(number)["status"] == "open"
    trader.pass_windows(20)
    assert trader.order(number)["status"] == "canceled-expired"


def test_the_fraction_of_a_market(trader: LighterClient) -> None:
    trader.accepted(trader.leverage(1_000))
    [row] = trader.get("account", by="index", value=trader.owner).json()["accounts"]
    fractions = {held["symbol"]: held["initial_margin_fraction"] for held in row["positions"]}
    assert (fractions[SYMBOL], fractions["ETH"]) == ("10.00", "5.00")
    trader.accepted(trader.leverage(500))


def test_places_and_cancels_in_one_batch(trader: LighterClient) -> None:
    numbers = [fresh_number() for _ in range(2)]
    resting = trader.rest()
    answer = trader.accepted(
        trader.cancel(resting), trader.create("buy", 1_000, trader.away(), number=numbers[0], ahead=1),
        trader.create("buy", 1_000, trader.away("sell", 50), POST_ONLY, number=numbers[1], ahead=2),
    )  # fmt: skip
    assert len(answer["tx_hash"]) == 3
    assert trader.open_numbers() == [numbers[0]]
    assert trader.order(numbers[1])["status"] == "canceled-post-only"


def test_lists_come_in_pages(trader: LighterClient) -> None:
    numbers = [trader.rest() for _ in range(3)]
    trader.accepted(trader.cancel_all())
    told: list[int] = []
    cursor = "0"
    while len(told) < 3:
        page = trader.answer("accountInactiveOrders", limit=2, cursor=cursor)
        told += [row["client_order_index"] for row in page["orders"]]
        cursor = page.get("next_cursor", "0")
    assert told[:3] == numbers[::-1]
    fetched = trader.answer("accountOrders", client_order_indexes=",".join(map(str, [*numbers, 1])))["orders"]
    assert [row["client_order_index"] for row in fetched] == numbers

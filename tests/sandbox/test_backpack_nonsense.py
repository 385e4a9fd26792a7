"""Whatever a client sends, the local Backpack answers in its own words."""

import json
import random
from typing import Any, Final

from tests.sandbox.backpack_client import INSTRUCTIONS, BackpackClient

REQUESTS: Final = 400
FIELDS: Final = [
    "symbol",
    "side",
    "orderType",
    "price",
    "quantity",
    "quoteQuantity",
    "timeInForce",
    "postOnly",
    "reduceOnly",
    "clientId",
    "orderId",
    "leverageLimit",
    "limit",
    "offset",
    "from",
    "to",
    "interval",
    "startTime",
    "marketType",
    "sortDirection",
    "selfTradePrevention",
]
VALUES: list[Any] = ["SOL_USDC", "SOL_USDC_PERP", "Bid", "Ask", "Limit", "Market", "GTC", "IOC", "FOK"]
VALUES += ["150", "0.01", "1e5", "-1", "", "9" * 24, "0" * 20, "x" * 50, "NaN", "\u0663", "\u00b2"]
VALUES += [None, True, False, 0, -1, 2**40, 1.5, [], {}]


def test_nonsense_is_refused_and_never_a_crash(client: BackpackClient) -> None:
    draw = random.Random(7)
    answers = set()
    for _ in range(REQUESTS):
        method, path = draw.choice(list(INSTRUCTIONS))
        fields: dict[str, Any] = {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Limit"}
        fields |= {draw.choice(FIELDS): draw.choice(VALUES) for _ in range(draw.randint(0, 4))}
        if method == "GET":
            fields = {name: str(value) for name, value in fields.items()}
        signed = {name: _signed(value) for name, value in fields.items() if value is not None}
        headers = client.headers(INSTRUCTIONS[method, path], [signed])
        response = client.call(method, path, fields, headers=headers)
        answers.add(response.status_code)
        if response.status_code != 200:
            assert set(response.json()) == {"code", "message"}
            assert response.json()["message"] != "Invalid signature"
    assert answers == {200, 400, 404}


def _signed(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))

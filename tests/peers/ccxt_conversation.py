# mypy: disable-error-code="import-not-found"
"""Runs in ccxt's environment: JSON lines in, calls of one ccxt.pro exchange, JSON lines out."""

import asyncio
import json
import sys
from typing import Any

import ccxt.pro


def tell(answer: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(answer, default=str) + "\n")
    sys.stdout.flush()


async def carry_out(exchange: Any, question: dict[str, Any]) -> None:  # noqa: ANN401 - ccxt has no types here
    """Call a method and tell what it returned or raised."""
    try:
        result = await getattr(exchange, question["method"])(*question["arguments"])
    except Exception as error:  # noqa: BLE001 - whatever ccxt raises is the answer
        tell({"id": question["id"], "error": type(error).__name__, "message": str(error)})
    else:
        tell({"id": question["id"], "result": result})


async def converse() -> None:
    """Serve questions until stdin ends; several may be under way."""
    loop = asyncio.get_running_loop()
    opening = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    exchange = getattr(ccxt.pro, opening["exchange"])(opening["config"])
    exchange.urls = exchange.deep_extend(exchange.urls, opening["urls"])
    try:
        async with asyncio.TaskGroup() as tasks:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                tasks.create_task(carry_out(exchange, json.loads(line)))
    finally:
        await exchange.close()


asyncio.run(converse())

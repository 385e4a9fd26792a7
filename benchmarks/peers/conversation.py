"""The peers' end of the line: one JSON object a line, questions on stdin, answers on stdout."""

import json
import sys
from collections.abc import Callable
from typing import Any


def tell(**answer: object) -> None:
    """Say one thing."""
    print(json.dumps(answer), flush=True)


def serve(answer: Callable[..., dict[str, Any]], **hello: object) -> None:
    """Say hello, then answer questions until stdin closes."""
    tell(**hello)
    for line in sys.stdin:
        tell(**answer(**json.loads(line)))

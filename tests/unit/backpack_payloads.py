"""Backpack's payloads: recorded ones where the data is at hand, and the live samples that the venue sheet prints."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from mmtui.exchanges.backpack.decode import MarketDecoder
from mmtui.exchanges.backpack.decode_account import AccountDecoder
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.shared.redact import Redactor

WIRE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "wire" / "backpack"

NOW_NS: Final = 1_764_689_359_782_000_000

ORDER_ACCEPTED: Final = (
    b'{"stream":"account.orderUpdate","data":{"e":"orderAccepted","E":1748288615134547,"T":1748288615133255,'
    b'"s":"SOL_USDC","i":"114575842681290753","S":"Ask","o":"LIMIT","f":"GTC","p":"178.15","q":"20.03",'
    b'"Q":"3568.3445","X":"New","z":"0","Z":"0","V":"RejectTaker","O":"USER","r":false,"t":null}}'
)
ORDER_FILL: Final = (
    b'{"stream":"account.orderUpdate.ETH_USDC","data":{"e":"orderFill","E":1754939110175879,"T":1754939110174705,'
    b'"s":"ETH_USDC","i":"5406825793","S":"Bid","o":"MARKET","f":"GTC","q":"0.0010","Q":"4.30","X":"Filled",'
    b'"l":"0.0010","L":"4299.16","z":"0.0010","Z":"4.299160","m":false,"n":"0.000001","N":"ETH","V":"RejectTaker",'
    b'"O":"USER","r":false,"t":2888471}}'
)
POSITION_OPENED: Final = (
    b'{"stream":"account.positionUpdate","data":{"e":"positionOpened","E":1754943862040486,"T":1754943862040487,'
    b'"s":"ETH_USDC_PERP","i":5411399049,"q":"0.0010","Q":"0.0010","n":"4.23588650933","B":"4236.36","b":"4238.479",'
    b'"M":"4235.88650933","p":"0","P":"-0.000473","f":"0.02","m":"0.0125","l":"0"}}'
)
DEPTH_ANSWER: Final = (
    b'{"asks":[["118318.3","0.00633"],["118567.2","0.08450"]],"bids":[["1.0","0.38647"],["12.9","1.00000"]],'
    b'"lastUpdateId":"1504999670","timestamp":1753102447307501}'
)
ERROR_FRAME: Final = b'{"id":null,"error":{"code":4006,"message":"Invalid stream"}}'


def recorded(name: str) -> Any:  # noqa: ANN401 - JSON
    """A recorded payload; the test is skipped where the data is not at hand."""
    path = WIRE / name
    if not path.exists():
        pytest.skip(f"no recorded payloads at {path}")
    return json.loads(path.read_text())


def enveloped(stream: str, data: object) -> bytes:
    """A documented inner payload in the envelope that it travels in."""
    return json.dumps({"stream": stream, "data": data}).encode()


def market_decoder(*symbols: str) -> MarketDecoder:
    """A decoder of these markets."""
    return MarketDecoder(symbols or ("SOL_USDC", "BTC_USDC_PERP"), Redactor())


def account_decoder(ids: ClientIds | None = None) -> AccountDecoder:
    """A decoder of account ``main``."""
    return AccountDecoder("main", ClientIds(NOW_NS, tag=7) if ids is None else ids, Redactor())

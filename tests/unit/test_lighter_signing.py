"""What is signed: integers exactly, in the right places, by a library that is known; and what is refused before."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.lighter import encode, signer_library
from mmtui.exchanges.lighter.connect import LighterAccess, open_lighter
from mmtui.exchanges.lighter.encode import MarketForm
from mmtui.exchanges.lighter.ids import LIMIT, OrderNumbers
from mmtui.exchanges.lighter.signing import Signer
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import Refused, SecretsError, SettingsError
from tests.unit.lighter_payloads import ETH, KEY, document
from tests.unit.loopback import WallClock

FORM = MarketForm(1, 1, 5)
URL = "http://127.0.0.1:9"


def order(**changes: object) -> PlaceOrder:
    fields: dict[str, object] = {
        "account": "main", "instrument": ETH, "client_order_id": "mm-eth-1", "side": Side.BUY,
        "price": Decimal("100000.0"), "quantity": Decimal("0.00100"),
    }  # fmt: skip
    return PlaceOrder(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def signer() -> AsyncIterator[Signer]:
    made = Signer(65, 5, KEY, 304, URL)
    yield made
    made.close()


async def test_an_order_is_signed_with_its_figures_and_nothing_else(signer: Signer) -> None:
    (text,) = await signer.sign([encode.place(order(), FORM, 1001)], 7)
    row = json.loads(text)
    assert {name: row[name] for name in row if name not in ("Sig", "ExpiredAt", "OrderExpiry")} == {
        "AccountIndex": 65, "ApiKeyIndex": 5, "MarketIndex": 1, "ClientOrderIndex": 1001, "BaseAmount": 100,
        "Price": 1_000_000, "IsAsk": 0, "Type": 0, "TimeInForce": 2, "ReduceOnly": 0, "TriggerPrice": 0, "Nonce": 7,
        "L2TxAttributes": None,
    }  # fmt: skip
    assert row["OrderExpiry"] - row["ExpiredAt"] > 27 * 86_400_000
    assert len(row["Sig"]) == 108


async def test_kinds_of_orders(signer: Signer) -> None:
    immediate = order(time_in_force=TimeInForce.IOC, post_only=False, side=Side.SELL, reduce_only=True)
    resting = order(post_only=False)
    texts = await signer.sign([encode.place(row, FORM, 5) for row in (immediate, resting)], 9)
    first, second = (json.loads(text) for text in texts)
    assert (first["TimeInForce"], first["OrderExpiry"], first["IsAsk"], first["ReduceOnly"]) == (0, 0, 1, 1)
    assert (second["TimeInForce"], second["Nonce"]) == (1, 10)


async def test_cancels_of_one_of_a_market_and_of_all_at_a_time(signer: Signer) -> None:
    by_venue = CancelOrder("main", ETH, "mm-eth-1", str(LIMIT + 9))
    by_us = CancelOrder("main", ETH, "mm-eth-1", None)
    rows = [
        json.loads(text)
        for text in await signer.sign(
            [
                encode.cancel(by_venue, FORM, 44),
                encode.cancel(by_us, FORM, 44),
                encode.cancel_market(MarketForm(0, 2, 4)),
                encode.schedule_cancel_all(1_795_046_400_000),
                encode.abort_cancel_all(),
                encode.set_leverage(FORM, Decimal(20)),
            ],
            3,
        )
    ]
    assert [row.get("Index") for row in rows[:2]] == [LIMIT + 9, 44]
    assert (rows[2]["TimeInForce"], rows[2]["L2TxAttributes"]) == (0, {"5": 0})
    assert (rows[3]["TimeInForce"], rows[3]["Time"], rows[3]["L2TxAttributes"]) == (1, 1_795_046_400_000, None)
    assert (rows[4]["TimeInForce"], rows[4]["Time"]) == (2, 0)
    assert rows[5]["InitialMarginFraction"] == 500
    assert [row["Nonce"] for row in rows] == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": Decimal("429496729.6")}, RefusalCode.BAD_PRICE),
        ({"price": Decimal(1000000000000000000000)}, RefusalCode.BAD_PRICE),
        ({"price": Decimal("0.0")}, RefusalCode.BAD_PRICE),
        ({"price": Decimal("1.05")}, RefusalCode.BAD_PRICE),
        ({"quantity": Decimal("0.000001")}, RefusalCode.BAD_QUANTITY),
        ({"quantity": Decimal(0)}, RefusalCode.BAD_QUANTITY),
        ({"quantity": Decimal(2) ** 48}, RefusalCode.BAD_QUANTITY),
        ({"time_in_force": TimeInForce.FOK}, RefusalCode.NOT_ALLOWED),
    ],
)
def test_what_the_signer_would_cut_or_round_is_refused(changes: dict[str, object], code: RefusalCode) -> None:
    with pytest.raises(Refused) as told:
        encode.place(order(**changes), FORM, 1)
    assert told.value.code is code


def test_the_highest_price_is_still_signed() -> None:
    assert encode.place(order(price=Decimal("429496729.5")), FORM, 1).arguments[3] == 2**32 - 1


@pytest.mark.parametrize("leverage", ["0", "-3", "0.5", "20000"])
def test_leverage_out_of_bounds(leverage: str) -> None:
    with pytest.raises(Refused):
        encode.set_leverage(FORM, Decimal(leverage))


@given(st.text(min_size=1, max_size=60))
def test_a_name_has_one_number_in_every_process(name: str) -> None:
    numbers = OrderNumbers()
    number = numbers.number(name)
    assert 0 < number < LIMIT
    assert OrderNumbers().number(name) == number
    assert name.isdigit() or numbers.text(number) == name


def test_foreign_numbers_are_their_own_names() -> None:
    numbers = OrderNumbers()
    assert (numbers.number("1001"), numbers.text(1001), numbers.text(0)) == (1001, "1001", None)
    assert len({numbers.number(f"mm-sol-kx3-{index}") for index in range(20_000)}) == 20_000


async def test_the_self_test_passes_with_the_pinned_library(signer: Signer) -> None:
    await signer.check()


async def test_the_self_test_notices_another_order_of_arguments(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a later version of the library might have it: two figures have changed places."""
    real = signer_library.SignerLibrary.sign

    def swapped(self: signer_library.SignerLibrary, function: str, arguments: tuple[int, ...], *rest: int) -> str:
        return real(self, function, (arguments[0], arguments[2], arguments[1], *arguments[3:]), *rest)

    monkeypatch.setattr(signer_library.SignerLibrary, "sign", swapped)
    with pytest.raises(SettingsError, match="other figures"):
        await signer.check()


def test_another_version_of_the_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signer_library, "PINNED", "9.")
    with pytest.raises(SettingsError, match=r"argument lists are not known; install lighter-sdk==9\."):
        signer_library.library_path()


@pytest.mark.parametrize("key", ["", "ab", KEY[:-2], KEY + "00", "zz" + KEY[2:]])
def test_a_key_of_the_wrong_length_is_one_line_without_the_key(key: str) -> None:
    with pytest.raises(SecretsError) as told:
        Signer(65, 5, key, 304, URL)
    assert "80 hex digits" in str(told.value)
    assert not key or key not in str(told.value)


def test_two_accounts_with_one_key_are_refused() -> None:
    first = Signer(66, 5, KEY, 304, URL)
    try:
        with pytest.raises(SettingsError, match="give each its own API key"):
            Signer(66, 5, KEY, 304, URL)
    finally:
        first.close()
    Signer(66, 5, KEY, 304, URL).close()


def test_the_wrong_chain_for_a_known_host_is_refused() -> None:
    access = LighterAccess(
        account_index=65, api_key_index=5, api_key_private=KEY, chain_id=304,
        rest_url="https://testnet.zklighter.elliot.ai", ws_url="wss://testnet.zklighter.elliot.ai/stream",
    )  # fmt: skip
    with pytest.raises(SettingsError, match=r"chain_id: 304 .* which is 300"):
        open_lighter("main", access, WallClock())


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(SettingsError, match="no address of lighter"):
        open_lighter("main", LighterAccess(rest_url="https://example.org"), WallClock())


def test_nothing_of_the_sdk_is_imported() -> None:
    code = (
        "import asyncio, sys\n"
        "from mmtui.exchanges.lighter.signing import Signer\n"
        f"signer = Signer(65, 5, '{KEY}', 304, '{URL}')\n"
        "asyncio.run(signer.check())\n"
        "signer.close()\n"
        "assert 'lighter' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_tokens_have_the_form_of_the_official_ones() -> None:
    for vector in document("signing_auth_token_oracle.json")["vectors"]:
        signer = Signer(vector["account_index"], vector["api_key_index"], vector["sk"], 304, URL)
        try:
            token = await signer.token(vector["deadline"])
        finally:
            signer.close()
        assert token.rpartition(":")[0] == vector["token"].rpartition(":")[0]
        assert len(token) == len(vector["token"])


async def test_signing_leaves_the_loop_free(signer: Signer) -> None:
    """While orders are signed, other tasks get their turns."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await signer.sign([encode.place(order(), FORM, 1)] * 15, 1)
    task.cancel()
    assert turns > 5


def test_no_repr_shows_the_key() -> None:
    access = LighterAccess(account_index=65, api_key_index=6, api_key_private=KEY)
    made = Signer(65, 6, KEY, 304, URL)
    made.close()
    assert KEY not in repr(access) + repr(made)

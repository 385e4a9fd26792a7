"""Signatures: the sheet's vectors, eth-account's bytes, and what a wrong key says."""

import re
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.exchanges.aster.facts import MAINNET_CHAIN, TESTNET_CHAIN, chain_of
from mmtui.exchanges.aster.signing import KeySigner, Signer, Wallet, WalletSigner, domain_separator
from mmtui.exchanges.shared.nonce import NonceBook, Nonces
from mmtui.ports.errors import SecretsError

KEY = "01" * 32
ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
NOW_NS = 1_750_793_021_519_000_000

ORDER = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.010&price=60000.0&newClientOrderId=mm-1"

VECTOR_A = (
    f"symbol=BTCUSDT&nonce=1750793021519001&signer={ADDRESS}",
    (
        "9514325075dc258d505b33b61207b03ffe66bfe295667d6048e2439bea95a58f"
        "40a858ee48d9a7da3fafe19650e6c858f6738b73c4ef033e569833f2657c02811b"
    ),
)
VECTOR_B_TEXT = f"{ORDER}&nonce=1750793021519000&user={ADDRESS}&signer={ADDRESS}"
VECTOR_B = (
    "b404222f2a00d1c2f62eb51d86d58f2cb1ddb59a3c00df1948db5b8a852b6d58"
    "105a1e84711d7a280a319605fdfb0793d2a3d2ec177d26b7126ba8390392c94b1b"
)
VECTOR_B_TESTNET = (
    "900a6cfe9fd1a393cd7606874668f5f5df003fec09503abdeeebf972e733c221"
    "2faafef08fe0809bf7c5d69a9a6010e5cdf2f3bc3cdf0a8b248b18c277f61f741c"
)
VECTOR_C = (
    f"nonce=1750793021519000&user={ADDRESS.lower()}&signer={ADDRESS.lower()}&{ORDER}",
    (
        "0xebf38a58458cc96161585038148e7213aacae9ed4d5631377dae301cf6dcdf1c"
        "6c6307b8e719e05d2b8fe419497b48188f48dba363321b2b2103ce353766ff691B"
    ),
)


def wallet_signer(now_us: int = NOW_NS // 1_000, *, send_user: bool = False) -> WalletSigner:
    return WalletSigner(KEY, ADDRESS, ADDRESS, Nonces(lambda: now_us * 1_000), MAINNET_CHAIN, send_user=send_user)


def by_eth_account(text: str, chain_id: int, key: str = KEY) -> str:
    typed: dict[str, Any] = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Message": [{"name": "msg", "type": "string"}],
        },
        "primaryType": "Message",
        "domain": {
            "name": "AsterSignTransaction",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": "0x" + "00" * 20,
        },
        "message": {"msg": text},
    }
    signed = Account.sign_message(encode_typed_data(full_message=typed), "0x" + key)
    return "0x" + bytes(signed.signature).hex()


def test_domain_separator_is_the_sheets() -> None:
    assert domain_separator(1666).hex() == "a95d0a7a6f3f17fcebb0c2336645385ce79cde7523f71ab147fdb7f15e9f37f9"


def test_a_key_gives_its_address() -> None:
    assert Wallet(KEY, MAINNET_CHAIN).address == ADDRESS
    assert Wallet("0x" + KEY, MAINNET_CHAIN).address == ADDRESS


def test_vectors_of_the_sheet() -> None:
    wallet = Wallet(KEY, MAINNET_CHAIN)
    assert wallet.sign(VECTOR_A[0]) == "0x" + VECTOR_A[1]
    assert wallet.sign(VECTOR_B_TEXT) == "0x" + VECTOR_B
    assert Wallet(KEY, TESTNET_CHAIN).sign(VECTOR_B_TEXT) == "0x" + VECTOR_B_TESTNET
    assert wallet.sign(VECTOR_C[0]) == VECTOR_C[1].lower()


def test_a_get_is_vector_a_as_query() -> None:
    parts = wallet_signer(1_750_793_021_519_001).parts("GET", "symbol=BTCUSDT")
    assert parts.query == f"{VECTOR_A[0]}&signature=0x{VECTOR_A[1]}"
    assert parts.body is None
    assert not parts.headers


def test_a_post_is_vector_b_as_form() -> None:
    parts = wallet_signer(send_user=True).parts("POST", ORDER)
    assert parts.body == f"{VECTOR_B_TEXT}&signature=0x{VECTOR_B}".encode()
    assert parts.query == ""
    assert parts.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_without_parameters_the_text_begins_with_the_nonce() -> None:
    assert wallet_signer().parts("GET", "").query.startswith("nonce=1750793021519000&signer=")


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.text(max_size=200), st.sampled_from([MAINNET_CHAIN, TESTNET_CHAIN]), st.integers(1, 2**200))
def test_every_signature_is_eth_accounts(text: str, chain_id: int, secret: int) -> None:
    key = secret.to_bytes(32, "big").hex()
    assert Wallet(key, chain_id).sign(text) == by_eth_account(text, chain_id, key)


def test_two_sessions_of_one_user_never_give_one_nonce_twice() -> None:
    book = NonceBook()
    signers = [
        WalletSigner(KEY, ADDRESS, user, book.of("aster", user, lambda: NOW_NS), MAINNET_CHAIN)
        for user in (ADDRESS, ADDRESS.lower())
    ]
    queries = [signer.parts("GET", "").query for signer in signers for _ in range(50)]
    nonces = [re.findall(r"nonce=(\d+)", query)[0] for query in queries]
    assert len(set(nonces)) == 100


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (
            f"{ORDER}&recvWindow=5000&timestamp=1750793021519",
            "84903fd7d0a38c0001659fea29ef9bbea8e5b088e310f6ab700129b8279d69ab",
        ),
        (
            "recvWindow=5000&timestamp=1750793021519",
            "211de07ef03507e437b5c7e136a92deda0eee696f4da268590a02ebd685d691c",
        ),
    ],
)
def test_v1_vectors(message: str, signature: str) -> None:
    signer = KeySigner("some-key", KEY, lambda: NOW_NS)
    text = message.partition("recvWindow")[0].rstrip("&")
    parts = signer.parts("GET", text)
    assert parts.query == f"{message}&signature={signature}"
    assert parts.headers == {"X-MBX-APIKEY": "some-key"}


def test_v1_signs_no_call_of_the_user_stream() -> None:
    parts = KeySigner("some-key", KEY, lambda: NOW_NS).parts("POST", "", signed=False)
    assert parts.body == b""
    assert parts.headers["X-MBX-APIKEY"] == "some-key"


@pytest.mark.parametrize("key", ["", "0x", "01" * 31, "01" * 33, "zz" * 32, "00" * 32, "ff" * 32, "01 " * 32])
def test_no_key_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(SecretsError, match="signer_key") as caught:
        Wallet(key, MAINNET_CHAIN)
    assert len(key) < 4 or key not in str(caught.value)


def test_a_signer_of_another_key_is_refused() -> None:
    with pytest.raises(SecretsError, match="is not the address of signer_key"):
        WalletSigner(KEY, "0x" + "22" * 20, ADDRESS, Nonces(lambda: NOW_NS), MAINNET_CHAIN)
    with pytest.raises(SecretsError, match="user: is no wallet address"):
        WalletSigner(KEY, ADDRESS, "0x12", Nonces(lambda: NOW_NS), MAINNET_CHAIN)


def test_no_repr_shows_a_secret() -> None:
    signers: list[Signer] = [wallet_signer(), KeySigner("kEy-kEy-kEy", "s3cr3t-s3cr3t", lambda: NOW_NS)]
    for signer in signers:
        for hidden in (KEY, "s3cr3t", "kEy"):
            assert hidden not in repr(signer)
        assert repr(signer.parts("POST", ORDER)) == "Parts(hidden)"


def test_the_chain_follows_the_host() -> None:
    assert chain_of("https://fapi.asterdex-testnet.com") == 714
    assert chain_of("https://fapi.asterdex.com") == 1666
    assert chain_of("http://127.0.0.1:8800") == 1666

"""The vectors of the venue's documents and of throwaway keys; the letter-case trap; nonces."""

import hashlib

import pytest

from mmtui.exchanges.websea.signing import Signer, signature
from mmtui.ports.errors import SecretsError

TOKEN, SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "k3yth4tn0b0dyus3s0z9"
POSITION = [("symbol", "SOL-USDT"), ("is_full", "2")]
CREATE = [
    ("contract_type", "open"),
    ("type", "buy-limit"),
    ("symbol", "SOL-USDT"),
    ("amount", "37"),
    ("price", "142.31"),
    ("lever_rate", "10"),
    ("is_full", "2"),
]
CANCEL = [("order_ids", "BL786401542840282676,BL786401542840282677"), ("symbol", "SOL-USDT")]


@pytest.mark.parametrize(
    ("nonce", "pairs", "expected"),
    [
        ("1700000000_a1B2c", POSITION, "b46fd189c00f4289120707f581d9840f3a41675d"),
        ("1700000001_Zz9Yx", CREATE, "8c8abbd63a8106bb6be5915d5a137d13394eafcc"),
        ("1700000002_Q0q0Q", CANCEL, "11a2b26616626a4123999141379525710d78fd18"),
        ("1700000003_w5W5w", [], "957822bece18e7a5c1bac886bb41795bcc6f450f"),
    ],
)
def test_vectors(nonce: str, pairs: list[tuple[str, str]], expected: str) -> None:
    assert signature(TOKEN, SECRET, nonce, pairs) == expected
    assert signature(TOKEN, SECRET, nonce, pairs[::-1]) == expected


def test_the_published_example() -> None:
    pairs = [("type", "1"), ("symbol", "BTC-USDT")]
    given = signature("57ba172a6be125c", "ca2f449826f9980ca", "1534927978_ab43c", pairs)
    assert given == "731faa3d170bb746a767cea58ae563830594e1fe"


def test_capital_letters_come_before_small_ones() -> None:
    """Byte by byte; the order without regard to case, which one sample of the venue has, gives another hash."""
    secret, nonce = "Zk3yWithUpper00start", "1700000000_a1B2c"
    assert signature(TOKEN, secret, nonce, POSITION) == "3fbd492b3791f71cc69578164369aeb5a958f530"
    parts = sorted([TOKEN, secret, nonce, *(f"{name}={value}" for name, value in POSITION)], key=str.lower)
    other = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    assert other == "7a33111d40611b6e9061d8b130dc97f292ba651e"


def test_a_nonce_is_the_venues_second_and_never_comes_twice() -> None:
    signer = Signer(TOKEN, SECRET, lambda: 1_700_000_000_999_999_999)
    nonces = [signer.nonce() for _ in range(2_000)]
    assert len(set(nonces)) == 2_000
    assert all(nonce.startswith("1700000000_") and len(nonce) == 16 and nonce[11:].isalnum() for nonce in nonces)


def test_headers_sign_what_is_sent() -> None:
    headers = Signer(TOKEN, SECRET, lambda: 1).headers(CREATE)
    assert headers["Token"] == TOKEN
    assert headers["Signature"] == signature(TOKEN, SECRET, headers["Nonce"], CREATE)
    assert SECRET not in str(headers)


@pytest.mark.parametrize(
    ("token", "secret"), [("", SECRET), (TOKEN, "two words"), (TOKEN, "line\nbreak"), ("ä", SECRET)]
)
def test_what_is_no_key_is_said_and_not_shown(token: str, secret: str) -> None:
    with pytest.raises(SecretsError, match="copy it") as caught:
        Signer(token, secret, lambda: 0)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(Signer(TOKEN, SECRET, lambda: 0))

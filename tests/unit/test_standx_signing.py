"""Both signatures of StandX against vectors; keys of the wrong kind."""

import asyncio
import base64

import pytest
from nacl.signing import VerifyKey

from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.standx.connect import StandxAccess, open_standx
from mmtui.exchanges.standx.login import Credential, GivenEntry
from mmtui.exchanges.standx.passport import Passport
from mmtui.exchanges.standx.signing import BodyKey, Wallet, base58, from_base58
from mmtui.ports.errors import Refused, SecretsError
from tests.unit.loopback import HandClock

WALLET_KEY = "0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
ADDRESS = "0x6370eF2f4Db3611D657b90667De398a2Cc2a370C"
SEED = bytes(range(32))
SEED_TEXT = "1thX6LZfHDZZKUs92febYZhYRcXddmzfzF2NvTkPNE"
REQUEST_ID = "6f071beb-1b81-4c68-a8bf-66f1589c2146"
STAMP_MS = 1_700_000_000_000

SIGN_IN = f"""standx.com wants you to sign in with your Ethereum account:
{ADDRESS}

Sign in with Ethereum to access more StandX features.

URI: https://standx.com
Version: 1
Chain ID: 56
Nonce: 74Gd7Plf3a1TMVElc
Issued At: 2026-11-20T00:00:00.000Z
Request ID: TESTREQ"""

ORDER = (
    b'{"symbol":"BTC-USD","side":"buy","order_type":"limit","qty":"0.1","price":"50000","time_in_force":"alo",'
    b'"reduce_only":false,"cl_ord_id":"mm-0001"}'
)


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (
            "hello standx",
            (
                "0xbb1c3cf912d163e3a699d357eaa20422cae692a8da44e781a9d6ca2acea0b3962d6ef90f46b946d2789b4d0f08a60d70c"
                "7870ccd4afd61173c35b1ac3fbccc5b1b"
            ),
        ),
        (
            SIGN_IN,
            (
                "0x47b89bc3da9365292d4d0e4543e29728d860d4634a069b8914fb52a2294b8b35732383c92f20caa6b168920a66d736ec3"
                "69b68e74b9529fc060ca782bffe83f11b"
            ),
        ),
    ],
    ids=["short", "login"],
)
def test_the_wallets_signature(message: str, signature: str) -> None:
    wallet = Wallet(WALLET_KEY)
    assert wallet.address == ADDRESS
    assert wallet.sign(message) == signature
    assert Wallet(WALLET_KEY[2:]).sign(message) == signature


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (ORDER, "F+YWt2fSXhwg+uglz7W8nhnLrL3pp+sXNAQWakMqI4IBBn1OcKk5jnrQ019aZEkKv8O2FyetmMX5jtvSvjH5Aw=="),
        (
            b'{"order_id":2424844}',
            "BIK1QQOTkJJBqodFKsM126ePvLonn+bDHXAyVFfGBUYZ4prAx8vxdeNtXGdDT5X45a/NNIrz4EuPIgiuOl01DQ==",
        ),
        (b"", "VpSZOv3OywOSXsmxAYfpFpchVOfYmFr0sMYoq2HKJhgWzEUa4sNzGfz8pQaDlqi12ssmNwiWTC6H+OGIX9hmDg=="),
    ],
    ids=["order", "cancel", "empty"],
)
def test_the_bodys_signature(body: bytes, signature: str) -> None:
    key = BodyKey(SEED)
    assert key.signature(body, REQUEST_ID, STAMP_MS) == signature
    assert key.headers(body, REQUEST_ID, STAMP_MS) == {
        "x-request-sign-version": "v1",
        "x-request-id": REQUEST_ID,
        "x-request-timestamp": "1700000000000",
        "x-request-signature": signature,
    }


def test_the_request_id_of_a_login_is_the_public_key() -> None:
    assert BodyKey(SEED).request_id == "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF"
    assert base58(SEED) == SEED_TEXT
    assert from_base58(SEED_TEXT) == SEED
    fresh = BodyKey.fresh()
    public = VerifyKey(from_base58(fresh.request_id))
    public.verify(b"v1,r,5,{}", base64.b64decode(fresh.signature(b"{}", "r", 5)))


@pytest.mark.parametrize("text", [SEED_TEXT, SEED.hex(), f"  {SEED_TEXT}\n"])
def test_a_signing_key_in_base58_or_hex(text: str) -> None:
    assert BodyKey.from_text(text).request_id == BodyKey(SEED).request_id


@pytest.mark.parametrize("text", ["", "0OIl", SEED_TEXT[:-3], SEED_TEXT + "11", "canary!" * 7])
def test_a_signing_key_that_is_none(text: str) -> None:
    with pytest.raises(SecretsError, match="signing_key") as caught:
        BodyKey.from_text(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "0x1234", WALLET_KEY + "00", WALLET_KEY[:-2], "0x" + "zz" * 32, "0x" + "00" * 32])
def test_a_wallet_key_of_the_wrong_length_or_kind(text: str) -> None:
    with pytest.raises(SecretsError, match="wallet_key") as caught:
        open_standx("main", StandxAccess(wallet_key=text), HandClock())
    assert len(text) < 5 or text[2:] not in str(caught.value)


def jwt(payload: str) -> str:
    middle = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{middle}.c2ln"


async def test_a_given_token_is_used_until_it_ends() -> None:
    credential = await GivenEntry(jwt('{"exp":2000000000}'), SEED_TEXT, lambda: 10**18).enter()
    assert credential.expires_ns == 2_000_000_000 * 10**9
    assert credential.key.request_id == BodyKey(SEED).request_id
    with pytest.raises(SecretsError, match="expired"):
        GivenEntry(jwt('{"exp":2000000000}'), SEED_TEXT, lambda: 3 * 10**18)
    with pytest.raises(SecretsError, match="no access token"):
        GivenEntry("not.a token", SEED_TEXT, lambda: 0)


async def test_only_a_wallet_replaces_a_token_that_is_about_to_end() -> None:
    clock = HandClock(wall=1_999_999_000 * 10**9)
    given = GivenEntry(jwt('{"exp":2000000000}'), SEED_TEXT, clock.now)
    passport = Passport(given, ClockOffset(clock))
    assert not passport.is_due
    held = await passport.current()
    clock.pass_ns(999 * 10**9)
    assert not passport.is_due
    with pytest.raises(Refused, match="session page"):
        await passport.renewed(held)


class Renewable:
    """A login that gives another token each time, good for 1,000 seconds."""

    can_renew = True

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.entered = 0

    async def enter(self) -> Credential:
        self.entered += 1
        return Credential(f"token-{self.entered}", BodyKey.fresh(), self.clock.wall + 1_000 * 10**9)


async def test_a_fifth_of_its_life_before_the_end_a_token_is_due_and_one_login_serves_all() -> None:
    clock = HandClock()
    entry = Renewable(clock)
    passport = Passport(entry, ClockOffset(clock))
    told: list[str] = []
    passport.on_change(lambda held: told.append(held.token))
    first = await passport.current()
    due = []
    for seconds in (799, 2):
        clock.pass_ns(seconds * 10**9)
        due.append(passport.is_due)
    assert due == [False, True]
    fresh = await asyncio.gather(*(passport.renewed(first) for _ in range(5)))
    assert {held.token for held in fresh} == {"token-2"}
    assert (entry.entered, told) == (2, ["token-2"])
    assert not passport.is_due
    assert first.key.request_id != fresh[0].key.request_id


def test_nothing_that_is_shown_holds_a_secret() -> None:
    for shown in (Wallet(WALLET_KEY), BodyKey(SEED), StandxAccess(wallet_key=WALLET_KEY, signing_key=SEED_TEXT)):
        assert WALLET_KEY[2:] not in repr(shown)
        assert SEED_TEXT not in repr(shown)

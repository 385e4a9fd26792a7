"""Who trades here: accounts, their API keys with a nonce each, and the tokens that open private reads.

The keys' signatures cannot be verified without the venue's own cryptography, so what is checked of a token is its form,
its expiry and that its key is registered. A token that was changed in its last part passes here, not at the venue.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.calls import Call
from mmtui.sandbox.lighter.digits import whole
from mmtui.sandbox.lighter.errors import BAD_AUTH, NO_ACCOUNT, NO_KEY, ApiError

CHAIN_ID: Final = 304
FIRST_NONCE: Final = 722
LONGEST_TOKEN_S: Final = 8 * 3_600
CLOCKS_DIFFER_S: Final = 60
SIGNATURE_DIGITS: Final = 160
_FIELDS: Final = 4
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class ApiKey(Struct):
    """One registered key: its index, its pair, and the nonce that its next transaction must have."""

    index: int
    public_key: str
    private_key: str
    nonce: int = FIRST_NONCE


class Member(Struct):
    """One account. ``fractions`` are the margin fractions it has set, by market; ``quota`` its volume quota."""

    name: str
    account_index: int
    l1_address: str
    keys: dict[int, ApiKey]
    fractions: dict[int, int]
    quota: int

    @property
    def first_key(self) -> ApiKey:
        """The key that the listening line tells of."""
        return next(iter(self.keys.values()))


_PAIRS: Final = (
    (
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728",
        "710c8cd2201061fa5570d20852d90ddabd6c496825b639d6c6486ecb1f859b63f237dee54f3f42b4",
    ),
    (
        "4b1b395c43f1596645eedb38ffefae447e67bbffbfdff1285cbc50c63adcef9750c7e585a26b1737",
        "00fcf657e1deabe8539688401ed9a5d365a862ff98bc56628994ffc19c5d7e7251ca86c05d29fbc3",
    ),
)
"""Private and public parts of keys that belong to nobody; the first pair is the one of the signing example."""


def make_members(names: Sequence[str], quota: int) -> list[Member]:
    """Accounts 65, 66 ... with one key each, 5, 6 ..."""
    members = []
    for number, (name, (private, public)) in enumerate(zip(names, _PAIRS, strict=True)):
        key = ApiKey(5 + number, public, private)
        members.append(Member(name, 65 + number, f"0x{65 + number:040x}", {key.index: key}, {}, quota))
    return members


class Door:
    """Finds accounts and keys, and checks tokens."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._by_index = {member.account_index: member for member in members}

    def member(self, account_index: int) -> Member:
        """The account of this number. Raises ApiError."""
        found = self._by_index.get(account_index)
        if found is None:
            raise ApiError(NO_ACCOUNT, "account not found")
        return found

    def by_address(self, address: str) -> Member:
        """The account of a wallet. Raises ApiError."""
        for member in self._by_index.values():
            if member.l1_address.lower() == address.lower():
                return member
        raise ApiError(NO_ACCOUNT, "account not found")

    def key(self, account_index: int, api_key_index: int) -> ApiKey:
        """A registered key. Raises ApiError."""
        found = self.member(account_index).keys.get(api_key_index)
        if found is None:
            raise ApiError(NO_KEY, "api key not found")
        return found

    def enter(self, call: Call, account_index: int) -> Member:
        """Whose private answers a request may have: the token is in a header or in the query. Raises ApiError."""
        return self.admit(call.headers.get("Authorization") or call.parameter("auth"), account_index, call.now_ns)

    def admit(self, token: str | None, account_index: int, now_ns: int) -> Member:
        """Check a token for an account. Raises ApiError."""
        parts = (token or "").split(":")
        numbers = [found for part in parts[: _FIELDS - 1] if (found := whole(part)) is not None]
        well_formed = len(parts) == _FIELDS and len(numbers) == _FIELDS - 1
        if not well_formed or len(parts[-1]) != SIGNATURE_DIGITS or not _HEX.issuperset(parts[-1]):
            raise ApiError(BAD_AUTH, "invalid auth: couldn't parse the token")
        expiry_s, owner, api_key_index = numbers
        if expiry_s * NS_PER_S <= now_ns:
            raise ApiError(BAD_AUTH, "invalid auth: token has expired")
        if expiry_s * NS_PER_S > now_ns + (LONGEST_TOKEN_S + CLOCKS_DIFFER_S) * NS_PER_S:
            raise ApiError(BAD_AUTH, "invalid auth: deadline is too far ahead")
        self.key(owner, api_key_index)
        if owner != account_index:
            raise ApiError(BAD_AUTH, "invalid auth: token is of another account")
        return self.member(owner)

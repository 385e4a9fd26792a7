"""Signs in one worker thread, in the order asked.

On the main thread the library (Go) reads the process's memory map anew at every call, which takes five times as long;
and the loop would stand still meanwhile. One thread also keeps transactions in the order of their nonces.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import msgspec

from mmtui.exchanges.lighter.encode import Transaction
from mmtui.exchanges.lighter.signer_library import SignedFields, SignerLibrary
from mmtui.ports.errors import Refused, SecretsError, SettingsError

T = TypeVar("T")

_KEY_DIGITS: Final = 80
_SIGNATURE_SIGNS: Final = 108
"""Base64 of 80 bytes."""

_SAMPLE: Final = Transaction(14, "SignCreateOrder", (3, 1001, 100, 4_294_967_295, 1, 0, 2, 1, 0, 1, 0, 0, 0, 0, 0))
"""An order that no venue takes (it expired in 1970), with a different figure in every place that could be mixed up."""

_in_use: set[tuple[int, int]] = set()
"""Keys that live sessions of this process sign with: two would fight over the nonces of one."""


class Signer:
    """One API key of one account. Its repr shows nothing.

    Args:
        account_index: the account's number.
        key_index: the key's number.
        private_key: 80 hex digits.
        chain_id: the chain that is signed for; there is no guessing.
        url: told to the library, which asks nothing there as long as nonces are handed in.

    Raises:
        SecretsError: the key is no key.
        SettingsError: there is no usable library, or the key is in use by another account of this process.
    """

    def __init__(self, account_index: int, key_index: int, private_key: str, chain_id: int, url: str) -> None:
        key = private_key.strip().removeprefix("0x")
        if len(key) != _KEY_DIGITS or not all(sign in "0123456789abcdefABCDEF" for sign in key):
            raise SecretsError(f"api_key_private: must be {_KEY_DIGITS} hex digits (40 bytes); it has {len(key)} signs")
        self.account_index = account_index
        self.key_index = key_index
        self._pair = (account_index, key_index)
        if self._pair in _in_use:
            raise SettingsError(
                f"lighter: account_index {account_index} with api_key_index {key_index} is used by two accounts; "
                "give each its own API key"
            )
        self._library = SignerLibrary()
        self._library.register(url, key, chain_id, key_index, account_index)
        _in_use.add(self._pair)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lighter-signer")

    async def check(self) -> None:
        """Sign an order and read it back: the library's argument list is the one that stands in this version.

        Raises SettingsError.
        """
        try:
            signed = msgspec.json.decode((await self.sign([_SAMPLE], 77))[0], type=SignedFields)
            token = await self.token(1_700_000_000)
        except (msgspec.DecodeError, Refused) as error:
            raise SettingsError(f"lighter: the signer's self-test failed: {error}; install lighter-sdk 1.1.8") from None
        expected = (self.account_index, self.key_index, *_SAMPLE.arguments[:10], 77)
        found = tuple(getattr(signed, name) for name in SignedFields.__struct_fields__[:13])
        prefix = f"1700000000:{self.account_index}:{self.key_index}:"
        extras = signed.l2_tx_attributes or {}
        if (
            found != expected
            or any(extras.values())
            or len(signed.sig) != _SIGNATURE_SIGNS
            or token[: len(prefix)] != prefix
        ):
            raise SettingsError("lighter: the signer signs other figures than it was given; install lighter-sdk 1.1.8")

    async def sign(self, transactions: Sequence[Transaction], first_nonce: int) -> list[str]:
        """Signed transactions as JSON, with nonces that rise by one. Raises Refused for what the library refuses."""

        def work() -> list[str]:
            return [
                self._library.sign(row.function, row.arguments, first_nonce + index, self.key_index, self.account_index)
                for index, row in enumerate(transactions)
            ]

        return await self._in_thread(work)

    async def token(self, deadline_s: int) -> str:
        """An auth token that is valid until then (Unix seconds)."""
        return await self._in_thread(lambda: self._library.token(deadline_s, self.key_index, self.account_index))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """End the thread; the key may be used by another session."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        _in_use.discard(self._pair)

    def __repr__(self) -> str:
        return "Signer(hidden)"

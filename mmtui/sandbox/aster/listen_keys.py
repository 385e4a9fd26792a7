"""Listen keys: who may hear an account's events, for an hour at a time."""

import hashlib
from typing import Any, Final

from msgspec import Struct

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.aster.errors import ApiError, missing
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.calls import Call

VALID_NS: Final = 60 * 60 * NS_PER_S


class ListenKey(Struct, eq=False):
    """One key of one wallet."""

    text: str
    account: str
    expires_ns: int


class ListenKeys:
    """The keys of one room: at most one for each account."""

    def __init__(self, room: Room, first_id: int) -> None:
        self._room = room
        self._made = first_id
        self._by_account: dict[str, ListenKey] = {}

    def find(self, text: str) -> ListenKey | None:
        """The valid key with this text."""
        return next((key for key in self._by_account.values() if key.text == text), None)

    def of_account(self, account: str) -> str | None:
        """The valid key of a floor's account; None if there is none."""
        key = self._by_account.get(account)
        return None if key is None else key.text

    def create(self, member: Member, _parameters: Parameters, call: Call) -> dict[str, Any]:
        """A key; one that is still valid is given again and extended."""
        account = member.wallet(self._room)
        key = self._by_account.get(account)
        if key is None:
            self._made += 1
            text = hashlib.sha256(f"{self._room.value} {account} {self._made}".encode()).hexdigest()
            key = self._by_account[account] = ListenKey(text, account, 0)
        key.expires_ns = call.now_ns + VALID_NS
        return {"listenKey": key.text}

    def keep_alive(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Make the key valid for another hour."""
        self._named(member, parameters).expires_ns = call.now_ns + VALID_NS
        return {}

    def close(self, member: Member, parameters: Parameters, _call: Call) -> dict[str, Any]:
        """End the key, for everybody who listens with it."""
        del self._by_account[self._named(member, parameters).account]
        return {}

    def take_expired(self, now_ns: int) -> list[ListenKey]:
        """The keys that have run out since the last call."""
        expired = [key for key in self._by_account.values() if now_ns >= key.expires_ns]
        for key in expired:
            del self._by_account[key.account]
        return expired

    def _named(self, member: Member, parameters: Parameters) -> ListenKey:
        text = parameters.text("listenKey")
        if text is None and self._room is Room.SPOT:
            raise missing("listenKey")
        key = self._by_account.get(member.wallet(self._room))
        if key is None or text not in (None, key.text):
            raise ApiError(-1125)
        return key

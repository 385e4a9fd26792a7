"""The account's present credentials, replaced before they end. Token and key change together, and everybody is told."""

import asyncio
from collections.abc import Callable
from typing import Final

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.standx.facts import RENEW_MOST_S, RENEW_SHARE
from mmtui.exchanges.standx.login import Credential, Entry
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import Refused, VenueError

_LOOK_S: Final = 30.0
_TRIES: Final = 3
_USED_UP: Final = (
    "the token is not taken any more, and without the wallet's key there is no way to a new one; "
    "make token and signing key anew on the venue's session page"
)


class Passport:
    """Credentials of one account.

    Args:
        entry: the way to new ones.
        offset: the venue's clock, by which tokens end.
    """

    def __init__(self, entry: Entry, offset: ClockOffset) -> None:
        self._entry = entry
        self._offset = offset
        self._held: Credential | None = None
        self._renew_ns = 0
        self._entering = asyncio.Lock()
        self._listeners: list[Callable[[Credential], None]] = []
        self.logins = 0

    def on_change(self, listener: Callable[[Credential], None]) -> None:
        """Be told of new credentials that replace older ones (not of the first)."""
        self._listeners.append(listener)

    async def current(self) -> Credential:
        """Credentials that the venue should take. Raises Refused, VenueError."""
        if self._held is not None:
            return self._held
        return await self._enter(None)

    async def renewed(self, refused: Credential) -> Credential:
        """Others than these, which the venue does not take (any more); one login serves all who ask.

        Raises:
            Refused: there is no way to others, or the login is refused.
            VenueError: the login did not go through.
        """
        if not self._entry.can_renew:
            raise Refused(RefusalCode.NOT_ALLOWED, _USED_UP)
        return await self._enter(refused)

    @property
    def is_due(self) -> bool:
        """True where the present credentials should be replaced; never where there is no way to others."""
        return self._held is not None and 0 < self._renew_ns <= self._offset.venue_now()

    async def keep(self) -> None:
        """Replace the credentials before they end, until cancelled."""
        backoff = Backoff(1.0, 60.0)
        while True:
            await asyncio.sleep(self._wait_s())
            if not self.is_due:
                continue
            try:
                await self._enter(self._held)
            except VenueError:  # what needs them says so; the old ones may still do for a while
                await asyncio.sleep(backoff.next_s())
            else:
                backoff.reset()

    def _wait_s(self) -> float:
        if self._held is None or not self._renew_ns:
            return _LOOK_S
        return min(_LOOK_S, max(0.0, (self._renew_ns - self._offset.venue_now()) / NS_PER_S))

    async def _enter(self, instead_of: Credential | None) -> Credential:
        async with self._entering:
            if self._held is not None and self._held is not instead_of:
                return self._held
            fresh = await self._tried()
            replaced = self._held is not None
            self._held = fresh
            self._renew_ns = self._renewal_of(fresh)
            self.logins += 1
        if replaced:
            for listener in self._listeners:
                listener(fresh)
        return fresh

    async def _tried(self) -> Credential:
        """A login that may have been lost on the way is simply tried again. Raises Refused, VenueError."""
        backoff = Backoff(0.25, 1.0)
        for _ in range(_TRIES - 1):
            try:
                return await self._entry.enter()
            except Refused:
                raise
            except VenueError:
                await asyncio.sleep(backoff.next_s())
        return await self._entry.enter()

    def _renewal_of(self, credential: Credential) -> int:
        """When to replace them, on the venue's clock; 0: never."""
        if credential.expires_ns is None or not self._entry.can_renew:
            return 0
        left_s = max(0.0, (credential.expires_ns - self._offset.venue_now()) / NS_PER_S)
        return credential.expires_ns - round(min(RENEW_MOST_S, left_s * RENEW_SHARE) * NS_PER_S)

    def __repr__(self) -> str:
        return "Passport(hidden)"

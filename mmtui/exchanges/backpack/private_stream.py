"""The account's own socket: orders and positions. It tells what happens; what is open must be asked for."""

import json
from collections.abc import Callable

from mmtui.exchanges.backpack.decode_account import ORDER_STREAM, POSITION_STREAM, AccountDecoder
from mmtui.exchanges.backpack.facts import PRIVATE_SOCKET
from mmtui.exchanges.backpack.rest import BackpackRest
from mmtui.exchanges.backpack.signing import Signer
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.socket import LoginChannel, SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import StreamDown, StreamUp
from mmtui.model.units import NS_PER_MS
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError, Unreachable
from mmtui.ports.venue import EventSink


class PrivateStream:
    """Keeps one account's private subscription.

    The venue acknowledges nothing, so the stream counts as up once the subscription is sent; an error frame takes that
    back.
    """

    def __init__(
        self,
        account: str,
        rest: BackpackRest,
        signer: Signer,
        decoder: AccountDecoder,
        open_socket: Callable[[SocketHandlers, SocketSettings], SocketSession],
        clock: Clock,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self._account = account
        self._rest = rest
        self._signer = signer
        self._decoder = decoder
        self._open_socket = open_socket
        self._clock = clock
        self._settings = settings
        self._sink: EventSink | None = None
        self.socket: SocketSession | None = None

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""
        self._sink = sink
        self.socket = self._open_socket(self._handlers(), self._settings)
        await self.socket.run()

    def _handlers(self) -> SocketHandlers:
        return SocketHandlers(
            on_message=self._on_message,
            on_up=self._on_up,
            on_down=self._on_down,
            subscriptions=self._subscriptions,
            login=self._know_time,
        )

    async def _know_time(self, _channel: LoginChannel) -> None:
        """The signature carries the venue's time; without it the subscription would be refused in silence."""
        try:
            await self._rest.know_time()
        except SettingsError as error:
            raise Unreachable(str(error)) from None

    def _subscriptions(self) -> list[str]:
        signature = self._signer.subscription(self._rest.offset.venue_now() // NS_PER_MS)
        frame = {"method": "SUBSCRIBE", "params": [ORDER_STREAM, POSITION_STREAM], "signature": signature}
        return [json.dumps(frame)]

    def _on_message(self, data: bytes, time_ns: int) -> bool:
        assert self._sink is not None  # noqa: S101 - run() has set it before the socket reads
        events = self._decoder.decode(data, time_ns, _skew_ns(self._rest.offset))
        for event in events:
            self._sink(event)
        error = self._decoder.error_of(data) if len(events) == 1 else None
        if error is not None and self.socket is not None:
            self.socket.renew(f"the venue refuses the subscription: {error}")
        return bool(events)

    def _on_up(self) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self._sink(StreamUp("private", self._clock.now(), None, self._account))

    def _on_down(self, reason: str) -> None:
        assert self._sink is not None  # noqa: S101 - as above
        self._sink(StreamDown("private", self._clock.now(), reason, None, self._account))


def _skew_ns(offset: ClockOffset) -> int:
    skew_ms = offset.skew_ms if offset.known else None
    return 0 if skew_ms is None else int(skew_ms * NS_PER_MS)

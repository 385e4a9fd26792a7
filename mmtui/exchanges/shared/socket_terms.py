"""The words between a socket session and the adapter that uses it: settings, handlers, health."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

Frame = str | bytes
"""What is sent: text as a text frame, bytes as a binary one. What arrives is always bytes."""


class SocketSettings(Struct, frozen=True, kw_only=True):
    """Times in seconds; None turns a check off.

    ``ping_interval_s`` sends protocol pings, each to be answered within ``ping_timeout_s``. ``beat_interval_s`` sends
    the frame of ``Beat`` where a venue wants one of its own. ``idle_s`` is the longest silence of *data*: neither ping
    nor pong counts, nor a message for which the handler returned False. ``life_s`` is after how long the connection
    is changed by ourselves, before the venue does it. ``gap_s`` is the least time between two frames sent;
    ``frames_rule`` names the rate rule that counts them (empty: none does).
    """

    open_s: float = 10.0
    login_s: float = 10.0
    ping_interval_s: float | None = 15.0
    ping_timeout_s: float = 10.0
    beat_interval_s: float | None = None
    idle_s: float | None = None
    life_s: float | None = None
    stable_s: float = 60.0
    first_wait_s: float = 0.25
    longest_wait_s: float = 30.0
    gap_s: float = 0.0
    frames_rule: str = ""
    max_message: int = 8 * 1024 * 1024
    compression: bool = False


class SocketHealth(Struct, frozen=True):
    """How the socket does, for the screens. Times are wall nanoseconds, 0 where it never happened."""

    up: bool
    up_since_ns: int
    last_data_ns: int
    messages: int
    bad_messages: int
    connections: int
    failures_in_a_row: int
    round_trip_ms: float | None
    reason: str


class LoginChannel(Protocol):
    """The fresh connection, while the login hook has it to itself."""

    async def send(self, frame: Frame) -> None:
        """Send one frame. Raises Unreachable or Ambiguous."""
        ...

    async def receive(self) -> bytes:
        """The next message. Raises Unreachable where the connection is lost."""
        ...


class SocketHandlers(Struct, frozen=True, kw_only=True):
    """What an adapter does with a socket.

    Attributes:
        on_message: takes each message and its receive time (wall ns) at once; returns False for what is no data
            (a pong of the venue's own, an acknowledgement). BadMessage is counted; any other exception ends ``run``.
        on_up: connected, logged in, every subscription sent. The first messages may have come before it.
        on_down: lost, with a reason fit to be shown; once per loss, not once per attempt. What was known of books and
            sequences ends here, not in ``on_up``.
        subscriptions: frames to send after login, in this order; asked anew at every connection.
        login: speaks first on a new connection; a VenueError of it is a failed attempt, anything else ends ``run``.
        beat: the venue's own heartbeat frame.
        address: path and query to append to the base URL for the next connection (a listen key), asked anew each time.
        headers: of the handshake, asked anew each time.
    """

    on_message: Callable[[bytes, int], bool | None]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]
    subscriptions: Callable[[], Iterable[Frame]] = tuple
    login: Callable[[LoginChannel], Awaitable[None]] | None = None
    beat: Callable[[], Frame] | None = None
    address: Callable[[], Awaitable[str]] | None = None
    headers: Callable[[], Mapping[str, str]] = dict

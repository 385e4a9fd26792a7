"""``mmtui serve``: the same terminal in a web page, on this machine only.

Who can reach the page can trade. So it listens on loopback, wants a key that only the printed address has, answers no
other web site's requests, and runs one terminal at a time. A closed page is a closed terminal: its orders go first.
"""

import asyncio
import ipaddress
import logging
import secrets
import shlex
import sys
from typing import Final

import click

from mmtui.commands.options import home_of, location_options
from mmtui.ports.errors import SettingsError

HIGHEST_PORT: Final = 65_535
PATIENCE_S: Final = 60.0
"""How long a page waits for the terminal of another page to end."""


@click.command()
@location_options
@click.option("--port", type=click.IntRange(0, HIGHEST_PORT), default=8000, show_default=True, help="0: a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine itself (loopback).")
@click.option("--read-only", is_flag=True, help="Look, and refuse every action.")
@click.pass_context
def command(context: click.Context, /, *, host: str, port: int, read_only: bool, **locations: str | None) -> int:
    """Show the terminal in a web page on this machine."""
    address = loopback(host)
    home = home_of(context)
    words = [sys.executable, "-m", "mmtui", "--home", str(home)]
    for name, value in locations.items():
        if value is not None and name != "home":
            words += [f"--{name.replace('_', '-')}", value]
    if read_only:
        words.append("--read-only")
    return serve(shlex.join(words), address, port)


def loopback(host: str) -> str:
    """The address to listen on. Raises SettingsError for one that others can reach."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise SettingsError(
            "--host: only this machine's own address (127.0.0.1, ::1, localhost): who reaches the page can trade; "
            "from elsewhere come through a tunnel, as with ssh -L"
        )
    return str(address)


def serve(words: str, address: str, port: int) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="mmtui: %(message)s")
    return asyncio.run(_serve(words, address, port))


async def _serve(words: str, address: str, port: int) -> int:
    import signal
    import socket

    from aiohttp import web

    from mmtui.commands.web_pages import Pages

    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        raise SettingsError(f"--port: {port} on {address}: {error.strerror}; name another, or 0") from None
    pages = Pages(words, address, listening.getsockname()[1], secrets.token_urlsafe(24), PATIENCE_S)
    runner = web.AppRunner(await pages.application(), shutdown_timeout=PATIENCE_S, access_log=None)
    await runner.setup()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    try:
        await web.SockSite(runner, listening).start()
        print(f"mmtui: open {pages.address_with_key}", flush=True)
        print("mmtui: Ctrl+C ends it; closing the page stops its strategies too", flush=True)
        await ended.wait()
    finally:
        await pages.close()
        await runner.cleanup()
    return 0

"""``mmtui``: the terminal over a running engine, in one event loop. Whatever ends the terminal, the orders go first."""

import asyncio
import gc
import logging
import os
import select
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mmtui.commands.house import EXIT_BUG, House, with_config
from mmtui.config import LoadedConfig
from mmtui.config.panel import Panel, panel_path
from mmtui.config.preferences import PanelPreferences
from mmtui.engine.run_files import log_file
from mmtui.language import chosen_language
from mmtui.wiring import WallClock, new_run_id

if TYPE_CHECKING:
    from mmtui.app import MmtuiApp

log = logging.getLogger("mmtui.terminal")

LAST_WORD_S = 1.0
"""How long a line for the person waits for a terminal that is not reading."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

AppFactory = Callable[[House], "MmtuiApp"]


def open_panel(home: Path, given: LoadedConfig | None) -> Panel:
    """The panel settings, or the configuration of ``--config`` in their place (changes go to the panel settings)."""
    path = panel_path(home)
    return Panel.open(path) if given is None else Panel.standing_in(path, given.config)


def run(loaded: LoadedConfig, panel: Panel, *, read_only: bool) -> int:
    """Open the terminal; returns the exit code. ``loaded`` resolves paths and secrets for the panel's configuration."""

    def make_app(house: House) -> "MmtuiApp":
        from mmtui.app import MmtuiApp

        language = chosen_language(panel.config.language, os.environ)
        store = PanelPreferences(panel)
        return MmtuiApp(house.desk, house.desk, house.desk, store, read_only=read_only, language=language)

    return run_app(loaded, panel, make_app)


def run_app(loaded: LoadedConfig, panel: Panel, make_app: AppFactory) -> int:
    """Run an App over the engine until it ends, then stop every strategy; returns the exit code."""
    clock = WallClock()
    run_id = new_run_id(clock.now())
    loaded = with_config(loaded, panel.config)
    with log_file(loaded, run_id):
        house = House(loaded, panel, clock, run_id)
        code = EXIT_BUG
        try:
            code = _run_in_a_loop(_live(house, make_app))
        finally:
            code = house.close(code)
    _tell(house)
    return code


async def _live(house: House, make_app: AppFactory) -> int:
    """The engine and the terminal side by side; returns the terminal's code once both have ended."""
    app = make_app(house)
    app.on_first_frame = settle_memory
    _make_patient(app)
    loop = asyncio.get_running_loop()

    def on_signal(name: str) -> None:
        log.warning("%s: stopping everything", name)
        house.runtime.close(name)
        app.exit(0)

    with suppress(NotImplementedError):  # Windows has no such signals
        for name in SIGNALS:
            loop.add_signal_handler(getattr(signal, name), on_signal, name)
    engine = asyncio.create_task(house.runtime.run(stay=True), name="engine")
    connecting = asyncio.create_task(house.connect(), name="connecting")
    engine.add_done_callback(lambda _: app.exit(EXIT_BUG) if app.is_running else None)
    code = EXIT_BUG
    try:
        code = await _show(app, house)
    finally:
        house.runtime.close("the terminal was closed")
        if any(not cell.stopped for cell in house.runtime.cells):
            log.warning("the terminal has ended: stopping every strategy")
            _say("stopping every strategy; this takes a moment")
        connecting.cancel()
        code = await _until_over(engine, house) or code
        await house.disconnect()
    return code


def settle_memory() -> None:
    """What stands after the first frame stands to the end: the collector of cycles need not look at it again.

    A collection over a whole Textual tree holds the loop for tens of milliseconds; over what comes later, for less than
    one, so that it may come as often as it does.
    """
    gc.collect()
    gc.freeze()


def _make_patient(app: "MmtuiApp") -> None:
    """A terminal that stops reading must not stop the engine."""
    try:
        from mmtui.screens.patient_drivers import be_patient
    except ImportError:  # Windows has no termios, and Textual another driver
        return
    be_patient(app)


async def _until_over(engine: asyncio.Task[None], house: House) -> int:
    """Wait for the engine; returns 0, or the code of a bug of its own, which is told and logged."""
    try:
        await engine
    except Exception as error:
        log.exception("the engine failed")
        house.crash = f"the engine: {type(error).__name__}: {error}"
        return EXIT_BUG
    return 0


async def _show(app: "MmtuiApp", house: House) -> int:
    """The screens, until they end in whatever way: a failure of theirs is told and logged, never raised."""
    try:
        await app.run_async()
        crash = app.crash
    except Exception as error:  # noqa: BLE001 - the engine must outlive whatever a terminal can do to its driver
        crash = error
    if crash is None:
        return app.return_code or 0
    log.error("the terminal failed", exc_info=crash)
    house.crash = f"{type(crash).__name__}: {crash}"
    return EXIT_BUG


def _run_in_a_loop(work: Coroutine[None, None, int]) -> int:
    """asyncio.run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    return uvloop.run(work)


def _tell(house: House) -> None:
    """Last words on stderr: the proof, or what may remain."""
    if house.crash:
        _say(f"failed: {house.crash}; the traceback is in the log")
    for line in house.farewells:
        _say(line)


def _say(text: str) -> None:
    """One line on stderr, where there still is somebody who reads it: a stalled terminal is not waited for."""
    with suppress(OSError, ValueError):
        if sys.platform != "win32" and not select.select([], [sys.stderr], [], LAST_WORD_S)[1]:
            return
        print(f"mmtui: {text}", file=sys.stderr, flush=True)

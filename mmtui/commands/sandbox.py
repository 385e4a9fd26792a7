"""``mmtui sandbox VENUE``: a local server that speaks the venue's protocol."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmtui.commands.options import home_of

if TYPE_CHECKING:
    from mmtui.exchanges.replay import Recording
    from mmtui.model.events import MarketEvent
    from mmtui.model.instrument import Instrument
    from mmtui.sandbox.crowd import Recorded
    from mmtui.sandbox.faults import Fault

HIGHEST_PORT = 65_535


@click.command()
@click.argument("venue")
@click.option("--port", type=click.IntRange(0, HIGHEST_PORT), help="0 picks a free one [default: 8801 and on].")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same market.")
@click.option("--data", help="Recorded market data to play instead of the crowd, where it has the symbol.")
@click.option("--faults", help="A JSON file with the faults to begin with.")
@click.option("--symbols", help="Only these, with commas between [default: all].")
@click.option("--balance", help="Of the quote asset, for each account [default: 100000].")
@click.option("--tier", type=click.Choice(["standard", "premium"]), help="Limits, on venues that have tiers.")
@click.option("--home", help="Where relative paths start.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401 - click's own
    """Serve VENUE (backpack, aster, websea, standx, lighter) on this machine, with simulated money."""
    from mmtui.sandbox.launch import default_port, open_server, run
    from mmtui.sandbox.wire import START_QUOTE, SandboxOptions

    home = home_of(context)
    symbols = options["symbols"]
    asked = SandboxOptions(
        venue=options["venue"],
        seed=options["seed"],
        balance=START_QUOTE if options["balance"] is None else _amount(options["balance"]),
        symbols=None if symbols is None else tuple(name.strip() for name in symbols.split(",") if name.strip()),
        tier=options["tier"],
        faults=() if options["faults"] is None else tuple(_faults(home / options["faults"])),
    )
    data = options["data"]
    server = open_server(asked, None if data is None else _RecordedData(home / data))
    port = default_port(asked.venue) if options["port"] is None else options["port"]
    run(server, port, lambda line: print(json.dumps(line), flush=True))
    return 0


def _amount(text: str) -> Decimal:
    from mmtui.ports.errors import SettingsError

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise SettingsError("--balance: must be a number, 0 or more")
    return value


def _faults(path: Path) -> "list[Fault]":
    from mmtui.ports.errors import SettingsError
    from mmtui.sandbox.faults import read_faults

    try:
        return read_faults(path.read_bytes(), str(path))
    except OSError as error:
        raise SettingsError(f"--faults {path}: {error.strerror}") from None


class _RecordedData:
    """Finds what a recording has of a venue's instruments; the recording's dataset is told by its folder's name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, instruments: "Sequence[Instrument]") -> "Recorded":
        """Match by base asset and kind of market. Raises SettingsError, DataError where nothing matches."""
        from msgspec.structs import replace

        from mmtui.exchanges.replay import open_dataset
        from mmtui.ports.errors import SettingsError
        from mmtui.sandbox.crowd import Recorded

        recording = open_dataset(self._dataset(), self._path)
        pairs = {}
        for row in instruments:
            for other in recording.instruments:
                if (other.base_asset, other.market_type) == (row.base_asset, row.market_type):
                    pairs[other.id] = replace(
                        row, tick_size=other.tick_size, lot_size=other.lot_size, min_quantity=other.lot_size
                    )
                    break
        if not pairs:
            raise SettingsError(f"--data {self._path}: it holds nothing that is traded here")
        names = {key: row.id for key, row in pairs.items()}
        return Recorded(tuple(pairs.values()), lambda: _renamed(recording, names), recording.book_step)

    def _dataset(self) -> str:
        from mmtui.exchanges.replay import DATASETS
        from mmtui.ports.errors import SettingsError

        for name in (self._path.name, *(parent.name for parent in self._path.resolve().parents)):
            if name in DATASETS:
                return name
        raise SettingsError(f"--data {self._path}: the folder is to be named like its dataset: {', '.join(DATASETS)}")


def _renamed(recording: "Recording", names: "dict[str, str]") -> "Iterator[MarketEvent]":
    """The events of the instruments in ``names``, under their names here."""
    from msgspec.structs import replace

    from mmtui.model.events import Unrecognised

    for event in recording.events():
        if not isinstance(event, Unrecognised) and event.instrument in names:
            yield replace(event, instrument=names[event.instrument])

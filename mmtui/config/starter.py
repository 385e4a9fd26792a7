"""Write a configuration to begin with: on the simulated venue, or out of an .env that a reference bot used."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from mmtui.config.document import check_document
from mmtui.config.envfile import Environment, read_env_file
from mmtui.config.flags import build_from_flags, lay_flags
from mmtui.config.legacy import ALIASES, PLAIN, SECRETS, account_from_names, first_set
from mmtui.config.reading import Plain, Raw
from mmtui.config.show import as_json
from mmtui.ports.errors import SettingsError, StorageError
from mmtui.strategies import KINDS

BOT_FLAGS: Final[Mapping[str, str]] = {
    "EXCHANGE": "--exchange",
    "MARKET_TYPE": "--market-type",
    "SYMBOL": "--symbol",
    "SPREAD": "--spread",
    "QUANTITY": "--quantity",
    "MAX_ORDERS": "--max-orders",
    "TARGET_POSITION": "--target-position",
    "MAX_POSITION": "--max-position",
    "POSITION_THRESHOLD": "--position-threshold",
    "INVENTORY_SKEW": "--inventory-skew",
    "DURATION": "--duration",
    "INTERVAL": "--interval",
}
"""Names that the reference bots' container maps to flags."""

OTHER_KINDS: Final[Mapping[str, str]] = {
    "TRADING_": "single or dual_hedge",
    "HEDGE_CLOSE_DELAY_SECONDS": "dual_hedge",
    "MARKET_MAKER_": "bps_maker",
}
"""Names (or their beginnings) that set up a strategy, and its kind."""


class Starter(NamedTuple):
    """A configuration to write, and what the person should know about it."""

    document: dict[str, Any]
    notes: list[str]


def simulated() -> Starter:
    """Give a configuration of one maker on the simulated venue: it runs as it stands and needs no credentials."""
    document = {
        "version": 1,
        "stage": "sim",
        "accounts": {"sim": {"venue": "sim", "market": {"name": "m1", "seed": 7}}},
        "strategies": [
            {
                "name": "maker",
                "kind": "perp_maker",
                "account": "sim",
                "symbol": "BTC-PERP",
                "settings": {
                    "spread_pct": "0.05",
                    "quantity": "0.01",
                    "max_orders": 2,
                    "interval": "1",
                    "max_position": "0.1",
                    "position_threshold": "0.05",
                    "inventory_skew": "0.5",
                },
            }
        ],
    }
    return Starter(document, [])


def from_env_file(path: Path) -> Starter:
    """Turn an .env of a reference bot into a configuration. Secrets stay in the .env; the document names them.

    Raises:
        SettingsError: the file cannot be read, names no account, or its values make no sound configuration.
        SecretsError: others may read the file.
    """
    names = read_env_file(path)
    environment = Environment({}, names, path)
    accounts = _accounts(names)
    notes = []
    document: dict[str, Any] = {"version": 1, "stage": "paper", "accounts": accounts, "strategies": []}
    if names.get("SYMBOL"):
        document = _with_strategy(document, names, environment)
    if not document["accounts"]:
        raise SettingsError(f"{path}: names no account; expected names like {', '.join(list(_known_names())[:3])}")
    for beginning, kind in OTHER_KINDS.items():
        found = sorted(name for name in names if name.startswith(beginning))
        if found:
            notes.append(f"{', '.join(found)}: for the kind {kind}, which this version does not have; left out")
    if not document["strategies"]:
        notes.append(f"no strategy is set up: add one of the kinds {', '.join(KINDS)} (see docs/configuration.md)")
    notes.append(f"the secrets stay in {path.name}: run with --env-file {path}")
    _, faults = check_document(json_copy(document))
    if faults:
        raise SettingsError(*(fault.line(str(path), {}) for fault in faults))
    return Starter(document, notes)


def write_document(document: dict[str, Any], path: Path, *, force: bool) -> None:
    """Write a configuration whole or not at all, readable by its owner only.

    Raises:
        SettingsError: the file is there and ``force`` is not given, or its folder is missing.
        StorageError: it cannot be written.
    """
    if path.exists() and not force:
        raise SettingsError(f"{path}: is there already; name another file or overwrite it with --force")
    if not path.parent.is_dir():
        raise SettingsError(f"{path}: its folder is not there; create {path.parent}")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from None


def json_copy(document: Raw) -> Raw:
    """Copy a document as the check reads it: numbers become text whose kind is open."""
    if isinstance(document, dict):
        return {key: json_copy(value) for key, value in document.items()}
    if isinstance(document, list):
        return [json_copy(value) for value in document]
    return Plain(document) if isinstance(document, int) and not isinstance(document, bool) else document


def _accounts(names: Mapping[str, str]) -> dict[str, Any]:
    accounts: dict[str, Any] = {}
    for venue, fields in SECRETS.items():
        for suffix in ("", "2") if venue == "backpack" else ("",):
            wanted = [name + suffix for name in fields.values()]
            if any(first_set((name, *ALIASES.get(name, ())), names) for name in wanted):
                accounts[venue + suffix] = _numbers(account_from_names(venue, names, suffix))
    return accounts


def _numbers(account: dict[str, object]) -> dict[str, object]:
    """Indexes of Lighter stand in the file as numbers where they are some; the check names those that are not."""
    return {
        key: int(value) if key.endswith("_index") and isinstance(value, str) and value.isdecimal() else value
        for key, value in account.items()
    }


def _with_strategy(document: dict[str, Any], names: Mapping[str, str], environment: Environment) -> dict[str, Any]:
    flags = {flag: names[name] for name, flag in BOT_FLAGS.items() if names.get(name)}
    layered = build_from_flags(flags, environment)
    lay_flags(layered, flags, None, built=True)
    built = as_json(layered.raw)
    return document | {
        "accounts": document["accounts"] | {name: _numbers(raw) for name, raw in built["accounts"].items()},
        "strategies": built["strategies"],
    }


def _known_names() -> list[str]:
    return [name for fields in SECRETS.values() for name in fields.values()] + [
        name for fields in PLAIN.values() for names in fields.values() for name in names
    ]

"""The terminal's own settings file: the configuration it starts with and writes every change to, at once.

settings/panel_settings.json in the folder ``settings`` of home where there is one, else in the user's configuration
folder. It has the shape of every other configuration. A broken file is kept aside under another name and never
overwritten.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from mmtui.config.document import check_document
from mmtui.config.reading import Plain, parse_json, read_text
from mmtui.config.schema import Config, StrategyConfig, TerminalConfig
from mmtui.ports.errors import SettingsError
from mmtui.storage.atomic import aside_name, set_aside, write_atomically
from mmtui.strategies import KINDS

FILE_NAME: Final = "panel_settings.json"
PRIVATE: Final = 0o600
UNDO_DEPTH: Final = 50


def panel_path(home: Path) -> Path:
    """Where the terminal keeps its settings."""
    folder = home / "settings"
    if folder.is_dir():
        return folder / FILE_NAME
    from platformdirs import user_config_path

    return user_config_path("mmtui") / FILE_NAME


FIRST: Final = """{
  "version": 1,
  "stage": "sim",
  "accounts": {"sim": {"venue": "sim", "market": {"name": "m1", "seed": 7}}},
  "strategies": [
    {"name": "maker", "kind": "perp_maker", "account": "sim", "symbol": "SOL-PERP",
     "settings": {"spread_pct": "0.05", "quantity": "1", "max_orders": 2, "interval": "2",
                  "max_position": "10", "position_threshold": "8", "inventory_skew": "0.5"}}
  ]
}"""
"""What a first start without any configuration opens: the simulated venue with a perp maker ready to start."""


def first_config() -> Config:
    """The configuration of a first start."""
    return _checked(parse_json(FIRST, FILE_NAME), FILE_NAME)


class Panel:
    """The configuration as the terminal holds it: every change is checked, then saved, then in force."""

    def __init__(self, path: Path, config: Config, faults: tuple[str, ...] = ()) -> None:
        self.path = path
        self.config = config
        self.faults = faults
        self._stands_in = False
        self._undo: dict[str, list[StrategyConfig]] = {}

    @classmethod
    def open(cls, path: Path) -> "Panel":
        """Read the file; a missing one begins anew, a broken one is kept aside and named in ``faults``."""
        if not path.exists():
            return cls(path, first_config())
        try:
            return cls(path, _checked(parse_json(read_text(path), path.name), path.name))
        except SettingsError as error:
            kept = set_aside(path)
            return cls(path, first_config(), (*error.faults, f"{path}: kept aside as {kept.name}; starting anew"))

    @classmethod
    def standing_in(cls, path: Path, config: Config) -> "Panel":
        """A given configuration in place of the file: it is changed and saved like the file's own.

        The person's choices about the terminal come from the file, where the configuration names none.
        """
        if not path.exists():
            return cls(path, config)
        own = cls.open(path)
        if config.terminal == TerminalConfig():
            config = replace(config, terminal=own.config.terminal)
        faults = own.faults
        if own.config != config and path.exists():
            aside = aside_name(path, "before").name
            faults = (*faults, f"{path}: not in use now; the first change keeps it as {aside} and takes its place")
        panel = cls(path, config, faults)
        panel._stands_in = own.config != config
        return panel

    def put(self, config: Config) -> None:
        """Save a whole configuration, then hold it. Raises StorageError; file and configuration are the old ones then.

        Before the first change of a configuration that came from elsewhere, a file of other content is kept aside.
        """
        if self._stands_in and self.path.exists():
            set_aside(self.path, "before")
        self._stands_in = False
        write_atomically(self.path, encode(config), PRIVATE)
        self.config = config

    # ------------------------------------------------------------------------------------------------ strategies

    def strategy(self, name: str) -> StrategyConfig:
        """The strategy of that name. Raises SettingsError."""
        for strategy in self.config.strategies:
            if strategy.name == name:
                return strategy
        raise SettingsError(f'no strategy is named "{name}"; there are: {", ".join(self.names())}')

    def names(self) -> list[str]:
        """All strategies, in order."""
        return [strategy.name for strategy in self.config.strategies]

    def change_settings(self, name: str, values: Mapping[str, str]) -> StrategyConfig:
        """Give a strategy new settings. Raises SettingsError with one line per fault; nothing is half-applied."""
        before = self.strategy(name)
        raw = _raw(self.config)
        settings = raw["strategies"][self.names().index(name)]["settings"]
        for key, text in values.items():
            settings[key] = None if text == "" else Plain(text)
        self.put(_checked(raw, self.path.name))
        self._undo.setdefault(name, []).append(before)
        del self._undo[name][:-UNDO_DEPTH]
        return self.strategy(name)

    def undo(self, name: str) -> StrategyConfig | None:
        """Take the last change of a strategy's settings back; None if there is none."""
        history = self._undo.get(name)
        if not history:
            return None
        before = history[-1]
        strategies = tuple(before if strategy.name == name else strategy for strategy in self.config.strategies)
        self.put(replace(self.config, strategies=strategies))
        history.pop()
        return before

    def add(self, name: str, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> StrategyConfig:
        """Add a strategy. Raises SettingsError."""
        raw = _raw(self.config)
        settings = {key: Plain(text) for key, text in values.items() if text != ""}
        entry = {"name": name, "kind": kind, "settings": settings, **_traded(kind, account, symbol, self.config)}
        raw["strategies"].append(entry)
        self.put(_checked(raw, self.path.name))
        return self.strategy(name)

    def remove(self, name: str) -> None:
        """Forget a strategy. Raises SettingsError if it is unknown."""
        gone = self.strategy(name)
        strategies = tuple(strategy for strategy in self.config.strategies if strategy is not gone)
        self.put(replace(self.config, strategies=strategies))
        self._undo.pop(name, None)

    def change_risk(self, values: Mapping[str, str]) -> None:
        """Change risk limits of all accounts. Raises SettingsError."""
        raw = _raw(self.config)
        for key, text in values.items():
            raw["risk"][key] = Plain(text)
        self.put(_checked(raw, self.path.name))


def settings_faults(kind: str, account: str, symbol: str, values: Mapping[str, str], config: Config) -> dict[str, str]:
    """Faults of a strategy's values by field ("" for faults between fields); empty when all is well."""
    _, faults = check_document(_one_strategy(kind, account, symbol, values, config))
    found: dict[str, str] = {}
    for fault in faults:
        place = fault.place
        in_settings = len(place) > 3 and place[:1] == ("strategies",) and place[2] == "settings"  # noqa: PLR2004 - strategies, index, settings, name
        key = str(place[3]) if in_settings else ""
        found[key] = f"{found[key]}; {fault.problem}" if key in found else fault.problem
    return found


def typed_settings(kind: str, account: str, symbol: str, values: Mapping[str, str], config: Config) -> Any:  # noqa: ANN401 - each kind has its own Settings
    """The Settings that these values make. Raises SettingsError."""
    return _checked(_one_strategy(kind, account, symbol, values, config), FILE_NAME).strategies[0].settings


def _one_strategy(kind: str, account: str, symbol: str, values: Mapping[str, str], config: Config) -> dict[str, Any]:
    """The configuration with this strategy alone, as the check pass reads it."""
    raw = _raw(replace(config, strategies=()))
    settings = {key: Plain(text) for key, text in values.items() if text != ""}
    traded = _traded(kind, account, symbol, config)
    raw["strategies"] = [{"name": "preview", "kind": kind, "settings": settings, **traded}]
    return raw


def parts_of(text: str) -> list[str]:
    """Several names written as one text with commas, as forms hold the accounts and symbols of a pair."""
    return [part.strip() for part in text.split(",") if part.strip()]


def legs_of(account: str, symbol: str) -> list[tuple[str, str]]:
    """(account, symbol) of each leg that a form names; one symbol stands for all."""
    symbols = parts_of(symbol) or [symbol]
    return [(one, symbols[place % len(symbols)]) for place, one in enumerate(parts_of(account))]


def _traded(kind: str, account: str, symbol: str, config: Config) -> dict[str, Any]:
    """Accounts and symbols of a strategy as a form names them.

    A kind of several legs whose form names fewer accounts trades on those beside it in the configuration.
    """
    legs = KINDS[kind].legs if kind in KINDS else 1
    accounts, symbols = parts_of(account), parts_of(symbol)
    if legs == 1:
        return {"account": account, "symbol": symbol}
    accounts += [name for name in config.accounts if name not in accounts][: max(legs - len(accounts), 0)]
    return {"accounts": accounts, **({"symbol": symbol} if len(symbols) == 1 else {"symbols": symbols})}


def encode(config: Config) -> bytes:
    """A configuration as the text of a file."""
    return msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n"


def _raw(config: Config) -> dict[str, Any]:
    """A configuration as the raw object the check pass works on."""
    return parse_json(msgspec.json.encode(config).decode(), FILE_NAME)


def _checked(raw: dict[str, Any], label: str) -> Config:
    config, faults = check_document(raw)
    if config is None or faults:
        raise SettingsError(*(fault.line(label, {}) for fault in faults))
    return config

"""The flags users of the reference bots know, and where each goes in a configuration."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mmtui.config.checking import struct_info
from mmtui.config.document import normal_name
from mmtui.config.envfile import Environment
from mmtui.config.faults import Fault, Place, nearest
from mmtui.config.layers import Layered
from mmtui.config.legacy import account_from_names
from mmtui.model.units import decimal_text
from mmtui.strategies import KINDS

SETTINGS: Final[Mapping[str, str]] = {
    "--spread": "spread_pct",
    "--quantity": "quantity",
    "--max-orders": "max_orders",
    "--interval": "interval",
    "--target-position": "target_position",
    "--max-position": "max_position",
    "--position-threshold": "position_threshold",
    "--inventory-skew": "inventory_skew",
    "--enable-rebalance": "rebalance",
    "--disable-rebalance": "rebalance",
    "--base-asset-target": "base_asset_target",
    "--rebalance-threshold": "rebalance_threshold",
    "--size": "size",
    "--long-threshold": "long_threshold",
    "--short-threshold": "short_threshold",
    "--check-interval": "cool_down",
    "--threshold-unit": "threshold_unit",
    "--total-capital": "total_capital",
    "--price-step-down": "price_step_pct",
    "--take-profit-pct": "take_profit_pct",
    "--stop-loss-pct": "stop_loss_pct",
    "--max-layers": "max_layers",
    "--multiplier": "multiplier",
    "--use-market-order": "entry_type",
    "--entry-type": "entry_type",
    "--entry-price": "entry_price",
    "--first-order-amount": "first_order_amount",
    "--entry-gap-after-tp": "entry_gap_after_tp",
}
"""Flag -> the key in the strategy's settings."""

DEFAULTS: Final[Mapping[str, str]] = {"max_orders": "3", "interval": "60"}
"""Settings of a configuration that is built from flags, where its kind has such a key."""

_KIND_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {"arbitrage": {"threshold_unit": "quote"}}
"""Further ones by kind: the thresholds of R4's flags are money per base unit."""

_FRACTIONS: Final = ("--price-step-down", "--take-profit-pct", "--stop-loss-pct")
"""R1's users type fractions, and losses with a sign; the settings are percentages."""

DEFAULT_DURATION_S: Final = "3600"

_MARKETS: Final = {"spot": "spot_maker", "perp": "perp_maker"}
_STRATEGY_FLAGS: Final[Mapping[str, str]] = {"--symbol": "symbol", "--duration": "duration", "--strategy": "kind"}
_TOP_FLAGS: Final[Mapping[str, str]] = {"--stage": "stage", "--language": "language"}
_BUILDING_FLAGS: Final = ("--market-type", "--ticker")
_FIXED_TEXT: Final[Mapping[str, str]] = {
    "--enable-rebalance": "true",
    "--disable-rebalance": "false",
    "--use-market-order": "market",
}

_PERP_OF_TICKER: Final[Mapping[str, str]] = {"backpack": "{}_USDC_PERP"}
"""What a venue calls the perp of an asset, where it has a spot market of it as well."""

FLAGS: Final = (*SETTINGS, *_STRATEGY_FLAGS, *_TOP_FLAGS, *_BUILDING_FLAGS, "--exchange", "--ws-proxy")
"""Every flag that ``lay_flags`` knows; all take a text, --enable-rebalance and --disable-rebalance ignore theirs."""


def build_from_flags(flags: Mapping[str, str], environment: Environment) -> Layered:
    """Build a raw configuration of one strategy for a run without a file; ``lay_flags`` then lays the flags over it."""
    venue = flags.get("--exchange", "backpack")
    market = flags.get("--market-type", "spot")
    kind = flags.get("--strategy") or ("arbitrage" if "--ticker" in flags else _MARKETS.get(market, market))
    accounts = _accounts(kind, venue, environment)
    settings = _fields_of(kind)
    strategy: dict[str, Any] = {
        "name": normal_name(kind).lower()[:40] or "strategy",
        "kind": kind,
        "settings": {
            **{key: value for key, value in DEFAULTS.items() if key in settings},
            **_KIND_DEFAULTS.get(kind, {}),
        },
    }
    strategy |= {"account": venue} if len(accounts) == 1 else {"accounts": list(accounts)}
    if "--ticker" not in flags:  # R4 runs until it is stopped
        strategy["duration"] = DEFAULT_DURATION_S
    layered = Layered({"accounts": accounts, "strategies": [strategy]})
    layered.sources[("strategies", 0, "kind")] = _kind_source(flags, market)
    named = "flag --exchange" if "--exchange" in flags else "default"
    for name, account in accounts.items():
        if "--exchange" in flags:
            layered.sources[("accounts", name, "venue")] = named
        for field, value in account.items():
            if isinstance(value, str) and value.startswith("env:"):
                layered.sources[("accounts", name, field)] = named
    return layered


def _accounts(kind: str, venue: str, environment: Environment) -> dict[str, dict[str, object]]:
    """The raw accounts of a kind by name: one for each leg.

    R4 trades Backpack against Lighter; any other pair is two accounts of one venue, as R2's is.
    """
    other = {"backpack": "lighter", "lighter": "backpack"}.get(venue) if kind == "arbitrage" else None
    pair = kind in KINDS and KINDS[kind].legs > 1
    accounts = {venue: account_from_names(venue, environment)}
    if pair and other is not None:
        accounts[other] = account_from_names(other, environment)
    elif pair:
        accounts[f"{venue}2"] = account_from_names(venue, environment, "2")
    if venue == "sim":
        for at, account in enumerate(accounts.values(), 1):
            account["market"] = {"name": f"m{at}"}
    return accounts


def lay_flags(layered: Layered, flags: Mapping[str, str], name: str | None, *, built: bool) -> None:
    """Lay flags over a configuration; ``name`` picks the strategy, ``built``: it was made by ``build_from_flags``."""
    _Flags(layered, name, built=built).lay(flags)


def missing_flag(place: Place) -> str | None:
    """Give the flag that would have set a place of a configuration built from flags."""
    by_key = {key: flag for flag, key in (*SETTINGS.items(), *_STRATEGY_FLAGS.items())}
    key = place[-1] if place else None
    return by_key.get(key) if isinstance(key, str) and place[0] == "strategies" else None


def _kind_source(flags: Mapping[str, str], market: str) -> str:
    if "--strategy" in flags:
        return "flag --strategy"
    if "--ticker" in flags:
        return "flag --ticker"
    return f"flag --market-type {market}" if "--market-type" in flags else "default (--market-type spot)"


def _setting_text(flag: str, text: str) -> str:
    """A flag's text as its setting is written; what is no number stays, and the check names it."""
    if flag not in _FRACTIONS:
        return _FIXED_TEXT.get(flag, text)
    try:
        return decimal_text(abs(Decimal(text)) * 100)
    except ArithmeticError:
        return text


def _fields_of(kind: object) -> set[str]:
    known = KINDS.get(kind) if isinstance(kind, str) else None
    return {field.encode_name for field in struct_info(known.settings_type).fields} if known else set()


class _Flags:
    """Lays flags over one layered configuration."""

    def __init__(self, layered: Layered, name: str | None, *, built: bool) -> None:
        self.layered = layered
        self.built = built
        strategies = layered.raw.get("strategies")
        self.strategies: list[Any] = strategies if isinstance(strategies, list) else []
        self.chosen = self._choose(name)

    def lay(self, flags: Mapping[str, str]) -> None:
        """Lay each flag where it belongs; what cannot be placed is a fault."""
        if "--enable-rebalance" in flags and "--disable-rebalance" in flags:
            self._fault("--enable-rebalance and --disable-rebalance: both are given; keep one of them")
        for flag, text in flags.items():
            source = f"flag {flag}"
            if flag in _TOP_FLAGS:
                self.layered.put((_TOP_FLAGS[flag],), text, source)
            elif flag in _BUILDING_FLAGS or (flag == "--exchange" and self.built):
                self._building(flag, text)
            elif flag == "--duration" and self.chosen is None:
                for index in range(len(self.strategies)):
                    self.layered.put(("strategies", index, "duration"), text, source)
            elif self._chosen_for(flag):
                self._one(flag, text, source)

    def _one(self, flag: str, text: str, source: str) -> None:
        place: Place = ("strategies", self.chosen or 0)
        strategy = self.strategies[self.chosen or 0]
        if not isinstance(strategy, dict):
            return  # the check names that fault
        kind = strategy.get("kind")
        if flag == "--exchange":
            self._exchange(text, place)
        elif flag == "--ws-proxy":
            self.layered.put(("accounts", str(strategy.get("account")), "proxy"), text, source)
        elif flag in _STRATEGY_FLAGS:
            self.layered.put((*place, _STRATEGY_FLAGS[flag]), text, source)
        elif SETTINGS[flag] in _fields_of(kind):
            self.layered.put((*place, "settings", SETTINGS[flag]), _setting_text(flag, text), source)
        elif isinstance(kind, str) and kind in KINDS:
            self._fault(f"{flag}: does not apply to a {kind}; leave it out")

    def _building(self, flag: str, text: str) -> None:
        if not self.built:
            self._fault(f"{flag}: builds a configuration and cannot change the one of --config; leave one of them out")
        elif flag == "--market-type" and text not in _MARKETS:
            self._fault(f"--market-type: must be one of {', '.join(_MARKETS)}")
        elif flag == "--ticker":
            self._ticker(text.upper())

    def _ticker(self, base: str) -> None:
        """R4's ticker is a perp's on every venue; where its bare name would be a spot market's too, it is spelt out."""
        accounts = self.layered.raw.get("accounts")
        venues = [account["venue"] for account in accounts.values()] if isinstance(accounts, dict) else []
        names = [_PERP_OF_TICKER.get(venue, "{}").format(base) for venue in venues]
        if len(set(names)) <= 1:
            self.layered.put(("strategies", 0, "symbol"), names[0] if names else base, "flag --ticker")
            return
        self.strategies[0]["symbols"] = names
        self.layered.sources["strategies", 0, "symbols"] = "flag --ticker"

    def _exchange(self, venue: str, place: Place) -> None:
        accounts = self.layered.raw.get("accounts")
        named = accounts if isinstance(accounts, dict) else {}
        fitting = [
            name for name, account in named.items() if isinstance(account, dict) and account.get("venue") == venue
        ]
        if len(fitting) == 1:
            self.layered.put((*place, "account"), fitting[0], "flag --exchange")
        else:
            what = "several accounts are" if fitting else "no account is"
            self._fault(f"--exchange: {what} on that venue; name the account in the configuration")

    def _choose(self, name: str | None) -> int | None:
        names = [str(strategy.get("name")) if isinstance(strategy, dict) else "" for strategy in self.strategies]
        if name is None:
            return 0 if len(names) == 1 else None
        if name in names:
            return names.index(name)
        self._fault(f"--name: no strategy has that name{nearest(name, names)}")
        return None

    def _chosen_for(self, flag: str) -> bool:
        if self.chosen is None and not self.layered.faults:
            count = len(self.strategies)
            self._fault(f"{flag}: the configuration has {count} strategies; say which one is meant with --name")
        return self.chosen is not None

    def _fault(self, text: str) -> None:
        self.layered.faults.append(Fault((), text))

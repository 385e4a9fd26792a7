"""Check a whole configuration: the sections that know one another, all faults at once."""

from typing import Any

from mmtui.config.accounts import ACCOUNT_TYPES, Account, SimAccount
from mmtui.config.checking import INVALID, Checker
from mmtui.config.faults import Fault, Place, nearest, shown
from mmtui.config.forms import name_fault
from mmtui.config.reading import Raw, json_kind
from mmtui.config.schema import Config, StrategyConfig
from mmtui.strategies import KINDS

Values = dict[str, Any]
"""Checked members of an object: typed or INVALID."""


def check_document(raw: dict[str, Any]) -> tuple[Config | None, list[Fault]]:
    """Check the raw object of a configuration; the Config is None where there are faults."""
    document = _Document(raw)
    config = document.check()
    return (None if document.faults else config), document.faults


def account_type(raw: object) -> type[Account] | None:
    """Say which Struct a raw account is, by its ``venue``; None where that cannot be said."""
    venue = raw.get("venue") if isinstance(raw, dict) else None
    return ACCOUNT_TYPES.get(venue) if isinstance(venue, str) else None


def normal_name(name: str) -> str:
    """Fold a name as environment variables do: capitals, ``_`` for everything that is no letter or digit."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name.upper())


class _Document(Checker):
    """The pass over one document."""

    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__()
        self.raw = raw
        self.accounts: dict[str, Any] = {}
        self.strategies: list[Values] = []

    def check(self) -> Config | None:
        """Check everything; the faults are in ``faults``."""
        values = self.fields(self.raw, Config, (), {"accounts": self._accounts, "strategies": self._strategies})
        for index, strategy in enumerate(self.strategies):
            self._references(strategy, ("strategies", index))
        self._names()
        self._markets()
        self._stage(values)
        self._claims()
        config = self.build(Config, values, ())
        return config if isinstance(config, Config) else None

    # ------------------------------------------------------------------------------------------------- sections

    def _accounts(self, raw: Raw, place: Place) -> Raw:
        if not isinstance(raw, dict):
            return self.fault(place, f"must be an object of accounts by name, not {json_kind(raw)}")
        self.duplicates(raw, place)
        self.accounts = {name: self._account(name, account, (*place, name)) for name, account in raw.items()}
        return INVALID if INVALID in self.accounts.values() else self.accounts

    def _account(self, name: str, raw: Raw, place: Place) -> Raw:
        problem = name_fault(name)
        if problem is not None:
            self.fault(place, f"the name {problem.text}")
        struct = account_type(raw)
        if struct is not None:
            account = self.struct(raw, struct, place)
            return INVALID if problem else account
        if not isinstance(raw, dict):
            return self.fault(place, f"must be an object ({{...}}), not {json_kind(raw)}")
        here = (*place, "venue")
        if "venue" not in raw:
            return self.fault(here, f"is missing; one of {', '.join(ACCOUNT_TYPES)}")
        venue = raw["venue"]
        near = nearest(venue, ACCOUNT_TYPES) if isinstance(venue, str) else ""
        return self.fault(here, f"no such venue{near}", shown(venue))

    def _strategies(self, raw: Raw, place: Place) -> Raw:
        if not isinstance(raw, list):
            return self.fault(place, f"must be a list ([...]) of strategies, not {json_kind(raw)}")
        built = []
        for index, strategy in enumerate(raw):
            here = (*place, index)
            values = self._strategy(strategy, here)
            self.strategies.append(values)
            built.append(self.build(StrategyConfig, values, here))
        return INVALID if INVALID in built else tuple(built)

    def _strategy(self, raw: Raw, place: Place) -> Values:
        name = raw.get("kind") if isinstance(raw, dict) else None
        kind = KINDS.get(name) if isinstance(name, str) else None

        def settings(raw_settings: Raw, here: Place) -> Raw:
            if kind is None:
                return INVALID  # without its kind nothing can be said of it
            checked = self.struct(raw_settings, kind.settings_type, here)
            if checked is not INVALID:
                for problem in kind.check(checked):
                    self.fault(here, problem)
            return checked

        def kind_name(raw_kind: Raw, here: Place) -> Raw:
            if kind is not None:
                return kind.name
            return self.fault(here, f"no such kind{nearest(str(raw_kind), KINDS)}", shown(raw_kind))

        values = self.fields(raw, StrategyConfig, place, {"settings": settings, "kind": kind_name})
        if kind is not None:
            values = {**kind.defaults, **values}
        if isinstance(raw, dict):
            for one, several in (("account", "accounts"), ("symbol", "symbols")):
                if (values.get(one) is None) == (values.get(several) is None):
                    wrong = "is missing" if values.get(one) is None else f'stands beside "{several}"; keep one of them'
                    self.fault((*place, one), wrong)
        return values

    # ---------------------------------------------------------------------------------- what needs several of them

    def _references(self, strategy: Values, place: Place) -> None:
        for name, here in _named(strategy, "account", "accounts", place):
            if name not in self.accounts:
                hint = nearest(name, self.accounts) if self.accounts else "; there is none in accounts"
                self.fault(here, f"no such account{hint}", shown(name))
        kind = KINDS.get(strategy.get("kind", ""))
        self._legs(strategy, 1 if kind is None else kind.legs, place)

    def _legs(self, strategy: Values, legs: int, place: Place) -> None:
        """Hold the accounts and symbols of a strategy against the number of legs of its kind."""
        accounts, symbols = strategy.get("accounts"), strategy.get("symbols")
        if legs > 1:
            if isinstance(strategy.get("account"), str):
                self.fault((*place, "account"), f'one account, but this kind trades on {legs}; name them in "accounts"')
            elif isinstance(accounts, tuple) and len(accounts) != legs:
                self.fault((*place, "accounts"), f"{len(accounts)} accounts, but this kind trades on {legs}")
            elif isinstance(accounts, tuple) and len(set(accounts)) != legs:
                self.fault((*place, "accounts"), "names an account twice; each leg needs an account of its own")
            if isinstance(symbols, tuple) and len(symbols) not in (1, legs):
                self.fault((*place, "symbols"), f"{len(symbols)} symbols, but this kind trades one or {legs}")
            return
        if isinstance(accounts, tuple) and len(accounts) != 1:
            self.fault((*place, "accounts"), f"{len(accounts)} accounts, but this kind trades on one")
        if isinstance(symbols, tuple) and len(symbols) != 1:
            self.fault((*place, "symbols"), f"{len(symbols)} symbols, but this kind trades one")

    def _names(self) -> None:
        """Names that differ only by case, or by - and _, could not be told apart in the environment or on disk."""
        self._unique([(name, ("accounts", name)) for name in self.accounts])
        named = [(strategy.get("name"), index) for index, strategy in enumerate(self.strategies)]
        self._unique([(name, ("strategies", index, "name")) for name, index in named if isinstance(name, str)])

    def _unique(self, names: list[tuple[str, Place]]) -> None:
        first: dict[str, str] = {}
        for name, place in names:
            folded = normal_name(name)
            if folded in first:
                self.fault(place, f'duplicate name: "{first[folded]}" is another one; rename one of them', shown(name))
            else:
                first[folded] = name

    def _markets(self) -> None:
        """Accounts that name the same simulated market share its books, so they must say the same of it."""
        first: dict[str, tuple[str, SimAccount]] = {}
        for name, account in self.accounts.items():
            if not isinstance(account, SimAccount):
                continue
            market = account.market
            for index, asset in enumerate(market.assets):
                for field in ("price", "tick_size", "lot_size"):
                    if getattr(asset, field) <= 0:
                        self.fault(("accounts", name, "market", "assets", index, field), "must be greater than 0")
            other, held = first.setdefault(market.name, (name, account))
            if (held.market, held.settings) != (market, account.settings):
                problem = (
                    f'differs from account "{other}", which is on the same market; write the same, or another name'
                )
                self.fault(("accounts", name, "market"), problem)

    def _stage(self, values: Values) -> None:
        """Hold stage and venues together: all simulated is stage sim, live needs credentials and no simulation."""
        accounts = {name: account for name, account in self.accounts.items() if isinstance(account, Account)}
        stage = values.get("stage", "paper")
        simulated = [name for name, account in accounts.items() if account.simulated]
        if accounts and len(simulated) == len(self.accounts) and stage in ("paper", "sim"):
            values["stage"] = "sim"
        elif stage == "sim":
            for name, account in accounts.items():
                if not account.simulated:
                    place: Place = ("accounts", name, "venue")
                    self.fault(
                        place, "stage sim needs every account on sim or replay; or say stage paper", account.venue
                    )
        elif stage == "live":
            for name in simulated:
                self.fault(
                    ("accounts", name, "venue"),
                    "a simulated venue cannot trade live; say stage sim or paper",
                    accounts[name].venue,
                )
            for name, account in accounts.items():
                self._credentials(name, account)

    def _credentials(self, name: str, account: Account) -> None:
        complete = [way for way in account.credentials if all(getattr(account, field) for field in way)]
        if len(complete) > 1:
            ways = " or ".join(" + ".join(way) for way in complete)
            self.fault(("accounts", name), f"has two sets of credentials; keep {ways}")
        used = {
            named
            for strategy in self.strategies
            if strategy.get("enabled", True)
            for named, _ in _named(strategy, "account", "accounts", ())
        }
        if complete or account.simulated or name not in used:
            return
        ways = ", or ".join(" + ".join(way) for way in account.credentials)
        self.fault(("accounts", name), f"stage live needs the credentials {ways}")

    def _claims(self) -> None:
        """One worker claims (account, symbol): a second enabled strategy on it is a fault."""
        claimed: dict[tuple[Any, str], int] = {}
        for index, strategy in enumerate(self.strategies):
            if strategy.get("enabled", True) is not True or not isinstance(strategy.get("name"), str):
                continue
            place: Place = ("strategies", index)
            for account, _ in _named(strategy, "account", "accounts", place):
                for symbol, here in _named(strategy, "symbol", "symbols", place):
                    claim = (self._identity(account), symbol.upper())
                    other = claimed.setdefault(claim, index)
                    if other != index:
                        name = shown(self.strategies[other]["name"])
                        self.fault(here, f"strategy {name} trades it on this account; one must go", shown(symbol))

    def _identity(self, name: str) -> Raw:
        """Two names for one account of a venue are one account: told by the credentials they name."""
        account = self.accounts.get(name)
        way = account.signs_with() if isinstance(account, Account) else None
        return name if account is None or way is None else (account.venue, *(getattr(account, field) for field in way))


def _named(strategy: Values, one: str, several: str, place: Place) -> list[tuple[str, Place]]:
    """The texts of a field that stands alone or as a list, each with its place."""
    single, many = strategy.get(one), strategy.get(several)
    named: list[tuple[str, Place]] = []
    if isinstance(single, str):
        named.append((single, (*place, one)))
    if isinstance(many, tuple):
        named += [(name, (*place, several, index)) for index, name in enumerate(many)]
    return named

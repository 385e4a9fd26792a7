"""Environment names that users of the reference bots already have, and what they mean here."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "BACKPACK_KEY": ("BACKPACK_API_KEY", "BACKPACK_PUBLIC_KEY", "API_KEY"),
    "BACKPACK_SECRET": ("BACKPACK_PRIVATE_KEY", "BACKPACK_SECRET_KEY", "SECRET_KEY"),
    "BACKPACK_KEY2": ("BACKPACK_API_KEY2", "BACKPACK_PUBLIC_KEY2"),
    "BACKPACK_SECRET2": ("BACKPACK_PRIVATE_KEY2", "BACKPACK_SECRET_KEY2"),
}
"""Canonical name -> other names for the same secret, tried in this order where the canonical one is not set."""

SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "backpack": {"key": "BACKPACK_KEY", "secret": "BACKPACK_SECRET"},
    "aster": {"key": "ASTER_API_KEY", "secret": "ASTER_SECRET_KEY"},
    "standx": {"wallet_key": "WALLET_PRIVATE_KEY"},
    "lighter": {"api_key_private": "API_KEY_PRIVATE_KEY"},
    "websea": {"token": "WEBSEA_TOKEN", "secret": "WEBSEA_SECRET"},
}
"""Venue -> credential field -> canonical name, for accounts that are built from flags or from an .env."""

PLAIN: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "backpack": {"rest_url": ("BACKPACK_BASE_URL", "BASE_URL")},
    "websea": {"rest_url": ("WEBSEA_BASE_URL",)},
    "lighter": {"account_index": ("LIGHTER_ACCOUNT_INDEX",), "api_key_index": ("LIGHTER_API_KEY_INDEX",)},
}
"""Venue -> field -> names whose value stands in the configuration itself."""

PROXIES: Final = ("PROXY_WEBSOCKET", "HTTPS_PROXY", "HTTP_PROXY")
"""Tried after <VENUE>_PROXY_WEBSOCKET; referred to by name, because a proxy's address may hold a password."""

_SECRET_NAME = re.compile(r"(KEY|SECRET|TOKEN|PASSWORD|PRIVATE|MNEMONIC|JWT)", re.IGNORECASE)
_NO_SECRET = ("LIGHTER_API_KEY_INDEX",)


def holds_secret(name: str) -> bool:
    """Tell by its name whether an environment variable holds a secret."""
    return name not in _NO_SECRET and (bool(_SECRET_NAME.search(name)) or name.endswith("PROXY_WEBSOCKET"))


def first_set(names: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """Give the first of the names that is set and not empty."""
    return next((name for name in names if environment.get(name)), None)


def account_from_names(venue: str, environment: Mapping[str, str], suffix: str = "") -> dict[str, object]:
    """Build a raw account of a venue out of the names that are set; secrets stay references to the environment.

    ``suffix`` is "2" for the second account on Backpack. What is not set is referred to by its canonical name, so that
    the message about a missing secret names something to set.
    """
    account: dict[str, object] = {"venue": venue}
    for field, name in SECRETS.get(venue, {}).items():
        wanted = name + suffix
        account[field] = f"env:{first_set((wanted, *ALIASES.get(wanted, ())), environment) or wanted}"
    for field, names in PLAIN.get(venue, {}).items():
        found = first_set(names, environment)
        if found is not None:
            account[field] = environment[found]
    if venue in SECRETS:
        proxy = first_set((f"{venue.upper()}_PROXY_WEBSOCKET", *PROXIES), environment)
        if proxy is not None:
            account["proxy"] = f"env:{proxy}"
    return account

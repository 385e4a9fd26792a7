"""Whose checkpoint it is: the venue's account, never a name or a secret; and none where nothing is real."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmtui.config import LoadedConfig, NetworkAccount, load
from mmtui.ports.errors import StorageError
from mmtui.wiring.keeping import identity_of, open_keeper
from tests.acceptance.processes import write_config
from tests.unit.core_scenes import INSTRUMENT

SECRETS = {"KEY": "a very secret key", "SECRET": "c2VjcmV0"}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "backpack": {"key": "env:KEY", "secret": "env:SECRET"},
    "aster": {"user": "0x" + "Ab" * 20, "signer": "0x" + "cd" * 20, "signer_key": "env:SECRET"},
    "old aster": {"key": "env:KEY", "secret": "env:SECRET"},
    "lighter": {"account_index": 7, "api_key_index": 3, "api_key_private": "env:SECRET"},
    "standx": {"wallet_key": "env:KEY"},
    "standx token": {"token": "env:SECRET", "signing_key": "env:KEY"},
    "websea": {"token": "env:KEY", "secret": "env:SECRET"},
}


def loaded(home: Path, name: str, stage: str = "live") -> LoadedConfig:
    venue = name.removeprefix("old ").removesuffix(" token")
    document = {
        "version": 1, "stage": stage, "accounts": {"main": {"venue": venue} | ACCOUNTS[name]},
        "strategies": [{"name": "sol", "kind": "perp_maker", "account": "main", "symbol": "SOL",
                        "settings": {"spread_pct": "0.1", "quantity": "1", "max_position": "2"}}],
    }  # fmt: skip
    return load(write_config(home, json.loads(json.dumps(document))), home, process=SECRETS)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_is_known_by_itself_and_its_secret_stands_nowhere(name: str, tmp_path: Path) -> None:
    config = loaded(tmp_path, name)
    account = config.config.accounts["main"]
    assert isinstance(account, NetworkAccount)
    known = identity_of(config, account)
    assert known == identity_of(config, account)
    assert known
    assert not [secret for secret in SECRETS.values() if secret in known]


def test_two_strategies_cannot_work_one_symbol_from_two_places(tmp_path: Path) -> None:
    config = loaded(tmp_path, "backpack")
    (strategy,) = config.config.strategies
    keeper = open_keeper(config, strategy, [INSTRUMENT])
    assert keeper is not None
    with pytest.raises(StorageError, match="works this account already"):
        open_keeper(config, strategy, [INSTRUMENT])
    keeper.release()
    again = open_keeper(config, strategy, [INSTRUMENT])
    assert again is not None
    again.release()


def test_on_paper_nothing_outlives_the_run(tmp_path: Path) -> None:
    config = loaded(tmp_path, "backpack", "paper")
    assert open_keeper(config, config.config.strategies[0], [INSTRUMENT]) is None
    assert not list(tmp_path.rglob("*.lease"))

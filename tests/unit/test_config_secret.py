"""Secrets are references; what they name is fetched on request and never printed."""

import os
import pickle
import sys
import types
from pathlib import Path

import pytest

from mmtui.config import Secret, load, resolve_secret
from mmtui.config.faults import looks_secret
from mmtui.ports.errors import SecretsError, SettingsError

CANARY = "canary-5f2c9e7a"


def refused(reference: str, environment: dict[str, str], home: Path = Path()) -> str:
    with pytest.raises(SecretsError) as caught:
        resolve_secret(reference, environment, home)
    assert CANARY not in str(caught.value)
    return str(caught.value)


def test_a_secret_cannot_be_printed_or_pickled() -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {secret!s:>40} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == CANARY


def test_the_environment_is_asked_by_name_then_by_the_names_users_have() -> None:
    assert resolve_secret("env:K", {"K": f" {CANARY}\n"}).reveal() == CANARY
    assert resolve_secret("env:BACKPACK_KEY", {"API_KEY": CANARY}).reveal() == CANARY
    assert resolve_secret("env:BACKPACK_SECRET2", {"BACKPACK_PRIVATE_KEY2": CANARY}).reveal() == CANARY
    same = {"API_KEY": CANARY, "BACKPACK_API_KEY": CANARY}
    assert resolve_secret("env:BACKPACK_KEY", same).reveal() == CANARY


def test_a_secret_that_is_not_there_names_what_to_set() -> None:
    assert refused("env:NOPE", {}) == "env:NOPE: not set; set NOPE in the environment or in .env"
    assert "(or BACKPACK_PRIVATE_KEY)" in refused("env:BACKPACK_SECRET", {})
    assert refused("env:K", {"K": "  "}) == "env:K: is empty; put the secret there"


def test_two_different_candidates_are_not_guessed_between() -> None:
    problem = refused("env:BACKPACK_KEY", {"API_KEY": CANARY, "BACKPACK_PUBLIC_KEY": "other"})
    assert problem == "env:BACKPACK_KEY: not set, and BACKPACK_PUBLIC_KEY and API_KEY differ; set BACKPACK_KEY"


def test_a_literal_is_no_reference() -> None:
    assert refused(CANARY, {}).startswith("(hidden): is no reference")


def test_a_file_is_read_from_home(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    assert resolve_secret("file:key", {}, tmp_path).reveal() == CANARY
    assert resolve_secret(f"file:{tmp_path / 'key'}", {}).reveal() == CANARY


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "key").write_text(CANARY, encoding="utf-8")
    (tmp_path / "key").chmod(mode)
    assert "chmod 600" in refused("file:key", {}, tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "No such file" in refused("file:nope", {}, tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "bytes").chmod(0o600)
    assert "is not UTF-8 text" in refused("file:bytes", {}, tmp_path)
    assert "cannot be read" in refused("file:a\0b", {}, tmp_path)


class FakeKeyring(types.ModuleType):
    """A keyring that holds one entry."""

    def __init__(self) -> None:
        super().__init__("keyring")

    def get_password(self, service: str, name: str) -> str | None:
        return CANARY if (service, name) == ("mmtui", "mine") else None


class FakeKeyringErrors(types.ModuleType):
    """The exceptions of a keyring."""

    KeyringError = RuntimeError


def test_the_keyring_is_imported_only_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring())
    monkeypatch.setitem(sys.modules, "keyring.errors", FakeKeyringErrors("keyring.errors"))
    assert resolve_secret("keyring:mine", {}).reveal() == CANARY
    assert "keyring set mmtui other" in refused("keyring:other", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wFq8Zr3kPz5tYc1vBn7mXs2d", True),
        ("0x" + "4f" * 32, True),
        ("BACKPACK_SECRET_KEY2", False),
        ("binance-btcusdt-raw", False),
        ("0.1234567890123456789012", False),
        ("12345678901234567890", False),
    ],
)
def test_what_looks_like_a_key_is_told_from_names_and_numbers(text: str, expected: bool) -> None:
    assert looks_secret(text) is expected


@pytest.mark.parametrize(
    "account",
    [
        '{"venue": "backpack", "key": "@"}',
        '{"venue": "backpack", "secret": ["@"]}',
        '{"venue": "backpack", "api_key": "@"}',
        '{"venue": "aster", "signer_key": {"x": "@"}}',
        '{"venue": "aster", "signer": "@"}',
        '{"venue": "standx", "wallet_key": "env:@ "}',
        '{"venue": "lighter", "api_key_private": "env @"}',
        '{"venue": "backpack", "rest_url": "https://user:@@host"}',
        '{"venue": "backpack", "proxy": "http://:@@host:1"}',
        '{"venue": "backpack", "proxy": "user:@@host"}',
        '"@"',
        '["@"]',
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(tmp_path: Path, account: str) -> None:
    text = f'{{"accounts": {{"a": {account.replace("@", CANARY, 1)}}}, "strategies": []}}'
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load("c.json", tmp_path, process={})
    assert CANARY not in str(caught.value)


def test_a_literal_secret_in_an_override_is_refused_and_never_repeated(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"accounts": {"a": {"venue": "backpack"}}, "strategies": []}', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load("c.json", tmp_path, process={"MMTUI__ACCOUNTS__A__SECRET": CANARY})
    assert "env MMTUI__ACCOUNTS__A__SECRET: accounts.a.secret = (hidden)" in str(caught.value)
    assert CANARY not in str(caught.value)

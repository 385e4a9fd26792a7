"""Secrets in every shape they travel in."""

import base64
import json
from urllib.parse import quote

import pytest

from mmtui.exchanges.shared.redact import HIDDEN, Redactor

CANARY = "cAnArY-s3cr3t/+key=="


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY, safe=""),
        quote(CANARY),
        json.dumps(CANARY),
        base64.b64encode(CANARY.encode()).decode(),
        CANARY.encode().hex(),
        CANARY.encode().hex().upper(),
        CANARY.upper(),
    ],
)
def test_a_registered_value_is_hidden_in_every_form(form: str) -> None:
    shown = Redactor([CANARY]).text(f"before {form} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert form.strip('"') not in shown


def test_the_bare_form_of_a_hex_key_is_hidden_too() -> None:
    assert Redactor(["0xabcdef1234"]).text("key abcdef1234!") == f"key {HIDDEN}!"


def test_short_values_are_left_alone_by_value() -> None:
    assert Redactor(["a", ""]).text("a cat") == "a cat"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("symbol=BTC&signature=deadbeef01&x=1", f"symbol=BTC&signature={HIDDEN}&x=1"),
        ("X-MBX-APIKEY: abc123", f"X-MBX-APIKEY: {HIDDEN}"),
        ("X-API-Key: abc+/=", f"X-API-Key: {HIDDEN}"),
        ("x-signature: abc+/=", f"x-signature: {HIDDEN}"),
        ("Token: 57ba172a6be125c", f"Token: {HIDDEN}"),
        ('{"listenKey":"pqia91"}', f'{{"listenKey":{HIDDEN}}}'),
        ('{"token": "abc", "n": 1}', f'{{"token": {HIDDEN}, "n": 1}}'),
        (r'{"params":"{\"token\":\"abc\"}"}', rf'{{"params":"{{\"token\":{HIDDEN}}}"}}'),
        ('"signature":["key","sig","1750","5000"],"n":1', f'"signature":{HIDDEN},"n":1'),
        ('{"Signature":"ab12","op":"sub"}', f'{{"Signature":{HIDDEN},"op":"sub"}}'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.abc-_1 end", f"jwt {HIDDEN} end"),
        ("wss://h/ws/pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv", f"wss://h/ws/{HIDDEN}"),
        ("http://user:pw@proxy:3128", f"http://{HIDDEN}@proxy:3128"),
        ("0x" + "ab" * 32, HIDDEN),
        (base64.b64encode(bytes(range(32))).decode(), HIDDEN),
        (base64.b64encode(bytes(range(64))).decode() + " ok", f"{HIDDEN} ok"),
    ],
)
def test_secrets_are_hidden_by_name_and_by_shape(text: str, left: str) -> None:
    assert Redactor().text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "order 5406825793 at 142.31 rejected: -2010 would immediately match",
        '{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}',
        "closed by the venue (code 1006)",
        "BTCUSDT 0xabc mm-sol-1 2025-06-15T15:06:50Z",
        "Signature for this request is not valid.",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert Redactor([CANARY]).text(text) == text


def test_a_sample_is_one_short_printable_line() -> None:
    redactor = Redactor([CANARY])
    assert redactor.sample(b"\xff\x00<html>\n\t hi </html>") == "??<html> hi </html>".replace("??", "\ufffd?")
    assert redactor.sample("x" * 500) == "x" * 199 + "…"
    assert CANARY not in redactor.sample(("y" * 190 + CANARY).encode())
    assert CANARY[:6] not in redactor.sample(("y" * 190 + CANARY).encode())


def test_nothing_is_told_about_the_values() -> None:
    assert "cAnArY" not in repr(Redactor([CANARY]))

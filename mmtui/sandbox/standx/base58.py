"""Base58 in the alphabet of Bitcoin, in which the venue writes keys."""

from typing import Final

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_BASE: Final = len(ALPHABET)


def encode(data: bytes) -> str:
    """Bytes as text."""
    number = int.from_bytes(data)
    text = ""
    while number:
        number, rest = divmod(number, _BASE)
        text = ALPHABET[rest] + text
    return ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def decode(text: str) -> bytes:
    """Text as bytes. Raises ValueError for a letter that is none of the alphabet's."""
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise ValueError(f"{letter!r} is no letter of base58")
        number = number * _BASE + _VALUES[letter]
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)

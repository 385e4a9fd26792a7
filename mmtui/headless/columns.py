"""Text in columns of a terminal, where a Chinese character takes two."""

import unicodedata
from collections.abc import Iterator
from typing import Final

_NO_COLUMN: Final = ("Mn", "Me", "Cf")
_ASCII_END: Final = 0x7F
_FIRST_PRINTABLE: Final = 0x20


def display_width(text: str) -> int:
    """How many columns ``text`` takes; ambiguous characters count as one.

    >>> display_width("bid"), display_width("买一")
    (3, 4)
    """
    return sum(map(_columns, text)) if not text.isascii() else len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` with blanks up to ``width`` columns, before it where ``right``; longer text stays whole."""
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def printable(text: str) -> str:
    """``text`` without control characters: what a venue says must not move the cursor."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_printable(char) else " " for char in text)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` (2 or more) columns: broken at blanks and beside wide characters, else inside a word.

    Several blanks count as one.
    """
    text = " ".join(text.split())
    if display_width(text) <= width:
        return [text]
    lines, line, room = [], "", width
    for piece in _pieces(text):
        columns = display_width(piece)
        if columns > room and line:
            lines.append(line)
            line, room = "", width
            piece = piece.lstrip()  # noqa: PLW2901 - a blank at the break is not printed
            columns = display_width(piece)
        while columns > width:
            head = _fitting(piece, room)
            lines.append(line + head)
            line, room, piece = "", width, piece[len(head) :]  # noqa: PLW2901 - what is left of it
            columns = display_width(piece)
        line += piece
        room -= columns
    return [*lines, line]


def _columns(char: str) -> int:
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in _NO_COLUMN else 1


def _is_printable(char: str) -> bool:
    code = ord(char)
    return _FIRST_PRINTABLE <= code < _ASCII_END or (code > _ASCII_END and unicodedata.category(char)[0] not in "CZ")


def _pieces(text: str) -> Iterator[str]:
    """What a line may not be broken inside of: a word with the blank before it, or one wide character."""
    word = ""
    for char in text:
        wide = _columns(char) == 2  # noqa: PLR2004 - two columns is what wide means
        if word and (char == " " or wide or _columns(word[-1]) == 2):  # noqa: PLR2004
            yield word
            word = ""
        word += char
    if word:
        yield word


def _fitting(text: str, width: int) -> str:
    """As much of the beginning of ``text`` as fits into ``width`` columns, at least one character."""
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > width and index:
            return text[:index]
    return text

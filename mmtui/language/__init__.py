"""The two languages people read: English, which stands in the code, and simplified Chinese from a gettext catalogue.

How messages are written, extracted and compiled: docs/translation.md.
"""

import gettext
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mmtui.ports.errors import SettingsError

DOMAIN: Final = "mmtui"
LOCALES: Final = Path(__file__).with_name("locales")

_CATALOGUES: Final = {"en": "", "zh": "zh_CN"}
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def chosen_language(setting: str | None, environment: Mapping[str, str]) -> str:
    """``en`` or ``zh``: the explicit setting, else what the environment's locale begins with, else English.

    Of LC_ALL, LC_MESSAGES and LANG the first that is not empty decides, as POSIX has it. Every Chinese locale gets the
    one Chinese catalogue there is.

    Raises:
        SettingsError: ``setting`` names a language there is no catalogue for.
    """
    if setting:
        language = setting[:2].lower()
        if language not in _CATALOGUES or setting[2:3].isalpha():
            raise SettingsError(f"language {setting!r} is not known; use {' or '.join(_CATALOGUES)}")
        return language
    locale = next((value for name in _VARIABLES if (value := environment.get(name))), "")
    return "zh" if locale[:2].lower() == "zh" else "en"


def translator(language: str) -> gettext.NullTranslations:
    """The catalogue of ``en`` or ``zh``; its ``gettext`` turns an English message into that language.

    Raises:
        SettingsError: there is no such language.
    """
    catalogue = _CATALOGUES[chosen_language(language, {})]
    if not catalogue:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [catalogue])


def N_(text: str) -> str:  # noqa: N802 - gettext's own name, which the extraction looks for
    """Mark a constant for the catalogue; it is translated where it is shown."""
    return text

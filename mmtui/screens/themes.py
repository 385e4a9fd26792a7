"""The two themes of our own, and the colours that every theme must know: sides, gains and stages.

Buy is blue and sell is orange in ours, which people who cannot tell red from green tell apart; a mark or a word stands
beside the colour everywhere. Contrast of text against its ground is at least 4.5 to 1.
"""

from typing import Final

from textual.theme import Theme

DARK: Final = "mmtui-dark"
LIGHT: Final = "mmtui-light"

MMTUI_DARK: Final = Theme(
    name=DARK,
    primary="#6cb6ff",
    secondary="#9aa7b8",
    accent="#c7a6ff",
    foreground="#d5dbe3",
    background="#0f1318",
    surface="#151b22",
    panel="#1e2630",
    success="#5fc9a8",
    warning="#e8b339",
    error="#ff8075",
    dark=True,
    variables={
        "buy": "#58b0ff",
        "sell": "#ff9e4a",
        "gain": "#5fc9a8",
        "loss": "#ff8075",
        "stage-live": "#d23f31",
        "stage-paper": "#7c55c6",
        "stage-sim": "#2f6f9f",
        "quiet": "#8794a4",
        "block-cursor-background": "#2b5278",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "border": "#3a4655",
        "border-blurred": "#2a3440",
        "input-selection-background": "#2b5278",
        "footer-background": "#1e2630",
        "scrollbar": "#3a4655",
        "scrollbar-hover": "#55657a",
        "scrollbar-active": "#6cb6ff",
        "scrollbar-background": "#151b22",
        "scrollbar-background-hover": "#151b22",
        "scrollbar-background-active": "#151b22",
        "scrollbar-corner-color": "#151b22",
    },
)

MMTUI_LIGHT: Final = Theme(
    name=LIGHT,
    primary="#0b62b0",
    secondary="#51606f",
    accent="#6a3fb5",
    foreground="#1d242c",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e3dc",
    success="#0f6e55",
    warning="#8a5a00",
    error="#b3261e",
    dark=False,
    variables={
        "buy": "#0b5cad",
        "sell": "#a84300",
        "gain": "#0f6e55",
        "loss": "#b3261e",
        "stage-live": "#b3261e",
        "stage-paper": "#6a3fb5",
        "stage-sim": "#0b5c8f",
        "quiet": "#5b6673",
        "block-cursor-background": "#0b62b0",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "border": "#b3aea3",
        "border-blurred": "#cfcac0",
        "input-selection-background": "#bcd7f2",
        "footer-background": "#e6e3dc",
        "scrollbar": "#b3aea3",
        "scrollbar-hover": "#968f82",
        "scrollbar-active": "#0b62b0",
        "scrollbar-background": "#f3f1ec",
        "scrollbar-background-hover": "#f3f1ec",
        "scrollbar-background-active": "#f3f1ec",
        "scrollbar-corner-color": "#f3f1ec",
    },
)

_DARK_DEFAULTS: Final = ("buy", "sell", "gain", "loss", "stage-live", "stage-paper", "stage-sim", "quiet")


def variable_defaults(*, dark: bool) -> dict[str, str]:
    """Our colours for themes that do not know them."""
    known = (MMTUI_DARK if dark else MMTUI_LIGHT).variables
    return {name: known[name] for name in _DARK_DEFAULTS}

"""The colours of a figure, by token, in a light and a dark palette.

A drawing is made once with tokens in place of colours ("$skin$"); painting puts the colours in: as custom properties
with the theme's colour to fall back on, so that a page may set its own, or plainly for pictures.
In the light palette the far limbs, the top and the shoes stay under 3:1 against the card: nothing may depend on them.
"""

import re
from typing import Literal, TypeAlias

Theme: TypeAlias = Literal["light", "dark"]

PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "card": "#E9EEF0",
        "floor": "#DAE2E5",
        "shadow": "#C2CDD2",
        "skin": "#C78A66",
        "skin-far": "#E0BDA6",
        "skin-dk": "#A86C4B",
        "tights": "#2B3A55",
        "tights-far": "#8592A8",
        "top": "#2F9C95",
        "top-far": "#8CC7C2",
        "hair": "#2A2426",
        "bun": "#3D3437",
        "shoe": "#FFFFFF",
        "shoe-far": "#F6F8F9",
        "sole": "#22827C",
        "sole-far": "#84BDB9",
        "accent": "#FF5A3C",
        "band": "#F5B82E",
        "mat": "#BFD3C6",
        "mat-side": "#9DB8A8",
        "prop": "#C4CED5",
        "prop-side": "#B3BFC8",
        "prop-top": "#D3DBE0",
        "arrow": "#6B7C93",
    },
    "dark": {
        "card": "#14191F",
        "floor": "#1F272F",
        "shadow": "#0B0F13",
        "skin": "#D9A07C",
        "skin-far": "#8F6D59",
        "skin-dk": "#B57F5E",
        "tights": "#566FA6",
        "tights-far": "#36455F",
        "top": "#3FB8AF",
        "top-far": "#23706B",
        "hair": "#5B4640",
        "bun": "#6E564E",
        "shoe": "#F2F4F8",
        "shoe-far": "#AAB2BF",
        "sole": "#3FB8AF",
        "sole-far": "#23706B",
        "accent": "#FF8B6E",
        "band": "#FFC94D",
        "mat": "#34483F",
        "mat-side": "#263730",
        "prop": "#4A5360",
        "prop-side": "#39414C",
        "prop-top": "#5A6472",
        "arrow": "#9FB0C6",
    },
}
TOKEN = re.compile(r"\$([a-z-]+)\$")


def token(colour: str) -> str:
    """How a colour is written in a drawing that isn't painted yet."""
    return f"${colour}$"


def paint(drawing: str, theme: Theme) -> str:
    """Put custom properties in place of the tokens: var(--fig-skin,#C78A66)."""
    palette = PALETTES[theme]
    return TOKEN.sub(lambda match: f"var(--fig-{match[1]},{palette[match[1]]})", drawing)


def paint_plain(drawing: str, theme: Theme) -> str:
    """Put plain colours in place of the tokens."""
    palette = PALETTES[theme]
    return TOKEN.sub(lambda match: palette[match[1]], drawing)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#RRGGBB" after WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

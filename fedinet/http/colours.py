"""The community's colour for what reads no stylesheet. Pure.

Source: https://bottosson.github.io/posts/oklab/
"""

from math import cos, radians, sin
from typing import Final

_LIGHTNESS: Final = 0.42
_CHROMA: Final = 0.085
"""Both of ``--tone`` in the stylesheet, in light."""


def theme_colour(hue: int) -> str:
    """The community's tone as ``#rrggbb``; ``hue`` in degrees."""
    a, b = _CHROMA * cos(radians(hue)), _CHROMA * sin(radians(hue))
    long = (_LIGHTNESS + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (_LIGHTNESS - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (_LIGHTNESS - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_eight_bits(one):02x}" for one in linear)


def _eight_bits(linear: float) -> int:
    kept = min(1.0, max(0.0, linear))
    shown = 12.92 * kept if kept <= 0.0031308 else 1.055 * kept ** (1 / 2.4) - 0.055
    return round(255 * shown)

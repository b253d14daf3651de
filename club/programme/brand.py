"""The contrast gate: a club's colours, the shades that follow from them, and whether people can read the result.

Contrast is that of WCAG 2.2 (relative luminance of sRGB): 4.5 for text, 3 for edges, marks and the focus ring.
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

from club.errors import BadSetting, ContrastTooLow

WHITE, BLACK = "#FFFFFF", "#000000"
CANVAS = "#FAF8F4"
TEXT_CONTRAST, EDGE_CONTRAST = 4.5, 3.0

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Brand:
    """What a club chooses: the colour of buttons and of the tier card, and the colour of marks."""

    brand: str
    accent: str

    def __post_init__(self) -> None:
        for name, color in (("brand", self.brand), ("accent", self.accent)):
            if not re.fullmatch("#[0-9A-Fa-f]{6}", color):
                raise BadSetting(name, f"{color!r} is not a colour like #16324A")


@dataclass(frozen=True)
class Shades:
    """All colours of the look that depend on the club's choice."""

    brand: str
    brand_hover: str
    brand_soft: str
    brand_track: str
    on_brand: str
    on_brand_2: str
    accent: str
    accent_soft: str
    accent_on_brand: str


def check_brand(brand: Brand) -> None:
    """Raise `ContrastTooLow`, with the nearest shade that passes, unless everything can be read.

    The brand carries white text and stands as an edge and as link text on the page, the accent is text and mark there.
    """
    for name, color in (("brand", brand.brand), ("accent", brand.accent)):
        ratio = min(contrast(color, CANVAS), contrast(color, WHITE))
        if ratio < TEXT_CONTRAST:
            raise ContrastTooLow(name, int(ratio * 100), nearest_readable(color, CANVAS, TEXT_CONTRAST))


def shades_of(brand: Brand) -> Shades:
    """The shades computed from a choice. Each one can be read on its ground whatever was chosen."""
    ground = nearest_readable(brand.brand, CANVAS, TEXT_CONTRAST)
    accent = nearest_readable(brand.accent, CANVAS, TEXT_CONTRAST)
    accent_soft = as_light_as(brand.accent, 0.905)
    on_ground = nearest_readable(as_light_as(brand.accent, 0.685), ground, TEXT_CONTRAST)
    return Shades(
        brand=ground,
        brand_hover=mixed(ground, BLACK, 0.25),
        brand_soft=mixed(ground, WHITE, 0.92),
        brand_track=_track(ground, on_ground),
        on_brand=WHITE,
        on_brand_2=nearest_readable(mixed(ground, WHITE, 0.82), ground, TEXT_CONTRAST),
        accent=nearest_readable(accent, accent_soft, TEXT_CONTRAST),
        accent_soft=accent_soft,
        accent_on_brand=on_ground,
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest_readable(color: str, ground: str, least: float) -> str:
    """`color`, moved towards black or white (whichever the ground asks for) only as far as it must."""
    if contrast(color, ground) >= least:
        return color.upper()
    end = BLACK if contrast(BLACK, ground) > contrast(WHITE, ground) else WHITE
    steps = (mixed(color, end, step / 100) for step in range(1, 101))
    return next((shade for shade in steps if contrast(shade, ground) >= least), end)


def mixed(color: str, other: str, share: float) -> str:
    """`color` with a share of another one mixed in."""
    pairs = zip(_rgb(color), _rgb(other), strict=True)
    return _hex(tuple(round(a + (b - a) * share) for a, b in pairs))


def as_light_as(color: str, lightness: float) -> str:
    """The same hue and saturation at another lightness, 0 to 1."""
    hue, _, saturation = rgb_to_hls(*(part / 255 for part in _rgb(color)))
    return _hex(tuple(round(part * 255) for part in hls_to_rgb(hue, lightness, saturation)))


def _track(ground: str, fill: str) -> str:
    """The empty part of a bar: lighter than its ground where the fill still stands out, else darker."""
    lighter = mixed(ground, WHITE, 0.2)
    return lighter if contrast(fill, lighter) >= EDGE_CONTRAST else mixed(ground, BLACK, 0.4)


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02X}" for part in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

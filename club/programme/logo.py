"""The club's logo: a picture that somebody gave, made anew as a small PNG."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from club.errors import BadSetting
from club.loading import OnFirstUse

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = OnFirstUse("PIL.Image")

MOST_BYTES = 5_000_000
MOST_PIXELS = 20_000_000
BOX = (480, 160)
"""What a header and a mail need, on a sharp screen."""

_FORMATS = ("PNG", "JPEG", "WEBP")


def keep_logo(file: Path, uploads: Path) -> str:
    """Store a logo under a name of our own and return the name; raises `BadSetting`.

    The picture is decoded and drawn again, so that nothing else that the file carried is kept.
    """
    if file.stat().st_size > MOST_BYTES:
        raise BadSetting("logo", "the file is larger than 5 MB")
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadSetting("logo", "the picture has more than 20 million pixels")
            drawn = picture.convert("RGBA")
    except (Image.UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise BadSetting("logo", "give a PNG, JPEG or WebP picture") from broken
    drawn.thumbnail(BOX)
    uploads.mkdir(parents=True, exist_ok=True)
    name = f"logo-{secrets.token_hex(8)}.png"
    drawn.save(uploads / name, "PNG", optimize=True)
    return name

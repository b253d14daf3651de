"""Pictures of products: bytes in, bytes out. What somebody sent is drawn anew, so nothing else of it is ever kept."""

import io
import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from club.errors import BadPicture
from club.loading import OnFirstUse
from club.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from PIL import Image, ImageCms, ImageOps
else:
    Image = OnFirstUse("PIL.Image")
    ImageCms = OnFirstUse("PIL.ImageCms")
    ImageOps = OnFirstUse("PIL.ImageOps")

FOLDER = "products"
"""Where the files lie, inside the folder of uploads."""
MOST_BYTES = 15_000_000
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
"""By format: a JPEG can be read at a smaller scale, the others are whole in memory before they are made smaller."""
LEAST_SIDE = 300
MASTER_BOX = (2400, 2400)
WIDTHS = (320, 640, 1280)

_MASTER_QUALITY = 92
_WHITE = (255, 255, 255)
_FORMATS = ("JPEG", "PNG", "WEBP")
"""What is opened at all. A JPEG that holds several pictures opens as MPO."""
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    struct.error,
)
"""What Pillow raises over bytes that are no picture, or a picture that is made to do harm."""


class Kind(StrEnum):
    """In what a picture is served; its value ends the file's name. The first that a browser knows is taken."""

    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpg"


MIME_TYPES = {Kind.AVIF: "image/avif", Kind.WEBP: "image/webp", Kind.JPEG: "image/jpeg"}


@dataclass(frozen=True)
class Taken:
    """A picture drawn anew: a JPEG without anything but its colours."""

    data: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The same picture has the same one."""
        return sha256(self.data).hexdigest()[:24]


def take(sent: bytes) -> Taken:
    """Draw anew what somebody sent: turned upright, on white, in sRGB, at most 2400 pixels a side.

    Raises `BadPicture` for what is too large, too small, broken or not a JPEG, PNG or WebP. Bytes and pixels are
    counted before anything is decoded.
    """
    if len(sent) > MOST_BYTES:
        raise BadPicture("bytes")
    try:
        with Image.open(io.BytesIO(sent), formats=_FORMATS) as picture:
            _check_size(picture)
            picture.draft("RGB", MASTER_BOX)
            drawn = _on_white(_in_srgb(ImageOps.exif_transpose(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise BadPicture("pixels") from bomb
    except _BROKEN as broken:
        raise BadPicture("kind") from broken
    drawn.thumbnail(MASTER_BOX, Image.Resampling.LANCZOS)
    return Taken(_encoded(drawn, Kind.JPEG, _MASTER_QUALITY), drawn.width, drawn.height)


def widths_for(width: int) -> tuple[int, ...]:
    """The widths that a picture is made in: none is larger than the picture itself, the largest may be its own."""
    smaller = tuple(one for one in WIDTHS if one < width)
    return smaller if len(smaller) == len(WIDTHS) else (*smaller, width)


def height_for(width: int, picture_width: int, picture_height: int) -> int:
    """How high a size of so much width is."""
    return max(1, round(picture_height * width / picture_width))


def sized(master: bytes, width: int, kind: Kind) -> bytes:
    """One size of a picture that `take` has drawn."""
    with Image.open(io.BytesIO(master), formats=("JPEG",)) as picture:
        height = height_for(width, picture.width, picture.height)
        picture.draft("RGB", (width, height))
        drawn = picture.convert("RGB")
    if drawn.width != width:
        drawn = drawn.resize((width, height), Image.Resampling.LANCZOS)
    return _encoded(drawn, kind, _QUALITY[kind])


def is_described(alt: Texts) -> bool:
    """Whether somebody who does not see the picture is told what it shows, whatever their language."""
    return all(alt.get(language) for language in LANGUAGES)


_QUALITY = {Kind.AVIF: 60, Kind.WEBP: 80, Kind.JPEG: 82}


def _check_size(picture: "Image.Image") -> None:
    most = MOST_PIXELS[picture.format or "PNG"]
    if picture.width * picture.height > most:
        raise BadPicture("pixels")
    if min(picture.size) < LEAST_SIDE:
        raise BadPicture("small")


def _in_srgb(picture: "Image.Image") -> "Image.Image":
    """Telephones photograph in larger colour spaces; without its profile such a picture would look pale."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA"}:
        return picture
    with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        changed = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
        return changed or picture
    return picture


def _on_white(picture: "Image.Image") -> "Image.Image":
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGB", layer.size, _WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _encoded(picture: "Image.Image", kind: Kind, quality: int) -> bytes:
    """Only the colours: Pillow would carry over comments and profiles that it finds in `info`."""
    bare = picture.copy()
    bare.info = {}
    out = io.BytesIO()
    match kind:
        case Kind.AVIF:
            bare.save(out, "AVIF", quality=quality, speed=7, max_threads=1)
        case Kind.WEBP:
            bare.save(out, "WEBP", quality=quality, method=4)
        case Kind.JPEG:
            bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()

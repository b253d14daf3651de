"""Pictures of products are drawn anew: upright, without anything else that the file carried; bombs are refused."""

import io
import zlib

import pytest
from PIL import Image, ImageCms

from club.catalogue.pictures import (
    MASTER_BOX,
    MOST_BYTES,
    WIDTHS,
    Kind,
    sized,
    take,
    widths_for,
)
from club.errors import BadPicture

ROTATED_BY_90 = 6
ORIENTATION = 0x0112


def sent(size=(900, 600), kind="JPEG", color="#16324A", mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, kind, **more)
    return out.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_and_nothing_else_of_the_file_is_kept(kind):
    exif = Image.Exif()
    exif[0x010E] = "<?php evil();"
    given = sent(kind=kind, exif=exif) + b"<script>evil()</script>"
    taken = take(given)
    assert b"evil" in given
    assert b"evil" not in taken.data
    picture = opened(taken.data)
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (900, 600), {})
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    for size in Kind:
        assert b"evil" not in sized(taken.data, 320, size)


def test_a_photograph_that_was_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_BY_90
    taken = take(sent((900, 600), exif=exif))
    assert (taken.width, taken.height) == (600, 900)
    assert opened(taken.data).size == (600, 900)


def test_a_large_photograph_is_made_smaller_and_a_clear_ground_white():
    assert max(opened(take(sent((5000, 4000))).data).size) == MASTER_BOX[0]
    see_through = take(sent(kind="PNG", mode="RGBA", color=(0, 0, 0, 0)))
    assert opened(see_through.data).getpixel((10, 10)) == (255, 255, 255)


def test_other_colour_spaces_and_kinds_of_pixels_become_plain_colours():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for given in (
        sent(icc_profile=profile),
        sent(icc_profile=b"no profile at all"),
        sent(kind="PNG", mode="P", color=3),
        sent(kind="PNG", mode="1", color=1),
        sent(kind="PNG", mode="I;16", color=900),
        sent(mode="CMYK", color=(0, 0, 0, 0)),
    ):
        picture = opened(take(given).data)
        assert picture.mode == "RGB"
        assert "icc_profile" not in picture.info


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>evil()</script></svg>",
        b"GIF89a;<script>evil()</script>",
        b"\x89PNG\r\n\x1a\nhello",
        b"%PDF-1.7",
        b"<?php evil();",
        sent()[:3000],
        sent(kind="GIF", mode="P", color=1),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(BadPicture) as refused:
        take(content)
    assert refused.value.why == "kind"


@pytest.mark.proves("F-48")
def test_a_flood_of_pixels_or_bytes_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(BadPicture) as flood:
        take(header_of(50_000, 50_000))
    with pytest.raises(BadPicture) as rather_many:
        take(header_of(6_000, 5_000))
    with pytest.raises(BadPicture) as heavy:
        take(b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES))
    assert [one.value.why for one in (flood, rather_many, heavy)] == ["pixels", "pixels", "bytes"]


def test_a_picture_too_small_to_be_looked_at_is_refused():
    with pytest.raises(BadPicture) as refused:
        take(sent((900, 120)))
    assert refused.value.why == "small"


def test_sizes_are_made_in_three_kinds_and_never_larger_than_the_picture():
    taken = take(sent((900, 600)))
    assert widths_for(900) == (320, 640, 900)
    assert widths_for(2400) == WIDTHS
    assert widths_for(300) == (300,)
    made = {kind: opened(sized(taken.data, 640, kind)) for kind in Kind}
    assert {kind: (one.format, one.size) for kind, one in made.items()} == {
        Kind.AVIF: ("AVIF", (640, 427)),
        Kind.WEBP: ("WEBP", (640, 427)),
        Kind.JPEG: ("JPEG", (640, 427)),
    }


def test_the_same_picture_made_twice_is_the_same_file():
    given = sent(color="#8A6420")
    first, again = take(given), take(given)
    assert first == again
    assert first.digest != take(sent(color="#16324A")).digest
    assert sized(first.data, 320, Kind.WEBP) == sized(again.data, 320, Kind.WEBP)


def header_of(width, height):
    """A PNG that only says how large it would be."""
    inside = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    parts = ((b"IHDR", inside), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in parts
    )

"""A logo is drawn anew: what else the file carried is gone, what is no picture is refused."""

from pathlib import Path

import pytest
from PIL import Image

from club.errors import BadSetting
from club.programme.logo import BOX, keep_logo


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_png_under_a_name_of_our_own(tmp_path: Path, kind: str) -> None:
    given = tmp_path / "../Our Logo.php"
    Image.new("RGB", (1600, 800), "#16324A").save(given, kind, comment=b"<?php evil();")
    name = keep_logo(given, tmp_path / "uploads")
    with Image.open(tmp_path / "uploads" / name) as kept:
        assert (kept.format, kept.size) == ("PNG", (320, 160))
    assert kept.size[0] <= BOX[0]
    assert b"evil" not in (tmp_path / "uploads" / name).read_bytes()
    assert "php" not in name


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a;<script>", b"\x89PNG\r\n\x1a\nhello", b"%PDF-1.7"],
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(BadSetting):
        keep_logo(tmp_path / "logo.png", tmp_path / "uploads")
    assert not (tmp_path / "uploads").exists()


def test_a_flood_of_pixels_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    Image.new("1", (6_000, 4_000)).save(tmp_path / "flood.png")
    with pytest.raises(BadSetting):
        keep_logo(tmp_path / "flood.png", tmp_path / "uploads")

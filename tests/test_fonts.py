"""Fonts are packed on the machine that serves them, by whichever process comes first."""

import os
import subprocess
import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import USE_MY_METRICS

from tests.databases import ROOT
from web.assets import FONTS


def test_a_font_packed_on_another_day_is_the_same_font(tmp_path: Path) -> None:
    packed = [_packed("source-serif.woff2", tmp_path / moment, moment) for moment in ("1000000000", "2000000000")]
    assert packed[0].read_bytes() == packed[1].read_bytes()


def test_no_sign_is_as_wide_as_one_of_its_parts_alone(tmp_path: Path) -> None:
    """In "8 % en" the e stood upon the %, in «» the letters upon the quotation marks."""
    assert _narrowed(FONTS["source-serif.woff2"]) >= {"percent", "guillemotleft", "quotedblleft", "ellipsis"}
    for name in FONTS:
        assert _narrowed(_packed(name, tmp_path / name, "1000000000")) == set()


def _packed(name: str, target: Path, moment: str) -> Path:
    packing = [sys.executable, "-m", "web.woff2", str(FONTS[name]), str(target)]
    subprocess.run(packing, cwd=ROOT, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": moment})
    return target


def _narrowed(file: Path) -> set[str]:
    font = TTFont(file)
    widths = font["hmtx"]
    return {
        name
        for name in font.getGlyphOrder()
        if font["glyf"][name].isComposite()
        for part in font["glyf"][name].components
        if part.flags & USE_MY_METRICS and widths[part.glyphName][0] != widths[name][0]
    }

"""`python -m web.woff2 FONT TARGET`: the same font as the web packs it, a quarter smaller than zipped.

Signs made of others (% of two noughts and a stroke, « of two ‹) say in some fonts that they are as wide as one
part, against the font's own table of widths: browsers believe that and set the next letter upon them. Ours do not
say it (https://learn.microsoft.com/typography/opentype/spec/glyf, USE_MY_METRICS).

A process of its own, once for each installation: what it needs would stay in every web process.
The same font gives the same bytes whenever and wherever it is packed: its address names its content, and every
process and every node must name the same.
"""

import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import USE_MY_METRICS


def main(source: str, target: str) -> None:
    """Write the packed font whole or not at all; several processes may do it at once."""
    font = TTFont(source, recalcTimestamp=False)
    _keep_own_widths(font)
    font.flavor = "woff2"
    with NamedTemporaryFile(dir=Path(target).parent, delete=False) as unfinished:
        font.save(unfinished)
    Path(unfinished.name).replace(target)


def _keep_own_widths(font: TTFont) -> None:
    glyphs, widths = font["glyf"], font["hmtx"]
    for name in font.getGlyphOrder():
        if glyphs[name].isComposite():
            for part in glyphs[name].components:
                if widths[part.glyphName][0] != widths[name][0]:
                    part.flags &= ~USE_MY_METRICS


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

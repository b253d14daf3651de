"""Fonts are packed on the machine that serves them, by whichever process comes first."""

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import ROOT
from web.assets import FONTS


def test_a_font_packed_on_another_day_is_the_same_font(tmp_path: Path) -> None:
    packed = []
    for moment in ("1000000000", "2000000000"):
        target = tmp_path / moment
        packing = [sys.executable, "-m", "web.woff2", str(FONTS["source-serif.woff2"]), str(target)]
        subprocess.run(packing, cwd=ROOT, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": moment})
        packed.append(target.read_bytes())
    assert packed[0] == packed[1]

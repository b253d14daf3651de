"""Data in, PDF out: `python -m club.papers.typesetting TEMPLATE` reads JSON and writes the file to its standard output.

A process of its own: what sets type is large, and web processes should not carry it. The data are values that the
template prints, never markup; the template can read no file and no address.
"""

import json
import shutil
import sys
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import font_manrope
import font_source_serif_pro
import typst

TEMPLATES = Path(__file__).parent / "templates"
_MANROPE = Path(font_manrope.__file__).parent / "files"
_SOURCE_SERIF = Path(font_source_serif_pro.__file__).parent / "files"
FONTS = (
    _MANROPE / "Manrope-Regular.ttf",
    _MANROPE / "Manrope-SemiBold.ttf",
    _MANROPE / "Manrope-Bold.ttf",
    _SOURCE_SERIF / "SourceSerifPro-Semibold.ttf",
)
LOGO = "logo.png"
"""Beside the fonts the one file that a template can open."""
ARCHIVAL = "a-3a"
"""PDF/A for keeping, with structure for screen readers; the third part takes attached data."""


def typeset(
    template: str, data: str, at: datetime, kind: str = "pdf", ppi: float | None = None, logo: bytes = b""
) -> bytes | list[bytes]:
    """The file; the same template, data and logo give the same bytes. `kind` png gives pages as pictures."""
    with TemporaryDirectory(prefix="paper-") as folder:
        for font in FONTS:  # these four alone: of two files of one weight either could be taken
            shutil.copyfile(font, Path(folder) / font.name)
        if logo:
            (Path(folder) / LOGO).write_bytes(logo)
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
        compiler = typst.Compiler(
            input=(TEMPLATES / template).read_bytes(),
            root=folder,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            package_path=folder,
            package_cache_path=folder,
        )
        standards = [ARCHIVAL] if kind == "pdf" else []
        made = compiler.compile(format=kind, ppi=ppi, pdf_standards=standards, timestamp=at.replace(microsecond=0))  # type: ignore[arg-type]  # literals
    assert made is not None
    return made


def main() -> int:
    """One job from the standard input."""
    job = json.load(sys.stdin)
    at, logo = datetime.fromisoformat(job["at"]).astimezone(UTC), b64decode(job["logo"])
    made = typeset(sys.argv[1], json.dumps(job["data"]), at, logo=logo)
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Style sheets, scripts and fonts under an address that names their content, so that browsers keep them for a year."""

import gzip
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import flask_bootstrap
import font_manrope
import font_source_serif_pro
from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue

from club.settings import Settings
from web.access import open_to_all

_OWN = Path(__file__).parent / "static"
_BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
_MANROPE = Path(font_manrope.__file__).parent / "files"
_SOURCE_SERIF = Path(font_source_serif_pro.__file__).parent / "files"

FILES: dict[str, tuple[Path, str]] = {
    "bootstrap.css": (_BOOTSTRAP / "css" / "bootstrap.min.css", "text/css; charset=utf-8"),
    "club.css": (_OWN / "club.css", "text/css; charset=utf-8"),
    "club.js": (_OWN / "club.js", "text/javascript; charset=utf-8"),
    "door.js": (_OWN / "door.js", "text/javascript; charset=utf-8"),
    "jsqr.js": (_OWN / "vendor" / "jsqr-1.4.0" / "jsQR.js", "text/javascript; charset=utf-8"),
}
FONTS = {
    "manrope.woff2": _MANROPE / "Manrope-VariableFont_wght.ttf",
    "source-serif.woff2": _SOURCE_SERIF / "SourceSerifPro-Semibold.ttf",
}
_PACKING = 2  # counts the ways of web/woff2.py: fonts packed in an earlier way are packed anew
FOR_A_YEAR = "public, max-age=31536000, immutable"

assets = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    zipped: bytes
    kind: str
    fingerprint: str


def add_assets(app: Flask, settings: Settings) -> None:
    """Let templates name a file by its plain name; pack the fonts where nobody has done so yet."""
    packed = settings.instance_path / "fonts"
    packed.mkdir(parents=True, exist_ok=True)
    fonts = {name: (_packed(source, packed), "font/woff2") for name, source in FONTS.items()}
    app.extensions["club_assets"] = {**FILES, **fonts}
    app.jinja_env.globals["asset"] = address_of


def address_of(name: str) -> str:
    """Where a file is served; changes whenever the file does."""
    return url_for("assets.send", fingerprint=_load(*_files()[name]).fingerprint, name=name)


@assets.get("/assets/<fingerprint>/<name>")
@open_to_all
def send(fingerprint: str, name: str) -> ResponseReturnValue:
    """The file, squeezed where the browser takes it."""
    if name not in _files():
        abort(404)
    asset = _load(*_files()[name])
    if fingerprint != asset.fingerprint:
        abort(404)
    return squeezed(asset.content, asset.zipped, asset.kind)


def squeezed(content: bytes, zipped: bytes, kind: str) -> Response:
    """An answer that may be kept for a year."""
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    answer = Response(zipped if takes_gzip else content, content_type=kind)
    if takes_gzip:
        answer.content_encoding = "gzip"
    answer.headers["Cache-Control"] = FOR_A_YEAR
    answer.vary.add("Accept-Encoding")
    return answer


def _files() -> dict[str, tuple[Path, str]]:
    """Plain name → where the file is, and its kind."""
    found: dict[str, tuple[Path, str]] = current_app.extensions["club_assets"]
    return found


def _packed(source: Path, folder: Path) -> Path:
    target = folder / f"{source.stem}-{source.stat().st_size}-{_PACKING}.woff2"
    if not target.exists():
        packing = [sys.executable, "-m", "web.woff2", str(source), str(target)]
        subprocess.run(packing, cwd=_OWN.parent.parent, check=True)  # noqa: S603 - our own module, our own fonts
    return target.absolute()


@cache
def _load(path: Path, kind: str) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        zipped=gzip.compress(content, 9, mtime=0),
        kind=kind,
        fingerprint=sha256(content).hexdigest()[:16],
    )

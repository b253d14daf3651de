"""Pictures of products: the one place that sends them, and what templates say to show one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint, Flask, abort, current_app, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from club.catalogue.files import FOLDER
from club.catalogue.pictures import MIME_TYPES, Kind
from club.settings import Settings
from web.access import open_to_all
from web.assets import FOR_A_YEAR

pictures = Blueprint("pictures", __name__)

_NAME = re.compile("[0-9a-f]{40}-[0-9]{1,5}[.](avif|webp|jpg)")
_ALONE = "default-src 'none'; sandbox"
"""Opened by itself, a picture is a picture and nothing else."""


class Sized(Protocol):
    """A picture as the catalogue reads it: `sizes` is what the worker made, each with width, format and file."""

    @property
    def sizes(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Source:
    """All sizes of a picture in one kind, as `<source>` names them."""

    mime_type: str
    srcset: str


def add_pictures(app: Flask) -> None:
    """Let templates show pictures; see macros/picture.html."""
    app.jinja_env.globals["picture_sources"] = sources_of
    app.jinja_env.globals["picture_address"] = address_of


@pictures.get("/pictures/<name>")
@open_to_all
def send(name: str) -> ResponseReturnValue:
    """One size of a picture. Its name says what is in it, so a browser keeps it for a year."""
    found = _NAME.fullmatch(name)
    settings: Settings = current_app.extensions["club_settings"]
    folder = settings.uploads_path.absolute() / FOLDER
    if found is None or not (folder / name).is_file():
        abort(404)
    answer = send_from_directory(folder, name, mimetype=MIME_TYPES[Kind(found[1])])
    answer.headers["Cache-Control"] = FOR_A_YEAR
    answer.headers["Content-Security-Policy"] = _ALONE
    return answer


def sources_of(picture: Sized) -> list[Source]:
    """The kinds that are better than JPEG, the best first."""
    return [Source(MIME_TYPES[kind], _srcset(picture, kind)) for kind in (Kind.AVIF, Kind.WEBP)]


def address_of(picture: Sized, width: int = 640) -> str:
    """One size as JPEG, which every browser and every mail program knows: the smallest that is wide enough."""
    files = _files(picture, Kind.JPEG)
    name = next((name for has, name in files if has >= width), files[-1][1])
    return url_for("pictures.send", name=name)


def _srcset(picture: Sized, kind: Kind) -> str:
    return ", ".join(f"{url_for('pictures.send', name=name)} {width}w" for width, name in _files(picture, kind))


def _files(picture: Sized, kind: Kind) -> list[tuple[int, str]]:
    """Width and file of each size of a kind, the smallest first."""
    return sorted((int(size["width"]), str(size["file"])) for size in picture.sizes if size["format"] == kind)

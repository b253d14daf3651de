"""A picture that somebody sent with a form: drawn anew in one size, and kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from club.catalogue import files
from club.catalogue.pictures import Kind, sized, take

_drawing = Lock()
"""A large picture takes a hundred megabytes while it is drawn: one at a time in a process."""


@dataclass(frozen=True)
class Drawn:
    """A JPEG under a name that nobody guesses."""

    name: str
    data: bytes


def draw(sent: bytes, width: int) -> Drawn:
    """At most so wide. Raises `BadPicture`."""
    with _drawing:
        taken = take(sent)
        return Drawn(files.new_name(taken), sized(taken.data, min(width, taken.width), Kind.JPEG))


@contextmanager
def standing(uploads: Path, drawn: Drawn, inside: str) -> Iterator[str]:
    """The file stands on the disk before its row does, and is gone if the row does not come to be."""
    files.keep(uploads, drawn.name, drawn.data, inside)
    try:
        yield drawn.name
    except BaseException:
        files.remove(uploads, [drawn.name], inside)
        raise

"""Calls the press: a process of its own makes the file."""

import json
import subprocess
import sys
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from club.errors import PressFailed

TEMPLATES = Path(__file__).parent / "templates"
_ROOT = Path(__file__).parent.parent.parent
SECONDS = 30
_LONGEST_COMPLAINT = 2000
SLIPS_KEPT = 8
"""By each process, in memory."""
WAITS_SECONDS = 2.0
"""So long somebody waits for the slip of another: a server's threads must not all stand in this row."""
_SLIPS_AT_ONCE = BoundedSemaphore(1)
"""One press at a time for each web process, however many ask."""
_KEPT: OrderedDict[tuple[str, str], bytes] = OrderedDict()
"""The last slips; the oldest goes first."""


def press(template: str, data: Mapping[str, Any], at: datetime, logo: bytes | None = None) -> bytes:
    """The PDF of these data, with the club's logo (PNG) where there is one. Raises `PressFailed`."""
    return _pressed(template, _job(data, at, logo))


def press_slip(template: str, data: Mapping[str, Any], at: datetime, logo: bytes | None = None) -> bytes:
    """The same for what is printed and not kept: asked for again on the same day it is not made again.

    So whoever holds an address and asks for it a thousand times costs one file. Raises `PressFailed`, also where
    another one is under way for too long.
    """
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return _slip(template, _job(data, day, logo))


def _job(data: Mapping[str, Any], at: datetime, logo: bytes | None) -> str:
    drawn = b64encode(logo).decode() if logo else ""
    said = {**data, "has-logo": bool(logo)}
    return json.dumps({"data": said, "at": at.isoformat(), "logo": drawn}, ensure_ascii=False)


def _slip(template: str, job: str) -> bytes:
    known = _KEPT.get((template, job))
    if known is not None:
        return known
    if not _SLIPS_AT_ONCE.acquire(timeout=WAITS_SECONDS):
        raise PressFailed("busy")
    try:
        return _made(template, job)
    finally:
        _SLIPS_AT_ONCE.release()


def _made(template: str, job: str) -> bytes:
    """Looked for again: whoever pressed before may have made the same."""
    made = _KEPT.get((template, job))
    if made is None:
        made = _KEPT[template, job] = _pressed(template, job)
        while len(_KEPT) > SLIPS_KEPT:
            _KEPT.popitem(last=False)
    return made


def _pressed(template: str, job: str) -> bytes:
    command = [sys.executable, "-m", "club.papers.typesetting", template]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, a template of ours
            command, input=job.encode(), capture_output=True, cwd=_ROOT, check=True, timeout=SECONDS
        )
    except subprocess.CalledProcessError as trouble:
        raise PressFailed(trouble.stderr.decode(errors="replace")[-_LONGEST_COMPLAINT:]) from trouble
    except (subprocess.TimeoutExpired, OSError) as trouble:
        raise PressFailed(type(trouble).__name__) from trouble
    return done.stdout


@cache
def press_name(template: str) -> str:
    """Which program and template make the file: the same ones make the same bytes of the same data."""
    drawing = sha256((TEMPLATES / template).read_bytes() + (Path(__file__).parent / "typesetting.py").read_bytes())
    return f"typst-{version('typst')}-{drawing.hexdigest()[:12]}"

"""Calls the press: a process of its own makes the file."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from club.errors import PressFailed

TEMPLATES = Path(__file__).parent / "templates"
_ROOT = Path(__file__).parent.parent.parent
SECONDS = 30
_LONGEST_COMPLAINT = 2000


def press(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of these data. Raises `PressFailed`."""
    job = json.dumps({"data": data, "at": at.isoformat()}, ensure_ascii=False)
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

"""Where a test run keeps its files: in memory where the machine has plenty, for every commit waits for a disk."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes the folder ours
_LEAST_FREE = 6 * 1024**3


def temporary_folder() -> Path | None:
    """A folder of this run's own in memory; None where somebody chose a place, or there is too little of it."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    if min(shutil.disk_usage(_MEMORY).free, _free_memory()) < _LEAST_FREE:
        return None
    folder = Path(tempfile.mkdtemp(prefix="clientela-", dir=_MEMORY))
    folder.chmod(0o711)  # PostgreSQL runs as another user and has a folder of its own in it
    return folder


def _free_memory() -> int:
    """Bytes that programs may take without anything being swapped out."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    sizes = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines)}
    return int(sizes["MemAvailable"]) * 1024

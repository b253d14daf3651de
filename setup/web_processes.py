"""How gunicorn runs the club. The program is loaded once and its processes share that memory until they write to it."""

import gc
import os
from pathlib import Path
from typing import Any

workers = int(os.environ.get("WORKERS", "2"))
threads = 4
preload_app = True
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes its own files there
    worker_tmp_dir = "/dev/shm"  # noqa: S108
    """Beats go to memory, because a full disk would make gunicorn think that its processes hang."""


def pre_fork(_server: Any, _worker: Any) -> None:
    """What was loaded is left alone from now on: collecting it would copy it to each process, bit by bit."""
    gc.collect()
    gc.freeze()

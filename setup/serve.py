"""Start the club for real: gunicorn and the worker, which end together. First it says what the settings lack."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from club.settings import Settings, UnsafeSettings

ROOT = Path(__file__).resolve().parent.parent
_SECONDS_TO_END = 35
"""Longer than gunicorn gives its requests."""


def main() -> int:
    try:
        settings = Settings.from_environment()
    except UnsafeSettings as unsafe:
        print(unsafe, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _stop)
    commands = (web(settings), worker())
    return run_until_one_ends(
        [subprocess.Popen(command, cwd=ROOT, env=surroundings(os.environ)) for command in commands]
    )


def run_until_one_ends(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait for Ctrl-C, or for one of them to end; then all end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("Ending …", flush=True)
        return end(children)
    return end(children) or 1


def web(settings: Settings, application: str = "wsgi:create_app()") -> list[str]:
    """gunicorn, with the settings of `setup/web_processes.py`."""
    where = ["--bind", f"127.0.0.1:{settings.port}"]
    return [sys.executable, "-m", "gunicorn", "--config", "python:setup.web_processes", *where, application]


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """glibc otherwise gives each thread a heap of its own, which grows and is never given back."""
    return {"MALLOC_ARENA_MAX": "2", **given}


def worker() -> list[str]:
    return [sys.executable, "-m", "worker"]


def end(children: list[subprocess.Popen[bytes]]) -> int:
    """Ask all to end, insist after a while; the first bad answer is the answer."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    given_up = time.monotonic() + _SECONDS_TO_END
    for child in children:
        try:
            child.wait(max(0.1, given_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return next((child.returncode for child in children if child.returncode > 0), 0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

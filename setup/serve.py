"""Start the club for real: gunicorn and the worker, which end together. First it says what the settings lack."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

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
    return run_until_one_ends([partial(started, command) for command in (web(settings), worker())])


def started(command: list[str], handles: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """A process of our own in a group of its own: Ctrl-C and a closed terminal reach us alone, and we end it."""
    return subprocess.Popen(command, cwd=ROOT, env=surroundings(os.environ), pass_fds=handles, process_group=0)


def run_until_one_ends(starting: Sequence[Callable[[], subprocess.Popen[bytes]]]) -> int:
    """Start all, wait for Ctrl-C, or for one of them to end; then all end."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    children = []
    try:
        for start in starting:
            children.append(start())  # noqa: PERF401 - those that run are ended, whenever Ctrl-C comes
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
    """Ask all to end, insist after a while or at a second Ctrl-C; the first bad answer is the answer."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    given_up = time.monotonic() + _SECONDS_TO_END
    for child in children:
        try:
            child.wait(max(0.1, given_up - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            child.kill()
            child.wait()
    return next((child.returncode for child in children if child.returncode > 0), 0)


if __name__ == "__main__":
    sys.exit(main())

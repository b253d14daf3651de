"""A PostgreSQL server of the tests' own.

Made from the programs on this machine, in a temporary folder, reached by a socket in that folder.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from setup.services import postgres_programs

URL_NAME = "TESTS_POSTGRES_URL"
"""Names a server that runs already: somebody's own, or the one that the first of several test processes started."""

_USERS = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}
_SECONDS_TO_START = 90
_DIE_WITH_PARENT = 1


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine that could be started."""


class Cluster:
    """One server. It ends with `stop()`, and also when the process that started it is killed."""

    def __init__(self) -> None:
        programs = postgres_programs()
        if programs is None:
            raise NoPostgres("PostgreSQL's programs are not on this machine")
        self._programs = programs
        self._user = _user_for_server()
        self._folder = self._folder_for_server()
        try:
            self._make()
            self._server = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the maintenance database."""
        return f"postgresql+psycopg://club@/postgres?host={self._folder}"

    def stop(self) -> None:
        """Fast, then at once."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._server.poll() is not None:
                break
            self._server.send_signal(how)
            try:
                self._server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(self._folder, ignore_errors=True)

    def _folder_for_server(self) -> Path:
        """A short path (sockets allow 100 characters) that the server's user can reach."""
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes it ours
            folder = Path(tempfile.mkdtemp(prefix="clientela-pg-", dir=parent))
            if self._user is not None:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            if len(str(folder)) < 80 and self._can_write(folder):
                return folder
            folder.rmdir()
        raise NoPostgres("no temporary folder that PostgreSQL's user can reach")

    def _can_write(self, folder: Path) -> bool:
        return subprocess.run(["/usr/bin/test", "-w", folder], check=False, **self._as_user()).returncode == 0

    def _as_user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": [], "cwd": "/"}

    def _make(self) -> None:
        initdb: list[str | Path] = [self._programs / "initdb", "-D", self._folder / "data", "-U", "club"]
        initdb += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(initdb, capture_output=True, text=True, check=False, **self._as_user())
        if done.returncode:
            raise NoPostgres(f"initdb failed: {done.stderr.strip()}")

    def _start(self) -> subprocess.Popen[bytes]:
        log = (self._folder / "log").open("wb")
        command: list[str | Path] = [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with log:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, nothing that takes a lock
                **self._as_user(),
            )
        self._wait_for(server)
        return server

    def _wait_for(self, server: subprocess.Popen[bytes]) -> None:
        given_up = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < given_up and server.poll() is None:
            try:
                psycopg.connect(f"host={self._folder} user=club dbname=postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        if server.poll() is None:
            server.kill()
            server.wait()
        raise NoPostgres(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-2000:]}")


def _user_for_server() -> pwd.struct_passwd | None:
    """Who runs the server: nobody else unless we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = next((known[name] for name in _USERS if name in known), None)
    if found is None:
        raise NoPostgres("root has no other user to run PostgreSQL as")
    return found


def die_with_parent() -> None:
    """For `preexec_fn`: the child is told to end when this process is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGINT)

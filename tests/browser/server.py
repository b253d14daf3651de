"""The program behind gunicorn, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from club.settings import Mode, Settings
from tests.databases import ROOT
from tests.postgres import die_with_parent

SECRET_KEY = "a key for the browser tests that nobody else knows"
_SECONDS_TO_START = 90


class LiveServer:
    """Two processes on one listening socket; ended by `stop()`, or with the test run."""

    def __init__(
        self, instance: Path, database_url: str = "", *, listening: socket.socket | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`listening`: the socket to answer on, else a free port; `more`: further settings."""
        self.instance_path = instance
        self._more = more or {}
        self.database_url = database_url or f"sqlite:///{instance / 'club.sqlite'}"
        self._log = instance / "gunicorn.log"
        with listening or socket.create_server(("127.0.0.1", 0), backlog=128) as door, self._log.open("wb") as log:
            self.url = f"http://127.0.0.1:{door.getsockname()[1]}"
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers", "2", "--threads", "2"),
                    *("--bind", f"fd://{door.fileno()}", "wsgi:create_app()"),
                ],
                cwd=ROOT,
                env=self._environment(),
                pass_fds=[door.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, nothing that takes a lock
            )

    def wait_until_it_answers(self) -> None:
        given_up = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < given_up and self._process.poll() is None:
            try:
                urllib.request.urlopen(self.url, timeout=20).close()  # noqa: S310 - our own address
            except urllib.error.HTTPError as answered:
                answered.close()
                if answered.code < 500:
                    return
                break
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the program does not answer: {self.log()[-4000:]}")

    def settings(self) -> Settings:
        """The same settings, for a look at the program from inside."""
        return Settings(
            mode=Mode.TEST,
            instance_path=self.instance_path,
            database_url=self.database_url,
            secret_key=SECRET_KEY,
            base_url=self.url,
        )

    def log(self) -> str:
        """What the server said."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUB_")}
        return {
            **kept,
            "CLUB_MODE": "test",
            "CLUB_SECRET_KEY": SECRET_KEY,
            "CLUB_INSTANCE_PATH": str(self.instance_path),
            "CLUB_DATABASE_URL": self.database_url,
            "CLUB_BASE_URL": self.url,
            **self._more,
        }

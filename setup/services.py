"""See that PostgreSQL's programs and Chromium are on this machine, for the tests and the bench.

As root on a machine with apt they are installed; no database server is started. Otherwise what is missing is said, and
the tests that need it are left out (with CI=true they fail).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first is Chromium without windows: the same pages for three quarters of the processor time."""
POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


def postgres_programs() -> Path | None:
    """The folder with the newest initdb and postgres."""
    found = [path for pattern in POSTGRES_FOLDERS for path in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    usable = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    return max(usable, key=_version, default=None)


def _version(folder: Path) -> float:
    number = folder.parent.name.rpartition("-")[2].rpartition("@")[2]
    return float(number) if number.replace(".", "", 1).isdigit() else 0


def browser() -> str | None:
    """The path of a Chromium or Chrome."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def main() -> int:
    see_to("PostgreSQL", postgres_programs, install_postgres)
    see_to("Chromium", browser, lambda: apt(BROWSERS[0]) or apt(BROWSERS[1]))
    return 0


def see_to(name: str, find: Callable[[], object], install: Callable[[], bool]) -> None:
    if find():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"{name} is not on this machine; installing it …", flush=True)
        if install() and find():
            return
    print(f"*** {name} is missing: the tests that need it will not run. ***", flush=True)


def install_postgres() -> bool:
    """Without the cluster that Debian makes and starts by itself."""
    if not apt("postgresql-common"):
        return False
    setting = Path("/etc/postgresql-common/createcluster.conf")
    kept = setting.read_text() if setting.exists() else None
    setting.write_text("create_main_cluster = false\n")
    try:
        return apt("postgresql")
    finally:
        if kept is not None:
            setting.write_text(kept)


def apt(package: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "-qq", "-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=300"]
    install = [*get, "install", "-y", "--no-install-recommends", package]
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "env": environment}
    if subprocess.run(install, **quiet, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return True
    subprocess.run([*get, "update"], **quiet, check=False)
    return subprocess.run(install, **quiet, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())

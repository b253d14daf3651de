"""Make `.venv` and fill it with exactly what constraints.txt names.

Quick when there is nothing to do: the environment remembers what it was made from. Packages come from wherever pip on
this machine is set up to find them; uv, which installs twenty times as fast, is given the same places.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
STAMP = VENV / "made-from"
WITHOUT_DEPENDENCIES = ["lifetimes==0.11.3"]
"""Only its example data are used, by tests and the bench; what it computes with would be 200 MB more."""


def main() -> int:
    with CONSTRAINTS.open() as lock:  # two at once: the second waits and finds it done
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if is_made_from(wanted):
            return 0
        print("Installing into .venv …", flush=True)
        make_environment()
        install()
        STAMP.write_text(wanted)
    print("Installed.")
    return 0


def fingerprint() -> str:
    """Changes with the wanted packages, this script and the Python it is run by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [project["project"], project["dependency-groups"], sys.version_info[:2]]
    parts = [repr(wanted).encode(), CONSTRAINTS.read_bytes(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_made_from(wanted: str) -> bool:
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted


def make_environment() -> None:
    """A new one if there is none, or if its Python is gone or another one."""
    version = "import pip, sys; print(sys.version_info[:2])"
    asked: list[str | Path] = [PYTHON, "-c", version]
    found = subprocess.run(asked, capture_output=True, text=True, check=False) if PYTHON.exists() else None
    if found is not None and found.returncode == 0 and found.stdout.strip() == str(sys.version_info[:2]):
        STAMP.unlink(missing_ok=True)
        return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Python's own venv does not work here: install the package that brings it (Debian: python3-venv).")


def install() -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    environment = {**os.environ, **places_of_pip()}
    has_uv = subprocess.run([*pip, "-c", str(CONSTRAINTS), "uv"], cwd=ROOT, check=False).returncode == 0
    for wanted in (["-r", str(CONSTRAINTS)], ["--no-deps", *WITHOUT_DEPENDENCIES]):
        if has_uv and subprocess.run([*uv, *wanted], cwd=ROOT, env=environment, check=False).returncode == 0:
            continue
        print("uv could not install; trying pip, which takes longer …", flush=True)
        subprocess.run([*pip, *wanted], cwd=ROOT, check=True)


def places_of_pip() -> dict[str, str]:
    """What pip on this machine is told about where packages are, in uv's words; uv's own settings win."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    given: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        given[name.split(".")[-1].strip(":")] = value.strip().strip("'\"")
    told = {
        "UV_DEFAULT_INDEX": given.get("index-url", ""),
        "UV_INDEX": given.get("extra-index-url", ""),
        "UV_FIND_LINKS": given.get("find-links", "").replace(" ", ","),
        "SSL_CERT_FILE": given.get("cert", ""),
    }
    if told["UV_INDEX"]:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: every place is asked for the exact version
    return {name: value for name, value in told.items() if value and name not in os.environ}


if __name__ == "__main__":
    sys.exit(main())

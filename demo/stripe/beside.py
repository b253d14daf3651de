"""The stand-in beside the demonstration club: its address, its keys, its process."""

import os
import secrets
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from club.settings import Settings
from setup.serve import started

HERE = "127.0.0.1"


@dataclass(frozen=True)
class Beside:
    """A stand-in that listens already; `start()` lets it answer."""

    url: str
    listening: socket.socket

    def start(self) -> subprocess.Popen[bytes]:
        """The process; it reads the same settings as the club."""
        handle = self.listening.fileno()
        child = started([sys.executable, "-m", "demo.stripe", str(handle)], [handle])
        self.listening.close()
        return child


def card_payments(settings: Settings) -> Beside:
    """Choose the address and put the three settings into the environment, for web, worker and stand-in alike.

    The port beside the club's own, or a free one.
    """
    try:
        listening = socket.create_server((HERE, settings.port + 1), backlog=64)
    except OSError:
        listening = socket.create_server((HERE, 0), backlog=64)
    url = f"http://{HERE}:{listening.getsockname()[1]}"
    key, webhook_secret = _own_keys(settings.instance_path)
    os.environ["CLUB_STRIPE_API_BASE"] = url
    os.environ["CLUB_STRIPE_SECRET_KEY"] = key
    os.environ["CLUB_STRIPE_WEBHOOK_SECRET"] = webhook_secret
    return Beside(url, listening)


def _own_keys(instance: Path) -> tuple[str, str]:
    """Keys of this copy's own, made once: what is signed with them stays true over a restart."""
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / "demo-stripe-keys"
    if not file.exists():
        made = f"sk_test_{secrets.token_hex(16)}\nwhsec_{secrets.token_hex(16)}"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(made)
    key, webhook_secret = file.read_text().split()
    return key, webhook_secret

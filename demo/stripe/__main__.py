"""Run the stand-in on its own: `python -m demo.stripe FD`, with the settings of the club that asks it."""

import signal
import socket
import sys
from contextlib import suppress

from club.settings import Settings
from demo.stripe.server import Setup, StandIn

FILE = "demo-stripe.sqlite"
MESSAGES = "/payments/stripe"
"""Where the club hears of events."""


def main() -> int:
    """Answer on the listening socket that was handed over, until the end is asked for."""
    settings = Settings.from_environment()
    setup = Setup(
        secret_key=settings.stripe_secret_key,
        webhook_secrets=settings.stripe_webhook_secrets,
        message_url=f"http://127.0.0.1:{settings.port}{MESSAGES}",
        business="Clientela",
        file=str(settings.instance_path / FILE),
    )
    stand_in = StandIn(setup, socket.socket(fileno=int(sys.argv[1])))
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        stand_in.serve()
    stand_in.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())

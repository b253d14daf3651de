"""The club's end of the messages: an address that keeps what is sent to it and answers as it is told."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Heard:
    """One message as it came."""

    body: bytes
    signature: str


class ClubDoor:
    """Listens on this machine while it is open."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[int] = []
        """The next answers; 200 when none is left."""
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/events"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, number: int) -> list[Heard]:
        """The messages, once there are so many; fails after half a minute."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.heard) >= number, timeout=30), self.heard
            return list(self.heard)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with door._came:
                    status = door.answers.pop(0) if door.answers else 200
                    door.heard.append(Heard(body, self.headers["Stripe-Signature"]))
                    door._came.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler

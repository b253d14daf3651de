"""The stand-in as one program: its pages, its API, its messages, behind a small server on loopback."""

import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.serving import WSGIRequestHandler, make_server

from demo.stripe.account import Account
from demo.stripe.api import Api
from demo.stripe.control import Control
from demo.stripe.faults import Faults
from demo.stripe.messages import Messages
from demo.stripe.overview import Overview
from demo.stripe.page import PaymentPage
from demo.stripe.refusals import Refused
from demo.stripe.state import State

HERE = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Whose account it plays. `message_url` is where the club hears of events, `file` where all is kept."""

    secret_key: str
    webhook_secrets: tuple[str, ...] = ()
    message_url: str = ""
    business: str = "The test shop"
    file: str = ":memory:"


class StandIn:
    """Listens from the beginning, answers after `start()`, in threads of its own."""

    def __init__(self, setup: Setup, listening: socket.socket | None = None) -> None:
        self._listening = listening or socket.create_server((HERE, 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://{HERE}:{self.port}"
        self.state = State(setup.file)
        self.faults = Faults()
        self.messages = Messages(self.state, setup.message_url, setup.webhook_secrets)
        self.account = Account(self.state, self.url, self.messages.tell)
        self.api = Api(self.account, setup.secret_key, self.faults)
        self._control = Control(self.account, self.api, self.faults, self.messages, setup.secret_key)
        self._setup = setup
        server = make_server(
            HERE, self.port, self._app(), threaded=True, fd=self._listening.fileno(), request_handler=_Quiet
        )
        server.daemon_threads = True  # type: ignore[attr-defined]  # of the threaded kind
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="stripe", daemon=True)

    def start(self) -> None:
        self.messages.start()
        self._thread.start()

    def serve(self) -> None:
        """Answer in this thread until it is interrupted."""
        self.messages.start()
        self._server.serve_forever()

    def end(self) -> None:
        self.faults.end()
        self.messages.end()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.server_close()
        self._listening.close()
        self.state.close()

    def _app(self) -> Flask:
        app = Flask("demo.stripe", static_folder=None)
        app.add_url_rule("/static/<filename>", "static", _static)
        app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider
        app.register_blueprint(self.api.blueprint())
        app.register_blueprint(PaymentPage(self.account, self._setup.business).blueprint())
        app.register_blueprint(self._control.blueprint())
        app.register_blueprint(Overview(self.account, self.url).blueprint())
        app.register_error_handler(Refused, lambda refused: (jsonify(refused.body), refused.status))
        app.register_error_handler(HTTPException, _as_stripe_says_it)
        return app


def _static(filename: str) -> Response:
    """The look of its pages, read whole: a browser that goes away leaves no file open."""
    if filename not in _STATIC:
        raise NotFound
    return Response((Path(__file__).parent / "static" / filename).read_bytes(), mimetype=_STATIC[filename])


_STATIC = {"icon.svg": "image/svg+xml", "stand-in.css": "text/css"}


class _Quiet(WSGIRequestHandler):
    """Says nothing about requests that went well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _as_stripe_says_it(error: HTTPException) -> ResponseReturnValue:
    said = {"type": "invalid_request_error", "message": f"Unrecognized request URL ({error.name})."}
    return jsonify({"error": said}), error.code or 500

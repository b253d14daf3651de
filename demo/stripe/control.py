"""The control panel: what tests and the demonstration command over HTTP. Asks for the account's secret key."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from demo.stripe.account import Account
from demo.stripe.api import Api
from demo.stripe.cards import card_of
from demo.stripe.faults import Fault, Faults, Order
from demo.stripe.messages import Manners, Messages
from demo.stripe.state import shown

KINDS = ("checkout.session", "payment_intent", "charge", "refund", "dispute", "event")


class Control:
    """Routes below `/control`; JSON in and out."""

    def __init__(self, account: Account, api: Api, faults: Faults, messages: Messages, secret_key: str) -> None:
        self._account = account
        self._api = api
        self._faults = faults
        self._messages = messages
        self._secret_key = secret_key

    def blueprint(self) -> Blueprint:
        routes = Blueprint("control", __name__, url_prefix="/control")
        routes.before_request(self._only_with_the_key)
        for method, path, view in (
            ("POST", "/pay", self._pay),
            ("POST", "/bank", self._bank),
            ("POST", "/settle", self._settle),
            ("POST", "/dispute", self._dispute),
            ("POST", "/close-dispute", self._close_dispute),
            ("POST", "/fail-refund", self._fail_refund),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/messages", self._set_manners),
            ("POST", "/release", self._release),
            ("POST", "/clock", self._put_forward),
            ("GET", "/things/<kind>", self._things),
            ("GET", "/calls", self._calls),
        ):
            routes.add_url_rule(path, f"{method} {path}", view, methods=[method])
        return routes

    def _only_with_the_key(self) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._secret_key}":
            abort(401)

    def _pay(self) -> Response:
        """A buyer pays without the page: session, card number."""
        given = request.get_json()
        buyer = {"email": given.get("email", "buyer@example.org"), "name": given.get("name", "A buyer")}
        return jsonify(shown(self._account.pay(given["session"], card_of(given["card"]), buyer)))

    def _bank(self) -> Response:
        given = request.get_json()
        return jsonify(shown(self._account.answer_bank(given["session"], is_buyer=given["is_buyer"])))

    def _settle(self) -> Response:
        given = request.get_json()
        return jsonify(shown(self._account.settle(given["intent"], is_paid=given["is_paid"])))

    def _dispute(self) -> Response:
        given = request.get_json()
        return jsonify(shown(self._account.dispute(given["intent"], given.get("reason", "fraudulent"))))

    def _close_dispute(self) -> Response:
        given = request.get_json()
        return jsonify(shown(self._account.close_dispute(given["dispute"], is_won=given["is_won"])))

    def _fail_refund(self) -> Response:
        return jsonify(shown(self._account.fail_refund(request.get_json()["refund"])))

    def _add_fault(self) -> Response:
        given: dict[str, Any] = request.get_json()
        order = Order(**{**given, "fault": Fault(given["fault"])})
        self._faults.add(order)
        return jsonify(asdict(order))

    def _clear_faults(self) -> ResponseReturnValue:
        self._faults.clear()
        return "", 204

    def _set_manners(self) -> Response:
        self._messages.manners = Manners(**request.get_json())
        return jsonify(asdict(self._messages.manners))

    def _release(self) -> Response:
        """Send these events in this order; an id named twice goes out twice, one left out is lost."""
        return jsonify(self._messages.release(request.get_json()["events"]))

    def _put_forward(self) -> ResponseReturnValue:
        self._account.state.ahead_seconds = int(request.get_json()["ahead_seconds"])
        self._account.close_what_is_over()
        return "", 204

    def _things(self, kind: str) -> Response:
        """All of a kind, latest first."""
        if kind not in KINDS:
            abort(404)
        return jsonify([shown(thing) for thing in self._account.state.latest(kind)])

    def _calls(self) -> Response:
        """The calls of the API, first to last."""
        return jsonify([asdict(call) for call in self._api.calls])

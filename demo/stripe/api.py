"""The part of Stripe's API that the club uses, over HTTP: who is asking, the same key twice, faults on command."""

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stripe.params
import stripe.params.checkout
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from demo.stripe import shapes
from demo.stripe.account import Account
from demo.stripe.faults import BROKEN, LOSES_THE_ANSWER, Fault, Faults
from demo.stripe.published import Misshapen, checked
from demo.stripe.refusals import Refused
from demo.stripe.state import Answer, State, Thing, shown

View = Callable[..., Thing]

TURNED_AWAY = {
    Fault.RATE_LIMITED: (429, "rate_limit", "Too many requests"),
    Fault.IN_USE: (409, "idempotency_key_in_use", "There is currently another in-progress request using this key."),
}

MOST = 100
USUAL = 10


@dataclass(frozen=True)
class Call:
    """One call as it came and was answered, for whoever wants to look afterwards."""

    method: str
    path: str
    parameters: dict[str, Any]
    key: str
    version: str
    status: int
    body: str


class Api:
    """Routes below `/v1`."""

    def __init__(self, account: Account, secret_key: str, faults: Faults) -> None:
        self.calls: deque[Call] = deque(maxlen=1000)
        self._account = account
        self._state: State = account.state
        self._secret_key = secret_key
        self._faults = faults

    def blueprint(self) -> Blueprint:
        routes = Blueprint("api", __name__, url_prefix="/v1")
        checkout, params = stripe.params.checkout, stripe.params
        for method, path, view, shape in (
            ("POST", "/checkout/sessions", self._open_session, checkout.SessionCreateParams),
            ("GET", "/checkout/sessions", self._listed("checkout.session"), checkout.SessionListParams),
            ("GET", "/checkout/sessions/<found>", self._shown("checkout.session"), checkout.SessionRetrieveParams),
            ("POST", "/checkout/sessions/<found>/expire", self._expire, checkout.SessionExpireParams),
            ("GET", "/checkout/sessions/<found>/line_items", self._lines, checkout.SessionListLineItemsParams),
            ("GET", "/payment_intents", self._listed("payment_intent"), params.PaymentIntentListParams),
            ("GET", "/payment_intents/<found>", self._shown("payment_intent"), params.PaymentIntentRetrieveParams),
            ("GET", "/charges/<found>", self._shown("charge"), params.ChargeRetrieveParams),
            ("POST", "/refunds", self._refund, params.RefundCreateParams),
            ("GET", "/refunds", self._listed("refund"), params.RefundListParams),
            ("GET", "/refunds/<found>", self._shown("refund"), params.RefundRetrieveParams),
            ("GET", "/disputes", self._listed("dispute"), params.DisputeListParams),
            ("GET", "/disputes/<found>", self._shown("dispute"), params.DisputeRetrieveParams),
            ("GET", "/events", self._listed("event"), params.EventListParams),
            ("GET", "/events/<found>", self._shown("event"), params.EventRetrieveParams),
        ):
            routes.add_url_rule(path, f"{method} {path}", self._answered(view, shape), methods=[method])
        return routes

    # --- around every call

    def _answered(self, view: View, shape: Any) -> Callable[..., ResponseReturnValue]:
        def answer(**named: str) -> ResponseReturnValue:
            order = self._faults.take(request.method, request.path)
            fault = order.fault if order else None
            if order and fault in {Fault.TIMEOUT, Fault.CUT}:
                return self._faults.hurt(order)
            if fault in TURNED_AWAY:
                status, code, message = TURNED_AWAY[fault]
                said = {"type": "invalid_request_error", "code": code, "message": message}
                return self._said(status, json.dumps({"error": said}), {})
            given = _nested(request.args if request.method == "GET" else request.form)
            status, body, is_replayed = self._perform(lambda: view(checked(shape, given), **named), fault)
            if order and fault in LOSES_THE_ANSWER:
                return self._faults.hurt(order)
            return self._said(status, body, given, is_replayed)

        return answer

    def _perform(self, work: Callable[[], Thing], fault: Fault | None) -> tuple[int, str, bool]:
        """Do it once for each key; status, body, and whether that was answered before."""
        if request.headers.get("Authorization") != f"Bearer {self._secret_key}":
            said = {"type": "invalid_request_error", "message": "Invalid API Key provided"}
            return 401, json.dumps({"error": said}), False
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        asked = hashlib.sha256(f"{request.path}\n{sorted(request.form.items(multi=True))}".encode()).hexdigest()
        with self._state.turn():
            known = self._state.answer_to(key) if key else None
            if known is not None:
                return _replayed(known, asked)
            status, body, is_kept = self._result(work, fault)
            if key and is_kept:
                self._state.remember(key, Answer(asked, status, body))
        return status, body, False

    def _result(self, work: Callable[[], Thing], fault: Fault | None) -> tuple[int, str, bool]:
        if fault is Fault.ERROR:
            return 500, BROKEN, True
        try:
            made = work()
        except Misshapen as wrong:
            refused = Refused(400, str(wrong), code=wrong.code or None, parameter=wrong.parameter, is_kept=False)
            return refused.status, json.dumps(refused.body), refused.is_kept
        except Refused as refused:
            return refused.status, json.dumps(refused.body), refused.is_kept
        return (500, BROKEN, True) if fault is Fault.ERROR_AFTER else (200, json.dumps(shown(made)), True)

    def _said(self, status: int, body: str, given: dict[str, Any], is_replayed: bool = False) -> Response:
        headers = request.headers
        key, version = headers.get("Idempotency-Key", ""), headers.get("Stripe-Version", "")
        self.calls.append(Call(request.method, request.path, given, key, version, status, body))
        answer = Response(body, status, content_type="application/json")
        answer.headers["Request-Id"] = shapes.new_id("req", 14)
        answer.headers["Stripe-Version"] = version
        if key:
            answer.headers["Idempotency-Key"] = key
        if is_replayed:
            answer.headers["Idempotent-Replayed"] = "true"
        return answer

    # --- the calls

    def _open_session(self, given: dict[str, Any]) -> Thing:
        return self._account.open_session(given)

    def _expire(self, _given: dict[str, Any], found: str) -> Thing:
        return self._account.expire_session(found)

    def _refund(self, given: dict[str, Any]) -> Thing:
        return self._account.refund(given)

    def _lines(self, given: dict[str, Any], found: str) -> Thing:
        lines = self._account.find("checkout.session", found)["_lines"]
        return self._page(given, lines, request.path)

    def _shown(self, kind: str) -> View:
        def view(given: dict[str, Any], found: str) -> Thing:
            return self._expanded(self._account.find(kind, found), given.get("expand", []))

        return view

    def _listed(self, kind: str) -> View:
        def view(given: dict[str, Any]) -> Thing:
            things = [thing for thing in self._state.latest(kind) if _fits(thing, given)]
            return self._page(given, things, request.path)

        return view

    def _page(self, given: dict[str, Any], things: list[Thing], url: str) -> Thing:
        limit = given.get("limit", USUAL)
        if not 1 <= limit <= MOST:
            raise Refused(400, "Invalid limit: must be between 1 and 100", parameter="limit", is_kept=False)
        ids = [thing["id"] for thing in things]
        begin = ids.index(given["starting_after"]) + 1 if given.get("starting_after") in ids else 0
        end = ids.index(given["ending_before"]) if given.get("ending_before") in ids else len(ids)
        part = things[begin:end][:limit]
        expand = [name.removeprefix("data.") for name in given.get("expand", [])]
        data = [shown(self._expanded(thing, expand)) for thing in part]
        return shapes.page_of(data, url, more=begin + len(part) < end)

    def _expanded(self, thing: Thing, names: list[str]) -> Thing:
        kinds = {"latest_charge": "charge", "payment_intent": "payment_intent", "charge": "charge"}
        for name in names:
            if name == "line_items" and thing["object"] == "checkout.session":
                url = f"/v1/checkout/sessions/{thing['id']}/line_items"
                thing = {**thing, "line_items": shapes.page_of(thing["_lines"], url, more=False)}
            elif name not in kinds or name not in thing:
                raise Refused(400, f"This property cannot be expanded ({name}).", parameter="expand", is_kept=False)
            elif thing[name]:
                thing = {**thing, name: shown(self._account.find(kinds[name], thing[name]))}
        return thing


def _replayed(known: Answer, asked: str) -> tuple[int, str, bool]:
    if known.asked == asked:
        return known.status, known.body, True
    said = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using "
        "a key other than the one used if you meant to execute a different request."
    )
    refused = Refused(400, said, kind="idempotency_error")
    return refused.status, json.dumps(refused.body), False


def _fits(thing: Thing, given: dict[str, Any]) -> bool:
    """Whether a list that was asked for like this holds it."""
    kinds = given.get("types") or ([given["type"]] if "type" in given else [])
    if kinds and thing.get("type") not in kinds:
        return False
    for name in ("payment_intent", "charge", "status"):
        if name in given and thing.get(name) != given[name]:
            return False
    created = given.get("created", {})
    if isinstance(created, int):
        return bool(thing["created"] == created)
    tests: dict[str, Callable[[int, int], bool]] = {
        "gt": lambda at, than: at > than,
        "gte": lambda at, than: at >= than,
        "lt": lambda at, than: at < than,
        "lte": lambda at, than: at <= than,
    }
    return all(tests[name](thing["created"], than) for name, than in created.items())


def _nested(form: Any) -> dict[str, Any]:
    """`line_items[0][quantity]=2` as nested dictionaries; lists are still dictionaries by number."""
    made: dict[str, Any] = {}
    for name, values in form.lists():
        *way, last = [part.removesuffix("]") for part in name.split("[")]
        place = made
        for part in way:
            place = place.setdefault(part, {})
        if last == "" and len(values) > 1:
            place.update({str(number): value for number, value in enumerate(values)})
        else:
            place[last] = values[-1]
    return made

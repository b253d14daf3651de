"""The payment page, the bank's question, and what is shown afterwards. No JavaScript; no card number is kept."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from babel.numbers import format_currency
from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from club.money import to_major
from club.payments.rules import from_stripe
from demo.stripe.account import Account
from demo.stripe.cards import (
    DECLINED,
    DISPUTED,
    EXPIRED,
    NO_FUNDS,
    ON_THE_PAGE,
    SECURE,
    SUCCESS,
    card_of,
    is_card_number,
)
from demo.stripe.refusals import Refused
from demo.stripe.state import Thing
from demo.stripe.words import LANGUAGES, WORDS

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)")
_NOTES = {
    SUCCESS: "card_paid",
    DECLINED: "card_declined",
    NO_FUNDS: "card_no_funds",
    EXPIRED: "card_expired",
    SECURE: "card_asked",
    DISPUTED: "card_disputed",
}
_TURNED_BACK = "payment_intent_authentication_failure"


FIELDS = ("email", "number", "expiry", "cvc", "name")


@dataclass
class Typed:
    """What the buyer typed. Number and code are forgotten when the request ends."""

    email: str = ""
    number: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_form(cls, now: datetime) -> "Typed":
        """Read and look through; `wrong` names the fields to mend and the words to say so."""
        email, number, expiry, cvc, name = (request.form.get(field, "").strip()[:200] for field in FIELDS)
        typed = cls(email, re.sub(r"[\s-]", "", number), expiry, cvc, name)
        tests = {
            "email": re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed.email) is not None,
            "number": is_card_number(typed.number),
            "expiry": _is_ahead(typed.expiry, now),
            "cvc": re.fullmatch(r"[0-9]{3,4}", typed.cvc) is not None,
            "name": bool(typed.name),
        }
        typed.wrong = {name: f"bad_{name}" for name, is_right in tests.items() if not is_right}
        return typed


def _is_ahead(expiry: str, now: datetime) -> bool:
    found = _EXPIRY.fullmatch(expiry)
    return found is not None and (2000 + int(found[2]), int(found[1])) >= (now.year, now.month)


class PaymentPage:
    """Pages below `/pay`."""

    def __init__(self, account: Account, business: str) -> None:
        self._account = account
        self._business = business

    def blueprint(self) -> Blueprint:
        routes = Blueprint("page", __name__, url_prefix="/pay")
        routes.add_url_rule("/<session_id>", "form", self._form)
        routes.add_url_rule("/<session_id>", "pay", self._pay, methods=["POST"])
        routes.add_url_rule("/<session_id>/bank", "bank", self._bank)
        routes.add_url_rule("/<session_id>/bank", "answer", self._answer, methods=["POST"])
        return routes

    def _form(self, session_id: str) -> ResponseReturnValue:
        page = self._account.find("checkout.session", session_id)
        return self._over(page) or self._shown(page, Typed(email=page["customer_email"] or ""), "", 200)

    def _pay(self, session_id: str) -> ResponseReturnValue:
        page = self._account.find("checkout.session", session_id)
        over = self._over(page)
        if over:
            return over
        typed = Typed.from_form(datetime.fromtimestamp(self._account.state.now(), UTC))
        if typed.wrong:
            return self._shown(page, typed, "", 422)
        buyer = {"email": typed.email, "name": typed.name}
        try:
            intent = self._account.pay(session_id, card_of(typed.number), buyer)
        except Refused:  # somebody was faster, in another window
            return redirect(request.path, 303)
        return self._after(page, intent, typed)

    def _bank(self, session_id: str) -> ResponseReturnValue:
        page = self._account.find("checkout.session", session_id)
        over = self._over(page)
        if over:
            return over
        intent = self._account.find("payment_intent", page["payment_intent"] or "")
        if intent["status"] != "requires_action":
            return redirect(f"/pay/{session_id}", 303)
        return self._rendered("bank.html", page, last4=intent["_card"]["last4"])

    def _answer(self, session_id: str) -> ResponseReturnValue:
        page = self._account.find("checkout.session", session_id)
        try:
            intent = self._account.answer_bank(session_id, is_buyer=request.form.get("answer") == "yes")
        except Refused:
            return redirect(f"/pay/{session_id}", 303)
        buyer = intent["_buyer"]
        return self._after(page, intent, Typed(email=buyer["email"], name=buyer["name"]))

    def _after(self, page: Thing, intent: Thing, typed: Typed) -> ResponseReturnValue:
        """On to the shop, to the bank, or back to the form with what the bank said."""
        match intent["status"]:
            case "succeeded" | "processing":
                return redirect(page["success_url"].replace("{CHECKOUT_SESSION_ID}", page["id"]), 303)
            case "requires_action":
                return redirect(f"/pay/{page['id']}/bank", 303)
        error = intent["last_payment_error"]
        said = f"said_{error.get('decline_code', error['code'])}"
        return self._shown(page, typed, said if said in WORDS["en"] else "said_card_declined", 402)

    def _over(self, page: Thing) -> ResponseReturnValue | None:
        """What is shown in place of the form when there is nothing to pay any more."""
        if page["status"] == "open":
            return None
        if page["status"] == "complete" and request.method == "POST":
            return redirect(page["success_url"].replace("{CHECKOUT_SESSION_ID}", page["id"]), 303)
        kind = "done" if page["status"] == "complete" else "expired"
        return self._rendered("over.html", page, kind=kind), 410 if kind == "expired" else 200

    def _shown(self, page: Thing, typed: Typed, said: str, status: int) -> ResponseReturnValue:
        cards = [(card.grouped, _NOTES[card]) for card in ON_THE_PAGE]
        typed.number, typed.cvc = "", ""
        return self._rendered("pay.html", page, typed=typed, said=said, cards=cards), status

    def _rendered(self, template: str, page: Thing, **more: object) -> Response:
        language = _language(page)
        words = WORDS[language]

        def say(name: str, **values: str) -> str:
            return words[name] % {"business": self._business, **values}

        def money(amount: int) -> str:
            currency = page["currency"].upper()
            return format_currency(to_major(from_stripe(amount, currency), currency), currency, locale=language)

        text = render_template(
            f"stand_in/{template}", say=say, money=money, page=page, language=language, business=self._business, **more
        )
        answer = make_response(text)
        targets = " ".join(sorted({_origin(page[name]) for name in ("success_url", "cancel_url") if page[name]}))
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {targets}"
        )
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


def _language(page: Thing) -> str:
    wanted = (page["locale"] or "auto")[:2]
    return wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en") or "en"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

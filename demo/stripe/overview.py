"""The stand-in's own first page: who was sent here to pay, and buttons for what only banks do."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from club.money import to_major
from club.payments.rules import from_stripe
from demo.stripe.account import Account
from demo.stripe.cards import ON_THE_PAGE
from demo.stripe.state import Thing

MOST = 100


@dataclass(frozen=True)
class Deed:
    """One button: what it says, and what it is about."""

    name: str
    words: str
    about: str


@dataclass(frozen=True)
class Row:
    """One payment page. `url` is there while somebody can still pay."""

    order: str
    amount: str
    state: str
    url: str
    deeds: tuple[Deed, ...]


class Overview:
    """`/`, and what its buttons do."""

    def __init__(self, account: Account, base: str) -> None:
        self._account = account
        self._base = base
        self._deeds: dict[str, Callable[[str], Thing]] = {
            "dispute": lambda intent_id: account.dispute(intent_id, "fraudulent"),
            "won": lambda dispute_id: account.close_dispute(dispute_id, is_won=True),
            "lost": lambda dispute_id: account.close_dispute(dispute_id, is_won=False),
            "return": account.fail_refund,
        }

    def blueprint(self) -> Blueprint:
        routes = Blueprint("overview", __name__)
        routes.add_url_rule("/", "payments", self._payments)
        routes.add_url_rule("/", "do", self._do, methods=["POST"])
        return routes

    def _payments(self) -> ResponseReturnValue:
        pages = self._account.state.latest("checkout.session")[:MOST]
        cards = [(card.grouped, card.decline_code.replace("_", " ") or card.way.value) for card in ON_THE_PAGE]
        rows = [self._row(page) for page in pages]
        return render_template("stand_in/payments.html", rows=rows, cards=cards, language="en")

    def _do(self) -> ResponseReturnValue:
        if request.headers.get("Origin", self._base) != self._base:
            abort(403)
        deed = self._deeds.get(request.form.get("deed", "")) or abort(400)
        deed(request.form.get("about", ""))
        return redirect("/", 303)

    def _row(self, page: Thing) -> Row:
        currency = page["currency"].upper()
        amount = to_major(from_stripe(page["amount_total"], currency), currency)
        return Row(
            order=page["client_reference_id"] or page["id"],
            amount=f"{amount} {currency}",
            state=f"{page['status']}, {page['payment_status']}",
            url=page["url"] or "",
            deeds=self._deeds_for(page) if page["payment_status"] == "paid" else (),
        )

    def _deeds_for(self, page: Thing) -> tuple[Deed, ...]:
        state = self._account.state
        disputes = [one for one in state.latest("dispute") if one["payment_intent"] == page["payment_intent"]]
        refunds = [one for one in state.latest("refund") if one["payment_intent"] == page["payment_intent"]]
        returns = [Deed("return", "Refund comes back", one["id"]) for one in refunds if one["status"] == "succeeded"]
        if not disputes:
            return (Deed("dispute", "Dispute", page["payment_intent"]), *returns)
        if disputes[0]["status"] != "needs_response":
            return tuple(returns)
        won, lost = (Deed(name, f"Dispute {name}", disputes[0]["id"]) for name in ("won", "lost"))
        return (won, lost, *returns)

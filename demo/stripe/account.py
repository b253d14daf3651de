"""One account: pages opened, paid and closed, money sent back, disputes; each change leaves its events."""

import copy
from collections.abc import Callable
from typing import Any

from club.payments.connection import API_VERSION
from demo.stripe import shapes
from demo.stripe.cards import Card, Way
from demo.stripe.refusals import Refused, missing
from demo.stripe.state import State, Thing, shown

SHORTEST_PAGE_SECONDS = 30 * 60
LONGEST_PAGE_SECONDS = 24 * 3600
LEAST = {"eur": 50, "usd": 50, "gbp": 30, "jpy": 50}
"""The smallest charge by currency (docs.stripe.com/currencies); the others are taken as they come."""

ANSWERS = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "payment_intent_authentication_failure": (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
}


class Account:
    """What the API, the payment page and the control panel do. `tell` hears of each event, inside its change."""

    def __init__(self, state: State, base: str, tell: Callable[[Thing], None]) -> None:
        self.state = state
        self._base = base
        self._tell = tell

    def find(self, kind: str, thing_id: str) -> Thing:
        """Raises `Refused`: no such thing. A page whose time is over is closed by being looked at."""
        with self.state.turn():
            found = self.state.find(kind, thing_id)
            if found is None:
                raise missing(kind, thing_id)
            if kind == "checkout.session" and found["status"] == "open" and found["expires_at"] <= self.state.now():
                self._close(found)
            return found

    def close_what_is_over(self) -> None:
        for page in self.state.latest("checkout.session"):
            self.find("checkout.session", page["id"])

    # --- pages

    def open_session(self, given: dict[str, Any]) -> Thing:
        now = self.state.now()
        _check_page(given, now)
        made = shapes.session(given, self._base, now)
        least = LEAST.get(made["currency"], 1)
        if made["amount_total"] < least:
            said = f"The Checkout Session's total amount due must add up to at least {least} {made['currency']}"
            raise Refused(400, said, code="amount_too_small", is_kept=False)
        return self.state.keep(made)

    def expire_session(self, session_id: str) -> Thing:
        page = self.find("checkout.session", session_id)
        if page["status"] != "open":
            said = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {page["status"]}.'
            raise Refused(400, said)
        return self._close(page)

    def _close(self, page: Thing) -> Thing:
        page.update(status="expired", url=None)
        self.state.keep(page)
        if page["payment_intent"]:
            intent = self.find("payment_intent", page["payment_intent"])
            intent.update(status="canceled", canceled_at=self.state.now(), cancellation_reason="automatic")
            self._happened("payment_intent.canceled", self.state.keep(intent))
        self._happened("checkout.session.expired", page)
        return page

    # --- paying

    def pay(self, session_id: str, card: Card, buyer: dict[str, str]) -> Thing:
        """Try to pay with this card; the payment says what came of it. Raises `Refused` for a page that is closed."""
        self.find("checkout.session", session_id)  # closes it for good if its time is over
        with self.state.turn():
            page = self.find("checkout.session", session_id)
            if page["status"] != "open":
                raise Refused(400, "This Checkout Session is no longer open.")
            intent = self._begun(page)
            shown = {"brand": card.brand, "last4": card.last4, "fingerprint": card.fingerprint}
            intent["_buyer"], intent["_card"] = buyer, shown
            intent["_after_asking"] = card.code
            if card.way is Way.DECLINED:
                return self._fail(intent, card.code, card.decline_code)
            if card.way is Way.ASKED:
                return self._ask(intent, page)
            if card.way is Way.SETTLES_LATER:
                return self._wait(intent, page)
            intent = self._take(intent, page)
            if card.way is Way.DISPUTED:
                self.dispute(intent["id"], "fraudulent")
            return intent

    def answer_bank(self, session_id: str, *, is_buyer: bool) -> Thing:
        """What the buyer told the bank (3-D Secure)."""
        with self.state.turn():
            page = self.find("checkout.session", session_id)
            intent = self.find("payment_intent", page["payment_intent"] or "")
            if intent["status"] != "requires_action" or page["status"] != "open":
                raise Refused(400, "Nothing is waiting for an answer.")
            if not is_buyer:
                return self._fail(intent, "payment_intent_authentication_failure", "")
            if intent["_after_asking"]:
                return self._fail(intent, intent["_after_asking"], "generic_decline")
            return self._take(intent, page)

    def settle(self, intent_id: str, *, is_paid: bool) -> Thing:
        """A payment that was waiting for the bank has come, or will not."""
        with self.state.turn():
            intent = self.find("payment_intent", intent_id)
            page = self.find("checkout.session", intent["_session"])
            if intent["status"] != "processing":
                raise Refused(400, "Nothing is being processed.")
            if is_paid:
                intent = self._charged(intent)
                page["payment_status"] = "paid"
            else:
                intent = self._fail(intent, "payment_intent_payment_attempt_failed", "")
            self.state.keep(page)
            self._happened(f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}", page)
            return intent

    def _begun(self, page: Thing) -> Thing:
        if page["payment_intent"]:
            return self.find("payment_intent", page["payment_intent"])
        intent = self.state.keep(shapes.intent(page, self.state.now()))
        page["payment_intent"] = intent["id"]
        self.state.keep(page)
        self._happened("payment_intent.created", intent)
        return intent

    def _fail(self, intent: Thing, code: str, decline_code: str) -> Thing:
        error = {"type": "card_error", "code": code, "message": ANSWERS.get(code, "The payment failed.")}
        if decline_code:
            error["decline_code"] = decline_code
        tried = shapes.charge(intent, intent["_buyer"], intent["_card"], self.state.now())
        tried.update(paid=False, captured=False, amount_captured=0, status="failed", failure_code=code)
        tried["failure_message"] = error["message"]
        self.state.keep(tried)
        intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
        intent["latest_charge"] = tried["id"]
        self._happened("charge.failed", tried)
        self._happened("payment_intent.payment_failed", self.state.keep(intent))
        return intent

    def _ask(self, intent: Thing, page: Thing) -> Thing:
        where = f"{page['_url']}/bank"
        intent["status"] = "requires_action"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": page["_url"], "url": where},
        }
        self._happened("payment_intent.requires_action", self.state.keep(intent))
        return intent

    def _wait(self, intent: Thing, page: Thing) -> Thing:
        intent["status"] = "processing"
        self._happened("payment_intent.processing", self.state.keep(intent))
        self._complete(page, intent, "unpaid")
        return intent

    def _take(self, intent: Thing, page: Thing) -> Thing:
        intent = self._charged(intent)
        self._complete(page, intent, "paid")
        return intent

    def _charged(self, intent: Thing) -> Thing:
        charge = self.state.keep(shapes.charge(intent, intent["_buyer"], intent["_card"], self.state.now()))
        intent.update(status="succeeded", amount_received=intent["amount"], next_action=None, last_payment_error=None)
        intent.update(latest_charge=charge["id"], payment_method=charge["payment_method"])
        self._happened("charge.succeeded", charge)
        self._happened("payment_intent.succeeded", self.state.keep(intent))
        return intent

    def _complete(self, page: Thing, intent: Thing, payment_status: str) -> None:
        buyer = intent["_buyer"]
        page.update(status="complete", payment_status=payment_status, url=None)
        page["customer_details"] = {
            **dict.fromkeys(("address", "business_name", "individual_name", "phone", "tax_exempt", "tax_ids")),
            "email": buyer["email"],
            "name": buyer["name"],
        }
        self._happened("checkout.session.completed", self.state.keep(page))

    # --- money back

    def refund(self, given: dict[str, Any]) -> Thing:
        """Send money back, never more than came and is still there."""
        charge = self._charge_of(given)
        left = charge["amount"] - charge["amount_refunded"]
        amount = given.get("amount", left)
        if charge["disputed"]:
            raise Refused(400, "This charge has been charged back.", code="charge_disputed")
        if left == 0:
            said = f"Charge {charge['id']} has already been refunded."
            raise Refused(400, said, code="charge_already_refunded")
        if not 0 < amount <= left:
            said = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise Refused(400, said, parameter="amount")
        made = self.state.keep(shapes.refund(charge, amount, given, self.state.now()))
        self._count_refund(charge, amount)
        self._happened("refund.created", made)
        self._happened("charge.refunded", charge)
        return made

    def fail_refund(self, refund_id: str) -> Thing:
        """The buyer's bank sends the refund back; the money is with the account again."""
        with self.state.turn():
            made = self.find("refund", refund_id)
            if made["status"] != "succeeded":
                raise Refused(400, "This refund cannot fail any more.")
            made.update(status="failed", failure_reason="lost_or_stolen_card")
            self._count_refund(self.find("charge", made["charge"]), -made["amount"])
            self._happened("refund.failed", self.state.keep(made))
            return made

    def _count_refund(self, charge: Thing, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.state.keep(charge)

    def _charge_of(self, given: dict[str, Any]) -> Thing:
        if "charge" in given:
            return self.find("charge", given["charge"])
        if "payment_intent" not in given:
            raise Refused(
                400, "One of charge or payment_intent must be given.", code="parameter_missing", is_kept=False
            )
        intent = self.find("payment_intent", given["payment_intent"])
        if intent["status"] != "succeeded":
            said = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise Refused(400, said, code="payment_intent_unexpected_state")
        return self.find("charge", intent["latest_charge"])

    # --- disputes

    def dispute(self, intent_id: str, reason: str) -> Thing:
        """The buyer's bank asks for the money back."""
        with self.state.turn():
            charge = self._charge_of({"payment_intent": intent_id})
            if charge["disputed"]:
                raise Refused(400, "This charge is disputed already.")
            made = shapes.dispute(charge, charge["amount"] - charge["amount_refunded"], reason, self.state.now())
            charge["disputed"] = True
            self.state.keep(charge)
            self._happened("charge.dispute.created", self.state.keep(made))
            self._happened("charge.dispute.funds_withdrawn", made)
            return made

    def close_dispute(self, dispute_id: str, *, is_won: bool) -> Thing:
        with self.state.turn():
            made = self.find("dispute", dispute_id)
            if made["status"] in {"won", "lost"}:
                raise Refused(400, "This dispute is closed already.")
            made["status"] = "won" if is_won else "lost"
            self._happened("charge.dispute.closed", self.state.keep(made))
            if is_won:
                self._happened("charge.dispute.funds_reinstated", made)
            return made

    def _happened(self, kind: str, about: Thing) -> None:
        made = shapes.event(kind, copy.deepcopy(shown(about)), API_VERSION, self.state.now())
        self._tell(self.state.keep(made))


def _check_page(given: dict[str, Any], now: int) -> None:
    """What Stripe refuses before it makes a page."""
    lines = given.get("line_items") or []
    if given.get("mode") != "payment" or not lines or any("price_data" not in line for line in lines):
        raise Refused(400, "This stand-in takes mode payment with price_data lines only.", is_kept=False)
    if not given.get("success_url"):
        raise Refused(400, "Missing required param: success_url.", code="parameter_missing", is_kept=False)
    if len({line["price_data"]["currency"] for line in lines}) > 1:
        raise Refused(400, "All line items must have the same currency.", is_kept=False)
    for line in lines:
        if line["price_data"].get("unit_amount", -1) < 0 or line.get("quantity", 1) < 1:
            raise Refused(400, "Invalid line item amount.", code="parameter_invalid_integer", is_kept=False)
    stays = given.get("expires_at", now + LONGEST_PAGE_SECONDS) - now
    if not SHORTEST_PAGE_SECONDS - 60 <= stays <= LONGEST_PAGE_SECONDS + 60:
        said = "The `expires_at` timestamp must be between 30 minutes and 24 hours after the session's creation."
        raise Refused(400, said, parameter="expires_at", is_kept=False)

"""The objects as Stripe shows them, in the API version that the gateway is pinned to. Test mode throughout."""

import secrets
import string
from typing import Any

from demo.stripe.state import Thing

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(length))}"


def session(given: dict[str, Any], base: str, now: int) -> Thing:
    """An open Checkout Session. The payment itself begins when somebody tries to pay."""
    made = new_id("cs_test", 58)
    lines = [_line(line, now) for line in given["line_items"]]
    total = sum(line["amount_total"] for line in lines)
    nothing = dict.fromkeys(
        (
            *("after_expiration", "allow_promotion_codes", "billing_address_collection"),
            *("client_secret", "collected_information", "consent", "consent_collection", "currency_conversion"),
            *("customer", "customer_creation", "customer_details", "invoice", "payment_intent", "payment_link"),
            *("recovered_from", "return_url", "setup_intent", "shipping_cost", "submit_type", "subscription"),
        )
    )
    return {
        **nothing,
        "id": made,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": now,
        "currency": lines[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "expires_at": given.get("expires_at", now + 24 * 3600),
        "livemode": False,
        "locale": given.get("locale"),
        "metadata": given.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "adaptive_pricing": given.get("adaptive_pricing", {"enabled": False}),
        "allowed_payment_method_types": given.get("allowed_payment_method_types"),
        "payment_method_types": given.get("allowed_payment_method_types", ["card"]),
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": given.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base}/pay/{made}",
        "_url": f"{base}/pay/{made}",
        "_lines": lines,
        "_intent_data": given.get("payment_intent_data", {}),
    }


def _line(given: dict[str, Any], now: int) -> Thing:
    price, quantity = given["price_data"], given.get("quantity", 1)
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "price": {
            "id": new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now,
            "currency": price["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": new_id("prod", 14),
            "recurring": None,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
    }


def intent(of: Thing, now: int) -> Thing:
    """The payment of a session, at the first try."""
    made = new_id("pi_3")
    nothing = dict.fromkeys(
        (
            *("application", "application_fee_amount", "automatic_payment_methods", "canceled_at"),
            *("cancellation_reason", "customer", "last_payment_error", "latest_charge", "next_action"),
            *("on_behalf_of", "payment_method", "processing", "receipt_email", "review", "setup_future_usage"),
            *("shipping", "source", "statement_descriptor", "statement_descriptor_suffix", "transfer_data"),
            "transfer_group",
        )
    )
    return {
        **nothing,
        "id": made,
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{made}_secret_{new_id('s')[2:]}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": of["currency"],
        "description": of["_intent_data"].get("description"),
        "livemode": False,
        "metadata": of["_intent_data"].get("metadata", {}),
        "payment_method_options": {},
        "payment_method_types": of["payment_method_types"],
        "status": "requires_payment_method",
        "_session": of["id"],
    }


def charge(of: Thing, buyer: dict[str, str], card: dict[str, str], now: int) -> Thing:
    """One try at taking the money; whether it succeeded is filled in."""
    nothing = dict.fromkeys(
        (
            *("application", "application_fee", "application_fee_amount", "balance_transaction", "customer"),
            *("failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of", "receipt_email"),
            *("receipt_number", "receipt_url", "review", "shipping", "source_transfer", "statement_descriptor"),
            *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
        )
    )
    return {
        **nothing,
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": of["amount"],
        "amount_captured": of["amount"],
        "amount_refunded": 0,
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": buyer["email"],
            "name": buyer["name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "TEST",
        "captured": True,
        "created": now,
        "currency": of["currency"],
        "description": of["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": of["metadata"],
        "outcome": None,
        "paid": True,
        "payment_intent": of["id"],
        "payment_method": new_id("pm_1"),
        "payment_method_details": {"type": "card", "card": _card_details(card)},
        "refunded": False,
        "status": "succeeded",
    }


def _card_details(card: dict[str, str]) -> Thing:
    nothing = dict.fromkeys(("amount_authorized", "country", "funding", "installments", "mandate", "network", "wallet"))
    return {**nothing, **card, "exp_month": 12, "exp_year": 2034}


def refund(of: Thing, amount: int, given: dict[str, Any], now: int) -> Thing:
    return {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "metadata": given.get("metadata", {}),
        "payment_intent": of["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(of: Thing, amount: int, reason: str, now: int) -> Thing:
    nothing = dict.fromkeys(
        (
            *("access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure"),
            *("cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name"),
            *("customer_purchase_ip", "customer_signature", "duplicate_charge_documentation"),
            *("duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt"),
            *("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date"),
            *("service_documentation", "shipping_address", "shipping_carrier", "shipping_date"),
            *("shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text"),
        )
    )
    return {
        "id": new_id("du_1"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**nothing, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }


def event(kind: str, about: Thing, version: str, now: int) -> Thing:
    return {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": version,
        "created": now,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def page_of(things: list[Thing], url: str, more: bool) -> Thing:
    return {"object": "list", "data": things, "has_more": more, "url": url}

"""Stripe, as pages ask it: one account a process, loaded when a card payment first needs it."""

from flask import current_app, url_for

from club.payments.asking import Gateway, gateway_of
from club.payments.values import Urls
from club.settings import Settings

_KEPT = "club_gateway"

LEAST_BY_CARD = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""Minor units below which Stripe opens no payment (docs.stripe.com/currencies, minimum and maximum charge amounts)."""


def gateway() -> Gateway | None:
    """The account of this installation; None where it takes no cards."""
    if _KEPT not in current_app.extensions:
        current_app.extensions[_KEPT] = gateway_of(_settings())
    made: Gateway | None = current_app.extensions[_KEPT]
    return made


def takes_cards() -> bool:
    """Whether a card payment can be offered, without loading anything."""
    return _settings().takes_cards


def least_by_card(currency: str) -> int:
    """The least total that a card can pay, in minor units; 0 where none is known."""
    return LEAST_BY_CARD.get(currency, 0)


def payment_urls(order_key: str) -> Urls:
    """Where the payment page of an order leads."""
    base = _settings().base_url
    address = f"{base}{url_for('shop.payment_return', key=order_key)}"
    return Urls(success=address, cancel=address)


def _settings() -> Settings:
    found: Settings = current_app.extensions["club_settings"]
    return found

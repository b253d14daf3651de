"""Stripe, as pages ask it: one account a process, loaded when a card payment first needs it."""

from flask import current_app, url_for

from club.payments.asking import Gateway, gateway_of
from club.payments.values import Urls
from club.settings import Settings

_KEPT = "club_gateway"


def gateway() -> Gateway | None:
    """The account of this installation; None where it takes no cards."""
    if _KEPT not in current_app.extensions:
        current_app.extensions[_KEPT] = gateway_of(_settings())
    made: Gateway | None = current_app.extensions[_KEPT]
    return made


def takes_cards() -> bool:
    """Whether a card payment can be offered, without loading anything."""
    return _settings().takes_cards


def payment_urls(order_key: str) -> Urls:
    """Where the payment page of an order leads."""
    base = _settings().base_url
    address = f"{base}{url_for('shop.payment_return', key=order_key)}"
    return Urls(success=address, cancel=address)


def _settings() -> Settings:
    found: Settings = current_app.extensions["club_settings"]
    return found

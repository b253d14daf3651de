"""The shoppers' door: what is for sale, to members and to guests."""

from flask import Blueprint

shop = Blueprint("shop", __name__, template_folder="templates")

from shop import (  # noqa: E402, F401 - each module adds its pages to the blueprint above
    cart,
    catalogue,
    checkout,
    orders,
    papers,
    payment,
    pickup,
    product,
    returns,
    tell_me,
    withdraw,
)

"""The members' door: what the public and members see."""

from flask import Blueprint

portal = Blueprint("portal", __name__, template_folder="templates")

from portal import (  # noqa: E402, F401 - each module adds its pages to the blueprint above
    account,
    account_dues,
    address,
    card,
    choices,
    comments,
    contact,
    event_answers,
    event_mailed,
    event_sign_up,
    events,
    gifts,
    home,
    invoices,
    join,
    landing,
    legal,
    menu,
    messages,
    my_data,
    news,
    offers,
    order_return,
    orders,
    passkeys,
    points,
    points_pass,
    preferences,
    profile,
    referrals,
    second_step,
    signin,
    sitemap,
    support,
    tickets,
    tier,
)

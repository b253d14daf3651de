"""One field for a person, a phone, a number, a card, a receipt or an article."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin import admin
from club.customers.searching import Found, FoundPurchase, find
from club.permissions import Permission
from club.purchases.rules import COUNTER
from web.access import staff_only
from web.database import db
from web.lists import asked_for
from web.navigation import may_do

MOST_FOUND = 20


@admin.get("/search")
@staff_only(Permission.SEE_MEMBERS)
def search() -> ResponseReturnValue:
    """One hit: its page. Several: each kind by itself."""
    words = asked_for("q")
    with_contact = may_do(Permission.SEE_CONTACT)
    found = _found(words, with_contact=with_contact)
    if found.count == 1:
        return redirect(_address_of(found), 303)
    return render_template(
        "admin/search.html",
        words=words,
        found=found,
        most=MOST_FOUND,
        with_contact=with_contact,
        purchase_address=purchase_address,
    )


def _found(words: str, *, with_contact: bool) -> Found:
    if not words:
        return Found([], [], [])
    return find(db(), words, MOST_FOUND + 1, by_contact=with_contact, with_orders=may_do(Permission.MANAGE_ORDERS))


def purchase_address(bought: FoundPurchase) -> str:
    """The purchase's own page where there is one, else its customer's."""
    if bought.channel == COUNTER and may_do(Permission.RECORD_PURCHASES):
        return url_for("admin.recorded", purchase_id=bought.purchase_id)
    return url_for("admin.customers_one", person_id=bought.member_id)


def _address_of(found: Found) -> str:
    if found.orders:
        return url_for("admin.order", number=found.orders[0].number)
    if found.people:
        return url_for("admin.customers_one", person_id=found.people[0].person_id)
    return purchase_address((found.purchases + found.articles)[0])

"""A purchase at the counter after it was saved: what came of it, and the way to undo it on its day."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.accrual.service import used_points_of
from club.errors import NotFound, ReferenceTaken, Refusal
from club.members.models import the_member
from club.offers.goods import gifts_of
from club.offers.overview import uses_for
from club.offers.service import undo_at_counter
from club.offers.service.counter import PURCHASE
from club.permissions import Permission
from club.purchases.models import bought_by_id, corrections_of, lines_of
from club.purchases.rules import COUNTER, ReturnOf
from web.access import staff_only
from web.database import db
from web.formats import points
from web.messages import words_for
from web.programme import today
from web.visitors import staff


@admin.get("/counter/purchases/<int:purchase_id>")
@staff_only(Permission.RECORD_PURCHASES)
def recorded(purchase_id: int) -> ResponseReturnValue:
    """A purchase that was saved, and what came back of it."""
    bought = bought_by_id(db(), purchase_id)
    back, offers = corrections_of(db(), purchase_id), uses_for(db(), PURCHASE, purchase_id)
    return render_template(
        "admin/counter_purchase.html",
        bought=bought,
        member=the_member(db(), bought.member_id),
        lines=lines_of(db(), purchase_id),
        back=back,
        used=used_points_of(db(), purchase_id),
        offers=offers,
        gifts=gifts_of(db(), [offer for _use, offer in offers]),
        may_undo=not back and bought.channel == COUNTER and bought.bought_on == today(),
    )


@admin.post("/counter/purchases/<int:purchase_id>/undo")
@staff_only(Permission.CORRECT_PURCHASES)
def purchase_undo(purchase_id: int) -> ResponseReturnValue:
    """A purchase of today was saved by mistake: all of it is called off, points that paid come back."""
    bought, who = bought_by_id(db(), purchase_id), staff()
    if bought.channel != COUNTER or bought.bought_on != today():
        raise NotFound
    if corrections_of(db(), purchase_id):
        flash(_("Something of this purchase came back already. Use “Return…” for the rest."), "info")
        return redirect(url_for("admin.recorded", purchase_id=purchase_id), 303)
    undone = ReturnOf(
        channel=COUNTER,
        reference=bought.reference,
        own_reference=_slip(bought.id),
        corrected_on=today(),
        kind="cancellation",
    )
    try:
        result = undo_at_counter(
            db(), purchase_id, undone, bought.member_id, who.account_id, who.role, datetime.now(UTC)
        )
    except ReferenceTaken:
        flash(_("This purchase was undone already."), "info")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        name = the_member(db(), bought.member_id).full_name
        flash(_("Undone: %(points)s taken back from %(name)s.", points=points(result.points), name=name), "success")
        if result.points_back:
            flash(_("%(points)s that paid for it are there again.", points=points(result.points_back)), "success")
    return redirect(url_for("admin.recorded", purchase_id=purchase_id), 303)


def _slip(purchase_id: int) -> str:
    """The slip of an undone purchase: there is one at most."""
    return f"UNDO-{purchase_id}"

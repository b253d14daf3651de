"""The preferences card: likes, dislikes, needs, wants, what they would give; how and when to reach them."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.forms import Composed
from admin.customer.words import CHANNELS, LIKINGS, SOURCES, choices
from club.care.models import Customer, preferences_of, staff_names, the_customer
from club.care.rules import LONGEST_TIMES, LONGEST_WHAT, Liking, NewPreference, Source
from club.care.service import add_preference, end_preference, set_objection, set_wish
from club.contact.models import said_by
from club.contact.rules import Channel, objects
from club.errors import DateInFuture, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, TextField
from web.programme import today
from web.refusing import refused
from web.visitors import staff


class LineForm(Composed):
    """One more line of the card."""

    kind = SelectField(_l("What it is"), choices=choices(LIKINGS))
    what = TextField(_l("In a few words"), [Needed(_l("Write a few words first."))], longest=LONGEST_WHAT)
    effect = TextField(_l("How it affects them"), longest=LONGEST_WHAT)
    source = SelectField(_l("How we know"), choices=choices(SOURCES))
    noted_on = DayField(_l("Since when"), [Needed(_l("Enter the day."))])


class WishForm(Form):
    """How and when they want to be reached."""

    channel = SelectField(_l("Preferred way"))
    times = TextField(_l("Good times"), longest=LONGEST_TIMES)
    objects = BooleanField(_l("They asked not to be contacted, except about what they hold or order"))

    def offer(self) -> None:
        """Each way, or none in particular."""
        self.channel.choices = [SelectChoice("", _("no matter")), *choices(CHANNELS)]


@admin.route("/customers/<int:person_id>/preferences", methods=["GET", "POST"])
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_preferences(person_id: int) -> ResponseReturnValue:
    """The card, line by line, and one more line."""
    customer, form, who = the_customer(db(), person_id), LineForm(noted_on=today()), staff()
    if not form.validate_on_submit():
        return _page(customer, form, None), 422 if form.errors else 200
    assert form.noted_on.data is not None  # needed
    new = NewPreference(
        kind=Liking(form.kind.data),
        what=form.what.data or "",
        effect=form.effect.data or "",
        source=Source(form.source.data),
        noted_on=form.noted_on.data,
        cause=form.cause(who.account_id),
    )
    try:
        add_preference(db(), person_id, new, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.noted_on if isinstance(refusal, DateInFuture) else form.what)
        return refused(_page(customer, form, None), refusal)
    flash(_("It stands on the card now."), "success")
    return redirect(url_for("admin.customers_preferences", person_id=person_id), 303)


@admin.post("/customers/<int:person_id>/wish")
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_wish(person_id: int) -> ResponseReturnValue:
    """How and when to reach them, and whether at all."""
    customer, form, who, now = the_customer(db(), person_id), WishForm(), staff(), datetime.now(UTC)
    form.offer()
    if not form.validate_on_submit():
        return _page(customer, LineForm(formdata=None, noted_on=today()), form), 422
    channel = Channel(form.channel.data) if form.channel.data else None
    set_wish(db(), person_id, channel, form.times.data or "", who.account_id, who.role, now)
    set_objection(db(), person_id, form.objects.data, who.account_id, who.role, now)
    flash(_("Kept."), "success")
    return redirect(url_for("admin.customers_preferences", person_id=person_id), 303)


@admin.post("/customers/preferences/<int:preference_id>/end")
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_preference_end(preference_id: int) -> ResponseReturnValue:
    """A line that is no longer true; it can be brought back at once."""
    who, is_over = staff(), request.form.get("over") != "no"
    person_id = end_preference(db(), preference_id, is_over, who.account_id, who.role, datetime.now(UTC))
    undo = preference_id if is_over else None
    return redirect(url_for("admin.customers_preferences", person_id=person_id, undo=undo), 303)


def _page(customer: Customer, form: LineForm, wish: WishForm | None) -> str:
    if wish is None:
        is_objecting = objects(said_by(db(), customer.person_id))
        wish = WishForm(formdata=None, channel=customer.channel or "", times=customer.times, objects=is_objecting)
        wish.offer()
    return render_template(
        "admin/customers_preferences.html",
        customer=customer,
        form=form,
        wish=wish,
        lines=preferences_of(db(), customer.person_id),
        names=staff_names(db()),
        undo=request.args.get("undo", type=int),
        LIKINGS=LIKINGS,
        SOURCES=SOURCES,
    )

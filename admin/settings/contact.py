"""How often the club turns to one customer by itself, and the hours at which it does not."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save
from club.errors import BadSetting, Refusal
from club.permissions import Permission
from club.programme.rules import MINUTES_A_DAY, MOST_CONTACT_DAYS, MOST_CONTACTS
from web.access import staff_only
from web.formats import clock_time
from web.forms import Needed, WholeNumberField
from web.programme import programme

HALF_HOUR = 30


class ContactForm(SectionForm):
    """The cap, and the quiet hours."""

    columns = ("contact_most", "contact_days", "quiet_from", "quiet_until")

    contact_most = WholeNumberField(
        _l("Contacts with one customer, at most"), [Needed(_l("Enter a number."))], least=1, most=MOST_CONTACTS
    )
    contact_days = WholeNumberField(
        _l("Within so many days"), [Needed(_l("Enter a number."))], least=1, most=MOST_CONTACT_DAYS
    )
    quiet_from = SelectField(_l("Quiet from"))
    quiet_until = SelectField(_l("Quiet until"))

    def offer(self) -> None:
        """Every half hour, and what stands there now."""
        club = programme()
        for field, now in ((self.quiet_from, club.quiet_from), (self.quiet_until, club.quiet_until)):
            minutes = sorted({*range(0, MINUTES_A_DAY, HALF_HOUR), now})
            field.choices = [SelectChoice(str(minute), clock_time(minute)) for minute in minutes]

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        return {
            "contact_most": self.contact_most.data,
            "contact_days": self.contact_days.data,
            "quiet_from": int(self.quiet_from.data),
            "quiet_until": int(self.quiet_until.data),
        }

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        fields = {"contacts": self.contact_most, "contact days": self.contact_days, "quiet hours": self.quiet_from}
        return fields.get(refusal.name) if isinstance(refusal, BadSetting) else None


@admin.route("/settings/contact", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_contact() -> ResponseReturnValue:
    """Two numbers and two times of day."""
    form = ContactForm()
    form.offer()
    if not form.is_submitted():
        club = programme()
        form.contact_most.data, form.contact_days.data = club.contact_most, club.contact_days
        form.quiet_from.data, form.quiet_until.data = str(club.quiet_from), str(club.quiet_until)
        form.remember(club)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.settings_contact"), 303)


def _page(form: ContactForm, differing: object = ()) -> str:
    return render_template("admin/settings_contact.html", form=form, differing=differing)

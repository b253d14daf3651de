"""Whether members may pass points on, how many, and how long new members wait."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save
from club.database import Transaction
from club.errors import BadSetting, Refusal
from club.family.service import forget_minors
from club.permissions import Permission
from club.programme.rules import LEAST_HOUSEHOLD, MOST_HOUSEHOLD, MOST_TRANSFER, MOST_WAIT_DAYS
from web.access import staff_only
from web.forms import Needed, WholeNumberField
from web.programme import programme, today
from web.visitors import staff


class SharingForm(SectionForm):
    """One yes or no, three limits, a time to wait."""

    columns = (
        "transfers_allowed",
        "transfer_most",
        "transfer_most_month",
        "transfer_most_year",
        "transfer_wait_days",
        "households_allowed",
        "household_most",
        "household_wait_days",
        "minors_kept",
    )

    transfers_allowed = BooleanField(_l("Members may pass points on to each other"))
    transfer_most = WholeNumberField(
        _l("Points at once, at most"), [Needed(_l("Enter a number above zero."))], least=1, most=MOST_TRANSFER
    )
    transfer_most_month = WholeNumberField(
        _l("In a month, at most"), [Needed(_l("Enter a number above zero."))], least=1, most=MOST_TRANSFER
    )
    transfer_most_year = WholeNumberField(
        _l("In a year, at most"), [Needed(_l("Enter a number above zero."))], least=1, most=MOST_TRANSFER
    )
    transfer_wait_days = WholeNumberField(
        _l("New members wait so many days"), [Needed(_l("Enter a number."))], least=0, most=MOST_WAIT_DAYS
    )
    households_allowed = BooleanField(_l("Adults of one household may spend each other's points"))
    household_most = WholeNumberField(
        _l("Adults in a household, at most"),
        [Needed(_l("Enter a number from 2 to 20."))],
        least=LEAST_HOUSEHOLD,
        most=MOST_HOUSEHOLD,
    )
    household_wait_days = WholeNumberField(
        _l("A newcomer's points are shared after so many days"),
        [Needed(_l("Enter a number."))],
        least=0,
        most=MOST_WAIT_DAYS,
    )
    minors_kept = BooleanField(_l("Members may name relatives under 18"))

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        return {name: self[name].data for name in self.columns}

    def also(self, tx: Transaction, changed: tuple[str, ...]) -> None:
        """Minors that are not kept any more do not stay either."""
        if "minors_kept" in changed and not self.minors_kept.data:
            forget_minors(tx, today(), by=staff().account_id, now=datetime.now(UTC))

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        fields = {
            "transfers": self.transfer_most,
            "transfer wait": self.transfer_wait_days,
            "household": self.household_most,
            "household wait": self.household_wait_days,
        }
        return fields.get(refusal.name) if isinstance(refusal, BadSetting) else None


@admin.route("/settings/sharing", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_sharing() -> ResponseReturnValue:
    """What members may do with points among themselves."""
    form = SharingForm()
    if not form.is_submitted():
        club = programme()
        for name in form.columns:
            form[name].data = getattr(club, name)
        form.remember(club)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.settings_sharing"), 303)


def _page(form: SharingForm, differing: object = ()) -> str:
    return render_template("admin/settings_sharing.html", form=form, differing=differing)

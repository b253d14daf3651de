"""From how many points a second person decides, and how often anything may be tried."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import Field

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save
from club.accounts.rules import LIMITS, Limit
from club.errors import BadSetting, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.forms import Needed, WholeNumberField
from web.programme import programme
from web.security import LARGEST_REQUEST_BYTES

MOST_APPROVAL = 1_000_000_000

TRIES: dict[str, Any] = {
    "sign_in.account": _l("Wrong passwords for one account"),
    "sign_in.address": _l("Wrong passwords from one place"),
    "sign_in.all": _l("Wrong passwords altogether"),
    "code.account": _l("Wrong codes of the second step for one account"),
    "code.address": _l("Wrong codes of the second step from one place"),
    "mail.recipient": _l("Links mailed to one address"),
    "mail.address": _l("Links asked for from one place"),
    "mail.all": _l("Links mailed altogether"),
    "resend": _l("The same mail once more"),
    "support.member": _l("Questions of one member"),
    "support.answered": _l("Mails that answer the same one of ours"),
    "support.mail": _l("Mails that answer ours altogether"),
    "transfer.member": _l("Wrong numbers or names of one member who passes points on"),
    "household.member": _l("Invitations of one member into a household"),
    "link.address": _l("Links that open nothing, from one place"),
}


class LimitsForm(SectionForm):
    """The limit that the club decides."""

    columns = ("approval_points",)

    approval_points = WholeNumberField(
        _l("A second person decides from so many points"),
        [Needed(_l("Enter a number above zero."))],
        least=1,
        most=MOST_APPROVAL,
    )

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        return {"approval_points": self.approval_points.data}

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        return self.approval_points if isinstance(refusal, BadSetting) else None


@admin.route("/settings/limits", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_limits() -> ResponseReturnValue:
    """One number that the club decides, and those that the program keeps."""
    form = LimitsForm()
    if not form.is_submitted():
        form.approval_points.data = programme().approval_points
        form.remember(programme())
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.settings_limits"), 303)


def _page(form: LimitsForm, differing: object = ()) -> str:
    tries: list[tuple[Any, Limit]] = [(TRIES.get(scope, scope), limit) for scope, limit in LIMITS.items()]
    return render_template(
        "admin/settings_limits.html",
        form=form,
        differing=differing,
        tries=tries,
        largest_upload=LARGEST_REQUEST_BYTES // 1_048_576,
    )

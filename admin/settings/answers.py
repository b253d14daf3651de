"""When questions of customers are answered: weekdays, hours, how fast, and how much goodwill one may show alone."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from admin import admin
from admin.settings.limits import MOST_APPROVAL
from admin.settings.section import SectionForm, changed_in_words, save
from club.errors import BadSetting, Refusal
from club.permissions import Permission
from club.programme.rules import MINUTES_A_DAY, MOST_ANSWER_HOURS, WEEKDAYS
from web.access import staff_only
from web.formats import clock_time
from web.forms import Needed, WholeNumberField
from web.languages import locale
from web.programme import programme
from web.security import may_repeat

HALF_HOUR = 30


class AnswersForm(SectionForm):
    """Days, hours, the promise, and the limit of goodwill."""

    columns = ("answer_days", "answer_from", "answer_until", "answer_hours", "goodwill_points")

    answer_days = SelectMultipleField(
        _l("Days"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=True
    )
    answer_from = SelectField(_l("From"))
    answer_until = SelectField(_l("Until"))
    answer_hours = WholeNumberField(
        _l("Answer within so many of these hours"), [Needed(_l("Enter a number."))], least=1, most=MOST_ANSWER_HOURS
    )
    goodwill_points = WholeNumberField(
        _l("A second person decides from so many points"),
        [Needed(_l("Enter a number above zero."))],
        least=1,
        most=MOST_APPROVAL,
    )

    def offer(self) -> None:
        """The days of a week, every half hour of a day, and what stands there now."""
        names = locale().days["stand-alone"]["wide"]
        self.answer_days.choices = [SelectChoice(one, names[int(one) - 1]) for one in WEEKDAYS]
        club = programme()
        for field, now in ((self.answer_from, club.answer_from), (self.answer_until, club.answer_until)):
            minutes = sorted({*range(0, MINUTES_A_DAY, HALF_HOUR), now} - {MINUTES_A_DAY})
            field.choices = [SelectChoice(str(minute), clock_time(minute)) for minute in minutes]
        self.answer_until.choices.append(SelectChoice(str(MINUTES_A_DAY), _l("midnight")))

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        return {
            "answer_days": "".join(sorted(self.answer_days.data or [])),
            "answer_from": int(self.answer_from.data),
            "answer_until": int(self.answer_until.data),
            "answer_hours": self.answer_hours.data,
            "goodwill_points": self.goodwill_points.data,
        }

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        fields = {
            "answer days": self.answer_days,
            "answer hours": self.answer_until,
            "answer within": self.answer_hours,
            "goodwill": self.goodwill_points,
        }
        return fields.get(refusal.name) if isinstance(refusal, BadSetting) else None


@admin.route("/settings/answers", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
@may_repeat("answer_days")
def settings_answers() -> ResponseReturnValue:
    """What the promise under every question is worked out from."""
    form = AnswersForm()
    form.offer()
    if not form.is_submitted():
        club = programme()
        form.answer_days.data = list(club.answer_days)
        form.answer_from.data, form.answer_until.data = str(club.answer_from), str(club.answer_until)
        form.answer_hours.data, form.goodwill_points.data = club.answer_hours, club.goodwill_points
        form.remember(club)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.settings_answers"), 303)


def _page(form: AnswersForm, differing: object = ()) -> str:
    return render_template("admin/settings_answers.html", form=form, differing=differing)

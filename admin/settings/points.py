"""What points are called, what they are worth and how long they last."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save
from club.errors import BadSetting, Refusal
from club.insight.models import the_term
from club.permissions import Permission
from club.points.models.queries import points_out
from club.programme.rules import MOST_MONTHS, PLURAL_FORMS, Club
from web.access import staff_only
from web.database import db
from web.formats import money, points
from web.forms import MoneyField, Needed, TextField, WholeNumberField
from web.programme import forget_programme, programme

LONGEST_WORD = 30
FORMS = tuple((code, position) for code, forms in PLURAL_FORMS.items() for position in range(forms))


class PointsForm(SectionForm):
    """Words, value and life of points."""

    columns = (
        "points_word",
        "point_value_points",
        "point_value_minor",
        "spend_step",
        "expiry_months",
        "shop_return_days",
    )

    word_en_0 = TextField(_l("With 1"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_en_1 = TextField(_l("With 2"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_es_0 = TextField(_l("With 1"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_es_1 = TextField(_l("With 2"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_ru_0 = TextField(_l("With 1 or 21"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_ru_1 = TextField(_l("With 2 or 3"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    word_ru_2 = TextField(_l("With 5 or 11"), [Needed(_l("Enter every form of the word."))], longest=LONGEST_WORD)
    point_value_points = WholeNumberField(_l("So many points"), [Needed(_l("Enter a number above zero."))], least=1)
    point_value_minor = MoneyField(_l("are worth"), [Needed(_l("Enter an amount above zero."))], least=1)
    spend_step = WholeNumberField(
        _l("Points are used in steps of"), [Needed(_l("Enter a number above zero."))], least=1
    )
    expiry_months = WholeNumberField(
        _l("Months until points expire"), [Needed(_l("Enter months, or 0 for never."))], most=MOST_MONTHS
    )
    shop_return_days = WholeNumberField(
        _l("Days in which goods may come back"), [Needed(_l("Enter a number of days."))], most=3650
    )

    def words(self, code: str) -> list[Field]:
        """The forms of the word in one language."""
        return [self[f"word_{code}_{position}"] for position in range(PLURAL_FORMS[code])]

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        words = {code: [field.data or "" for field in self.words(code)] for code in PLURAL_FORMS}
        return {"points_word": words, **{name: self[name].data for name in self.columns[1:]}}

    def show(self, club: Club) -> None:
        """Fill the fields with what counts now."""
        for code, position in FORMS:
            self[f"word_{code}_{position}"].data = club.points_word[code][position]
        for name in self.columns[1:]:
            self[name].data = getattr(club, name)

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        named = {"value of a point": self.point_value_points, "step of spending": self.spend_step}
        named |= {"expiry": self.expiry_months, "word for points": self.word_en_0}
        return named.get(refusal.name) if isinstance(refusal, BadSetting) else None


@admin.route("/settings/points", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_points() -> ResponseReturnValue:
    """One form; what a new value means for the points that are out is said beside it and after saving."""
    form, before = PointsForm(), programme()
    if not form.is_submitted():
        form.show(before)
        form.remember(before)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    forget_programme()
    flash(changed_in_words(changed), "success")
    out = points_out(db())
    if programme().worth(out) != before.worth(out):
        said = {"points": points(out), "before": money(before.worth(out)), "after": money(programme().worth(out))}
        flash(_("The %(points)s that members have were worth %(before)s and are worth %(after)s now.", **said), "info")
    return redirect(url_for("admin.settings_points"), 303)


def _page(form: PointsForm, differing: object = ()) -> str:
    out = points_out(db())
    return render_template(
        "admin/settings_points.html",
        form=form,
        differing=differing,
        out=out,
        term=the_term(db()),
        worth=programme().worth(out),
    )

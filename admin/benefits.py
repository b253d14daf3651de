"""What each tier gets: the grid, and one benefit at a time."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.benefits.models import Line, all_benefits, the_benefit
from club.benefits.rules import (
    LONGEST_CELL,
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_TIMES,
    Benefit,
    Cell,
    Gives,
    Kind,
    is_due,
    is_one_sided,
    tiers_with_less,
    tiers_without,
)
from club.benefits.service import add_benefit, archive_benefit, change_benefit, move_benefit, restore_benefit
from club.errors import ChangedMeanwhile, Refusal
from club.permissions import Permission, Role
from club.texts import LANGUAGES, Texts
from club.tiers.models import ladder_on
from club.tiers.rules import Rung
from web.access import staff_only
from web.benefits import cell_in_words
from web.database import db
from web.forms import DayField, Form, MoneyField, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import programme, today
from web.visitors import staff

NOTHING = ""
LONGEST_VERSION = 9


class BenefitForm(Form):
    """One benefit; what each tier gets is added by `for_rungs`."""

    kind = SelectField(_l("Speaks to"))
    cost_per_use = MoneyField(_l("What one use costs the club"))
    review_on = DayField(_l("Review by"))
    version = HiddenField()
    """Which state of the benefit the form was filled from."""

    places = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            SelectChoice(Kind.RATIONAL.value, _("the purse: money, time, convenience")),
            SelectChoice(Kind.EMOTIONAL.value, _("the heart: being known, being first, being there")),
        ]
        for place in range(1, self.places + 1):
            self.part("gives", place).choices = [
                SelectChoice(NOTHING, _("nothing")),
                SelectChoice(Gives.YES.value, _("yes")),
                SelectChoice(Gives.AMOUNT.value, _("an amount of money")),
                SelectChoice(Gives.TIMES.value, _("so many times a year")),
                SelectChoice(Gives.WORDS.value, _("in words")),
            ]

    def part(self, name: str, place: int) -> Field:
        """A field of one tier, counted from 1."""
        return self[f"{name}_{place}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """A name in the club's language, and for each tier what it was said to get."""
        is_right = super().validate(extra_validators)
        main = programme().main_language
        name = self[f"name_{main}"]
        if not name.data:
            name.errors = [*name.errors, _("Enter the name in %(language)s.", language=OWN_NAMES[main])]
            is_right = False
        for place in range(1, self.places + 1):
            field = self._needed(place)
            if field is not None and not field.data and not field.errors:
                field.errors = [_("Enter the amount, the number of times or the words.")]
                is_right = False
        return is_right

    def benefit(self, rungs: tuple[Rung, ...], before: Benefit | None) -> Benefit:
        """What was typed, as a value. What tiers get that the ladder of today does not have stays as it was."""
        keys = {rung.key for rung in rungs}
        cells = {} if before is None else {key: cell for key, cell in before.cells.items() if key not in keys}
        for place, rung in enumerate(rungs, start=1):
            cell = self._cell(place)
            if cell is not None:
                cells[rung.key] = cell
        return Benefit(
            name=self._texts("name"),
            words=self._texts("words"),
            kind=Kind(self.kind.data),
            cost_per_use=self.cost_per_use.data or 0,
            review_on=self.review_on.data,
            cells=cells,
        )

    @property
    def seen_version(self) -> int:
        """Which state of the benefit the form was filled from; 0, which no state has, where it says nonsense."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    def _needed(self, place: int) -> Field | None:
        match self.part("gives", place).data:
            case Gives.AMOUNT:
                return self.part("amount", place)
            case Gives.TIMES:
                return self.part("times", place)
            case Gives.WORDS:
                return self.part(f"cell_{programme().main_language}", place)
        return None

    def _cell(self, place: int) -> Cell | None:
        match self.part("gives", place).data:
            case Gives.YES:
                return Cell(Gives.YES)
            case Gives.AMOUNT:
                return Cell(Gives.AMOUNT, self.part("amount", place).data or 0)
            case Gives.TIMES:
                return Cell(Gives.TIMES, self.part("times", place).data or 0)
            case Gives.WORDS:
                texts = {language: self.part(f"cell_{language}", place).data or "" for language in LANGUAGES}
                return Cell(Gives.WORDS, words=Texts(texts))
        return None

    def _texts(self, name: str) -> Texts:
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})


@cache
def for_rungs(places: int) -> type[BenefitForm]:
    """The form in a club with so many tiers."""
    fields: dict[str, object] = {"places": places}
    for language in LANGUAGES:
        fields[f"name_{language}"] = TextField(
            OWN_NAMES[language], longest=LONGEST_NAME, render_kw={"lang": language, "autocomplete": "off"}
        )
        fields[f"words_{language}"] = TextAreaField(
            OWN_NAMES[language], longest=LONGEST_WORDS, render_kw={"lang": language, "class": "form-control"}
        )
    for place in range(1, places + 1):
        fields[f"gives_{place}"] = SelectField(_l("Gets"))
        fields[f"amount_{place}"] = MoneyField(_l("Amount"))
        fields[f"times_{place}"] = WholeNumberField(_l("Times a year"), most=MOST_TIMES)
        for language in LANGUAGES:
            fields[f"cell_{language}_{place}"] = TextField(
                OWN_NAMES[language], longest=LONGEST_CELL, render_kw={"lang": language, "autocomplete": "off"}
            )
    return type("BenefitOfTiers", (BenefitForm,), fields)


def form_of(line: Line | None, rungs: tuple[Rung, ...]) -> BenefitForm:
    """The form, filled where there is a benefit already; what a browser sends takes its place."""
    given: dict[str, object] = {"version": line.version if line else 0}
    if line is not None:
        benefit = line.benefit
        given |= {
            "kind": benefit.kind.value,
            "cost_per_use": benefit.cost_per_use or None,
            "review_on": benefit.review_on,
        }
        for language in LANGUAGES:
            given[f"name_{language}"] = benefit.name.get(language, "")
            given[f"words_{language}"] = benefit.words.get(language, "")
        for place, rung in enumerate(rungs, start=1):
            given |= _cell_given(benefit.cells.get(rung.key), place)
    return for_rungs(len(rungs))(**given)


def _cell_given(cell: Cell | None, place: int) -> dict[str, object]:
    if cell is None:
        return {}
    given: dict[str, object] = {f"gives_{place}": cell.gives.value}
    given |= {f"cell_{language}_{place}": cell.words.get(language, "") for language in LANGUAGES}
    if cell.gives in {Gives.AMOUNT, Gives.TIMES}:
        given[f"{cell.gives.value}_{place}"] = cell.value
    return given


@admin.get("/benefits")
@staff_only(Permission.SEE_MEMBERS)
def benefits() -> ResponseReturnValue:
    """The grid: benefits in their order, beside each what every tier gets."""
    rungs = _rungs()
    keys = [rung.key for rung in rungs]
    lines = all_benefits(db())
    standing = [line for line in lines if not line.is_archived]
    values = [line.benefit for line in standing]
    return render_template(
        "admin/benefits.html",
        rungs=rungs,
        lines=standing,
        archived=[line for line in lines if line.is_archived],
        names={line.id: line.benefit.name for line in standing},
        less=tiers_with_less([(line.id, line.benefit) for line in standing], keys),
        without=tiers_without(values, keys) if values else [],
        is_one_sided=is_one_sided(values),
        gaps=sum(benefit.gaps for benefit in values),
        is_due=lambda benefit: is_due(benefit, today()),
        cell_in_words=cell_in_words,
    )


@admin.route("/benefits/new", methods=["GET", "POST"])
@staff_only(Permission.EDIT_TIERS)
def benefits_new() -> ResponseReturnValue:
    """One more benefit, at the end of the list."""
    rungs, form = _rungs(), form_of(None, _rungs())

    def save(account_id: int, role: Role, now: datetime) -> None:
        add_benefit(db(), form.benefit(rungs, None), account_id, role, now)
        flash(_("Saved. Members see it from now on."), "success")

    return _saved(form, save, lambda: _page(form, rungs, None))


@admin.route("/benefits/<int:benefit_id>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_TIERS)
def benefits_edit(benefit_id: int) -> ResponseReturnValue:
    """Change a benefit."""
    line, rungs = the_benefit(db(), benefit_id), _rungs()
    form = form_of(line, rungs)

    def save(account_id: int, role: Role, now: datetime) -> None:
        benefit = form.benefit(rungs, line.benefit)
        change_benefit(db(), benefit_id, benefit, form.seen_version, account_id, role, now)
        flash(_("Saved. Members see it from now on."), "success")

    return _saved(form, save, lambda: _page(form, rungs, the_benefit(db(), benefit_id)))


@admin.post("/benefits/<int:benefit_id>/<any(up, down, archive, restore):act>")
@staff_only(Permission.EDIT_TIERS)
def benefits_act(benefit_id: int, act: str) -> ResponseReturnValue:
    """Move a benefit in the list, take it away, bring it back."""
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    by = (who.account_id, who.role, now)
    try:
        match act:
            case "up" | "down":
                move_benefit(db(), benefit_id, -1 if act == "up" else 1, *by)
            case "archive":
                archive_benefit(db(), benefit_id, *by)
                flash(_("Taken away from all pages. Below it can be brought back."), "success")
            case _:
                restore_benefit(db(), benefit_id, *by)
                flash(_("It is back in its place."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.benefits", _anchor=f"benefit-{benefit_id}"), 303)


def _saved(
    form: BenefitForm, save: Callable[[int, Role, datetime], None], page: Callable[[], str]
) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return page(), 422 if form.errors else 200
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        save(who.account_id, who.role, datetime.now(UTC))
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        form.version.data = str(_version_now())  # saving again puts this form in place of theirs, which is shown beside
        return page(), 422
    except Refusal as refusal:
        form.refuse(refusal)
        return page(), 422
    return redirect(url_for("admin.benefits"), 303)


def _version_now() -> int:
    benefit_id = (request.view_args or {})["benefit_id"]
    return the_benefit(db(), benefit_id).version


def _page(form: BenefitForm, rungs: tuple[Rung, ...], line: Line | None) -> str:
    return render_template("admin/benefits_edit.html", form=form, rungs=rungs, line=line, cell_in_words=cell_in_words)


def _rungs() -> tuple[Rung, ...]:
    return ladder_on(db(), today()).ladder.rungs

"""Which column of the file is which of ours, and how its rows are to be taken."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.imports.words import KINDS, folder, separator_name
from club.accrual.importing.purchases import TILL
from club.errors import BadFile, Refusal
from club.imports.models import Run, came_before, file_of, the_run
from club.imports.options import COLUMNS, Options
from club.imports.rules import CAN_BE_MATCHED, Kind
from club.imports.service import choose
from club.intake.looking import Look, look_at
from club.joining.importing.rows import LONGEST_SOURCE
from club.leads.models import sources
from club.permissions import Permission
from club.purchases.importing.rows import LONGEST_CHANNEL
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, TextField
from web.import_words import COLUMN_NAMES, column_name
from web.leads import source_name
from web.messages import words_for
from web.visitors import staff

NOT_READ = "-"


class ColumnsForm(Form):
    """The choices of one kind of file; a select for each of our columns is added by `form_for`."""

    kind: Kind

    def place(self, column: str) -> int | None:
        """Where this column stands in the file, as chosen."""
        chosen = self[f"column_{column}"].data
        return None if chosen in {NOT_READ, None, ""} else int(chosen)

    def set_heads(self, look: Look) -> None:
        """Offer the heads of this file, and its guesses until something was chosen."""
        heads = [
            SelectChoice(str(place), head or _("Column %(number)s", number=place + 1))
            for place, head in enumerate(look.heads)
        ]
        for column in COLUMNS[self.kind].all:
            field = self[f"column_{column}"]
            field.choices = [SelectChoice(NOT_READ, _("(not in the file)")), *heads]
        if self.kind is Kind.LEADS:
            known = [SelectChoice(str(one.id), source_name(one.kind, one.name)) for one in sources(db())]
            self["source"].choices = [SelectChoice("", _("Choose the source")), *known]

    def options(self, look: Look) -> Options:
        """What was chosen, as a value."""
        places = {column: place for column in COLUMNS[self.kind].all if (place := self.place(column)) is not None}
        more: dict[str, Any] = {}
        if self.kind is Kind.PURCHASES:
            more = {
                "creates_members": bool(self["creates_members"].data),
                "channel": self["channel"].data or TILL,
                "decimal": self["decimal"].data or None,
            }
        elif self.kind is Kind.MEMBERS:
            day = self["consent_day"].data
            more = {
                "takes_doubtful": bool(self["takes_doubtful"].data),
                "consent_source": self["consent_source"].data or "",
                "consent_day": day.isoformat() if day else "",
            }
        elif self.kind is Kind.LEADS:
            more = {"source_id": int(self["source"].data)}
        return Options(delimiter=look.delimiter, width=len(look.heads), places=places, **more)

    def validate(self, extra_validators: Any = None) -> bool:
        """A file that brings consents says where they came from and when."""
        is_right = bool(super().validate(extra_validators))
        if self.kind is Kind.MEMBERS and self.place("consent_email") is not None:
            for field, column, words in (
                ("consent_source", "consent_source", _("The file brings consents. Say where they came from.")),
                ("consent_day", "consent_date", _("The file brings consents. Say of which day they are.")),
            ):
                if self.place(column) is None and not self[field].data and not self[field].errors:
                    self[field].errors = [words]
                    is_right = False
        return is_right


@cache
def form_for(kind: Kind) -> type[ColumnsForm]:
    """The form of a kind of file."""
    fields: dict[str, Any] = {"kind": kind}
    for column in COLUMNS[kind].all:
        fields[f"column_{column}"] = SelectField(COLUMN_NAMES[column], validate_choice=True)
    if kind is Kind.PURCHASES:
        fields["decimal"] = SelectField(
            _l("Decimal sign of the amounts"),
            choices=[
                SelectChoice("", _l("Found by itself")),
                SelectChoice("comma", _l("Comma: 12,50")),
                SelectChoice("point", _l("Point: 12.50")),
            ],
        )
        fields["channel"] = TextField(_l("Channel of rows that name none"), longest=LONGEST_CHANNEL)
        fields["creates_members"] = BooleanField(_l("Make members, without sign-in, for keys that nobody has"))
    elif kind is Kind.MEMBERS:
        fields["takes_doubtful"] = BooleanField(_l("Take in rows in doubt as new people"))
        fields["consent_source"] = TextField(_l("Where the consents came from"), longest=LONGEST_SOURCE)
        fields["consent_day"] = DayField(_l("Day of the consents"))
    elif kind is Kind.LEADS:
        fields["source"] = SelectField(_l("Source"), [Needed(_l("Choose the source."))])
    return type(f"{kind.title()}Form", (ColumnsForm,), fields)


@admin.route("/imports/<int:run_id>/columns", methods=["GET", "POST"])
@staff_only(Permission.IMPORT_DATA)
def imports_columns(run_id: int) -> ResponseReturnValue:
    """Match the columns; the trial begins with the button."""
    run = the_run(db(), run_id)
    if run.state not in CAN_BE_MATCHED or run.writing_since is not None:
        return redirect(url_for("admin.imports_one", run_id=run_id), 303)
    try:
        look = _look(run)
    except BadFile as refusal:
        return render_template("admin/imports_gone.html", run=run, words=words_for(refusal)), 422
    form = form_for(run.kind)(**_first_values(run, look))
    form.set_heads(look)
    if not form.validate_on_submit():
        return _page(run, look, form), 422 if form.errors else 200
    who = staff()
    try:
        choose(db(), folder(), run_id, form.options(look), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(run, look, form), 422
    flash(_("The trial begins within seconds. It changes nothing."), "success")
    return redirect(url_for("admin.imports_one", run_id=run_id), 303)


def _look(run: Run) -> Look:
    path = file_of(folder(), run.id)
    if not path.exists():
        raise BadFile("it is not kept any more; upload it again")
    return look_at(path, COLUMNS[run.kind])


def _first_values(run: Run, look: Look) -> dict[str, Any]:
    """What was chosen before, or what the heads suggest."""
    places = run.options.places if run.options else look.guessed
    values: dict[str, Any] = {
        f"column_{column}": str(places[column]) if column in places else NOT_READ for column in COLUMNS[run.kind].all
    }
    if run.kind is Kind.PURCHASES:
        values |= {"channel": TILL, "decimal": ""}
    if run.options is not None:
        chosen = run.options
        values |= {
            "channel": chosen.channel,
            "decimal": chosen.decimal or "",
            "creates_members": chosen.creates_members,
            "takes_doubtful": chosen.takes_doubtful,
            "consent_source": chosen.consent_source,
            "source": str(chosen.source_id or ""),
        }
    return values


def _page(run: Run, look: Look, form: ColumnsForm) -> str:
    columns = COLUMNS[run.kind]
    matched = {place: column for column in columns.all if (place := form.place(column)) is not None}
    return render_template(
        "admin/imports_columns.html",
        run=run,
        look=look,
        form=form,
        kind_name=KINDS[run.kind],
        required=columns.required,
        optional=columns.optional,
        heads=[
            (head or _("Column %(number)s", number=place + 1), column_name(matched[place]) if place in matched else "")
            for place, head in enumerate(look.heads)
        ],
        separator=separator_name(look.delimiter),
        before=came_before(db(), run),
    )

"""The log: when, who, what, on which object, before and after, why. Nothing of it can be changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.audit.acts import ACTS, GROUPS, acts_of
from admin.audit.words import PEOPLE, SUBJECTS, act_words, said_by, subject_page, subject_words
from club.accounts.models import names_of_accounts
from club.audit import Entry, Wanted, entries, note_export
from club.clock import day_ends, day_starts
from club.members.models import names_of
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import day
from web.forms import DayField, Form, TextField
from web.lists import Asked, asked
from web.programme import programme
from web.spreadsheet import csv_file
from web.visitors import staff

PAGE = 50
CHUNK = 1000
PROGRAM = "program"
"""The value of the filter "who" for what nobody signed in did."""

FILTERS = ("by", "group", "act", "subject", "id", "since", "until")
LARGEST_ID = 2**63 - 1

admin.add_app_template_filter(act_words, "act_words")
admin.add_app_template_filter(subject_words, "subject_words")
admin.add_app_template_filter(said_by, "said_by")
admin.add_app_template_global(subject_page, "subject_page")


class FilterForm(Form):
    """What the list is narrowed to."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    by = SelectField(_l("Who"), default="", validate_choice=False)
    group = SelectField(_l("What"), default="", validate_choice=False)
    subject = SelectField(_l("Object"), default="", validate_choice=False)
    id = TextField(
        _l("Its number"), longest=20, render_kw={"inputmode": "numeric", "class": "form-control input-short"}
    )
    since = DayField(_l("From"))
    until = DayField(_l("To"))


@admin.get("/audit")
@staff_only(Permission.SEE_AUDIT)
def audit() -> ResponseReturnValue:
    """One page of the log, the newest first."""
    form = _filter_form()
    this = _asked(form)
    before = _number(request.args.get("before", ""))
    rows = entries(db(), _wanted(this), PAGE + 1, before)
    shown = rows[:PAGE]
    behind: dict[str, Any] = {**this.filters, "before": shown[-1].entry_id} if len(rows) > PAGE else {}
    return render_template(
        "admin/audit.html",
        form=form,
        asked=this,
        applied=_applied(this),
        entries=shown,
        names=_names(shown),
        older=url_for("admin.audit", **behind) if behind else None,
        newest=this.address() if before is not None else None,
        may_open_staff=staff().role is not None,
    )


@admin.post("/audit/export")
@staff_only(Permission.SEE_AUDIT)
def audit_export() -> Response:
    """The same choice as a table for spreadsheets; that it was taken stands in the log itself."""
    who, this = staff(), _asked(_filter_form())
    note_export(db(), who.account_id, who.role, datetime.now(UTC), dict(this.filters))
    heads = [_("When"), _("Who"), _("What"), _("Object"), _("Number"), _("Values"), _("Why")]
    return csv_file("audit", heads, _table(_wanted(this)))


def _table(wanted: Wanted) -> Iterator[list[Any]]:
    """All rows in chunks: the log may hold a million of them."""
    before: int | None = None
    while True:
        chunk = entries(db(), wanted, CHUNK, before)
        names = _names(chunk)
        for entry in chunk:
            values = "; ".join(_value_in_words(said) for said in said_by(entry))
            yield [
                entry.at.isoformat(timespec="seconds"),
                _who(entry, names),
                act_words(entry.act),
                _object(entry, names),
                entry.subject_id,
                values,
                entry.why,
            ]
        if len(chunk) < CHUNK:
            return
        before = chunk[-1].entry_id


def _value_in_words(said: Any) -> str:
    return f"{said.field}: {said.after}" if said.before is None else f"{said.field}: {said.before} → {said.after}"


def _who(entry: Entry, names: dict[tuple[str, int], str]) -> str:
    return _("The program") if entry.by is None else names.get(("account", entry.by), str(entry.by))


def _object(entry: Entry, names: dict[tuple[str, int], str]) -> str:
    name = names.get((entry.subject, entry.subject_id))
    return f"{subject_words(entry.subject)}: {name}" if name else subject_words(entry.subject)


def _filter_form() -> FilterForm:
    """The form, filled from the address; days come as three parts from the form and as one from links."""
    given = request.args.copy()
    for name in ("since", "until"):
        whole = _day(given.pop(name, ""))
        if whole is not None:
            given.update({f"{name}-{part}": str(getattr(whole, part)) for part in DayField.parts})
    form = FilterForm(given)
    known = sorted(names_of_accounts(db(), None).items(), key=lambda pair: pair[1])
    form.by.choices = [
        SelectChoice("", _("Everybody")),
        *(SelectChoice(str(account_id), name) for account_id, name in known),
        SelectChoice(PROGRAM, _("The program")),
    ]
    form.group.choices = [
        SelectChoice("", _("Everything")),
        *(SelectChoice(key, words) for key, words in GROUPS.items()),
    ]
    kinds = sorted((str(words), key) for key, words in SUBJECTS.items() if key != "member")
    form.subject.choices = [SelectChoice("", _("Every object")), *(SelectChoice(key, words) for words, key in kinds)]
    return form


def _asked(form: FilterForm) -> Asked:
    """The filters that mean something, each as one value of the address."""
    form.validate()
    plain = asked(("by", "group", "act", "subject", "id"), (), "")
    found = dict(plain.filters)
    if found.get("group") not in GROUPS:
        found.pop("group", None)
    if found.get("act") not in ACTS:
        found.pop("act", None)
    if found.get("by") != PROGRAM and _number(found.get("by", "")) is None:
        found.pop("by", None)
    if _number(found.get("id", "")) is None:
        found.pop("id", None)
    for name in ("since", "until"):
        if form[name].data is not None:
            found[name] = form[name].data.isoformat()
    return Asked("admin.audit", found, "", 1, "", {})


def _wanted(this: Asked) -> Wanted:
    zone, filters = programme().time_zone, this.filters
    since, until = _day(filters.get("since", "")), _day(filters.get("until", ""))
    subject = filters.get("subject", "")
    acts = (filters["act"],) if "act" in filters else acts_of(filters["group"]) if "group" in filters else ()
    return Wanted(
        by=_number(filters.get("by", "")),
        without_person=filters.get("by") == PROGRAM,
        acts=acts,
        subjects=PEOPLE if subject in PEOPLE else (subject,) if subject else (),
        subject_id=_number(filters.get("id", "")),
        since=None if since is None else day_starts(since, zone),
        until=None if until is None else day_ends(until, zone),
    )


def _applied(this: Asked) -> list[tuple[str, str]]:
    filters = this.filters
    found: list[tuple[str, str]] = []
    if "by" in filters:
        account_id = _number(filters["by"])
        name = _("The program") if account_id is None else names_of_accounts(db(), [account_id]).get(account_id, "")
        found.append(("by", name or filters["by"]))
    if "group" in filters:
        found.append(("group", str(GROUPS[filters["group"]])))
    if "act" in filters:
        found.append(("act", act_words(filters["act"])))
    if "subject" in filters:
        found.append(("subject", subject_words(filters["subject"])))
    if "id" in filters:
        found.append(("id", _("Number %(number)s", number=filters["id"])))
    for name, said in (("since", _l("From %(day)s")), ("until", _l("Until %(day)s"))):
        if name in filters:
            found.append((name, str(said) % {"day": day(date.fromisoformat(filters[name]))}))
    return found


def _names(shown: list[Entry]) -> dict[tuple[str, int], str]:
    """(kind, id) → name, for everybody on one page, in two questions."""
    accounts = {entry.by for entry in shown if entry.by is not None}
    accounts |= {entry.subject_id for entry in shown if entry.subject == "account"}
    people = {entry.subject_id for entry in shown if entry.subject in PEOPLE}
    found = {("account", key): name for key, name in names_of_accounts(db(), sorted(accounts)).items()}
    for person_id, name in names_of(db(), sorted(people)).items():
        found |= {(kind, person_id): name for kind in PEOPLE}
    return found


def _number(typed: str) -> int | None:
    tidy = typed.strip()
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) < 20 and int(tidy) <= LARGEST_ID else None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None

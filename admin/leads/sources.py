"""The registry of sources: what each cost, on which basis the club holds its people, and what it brought."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.errors import DateInFuture, NothingWritten, Refusal
from club.leads.models import Source, the_source
from club.leads.rules import LONGEST_LICENCE, LONGEST_SOURCE_NAME, Basis, NewSource, SourceKind
from club.leads.service import add_source, change_source
from club.permissions import Permission
from club.pipeline.models.requests import yields
from web.access import staff_only
from web.database import db, id_in
from web.figures import share
from web.forms import DayField, Form, MoneyField, Needed, OnceKeyField, TextAreaField, TextField, WholeNumberField, once
from web.leads import BASES, KINDS, source_name
from web.programme import today
from web.refusing import refused
from web.visitors import staff

MOST_ROWS = 10_000_000


class SourceForm(Form):
    """One source."""

    name = TextField(
        _l("Name"), [Needed(_l("Enter the name."))], longest=LONGEST_SOURCE_NAME, render_kw={"autocomplete": "off"}
    )
    kind = SelectField(_l("Kind"), choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()])
    begun_on = DayField(_l("Since when the club has it"))
    cost = MoneyField(_l("What it cost"))
    rows = WholeNumberField(_l("People in it"), most=MOST_ROWS)
    basis = SelectField(
        _l("Why we may turn to them"), choices=[SelectChoice(basis.value, words) for basis, words in BASES.items()]
    )
    licence = TextAreaField(_l("Licence, or where their consent is written down"), longest=LONGEST_LICENCE, rows=2)
    version = HiddenField()
    key = OnceKeyField()

    def keep_own(self) -> None:
        """The club's own source of a kind is called by its kind: neither is asked."""
        del self.name
        del self.kind

    def source(self, known: Source | None = None) -> NewSource:
        """As a value; what is not asked is as it is known."""
        is_asked = "name" in self
        return NewSource(
            kind=SourceKind(self.kind.data) if known is None or is_asked else known.kind,
            name=(self.name.data or "") if is_asked else "",
            cost=self.cost.data or 0,
            rows=self.rows.data,
            basis=Basis(self.basis.data),
            licence=self.licence.data or "",
            begun_on=self.begun_on.data,
        )


@admin.get("/leads/sources")
@staff_only(Permission.MANAGE_LEADS)
def leads_sources() -> ResponseReturnValue:
    """All of them with what they brought."""
    return render_template(
        "admin/leads_sources.html", yields=yields(db()), share=share, source_name=source_name, KINDS=KINDS, Basis=Basis
    )


@admin.route("/leads/sources/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def leads_sources_new() -> ResponseReturnValue:
    """One more."""
    form, who = SourceForm(begun_on=today()), staff()
    if not form.is_submitted():
        return _page(form, None)
    if not form.validate():
        return _page(form, None), 422
    try:
        content = once(form.key.data or "", who.account_id)
        add_source(db(), form.source(), who.account_id, who.role, datetime.now(UTC), content=content)
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_page(form, None), refusal)
    flash(_("Source added."), "success")
    return redirect(url_for("admin.leads_sources"), 303)


@admin.route("/leads/sources/<int:source_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def leads_sources_edit(source_id: int) -> ResponseReturnValue:
    """What is known of it by now."""
    known, who = the_source(db(), source_id), staff()
    form = SourceForm(data=_data(known))
    if not known.name:
        form.keep_own()
    if not form.is_submitted():
        return _page(form, known)
    if not form.validate():
        return _page(form, known), 422
    try:
        seen, now = id_in(form.version.data) or 0, datetime.now(UTC)
        change_source(db(), source_id, seen, form.source(known), who.account_id, who.role, now)
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_page(form, known), refusal)
    flash(_("Source saved."), "success")
    return redirect(url_for("admin.leads_sources"), 303)


def _data(known: Source) -> dict[str, object]:
    return {
        "name": source_name(known.kind, known.name),
        "kind": known.kind.value,
        "begun_on": known.begun_on,
        "cost": known.cost,
        "rows": known.rows,
        "basis": known.basis.value,
        "licence": known.licence,
        "version": str(known.version),
    }


def _page(form: SourceForm, known: Source | None) -> str:
    return render_template("admin/leads_sources_edit.html", form=form, source=known, source_name=source_name)


def _explain(form: SourceForm, refusal: Refusal) -> None:
    fields = {NothingWritten: form.licence, DateInFuture: form.begun_on}
    form.refuse(refusal, fields.get(type(refusal)))

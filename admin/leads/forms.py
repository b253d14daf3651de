"""The forms on which people ask: written by staff, put up with a QR code, on a screen or on a sheet of paper."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.care.models import colleagues_at_work
from club.errors import FormAddressTaken, FormAddressWrong, FormFieldsMissing, FormTextMissing, Refusal
from club.leads.models import Form as KeptForm
from club.leads.models import forms, sources, the_form
from club.leads.rules import (
    LONGEST_CAMPAIGN,
    LONGEST_SLUG,
    LONGEST_SOURCE_NAME,
    LONGEST_TITLE,
    LONGEST_WORDS,
    USUAL_FIELDS,
    Asks,
    FormContent,
)
from club.leads.service import add_form, change_form
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, Needed, OnceKeyField, TextAreaField, TextField
from web.languages import OWN_NAMES
from web.leads import LABELS, RequestForm, form_address, shown_form, source_name, standard_consent
from web.refusing import refused
from web.visitors import staff

TEXTS = ("title", "words", "thanks", "consent")


def _line(language: str) -> TextField:
    return TextField(OWN_NAMES[language], longest=LONGEST_TITLE, render_kw={"lang": language, "autocomplete": "off"})


def _lines(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    return TextAreaField(OWN_NAMES[language], longest=LONGEST_WORDS, rows=2, render_kw=look)


def _asks(number: int) -> SelectField:
    return SelectField(
        _l("Field %(number)s", number=number),
        choices=[SelectChoice("", "—"), *(SelectChoice(one.value, words) for one, words in LABELS.items())],
    )


class FormForm(Form):
    """One form: its words, what it asks in which order, and what becomes of an answer."""

    name = TextField(_l("Name for colleagues"), [Needed(_l("Enter the name."))], longest=LONGEST_SOURCE_NAME)
    slug = TextField(
        _l("Address"),
        [Needed(_l("Enter an address."))],
        longest=LONGEST_SLUG,
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
    title_en, title_es, title_ru = _line("en"), _line("es"), _line("ru")
    words_en, words_es, words_ru = _lines("en"), _lines("es"), _lines("ru")
    thanks_en, thanks_es, thanks_ru = _lines("en"), _lines("es"), _lines("ru")
    consent_en, consent_es, consent_ru = _lines("en"), _lines("es"), _lines("ru")
    field_1, field_2, field_3, field_4 = _asks(1), _asks(2), _asks(3), _asks(4)
    field_5, field_6, field_7 = _asks(5), _asks(6), _asks(7)
    source = SelectField(_l("Source"))
    campaign = TextField(_l("Campaign"), longest=LONGEST_CAMPAIGN, render_kw={"autocomplete": "off"})
    owner = SelectField(_l("Who answers"))
    is_kiosk = BooleanField(_l("It may stand on a screen that many people use"))
    is_active = BooleanField(_l("It takes requests"))
    version = HiddenField()
    key = OnceKeyField()

    def offer(self, account_id: int) -> None:
        """Sources and colleagues."""
        self.source.choices = [SelectChoice(str(one.id), source_name(one.kind, one.name)) for one in sources(db())]
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in colleagues_at_work(db())]
        if not self.owner.raw_data and not self.owner.data:
            self.owner.data = str(account_id)

    def content(self) -> FormContent:
        """As a value."""
        texts = {name: Texts({code: self[f"{name}_{code}"].data or "" for code in LANGUAGES}) for name in TEXTS}
        chosen = [self[f"field_{number}"].data for number in range(1, len(Asks) + 1)]
        return FormContent(
            slug=self.slug.data or "",
            name=self.name.data or "",
            fields=tuple(Asks(one) for one in chosen if one),
            source_id=int(self.source.data),
            campaign=self.campaign.data or "",
            owner_id=int(self.owner.data),
            is_kiosk=bool(self.is_kiosk.data),
            is_active=bool(self.is_active.data),
            **texts,
        )


@admin.get("/leads/forms")
@staff_only(Permission.MANAGE_LEADS)
def leads_forms() -> ResponseReturnValue:
    """All of them with how often they were sent."""
    return render_template("admin/leads_forms.html", forms_=forms(db()), source_name=source_name)


@admin.route("/leads/forms/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def leads_forms_new() -> ResponseReturnValue:
    """A form with the usual fields, to be changed."""
    usual = {f"field_{number}": one.value for number, one in enumerate(USUAL_FIELDS, 1)}
    form, who = FormForm(data={**usual, "is_active": True}), staff()
    form.offer(who.account_id)
    if not form.source.choices:
        flash(_("A form belongs to a source. Add the source first."), "info")
        return redirect(url_for("admin.leads_sources_new"), 303)
    if not form.is_submitted():
        return _page(form, None)
    if not form.validate():
        return _page(form, None), 422
    try:
        form_id = add_form(db(), form.content(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_page(form, None), refusal)
    flash(_("The form is open. Its address and QR code stand below."), "success")
    return redirect(url_for("admin.leads_forms_edit", form_id=form_id), 303)


@admin.route("/leads/forms/<int:form_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def leads_forms_edit(form_id: int) -> ResponseReturnValue:
    """The form, how people see it, and how they get there."""
    known, who = the_form(db(), form_id), staff()
    form = FormForm(data=_data(known))
    form.offer(who.account_id)
    if not form.is_submitted():
        return _page(form, known)
    if not form.validate():
        return _page(form, known), 422
    seen = id_in(form.version.data) or 0
    try:
        change_form(db(), form_id, seen, form.content(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_page(form, known), refusal)
    flash(_("Form saved."), "success")
    return redirect(url_for("admin.leads_forms_edit", form_id=form_id), 303)


@admin.get("/leads/forms/<int:form_id>/sheet")
@staff_only(Permission.MANAGE_LEADS)
def leads_forms_sheet(form_id: int) -> ResponseReturnValue:
    """A sheet to print: to be scanned, or filled in with a pen."""
    known = the_form(db(), form_id)
    return render_template(
        "admin/leads_forms_sheet.html",
        form_id=form_id,
        shown=shown_form(known),
        labels=LABELS,
        address=form_address(known.content.slug),
    )


def _data(known: KeptForm) -> dict[str, Any]:
    content = known.content
    texts = {f"{name}_{code}": getattr(content, name).get(code, "") for name in TEXTS for code in LANGUAGES}
    return {
        **texts,
        **{f"field_{number}": one.value for number, one in enumerate(content.fields, 1)},
        "name": content.name,
        "slug": content.slug,
        "source": str(content.source_id),
        "campaign": content.campaign,
        "owner": str(content.owner_id),
        "is_kiosk": content.is_kiosk,
        "is_active": content.is_active,
        "version": str(known.version),
    }


def _page(form: FormForm, known: KeptForm | None) -> str:
    shown = None if known is None else shown_form(known)
    preview = None
    if shown is not None:
        preview = RequestForm(formdata=None, prefix="preview-", meta={"csrf": False})
        preview.ask_only(shown)
    return render_template(
        "admin/leads_forms_edit.html",
        form=form,
        kept=known,
        shown=shown,
        preview=preview,
        preview_fields=[] if preview is None or shown is None else [preview[one.value] for one in shown.fields],
        fields=[form[f"field_{number}"] for number in range(1, len(Asks) + 1)],
        usual_consent=standard_consent(),
        address=None if known is None else form_address(known.content.slug),
        kiosk_address=None if known is None else form_address(known.content.slug, kiosk=True),
    )


def _explain(form: FormForm, refusal: Refusal) -> None:
    fields: dict[type[Refusal], str] = {
        FormAddressWrong: "slug",
        FormAddressTaken: "slug",
        FormFieldsMissing: "field_1",
        FormTextMissing: "title_en",
    }
    name = fields.get(type(refusal))
    form.refuse(refusal, form[name] if name else None)

"""Terms, privacy notice and returns: a draft in three languages, looked at, then published as a version."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from club.errors import ChangedMeanwhile, LegalTextMissing
from club.permissions import Permission
from club.programme.legal import Legal, draft, editions, in_force
from club.programme.publishing import LONGEST_LEGAL, draft_or_shipped, mark_of_draft, publish, save_draft
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, TextAreaField
from web.languages import OWN_NAMES
from web.visitors import staff

TITLES = {
    Legal.TERMS: _l("Terms"),
    Legal.PRIVACY: _l("Privacy notice"),
    Legal.RETURNS: _l("Returns"),
}
_LOOK = {"class": "form-control prose-field", "spellcheck": "true"}


class LegalForm(Form):
    """One text in three languages, in Markdown."""

    seen = HiddenField()
    body_en = TextAreaField(_l("English"), longest=LONGEST_LEGAL, rows=18, render_kw=_LOOK)
    body_es = TextAreaField(_l("Spanish"), longest=LONGEST_LEGAL, rows=18, render_kw=_LOOK)
    body_ru = TextAreaField(_l("Russian"), longest=LONGEST_LEGAL, rows=18, render_kw=_LOOK)

    def body(self) -> Texts:
        """What was typed."""
        return Texts({code: (self[f"body_{code}"].data or "").replace("\r\n", "\n") for code in LANGUAGES})

    def show(self, body: Texts) -> None:
        """Fill the fields, and remember what they showed."""
        for code in LANGUAGES:
            self[f"body_{code}"].data = body.get(code, "")
        self.seen.data = mark_of_draft(body)


class PublishForm(Form):
    """The draft that the page showed."""

    seen = HiddenField()


@admin.get("/settings/legal")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_legal() -> ResponseReturnValue:
    """The three texts, what counts of each, and whether a draft waits."""
    rows = [(kind, TITLES[kind], in_force(db(), kind), bool(draft(db(), kind))) for kind in Legal]
    return render_template("admin/settings_legal.html", rows=rows)


@admin.route("/settings/legal/<any(terms, privacy, returns):kind>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_legal_edit(kind: str) -> ResponseReturnValue:
    """Write; "Save draft" keeps it, "Preview" shows it."""
    form, legal = LegalForm(), Legal(kind)
    if not form.is_submitted():
        form.show(draft_or_shipped(db(), legal))
        return _page(form, legal)
    if not form.validate_on_submit():
        return _page(form, legal), 422
    if request.form.get("do") != "save":
        return _page(form, legal, preview=form.body())
    who = staff()
    try:
        save_draft(db(), legal, form.body(), form.seen.data or "", who.account_id, who.role, datetime.now(UTC))
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        theirs = draft_or_shipped(db(), legal)
        form.seen.data = mark_of_draft(theirs)
        return _page(form, legal, theirs=theirs), 422
    flash(_("The draft is saved. Nobody else sees it until it is published."), "success")
    return redirect(url_for("admin.settings_legal_edit", kind=kind), 303)


@admin.route("/settings/legal/<any(terms, privacy, returns):kind>/publish", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_legal_publish(kind: str) -> ResponseReturnValue:
    """The draft as members will read it, and the button that lets it count."""
    legal, form, who = Legal(kind), PublishForm(), staff()
    body = draft_or_shipped(db(), legal)
    if form.validate_on_submit():
        try:
            version = publish(db(), legal, form.seen.data or "", who.account_id, who.role, datetime.now(UTC))
        except (ChangedMeanwhile, LegalTextMissing) as refusal:
            form.refuse(refusal)
        else:
            flash(_("Version %(number)s counts from now on.", number=version), "success")
            return redirect(url_for("admin.settings_legal"), 303)
    form.seen.data = mark_of_draft(body)
    missing = [OWN_NAMES[code] for code in LANGUAGES if not body.get(code, "").strip()]
    page = render_template(
        "admin/settings_legal_publish.html",
        form=form,
        kind=legal,
        title=TITLES[legal],
        body=body,
        missing=missing,
        counting=in_force(db(), legal),
        languages=LANGUAGES,
    )
    return page, 422 if form.form_errors else 200


def _page(form: LegalForm, kind: Legal, preview: Texts | None = None, theirs: Texts | None = None) -> str:
    return render_template(
        "admin/settings_legal_edit.html",
        form=form,
        kind=kind,
        title=TITLES[kind],
        preview=preview,
        theirs=theirs,
        editions=editions(db(), kind),
        has_draft=bool(draft(db(), kind)),
        languages=LANGUAGES,
    )

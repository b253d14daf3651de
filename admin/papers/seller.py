"""Who sells, and how papers are numbered: one page for the owner."""

from datetime import UTC, datetime
from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.settings.section import changed_in_words
from club.errors import BadSetting, ChangedMeanwhile, Refusal
from club.papers.rules import Mode, Seller
from club.papers.sellers import seller_of
from club.papers.service.seller import save_seller
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, Needed, TextAreaField, TextField
from web.languages import locale
from web.programme import today
from web.visitors import staff

PLAIN = ("legal_name", "tax_number", "address", "postcode", "city", "country", "register")
PREFIXES = ("invoice_prefix", "credit_prefix", "receipt_prefix", "refund_prefix")
IN_LANGUAGES = ("how_to_pay", "untaxed")

WRONG: dict[str, Any] = {
    "prefix": _l("Use one to seven letters from A to Z, digits and hyphens."),
    "prefixes": _l("Each kind of paper needs a beginning of its own, and one that was in use stays with its kind."),
    "legal name": _l("Enter the name under which the business is registered."),
    "invoices": _l("Invoices need tax number, address and city of the seller. Fill them in."),
}


class SellerForm(Form):
    """Who sells."""

    seen = HiddenField()
    mode = RadioField(
        _l("Who makes the invoices"),
        choices=[
            SelectChoice(Mode.RECEIPTS.value, _l("Another program: here are receipts, and the data for it")),
            SelectChoice(Mode.INVOICES.value, _l("The club, here: every paid order gets an invoice")),
        ],
    )
    legal_name = TextField(_l("Legal name"), [Needed(WRONG["legal name"])], longest=200)
    tax_number = TextField(_l("Tax number"), longest=40)
    address = TextField(_l("Address"), longest=200)
    postcode = TextField(_l("Postcode"), longest=20)
    city = TextField(_l("City"), longest=100)
    country = SelectField(_l("Country"))
    register = TextField(_l("Entry in the register"), longest=200)
    invoice_prefix = TextField(_l("Invoices"), longest=7)
    credit_prefix = TextField(_l("Credit notes"), longest=7)
    receipt_prefix = TextField(_l("Receipts of order"), longest=7)
    refund_prefix = TextField(_l("Receipts of refund"), longest=7)
    how_to_pay_en = TextAreaField(_l("In English"), longest=500)
    how_to_pay_es = TextAreaField(_l("In Spanish"), longest=500)
    how_to_pay_ru = TextAreaField(_l("In Russian"), longest=500)
    untaxed_en = TextField(_l("In English"), longest=200)
    untaxed_es = TextField(_l("In Spanish"), longest=200)
    untaxed_ru = TextField(_l("In Russian"), longest=200)

    def show(self, seller: Seller, version: int) -> None:
        """Fill the fields with what counts now."""
        self.seen.data = str(version)
        self.mode.data = seller.mode.value
        for name in (*PLAIN, *PREFIXES):
            self[name].data = getattr(seller, name)
        for name in IN_LANGUAGES:
            for code in LANGUAGES:
                self[f"{name}_{code}"].data = getattr(seller, name).get(code, "")

    def values(self) -> dict[str, object]:
        """What was typed."""
        plain = {name: self[name].data or "" for name in PLAIN}
        prefixes = {name: (self[name].data or "").upper() for name in PREFIXES}
        texts = {name: Texts({c: self[f"{name}_{c}"].data or "" for c in LANGUAGES}) for name in IN_LANGUAGES}
        return {"mode": Mode(self.mode.data), **plain, **prefixes, **texts}

    def put(self, refusal: Refusal) -> None:
        """The words of a refusal at the field that it speaks of."""
        if not isinstance(refusal, BadSetting) or refusal.name not in WRONG:
            self.refuse(refusal)
            return
        fields: dict[str, Field] = {
            "prefix": self.invoice_prefix,
            "prefixes": self.invoice_prefix,
            "legal name": self.legal_name,
            "invoices": self.mode,
        }
        field = fields[refusal.name]
        field.errors = [*field.errors, str(WRONG[refusal.name])]


@admin.route("/shop/papers/seller", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def papers_seller() -> ResponseReturnValue:
    """What papers say of the seller from now on; those that were issued stay as they are."""
    form = SellerForm()
    form.country.choices = _countries(locale())
    if not form.is_submitted():
        form.show(*seller_of(db()))
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    who = staff()
    try:
        seen = id_in(form.seen.data) or 0
        changed = save_seller(db(), form.values(), seen, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            form.seen.data = str(seller_of(db())[1])
        form.put(refusal)
        return _page(form), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.papers"), 303)


def _page(form: SellerForm) -> str:
    now, _version = seller_of(db())
    year = today().year
    examples = {name: f"{getattr(now, name)}{year}-00001" for name in PREFIXES}
    return render_template("admin/papers_seller.html", form=form, examples=examples, languages=LANGUAGES)


def _countries(spoken: Locale) -> list[SelectChoice]:
    known = {
        code: name for code, name in spoken.territories.items() if len(code) == 2 and code.isalpha() and code != "ZZ"
    }
    return [SelectChoice(code, name) for code, name in sorted(known.items(), key=lambda pair: pair[1])]

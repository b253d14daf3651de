"""What a member says about themselves: one page, a form for each card, each saying what it is used for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from club.access.service.passwords import check_own_password
from club.delivery.addresses import saved_of
from club.errors import (
    BadBirthday,
    BadPhone,
    BirthdayFixed,
    ChangedMeanwhile,
    NameMissing,
    Refusal,
    TooManyInterests,
    WrongCredentials,
)
from club.members.rules import LONGEST_CALL_NAME, LONGEST_NAME
from club.profile.models import profile_of
from club.profile.rules import (
    LONGEST_INTEREST,
    LONGEST_PATRONYMIC,
    LONGEST_PROFESSION,
    MOST_INTERESTS,
    About,
    Birthday,
    Names,
    Part,
    ProfileView,
    seen_as,
)
from club.profile.service import points_for_whole, save_about, save_birthday, save_names, save_phone
from club.texts import LANGUAGES
from portal import portal
from web.access import members_only
from web.database import db
from web.delivery_words import country_name
from web.formats import points
from web.forms import Form, Needed, PasswordField, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.refusing import refused
from web.visitors import asking, member_id, visitor

CONFLICT = 409
Card = Literal["names", "contact", "birthday", "about"]
PARTS: dict[Part, Any] = {
    Part.NAMES: _l("How to address you"),
    Part.CONTACT: _l("A phone number"),
    Part.BIRTHDAY: _l("Your birthday"),
    Part.ABOUT: _l("Profession or interests"),
    Part.ADDRESS: _l("An address"),
}


class CardForm(Form):
    """What every card has: the mark of what it showed."""

    seen = HiddenField()


class NamesForm(CardForm):
    """How somebody is called."""

    full_name = TextField(
        _l("Full name"), [Needed(_l("Enter the name."))], longest=LONGEST_NAME, render_kw={"autocomplete": "name"}
    )
    call_name = TextField(
        _l("What should we call you?"), longest=LONGEST_CALL_NAME, render_kw={"autocomplete": "nickname"}
    )
    patronymic = TextField(_l("Patronymic"), longest=LONGEST_PATRONYMIC, render_kw={"autocomplete": "additional-name"})
    language = SelectField(
        _l("Language of our letters"), choices=[SelectChoice(code, OWN_NAMES[code]) for code in LANGUAGES]
    )


class ContactForm(CardForm):
    """A phone opens the way in as an address does, so the password is asked for."""

    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])


class BirthdayForm(CardForm):
    """Day and month; the year only for whoever wants to say it."""

    day = WholeNumberField(
        _l("Day"), least=1, most=31, render_kw={"class": "form-control num digits-2", "autocomplete": "bday-day"}
    )
    month = WholeNumberField(
        _l("Month"), least=1, most=12, render_kw={"class": "form-control num digits-2", "autocomplete": "bday-month"}
    )
    year = WholeNumberField(
        _l("Year"), least=1900, most=2200, render_kw={"class": "form-control num digits-4", "autocomplete": "bday-year"}
    )


class AboutForm(CardForm):
    """What somebody does and likes to hear of."""

    profession = TextField(
        _l("Profession"), longest=LONGEST_PROFESSION, render_kw={"autocomplete": "organization-title"}
    )
    interests = TextAreaField(
        _l("Interests"), longest=MOST_INTERESTS * (LONGEST_INTEREST + 2), rows=4, render_kw={"autocomplete": "off"}
    )


class PhotoForm(Form):
    """A picture of oneself."""

    photo = FileField(
        _l("Picture"),
        [FileRequired(_l("Choose a JPEG, PNG or WebP picture."))],
        render_kw={"accept": "image/jpeg,image/png,image/webp", "class": "form-control"},
    )


@dataclass(frozen=True)
class Forms:
    """The forms of the page, by the name of their card."""

    names: NamesForm
    contact: ContactForm
    birthday: BirthdayForm
    about: AboutForm


@portal.get("/me/profile")
@members_only
def profile() -> ResponseReturnValue:
    """All cards."""
    known = profile_of(db(), member_id())
    return _page(known, _forms(known))


@portal.post("/me/profile/<any(names, contact, birthday, about):card>")
@members_only
def profile_card(card: Card) -> ResponseReturnValue:
    """One card is saved; the others stay as they are."""
    known = profile_of(db(), member_id())
    forms = _forms(known)
    form: CardForm = getattr(forms, card)
    if not form.validate_on_submit():
        return _page(known, forms), 422
    try:
        gained = _save(card, forms, form.seen.data or "")
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        form.seen.data = _marks(known)[card]
        return _page(known, forms, stale=card), CONFLICT
    except Refusal as refusal:
        _explain(card, forms, refusal)
        return refused(_page(known, forms), refusal)
    flash(
        _("Saved. Your profile is whole: %(points)s for it.", points=points(gained)) if gained else _("Saved."),
        "success",
    )
    return redirect(url_for("portal.profile", _anchor=card), 303)


def _save(card: Card, forms: Forms, seen: str) -> int:
    who, by, now = member_id(), account_id(), datetime.now(UTC)
    match card:
        case "names":
            names, typed = forms.names, forms.names.full_name.data or ""
            wanted = Names(
                full_name=typed,
                call_name=names.call_name.data or "",
                patronymic=names.patronymic.data or "",
                language=names.language.data,
            )
            return save_names(db(), who, seen, wanted, by=by, now=now)
        case "contact":
            check_own_password(db(), by, forms.contact.current.data or "", asking(), now)
            return save_phone(db(), who, seen, forms.contact.phone.data or "", by=by, now=now)
        case "birthday":
            form = forms.birthday
            born = Birthday(year=form.year.data, month=form.month.data, day=form.day.data)
            return save_birthday(db(), who, seen, born, by=by, now=now)
        case "about":
            lines = tuple((forms.about.interests.data or "").splitlines())
            about = About(profession=forms.about.profession.data or "", interests=lines)
            return save_about(db(), who, seen, about, by=by, now=now)


def _explain(card: Card, forms: Forms, refusal: Refusal) -> None:
    form: CardForm = getattr(forms, card)
    if isinstance(refusal, WrongCredentials):
        forms.contact.current.errors = [_("This is not the password that you use now.")]
        return
    fields = {
        NameMissing: forms.names.full_name,
        BadPhone: forms.contact.phone,
        BadBirthday: forms.birthday.day,
        BirthdayFixed: forms.birthday.day,
        TooManyInterests: forms.about.interests,
    }
    form.refuse(refusal, fields.get(type(refusal)))


def _forms(known: ProfileView) -> Forms:
    """Filled with what is kept; the one that was sent, with what was typed."""
    marks = _marks(known)
    names, birthday, about = known.names, known.birthday, known.about
    return Forms(
        names=NamesForm(
            prefix="names-",
            seen=marks["names"],
            full_name=names.full_name,
            call_name=names.call_name,
            patronymic=names.patronymic,
            language=names.language,
        ),
        contact=ContactForm(prefix="contact-", seen=marks["contact"], phone=known.phone),
        birthday=BirthdayForm(
            prefix="birthday-", seen=marks["birthday"], day=birthday.day, month=birthday.month, year=birthday.year
        ),
        about=AboutForm(
            prefix="about-",
            seen=marks["about"],
            profession=about.profession,
            interests="\n".join(about.interests),
        ),
    )


def _marks(known: ProfileView) -> dict[Card, str]:
    return {
        "names": seen_as(known.names),
        "contact": seen_as(known.phone),
        "birthday": seen_as(known.birthday),
        "about": seen_as(known.about),
    }


def photo_refused(form: PhotoForm) -> str:
    """The page with what was wrong with a picture."""
    known = profile_of(db(), member_id())
    return _page(known, _forms(known), photo_form=form)


def _page(known: ProfileView, forms: Forms, stale: Card | None = None, photo_form: PhotoForm | None = None) -> str:
    who = member_id()
    return render_template(
        "portal/profile.html",
        known=known,
        forms_of=forms,
        parts=PARTS,
        photo_form=photo_form or PhotoForm(formdata=None),
        address=_in_lines(who) if known.has_address else [],
        reward=0 if known.is_rewarded else points_for_whole(db(), who, datetime.now(UTC)),
        most_interests=MOST_INTERESTS,
        stale=stale,
    )


def _in_lines(person_id: int) -> list[str]:
    """An address as its country writes it: in Russian from the large to the small, elsewhere the street first."""
    kept = saved_of(db(), person_id)
    if kept is None:
        return []
    street = [kept.address, kept.address_more]
    town = " ".join(part for part in (kept.postcode, kept.city) if part)
    if kept.country == "RU":
        lines = [f"{kept.postcode}, {kept.city}" if kept.postcode else kept.city, *street, kept.full_name]
    elif kept.country in {"GB", "US", "CA", "AU", "IE"}:
        lines = [kept.full_name, kept.company, *street, kept.city, kept.postcode, country_name(kept.country)]
        return [line for line in lines if line]
    else:
        lines = [kept.full_name, kept.company, *street, town]
    return [line for line in [*lines, country_name(kept.country)] if line]


def account_id() -> int:
    """Whose card it is, as an account."""
    who = visitor()
    assert who is not None, "the route is for members"
    return who.account_id

"""What bringing a friend brings: the form, and beside it what the joiners of the last year would have cost."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.errors import BadReferralTerms, ChangedMeanwhile, Refusal, WaitTooShort
from club.offers.models import OfferView, published_offers
from club.permissions import Permission
from club.referrals.listing import LastYear, last_year
from club.referrals.models import terms_now
from club.referrals.rules import (
    LONGEST_LANDING,
    MOST_A_YEAR,
    MOST_POINTS,
    MOST_WAIT_DAYS,
    Reward,
    RewardKind,
    Terms,
)
from club.referrals.service import set_terms
from club.texts import LANGUAGES, Texts
from web import referrals as words
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, MoneyField, Needed, OnceKeyField, TextAreaField, WholeNumberField, once
from web.languages import OWN_NAMES, in_language
from web.programme import programme, today
from web.visitors import staff

SHOW, LIVE = "show", "live"
A_YEAR = timedelta(days=365)
KINDS = {
    RewardKind.POINTS: _l("Points"),
    RewardKind.VOUCHER: _l("A voucher of an offer"),
    RewardKind.NONE: _l("Nothing"),
}


def _kind(label: object) -> RadioField:
    return RadioField(label, choices=[SelectChoice(one.value, said) for one, said in KINDS.items()])


def _lines(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    return TextAreaField(OWN_NAMES[language], longest=LONGEST_LANDING, rows=2, render_kw=look)


class TermsForm(Form):
    """One version."""

    is_open = BooleanField(_l("Bringing friends is rewarded"))
    referrer_kind = _kind(_l("The member gets"))
    referrer_points = WholeNumberField(_l("Points to the member"), least=1, most=MOST_POINTS)
    referrer_offer = SelectField(_l("Offer for the member"))
    friend_kind = _kind(_l("The friend gets"))
    friend_points = WholeNumberField(_l("Points to the friend"), least=1, most=MOST_POINTS)
    friend_offer = SelectField(_l("Offer for the friend"))
    least_amount = MoneyField(_l("Least amount of the first purchase"))
    wait_days = WholeNumberField(
        _l("Days until the reward"), [Needed(_l("Enter the days."))], most=MOST_WAIT_DAYS
    )  # fmt: skip
    yearly_limit = WholeNumberField(
        _l("Friends a year that one member is rewarded for"), [Needed(_l("Enter a number."))], least=1, most=MOST_A_YEAR
    )
    landing_en, landing_es, landing_ru = _lines("en"), _lines("es"), _lines("ru")
    asks_phone = BooleanField(_l("Ask friends for their phone when they join (they may leave it empty)"))
    key = OnceKeyField()
    version = HiddenField()

    def offer_choices(self, offers: list[OfferView]) -> None:
        """The offers whose vouchers can be given."""
        choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(one.id), in_language(one.offer.title)) for one in offers),
        ]
        self.referrer_offer.choices = self.friend_offer.choices = choices

    def terms(self) -> Terms:
        """As a value."""
        return Terms(
            is_open=bool(self.is_open.data),
            referrer=self._reward("referrer"),
            friend=self._reward("friend"),
            least_amount=self.least_amount.data or 0,
            wait_days=self.wait_days.data or 0,
            yearly_limit=self.yearly_limit.data or 0,
            landing=Texts({language: self[f"landing_{language}"].data or "" for language in LANGUAGES}),
            asks_phone=bool(self.asks_phone.data),
        )

    def _reward(self, whose: str) -> Reward:
        kind = RewardKind(self[f"{whose}_kind"].data)
        if kind is RewardKind.POINTS:
            return Reward(kind, points=self[f"{whose}_points"].data or 0)
        return Reward(kind, offer_id=id_in(self[f"{whose}_offer"].data)) if kind is RewardKind.VOUCHER else Reward()


@dataclass(frozen=True)
class Effect:
    """What the terms would have brought and cost, had every joiner of the last year come by a friend."""

    year: LastYear
    points: int
    money: int
    vouchers: int


@admin.route("/referrals/terms", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_REFERRALS)
def referrals_terms() -> ResponseReturnValue:
    """A new version; who joined before keeps theirs."""
    standing = terms_now(db())
    form = TermsForm(**_given(standing))
    form.offer_choices(_offers())
    if not form.is_submitted():
        return _page(form, standing[1] if standing else None)
    pressed, is_right = request.form.get("do", "save"), form.validate()
    terms = _checked(form) if is_right else None
    if terms is None:
        return _page(form, None), 200 if pressed == LIVE else 422
    if pressed in {SHOW, LIVE}:
        return _page(form, terms)
    who, seen = staff(), form.version.data or ""
    try:
        seen_id = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        content = once(form.key.data or "", who.account_id)
        set_terms(db(), terms, seen_id, who.account_id, who.role, datetime.now(UTC), content)
    except Refusal as refusal:
        _explain(form, refusal)
        if isinstance(refusal, ChangedMeanwhile) and (now := terms_now(db())) is not None:
            form.version.data = str(now[0])  # saving again puts this form in place of theirs
        return _page(form, terms), 422
    flash(_("Saved. It holds for friends who join from now on."), "success")
    return redirect(url_for("admin.referrals"), 303)


def _checked(form: TermsForm) -> Terms | None:
    """What was typed, or None with the complaints at their fields."""
    terms = form.terms()
    try:
        terms.check(programme().shop_return_days)
    except Refusal as refusal:
        _explain(form, refusal)
        return None
    return terms


def _explain(form: TermsForm, refusal: Refusal) -> None:
    field = None
    if isinstance(refusal, WaitTooShort):
        field = form.wait_days
    elif isinstance(refusal, BadReferralTerms) and refusal.fault in {"points", "offer"}:
        names = [f"{whose}_{refusal.fault}" for whose in ("referrer", "friend")]
        kind = RewardKind.POINTS if refusal.fault == "points" else RewardKind.VOUCHER
        of_kind = [form[name] for name in names if form[f"{name.partition('_')[0]}_kind"].data == kind.value]
        field = next((one for one in of_kind if not one.data), of_kind[0] if of_kind else None)
    form.refuse(refusal, field)


def _given(standing: tuple[int, Terms] | None) -> dict[str, object]:
    if standing is None:
        days = programme().shop_return_days
        return {
            "is_open": True, "referrer_kind": "points", "friend_kind": "points", "wait_days": days,
            "yearly_limit": 10, "version": "0",
        }  # fmt: skip
    terms_id, terms = standing
    return {
        "is_open": terms.is_open,
        "referrer_kind": terms.referrer.kind.value,
        "referrer_points": terms.referrer.points or None,
        "referrer_offer": str(terms.referrer.offer_id or ""),
        "friend_kind": terms.friend.kind.value,
        "friend_points": terms.friend.points or None,
        "friend_offer": str(terms.friend.offer_id or ""),
        "least_amount": terms.least_amount or None,
        "wait_days": terms.wait_days,
        "yearly_limit": terms.yearly_limit,
        "asks_phone": terms.asks_phone,
        "version": str(terms_id),
        **{f"landing_{language}": terms.landing.get(language, "") for language in LANGUAGES},
    }


def _offers() -> list[OfferView]:
    day = today()
    return [view for view in published_offers(db()).values() if view.is_live(day) and view.offer.is_for_good]


def _effect(terms: Terms) -> Effect:
    year = last_year(db(), terms.least_amount, today() - A_YEAR, today())
    rewards = (terms.referrer, terms.friend)
    points = year.bought * sum(one.points for one in rewards)
    vouchers = year.bought * sum(one.kind is RewardKind.VOUCHER for one in rewards)
    return Effect(year, points, programme().worth(points), vouchers)


def _page(form: TermsForm, terms: Terms | None) -> str:
    titles = words.titles_of(terms) if terms is not None else {}
    return render_template(
        "admin/referrals_terms.html",
        form=form,
        effect=_effect(terms) if terms is not None else None,
        read_by_friends=words.promise(terms, titles) if terms is not None else [],
        read_by_members=words.for_the_member(terms, titles) if terms is not None else [],
        return_days=programme().shop_return_days,
    )

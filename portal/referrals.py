"""Bring a friend: the link to share, who came by it, what is missing, what it has brought."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from club.errors import BadEmail, Refusal
from club.offers.codes import in_groups
from club.referrals import service
from club.referrals.models import terms_now
from club.referrals.reading import MyCode, code_of, earned_by, friends_of
from club.referrals.rules import State, Terms
from portal import portal
from web import referrals as words
from web.access import members_only
from web.database import db
from web.forms import EmailField, Form, Needed
from web.languages import in_language
from web.programme import programme, today
from web.refusing import refused
from web.visitors import asking, member_id


class InviteForm(Form):
    """One address."""

    email = EmailField(_l("Your friend's e-mail"), [Needed(_l("Enter an e-mail address."))])


class NameForm(Form):
    """Whether friends read the first name."""

    shows_name = BooleanField(_l("Friends who follow my link see my first name."))


@dataclass(frozen=True)
class Share:
    """One link, and the ways to pass it on. They lead to the member's own programs; nothing is sent from here."""

    code: str
    link: str
    text: str

    @property
    def mail(self) -> str:
        """Opens the member's own mail program."""
        subject = _("An invitation to %(club)s", club=in_language(programme().name))
        return "mailto:?" + urlencode({"subject": subject, "body": self.text}, quote_via=quote)

    @property
    def whatsapp(self) -> str:
        """Opens WhatsApp with the words written."""
        return "https://wa.me/?" + urlencode({"text": self.text}, quote_via=quote)


@portal.get("/me/friends")
@members_only
def referrals() -> ResponseReturnValue:
    """The link, the friends, the rules."""
    return _page(InviteForm())


@portal.post("/me/friends/link")
@members_only
def referrals_link() -> ResponseReturnValue:
    """A member of before who has no link yet gets one."""
    service.code_for(db(), member_id(), asking(), datetime.now(UTC))
    return redirect(url_for("portal.referrals"), 303)


@portal.post("/me/friends/name")
@members_only
def referrals_name() -> ResponseReturnValue:
    """Friends see the first name, or no longer."""
    shows = bool(NameForm().shows_name.data)
    service.show_name(db(), member_id(), shows, asking(), datetime.now(UTC))
    flash(_("Friends see your first name now.") if shows else _("Friends no longer see your name."), "success")
    return redirect(url_for("portal.referrals"), 303)


@portal.post("/me/friends/invite")
@members_only
def referrals_invite() -> ResponseReturnValue:
    """One mail to one address. The answer is the same whoever has it."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        service.invite(db(), member_id(), form.email.data or "", asking(), datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.email if isinstance(refusal, BadEmail) else None)
        return refused(_page(form), refusal)
    flash(_("The invitation is on its way, unless this address was invited lately or belongs to a member."), "success")
    return redirect(url_for("portal.referrals"), 303)


def _page(form: InviteForm) -> str:
    who, standing = member_id(), terms_now(db())
    terms = None if standing is None or not standing[1].is_open else standing[1]
    mine, friends = code_of(db(), who), friends_of(db(), who)
    earned = earned_by(db(), who, today())
    return render_template(
        "portal/referrals.html",
        form=form,
        name_form=NameForm(formdata=None, shows_name=mine is not None and mine.shows_name),
        terms=terms,
        said=words.for_the_member(terms, words.titles_of(terms)) if terms else [],
        share=_share(mine, terms) if mine and terms else None,
        friends=friends,
        earned=earned,
        left=max(0, terms.yearly_limit - earned.rewarded_this_year) if terms else 0,
        states=words.STATES,
        marks=words.MARKS,
        missing=words.missing,
        invited=State.INVITED,
    )


def _share(mine: MyCode, terms: Terms) -> Share:
    link = current_app.config["OWN_ORIGIN"] + url_for("portal.join_with_code", code=mine.code)
    club = in_language(programme().name)
    text = _(
        "I am a member of %(club)s and thought of you. With this link we both get something: %(link)s",
        club=club,
        link=link,
    )
    if not words.reward(terms.friend, words.titles_of(terms)):
        text = _("I am a member of %(club)s and thought of you: %(link)s", club=club, link=link)
    return Share(in_groups(mine.code), link, text)

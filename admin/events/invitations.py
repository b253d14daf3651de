"""Invitations in waves: to whom, how many would get it and why others would not, now or later; reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customers.asking import wanted_by
from admin.events.acts import by
from admin.events.fields import TimeField, event_day, moment_in
from admin.outbox import mail_page
from club.customers.listing import matching
from club.customers.models import View as KeptView
from club.customers.models import the_view, views_for
from club.errors import Refusal
from club.events import service
from club.events.models import EventView, the_event
from club.events.reading.answers import answer_counts
from club.events.reading.reach import Estimate, would_get
from club.events.reading.staff import WaveLine, waves_of
from club.events.rules import WaveState, Who
from club.events.service.mailing import ANSWERING, about
from club.members.finding import search
from club.members.models import names_of
from club.messages.models import Letter, Wording
from club.messages.rendering import render, shown
from club.messages.samples import sample_letter
from club.messages.wording import words_in_force
from club.permissions import Permission
from club.texts import LANGUAGES
from club.tiers.models import ladder_on
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.languages import OWN_NAMES, in_language
from web.lists import asked_for
from web.messages import words_for
from web.programme import programme, today
from web.refusing import refused
from web.visitors import staff

RUNG = "rung:"
VIEW = "view:"
INVITATION = "event.invitation"
SEND = "send"
MOST_PICKED = 60
MOST_FOUND = 8
LONGEST_PICKED = 1_000


@dataclass(frozen=True)
class Choice:
    """To whom a wave would go, and when."""

    who: Who
    rung_key: str | None
    people: tuple[int, ...]
    send_at: datetime
    view: KeptView | None = None
    """The kept list of customers that they are taken from."""

    @property
    def digest(self) -> str:
        """What the button under the estimate was shown for."""
        return sha256(repr((self.who, self.rung_key, self.people, self.view)).encode()).hexdigest()[:32]


class WaveForm(Form):
    """To whom, and when."""

    who = SelectField(_l("To whom"))
    send_on = event_day(_l("Send on"))
    send_time = TimeField(_l("At"))
    people = HiddenField()
    shown = HiddenField()
    """Which choice the estimate above the button belongs to."""

    def choice(self, now: datetime) -> Choice | None:
        """What was chosen; None with the complaint at its field."""
        chosen = self.who.data
        is_rung = chosen.startswith(RUNG)
        people = picked_in(self.people.data or "") if chosen == Who.PICKED else ()
        send_at: datetime | None = now
        if self.send_on.data is not None:
            at = self.send_time.data
            if at is None:
                self.send_time.errors = [_("Enter the time too.")]
                return None
            send_at = moment_in(self.send_on.data, at, programme().time_zone)
            if send_at is None or send_at < now:
                self.send_on.errors = [_("Choose a moment that is still to come.")]
                return None
        if chosen == Who.PICKED and not people:
            self.who.errors = [_("Pick people first: look for them by name and add them.")]
            return None
        if chosen.startswith(VIEW):
            kept = the_view(db(), int(chosen.removeprefix(VIEW)), staff().account_id)
            return Choice(Who.PICKED, None, (), send_at or now, kept)
        who = Who.RUNG if is_rung else Who(chosen)
        assert send_at is not None  # now, or looked at above
        return Choice(who, chosen.removeprefix(RUNG) if is_rung else None, people, send_at)


@admin.route("/events/<int:event_id>/invitations", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_invitations(event_id: int) -> ResponseReturnValue:
    """What was sent, and the next wave: first how many would get it, then the button that sends it."""
    view, now = the_event(db(), event_id), datetime.now(UTC)
    picked = picked_in(asked_for("people", LONGEST_PICKED))
    form = WaveForm(people=",".join(map(str, picked)), **({"who": Who.PICKED.value} if picked else {}))
    form.who.choices = _choices()
    if not form.validate_on_submit():
        return _page(view, form), 422 if form.errors else 200
    choice = form.choice(now)
    if choice is None:
        return _page(view, form), 422
    if request.form.get("do") != SEND or form.shown.data != choice.digest:
        form.shown.data = choice.digest
        return _page(view, form, _estimate(view, choice))
    account_id, role = by()
    try:
        service.add_wave(
            db(), event_id, choice.who, choice.send_at, account_id, role, now,
            rung_key=choice.rung_key, person_ids=choice.people, kept=_kept(choice),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(view, form), refusal)
    if choice.send_at > now:
        flash(_("Planned. The invitations go out at that time."), "success")
    else:
        flash(_("The invitations are on their way. This page says how far they are."), "success")
    return _back(event_id)


@admin.post("/events/<int:event_id>/invitations/remind")
@staff_only(Permission.MANAGE_EVENTS)
def events_remind(event_id: int) -> ResponseReturnValue:
    """Write again to whoever was invited by mail and has not answered."""
    try:
        service.remind(db(), event_id, *by(), datetime.now(UTC))
        flash(_("The reminders are on their way, only to those who have not answered."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return _back(event_id)


@admin.post("/events/<int:event_id>/invitations/<int:wave_id>/stop")
@staff_only(Permission.MANAGE_EVENTS)
def events_wave_stop(event_id: int, wave_id: int) -> ResponseReturnValue:
    """Take back a wave that is not written yet."""
    if wave_id not in {wave.id for wave in waves_of(db(), event_id)}:
        abort(404)
    try:
        service.cancel_wave(db(), wave_id, *by(), datetime.now(UTC))
        flash(_("Taken back: nobody gets these invitations."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return _back(event_id)


@admin.post("/events/<int:event_id>/invitations/test")
@staff_only(Permission.MANAGE_EVENTS)
def events_test(event_id: int) -> ResponseReturnValue:
    """The invitation as a mail to whoever asks, in one language."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(404)
    try:
        address = service.test_mail(db(), event_id, language, *by(), datetime.now(UTC))
        flash(_("A test mail goes to %(address)s.", address=address), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return _back(event_id)


@admin.get("/events/<int:event_id>/invitations/look/<language>")
@staff_only(Permission.MANAGE_EVENTS)
def events_look(event_id: int, language: str) -> ResponseReturnValue:
    """The invitation by itself, as a mail program shows it."""
    if language not in LANGUAGES:
        abort(404)
    view, now = the_event(db(), event_id), datetime.now(UTC)
    told = {"path": ANSWERING, **about(view, programme().time_zone)}
    letter: Letter = shown(sample_letter(INVITATION, language, now, told))
    base_url: str = current_app.extensions["club_settings"].base_url
    own = words_in_force(db(), INVITATION, language).words
    return mail_page(render(letter, programme(), base_url, Wording(0, dict(own))))


def picked_in(text: str) -> tuple[int, ...]:
    """People in an address, each once, in the order in which they were picked."""
    ids = (int(part) for part in text.split(",") if part.isascii() and part.isdigit() and len(part) < 16)
    return tuple(dict.fromkeys(ids))[:MOST_PICKED]


def _choices() -> list[SelectChoice]:
    rungs = ladder_on(db(), today()).ladder.rungs[1:]
    return [
        SelectChoice(Who.ALL.value, _("All members")),
        *(
            SelectChoice(RUNG + rung.key, _("Tier %(tier)s and above", tier=in_language(rung.name)))
            for rung in reversed(rungs)
        ),
        SelectChoice(Who.PICKED.value, _("Hand-picked people")),
        *(
            SelectChoice(f"{VIEW}{one.id}", _("View «%(name)s»", name=one.name))
            for one in views_for(db(), staff().account_id)
        ),
    ]


def _estimate(view: EventView, choice: Choice) -> Estimate:
    kept = _kept(choice)
    return would_get(
        db(), view.id, choice.who, today(), rung_key=choice.rung_key, person_ids=choice.people,
        among=kept.people if kept else None,
    )  # fmt: skip


def _kept(choice: Choice) -> service.KeptView | None:
    if choice.view is None:
        return None
    return service.KeptView(choice.view.name, matching(db(), wanted_by(choice.view.query), today()))


def _page(view: EventView, form: WaveForm, estimate: Estimate | None = None) -> str:
    typed = asked_for("q")
    picked = picked_in(form.people.data or "")
    waves = waves_of(db(), view.id)
    return render_template(
        "admin/events_invitations.html",
        view=view,
        form=form,
        estimate=estimate,
        counts=answer_counts(db(), view.id),
        waves=waves,
        is_moving=any(_is_moving(wave, datetime.now(UTC)) for wave in waves),
        asked=typed,
        found=search(db(), typed, MOST_FOUND, members_only=False) if typed else [],
        picked=_named(view, picked, typed),
        add=lambda person_id: _address(view, (*picked, person_id)),
        languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
        says=says,
        words=words,
    )


def says(estimate: Estimate) -> list[str]:
    """Who would not get a mail, and why, reason by reason."""
    found = []
    if estimate.already:
        found.append(
            ngettext("%(num)d was invited before.", "%(num)d were invited before.", estimate.already)
        )  # fmt: skip
    if estimate.no_consent:
        found.append(
            ngettext(
                "%(num)d has not agreed to news by mail: the invitation stands on their own page.",
                "%(num)d have not agreed to news by mail: the invitation stands on their own pages.",
                estimate.no_consent,
            )
        )
    if estimate.no_mailbox:
        found.append(
            ngettext("%(num)d has no mailbox that works.", "%(num)d have no mailbox that works.", estimate.no_mailbox)
        )
    return found


def _is_moving(wave: WaveLine, now: datetime) -> bool:
    """Whether there is something to wait for."""
    return bool(wave.waiting) or (wave.state == WaveState.PLANNED and wave.send_at <= now)


def _named(view: EventView, picked: Sequence[int], typed: str) -> list[tuple[str, str]]:
    """Name of each who was picked, and the address without them."""
    names = names_of(db(), picked) if picked else {}
    return [
        (names[one], _address(view, tuple(other for other in picked if other != one))) for one in picked if one in names
    ]


def _address(view: EventView, picked: Sequence[int]) -> str:
    said = ",".join(map(str, picked))
    return url_for("admin.events_invitations", event_id=view.id, people=said or None, _anchor="next")


def _back(event_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.events_invitations", event_id=event_id), 303)

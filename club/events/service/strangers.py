"""People whom the club does not know: a place at a public event, a word about the next programme.

A mailed link comes first, so nobody signs up somebody else, and the answer is the same whoever has the address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from club.access.service import Asking
from club.access.service.links import count_link, count_mail
from club.accounts.links import digest_of, make_link, open_link, use_link
from club.accounts.rules import LINK_MINUTES, email_key
from club.database import Transaction, transaction
from club.events.models import the_event
from club.events.rules import Caller, Party, why_closed
from club.events.service.answering import answer_in
from club.events.service.mailing import about
from club.events.service.seats import Answered
from club.leads.rules import NewLead, SourceKind
from club.leads.service import capture
from club.members.rules import checked_email, checked_name
from club.members.service import record_consent
from club.messages.service import queue
from club.programme.legal import consent_version
from club.programme.models import the_club

PURPOSE = "event"
"""Of the mailed link."""
CONFIRM = "/events/confirm/"
FORM = "events"
"""Where the consent to news was given."""
NEWS_VERSION = "events-1"


@dataclass(frozen=True)
class Stranger:
    """What somebody typed who is not signed in."""

    name: str
    email: str
    language: str
    wants_news: bool = False

    def checked(self) -> "Stranger":
        """Tidy. Raises `NameMissing`, `BadEmail`."""
        return Stranger(checked_name(self.name), checked_email(self.email), self.language, self.wants_news)


@dataclass(frozen=True)
class Waiting:
    """What a mailed link is about: a place at an event, or news alone."""

    event_id: int | None
    name: str


def ask_for_place(db: Session, event_id: int, who: Stranger, party: Party, asking: Asking, now: datetime) -> None:
    """Mail a link to whoever wants to come; nothing is kept but what it stands for, for a day.

    Raises `NotFound`, `NameMissing`, `BadEmail`, `TooManyGuests`, `NeedTooLong`, `TooManyTries`, and why nobody may
    book (`rules.why_closed`).
    """
    tidy, view = who.checked(), the_event(db, event_id)
    refusal = why_closed(view.event, view.state, Caller(is_member=False), now)
    if refusal is not None:
        raise refusal
    party.check(view.event.most_guests)
    told = {"guests": list(party.guests), "diet": party.diet, "access": party.access, "note": party.note}
    with transaction(db) as tx:
        kept = {"event_id": event_id, "party": told}
        _mail(tx, "event.confirm", tidy, kept, about(view, the_club(tx).time_zone), asking, now)


def ask_for_news(db: Session, who: Stranger, asking: Asking, now: datetime) -> None:
    """Mail a link to whoever wants to hear of the next programme. Raises `NameMissing`, `BadEmail`, `TooManyTries`."""
    tidy = Stranger(who.name, who.email, who.language, wants_news=True).checked()
    with transaction(db) as tx:
        _mail(tx, "event.news", tidy, {"event_id": None}, {}, asking, now)


def waiting_for(db: Session, token: str, now: datetime) -> Waiting:
    """What the link stands for; reads only. Raises `LinkExpired`."""
    data = open_link(db, token, PURPOSE, now).data
    return Waiting(_id(data), str(data["name"]))


def confirm(db: Session, token: str, asking: Asking, now: datetime) -> Answered | None:
    """Whoever has the mailbox says yes: a person from now on, with a place or in line; None where it was news alone.

    Raises `LinkExpired`, `TooManyTries`, and what `answer` raises; then the link stays open.
    """
    count_link(db, asking, token, PURPOSE, now)
    with transaction(db) as tx:
        link = use_link(tx, token, PURPOSE, now)
        data, event_id = link.data, _id(link.data)
        who = Stranger(str(data["name"]), str(data["email"]), str(data["language"]), bool(data["news"]))
        person_id = _person(tx, who, event_id, link.name, now)
        if event_id is None:
            return None
        return answer_in(tx, event_id, person_id, _party(data), now, or_waitlist=True, by=None)


def _mail(
    tx: Transaction, act: str, who: Stranger, kept: dict[str, object], said: Mapping[str, object], asking: Asking,
    now: datetime,
) -> None:  # fmt: skip
    count_mail(tx, email_key(who.email), asking, now)
    typed = {"name": who.name, "email": who.email, "language": who.language, "news": who.wants_news}
    token = make_link(tx, PURPOSE, now, data={**typed, **kept})
    name = digest_of(token).hex()[:32]
    queue(
        tx,
        act,
        occurrence=name,
        recipient=who.email,
        language=who.language,
        addressee=f"link:{name}",
        data={"path": CONFIRM, "name": who.name, "hours": LINK_MINUTES[PURPOSE] // 60, **said},
        secret=token,
        now=now,
    )


def _person(tx: Transaction, who: Stranger, event_id: int | None, name: str, now: datetime) -> int:
    """The person with this address, known before or new, with the yes that was given."""
    lead = NewLead(
        full_name=who.name,
        language=who.language,
        source=SourceKind.EVENT,
        email=who.email,
        campaign=f"event:{event_id}" if event_id is not None else "",
        once=f"event:{name}",
    )
    person_id = capture(tx, lead, now).person_id
    if who.wants_news:
        record_consent(
            tx,
            person_id,
            purpose="news",
            channel="email",
            is_given=True,
            text_version=consent_version(tx, "news", NEWS_VERSION),
            language=who.language,
            source=FORM,
            now=now,
        )
    return person_id


def _id(data: dict[str, object]) -> int | None:
    event_id = data["event_id"]
    return event_id if isinstance(event_id, int) else None


def _party(data: dict[str, object]) -> Party:
    told = data["party"]
    assert isinstance(told, dict)
    return Party(tuple(map(str, told["guests"])), str(told["diet"]), str(told["access"]), str(told["note"]))

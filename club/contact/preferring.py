"""What somebody wants to hear and how, as they say it themselves: every change is one more yes or no, kept for ever."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.contact.choices import Chosen, Often, choose, chosen_by
from club.contact.models import said_by
from club.contact.rules import (
    ANY,
    CONTACT,
    NEEDS_YES,
    REFUSABLE,
    Channel,
    Purpose,
    Said,
    Topic,
    hears,
    refuses,
    said_as,
)
from club.database import Transaction, transaction
from club.errors import NotFound
from club.members.models import Person
from club.members.service import record_consent

WORDS_VERSION = "preferences-1"
"""The wording of the page of choices; a new one with every change of what its boxes say."""


@dataclass(frozen=True)
class Wanted:
    """Mails by topic, news by the other ways, until when no mail that can be refused, and how often offers."""

    topics: frozenset[Topic]
    by_phone: bool
    by_post: bool
    paused_until: date | None = None
    often: Often = Often.EACH
    """How often what can be collected comes."""

    @property
    def wants_news(self) -> bool:
        """Whether mails are among it that need a consent."""
        return bool(self.topics.intersection(NEEDS_YES))


@dataclass(frozen=True)
class Saying:
    """By which page, and in which language its words stood there."""

    source: str
    language: str


def wanted_by(db: Session, person_id: int) -> Wanted:
    """What holds now."""
    said, chosen = said_by(db, person_id), chosen_by(db, person_id)
    return Wanted(
        topics=frozenset(topic for topic in REFUSABLE if hears(topic, said)),
        by_phone=_agreed(said, Channel.PHONE),
        by_post=_agreed(said, Channel.POST),
        paused_until=chosen.paused_until,
        often=chosen.often,
    )


def prefer(db: Session, person_id: int, wanted: Wanted, saying: Saying, now: datetime) -> int:
    """Keep what differs from what holds now; how many answers that were. Raises `NotFound`."""
    with transaction(db) as tx:
        return _prefer(tx, person_id, wanted, saying, now)


def stop(db: Session, person_id: int, topic: Topic, saying: Saying, now: datetime) -> None:
    """No more mails about a topic. Stopping twice is stopping once."""
    with transaction(db) as tx:
        _hold(tx, person_id)
        before = wanted_by(tx, person_id)
        _prefer(tx, person_id, replace(before, topics=before.topics - {topic}), saying, now)


def stop_all(db: Session, person_id: int, saying: Saying, now: datetime) -> None:
    """No more news by any way, and no mail that can be refused."""
    nothing = Wanted(topics=frozenset(), by_phone=False, by_post=False)
    with transaction(db) as tx:
        _hold(tx, person_id)
        chosen = chosen_by(tx, person_id)
        _prefer(tx, person_id, replace(nothing, paused_until=chosen.paused_until, often=chosen.often), saying, now)


def _prefer(tx: Transaction, person_id: int, wanted: Wanted, saying: Saying, now: datetime) -> int:
    _hold(tx, person_id)
    answers = _answers(said_by(tx, person_id), wanted)
    for purpose, channel, is_given in answers:
        record_consent(
            tx,
            person_id,
            purpose=purpose,
            channel=channel,
            is_given=is_given,
            text_version=WORDS_VERSION,
            language=saying.language,
            source=saying.source,
            now=now,
        )
    chosen = Chosen(wanted.often, wanted.paused_until)
    if chosen_by(tx, person_id) != chosen:
        choose(tx, person_id, chosen)
    return len(answers)


def _answers(said: tuple[Said, ...], wanted: Wanted) -> list[tuple[str, str, bool]]:
    """What has to be said for `wanted` to hold: purpose, channel, yes or no.

    A yes to one topic is no yes to the others that the consent to news would let in: these are refused with it. Where
    an objection ends, no older yes comes alive again: what is not wanted is said to be so, whatever the objection did.
    """
    answers: list[tuple[str, str, bool]] = []
    own = tuple(one for one in said if one.purpose != CONTACT)
    if wanted.wants_news or wanted.by_phone or wanted.by_post or Topic.GREETINGS in wanted.topics:
        answers += [(CONTACT, one.channel, True) for one in said if one.purpose == CONTACT and not one.is_given]
    by_way = {Channel.EMAIL: wanted.wants_news, Channel.PHONE: wanted.by_phone, Channel.POST: wanted.by_post}
    answers += [
        (Purpose.NEWS.value, way.value, is_wanted)
        for way, is_wanted in by_way.items()
        if is_wanted is not _agreed(own, way)
    ]
    for topic in REFUSABLE:
        is_wanted = topic in wanted.topics
        if topic in NEEDS_YES and not wanted.wants_news:
            continue
        if is_wanted is refuses(topic, said):
            answers.append((said_as(topic), Channel.EMAIL.value, is_wanted))
    return answers


def _agreed(said: tuple[Said, ...], channel: Channel) -> bool:
    """Whether the last word on news by a way is a yes that no objection takes back."""
    if any(one.purpose == CONTACT and one.channel in (ANY, channel) and not one.is_given for one in said):
        return False
    return any(one.is_given and one.purpose == Purpose.NEWS and one.channel == channel for one in said)


def _hold(tx: Transaction, person_id: int) -> None:
    """One change of somebody's choices after the other."""
    if tx.scalar(select(Person.id).where(Person.id == person_id).with_for_update()) is None:
        raise NotFound

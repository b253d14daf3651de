"""A member changes what is kept about them, card by card; a whole profile brings its points once."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select, union, update
from sqlalchemy.orm import Session

from club.access.service.telling import Change, tell_owner
from club.accounts.models import Account
from club.accrual.models import rules_on
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, UnknownMember
from club.joining.models import was_member
from club.members.models import Person
from club.members.rules import LONGEST_CALL_NAME, check_birthday, checked_name, phone_typed
from club.members.service import refresh_search_text
from club.messages.models import Message
from club.points.rules import Earned, expires_on
from club.points.service import earn
from club.profile.models import Profile, profile_of
from club.profile.rules import (
    BONUS,
    LONGEST_PATRONYMIC,
    LONGEST_PROFESSION,
    About,
    Birthday,
    Names,
    ProfileView,
    is_change,
    may_change,
    seen_as,
    tidy,
    tidy_interests,
    with_patronymic,
)
from club.programme.models import the_club
from club.texts import LANGUAGES

CHANGED = "person.profile_changed"


def save_names(db: Session, person_id: int, seen: str, wanted: Names, *, by: int, now: datetime) -> int:
    """Raises `NameMissing`, and `ChangedMeanwhile` like every card here; the points that it brought.

    Mails about the sign-in speak the same language from then on.
    """
    if wanted.language not in LANGUAGES:
        raise ValueError(f"the club does not speak {wanted.language}")
    full_name, patronymic = checked_name(wanted.full_name), tidy(wanted.patronymic, LONGEST_PATRONYMIC)
    after = Names(
        full_name=full_name,
        call_name=tidy(wanted.call_name, LONGEST_CALL_NAME) or with_patronymic(full_name, patronymic),
        patronymic=patronymic,
        language=wanted.language,
    )
    with transaction(db) as tx:
        before = _lock(tx, person_id)
        _refuse_stale(seen, before.names)
        called: dict[str, object] = {"full_name": after.full_name, "call_name": after.call_name}
        _write_person(tx, person_id, called | {"language": after.language})
        own_account = select(Person.account_id).where(Person.id == person_id).scalar_subquery()
        tx.execute(update(Account).where(Account.id == own_account).values(language=after.language))
        refresh_search_text(tx, person_id)
        _write_profile(tx, person_id, {"patronymic": after.patronymic})
        return _finish(tx, person_id, asdict(before.names), asdict(after), by, now)


def save_phone(db: Session, person_id: int, seen: str, typed: str, *, by: int, now: datetime) -> int:
    """A number in any writing, kept as E.164; none takes it away. Raises `BadPhone`. The owner has been asked for.

    They are told by mail: a phone opens the way in.
    """
    phone = phone_typed(typed, the_club(db).country) if typed.strip() else None
    with transaction(db) as tx:
        before = _lock(tx, person_id)
        _refuse_stale(seen, before.phone)
        _write_person(tx, person_id, {"phone": phone})
        refresh_search_text(tx, person_id)
        if phone != before.phone:
            entry_id = record(tx, "account.phone_changed", "account", by, by=by, now=now)
            tell_owner(tx, by, Change.PHONE, entry_id, now)
        return _finish(tx, person_id, {"phone": before.phone}, {"phone": phone}, by, now)


def save_birthday(db: Session, person_id: int, seen: str, wanted: Birthday, *, by: int, now: datetime) -> int:
    """Raises `BadBirthday`, and `BirthdayFixed` where the day was moved too often or too lately."""
    check_birthday(wanted.year, wanted.month, wanted.day, club_day(now, the_club(db).time_zone))
    with transaction(db) as tx:
        before = _lock(tx, person_id)
        _refuse_stale(seen, before.birthday)
        if is_change(before.birthday, wanted, before.birthday_changes):
            may_change(before.birthday_changes, before.birthday_changed_at, now)
            counted = {"birthday_changes": before.birthday_changes + 1, "birthday_changed_at": now}
            _write_profile(tx, person_id, counted)
        columns = {f"birth_{name}": value for name, value in asdict(wanted).items()}
        _write_person(tx, person_id, columns)
        former = {f"birth_{name}": value for name, value in asdict(before.birthday).items()}
        return _finish(tx, person_id, former, columns, by, now)


def save_about(db: Session, person_id: int, seen: str, wanted: About, *, by: int, now: datetime) -> int:
    """Raises `TooManyInterests`."""
    after = About(profession=tidy(wanted.profession, LONGEST_PROFESSION), interests=tidy_interests(wanted.interests))
    with transaction(db) as tx:
        before = _lock(tx, person_id)
        _refuse_stale(seen, before.about)
        kept: dict[str, object] = {"profession": after.profession, "interests": list(after.interests)}
        _write_profile(tx, person_id, kept)
        return _finish(tx, person_id, asdict(before.about), kept, by, now)


def reward_if_whole(db: Session, person_id: int, now: datetime) -> int:
    """For a part of the profile that another page saved; the points that it brought."""
    with transaction(db) as tx:
        _lock(tx, person_id)
        return _reward(tx, person_id, now)


def points_for_whole(db: Session, person_id: int, now: datetime) -> int:
    """What a whole profile brings this member today."""
    bonus = rules_on(db, club_day(now, the_club(db).time_zone)).bonus_for(BONUS)
    return 0 if bonus is None or _came_back(db, person_id) else bonus.points


def _lock(tx: Transaction, person_id: int) -> ProfileView:
    """Hold the person until the end of the transaction; cards of one member follow each other."""
    if tx.scalar(select(Person.id).where(Person.id == person_id).with_for_update()) is None:
        raise UnknownMember
    return profile_of(tx, person_id)


def _refuse_stale(seen: str, value: object) -> None:
    if seen != seen_as(value):
        raise ChangedMeanwhile(())


def _write_person(tx: Transaction, person_id: int, values: Mapping[str, object]) -> None:
    tx.execute(update(Person).where(Person.id == person_id).values(**values))


def _write_profile(tx: Transaction, person_id: int, values: Mapping[str, object]) -> None:
    changed = update(Profile).where(Profile.person_id == person_id).values(**values).returning(Profile.person_id)
    if tx.execute(changed).one_or_none() is None:
        tx.execute(insert(Profile).values(person_id=person_id, **values))


def _finish(
    tx: Transaction, person_id: int, before: Mapping[str, object], after: Mapping[str, object], by: int, now: datetime
) -> int:
    changed = [name for name in after if after[name] != _plain(before[name])]
    if not changed:
        return 0
    words: dict[str, object] = {
        "before": {name: _plain(before[name]) for name in changed},
        "after": {name: after[name] for name in changed},
    }
    record(tx, CHANGED, "person", person_id, by=by, now=now, person_id=person_id, words=words, fields=len(changed))
    return _reward(tx, person_id, now)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _reward(tx: Transaction, person_id: int, now: datetime) -> int:
    profile, club = profile_of(tx, person_id), the_club(tx)
    today = club_day(now, club.time_zone)
    bonus = rules_on(tx, today).bonus_for(BONUS)
    if bonus is None or profile.is_rewarded or not profile.is_whole or _came_back(tx, person_id):
        return 0
    _write_profile(tx, person_id, {"rewarded_at": now})
    points = Earned(
        member_id=person_id,
        kind="profile.earned",
        cause_id=person_id,
        points=bonus.points,
        dated_on=today,
        activates_on=today,
        expires_on=expires_on(today, club.expiry_months),
        why={"rule_id": bonus.id, "points": bonus.points},
    )
    earn(tx, points, today, now)
    return bonus.points


def _came_back(db: Session, person_id: int) -> bool:
    """Whether they left before: what a new member gets once is not given again, whichever address they use now."""
    own = select(Person.email).where(Person.id == person_id, Person.email.is_not(None))
    written_to = select(Message.recipient).where(Message.person_id == person_id)
    return any(was_member(db, email) for email in db.scalars(union(own, written_to)))

"""What is the same whichever way somebody became a member: the account, points, consents, bonus and welcome."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.access.service import Asking, Entered, enter
from club.accounts.models import login_with_email, the_login
from club.accounts.service import new_account, set_password
from club.accrual.models import rules_on
from club.clock import club_day
from club.database import Transaction, is_sqlite
from club.errors import EmailTaken
from club.joining.models import BROUGHT, was_member
from club.joining.rules import JOIN_BONUS, LONGEST_CODE, TEXT_VERSION
from club.members.models import Known, person_of, the_member
from club.members.rules import grouped
from club.members.service import give_account, record_consent
from club.messages.service import queue
from club.points.rules import Earned, expires_on
from club.points.service import earn, open_account
from club.programme.legal import consent_version
from club.programme.models import the_club


@dataclass(frozen=True)
class Joined:
    """A new member, signed in."""

    entered: Entered
    person_id: int
    member_number: str
    points: int
    """The welcome bonus."""


@dataclass(frozen=True)
class Ticked:
    """What was ticked on which form in which language."""

    form: str
    language: str
    news: tuple[str, ...] = ()


def welcome(tx: Transaction, person_id: int, ticked: Ticked | None, now: datetime) -> int:
    """Open the points account, keep the consents, give the bonus; returns its points. For a member's first day."""
    open_account(tx, person_id)
    if ticked is not None:
        keep_consents(tx, person_id, ticked, now)
    return _give_bonus(tx, person_id, now)


def keep_consents(tx: Transaction, person_id: int, ticked: Ticked, now: datetime) -> None:
    """Terms and privacy, and each channel of news that was ticked; a box left empty is no answer."""
    for purpose, channel in _said(ticked.news):
        record_consent(
            tx,
            person_id,
            purpose=purpose,
            channel=channel,
            is_given=True,
            text_version=consent_version(tx, purpose, TEXT_VERSION),
            language=ticked.language,
            source=ticked.form,
            now=now,
        )


def note_code(tx: Transaction, person_id: int, code: str, form: str, now: datetime) -> None:
    """Keep the code that somebody brought along when they became a member; none, nothing."""
    if code:
        row = {"person_id": person_id, "code": code[:LONGEST_CODE], "form": form, "at": now}
        add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(BROUGHT).values(row)
        tx.execute(add.on_conflict_do_nothing(index_elements=["person_id"]))


def let_in(tx: Transaction, person_id: int, points: int, asking: Asking, now: datetime) -> Joined:
    """Send the welcome and sign the browser in."""
    member = the_member(tx, person_id)
    assert member.account_id is not None
    assert member.member_number is not None
    say_welcome(tx, member, points, now)
    entered = enter(tx, the_login(tx, member.account_id), asking, now)
    return Joined(entered, person_id, member.member_number, points)


def say_welcome(tx: Transaction, member: Known, points: int, now: datetime) -> None:
    """Queue the welcome message, once per person."""
    if member.email is None or member.member_number is None:
        return
    queue(
        tx,
        "join.welcome",
        occurrence="joined",
        recipient=member.email,
        language=member.language,
        person_id=member.person_id,
        data={"name": member.addressed_as, "number": grouped(member.member_number), "points": points},
        now=now,
    )


def account_for(
    tx: Transaction, person_id: int, email: str, language: str, password: str, password_hash: str | None, now: datetime
) -> int:
    """The account by which a person signs in: a new one, or the one that has this address and no person yet.

    Raises `EmailTaken`. A password replaces the hash.
    """
    login = login_with_email(tx, email)
    if login is not None and person_of(tx, login.account_id) is not None:
        raise EmailTaken
    account_id = new_account(tx, email, language, password_hash, now) if login is None else login.account_id
    if password:
        set_password(tx, account_id, password)
    give_account(tx, person_id, account_id)
    return account_id


def _said(news: Iterable[str]) -> list[tuple[str, str]]:
    return [("terms", "web"), ("privacy", "web"), *(("news", channel) for channel in news)]


def _give_bonus(tx: Transaction, person_id: int, now: datetime) -> int:
    club = the_club(tx)
    today = club_day(now, club.time_zone)
    bonus = rules_on(tx, today).bonus_for(JOIN_BONUS)
    if bonus is None or was_member(tx, the_member(tx, person_id).email):
        return 0
    bonus_points = Earned(
        member_id=person_id,
        kind="join.earned",
        cause_id=person_id,
        points=bonus.points,
        dated_on=today,
        activates_on=today,
        expires_on=expires_on(today, club.expiry_months),
        why={"rule_id": bonus.id, "points": bonus.points},
    )
    earn(tx, bonus_points, today, now)
    return bonus.points

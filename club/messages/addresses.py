"""Addresses that take no mail: learned from the mail server's answers or said by staff, ended by time, mail or hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.accounts.rules import email_key
from club.database import Transaction, is_sqlite
from club.members.models import Person
from club.messages.models import MailAddressState
from club.messages.rules import HARD, SOFT_LASTS, SOFT_UNTIL_HARD, Bounce, bounce_of

_STATE = MailAddressState.__table__.c


@dataclass(frozen=True)
class Unreachable:
    """An address on the list of those that take no mail."""

    address_key: str
    is_hard: bool
    cause: str
    since: datetime
    expires_at: datetime | None
    times: int
    said: str
    marked_by: str | None
    person_id: int | None
    person_name: str | None


def remember_bounce(tx: Transaction, recipient: str, code: int, said: str, now: datetime) -> None:
    """Learn from a mail server's answer to a recipient, if it says anything about the address."""
    bounce = bounce_of(code, said)
    if bounce is not None:
        remember(tx, recipient, bounce, now, said=f"{code} {said}")


def remember(
    tx: Transaction, recipient: str, bounce: Bounce, now: datetime, *, said: str = "", by: int | None = None
) -> None:
    """Note that an address takes no mail. Soft causes end after a time; several of them within it are a hard one."""
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    is_hard = bounce in HARD
    row = {
        "address_key": email_key(recipient),
        "is_hard": is_hard,
        "cause": bounce.value,
        "since": now,
        "expires_at": None if is_hard else now + SOFT_LASTS,
        "times": 1,
        "said": said[:500],
        "by": by,
    }
    statement = insert(MailAddressState).values(row)
    new = statement.excluded
    is_over = and_(_STATE.expires_at.is_not(None), _STATE.expires_at <= now)
    times = case((is_over, 1), else_=_STATE.times + 1)
    gets_hard = or_(new.is_hard, and_(~is_over, _STATE.is_hard), times >= SOFT_UNTIL_HARD)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["address_key"],
            set_={
                "is_hard": gets_hard,
                "cause": new.cause,
                "since": case((is_over, new.since), else_=_STATE.since),
                "expires_at": case((gets_hard, None), else_=new.expires_at),
                "times": times,
                "said": new.said,
                "by": new.by,
            },
        )
    )


def took_mail(tx: Transaction, recipient: str) -> None:
    """A mail got through: a soft state ends."""
    tx.execute(delete(MailAddressState).where(_STATE.address_key == email_key(recipient), ~_STATE.is_hard))


def forget(tx: Transaction, recipient: str) -> bool:
    """Nothing is known against an address any more; False: nothing was."""
    statement = delete(MailAddressState).where(_STATE.address_key == email_key(recipient))
    return tx.execute(statement.returning(_STATE.address_key)).first() is not None


def unreachable(db: Session, now: datetime, *, limit: int, offset: int = 0) -> list[Unreachable]:
    """The addresses that take no mail now, latest first, with the person who has each."""
    statement = (
        select(
            _STATE.address_key,
            _STATE.is_hard,
            _STATE.cause,
            _STATE.since,
            _STATE.expires_at,
            _STATE.times,
            _STATE.said,
            Staff.name,
            Person.id,
            Person.full_name,
        )
        .outerjoin(Person, Person.email_key == _STATE.address_key)
        .outerjoin(Staff, Staff.account_id == _STATE.by)
        .where(_still_holds(now))
        .order_by(_STATE.since.desc(), _STATE.address_key)
        .limit(limit)
        .offset(offset)
    )
    return [Unreachable(*row) for row in db.execute(statement)]


def count_unreachable(db: Session, now: datetime, most: int) -> int:
    """How many addresses take no mail now, counted up to `most`."""
    some = select(_STATE.address_key).where(_still_holds(now)).limit(most).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0


def _still_holds(now: datetime) -> ColumnElement[bool]:
    return or_(_STATE.expires_at.is_(None), _STATE.expires_at > now)

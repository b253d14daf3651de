"""The night forgets whoever left 30 days ago: statements over all of them, table by table, in one transaction."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, String, Table, cast, delete, literal, select, union, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.accounts.models import Account, Staff
from club.audit import record
from club.clock import ONE_DAY
from club.database import Base, Transaction, is_sqlite, transaction
from club.joining.models import FormerMember, mailbox_of
from club.members.models import Person, PersonIdentifier
from club.privacy.fates import FATES, Fate
from club.privacy.held import ACCOUNT, OF_ACCOUNT, PERSON, known_tables, of_people
from club.privacy.leaving import nothing_open

LEFT = "left"
FORGOTTEN = "person.forgotten"
_PERSON = Person.__table__.c
_NO_SYNC = {"synchronize_session": False}


def night(db: Session, day: date, now: datetime) -> int:
    """Forget everybody whose day has come and who owes nothing; how many. Done again, it finds nobody."""
    with transaction(db) as tx:
        ids = _mark(tx, day + ONE_DAY, now)
        if not ids:
            return 0
        people = select(_PERSON.id).where(_PERSON.left_on == day + ONE_DAY, _PERSON.source != LEFT)
        _remember_mailboxes(tx, people, day + ONE_DAY)
        _empty_import_rows(tx, people)
        _hold_back_mail(tx, people)
        for table in reversed(Base.metadata.sorted_tables):
            if table.name in FATES and FATES[table.name].fate is Fate.GONE:
                tx.execute(delete(table).where(_theirs(table, people)), execution_options=_NO_SYNC)
        for name, becomes in FATES.items():
            if becomes.fate is Fate.EMPTIED and name not in {PERSON, ACCOUNT}:
                table = known_tables()[name]
                emptied = update(table).where(_theirs(table, people)).values(**becomes.values)
                tx.execute(emptied, execution_options=_NO_SYNC)
        _empty_accounts(tx, people, now)
        tx.execute(update(Person).where(_PERSON.id.in_(people)).values(**FATES[PERSON].values, leaves_on=None))
        for person_id in ids:
            record(tx, FORGOTTEN, PERSON, person_id, by=None, now=now)
    return len(ids)


def _mark(tx: Transaction, day: date, now: datetime) -> list[int]:
    """Those whose day has come, and the records that became part of theirs."""
    due = (
        update(Person)
        .where(_PERSON.leaves_on <= day, _PERSON.left_on.is_(None), nothing_open(now))
        .values(left_on=day)
        .returning(_PERSON.id)
    )
    ids = sorted(tx.scalars(due, execution_options=_NO_SYNC))
    former = update(Person).where(_PERSON.merged_into.in_(ids)).values(left_on=day)
    tx.execute(former, execution_options=_NO_SYNC)
    return ids


def _theirs(table: Table, people: Select[int]) -> ColumnElement[bool]:
    """What is about them; whoever works for the club keeps the way in."""
    theirs = of_people(table, people)
    if table.name not in OF_ACCOUNT:
        return theirs
    return theirs & table.c["account_id"].not_in(select(Staff.account_id))


def _remember_mailboxes(tx: Transaction, people: Select[int], day: date) -> None:
    emails = tx.scalars(select(_PERSON.email).where(_PERSON.id.in_(people), _PERSON.email.is_not(None)))
    rows = [{"mailbox": mailbox_of(email), "left_on": day} for email in emails if email]
    if rows:
        add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(FormerMember)
        tx.execute(add.on_conflict_do_nothing(index_elements=["mailbox"]), rows)


def _empty_import_rows(tx: Transaction, people: Select[int]) -> None:
    """Rows of files name people by whatever the file named them by."""
    rows = known_tables()["import_row"]
    names = union(
        select(_PERSON.member_number).where(_PERSON.id.in_(people)),
        select(_PERSON.email).where(_PERSON.id.in_(people)),
        select(_PERSON.email_key).where(_PERSON.id.in_(people)),
        select(PersonIdentifier.value).where(PersonIdentifier.person_id.in_(people)),
    )
    tx.execute(update(rows).where(rows.c.member_key.in_(names)).values(member_key=""), execution_options=_NO_SYNC)


def _hold_back_mail(tx: Transaction, people: Select[int]) -> None:
    """What waits to be sent has nobody to go to."""
    messages = known_tables()["message"]
    waits = messages.c.state.in_(("queued", "sending"))
    held_back = update(messages).where(_theirs(messages, people), waits).values(state="given_up")
    tx.execute(held_back, execution_options=_NO_SYNC)


def _empty_accounts(tx: Transaction, people: Select[int], now: datetime) -> None:
    account = Account.__table__.c
    name = literal("left:") + cast(account.id, String)
    emptied = (
        update(Account)
        .where(of_people(Account.__table__, people), account.id.not_in(select(Staff.account_id)))  # type: ignore[arg-type]
        .values(**FATES[ACCOUNT].values, email=name, email_key=name, disabled_at=now)
    )
    tx.execute(emptied, execution_options=_NO_SYNC)

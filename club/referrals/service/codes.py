"""One code a member, made once; where it was last shown is kept as a digest."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accounts.attempts import count_tries, from_address, may_try
from club.database import Transaction, is_sqlite, transaction
from club.members.models import Person, the_member
from club.offers.codes import new_code
from club.referrals.models import CODES, terms_now
from club.referrals.rules import browser_digest

MADE_AT_ONCE = 2_000


def code_for(db: Session, person_id: int, asking: Asking | None, now: datetime) -> str:
    """The member's code, made if there is none. Raises `UnknownMember`."""
    with transaction(db) as tx:
        the_member(tx, person_id)
        return code_in(tx, person_id, asking, now)


def show_name(db: Session, person_id: int, shows_name: bool, asking: Asking, now: datetime) -> None:
    """Whether friends are told the member's first name."""
    with transaction(db) as tx:
        the_member(tx, person_id)
        code_in(tx, person_id, asking, now)
        tx.execute(update(CODES).where(CODES.c.person_id == person_id).values(shows_name=shows_name))


def count_wrong_code(db: Session, asking: Asking, now: datetime) -> None:
    """Somebody typed or followed a code that nobody has; counts nothing while the club rewards nobody.

    Raises `TooManyTries` after ten from one network address.
    """
    with transaction(db) as tx:
        terms = terms_now(tx)
        if terms is None or not terms[1].is_open:
            return
        count_tries(tx, [from_address("friend.code", asking.address)], now)


def may_ask_for_a_code(db: Session, asking: Asking, now: datetime) -> bool:
    """Whether somebody is told whose a code is: not after ten wrong ones from their network address."""
    return may_try(db, from_address("friend.code", asking.address), now)


def code_in(tx: Transaction, person_id: int, asking: Asking | None, now: datetime) -> str:
    """The same as a step; what is known of the browser replaces what was."""
    seen = None if asking is None else browser_digest(asking.address, asking.browser)
    row = {"person_id": person_id, "code": new_code(), "shows_name": False, "made_at": now, "browser": seen}
    if seen is not None:
        row["browser_at"] = now
    add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(CODES).values(row)
    tx.execute(add.on_conflict_do_nothing(index_elements=["person_id"]))
    if seen is not None:
        tx.execute(update(CODES).where(CODES.c.person_id == person_id).values(browser=seen, browser_at=now))
    return str(tx.execute(select(CODES.c.code).where(CODES.c.person_id == person_id)).scalar_one())


def make_missing(db: Session, now: datetime) -> int:
    """A code for every member who can sign in and has none, so that sharing it takes no step more; how many."""
    made = 0
    has_one = select(CODES.c.person_id).where(CODES.c.person_id == Person.id).exists()
    without = (
        select(Person.id)
        .where(Person.member_number.is_not(None), Person.account_id.is_not(None), ~has_one)
        .order_by(Person.id)
        .limit(MADE_AT_ONCE)
    )
    while True:
        with transaction(db) as tx:
            found = tx.scalars(without).all()
            rows = [
                {"person_id": one, "code": new_code(), "shows_name": False, "made_at": now, "browser": None}
                for one in found
            ]
            if rows:
                add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(CODES)
                tx.execute(add.on_conflict_do_nothing(), rows)
        made += len(found)
        if len(found) < MADE_AT_ONCE:
            return made

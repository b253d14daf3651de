"""Members with birthdays, purchases and terms, and rules that give to them, for tests of gifts."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.gifts.models import GIFTS
from club.gifts.rules import Kind, Option, Rule, What
from club.gifts.service import add_rule
from club.members.models import Person
from club.offers.rules import Way
from club.permissions import Role
from club.points.models import BALANCES
from club.points.service import open_account
from club.texts import Texts
from club.tiers.rules import Ladder
from club.tiers.service import set_ladder
from tests.offer_world import an_offer, running
from tests.people import new_colleague
from tests.tier_world import add_member, rung

LADDER = Ladder((rung("member"), rung("silver", 400_00), rung("gold", 1_000_00)))


def climb(db: Session, now: datetime) -> None:
    """Silver at 400, gold at 1,000 within 12 months."""
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)


def member(db: Session, born: tuple[int, int] | None = None, joined: date = date(2020, 3, 1)) -> int:
    """Somebody with a points account."""
    member_id = add_member(db, joined)
    with transaction(db) as tx:
        open_account(tx, member_id)
        if born is not None:
            tx.execute(update(Person).where(Person.id == member_id).values(birth_month=born[0], birth_day=born[1]))
    return member_id


def a_rule(kind: Kind = Kind.BIRTHDAY, *options: Option, **other: object) -> Rule:
    """One that gives 100 points unless it says otherwise."""
    values: dict[str, object] = {"starts_on": date(2020, 1, 1), "options": options or (Option(What.POINTS, 100),)}
    return Rule(kind=kind, title=Texts({"en": "From us"}), **{**values, **other})  # type: ignore[arg-type]  # as named


def written(db: Session, rule: Rule, now: datetime) -> int:
    """Written by marketing."""
    who = new_colleague(db, now, Role.MARKETING).account_id
    return add_rule(db, rule, who, Role.MARKETING, now)


def a_voucher(db: Session, now: datetime) -> Option:
    """Of ten percent that comes as a gift alone."""
    return Option(What.VOUCHER, offer_id=running(db, an_offer(way=Way.ACTIVATE, only_given=True), now))


def given(db: Session) -> list[tuple[int, str, str, date]]:
    """Every gift: to whom, for what, in which state, on which day."""
    db.rollback()
    asked = select(GIFTS.c.person_id, GIFTS.c.occasion, GIFTS.c.state, GIFTS.c.due_on).order_by(
        GIFTS.c.person_id, GIFTS.c.due_on, GIFTS.c.id
    )
    return [tuple(row) for row in db.execute(asked)]


def active_points(db: Session) -> dict[int, int]:
    """Who can spend how many points."""
    db.rollback()
    rows = db.execute(select(BALANCES.c.member_id, BALANCES.c.active).where(BALANCES.c.active > 0))
    return {row.member_id: row.active for row in rows}

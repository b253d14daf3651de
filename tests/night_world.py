"""A small club in which every night has something to do, and all that nights may change, to compare."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from club.accounts.service import new_account
from club.database import transaction
from club.members.models import Person
from club.messages.models import Message
from club.night import NightStep
from club.notices.rules import Notice
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.rules import Earned
from club.points.service import earn, open_account
from club.programme import service as programme
from club.tiers.models import Status
from club.tiers.rules import Ladder
from club.tiers.service import reassess_all, set_ladder
from tests.tier_world import add_member, add_purchase, rung

FIRST = date(2026, 5, 28)
LAST = date(2026, 6, 9)
NIGHTS = (LAST - FIRST).days + 1
LONG_BEFORE = datetime(2025, 5, 1, 9, 0, tzinfo=UTC)


def closing(day: date) -> datetime:
    """A few minutes after the day has closed in Madrid."""
    return datetime(day.year, day.month, day.day, 22, 5, tzinfo=UTC)


def build(db: Session, members: int = 6) -> None:
    """Members with points that wait and points that end, and terms that run out, spread over the nights."""
    programme.set_up(db, programme.defaults(LONG_BEFORE.date()), LONG_BEFORE)
    ladder = Ladder((rung("member"), rung("silver", 100_00), rung("gold", 500_00)), validity_months=12, grace_days=7)
    set_ladder(db, ladder, LONG_BEFORE.date(), None, LONG_BEFORE)
    for number in range(members):
        address = f"m{number}@example.org"
        member_id = add_member(db, email=address)
        bought_on = LONG_BEFORE.date() + timedelta(days=2 + number % 15)
        purchase_id = add_purchase(db, member_id, bought_on, (number % 7) * 120_00)
        add_purchase(db, member_id, FIRST - timedelta(days=3 + number % 5), (number % 3) * 20_00)
        with transaction(db) as tx:
            account_id = new_account(tx, address, "es", None, LONG_BEFORE)
            tx.execute(update(Person).where(Person.id == member_id).values(account_id=account_id))
            open_account(tx, member_id)
            for lot in range(3):
                day = FIRST + timedelta(days=(number * 5 + lot * 4) % NIGHTS)
                expires = day + timedelta(days=lot * 2) if lot else None
                earned = Earned(
                    member_id, "purchase.earned", purchase_id * 10 + lot, 100 + number + lot, bought_on, day, expires
                )
                earn(tx, earned, bought_on, LONG_BEFORE)
    reassess_all(db, date(2025, 5, 20), LONG_BEFORE)


def outcome(db: Session) -> dict[str, list[object]]:
    """What stands in the end, without row numbers and without the moments of writing."""
    db.rollback()
    return {
        "movements": _sorted(
            db,
            *(MOVEMENTS.c[name] for name in ("member_id", "kind", "cause_id", "dated_on", "active", "pending", "debt")),
        ),
        "lots": _sorted(db, *(LOTS.c[name] for name in ("member_id", "id", "pending", "active", "held"))),
        "balances": _sorted(db, *(BALANCES.c[name] for name in ("member_id", "active", "pending", "held", "debt"))),
        "terms": _sorted(
            db, Status.member_id, Status.rung_key, Status.since, Status.until, Status.how, Status.ended_on
        ),
        "mails": _sorted(db, Message.act, Message.addressee, where=Message.act.not_in(list(Notice))),
        "notices": _sorted(db, Message.act, Message.addressee, Message.occurrence, where=Message.act.in_(list(Notice))),
        "nights": _sorted(db, NightStep.day, NightStep.step, NightStep.done_at.is_not(None)),
    }


def _sorted(db: Session, *columns: object, where: ColumnElement[bool] | None = None) -> list[object]:
    query = select(*columns)  # type: ignore[call-overload]
    rows = [tuple(row) for row in db.execute(query if where is None else query.where(where))]
    return sorted(rows, key=str)

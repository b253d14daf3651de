"""What happens every club day, in order, once the day is over.

What left long ago is taken as delivered, what members had ordered as guests becomes theirs, points whose waiting ends
become active, tiers whose term ends are looked at again, gifts of the next day are given, points that are due expire,
what nobody asks for any more is forgotten, prices that begin or end with the day turn, vouchers whose last day is over
come to an end, what guests of old events told is forgotten, whoever brought a friend is rewarded with them, what
strangers asked long ago is forgotten, whoever left 30 days ago is forgotten, notices, statements and greetings of the
next day are written, and on its day the one mail of a week or month, the figures are made anew, whoever is late or came
back moves in the register of lost customers, and everybody's stage follows.
Every step is claimed with a lease and done in transactions of its own, and is harmless when done again: run twice, by
two processes, killed half way, a day or a month late, the end is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import String, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from club.accounts import service as accounts
from club.approvals import service as approvals
from club.carts import service as carts
from club.catalogue.service import nightly as catalogue
from club.clock import ONE_DAY, club_day
from club.database import Base, is_sqlite, transaction
from club.events import service as events
from club.gifts import service as gifts
from club.household import service as households
from club.insight import service as insight
from club.lost import service as lost
from club.messages import digests
from club.notices import service as notices
from club.offers import service as offers
from club.orders.service import claiming, delivering
from club.payments import service as payments
from club.pipeline import service as pipeline
from club.points import service as points
from club.privacy import forgetting
from club.programme.rules import Club
from club.referrals import service as referrals
from club.support import service as support
from club.tiers import service as tiers

LEASE = timedelta(minutes=10)
"""How long a step belongs to whoever began it; the longest one of a million members takes seconds."""

Work = Callable[[Session, date, datetime], int]


class NightStep(Base):
    """One step of one club day: claimed with a lease, done once."""

    __tablename__ = "night_step"

    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(24), primary_key=True)
    leased_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
    changed: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class StepDone:
    """What one step of one day changed."""

    day: date
    step: str
    changed: int


@dataclass(frozen=True)
class Night:
    """What a run did. `is_whole`: nothing is left to do, by this process or another."""

    done: tuple[StepDone, ...]
    is_whole: bool


def _activate(db: Session, day: date, now: datetime) -> int:
    """A night ends with the day after: what is active from that day on becomes so before anybody is awake."""
    return points.activate_due(db, day + ONE_DAY, now)


def _forget(db: Session, day: date, now: datetime) -> int:
    return accounts.forget_old(db, now) + households.forget_old(db, now)


def _forget_carts(db: Session, day: date, now: datetime) -> int:
    return carts.forget_old(db, now)


STEPS: tuple[tuple[str, Work], ...] = (
    ("orders", delivering.night),
    ("orders.claim", claiming.night),
    ("points.activate", _activate),
    ("tiers", tiers.night),
    ("gifts", gifts.night),
    ("points.expire", points.expire_due),
    ("forget", _forget),
    ("catalogue", catalogue.night),
    ("carts", _forget_carts),
    ("offers", offers.night),
    ("events", events.night),
    ("referrals", referrals.night),
    ("approvals", approvals.expire_old),
    ("support", support.night),
    ("leaving", forgetting.night),
    ("notices", notices.night),
    ("digests", digests.night),
    ("payments", payments.night),
    ("insight", insight.night),
    ("lost", lost.night),
    ("pipeline", pipeline.night),
)


def last_closed_day(club: Club, now: datetime) -> date:
    """The day before the one it is in the club: a day closes at 24:00 club time."""
    return club_day(now, club.time_zone) - ONE_DAY


def run(make_session: sessionmaker[Session], day: date, now: datetime) -> Night:
    """Do the nights after the last finished day up to `day`, each in its order; the very first run does `day` alone.

    Stops where another process is at work on a step: that one goes on, or its lease ends and the next run does.
    """
    done: list[StepDone] = []
    with make_session() as db:
        for missed in _missed_days(db, day):
            for step, work in STEPS:
                if _is_done(db, missed, step):
                    continue
                if not _claim(db, missed, step, now):
                    return Night(tuple(done), is_whole=False)
                changed = work(db, missed, now)
                _finish(db, missed, step, changed, now)
                done.append(StepDone(missed, step, changed))
    return Night(tuple(done), is_whole=True)


def is_behind(db: Session, day: date) -> bool:
    """Whether the night of `day` is not finished yet."""
    finished = last_finished_day(db)
    return finished is None or finished < day


def last_finished_day(db: Session) -> date | None:
    """The latest day whose last step is done."""
    last_step = STEPS[-1][0]
    return db.scalar(select(func.max(NightStep.day)).where(NightStep.step == last_step, NightStep.done_at.is_not(None)))


def _missed_days(db: Session, day: date) -> list[date]:
    finished = last_finished_day(db)
    begun = db.scalar(select(func.min(NightStep.day)))
    first = finished + ONE_DAY if finished else min(begun or day, day)
    return [first + ONE_DAY * number for number in range((day - first).days + 1)]


def _is_done(db: Session, day: date, step: str) -> bool:
    found = select(NightStep.done_at).where(NightStep.day == day, NightStep.step == step)
    return db.scalar(found) is not None


def _claim(db: Session, day: date, step: str, now: datetime) -> bool:
    """Take a step that nobody has, or whose owner let the lease end."""
    insert = sqlite_insert if is_sqlite(db) else postgresql_insert
    with transaction(db) as tx:
        statement = insert(NightStep).values(day=day, step=step, leased_until=now + LEASE, changed=0)
        claimed = tx.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "step"],
                set_={"leased_until": statement.excluded.leased_until},
                where=NightStep.done_at.is_(None) & (NightStep.leased_until <= now),
            ).returning(NightStep.step)
        ).first()
    return claimed is not None


def _finish(db: Session, day: date, step: str, changed: int, now: datetime) -> None:
    """Two at the same step, the second after the first one's lease: what both changed is added up."""
    with transaction(db) as tx:
        tx.execute(
            update(NightStep)
            .where(NightStep.day == day, NightStep.step == step)
            .values(done_at=now, changed=NightStep.changed + changed)
            .execution_options(synchronize_session=False)
        )

"""The steps from an empty club to its first member, and which of them were put aside."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Exists, ForeignKey, String, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.models import Account, Staff
from club.accrual.models import EarningRule
from club.database import Base
from club.intake.models import ImportRun
from club.members.models import Person
from club.messages.models import Message
from club.programme.models import find_club
from club.programme.service import DEFAULTS
from club.purchases.models import Purchase
from club.tiers.models import LadderVersion


class Step(StrEnum):
    """What a club needs, in the order in which it is best done."""

    BRAND = "brand"
    RULES = "rules"
    """Before the import: what comes in earns by them."""
    IMPORT = "import"
    TIERS = "tiers"
    """After it: they can be made of the club's own purchases."""
    STAFF = "staff"
    MAIL = "mail"
    MEMBER = "member"


WHOLE_LIST = "list"
"""The key under which the list itself is put aside."""
CAN_BE_SKIPPED = frozenset({Step.IMPORT, Step.STAFF, Step.MAIL})
"""A club may have nothing to bring along, nobody else at work, and no mail server yet."""


class SetupStep(Base):
    """A step, or the whole list, that the club does not want to see any more."""

    __tablename__ = "setup_step"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


@dataclass(frozen=True)
class StepState:
    """One line of the list."""

    step: Step
    is_done: bool
    is_skipped: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do here."""
        return self.is_done or self.is_skipped


def setup_steps(db: Session) -> list[StepState]:
    """The seven steps of a club that is being set up; empty once the list was put aside."""
    aside = set(db.scalars(_ASIDE))
    if WHOLE_LIST in aside:
        return []
    club = find_club(db)
    found = db.execute(_SEEN).one()
    done = {**found._mapping, Step.BRAND: club is not None and club.name != DEFAULTS.name}
    return [StepState(step, bool(done[step]), step in aside) for step in Step]


def _seen_in_rows() -> dict[Step, Exists | ColumnElement[bool]]:
    """What tells that a step is done; every one is answered by the first row that is found."""
    at_work = (
        select(func.count())
        .select_from(Staff)
        .join(Account, Account.id == Staff.account_id)
        .where(Staff.disabled_at.is_(None), Account.disabled_at.is_(None))
        .scalar_subquery()
    )
    return {
        Step.TIERS: exists().where(LadderVersion.id.is_not(None)),
        Step.RULES: exists().where(EarningRule.withdrawn_at.is_(None)),
        Step.IMPORT: exists().where(ImportRun.finished_at.is_not(None)) | exists().where(Purchase.id.is_not(None)),
        Step.STAFF: at_work > 1,
        Step.MAIL: exists().where(Message.state == "sent"),
        Step.MEMBER: exists().where(Person.member_number.is_not(None)),
    }


_ASIDE = select(SetupStep.__table__.c.key)
_SEEN = select(*(condition.label(step) for step, condition in _seen_in_rows().items()))

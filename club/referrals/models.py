"""Referrals: the terms in versions, one code a member, and one row for every friend."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Row, String, Table, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.offers.codes import LENGTH
from club.programme.models import remembered
from club.referrals.rules import Reward, RewardKind, Terms
from club.texts import Texts

_STATES = "'invited', 'joined', 'bought', 'rewarded', 'review', 'refused', 'taken_back'"


class ReferralTerms(Base):
    """One version of what bringing a friend brings. Never changed: a friend's holds from when they joined."""

    __tablename__ = "referral_terms"
    __table_args__ = (
        CheckConstraint("referrer_kind IN ('points', 'voucher', 'none')", name="referrer_kind_known"),
        CheckConstraint("friend_kind IN ('points', 'voucher', 'none')", name="friend_kind_known"),
        CheckConstraint("referrer_points >= 0 AND friend_points >= 0 AND least_amount >= 0", name="values_positive"),
        CheckConstraint("wait_days >= 0 AND yearly_limit > 0", name="limits_positive"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    is_open: Mapped[bool]
    referrer_kind: Mapped[str] = mapped_column(String(8))
    referrer_points: Mapped[int] = mapped_column(BigId)
    referrer_offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    friend_kind: Mapped[str] = mapped_column(String(8))
    friend_points: Mapped[int] = mapped_column(BigId)
    friend_offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    least_amount: Mapped[int] = mapped_column(BigId)
    wait_days: Mapped[int]
    yearly_limit: Mapped[int]
    landing: Mapped[Texts]
    asks_phone: Mapped[bool]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it: the same form again writes no second one."""


class ReferralCode(Base):
    """The code of one member, in every link of theirs. `browser`: where it was last shown, as a digest."""

    __tablename__ = "referral_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    shows_name: Mapped[bool]
    """Whether friends are told the first name."""
    made_at: Mapped[datetime]
    browser: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    browser_at: Mapped[datetime | None]
    """When it was last shown there: forgotten like all digests."""


class Referral(Base):
    """One friend of one member. Ids, numbers and digests only; digests go once it is over."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint("way IN ('link', 'mail', 'counter')", name="way_known"),
        CheckConstraint("(state = 'invited') = (friend_id IS NULL)", name="friend_once_joined"),
        CheckConstraint("(state IN ('rewarded', 'taken_back')) = (rewarded_at IS NOT NULL)", name="rewarded_some_time"),
        CheckConstraint("state <> 'rewarded' OR purchase_id IS NOT NULL", name="rewarded_for_something"),
        CheckConstraint("referrer_points >= 0 AND friend_points >= 0", name="points_positive"),
        Index("ix_referral_referrer_id", "referrer_id", "id"),
        Index(
            "uq_referral_friend_id", "friend_id", unique=True,
            sqlite_where=text("friend_id IS NOT NULL"), postgresql_where=text("friend_id IS NOT NULL"),
        ),
        Index("ix_referral_state", "state", "id"),
        Index("ix_referral_due_on", "due_on", sqlite_where=text("state = 'bought'"),
              postgresql_where=text("state = 'bought'")),
        Index("ix_referral_purchase_id", "purchase_id"),
        Index("ix_referral_mailbox", "mailbox"),
        Index("ix_referral_browser", "referrer_id", "browser"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    terms_id: Mapped[int] = mapped_column(ForeignKey("referral_terms.id"))
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12))
    cause: Mapped[str] = mapped_column(String(12), server_default="")
    """Why it does not count, or was taken back."""
    invited_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    joined_on: Mapped[date | None]
    purchase_id: Mapped[int | None] = mapped_column(BigId)
    """The first one that counts. No foreign key: an import that brought it can be taken back."""
    bought_on: Mapped[date | None]
    due_on: Mapped[date | None]
    """The first day on which the reward comes; unknown while the goods are on their way."""
    rewarded_at: Mapped[datetime | None]
    referrer_points: Mapped[int] = mapped_column(BigId, default=0)
    """What was given."""
    friend_points: Mapped[int] = mapped_column(BigId, default=0)
    referrer_voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    friend_voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    is_over_limit: Mapped[bool] = mapped_column(default=False)
    """The member had reached the year's limit: only the friend was rewarded."""
    taken_back_at: Mapped[datetime | None]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    is_approved: Mapped[bool] = mapped_column(default=False)
    """A colleague looked at the evidence and let it count."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    mailbox: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    browser: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    version: Mapped[int] = mapped_column(default=1)


TERMS: Table = ReferralTerms.__table__  # type: ignore[assignment]  # every mapped class has a table
CODES: Table = ReferralCode.__table__  # type: ignore[assignment]  # likewise
REFERRALS: Table = Referral.__table__  # type: ignore[assignment]  # likewise


# --- queries


def terms_in(row: Row[Any]) -> Terms:
    """A row of `referral_terms`, whatever else is in it."""
    return Terms(
        is_open=row.is_open,
        referrer=Reward(RewardKind(row.referrer_kind), row.referrer_points, row.referrer_offer_id),
        friend=Reward(RewardKind(row.friend_kind), row.friend_points, row.friend_offer_id),
        least_amount=row.least_amount,
        wait_days=row.wait_days,
        yearly_limit=row.yearly_limit,
        landing=row.landing,
        asks_phone=row.asks_phone,
    )


def all_terms(db: Session) -> dict[int, Terms]:
    """Every version by its id, the newest last; remembered in the process until the programme's stamp rises."""
    return remembered(db, "referral_terms", _read_terms)


def terms_now(db: Session) -> tuple[int, Terms] | None:
    """The version that stands, open or closed; None: the club has written none."""
    known = all_terms(db)
    return None if not known else max(known.items())


def _read_terms(db: Session) -> dict[int, Terms]:
    return {row.id: terms_in(row) for row in db.execute(select(TERMS).order_by(TERMS.c.id))}

"""Offers, whom they were picked for, vouchers, codes of partners, and every use."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    false,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.offers.codes import LENGTH
from club.offers.rules import LONGEST_NOTE, Kind, Offer, Phase, Place, Way, Who, phase
from club.programme.models import remembered
from club.texts import Texts

LONGEST_CODE = 100
"""Of a partner."""
LONGEST_CAUSE = 16


class OfferRow(Base):
    """An offer. What holds today follows from its dates, `published_at` and `ended_at`.

    `taken` counts against `limit_all`: uses of an automatic offer, vouchers of every other one. `spent` counts against
    `budget`. Both only ever move by guarded updates.
    """

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('percent', 'amount', 'gift', 'free_delivery', 'multiplier', 'partner')", name="kind_known"
        ),
        CheckConstraint("who IN ('all', 'rung', 'picked')", name="who_known"),
        CheckConstraint("way IN ('automatic', 'activate', 'redeem')", name="way_known"),
        CheckConstraint("place IN ('shop', 'counter', 'both')", name="place_known"),
        CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name="rung_where_asked"),
        CheckConstraint("(way = 'redeem') = (points > 0)", name="points_where_asked"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
        CheckConstraint("taken >= 0 AND (limit_all IS NULL OR taken <= limit_all)", name="taken_within_limit"),
        CheckConstraint("spent >= 0", name="spent_positive"),
        Index("ix_offer_ends_on", "ends_on", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[Texts]
    words: Mapped[Texts]
    condition: Mapped[Texts]
    who: Mapped[str] = mapped_column(String(8))
    rung_key: Mapped[str | None] = mapped_column(String(40))
    way: Mapped[str] = mapped_column(String(12))
    place: Mapped[str] = mapped_column(String(8))
    percent: Mapped[int]
    amount: Mapped[int] = mapped_column(BigId)
    gift_variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    gift_quantity: Mapped[int]
    points: Mapped[int] = mapped_column(BigId)
    least_goods: Mapped[int] = mapped_column(BigId)
    products: Mapped[list[int]] = mapped_column(JSON)
    categories: Mapped[list[int]] = mapped_column(JSON)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    voucher_days: Mapped[int | None]
    limit_all: Mapped[int | None] = mapped_column(BigId)
    limit_member: Mapped[int | None] = mapped_column(BigId)
    budget: Mapped[int | None] = mapped_column(BigId)
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    """For colleagues."""
    only_given: Mapped[bool] = mapped_column(default=False, server_default=false())
    held_back_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    taken: Mapped[int] = mapped_column(BigId, default=0)
    spent: Mapped[int] = mapped_column(BigId, default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it: the same form again writes no second one."""


class OfferPerson(Base):
    """Somebody for whom an offer was picked by hand."""

    __tablename__ = "offer_person"
    __table_args__ = (Index("ix_offer_person_person_id", "person_id"),)

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class Voucher(Base):
    """One use of an offer in somebody's hand. `cause_kind` and `cause_id`: the order or purchase that has it."""

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'held', 'used', 'undone', 'expired', 'ended')", name="state_known"),
        CheckConstraint("(state IN ('held', 'used')) = (cause_id IS NOT NULL)", name="caused_where_used"),
        CheckConstraint("(cause_id IS NULL) = (cause_kind IS NULL)", name="cause_whole"),
        Index("ix_voucher_person_id", "person_id", "state", "id"),
        Index("ix_voucher_offer_id", "offer_id", "person_id"),
        Index("ix_voucher_cause", "cause_kind", "cause_id"),
        Index("ix_voucher_good_until", "state", "good_until"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime]
    good_until: Mapped[date | None]
    """The last day."""
    points: Mapped[int] = mapped_column(BigId, default=0)
    """What it was redeemed for."""
    hold_id: Mapped[int | None] = mapped_column(BigId)
    """The hold of these points."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that made it: the same form again makes no second one."""
    cause_kind: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE))
    cause_id: Mapped[int | None] = mapped_column(BigId)
    ended_at: Mapped[datetime | None]
    """When it was used, taken back, or came to nothing."""


class PartnerCode(Base):
    """A code of a partner, given out once with a voucher."""

    __tablename__ = "partner_code"
    __table_args__ = (
        UniqueConstraint("offer_id", "code"),
        Index("ix_partner_code_voucher_id", "voucher_id", unique=True),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    code: Mapped[str] = mapped_column(String(LONGEST_CODE))
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))


class OfferUse(Base):
    """An offer used for one order or purchase, once. `cost` is what the club gave: minor units, or points."""

    __tablename__ = "offer_use"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'used', 'given_back')", name="state_known"),
        CheckConstraint("cost >= 0 AND saves >= 0", name="values_positive"),
        CheckConstraint("(state = 'given_back') = (given_back_at IS NOT NULL)", name="given_back_at_some_time"),
        Index("ix_offer_use_cause", "cause_kind", "cause_id"),
        Index("ix_offer_use_offer_id", "offer_id", "person_id"),
        Index("ix_offer_use_person_id", "person_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    cause_kind: Mapped[str] = mapped_column(String(LONGEST_CAUSE))
    """order, purchase, or voucher: shown at the counter without a sale."""
    cause_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(10))
    saves: Mapped[int] = mapped_column(BigId)
    """Minor units that it took off."""
    cost: Mapped[int] = mapped_column(BigId)
    used_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who used it at the counter."""
    given_back_at: Mapped[datetime | None]


OFFERS: Table = OfferRow.__table__  # type: ignore[assignment]  # every mapped class has a table
VOUCHERS: Table = Voucher.__table__  # type: ignore[assignment]  # likewise
USES: Table = OfferUse.__table__  # type: ignore[assignment]  # likewise
PICKED: Table = OfferPerson.__table__  # type: ignore[assignment]  # likewise
PARTNER_CODES: Table = PartnerCode.__table__  # type: ignore[assignment]  # likewise


@dataclass(frozen=True)
class OfferView:
    """An offer as it is stored."""

    id: int
    version: int
    offer: Offer
    published_at: datetime | None
    ended_at: datetime | None
    taken: int
    spent: int

    def phase(self, day: date) -> Phase:
        """Where it stands on a day."""
        return phase(
            self.offer, is_published=self.published_at is not None, is_ended=self.ended_at is not None, day=day
        )

    def is_live(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.phase(day) is Phase.LIVE

    @property
    def left(self) -> int | None:
        """How many more of it may be taken; None: no end."""
        return None if self.offer.limit_all is None else max(0, self.offer.limit_all - self.taken)

    @property
    def budget_left(self) -> int | None:
        """What is left of its budget; None: no end."""
        return None if self.offer.budget is None else max(0, self.offer.budget - self.spent)


# --- queries


def view_of(row: Row[*tuple[Any, ...]]) -> OfferView:
    """A row of `offer`, whatever else is in it."""
    return OfferView(row.id, row.version, _offer_in(row), row.published_at, row.ended_at, row.taken, row.spent)


def the_offer(db: Session, offer_id: int) -> OfferView:
    """One offer. Raises `NotFound`."""
    row = db.execute(select(OFFERS).where(OFFERS.c.id == offer_id)).one_or_none()
    if row is None:
        raise NotFound
    return view_of(row)


def published_offers(db: Session) -> dict[int, OfferView]:
    """Those that were published and not ended by hand, remembered in the process until the programme's stamp rises.

    `taken` and `spent` are of that moment: what counts is asked for again.
    """
    return remembered(db, "offers", _published)


def _published(db: Session) -> dict[int, OfferView]:
    rows = db.execute(
        select(OFFERS).where(OFFERS.c.published_at.is_not(None), OFFERS.c.ended_at.is_(None)).order_by(OFFERS.c.id)
    )
    return {row.id: view_of(row) for row in rows}


def _offer_in(row: Row[*tuple[Any, ...]]) -> Offer:
    return Offer(
        kind=Kind(row.kind),
        title=row.title,
        words=row.words,
        condition=row.condition,
        who=Who(row.who),
        rung_key=row.rung_key,
        way=Way(row.way),
        place=Place(row.place),
        percent=row.percent,
        amount=row.amount,
        gift_variant_id=row.gift_variant_id,
        gift_quantity=row.gift_quantity,
        points=row.points,
        least_goods=row.least_goods,
        products=tuple(row.products),
        categories=tuple(row.categories),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        voucher_days=row.voucher_days,
        limit_all=row.limit_all,
        limit_member=row.limit_member,
        budget=row.budget,
        note=row.note,
        only_given=row.only_given,
        held_back_percent=row.held_back_percent,
    )

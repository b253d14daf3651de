"""The ledger's tables. Movements and lot entries are append-only; lots and balances are what they add up to.

One movement is one row: its legs are columns, one an account, and they sum to zero (the database checks it). A lot is
born with a movement (its first values are that movement's legs); whatever happens to it later is a lot entry. A credit
to active pays the debt first: the lot then shows as active only what is left (`points` 100, `active` 70: 30 paid a
debt), and `points` - pending - active - held is always what has left it.

What happens, by `kind`; the cause is unique with it for ever; `why` carries numbers and ids that explain it:

kind               cause            legs                                    why
X.earned           what earned it   pending or active (+ debt) / issued     see below
lot.activated      lot              pending → active (+ debt)               -
lot.expired        lot              active → expired                        -
X.held             hold             active → held                           cause (the order, voucher …)
X.released         hold             held → active (+ debt)                  cause
X.spent            hold             held → redeemed                         cause
X.given_back       what gave back   redeemed → active (+ debt)              hold, cause
shared.held        part of a hold   active → held                           cause, for (X), by (who spends)
shared.released    part of a hold   held → active (+ debt)                  cause, for, by
shared.spent       part of a hold   held → redeemed                         cause, for, by
shared.given_back  part given back  redeemed → active (+ debt)              hold, cause, for, by
X.reversed         the correction   pending, active, debt → reversed        asked, expired, and what the caller adds
points.adjusted    audit entry      active (+ debt) ↔ adjusted              -
transfer.sent      transfer         active → adjusted                       -
transfer.received  transfer         adjusted → active (+ debt)              -
transfer.taken     transfer         active, debt → adjusted                 -
transfer.returned  transfer         adjusted → active (+ debt)              -
earning.undone     lot              the mirror of X.earned                  -
expiry.undone      lot              the mirror of lot.expired               -
reversal.undone    the correction   the mirror of X.reversed                -

X names the act: purchase.earned, purchase.reversed, join.earned, opening.earned (a balance brought from an older
system); order.held, order.spent … `why` of purchase.earned: amount, points and per_amount (the base rate),
multiplier_percent, rung_key, campaign_id, campaign_percent, rule_id. `asked` of a reversal are the points that the
returned goods had earned, `expired` how many points of their lot had ended unused by then.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId

MEMBER_ACCOUNTS = ("active", "pending", "held", "debt")
CLUB_ACCOUNTS = ("issued", "redeemed", "expired", "reversed", "adjusted")


class Movement(Base):
    """One change with one cause. Each account column is what the act adds to that account.

    Member: `active` can be spent, `pending` waits for the return window, `held` belongs to an open order, `debt` is
    what the member owes (zero or below). Club, the other side: `issued` falls when points are given, `redeemed`,
    `expired` and `reversed` rise when they end, `adjusted` takes changes by hand.
    """

    __tablename__ = "points_movement"
    __table_args__ = (
        UniqueConstraint("kind", "cause_id"),
        CheckConstraint(
            "active + pending + held + debt + issued + redeemed + expired + reversed + adjusted = 0", name="balanced"
        ),
        Index("ix_points_movement_member", "member_id", "dated_on", "id"),
        Index(
            "ix_points_movement_undoes_id",
            "undoes_id",
            sqlite_where=text("undoes_id IS NOT NULL"),
            postgresql_where=text("undoes_id IS NOT NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(32))
    cause_id: Mapped[int] = mapped_column(BigId)
    """The row that caused it: a purchase, a correction, a lot, a hold, an audit entry. Unique with `kind` for ever."""
    dated_on: Mapped[date]
    """The club day it belongs to: an imported purchase keeps its own."""
    posted_at: Mapped[datetime]
    active: Mapped[int] = mapped_column(BigId, default=0)
    pending: Mapped[int] = mapped_column(BigId, default=0)
    held: Mapped[int] = mapped_column(BigId, default=0)
    debt: Mapped[int] = mapped_column(BigId, default=0)
    issued: Mapped[int] = mapped_column(BigId, default=0)
    redeemed: Mapped[int] = mapped_column(BigId, default=0)
    expired: Mapped[int] = mapped_column(BigId, default=0)
    reversed: Mapped[int] = mapped_column(BigId, default=0)
    adjusted: Mapped[int] = mapped_column(BigId, default=0)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("points_movement.id"))
    """The movement that this one takes back, whole or in part: a reversal its earning, a give-back its spending."""
    why: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    """Numbers and ids that explain it: rates, multipliers, rule ids, amounts."""


class MovementNote(Base):
    """The words and the author of a change by hand; erasure can clear the words."""

    __tablename__ = "points_note"

    movement_id: Mapped[int] = mapped_column(ForeignKey("points_movement.id"), primary_key=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    words: Mapped[str] = mapped_column(Text)


class Lot(Base):
    """Points that came together and expire together. `points` = pending + active + held + what has left it."""

    __tablename__ = "points_lot"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("pending >= 0 AND active >= 0 AND held >= 0", name="parts_positive"),
        CheckConstraint("pending + active + held <= points", name="parts_within"),
        CheckConstraint("taken_back >= 0 AND taken_back <= points", name="taken_back_range"),
        Index(
            "ix_points_lot_spendable",
            "member_id",
            "expires_on",
            "earned_on",
            "id",
            sqlite_where=text("active > 0"),
            postgresql_where=text("active > 0"),
        ),
        Index(
            "ix_points_lot_expiring",
            "expires_on",
            sqlite_where=text("active > 0"),
            postgresql_where=text("active > 0"),
        ),
        Index(
            "ix_points_lot_activating",
            "activates_on",
            sqlite_where=text("pending > 0"),
            postgresql_where=text("pending > 0"),
        ),
        Index("ix_points_lot_movement_id", "movement_id"),
        Index(
            "ix_points_lot_parent_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    movement_id: Mapped[int] = mapped_column(ForeignKey("points_movement.id"))
    """The movement that made it."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("points_lot.id"))
    """The lot whose points were given back too late to return into it."""
    points: Mapped[int] = mapped_column(BigId)
    pending: Mapped[int] = mapped_column(BigId)
    active: Mapped[int] = mapped_column(BigId)
    held: Mapped[int] = mapped_column(BigId, default=0)
    taken_back: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    """How many of its points belonged to goods that came back; what of them had expired unused was not reversed."""
    earned_on: Mapped[date]
    activates_on: Mapped[date | None]
    """The first day on which it can be spent; unknown until the goods are delivered."""
    expires_on: Mapped[date | None]
    """The last day on which it can be spent; unknown or never."""


class LotEntry(Base):
    """What one movement did to one lot after the lot was made. Append-only."""

    __tablename__ = "points_lot_entry"
    __table_args__ = (
        UniqueConstraint("movement_id", "lot_id"),
        Index("ix_points_lot_entry_lot_id", "lot_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("points_movement.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("points_lot.id"))
    pending: Mapped[int] = mapped_column(BigId, default=0)
    active: Mapped[int] = mapped_column(BigId, default=0)
    held: Mapped[int] = mapped_column(BigId, default=0)


class Hold(Base):
    """Points set aside for something unfinished; ends once, spent or released."""

    __tablename__ = "points_hold"
    __table_args__ = (
        UniqueConstraint("kind", "cause_id"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("state IN ('open', 'spent', 'released')", name="state_known"),
        Index("ix_points_hold_member_id", "member_id"),
        Index(
            "ix_points_hold_part_of",
            "part_of",
            sqlite_where=text("part_of IS NOT NULL"),
            postgresql_where=text("part_of IS NOT NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(32))
    """What it is for: order, voucher, …"""
    cause_id: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)
    shared: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    """How many of them others of the household gave; their parts hold them."""
    part_of: Mapped[int | None] = mapped_column(BigId)
    """The hold of whoever spends; this one is its giver's part."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    given_back: Mapped[int] = mapped_column(BigId, default=0)
    """Of the spent points, how many came back with returned goods."""
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PartBack(Base):
    """A part of a hold came back with a movement of the whole: the cause of `shared.given_back`."""

    __tablename__ = "points_part_back"
    __table_args__ = (UniqueConstraint("hold_id", "movement_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("points_hold.id"))
    movement_id: Mapped[int] = mapped_column(ForeignKey("points_movement.id"))


class Opening(Base):
    """Points that a member brought from an older system: the cause of `opening.earned`."""

    __tablename__ = "points_opening"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("points >= 0", name="points_positive"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reference: Mapped[str] = mapped_column(String(100))
    points: Mapped[int] = mapped_column(BigId)
    expires_on: Mapped[date | None]
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Digest of its row, to tell the same one from another one under its reference."""


class Balance(Base):
    """What a member has: the sum of all movements, kept for guarded updates. Made with the member."""

    __tablename__ = "points_balance"
    __table_args__ = (CheckConstraint("active >= 0 AND pending >= 0 AND held >= 0 AND debt <= 0", name="signs"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    active: Mapped[int] = mapped_column(BigId, default=0)
    pending: Mapped[int] = mapped_column(BigId, default=0)
    held: Mapped[int] = mapped_column(BigId, default=0)
    debt: Mapped[int] = mapped_column(BigId, default=0)


MOVEMENTS = Base.metadata.tables[Movement.__tablename__]
LOTS = Base.metadata.tables[Lot.__tablename__]
STILL_ACTIVE = LOTS.c.active > literal_column("0")
"""Lots with points that can be spent: in the words of their index, so that a prepared statement may rest on it."""
LOT_ENTRIES = Base.metadata.tables[LotEntry.__tablename__]
HOLDS = Base.metadata.tables[Hold.__tablename__]
PART_BACKS = Base.metadata.tables[PartBack.__tablename__]
BALANCES = Base.metadata.tables[Balance.__tablename__]
OPENINGS = Base.metadata.tables[Opening.__tablename__]
NOTES = Base.metadata.tables[MovementNote.__tablename__]

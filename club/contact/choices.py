"""How somebody wants to be written to, beside their consents: how often, not before which day, and by which key."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from secrets import token_hex

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import Base, BigId, Transaction, is_sqlite
from club.members.models import Person

LONGEST_KEY = 32


class Often(StrEnum):
    """How often what can be collected comes."""

    EACH = "each"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ContactChoice(Base):
    """One row for whoever chose something or got a mail that can be refused.

    `key` opens the page of choices without signing in: it stands in every such mail, and shows nothing of the person.
    """

    __tablename__ = "contact_choice"
    __table_args__ = (
        CheckConstraint("often IN ('each', 'weekly', 'monthly')", name="often_known"),
        Index(
            "ix_contact_choice_often",
            "often",
            sqlite_where=text("often <> 'each'"),
            postgresql_where=text("often <> 'each'"),
        ),
    )

    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    often: Mapped[str] = mapped_column(String(8), default=Often.EACH.value)
    paused_until: Mapped[date | None]
    """The first day on which mails that can be refused come again."""


CHOICES = Base.metadata.tables[ContactChoice.__tablename__]


@dataclass(frozen=True)
class Chosen:
    """What somebody chose; whoever chose nothing gets each message by itself."""

    often: Often = Often.EACH
    paused_until: date | None = None

    def is_paused(self, day: date) -> bool:
        """Whether no mail that can be refused goes out on this day."""
        return self.paused_until is not None and day < self.paused_until


_CHOSEN = select(CHOICES.c.often, CHOICES.c.paused_until).where(CHOICES.c.person_id == bindparam("person_id"))


def chosen_by(db: Session, person_id: int) -> Chosen:
    """What somebody chose."""
    row = db.execute(_CHOSEN, {"person_id": person_id}).one_or_none()
    return Chosen() if row is None else Chosen(Often(row.often), row.paused_until)


def whose_key(db: Session, key: str) -> int | None:
    """The person whose page of choices a key opens; of a record that became part of another, that one."""
    if len(key) != LONGEST_KEY:
        return None
    whose = func.coalesce(Person.merged_into, Person.id)
    return db.scalar(select(whose).join(CHOICES, CHOICES.c.person_id == Person.id).where(CHOICES.c.key == key))


def key_of(tx: Transaction, person_id: int) -> str:
    """The key to somebody's choices, made when it is first needed."""
    add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(CHOICES)
    row = {"person_id": person_id, "key": token_hex(LONGEST_KEY // 2), "often": Often.EACH.value}
    tx.execute(add.values(row).on_conflict_do_nothing(index_elements=["person_id"]))
    key: str = tx.execute(select(CHOICES.c.key).where(CHOICES.c.person_id == person_id)).scalar_one()
    return key


def choose(tx: Transaction, person_id: int, chosen: Chosen) -> None:
    """Write what somebody chose."""
    key_of(tx, person_id)
    values = {"often": chosen.often.value, "paused_until": chosen.paused_until}
    tx.execute(update(CHOICES).where(CHOICES.c.person_id == person_id).values(values))

"""Views that staff keep, and tags."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.customers.rules import LONGEST_ADDRESS, LONGEST_TAG, LONGEST_VIEW_NAME
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound


class SavedView(Base):
    """A list of customers under a name: what follows the question mark of its address."""

    __tablename__ = "saved_view"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_VIEW_NAME))
    query: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose view it is; none: everybody's."""
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]


class Tag(Base):
    """A word that staff put on people. `name_key` is the folded name: one tag however it is typed."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("name_key"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_TAG))
    name_key: Mapped[str] = mapped_column(String(LONGEST_TAG))


class PersonTag(Base):
    """A tag on a person. What one act put on or took off can be undone by that act's audit entry."""

    __tablename__ = "person_tag"
    __table_args__ = (
        Index("ix_person_tag_person_id", "person_id"),
        Index("ix_person_tag_put_by", "put_by"),
        Index(
            "ix_person_tag_taken_by",
            "taken_by",
            sqlite_where=text("taken_by IS NOT NULL"),
            postgresql_where=text("taken_by IS NOT NULL"),
        ),
    )

    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    put_by: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"))
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("audit_entry.id"))
    """Set while the tag is off."""


# --- queries


@dataclass(frozen=True)
class View:
    """A saved view as the list shows it."""

    id: int
    name: str
    query: str
    owner_id: int | None
    made_by: int

    @property
    def is_for_all(self) -> bool:
        """Whether every member of staff sees it."""
        return self.owner_id is None


_V = SavedView.__table__.c
_VIEWS = (
    select(_V.id, _V.name, _V.query, _V.owner_id, _V.made_by)
    .where(or_(_V.owner_id == bindparam("account_id"), _V.owner_id.is_(None)))
    .order_by(_V.name, _V.id)
)


def views_for(db: Session, account_id: int) -> list[View]:
    """One's own views and everybody's, by name."""
    return [View(*row) for row in db.execute(_VIEWS, {"account_id": account_id})]


def the_view(db: Session, view_id: int, account_id: int) -> View:
    """A view that this account sees; raises `NotFound`."""
    found = [view for view in views_for(db, account_id) if view.id == view_id]
    if not found:
        raise NotFound
    return found[0]


_TAGS = select(Tag.__table__.c.id, Tag.__table__.c.name).order_by(Tag.__table__.c.name_key).limit(bindparam("most"))


def tags_known(db: Session, limit: int = 200) -> list[tuple[int, str]]:
    """Tags that there are, by name."""
    rows = db.execute(_TAGS, {"most": limit})
    return [(row.id, row.name) for row in rows]


_TAG, _CARRIED = Tag.__table__, PersonTag.__table__
_TAGS_OF = (
    select(_CARRIED.c.person_id, _TAG.c.id, _TAG.c.name)
    .join(_TAG, _TAG.c.id == _CARRIED.c.tag_id)
    .where(_CARRIED.c.person_id.in_(bindparam("person_ids", expanding=True)), _CARRIED.c.taken_by.is_(None))
    .order_by(_TAG.c.name_key)
)


def tags_of(db: Session, person_ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """Which tags these people carry, by name, in one question."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = db.execute(_TAGS_OF, {"person_ids": person_ids})
    for person_id, tag_id, name in rows:
        found.setdefault(person_id, []).append((tag_id, name))
    return found

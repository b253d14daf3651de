"""Whether members found an article helpful: one answer a member, which they may change."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.clock import club_day
from club.content.models import OPINIONS, shown_article
from club.content.rules import Reader, may_read
from club.database import is_sqlite, transaction
from club.errors import NotFound
from club.programme.models import the_club


class Opinions(NamedTuple):
    """How many members answered yes, and how many no."""

    yes: int
    no: int


def answer(db: Session, slug: str, person_id: int, reader: Reader, now: datetime, *, is_helpful: bool) -> None:
    """A member found it helpful or not; another answer replaces the first. Raises `NotFound` for what is not theirs."""
    with transaction(db) as tx:
        view = shown_article(tx, slug, club_day(now, the_club(tx).time_zone))
        if not may_read(view.article.who, view.article.rung_key, reader):
            raise NotFound
        row = {"article_id": view.id, "person_id": person_id, "is_helpful": is_helpful, "said_at": now}
        add = (sqlite.insert if is_sqlite(tx) else postgresql.insert)(OPINIONS).values(row)
        changed = {"is_helpful": add.excluded.is_helpful, "said_at": add.excluded.said_at}
        tx.execute(add.on_conflict_do_update(index_elements=["article_id", "person_id"], set_=changed))


def own_answer(db: Session, article_id: int, person_id: int) -> bool | None:
    """What this member answered; None before they did."""
    asked = select(OPINIONS.c.is_helpful).where(OPINIONS.c.article_id == article_id, OPINIONS.c.person_id == person_id)
    return db.scalar(asked)


def opinions_on(db: Session, article_id: int) -> Opinions:
    """What all of them answered."""
    yes = func.coalesce(func.sum(case((OPINIONS.c.is_helpful, 1), else_=0)), 0)
    row = db.execute(select(yes, func.count()).where(OPINIONS.c.article_id == article_id)).one()
    return Opinions(yes=int(row[0]), no=int(row[1]) - int(row[0]))

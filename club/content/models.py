"""Articles and what readers say about them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Row, String, Table, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.content.rules import LONGEST_COMMENT, LONGEST_SLUG, Article, Audience, State, Theme
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.programme.models import remembered
from club.texts import Texts


class ArticleRow(Base):
    """An article. It is shown while it is published and its day has come."""

    __tablename__ = "article"
    __table_args__ = (
        CheckConstraint("theme IN ('health', 'family', 'culture', 'trade')", name="theme_known"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state_known"),
        CheckConstraint("who IN ('public', 'members', 'rung')", name="who_known"),
        CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name="rung_where_asked"),
        CheckConstraint("state != 'published' OR shown_on IS NOT NULL", name="day_where_published"),
        Index("ix_article_state", "state", "shown_on", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), unique=True)
    theme: Mapped[str] = mapped_column(String(8))
    title: Mapped[Texts]
    lead: Mapped[Texts]
    body: Mapped[Texts]
    folded: Mapped[str] = mapped_column(Text)
    """Its titles without case and accents, to be found by."""
    minutes: Mapped[dict[str, int]] = mapped_column(JSON)
    """Language in which it can be read → minutes that this takes."""
    who: Mapped[str] = mapped_column(String(8))
    rung_key: Mapped[str | None] = mapped_column(String(40))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    shown_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it: the same form again writes no second one."""


class Comment(Base):
    """What a member says about an article. Only what staff let through is shown."""

    __tablename__ = "article_comment"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name="state_known"),
        Index("ix_article_comment_article_id", "article_id", "state", "id"),
        Index("ix_article_comment_state", "state", "id"),
        Index("ix_article_comment_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(LONGEST_COMMENT))
    state: Mapped[str] = mapped_column(String(7), default="waiting")
    written_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    key: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it."""


class CommentReport(Base):
    """A member thinks that a comment should not stand there. It counts once a member, until staff have looked."""

    __tablename__ = "article_comment_report"
    __table_args__ = (Index("ix_article_comment_report_person_id", "person_id"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("article_comment.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reported_at: Mapped[datetime]


class Opinion(Base):
    """Whether a member found an article helpful."""

    __tablename__ = "article_opinion"
    __table_args__ = (Index("ix_article_opinion_person_id", "person_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    is_helpful: Mapped[bool]
    said_at: Mapped[datetime]


ARTICLES: Table = ArticleRow.__table__  # type: ignore[assignment]  # every mapped class has a table
COMMENTS: Table = Comment.__table__  # type: ignore[assignment]  # likewise
REPORTS: Table = CommentReport.__table__  # type: ignore[assignment]  # likewise
OPINIONS: Table = Opinion.__table__  # type: ignore[assignment]  # likewise


@dataclass(frozen=True)
class ArticleView:
    """An article as it is stored."""

    id: int
    slug: str
    version: int
    article: Article
    state: State
    shown_on: date | None
    minutes: dict[str, int]

    def is_shown(self, day: date) -> bool:
        """Whether people see it on a day."""
        return self.state is State.PUBLISHED and self.shown_on is not None and self.shown_on <= day


def the_article(db: Session, article_id: int) -> ArticleView:
    """One article, whatever its state. Raises `NotFound`."""
    row = db.execute(select(ARTICLES).where(ARTICLES.c.id == article_id)).one_or_none()
    if row is None:
        raise NotFound
    return view_of(row)


def shown_article(db: Session, slug: str, day: date) -> ArticleView:
    """One that people see. Raises `NotFound`."""
    row = db.execute(select(ARTICLES).where(ARTICLES.c.slug == slug)).one_or_none()
    if row is None or not (view := view_of(row)).is_shown(day):
        raise NotFound
    return view


def has_articles(db: Session, day: date) -> bool:
    """Whether people find anything to read. The first day is remembered in the process: pages ask for it each time."""
    first = remembered(db, "first article", _first_day)
    return first is not None and first <= day


def _first_day(db: Session) -> date | None:
    published = select(func.min(ArticleRow.shown_on)).where(ArticleRow.state == State.PUBLISHED.value)
    return db.scalar(published)


def view_of(row: Row[*tuple[Any, ...]]) -> ArticleView:
    """A row of `article`."""
    return ArticleView(
        id=row.id,
        slug=row.slug,
        version=row.version,
        article=Article(
            theme=Theme(row.theme),
            title=row.title,
            lead=row.lead,
            body=row.body,
            who=Audience(row.who),
            rung_key=row.rung_key,
            event_id=row.event_id,
            product_id=row.product_id,
        ),
        state=State(row.state),
        shown_on=row.shown_on,
        minutes=dict(row.minutes),
    )

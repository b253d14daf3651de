"""Staff write, change, publish and withdraw articles."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.rules.slugs import numbered, slug_of
from club.content.models import ARTICLES, ArticleView, view_of
from club.content.rules import LONGEST_SLUG, Article, State, minutes
from club.database import Transaction, transaction
from club.errors import ArticleNotPublished, ChangedMeanwhile, NotFound
from club.members.rules import fold
from club.permissions import Permission, Role, require
from club.programme.models import Programme, the_club
from club.programme.service import touch

MOST_DIGITS = 8
"""A number behind an address takes its room."""
_NAMELESS = "article"
"""The address of an article whose title has nothing that can be written in one."""


def add_article(
    db: Session, article: Article, by: int, role: Role, now: datetime, *, slug: str = "", content: bytes | None = None
) -> int:
    """Write a draft and return its id; the same form (`content`) again returns the same one.

    `slug` is the wish for its address; none: the title says it. Raises `NotAllowed`, `BadArticle`.
    """
    require(role, Permission.MANAGE_CONTENT)
    article.check()
    with transaction(db) as tx:
        _one_at_a_time(tx)
        known = None if content is None else tx.scalar(select(ARTICLES.c.id).where(ARTICLES.c.content == content))
        if known is not None:
            return int(known)
        address = _free(tx, slug_of(slug) or _slug_from(tx, article))
        made = {"slug": address, "created_at": now, "created_by": by, "changed_at": now, "content": content}
        row = {**_columns_of(article), **made, "state": State.DRAFT.value, "version": 1}
        article_id = int(tx.execute(insert(ARTICLES).values(row).returning(ARTICLES.c.id)).scalar_one())
        record(tx, "article.added", "article", article_id, by=by, now=now)
    return article_id


def change_article(
    db: Session,
    article_id: int,
    article: Article,
    seen_version: int,
    by: int,
    role: Role,
    now: datetime,
    *,
    slug: str = "",
) -> None:
    """Replace what is written; of one that people see they see it at once. The address moves only until then.

    Raises `NotAllowed`, `BadArticle`, `ChangedMeanwhile`, `NotFound`.
    """
    require(role, Permission.MANAGE_CONTENT)
    article.check()
    with transaction(db) as tx:
        view = _held(tx, article_id, seen_version)
        if view.state is State.PUBLISHED:
            article.check_finished()
        values = {**_columns_of(article), "version": seen_version + 1, "changed_at": now}
        wanted = slug_of(slug)
        if view.shown_on is None and wanted and wanted != view.slug:
            _one_at_a_time(tx)
            values["slug"] = _free(tx, wanted)
        tx.execute(update(ARTICLES).where(ARTICLES.c.id == article_id).values(values))
        record(tx, "article.changed", "article", article_id, by=by, now=now)


def publish(db: Session, article_id: int, day: date, seen_version: int, by: int, role: Role, now: datetime) -> None:
    """From `day` on people see it; also one that was withdrawn, and one that is planned for another day.

    Raises `NotAllowed`, `BadArticle` where nobody could read it, `ChangedMeanwhile`, `NotFound`.
    """
    require(role, Permission.MANAGE_CONTENT)
    with transaction(db) as tx:
        view = _held(tx, article_id, seen_version)
        view.article.check_finished()
        done = {"state": State.PUBLISHED.value, "shown_on": day, "version": view.version + 1, "changed_at": now}
        tx.execute(update(ARTICLES).where(ARTICLES.c.id == article_id).values(done))
        touch(tx)
        record(tx, "article.published", "article", article_id, by=by, now=now, words={"shown_on": day.isoformat()})


def withdraw(db: Session, article_id: int, by: int, role: Role, now: datetime) -> None:
    """People see it no more; it keeps its address and can be published again.

    Raises `NotAllowed`, `NotFound`, `ArticleNotPublished`.
    """
    require(role, Permission.MANAGE_CONTENT)
    with transaction(db) as tx:
        view = _held(tx, article_id, None)
        if view.state is not State.PUBLISHED:
            raise ArticleNotPublished
        done = {"state": State.WITHDRAWN.value, "version": view.version + 1, "changed_at": now}
        tx.execute(update(ARTICLES).where(ARTICLES.c.id == article_id).values(done))
        touch(tx)
        record(tx, "article.withdrawn", "article", article_id, by=by, now=now)


def _held(tx: Transaction, article_id: int, seen_version: int | None) -> ArticleView:
    row = tx.execute(select(ARTICLES).where(ARTICLES.c.id == article_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if seen_version is not None and row.version != seen_version:
        raise ChangedMeanwhile(())
    return view_of(row)


def _one_at_a_time(tx: Transaction) -> None:
    """Whoever gives an address waits for whoever gives another one: none is given twice."""
    tx.execute(select(Programme.id).with_for_update())


def _free(tx: Transaction, wanted: str) -> str:
    like = wanted[: LONGEST_SLUG - MOST_DIGITS]
    taken = set(tx.scalars(select(ARTICLES.c.slug).where(ARTICLES.c.slug.startswith(like, autoescape=True))))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = numbered(wanted, number)
    return slug


def _slug_from(tx: Transaction, article: Article) -> str:
    return slug_of(article.title.into(the_club(tx).main_language)) or _NAMELESS


def _columns_of(article: Article) -> dict[str, Any]:
    return {
        "theme": article.theme.value,
        "title": article.title,
        "lead": article.lead,
        "body": article.body,
        "folded": " ".join(fold(title) for title in article.title.values()),
        "minutes": {language: minutes(article.body[language]) for language in article.languages},
        "who": article.who.value,
        "rung_key": article.rung_key,
        "event_id": article.event_id,
        "product_id": article.product_id,
    }

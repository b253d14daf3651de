"""What members say about articles: shown once staff have read it, reported by others, taken back by whoever said it."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries
from club.audit import record
from club.clock import club_day
from club.content.models import ARTICLES, COMMENTS, REPORTS, view_of
from club.content.rules import LONGEST_COMMENT, CommentState, Reader, may_read
from club.database import Transaction, is_sqlite, transaction
from club.errors import CommentMissing, CommentsClosed, NotFound
from club.permissions import Permission, Role, require
from club.programme.models import Programme, the_club
from club.programme.service import touch


def set_comments(db: Session, *, is_open: bool, by: int, role: Role, now: datetime) -> None:
    """Whether members may say something. Closed, nothing that was said is seen any more. Raises `NotAllowed`."""
    require(role, Permission.MANAGE_CONTENT)
    with transaction(db) as tx:
        tx.execute(select(Programme.id).with_for_update())
        if the_club(tx).takes_comments is is_open:
            return
        tx.execute(update(Programme).values(takes_comments=is_open))
        touch(tx)
        record(tx, "comments.opened" if is_open else "comments.closed", "programme", 1, by=by, now=now)


def say(db: Session, slug: str, person_id: int, words: str, reader: Reader, key: bytes, now: datetime) -> None:
    """Keep what a member says until staff have read it; the same form (`key`) again says nothing new.

    Raises `NotFound` for what they may not read, `CommentsClosed`, `CommentMissing`, `TooManyTries`.
    """
    said = words.replace("\r\n", "\n").strip()
    if not 1 <= len(said) <= LONGEST_COMMENT:
        raise CommentMissing
    with transaction(db) as tx:
        article_id = _open_article(tx, slug, reader, now)
        if tx.scalar(select(COMMENTS.c.id).where(COMMENTS.c.key == key)) is not None:
            return
        count_tries(tx, [Try("comment", str(person_id))], now)
        row = {
            "article_id": article_id, "person_id": person_id, "words": said, "written_at": now, "key": key,
            "state": CommentState.WAITING.value,
        }  # fmt: skip
        add = (sqlite.insert if is_sqlite(tx) else postgresql.insert)(COMMENTS)
        tx.execute(add.values(row).on_conflict_do_nothing(index_elements=["key"]))


def report(db: Session, comment_id: int, person_id: int, reader: Reader, now: datetime) -> None:
    """A member thinks that it should not stand there: staff look at it. Once a member; one's own cannot be reported.

    Raises `NotFound`, `CommentsClosed`, `TooManyTries`.
    """
    with transaction(db) as tx:
        seen = (COMMENTS.c.id == comment_id, COMMENTS.c.state == CommentState.SHOWN.value)
        others = select(ARTICLES.c.slug).join(COMMENTS, COMMENTS.c.article_id == ARTICLES.c.id)
        slug = tx.scalar(others.where(*seen, COMMENTS.c.person_id != person_id))
        if slug is None:
            raise NotFound
        _open_article(tx, slug, reader, now)
        count_tries(tx, [Try("comment.report", str(person_id))], now)
        row = {"comment_id": comment_id, "person_id": person_id, "reported_at": now}
        add = (sqlite.insert if is_sqlite(tx) else postgresql.insert)(REPORTS)
        tx.execute(add.values(row).on_conflict_do_nothing())


def take_back(db: Session, comment_id: int, person_id: int) -> None:
    """Whoever said it takes it back: it is gone. Raises `NotFound` for somebody else's."""
    with transaction(db) as tx:
        own = select(COMMENTS.c.id).where(COMMENTS.c.id == comment_id, COMMENTS.c.person_id == person_id)
        if tx.scalar(own) is None:
            raise NotFound
        tx.execute(delete(COMMENTS).where(COMMENTS.c.id == comment_id))


def decide(db: Session, comment_id: int, state: CommentState, by: int, role: Role, now: datetime) -> None:
    """Let it through or hide it; what was reported is looked at with that. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.MANAGE_CONTENT)
    assert state is not CommentState.WAITING
    with transaction(db) as tx:
        done = {"state": state.value, "decided_at": now, "decided_by": by}
        changed = update(COMMENTS).where(COMMENTS.c.id == comment_id).values(done).returning(COMMENTS.c.article_id)
        article_id = tx.execute(changed).scalar_one_or_none()
        if article_id is None:
            raise NotFound
        tx.execute(delete(REPORTS).where(REPORTS.c.comment_id == comment_id))
        act = "comment.shown" if state is CommentState.SHOWN else "comment.hidden"
        record(tx, act, "article", article_id, by=by, now=now, comment=comment_id)


def _open_article(tx: Transaction, slug: str, reader: Reader, now: datetime) -> int:
    """An article that this member reads and may say something about."""
    club = the_club(tx)
    row = tx.execute(select(ARTICLES).where(ARTICLES.c.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    view = view_of(row)
    is_theirs = may_read(view.article.who, view.article.rung_key, reader)
    if not (view.is_shown(club_day(now, club.time_zone)) and is_theirs):
        raise NotFound
    if not club.takes_comments:
        raise CommentsClosed
    return view.id

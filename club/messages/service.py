"""The outbox: queueing in the cause's transaction, sending by the worker."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from secrets import token_hex

from jinja2 import TemplateError
from sqlalchemy import case, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import Transaction, is_sqlite, transaction
from club.errors import BadEmail
from club.messages import rules
from club.messages.acts import ACTS
from club.messages.mail import compose, host_of, transportable
from club.messages.models import Letter, Message, is_due
from club.messages.rendering import render
from club.messages.smtp import Mailer, ServerTrouble, TryLater, Undeliverable
from club.programme.models import find_club
from club.programme.rules import Club

log = logging.getLogger(__name__)

_UNUSABLE = (BadEmail, TemplateError, LookupError, TypeError, ValueError, AttributeError)
"""What a message that cannot be put into words raises; it is parked and the queue goes on."""

_ONCE = ["act", "step", "addressee", "occurrence"]


@dataclass(frozen=True)
class PostOffice:
    """Who brings the mails on their way, and what stands in each of them."""

    mailer: Mailer
    base_url: str
    mail_from: str
    jitter: Callable[[], float] = SystemRandom().random


@dataclass(frozen=True)
class Round:
    """What became of the messages that were due."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0

    @property
    def handled(self) -> int:
        """How many were taken up; fewer than asked for: nothing more can be done now."""
        return self.sent + self.put_off + self.given_up


def queue(  # noqa: PLR0913 - one argument a column
    tx: Transaction,
    act: str,
    *,
    occurrence: str,
    recipient: str,
    language: str,
    person_id: int | None = None,
    addressee: str | None = None,
    step: int = 1,
    data: Mapping[str, object],
    secret: str | None = None,
    now: datetime,
) -> bool:
    """Leave one message in the outbox; False when this very one is there already.

    Raises `BadEmail` for a recipient that could break a mail's head, ValueError for data that the words of this act
    cannot do without.
    """
    transportable(recipient)
    if addressee is None and person_id is None:
        raise ValueError("a message needs somebody: a person or an addressee")
    missing = ACTS[act].needs - data.keys()
    if missing or (ACTS[act].has_token and not secret):
        raise ValueError(f"{act} needs {sorted(missing) or 'its token'}")
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    row = {
        "act": act,
        "step": step,
        "addressee": addressee or f"person:{person_id}",
        "occurrence": occurrence,
        "person_id": person_id,
        "recipient": recipient,
        "language": language,
        "data": dict(data),
        "secret": secret,
        "state": "queued",
        "tries": 0,
        "next_try_at": now,
        "message_id": token_hex(16),
        "last_error": "",
        "created_at": now,
    }
    statement = insert(Message).values(row).on_conflict_do_nothing(index_elements=_ONCE)
    return tx.execute(statement.returning(Message.id)).first() is not None


def send_due(db: Session, office: PostOffice, clock: Callable[[], datetime], most: int = 500) -> Round:
    """Send what is due, one message after the other, and say what became of it.

    A message is claimed with a lease, sent with no transaction open, then marked. Whoever dies in between leaves it to
    the next worker after the lease: at most one mail is doubled, under its one Message-ID. Takes a clock because a
    round lasts.
    """
    counts = {"sent": 0, "put_off": 0, "given_up": 0}
    try:
        for _ in range(most):
            claimed = _claim(db, host_of(office.mail_from), clock())
            if claimed is None:
                break
            letter, club = claimed
            try:
                counts[_handle(db, letter, club, office, clock)] += 1
            except ServerTrouble as trouble:
                log.warning("no mail goes out: %s", trouble)
                _put_back(db, letter, f"{trouble}", office, clock(), is_counted=False)
                counts["put_off"] += 1
                break
    finally:
        office.mailer.close()
    return Round(**counts)


def _claim(db: Session, host: str, now: datetime) -> tuple[Letter, Club] | None:
    """The next due message, ours until the lease ends. None before the club is set up, or when nothing is due."""
    due = select(Message.id).where(is_due(now)).order_by(Message.next_try_at, Message.id).limit(1)
    club = find_club(db)
    is_nothing_to_do = club is None or db.scalar(due) is None
    db.rollback()
    if club is None or is_nothing_to_do:
        return None
    first_free = due.with_for_update(skip_locked=True).scalar_subquery()
    whole_id = literal("<") + Message.message_id + literal(f"@{host}>")
    with transaction(db) as tx:
        row = tx.execute(
            update(Message)
            .where(Message.id == first_free)
            .values(
                state="sending",
                tries=Message.tries + 1,
                next_try_at=now + rules.LEASE,
                message_id=case((Message.message_id.like("<%"), Message.message_id), else_=whole_id),
            )
            .returning(*Letter.columns())
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return None if row is None else (Letter(**row._mapping), club)


def _handle(db: Session, letter: Letter, club: Club, office: PostOffice, clock: Callable[[], datetime]) -> str:
    """Send one claimed message and mark it; `ServerTrouble` passes through."""
    try:
        _send(letter, club, office, clock())
    except Undeliverable as never:
        return _give_up(db, letter, f"{never}")
    except TryLater as reason:
        if letter.tries >= rules.MOST_TRIES:
            return _give_up(db, letter, f"{reason}")
        return _put_back(db, letter, f"{reason}", office, clock(), is_counted=True)
    _mark(db, letter, state="sent", sent_at=clock(), secret=None, last_error="")
    return "sent"


def _send(letter: Letter, club: Club, office: PostOffice, now: datetime) -> None:
    if rules.is_too_late(letter.data, letter.created_at, now):
        raise Undeliverable("its link had ended before it could be sent")
    if letter.tries > rules.MOST_TRIES:
        raise Undeliverable(letter.last_error or "whoever sends it dies of it")
    try:
        mail = compose(letter, render(letter, club, office.base_url), club, office.mail_from, now)
    except _UNUSABLE as unusable:
        raise Undeliverable(f"{type(unusable).__name__}: {unusable}") from unusable
    office.mailer.send(mail)


def _give_up(db: Session, letter: Letter, why: str) -> str:
    log.error("message %s (%s) was given up: %s", letter.id, letter.act, why)
    _mark(db, letter, state="given_up", secret=None, last_error=why[:500])
    return "given_up"


def _put_back(db: Session, letter: Letter, why: str, office: PostOffice, now: datetime, *, is_counted: bool) -> str:
    wait = rules.wait_after(letter.tries, office.jitter())
    tries = letter.tries if is_counted else letter.tries - 1
    _mark(db, letter, state="queued", tries=tries, next_try_at=now + wait, last_error=why[:500])
    return "put_off"


def _mark(db: Session, letter: Letter, **values: object) -> None:
    """Write what became of a message, unless its lease has passed to somebody else."""
    with transaction(db) as tx:
        tx.execute(
            update(Message)
            .where(Message.id == letter.id, Message.state == "sending", Message.next_try_at == letter.next_try_at)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

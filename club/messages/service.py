"""The outbox: queueing in the cause's transaction, sending by the worker."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from secrets import token_hex

from jinja2 import TemplateError
from sqlalchemy import Table, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.contact.rules import InboxOnly
from club.database import Transaction, is_sqlite, transaction
from club.errors import BadEmail
from club.messages import rules
from club.messages.acts import ACTS
from club.messages.addresses import remember_bounce, took_mail
from club.messages.claiming import Claimed, claim, note
from club.messages.gate import GIVEN_UP, HELD, KEPT, did_not_go, due_from
from club.messages.inbox.keeping import Copy, keep_copy, made_copy
from club.messages.mail import compose, host_of, transportable
from club.messages.models import AddressState, Letter, Message, Wording, address_state
from club.messages.rendering import Rendered, digest_of, render
from club.messages.rules import Cause, Happened
from club.messages.smtp import AddressRefused, Mailer, ServerTrouble, TryLater, Undeliverable
from club.messages.wording import words_of
from club.programme.rules import Club

log = logging.getLogger(__name__)

_UNUSABLE = (BadEmail, TemplateError, LookupError, TypeError, ValueError, AttributeError)
"""What a message that cannot be put into words raises; it is parked and the queue goes on."""

_ONCE = ["act", "step", "addressee", "occurrence"]
_MESSAGES: Table = Message.__table__  # type: ignore[assignment]  # every mapped class has a table
_QUEUE = {
    True: sqlite_insert(_MESSAGES).on_conflict_do_nothing(index_elements=_ONCE).returning(_MESSAGES.c.id),
    False: postgresql_insert(_MESSAGES).on_conflict_do_nothing(index_elements=_ONCE).returning(_MESSAGES.c.id),
}


@dataclass(frozen=True)
class PostOffice:
    """Who brings the mails on their way, and what stands in each of them."""

    mailer: Mailer
    base_url: str
    mail_from: str
    jitter: Callable[[], float] = SystemRandom().random


@dataclass(frozen=True)
class _Ready:
    """A claimed message with all that is needed to send it."""

    letter: Letter
    club: Club
    wording: Wording
    address: AddressState | None
    key: str
    instead: InboxOnly | None


class _NeverSent(Exception):
    """This message cannot go out."""

    def __init__(self, cause: Cause, words: str) -> None:
        super().__init__(words)
        self.cause = cause


@dataclass(frozen=True)
class Round:
    """What became of the messages that were due."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0
    held: int = 0
    """Kept back by the cap or by the quiet hours."""
    kept: int = 0
    """Put into the inbox alone, as the reader chose."""

    @property
    def handled(self) -> int:
        """How many were taken up; fewer than asked for: nothing more can be done now."""
        return self.sent + self.put_off + self.given_up + self.held + self.kept


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
    cannot do without. What is no service is due when cap and quiet hours let it.
    """
    transportable(recipient)
    if addressee is None and person_id is None:
        raise ValueError("a message needs somebody: a person or an addressee")
    missing = ACTS[act].needs - data.keys()
    if missing or (ACTS[act].has_token and not secret):
        raise ValueError(f"{act} needs {sorted(missing) or 'its token'}")
    due_at, waits_for = due_from(tx, act, person_id, now)
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
        "next_try_at": due_at,
        "waits_for": waits_for,
        "message_id": token_hex(16),
        "last_error": "",
        "created_at": now,
    }
    return tx.execute(_QUEUE[is_sqlite(tx)], row).first() is not None


def send_due(db: Session, office: PostOffice, clock: Callable[[], datetime], most: int = 500) -> Round:
    """Send what is due, one message after the other, and say what became of it.

    A message is claimed with a lease, sent with no transaction open, then marked. Whoever dies in between leaves it to
    the next worker after the lease: at most one mail is doubled, under its one Message-ID. Takes a clock because a
    round lasts.
    """
    counts = {"sent": 0, "put_off": 0, GIVEN_UP: 0, HELD: 0, KEPT: 0}
    try:
        for _ in range(most):
            claimed = claim(db, host_of(office.mail_from), clock())
            if claimed is None:
                break
            if isinstance(claimed, str):
                counts[claimed] += 1
                continue
            try:
                counts[_handle(db, _made_ready(db, claimed, clock()), office, clock)] += 1
            except ServerTrouble as trouble:
                log.warning("no mail goes out: %s", trouble)
                _put_back(db, claimed.letter, f"{trouble}", office, clock(), is_counted=False)
                counts["put_off"] += 1
                break
    finally:
        office.mailer.close()
    return Round(**counts)


def _made_ready(db: Session, claimed: Claimed, now: datetime) -> _Ready:
    letter = claimed.letter
    address = address_state(db, letter.recipient, now)
    ready = _Ready(letter, claimed.club, words_of(db, letter), address, claimed.key, claimed.instead)
    db.rollback()
    return ready


def _handle(db: Session, ready: _Ready, office: PostOffice, clock: Callable[[], datetime]) -> str:
    """Send one claimed message and mark it; `ServerTrouble` passes through."""
    letter = ready.letter
    try:
        if ready.instead is not None:
            return _keep_inside(db, ready, ready.instead, clock())
        digest, copy = _send(ready, office, clock())
    except _NeverSent as never:
        return _give_up(db, ready, never.cause, f"{never}", clock())
    except Undeliverable as never:
        return _give_up(db, ready, Cause.REFUSED, f"{never}", clock())
    except AddressRefused as refused:
        if refused.is_for_good or letter.tries >= rules.MOST_TRIES:
            return _give_up(db, ready, Cause.ADDRESS, f"{refused}", clock(), refused=refused)
        return _put_back(db, letter, f"{refused}", office, clock(), is_counted=True)
    except TryLater as reason:
        if letter.tries >= rules.MOST_TRIES:
            return _give_up(db, ready, Cause.TRIES, f"{reason}", clock())
        return _put_back(db, letter, f"{reason}", office, clock(), is_counted=True)
    _sent(db, ready, digest, copy, clock())
    return "sent"


def _send(ready: _Ready, office: PostOffice, now: datetime) -> tuple[str, Copy | None]:
    """Hand the mail over; the fingerprint of its words, and its copy for the inbox."""
    letter, club, wording = ready.letter, ready.club, ready.wording
    if rules.is_too_late(letter.data, letter.created_at, now):
        raise _NeverSent(Cause.LATE, "its link had ended before it could be sent")
    if letter.tries > rules.MOST_TRIES:
        raise _NeverSent(Cause.DEADLY, letter.last_error or "whoever sends it dies of it")
    if ready.address is not None and ready.address.is_hard and not _goes_out_anyway(letter.act):
        raise _NeverSent(Cause.KNOWN, f"the address takes no mail: {ready.address.cause}")
    try:
        mail = compose(letter, _rendered(ready, office.base_url), club, office.mail_from, now)
        digest, copy = digest_of(letter, club, office.base_url, wording), made_copy(letter, club, wording)
    except _UNUSABLE as unusable:
        raise _NeverSent(Cause.WORDS, f"{type(unusable).__name__}: {unusable}") from unusable
    office.mailer.send(mail)
    return digest, copy


def _rendered(ready: _Ready, base_url: str) -> Rendered:
    return render(ready.letter, ready.club, base_url, ready.wording, ready.key)


def _goes_out_anyway(act: str) -> bool:
    return act in ACTS and ACTS[act].is_for_safety


def _keep_inside(db: Session, ready: _Ready, why: InboxOnly, now: datetime) -> str:
    """The reader wants no mail of it now: it stands in the inbox."""
    letter = ready.letter
    try:
        copy = made_copy(letter, ready.club, ready.wording)
    except _UNUSABLE as unusable:
        raise _NeverSent(Cause.WORDS, f"{type(unusable).__name__}: {unusable}") from unusable
    with transaction(db) as tx:
        if _mark_in(tx, letter, state="given_up", secret=None, cause=Cause.INBOX.value):
            keep_copy(tx, copy, now, is_mailed=False, is_collected=why is InboxOnly.COLLECTED)
            note(tx, letter.id, Happened.KEPT, why.value, now)
    return KEPT


def _sent(db: Session, ready: _Ready, digest: str, copy: Copy | None, now: datetime) -> None:
    letter = ready.letter
    with transaction(db) as tx:
        values = {"sent_at": now, "secret": None, "last_error": "", "digest": digest}
        is_ours = _mark_in(tx, letter, state="sent", text_version=ready.wording.version, **values)
        if is_ours:
            keep_copy(tx, copy, now, is_mailed=True)
        if is_ours and ready.address is not None and not ready.address.is_hard:
            took_mail(tx, letter.recipient)


def _give_up(
    db: Session, ready: _Ready, cause: Cause, why: str, now: datetime, *, refused: AddressRefused | None = None
) -> str:
    letter = ready.letter
    log.error("message %s (%s) was given up: %s", letter.id, letter.act, why)
    with transaction(db) as tx:
        if _mark_in(tx, letter, state="given_up", secret=None, cause=cause.value, last_error=why[:500]):
            did_not_go(tx, letter.id, letter.act)
            note(tx, letter.id, Happened.GIVEN_UP, why, now)
            keep_copy(tx, _copy_of_unsent(ready, cause), now, is_mailed=False)
            if refused is not None:
                remember_bounce(tx, letter.recipient, refused.code, refused.said, now)
    return "given_up"


def _copy_of_unsent(ready: _Ready, cause: Cause) -> Copy | None:
    """Whom no mail reaches finds the message in the inbox; not what came too late or cannot be said."""
    if cause in {Cause.LATE, Cause.WORDS}:
        return None
    try:
        return made_copy(ready.letter, ready.club, ready.wording)
    except _UNUSABLE:
        return None


def _put_back(db: Session, letter: Letter, why: str, office: PostOffice, now: datetime, *, is_counted: bool) -> str:
    """Try again later. Trouble of the server is not this message's: it is not counted and leaves no line behind."""
    wait = rules.wait_after(letter.tries, office.jitter())
    tries = letter.tries if is_counted else letter.tries - 1
    with transaction(db) as tx:
        is_ours = _mark_in(tx, letter, state="queued", tries=tries, next_try_at=now + wait, last_error=why[:500])
        if is_ours:
            did_not_go(tx, letter.id, letter.act)
        if is_ours and is_counted:
            note(tx, letter.id, Happened.PUT_OFF, why, now)
    return "put_off"


def _mark_in(tx: Transaction, letter: Letter, **values: object) -> bool:
    """Write what became of a message; False when its lease has passed to somebody else."""
    marked = tx.execute(
        update(Message)
        .where(Message.id == letter.id, Message.state == "sending", Message.next_try_at == letter.next_try_at)
        .values(**values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return marked.first() is not None

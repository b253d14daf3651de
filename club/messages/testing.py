"""A test mail: the words as they were typed, to whoever is typing them, through the outbox like every other mail."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accounts.models import the_login
from club.audit import record
from club.database import Transaction, transaction
from club.errors import TooManyTries
from club.messages.acts import TEST
from club.messages.models import Message
from club.messages.samples import sample_data
from club.messages.service import queue
from club.messages.wording import checked
from club.permissions import Permission, Role, require

MOST_AN_HOUR = 10


def queue_test(
    db: Session,
    act: str,
    language: str,
    texts: Mapping[str, str],
    known: Mapping[str, object],
    *,
    by: int,
    role: Role | None,
    now: datetime,
    needs: Permission = Permission.EDIT_MESSAGES,
) -> str:
    """Leave one test mail in the outbox and return the address that it goes to: the own one of whoever asks.

    `known` is what is said of the reader instead of what is invented. Raises `TooManyTries` after `MOST_AN_HOUR`.
    """
    require(role, needs)
    words = checked(act, language, texts)
    recipient = the_login(db, by).email
    with transaction(db) as tx:
        hour = now.replace(minute=0, second=0, microsecond=0)
        number = _sent_since(tx, by, hour) + 1
        data = {"of": act, "words": words, "data": sample_data(act, language, now, known)}
        is_left = number <= MOST_AN_HOUR and queue(
            tx,
            TEST,
            occurrence=f"{hour:%Y%m%d%H}-{number}",
            recipient=recipient,
            language=language,
            addressee=f"account:{by}",
            data=data,
            now=now,
        )
        if not is_left:
            raise TooManyTries(int((hour + timedelta(hours=1) - now).total_seconds()) + 1)
        what: dict[str, object] = {"act": act, "language": language}
        record(tx, "message_text.tested", "message_text", 0, by=by, now=now, words=what)
    return recipient


def _sent_since(tx: Transaction, by: int, hour: datetime) -> int:
    """Counted along the index that keeps messages unique."""
    own = (Message.act == TEST, Message.step == 1, Message.addressee == f"account:{by}")
    this_hour = Message.occurrence.startswith(f"{hour:%Y%m%d%H}-")
    return tx.scalar(select(func.count()).select_from(Message).where(*own, this_hour)) or 0

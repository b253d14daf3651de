"""What came back is read by the program: from a Maildir that the worker looks into, or a mail at a time from a pipe."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.messages.addresses import remember
from club.messages.models import Message, MessageEvent
from club.messages.reports import LARGEST_MAIL, Report, read_report
from club.messages.rules import Happened

MOST_A_ROUND = 200
SECONDS_PUT_OFF = 600


class Heard(StrEnum):
    """What became of a mail that came in."""

    NOTED = "noted"
    """One of our mails came back, and that is written down now."""
    KNOWN = "known"
    """The same was known before."""
    NOT_OURS = "not_ours"
    """A report about a mail that the club did not write. It changes nothing."""
    LETTER = "letter"
    """Somebody answered one of our mails; it stands in the inbox now."""
    LATER = "later"
    """Our mail was answered too often this hour: the same mail has to come again."""
    NO_REPORT = "no_report"
    """A mail of another kind; people may read it."""


class PutOff:
    """Mails that have to wait. They are not looked at for a while, so that they keep nobody else's from being read."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def due(self, names: Iterable[str]) -> list[str]:
        """Those of the names that there are now which do not wait; names that are gone are not kept."""
        now, there = time.monotonic(), list(names)
        waiting = set(there)
        self._until = {name: until for name, until in self._until.items() if name in waiting and until > now}
        return [name for name in there if name not in self._until]

    def add(self, name: str) -> None:
        """This one waits from now on."""
        self._until[name] = time.monotonic() + SECONDS_PUT_OFF


def hear(db: Session, raw: bytes, now: datetime) -> Heard:
    """Take in one mail. Twice is the same as once; a mail that is no report, or a forged one, changes nothing."""
    report = read_report(raw)
    if report is None:
        return Heard.NO_REPORT
    with transaction(db) as tx:
        for message_id in report.message_ids:
            if _note(tx, message_id, report, now):
                return Heard.NOTED
        known = select(Message.id).where(Message.message_id.in_(report.message_ids)).limit(1)
        return Heard.NOT_OURS if tx.scalar(known) is None else Heard.KNOWN


def read_maildir(
    folder: Path, take: Callable[[bytes], Heard], put_off: PutOff, most: int = MOST_A_ROUND
) -> Counter[Heard]:
    """Take in what is new in a Maildir. Nothing is deleted: it moves to `cur`, reports as read, other mails unread.

    A mail that could not be taken in stays new: in the next round it is looked at again where the database was away,
    after a while where its like came too often.
    Raises OSError for a folder that is no Maildir.
    """
    counts: Counter[Heard] = Counter()
    (folder / "cur").stat()
    with os.scandir(folder / "new") as found:
        names = sorted(one.name for one in found if one.is_file(follow_symlinks=False) and not one.name.startswith("."))
    for name in put_off.due(names)[:most]:
        try:
            with (folder / "new" / name).open("rb") as file:
                raw = file.read(LARGEST_MAIL)
        except FileNotFoundError:  # another worker was quicker
            continue
        heard = take(raw)
        counts[heard] += 1
        if heard is Heard.LATER:
            put_off.add(name)
            continue
        flags = "" if heard is Heard.NO_REPORT else "S"
        try:
            (folder / "new" / name).rename(folder / "cur" / f"{name.partition(':')[0]}:2,{flags}")
        except FileNotFoundError:
            continue
    return counts


def _note(tx: Transaction, message_id: str, report: Report, now: datetime) -> bool:
    """Mark the message, its address and its history; False when there is none that could come back still."""
    came_back = tx.execute(
        update(Message)
        .where(
            Message.message_id == message_id,
            Message.state.in_(["sent", "sending"]),
            Message.came_back_at.is_(None),
        )
        .values(came_back_at=now)
        .returning(Message.id, Message.recipient, Message.person_id)
        .execution_options(synchronize_session=False)
    ).first()
    if came_back is None:
        return False
    bounce, said = report.bounce, f"{report.status} {report.said}".strip()
    if bounce is not None:
        remember(tx, came_back.recipient, bounce, now, said=said)
    told = said if bounce is None else bounce.value
    event = {"message_id": came_back.id, "at": now, "kind": Happened.CAME_BACK.value, "said": told[:500], "by": None}
    tx.execute(insert(MessageEvent).values(event))
    record(tx, "message.came_back", "message", came_back.id, by=None, now=now, person_id=came_back.person_id)
    return True

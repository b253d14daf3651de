"""The gate of the outbox: what is no service waits its turn, or is given up for a consent that ended."""

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from club.contact.models import waits
from club.contact.rules import Blocked, Channel, InboxOnly, Purpose, Topic, Wait
from club.contact.service import hold_at_once, inbox_only, pass_gate, take_back
from club.database import Transaction
from club.messages.acts import ACTS
from club.messages.models import Message, MessageEvent
from club.messages.rules import Cause, Happened

SOON = timedelta(seconds=5)
"""So long it waits where somebody else has the person in hand."""

HELD, GIVEN_UP, KEPT = "held", "given_up", "kept"


def is_service(act: str) -> bool:
    """Whether a message goes out whatever the cap, the hour and the consents."""
    return act not in ACTS or ACTS[act].purpose is Purpose.SERVICE


def topic_of(act: str) -> Topic | None:
    """The topic whose choice holds for an act; none where its mails cannot be refused."""
    return ACTS[act].topic if act in ACTS and ACTS[act].can_be_refused else None


def due_from(tx: Transaction, act: str, person_id: int | None, now: datetime) -> tuple[datetime, str]:
    """When a new message is due, and what it waits for until then. Looked at again when it is due."""
    if is_service(act):
        return now, ""
    if person_id is None:
        raise ValueError(f"{act} is no service: it needs a person")
    wait = waits(tx, person_id, now)
    return (now, "") if wait is None else (wait.until, wait.because.value)


def held_back(
    tx: Transaction, message_id: int, act: str, person_id: int | None, now: datetime
) -> str | InboxOnly | None:
    """What becomes of a due message that may not go out now; None: it may, and what is no service counts as a contact.

    `InboxOnly`: the reader wants no mail of it, and finds it in the inbox.
    """
    if person_id is None:
        return None
    topic = topic_of(act)
    if is_service(act):
        return None if topic is None else inbox_only(tx, person_id, topic, now)
    if not hold_at_once(tx, person_id):
        _mark(tx, message_id, state="queued", next_try_at=now + SOON)
        return HELD
    answer = pass_gate(
        tx,
        person_id,
        ACTS[act].purpose,
        Channel.EMAIL,
        topic=topic,
        collects=ACTS[act].collects,
        way="mail",
        cause=_cause_of(message_id),
        now=now,
    )
    match answer:
        case None | InboxOnly():
            return answer
        case Wait(until, because):
            _mark(tx, message_id, state="queued", next_try_at=until, waits_for=because.value)
            return HELD
        case Blocked.NO_CONSENT | Blocked.OBJECTED if topic is not None:
            return InboxOnly.REFUSED
        case Blocked():
            _mark(tx, message_id, state="given_up", secret=None, cause=Cause.CONSENT.value, waits_for="")
            event = {"at": now, "kind": Happened.GIVEN_UP.value, "said": answer.value, "by": None}
            tx.execute(insert(MessageEvent).values(message_id=message_id, **event))
            return GIVEN_UP


def did_not_go(tx: Transaction, message_id: int, act: str) -> None:
    """A message that was let out did not leave: it counts no more."""
    if not is_service(act):
        take_back(tx, _cause_of(message_id))


def _cause_of(message_id: int) -> str:
    return f"message:{message_id}"


def _mark(tx: Transaction, message_id: int, **values: object) -> None:
    tx.execute(
        update(Message).where(Message.id == message_id).values(**values).execution_options(synchronize_session=False)
    )

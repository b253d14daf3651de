"""What became of the demonstration's mails: most arrived, some did not, and one text is the club's own."""

import logging
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.models import Person
from club.messages.acts import ACTS
from club.messages.inbox.models import INBOX
from club.messages.inbox.telling import tell
from club.messages.listing import View, outbox
from club.messages.models import Message
from club.messages.parts import parts_of
from club.messages.repair import note_came_back
from club.messages.rules import Bounce
from club.messages.service import PostOffice, send_due
from club.messages.smtp import AddressRefused
from club.messages.wording import save_words
from club.permissions import Role
from club.starting.service import put_list_aside
from demo.notices import READERS

LATEST = 24
LEFT_WAITING = 6
ANSWERS = {
    5: AddressRefused(550, "5.1.1 Recipient address rejected: User unknown"),
    11: AddressRefused(552, "5.2.2 Mailbox full"),
    17: AddressRefused(550, "5.1.2 Host not found"),
}
"""How the mail server of the demonstration answers the mails of these numbers; it takes the others and drops them."""

OWN_SUBJECT = "{name}, desde hoy su nivel en {club} es {tier}"


class Drain:
    """Takes mails and sends nothing."""

    def __init__(self) -> None:
        self._seen = 0

    def send(self, mail: EmailMessage) -> None:
        """Answer like a mail server."""
        self._seen += 1
        if self._seen in ANSWERS:
            raise ANSWERS[self._seen]

    def close(self) -> None:
        """Nothing was opened."""


def fill_mails(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Own words for one mail; what is long past was sent long ago, the rest is worked off but for the latest."""
    subject = parts_of("tier.reached")[0].shipped
    by = staff[Role.MARKETING]
    save_words(db, "tier.reached", "es", {subject: OWN_SUBJECT}, seen=0, by=by, role=Role.MARKETING, now=now)
    ids = [one.id for one in outbox(db, View.ALL, limit=LATEST + LEFT_WAITING)]
    with transaction(db) as tx:
        long_ago = (Message.state == "queued", Message.id < ids[-1])
        tx.execute(update(Message).where(*long_ago).values(state="sent", sent_at=Message.created_at, tries=1))
    office = PostOffice(Drain(), "http://127.0.0.1:5000", "club@granreserva.example", jitter=lambda: 1.0)
    sender = logging.getLogger("club.messages.service")
    sender.disabled = True  # what it gives up here is no fault of anybody's
    try:
        send_due(db, office, lambda: now, most=LATEST)
    finally:
        sender.disabled = False
    sent = [one for one in outbox(db, View.ALL, limit=50) if one.state == "sent"]
    if sent:
        note_came_back(db, sent[-1].id, Bounce.FULL, staff[Role.SUPPORT], Role.SUPPORT, now)
    _fill_inboxes(db, now)
    put_list_aside(db, staff[Role.OWNER], Role.OWNER, now)


WELCOME_BACK = {
    "offer": {
        "en": "A tasting glass with every order",
        "es": "Una copa de cata con cada pedido",
        "ru": "Дегустационный бокал к каждому заказу",
    },
    "offer_words": {
        "en": "Until the end of the month, for members.",
        "es": "Hasta fin de mes, para socios.",
        "ru": "До конца месяца, для участников.",
    },
}


def _fill_inboxes(db: Session, now: datetime) -> None:
    """What was mailed to some members also stands in their inboxes, read but for the latest, and one message more."""
    reader = select(Person.id.label("person_id"), Person.language, Person.full_name.label("name"))
    theirs = Person.email.in_(READERS)
    with transaction(db) as tx:
        for act in (act for act, one in ACTS.items() if one.topic is not None):
            mailed = (
                select(Message.person_id, Message.language, Message.data, Message.occurrence)
                .join(Person, Person.id == Message.person_id)
                .where(theirs, Message.act == act, Message.state == "sent", Message.step == 1)
            )
            tell(tx, act, mailed, now=now)
        long_ago = now - timedelta(days=20)
        here_alone = update(INBOX).where(INBOX.c.mailed_at.is_(None))
        tx.execute(here_alone.where(INBOX.c.at == now).values(at=long_ago))
        tx.execute(here_alone.values(read_at=INBOX.c.at))
        tell(tx, "offer.new", reader.where(theirs), WELCOME_BACK, occurrence="inbox", now=now - timedelta(hours=5))

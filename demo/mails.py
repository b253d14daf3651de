"""What became of the demonstration's mails: most arrived, some did not, and one text is the club's own."""

import logging
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.database import transaction
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
    put_list_aside(db, staff[Role.OWNER], Role.OWNER, now)

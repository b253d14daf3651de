"""Who wrote to the club from a mailbox that is theirs no more hears of it there, once."""

from datetime import datetime

from club.access.rules import shortened
from club.database import Transaction
from club.merging.service.people import Values
from club.messages.service import queue


def tell_old_mailboxes(
    tx: Transaction, merge_id: int, stays: Values, goes: Values, values: Values, now: datetime
) -> None:
    """One mail, in its record's language, to an address that no longer stands; only where both were members."""
    if values["email"] is None or stays["member_number"] is None or goes["member_number"] is None:
        return
    for record in (stays, goes):
        if record["email"] is None or record["email_key"] == values["email_key"]:
            continue
        queue(
            tx,
            "record.merged",
            occurrence=f"merge:{merge_id}",
            recipient=str(record["email"]),
            language=str(record["language"]),
            person_id=int(str(stays["id"])),
            addressee=f"record:{record['id']}",
            data={"name": str(record["call_name"] or record["full_name"]), "new": shortened(str(values["email"]))},
            now=now,
        )

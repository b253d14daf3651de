"""Delivery status notifications (RFC 3464) as mail servers send them: which mail did not arrive, and why.

Anybody can write such a mail, so nothing in it is believed but the Message-ID of a mail of ours, which only its reader
and the servers on its way know. What cannot be read is no report.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message as Mail
from email.parser import BytesParser, HeaderParser

from club.messages.rules import Bounce, bounce_of_report

LARGEST_REPORT = 512 * 1024
"""More is not read: a report is in the first few kilobytes."""

LARGEST_MAIL = 25 * 1024 * 1024
"""So much of a mail is read: what mail servers take as a rule, files included."""

MOST_RECIPIENTS = 20
LONGEST_SAID = 300
_MALFORMED = (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What the parser raises at mails that are none."""

_STATUS = re.compile(r"\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,118}>")


@dataclass(frozen=True)
class Report:
    """One mail that was given up. `message_ids`: where its Message-ID may stand, the surest first."""

    message_ids: tuple[str, ...]
    status: str
    said: str

    @property
    def bounce(self) -> Bounce | None:
        """What it says about the address; None: nothing."""
        return bounce_of_report(self.status, self.said)


def read_report(raw: bytes) -> Report | None:
    """A report of a mail that did not arrive; None for every other mail, delays included."""
    try:
        return _report(BytesParser().parsebytes(raw[:LARGEST_REPORT]))
    except _MALFORMED:
        return None


def _report(mail: Mail) -> Report | None:
    parts = mail.get_payload()
    if not isinstance(parts, list):
        return None
    found = _given_up(parts)
    if found is None:
        return None
    ids = [*_original_ids(parts), *_ids_in(mail.get("In-Reply-To", ""))]
    if not ids:
        return None
    status = _STATUS.search(str(found.get("Status", "")))
    _kind, _semicolon, words = str(found.get("Diagnostic-Code", "")).rpartition(";")
    return Report(tuple(dict.fromkeys(ids)), "" if status is None else status[0], _one_line(words))


def _given_up(parts: Sequence[object]) -> Mail | None:
    """The fields of the first recipient for whom the mail was given up. Our mails have one recipient each."""
    for part in parts:
        if isinstance(part, Mail) and part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks[: MOST_RECIPIENTS + 1] if isinstance(blocks, list) else []:
                if isinstance(block, Mail) and str(block.get("Action", "")).strip().lower() == "failed":
                    return block
    return None


def _original_ids(parts: Sequence[object]) -> list[str]:
    """The Message-ID of the mail that comes with the report, whole or by its head."""
    for part in parts:
        if not isinstance(part, Mail):
            continue
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            head = inner[0] if isinstance(inner, list) and inner else None
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            text = part.get_payload(decode=True)
            head = HeaderParser().parsestr(text.decode("latin-1")) if isinstance(text, bytes) else None
        else:
            continue
        if isinstance(head, Mail):
            return _ids_in(head.get("Message-ID", ""))
    return []


def _ids_in(header: object) -> list[str]:
    return _MESSAGE_ID.findall(str(header))[:3]


def _one_line(text: str) -> str:
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(clean.split())[:LONGEST_SAID]

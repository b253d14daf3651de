"""Mails of customers as mail servers hand them over: who wrote, which mail of ours they answer, and what is new in it.

Nothing in a mail is proof of who wrote it. `service.mailing` believes the sender only about a mail of ours that was
sent to that very address, whose Message-ID only its reader and the servers on its way know.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import parseaddr
from html import unescape
from itertools import islice

import nh3

from club.members.rules import looks_like_email
from club.messages.reports import LARGEST_MAIL
from club.support.rules import LONGEST_SUBJECT, LONGEST_WORDS

LONGEST_FILE_NAME = 60
LONGEST_BODY = 128 * 1024
"""Signs of a body that are looked at: pages nested without end cost their length squared."""
MOST_IDS = 20
LONGEST_ADDRESS = 254
_MALFORMED = (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What the parser raises at mails that are none."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,118}>")
_REPLY_MARK = re.compile(r"^((re|rv|fwd?|tr|на|отв)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_QUOTE_HEAD = re.compile(
    r"^(on .{5,200} wrote:|el .{5,200} escribió:|.{5,200}(пишет|написал|написала|писал|писала)\s*:)$", re.IGNORECASE
)
_END_OF_OURS = re.compile(
    r"^(-{2,}\s*(original message|mensaje original|исходное сообщение)\s*-{2,}|_{20,})$", re.IGNORECASE
)
_SPACES = re.compile(r"\n{3,}")
_LINES, _IN_LINES = {"br", "p", "div", "li", "tr"}, re.compile(r"<[^<>]*>")
_LEFT_OUT = {"blockquote", "script", "style", "title"}


@dataclass(frozen=True)
class Enclosed:
    """A file as it came with a mail. `name`: what its sender calls it, in signs that can be read."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Letter:
    """A mail that somebody wrote in answer to one of ours. `answers`: ours, the nearest first."""

    message_id: str
    sender: str
    answers: tuple[str, ...]
    subject: str
    words: str
    files: tuple[Enclosed, ...]


def read_letter(raw: bytes) -> Letter | None:
    """A mail that people wrote; None for what programs send by themselves, and for what cannot be read."""
    try:
        mail = BytesParser(policy=default).parsebytes(raw[:LARGEST_MAIL])
        return _letter(mail) if isinstance(mail, EmailMessage) else None
    except _MALFORMED:
        return None


def _letter(mail: EmailMessage) -> Letter | None:
    answers = [*_ids(mail.get("In-Reply-To")), *reversed(_ids(mail.get("References")))][:MOST_IDS]
    own, sender = _ids(mail.get("Message-ID")), parseaddr(str(mail.get("From", "")))[1]
    is_address = looks_like_email(sender) and sender.isprintable() and len(sender) <= LONGEST_ADDRESS
    if _is_automatic(mail) or not answers or not own or not is_address:
        return None
    body = mail.get_body(("plain", "html"))
    text = "" if body is None else str(body.get_content())[:LONGEST_BODY]
    if body is not None and body.get_content_subtype() == "html":
        text = _plain(text)
    words = without_quote(text)[:LONGEST_WORDS]
    files = tuple(_enclosed(part) for part in mail.iter_attachments())
    if not words and not files:
        return None
    title = "".join(sign for sign in str(mail.get("Subject", "")) if sign.isprintable() or sign.isspace())
    subject = _REPLY_MARK.sub("", " ".join(title.split()))
    return Letter(own[0], sender, tuple(dict.fromkeys(answers)), subject[:LONGEST_SUBJECT], words, files)


def _enclosed(part: EmailMessage) -> Enclosed:
    data = part.get_payload(decode=True)
    name = _readable(part.get_filename() or "") or _readable(part.get_content_type())
    return Enclosed(name, data if isinstance(data, bytes) else b"")


def _readable(said: str) -> str:
    return "".join(sign for sign in said if sign.isprintable() and sign != ",").strip()[:LONGEST_FILE_NAME]


def _is_automatic(mail: EmailMessage) -> bool:
    """Whether a program wrote it by itself (RFC 3834): answering such mails would never end."""
    said = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    bulk = str(mail.get("Precedence", "")).strip().lower() in {"bulk", "list", "junk", "auto_reply"}
    empty_path = str(mail.get("Return-Path", "")).strip() == "<>"
    return said != "no" or bulk or empty_path or mail.get("List-Id") is not None or "X-Autoreply" in mail


def _plain(html: str) -> str:
    """The words of a mail that is written as a page, without what it quotes."""
    clean = nh3.clean(html, tags=_LINES, clean_content_tags=_LEFT_OUT, attributes={}, link_rel=None)
    return unescape(_IN_LINES.sub("\n", clean.replace("\n", " ")))


def without_quote(text: str) -> str:
    """What is new: above, between and below the quoted lines of the mail that it answers, without them."""
    lines = [
        "".join(sign for sign in line if sign.isprintable() or sign == "\t").strip()
        for line in text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    ]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _END_OF_OURS.match(line):
            break
        if not line.startswith(">") and not (_QUOTE_HEAD.match(line) and _is_quote(islice(lines, number + 1, None))):
            kept.append(line)
    return _SPACES.sub("\n\n", "\n".join(kept)).strip()


def _is_quote(lines: Iterable[str]) -> bool:
    """Whether what follows is quoted, or nothing follows."""
    following = next((line for line in lines if line), ">")
    return following.startswith(">")


def _ids(header: object) -> list[str]:
    return _MESSAGE_ID.findall(str(header or ""))

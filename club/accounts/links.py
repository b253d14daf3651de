"""Mailed links: for one purpose, good once and for a time. The table holds digests only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.accounts.models import OneTimeLink
from club.accounts.rules import LINK_MINUTES
from club.database import Transaction
from club.errors import LinkExpired

TOKEN_BYTES = 32
LONGEST_TOKEN = 100


@dataclass(frozen=True)
class Link:
    """What a link stands for."""

    digest: bytes
    account_id: int | None
    data: dict[str, object]
    is_open: bool
    """Neither used nor too old."""

    @property
    def name(self) -> str:
        """The link in messages and logs; nobody can make the token from it."""
        return self.digest.hex()[:32]


def make_link(
    tx: Transaction,
    purpose: str,
    now: datetime,
    *,
    account_id: int | None = None,
    data: dict[str, object] | None = None,
) -> str:
    """A new token; whatever older links the account had for this purpose stop working."""
    if account_id is not None:
        close_links(tx, account_id, purpose, now=now)
    token = token_urlsafe(TOKEN_BYTES)
    tx.execute(
        insert(OneTimeLink).values(
            digest=digest_of(token),
            purpose=purpose,
            account_id=account_id,
            data=data or {},
            created_at=now,
            expires_at=now + timedelta(minutes=LINK_MINUTES[purpose]),
        )
    )
    return token


def find_link(db: Session, token: str, purpose: str, now: datetime) -> Link | None:
    """The link if it was ever made for this purpose, open or not."""
    row = db.execute(
        select(OneTimeLink).where(OneTimeLink.digest == digest_of(token), OneTimeLink.purpose == purpose)
    ).scalar_one_or_none()
    if row is None:
        return None
    return Link(row.digest, row.account_id, dict(row.data), is_open=row.used_at is None and row.expires_at > now)


def open_link(db: Session, token: str, purpose: str, now: datetime) -> Link:
    """The link; raises `LinkExpired` for one that is unknown, used or too old."""
    link = find_link(db, token, purpose, now)
    if link is None or not link.is_open:
        raise LinkExpired
    return link


def use_link(tx: Transaction, token: str, purpose: str, now: datetime) -> Link:
    """Use a link up; of two at once one gets `LinkExpired`."""
    link = open_link(tx, token, purpose, now)
    used = tx.execute(
        update(OneTimeLink)
        .where(OneTimeLink.digest == link.digest, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeLink.digest)
    ).all()
    if not used:
        raise LinkExpired
    return link


def close_links(tx: Transaction, account_id: int, *purposes: str, now: datetime) -> None:
    """Open links of an account stop working: those for these purposes, or all."""
    stop = update(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None))
    if purposes:
        stop = stop.where(OneTimeLink.purpose.in_(purposes))
    tx.execute(stop.values(used_at=now))


def digest_of(token: str) -> bytes:
    """What is stored of a token."""
    return sha256(token[:LONGEST_TOKEN].encode()).digest()

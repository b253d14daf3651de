"""Guests who want to hear when something is back: a mailed link comes first, so nobody signs up somebody else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.access.service.links import count_link
from club.accounts.attempts import Try, count_tries, everybody, from_address
from club.accounts.links import digest_of, make_link, open_link, use_link
from club.accounts.rules import LINK_MINUTES
from club.catalogue.models import Product, Variant
from club.catalogue.service.wishes import address_key, check_sold_out, is_waited_for, wish_in
from club.database import transaction
from club.errors import LinkExpired
from club.members.rules import checked_email
from club.messages.service import queue
from club.texts import Texts

CONFIRM = "stock.confirm"
PURPOSE = "wish"
"""Of the mailed link."""
PAGE = "/shop/tell-me/"


@dataclass(frozen=True)
class Awaited:
    """What a mailed link is about."""

    variant_id: int
    name: Texts
    slugs: Texts


def ask_to_hear(db: Session, variant_id: int, email: str, language: str, asking: Asking, now: datetime) -> None:
    """Mail a link to whoever wants to hear; nothing is kept but what it stands for, for a day.

    Who waits already gets no mail, and the answer is the same. Raises `NotFound`, `AlreadyThere`, `BadEmail`,
    `TooManyTries`.
    """
    email = checked_email(email)
    key = address_key(email)
    tries = [Try("wish.guest", key), from_address("wish.address", asking.address), everybody("mail.all")]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
        check_sold_out(tx, variant_id)
        if is_waited_for(tx, variant_id, key):
            return
        token = make_link(tx, PURPOSE, now, data={"variant_id": variant_id, "email": email, "language": language})
        name = digest_of(token).hex()[:32]
        product = _product(tx, variant_id).name
        queue(
            tx,
            CONFIRM,
            occurrence=name,
            recipient=email,
            language=language,
            addressee=f"link:{name}",
            data={"path": PAGE, "name": "", "hours": LINK_MINUTES[PURPOSE] // 60, "product": dict(product)},
            secret=token,
            now=now,
        )


def awaited(db: Session, token: str, now: datetime) -> Awaited:
    """What the link stands for; reads only. Raises `LinkExpired`."""
    return _product(db, _variant(open_link(db, token, PURPOSE, now).data))


def confirm(db: Session, token: str, asking: Asking, now: datetime) -> Awaited:
    """Whoever has the mailbox says yes, once.

    Raises `LinkExpired`, `TooManyTries`, `NotFound`, `AlreadyThere`; then the link stays open.
    """
    count_link(db, asking, token, PURPOSE, now)
    with transaction(db) as tx:
        data = use_link(tx, token, PURPOSE, now).data
        product = _product(tx, _variant(data))
        wish_in(tx, product.variant_id, str(data["email"]), str(data["language"]), now)
        return product


def _variant(data: dict[str, object]) -> int:
    found = data["variant_id"]
    assert isinstance(found, int)
    return found


def _product(db: Session, variant_id: int) -> Awaited:
    """As it is called now; raises `LinkExpired` for what is gone."""
    row = db.execute(
        select(Product.name, Product.slugs)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id)
    ).one_or_none()
    if row is None:
        raise LinkExpired
    return Awaited(variant_id, row.name, row.slugs)

"""Who wants to hear when a variant is back: asked for once, told once, in one mail."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries
from club.accounts.rules import LIMITS
from club.catalogue.models import Product, Stock, StockWish, Variant
from club.catalogue.rules.products import State
from club.catalogue.visitors import sees_tier
from club.clock import club_day
from club.database import Transaction, is_sqlite, transaction
from club.errors import AlreadyThere, BadEmail, NotFound, TooManyTries
from club.members.models import Person
from club.members.rules import email_key
from club.messages.mail import transportable
from club.messages.service import queue
from club.programme.models import the_club
from club.texts import Texts

KEPT = timedelta(days=365)
"""After so long nobody waits any more; the address is forgotten."""
BACK = "stock.back"
MOST_OPEN = 20
"""For so many variants one address waits at once."""
LONGEST_EMAIL = 254
MOST_AT_ONCE = 1000
"""Of more who wait, the first are told; the others when the next movement, or the night, looks again."""


def wish(db: Session, variant_id: int, email: str, language: str, now: datetime, person_id: int | None = None) -> bool:
    """Remember who wants to hear when a variant is back; False where this was remembered already.

    Whoever calls it knows that the address is theirs. Raises `NotFound`, `AlreadyThere` for what can be ordered,
    `BadEmail`, `TooManyTries`, also where somebody waits for `MOST_OPEN` already.
    """
    with transaction(db) as tx:
        return wish_in(tx, variant_id, email, language, now, person_id)


def wish_in(
    tx: Transaction, variant_id: int, email: str, language: str, now: datetime, person_id: int | None = None
) -> bool:
    """The same as a step."""
    key = address_key(email)
    count_tries(tx, [Try("wish.recipient", key)], now)  # of two at once the second waits, so both are counted
    check_sold_out(tx, variant_id)
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    row = {
        "variant_id": variant_id,
        "person_id": person_id,
        "email": email,
        "email_key": key,
        "language": language,
        "made_at": now,
        "was_told": False,
    }
    added = tx.execute(add(StockWish).values(row).on_conflict_do_nothing().returning(StockWish.id)).first()
    if added is not None and _open_wishes(tx, key) > MOST_OPEN:
        raise TooManyTries(LIMITS["wish.recipient"].seconds)
    return added is not None


def address_key(email: str) -> str:
    """What an address is told apart by; raises `BadEmail` for one that no mail goes to."""
    transportable(email)
    key = email_key(email)
    if len(key) > LONGEST_EMAIL:
        raise BadEmail
    return key


def check_sold_out(db: Session, variant_id: int) -> None:
    """Raise `NotFound`, or `AlreadyThere` for what can be ordered: nobody waits for it."""
    level = db.execute(
        select(Stock.on_hand, Stock.reserved, Stock.is_counted)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Stock.variant_id == variant_id, Variant.is_active, Product.state == State.LIVE)
    ).one_or_none()
    if level is None:
        raise NotFound
    if not level.is_counted or level.on_hand > level.reserved:
        raise AlreadyThere


def is_waited_for(db: Session, variant_id: int, key: str) -> bool:
    """Whether this address waits for it."""
    waits = (StockWish.variant_id == variant_id, StockWish.email_key == key, StockWish.ended_at.is_(None))
    return db.scalar(select(StockWish.id).where(*waits).limit(1)) is not None


def _open_wishes(tx: Transaction, key: str) -> int:
    is_open = (StockWish.email_key == key, StockWish.ended_at.is_(None))
    return tx.scalar(select(func.count()).select_from(StockWish).where(*is_open)) or 0


def has_wish(db: Session, variant_ids: list[int], person_id: int) -> set[int]:
    """For which of these a member waits."""
    return set(
        db.scalars(
            select(StockWish.variant_id).where(
                StockWish.person_id == person_id, StockWish.variant_id.in_(variant_ids), StockWish.ended_at.is_(None)
            )
        )
    )


def take_wish_back(db: Session, variant_id: int, person_id: int, now: datetime) -> None:
    """A member no longer waits."""
    with transaction(db) as tx:
        tx.execute(
            update(StockWish)
            .where(StockWish.variant_id == variant_id, StockWish.person_id == person_id, StockWish.ended_at.is_(None))
            .values(ended_at=now, email="", email_key="")
        )


def tell_who_waits(tx: Transaction, variant_id: int, now: datetime) -> int:
    """Leave a mail for everybody who waits, if there is one to be had that nobody was promised; how many mails.

    Whoever may not see the product now goes on waiting: the next movement, or the night, looks again. Each wish
    ends with its mail, and its address is forgotten; a message is there once for each wish.
    """
    is_open = [StockWish.variant_id == variant_id, StockWish.ended_at.is_(None)]
    if tx.scalar(select(StockWish.id).where(*is_open).limit(1)) is None:
        return 0
    day = club_day(now, the_club(tx).time_zone)
    product = tx.execute(
        select(Product.name, Product.slugs, Product.rung_key)
        .join(Variant, Variant.product_id == Product.id)
        .join(Stock, Stock.variant_id == Variant.id)
        .where(
            Variant.id == variant_id,
            Variant.is_active,
            Product.state == State.LIVE,
            or_(Product.visible_from.is_(None), Product.visible_from <= day),
            or_(Product.visible_until.is_(None), Product.visible_until >= day),
            or_(~Stock.is_counted, Stock.on_hand > Stock.reserved),
        )
    ).one_or_none()
    if product is None:
        return 0
    if product.rung_key is not None:
        is_open.append(sees_tier(tx, product.rung_key, StockWish.person_id, day))
    name = case((Person.call_name != "", Person.call_name), else_=Person.full_name)
    email = func.coalesce(Person.email, StockWish.email)
    waiting = tx.execute(
        select(StockWish.id, email.label("email"), StockWish.language, StockWish.person_id, name.label("name"))
        .outerjoin(Person, Person.id == StockWish.person_id)
        .where(*is_open)
        .order_by(StockWish.id)
        .limit(MOST_AT_ONCE)
    ).all()
    for one in waiting:
        _tell(tx, one.id, one.email, one.language, one.person_id, one.name or "", product.name, product.slugs, now)
    tx.execute(
        update(StockWish)
        .where(StockWish.id.in_([one.id for one in waiting]))
        .values(ended_at=now, was_told=True, email="", email_key="")
    )
    return len(waiting)


def tell_everybody(db: Session, now: datetime) -> int:
    """Look again at everything that somebody waits for; how many mails."""
    variants = list(db.scalars(select(StockWish.variant_id).where(StockWish.ended_at.is_(None)).distinct()))
    db.rollback()
    told = 0
    for variant_id in sorted(variants):
        with transaction(db) as tx:
            told += tell_who_waits(tx, variant_id, now)
    return told


def _tell(  # noqa: PLR0917 - one argument a column
    tx: Transaction, wish_id: int, email: str, language: str, person_id: int | None, name: str, product: Texts,
    slugs: Texts, now: datetime,
) -> None:  # fmt: skip
    queue(
        tx,
        BACK,
        occurrence=f"wish:{wish_id}",
        recipient=email,
        language=language,
        person_id=person_id,
        addressee=f"person:{person_id}" if person_id else f"wish:{wish_id}",
        data={"name": name, "product": dict(product), "slug": slugs.into(language)},
        now=now,
    )


def forget_old_wishes(db: Session, now: datetime) -> int:
    """Wishes that nobody can have any more are removed with their addresses; how many."""
    with transaction(db) as tx:
        return tx.connection().execute(delete(StockWish).where(StockWish.made_at < now - KEPT)).rowcount

"""What happens to the catalogue each night."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from club.catalogue.service.public import turn_prices
from club.catalogue.service.stock import release_expired
from club.catalogue.service.wishes import forget_old_wishes, tell_everybody
from club.catalogue.service.wording import forget_unused_words


def night(db: Session, day: date, now: datetime) -> int:
    """Prices that begin or end, reservations that are over, wishes that can be met or are too old; how many."""
    return (
        turn_prices(db, day)
        + release_expired(db, now)
        + tell_everybody(db, now)
        + forget_old_wishes(db, now)
        + forget_unused_words(db)
    )

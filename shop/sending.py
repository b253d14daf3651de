"""What sending costs before an order says where to: as if it stayed within the club's own country."""

from dataclasses import dataclass

from club.delivery.quoting import quotes
from club.delivery.rules import Kind, missing_to_free
from web.database import db
from web.programme import programme


@dataclass(frozen=True)
class Place:
    """Where goods would go."""

    country: str
    postcode: str = ""


@dataclass(frozen=True)
class Sending:
    """The cheapest way, and how much more in goods would be sent for nothing. Minor units."""

    price: int
    free_from: int | None
    missing: int | None
    is_by_offer: bool = False
    """An offer makes it free of charge."""


def home() -> Place:
    """Somewhere in the club's own country."""
    return Place(programme().country)


def sending_to(place: Place, grams: int, value: int) -> Sending | None:
    """What it costs to send so much there; None where nothing is sent. No query while nothing changes."""
    sent = [one for one in quotes(db(), place.country, place.postcode, grams, value) if one.kind is Kind.SHIP]
    if not sent:
        return None
    cheapest = min(one.price for one in sent)
    free_from = min((one.free_from for one in sent if one.free_from is not None), default=None)
    return Sending(cheapest, free_from, missing_to_free(sent, value) if cheapest else None)

"""A mail of each act to look at: invented data, or a member's own where one was chosen."""

from collections.abc import Mapping
from datetime import datetime

from club.messages.acts import ACTS
from club.messages.models import Letter
from club.texts import Texts

_NAMES = {"en": "Anna", "es": "Ana", "ru": "Анна"}
_LEVEL = Texts({"en": "Gold", "es": "Oro", "ru": "Золото"})
_OFFER_WORDS = Texts({"en": "From the new harvest.", "es": "De la nueva cosecha.", "ru": "Нового урожая."})
_PRODUCT = Texts({"en": "Red wine 2021", "es": "Vino tinto 2021", "ru": "Красное вино 2021"})
_EVENT = Texts({"en": "Tasting of the new vintage", "es": "Cata de la nueva añada", "ru": "Дегустация нового урожая"})
_OFFER = Texts({"en": "€10 off", "es": "10 € de descuento", "ru": "Скидка 10 €"})
_GIFT = Texts({"en": "Half way to Gold", "es": "A medio camino de Oro", "ru": "Половина пути к уровню «Золото»"})
_DAY = Texts({"en": "Teachers' Day", "es": "Día del Docente", "ru": "День учителя"})
_WAY = Texts({"en": "Parcel", "es": "Paquetería", "ru": "Посылка"})


_CLUB: dict[str, object] = {
    "path": "/…/",
    "minutes": 30,
    "hours": 24,
    "days": 7,
    "number": "7F3K-92QD",
    "points": 1200,
    "new": "a…@example.org",
    "role": "shop",
    "tier": dict(_LEVEL),
    "multiplier_percent": 150,
    "discount_percent": 5,
    "product": dict(_PRODUCT),
    "titles": ["…"],
    "more": 2,
    "slug": "…",
    "offer": dict(_OFFER),
    "offer_words": dict(_OFFER_WORDS),
    "gift": dict(_GIFT),
    "day_name": dict(_DAY),
    "years": 5,
    "worth": 1200,
    "saved": 2150,
    "opening": 940,
    "earned": 510,
    "used": -175,
    "expired": -50,
    "passed": -25,
    "corrected": 0,
    "closing": 1200,
    "event": dict(_EVENT),
    "calendar": {},
    "where": "Calle Mayor 1",
    "former_where": "Calle Menor 2",
    "reference": "7F3K92Q",
    "words": "…",
    "writer": "…",
    "asks": True,
    "left_out": "…",
}
_ORDER: dict[str, object] = {
    "order": "H4T7-29KM",
    "key": "…",
    "carrier": "SEUR",
    "tracking": "1Z 999 AA1",
    "code": "K7Q2MX",
    "currency": "EUR",
    "items": [{"name": dict(_PRODUCT), "quantity": 3, "amount": 7200}],
    "goods": 7200,
    "discount": 0,
    "offers": [],
    "spent": 500,
    "spent_value": 500,
    "delivery_price": 490,
    "way": dict(_WAY),
    "total": 7190,
    "due": 7190,
}
_RETURN: dict[str, object] = {
    "refund": 7190,
    "to_card": 7190,
    "at_counter": 2000,
    "to_account": 1000,
    "less": 490,
    "paper": "FC2026-00042",
    "follows": True,
    "place": "…",
    "clock": "10:42",
    "sent_to": "…",
    "answer": "…",
    "back": 500,
    "taken": 67,
    "before": "K2M9-41TX",
    "carried": 7190,
    "to_pay": 900,
}


def sample_data(act: str, language: str, now: datetime, known: Mapping[str, object]) -> dict[str, object]:
    """Everything that the words of an act can say; `known` replaces what is invented."""
    invented = (
        _CLUB | _ORDER | _RETURN | dict.fromkeys(("name", "inviter", "friend", "member"), _NAMES[language]) | _days(now)
    )
    wanted = ACTS[act].needs | ACTS[act].may_have
    return {key: known.get(key, invented.get(key, "…")) for key in sorted(wanted)}


def _days(now: datetime) -> dict[str, object]:
    """Days to come, and today."""
    year = now.year + 1
    return {
        "until": f"{year}-12-31",
        "starts": f"{year}-03-27T19:00",
        "answer_by": f"{year}-03-20",
        "former_starts": f"{year}-03-26T18:30",
        "came": f"{now:%Y-%m-%d}",
        "month": f"{year}-02",
        "by": f"{year}-03-27T18:00",
    }


def sample_letter(act: str, language: str, now: datetime, known: Mapping[str, object]) -> Letter:
    """A message that was never queued."""
    return Letter(
        id=0,
        act=act,
        person_id=None,
        recipient="",
        language=language,
        data=sample_data(act, language, now, known),
        secret="…",  # noqa: S106 - where a secret would stand
        state="queued",
        tries=0,
        next_try_at=now,
        message_id="",
        last_error="",
        created_at=now,
        sent_at=None,
    )

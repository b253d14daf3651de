"""Offers of the wine cellar: what runs, what comes, what is over; some of them in members' hands already."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Category, Variant
from club.clock import club_day
from club.errors import Refusal
from club.members.models import Person, person_with_email
from club.offers.models import VOUCHERS, the_offer
from club.offers.rules import Kind, Offer, Place, VoucherState, Way, Who
from club.offers.service import activate, add_codes, add_offer, end_offer, pick, publish, record_at_counter, redeem
from club.permissions import Role
from club.programme.models import the_club
from club.purchases.rules import COUNTER, NewPurchase
from club.texts import Texts

CARMEN = "carmen@example.org"
MOST_WITH_VOUCHERS = 12
PICKED = 8
MONTH = timedelta(days=30)


def fill_offers(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Written by marketing weeks ago."""
    club = the_club(db)
    day = club_day(now, club.time_zone)
    db.rollback()
    by = staff[Role.MARKETING]
    people = list(
        db.scalars(select(Person.id).where(Person.joined_on.is_not(None)).order_by(Person.id).limit(MOST_WITH_VOUCHERS))
    )
    carmen = person_with_email(db, CARMEN)
    if carmen is None:
        raise RuntimeError(f"{CARMEN} is not in the history")
    made = {}
    for name, offer in _offers(day, _gift(db), _reds(db)).items():
        db.rollback()
        made[name] = add_offer(db, offer, by, Role.MARKETING, now)
        if offer.who is Who.PICKED:
            pick(db, made[name], [carmen.person_id, *people[:PICKED]], by, Role.MARKETING, now)
        if offer.kind is Kind.PARTNER:
            codes = [f"BALNEA-{number * 7919 % 10_000:04}" for number in range(1, 41)]
            add_codes(db, made[name], codes, by, Role.MARKETING, now)
        if name != "draft":
            publish(db, made[name], the_offer(db, made[name]).version, by, Role.MARKETING, now)
    for person_id in [*people, carmen.person_id]:
        _take(db, made, person_id, now)
    db.rollback()
    end_offer(db, made["ended"], by, Role.MARKETING, now)
    _buy_with_vouchers(db, made["glasses"], people, staff[Role.SHOP], now)


def _take(db: Session, made: dict[str, int], person_id: int, now: datetime) -> None:
    """Some activate the spa, some redeem a glass; whoever cannot leaves it."""
    db.rollback()
    with suppress(Refusal):
        if person_id % 3:
            activate(db, person_id, made["spa"], now)
    db.rollback()
    with suppress(Refusal):
        if person_id % 2:
            redeem(db, person_id, made["glasses"], sha256(f"demo:{person_id}".encode()).digest(), now)
    db.rollback()
    with suppress(Refusal):
        activate(db, person_id, made["ended"], now)


def _buy_with_vouchers(db: Session, offer_id: int, people: list[int], by: int, now: datetime) -> None:
    """All but one of those who redeemed points came to the counter with it; what else they have counts by itself."""
    day = club_day(now, the_club(db).time_zone)
    mine = select(VOUCHERS.c.person_id, VOUCHERS.c.code).where(
        VOUCHERS.c.offer_id == offer_id, VOUCHERS.c.state == VoucherState.ACTIVE.value, VOUCHERS.c.person_id.in_(people)
    )
    shown = db.execute(mine.order_by(VOUCHERS.c.id)).all()
    for number, (person_id, code) in enumerate(shown[1:]):
        sale = NewPurchase(
            member_id=person_id,
            channel=COUNTER,
            reference=f"GR-98{number:03}",
            bought_on=day,
            amount=3_450 + 1_280 * number,
        )
        record_at_counter(db, sale, 0, code, by, Role.SHOP, now)


def _gift(db: Session) -> int:
    found = db.scalar(select(Variant.id).where(Variant.sku.startswith("ACEITE")).order_by(Variant.id).limit(1))
    if found is None:
        raise RuntimeError("the shop has no oil")
    return found


def _reds(db: Session) -> int:
    """The shop's red wines, of which the members who sign in here bought lately."""
    found = db.scalar(select(Category.id).where(Category.parent_id.is_(None)).order_by(Category.position).limit(1))
    if found is None:
        raise RuntimeError("the shop has no categories")
    return found


def _texts(en: str, es: str, ru: str) -> Texts:
    return Texts({"en": en, "es": es, "ru": ru})


def _offers(day: date, gift_variant_id: int, reds: int) -> dict[str, Offer]:
    return {**_of_the_shop(day, gift_variant_id, reds), **_rewards(day), **_that_do_not_run(day)}


def _of_the_shop(day: date, gift_variant_id: int, reds: int) -> dict[str, Offer]:
    begun = day - timedelta(days=20)
    return {
        "delivery": Offer(
            kind=Kind.FREE_DELIVERY,
            title=_texts("Free delivery from 90 €", "Envío gratuito desde 90 €", "Бесплатная доставка от 90 €"),
            place=Place.SHOP,
            least_goods=9000,
            starts_on=begun,
            ends_on=day + 2 * MONTH,
            budget=60_000,
        ),
        "table": Offer(
            kind=Kind.PERCENT,
            title=_texts("10% for a long table", "10 % para una mesa larga", "10 % для большого стола"),
            words=_texts(
                "A small reduction for the next dinner at home.",
                "Una pequeña rebaja para la próxima cena en casa.",
                "Небольшая скидка к следующему ужину дома.",
            ),
            way=Way.ACTIVATE,
            percent=10,
            least_goods=5000,
            starts_on=begun,
            ends_on=day + MONTH,
            voucher_days=14,
            limit_member=1,
            limit_all=500,
        ),
        "reds": Offer(
            kind=Kind.PERCENT,
            title=_texts("8% on six reds", "8 % en seis tintos", "8 % на шесть красных"),
            words=_texts(
                "For whoever stays with red when the evenings get long.",
                "Para quien sigue con el tinto cuando se alargan las noches.",
                "Для тех, кто долгими вечерами верен красному.",
            ),
            way=Way.ACTIVATE,
            percent=8,
            least_goods=6000,
            categories=(reds,),
            starts_on=begun,
            ends_on=day + MONTH,
            voucher_days=21,
            limit_member=1,
        ),
        "gift": Offer(
            kind=Kind.GIFT,
            title=_texts("Oil from our own trees", "Aceite de nuestros olivos", "Масло с наших олив"),
            words=_texts(
                "For members who have been with us for years.",
                "Para quienes nos acompañan desde hace años.",
                "Для тех, кто с нами уже много лет.",
            ),
            who=Who.PICKED,
            way=Way.ACTIVATE,
            place=Place.SHOP,
            gift_variant_id=gift_variant_id,
            starts_on=begun,
            ends_on=day + MONTH,
            limit_member=1,
        ),
    }


def _rewards(day: date) -> dict[str, Offer]:
    """A partner's code, what points bring, and what the highest tier brings."""
    begun = day - timedelta(days=20)
    return {
        "spa": Offer(
            kind=Kind.PARTNER,
            title=_texts("An hour at the baths", "Una hora en el balneario", "Час в термах"),
            words=_texts(
                "Second person free at the Balnea baths.",
                "Segunda persona gratis en el balneario Balnea.",
                "Второй гость бесплатно в термах Balnea.",
            ),
            way=Way.ACTIVATE,
            starts_on=begun,
            ends_on=day + 3 * MONTH,
            limit_member=1,
        ),
        "glasses": Offer(
            kind=Kind.AMOUNT,
            title=_texts("5 € off your next bottle", "5 € en su próxima botella", "5 € на следующую бутылку"),
            way=Way.REDEEM,
            points=400,
            amount=500,
            starts_on=begun,
            voucher_days=60,
        ),
        "magnum": Offer(
            kind=Kind.AMOUNT,
            title=_texts("50 € off a case", "50 € en una caja", "50 € на ящик вина"),
            way=Way.REDEEM,
            points=90_000,
            amount=5000,
            least_goods=10_000,
            starts_on=begun,
            voucher_days=90,
        ),
        "platinum": Offer(
            kind=Kind.MULTIPLIER,
            title=_texts("Double points all month", "Puntos dobles todo el mes", "Двойные баллы весь месяц"),
            who=Who.RUNG,
            rung_key="platinum",
            percent=200,
            starts_on=begun,
            ends_on=day + MONTH,
        ),
    }


def _that_do_not_run(day: date) -> dict[str, Offer]:
    """Planned, being written, ended before its day."""
    return {
        "planned": Offer(
            kind=Kind.PERCENT,
            title=_texts("15% on sparkling wine", "15 % en espumosos", "15 % на игристое"),
            percent=15,
            starts_on=day + MONTH,
            ends_on=day + 2 * MONTH,
        ),
        "draft": Offer(
            kind=Kind.AMOUNT,
            title=_texts("8 € for the first case", "8 € en la primera caja", "8 € на первый ящик"),
            amount=800,
            least_goods=6000,
            starts_on=day + timedelta(days=7),
        ),
        "ended": Offer(
            kind=Kind.AMOUNT,
            title=_texts("Harvest voucher", "Vale de la vendimia", "Ваучер сбора урожая"),
            way=Way.ACTIVATE,
            amount=300,
            starts_on=day - 2 * MONTH,
            ends_on=day + timedelta(days=2),
        ),
    }

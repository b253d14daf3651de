"""Gifts of the wine cellar: for birthdays, years, growth and milestones; birthdays today, a choice for Carmen."""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, club_day
from club.database import transaction
from club.gifts.models import GIFTS
from club.gifts.rules import Kind, Option, Rule, What
from club.gifts.service import add_rule, night
from club.members.models import Person, person_with_email
from club.offers.models import the_offer
from club.offers.rules import Kind as OfferKind
from club.offers.rules import Offer, Place, Way
from club.offers.service import add_offer, publish
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts
from club.tiers.models import ladder_on, status_of
from club.tiers.standing import standing

CARMEN = "carmen@example.org"
BORN_TODAY = 3
NIGHTS = 12


def fill_gifts(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Written by marketing; the last nights gave by them."""
    day = club_day(now, the_club(db).time_zone)
    carmen = person_with_email(db, CARMEN)
    if carmen is None:
        raise RuntimeError(f"{CARMEN} is not in the history")
    db.rollback()
    by = staff[Role.MARKETING]
    glass = add_offer(db, _glass(day), by, Role.MARKETING, now)
    publish(db, glass, the_offer(db, glass).version, by, Role.MARKETING, now)
    _born(db, day)
    for rule in _rules(db, day, glass, carmen.person_id):
        db.rollback()
        add_rule(db, rule, by, Role.MARKETING, now)
    for back in range(NIGHTS, 0, -1):
        db.rollback()
        night(db, day - back * ONE_DAY, now)
    with transaction(db) as tx:  # of the milestone the last night made something for many at once
        tx.execute(update(GIFTS).where(GIFTS.c.state == "open").values(choose_until=day + timedelta(days=20)))


def _born(db: Session, day: date) -> None:
    """Some members have their birthday today."""
    members = select(Person.id).where(Person.joined_on < day - timedelta(days=60)).order_by(Person.id.desc())
    ids = list(db.scalars(members.limit(BORN_TODAY)))
    db.rollback()
    with transaction(db) as tx:
        born = update(Person).where(Person.id.in_(ids))
        tx.execute(born.values(birth_month=day.month, birth_day=min(day.day, 28)))


def _rules(db: Session, day: date, glass: int, carmen: int) -> list[Rule]:
    begun = day - timedelta(days=300)
    voucher = Option(What.VOUCHER, offer_id=glass)
    birthday = _texts("For your birthday", "Por su cumpleaños", "Ко дню рождения")
    years = _texts("One more year together", "Un año más con nosotros", "Ещё один год вместе")
    growth = _texts("Your cellar grows", "Su bodega crece", "Ваш погреб растёт")
    rules = [
        Rule(kind=Kind.BIRTHDAY, title=birthday, options=(Option(What.POINTS, 300),), starts_on=begun, hold_days=90),
        Rule(
            kind=Kind.BIRTHDAY, title=birthday, options=(voucher,), starts_on=begun, hold_days=60, rung_key="gold"
        ),
        Rule(kind=Kind.ANNIVERSARY, title=years, options=(Option(What.POINTS, 150),), starts_on=begun),
        Rule(
            kind=Kind.GROWTH, title=growth, options=(Option(What.POINTS, 1000),), starts_on=begun, months=3,
            threshold_percent=25, least=10_000, wait_days=_since_quarter(day),
        ),
    ]  # fmt: skip
    milestone = _milestone(db, day, carmen, voucher)
    return [*rules, milestone] if milestone else rules


def _since_quarter(day: date) -> int:
    """So long after the end of a quarter that its day fell into the last nights; returns come within two weeks."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return max(0, (day - first).days - 2)


def _milestone(db: Session, day: date, carmen: int, voucher: Option) -> Rule | None:
    """Where Carmen has just come by."""
    key, place = status_of(db, carmen, day).key, standing(db, carmen, day)
    way = next((way for way in place.ways if way.route.value == "spend"), None)
    if way is None or ladder_on(db, day).ladder.position_of(key) is None:
        return None
    at = max(1, min(99, way.have * 100 // way.need // 10 * 10))
    title = _texts("On the way: choose your reward", "De camino: elija su recompensa", "По пути: выберите награду")
    return Rule(
        kind=Kind.MILESTONE, title=title, options=(Option(What.POINTS, 500), voucher), starts_on=day - ONE_DAY,
        rung_key=key, at_percent=at, choose_days=30,
    )  # fmt: skip


def _glass(day: date) -> Offer:
    return Offer(
        kind=OfferKind.AMOUNT,
        title=_texts("15 € for a bottle of your choice", "15 € para la botella que elija", "15 € на бутылку на выбор"),
        words=_texts(
            "Whenever you like, in the shop or at the counter.",
            "Cuando quiera, en la tienda o en el mostrador.",
            "Когда захотите, в магазине или у стойки.",
        ),
        way=Way.ACTIVATE,
        place=Place.BOTH,
        amount=1500,
        least_goods=2500,
        starts_on=day - timedelta(days=300),
        only_given=True,
    )


def _texts(en: str, es: str, ru: str) -> Texts:
    return Texts({"en": en, "es": es, "ru": ru})

"""What the tiers of the wine cellar get, in three languages."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.benefits.models import standing_benefits
from club.benefits.rules import Benefit, Cell, Gives, Kind, cost_of_use
from club.benefits.service import add_benefit
from club.benefits.using import NewUse, record_use
from club.errors import BenefitNotTheirs, BenefitUsedUp
from club.permissions import Role
from club.texts import Texts
from club.tiers.models import Status

MEMBERS_WITH_USES = 30
YES = Cell(Gives.YES)
_RATIONAL, _EMOTIONAL = Kind.RATIONAL, Kind.EMOTIONAL

Words = tuple[str, str, str]

_BENEFITS: tuple[tuple[Words, Words, Kind, int, int | None, dict[str, Cell]], ...] = (
    (
        ("Birthday bottle", "Botella de cumpleaños", "Бутылка ко дню рождения"),
        (
            "A bottle chosen by the cellar master, ready for you in your birthday month.",
            "Una botella elegida por el enólogo, lista para usted en el mes de su cumpleaños.",
            "Бутылка, которую выбрал винодел, ждёт вас в месяц вашего дня рождения.",
        ),
        _EMOTIONAL, 1200, 200,
        {"silver": YES, "gold": YES, "platinum": YES},
    ),
    (
        ("Free delivery", "Envío gratuito", "Бесплатная доставка"),
        (
            "For orders from this amount on.",
            "Para pedidos a partir de este importe.",
            "Для заказов от этой суммы.",
        ),
        _RATIONAL, 650, 90,
        {
            "member": Cell(Gives.WORDS, words=Texts({"en": "from 120 €", "es": "desde 120 €", "ru": "от 120 €"})),
            "silver": Cell(Gives.WORDS, words=Texts({"en": "from 80 €", "es": "desde 80 €", "ru": "от 80 €"})),
            "gold": YES,
            "platinum": YES,
        },
    ),
    (
        ("Tasting in the barrel cellar", "Cata en la sala de barricas", "Дегустация в зале бочек"),
        (
            "For you and one guest, with the cellar master.",
            "Para usted y un acompañante, con el enólogo.",
            "Для вас и одного гостя, вместе с виноделом.",
        ),
        _EMOTIONAL, 3500, 150,
        {"gold": Cell(Gives.TIMES, 1), "platinum": Cell(Gives.TIMES, 4)},
    ),
    (
        ("First choice of limited bottles", "Prioridad en ediciones limitadas", "Первый выбор редких бутылок"),
        (
            "Two days before everybody else.",
            "Dos días antes que los demás.",
            "На два дня раньше остальных.",
        ),
        _RATIONAL, 0, 240,
        {"gold": YES, "platinum": YES},
    ),
    (
        ("Voucher at harvest", "Vale en la vendimia", "Подарочная карта к сбору урожая"),
        (
            "Once a year, in September, for anything in the shop.",
            "Una vez al año, en septiembre, para cualquier artículo de la tienda.",
            "Раз в год, в сентябре, на любой товар магазина.",
        ),
        _RATIONAL, 0, 300,
        {"silver": Cell(Gives.AMOUNT, 1000), "gold": Cell(Gives.AMOUNT, 2500), "platinum": Cell(Gives.AMOUNT, 6000)},
    ),
    (
        ("Harvest supper", "Cena de la vendimia", "Ужин сбора урожая"),
        (
            "A place at the long table, with the people who made the wine.",
            "Un sitio en la mesa larga, con quienes han hecho el vino.",
            "Место за общим столом вместе с теми, кто делал вино.",
        ),
        _EMOTIONAL, 5800, -20,
        {"platinum": Cell(Gives.TIMES, 1)},
    ),
    (
        ("Someone who knows you", "Una persona que le conoce", "Человек, который вас знает"),
        (
            "One name and one number at the cellar, for anything.",
            "Un nombre y un teléfono en la bodega, para lo que necesite.",
            "Одно имя и один телефон на винодельне, по любому вопросу.",
        ),
        _EMOTIONAL, 0, None,
        {"gold": YES, "platinum": YES},
    ),
)  # fmt: skip


def fill_benefits(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Seven benefits: one was to be looked at again three weeks ago, one has no such day."""
    for name, words, kind, cost, review_in_days, cells in _BENEFITS:
        benefit = Benefit(
            name=_texts(name),
            words=_texts(words),
            kind=kind,
            cost_per_use=cost,
            review_on=None if review_in_days is None else now.date() + timedelta(days=review_in_days),
            cells=cells,
        )
        add_benefit(db, benefit, staff[Role.MARKETING], Role.MARKETING, now)
    _use(db, staff[Role.SHOP], now)


def _use(db: Session, by: int, now: datetime) -> None:
    """The clerk wrote down what members of the upper tiers used since the year began, once or twice each."""
    today = now.date()
    lines = [line for line in standing_benefits(db) if cost_of_use(line.benefit, YES)]
    holders = select(Status.member_id).where(Status.ended_on.is_(None), Status.rung_key.in_(("gold", "platinum")))
    members = db.scalars(holders.order_by(Status.member_id).limit(MEMBERS_WITH_USES)).all()
    since = (today - date(today.year, 1, 1)).days
    for number, member in enumerate(members):
        line = lines[number % len(lines)]
        used_on = today - timedelta(days=min(since, 3 + 7 * number))
        content = sha256(f"demo:use:{number}".encode()).digest()
        with suppress(BenefitNotTheirs, BenefitUsedUp):
            record_use(db, NewUse(line.id, member, used_on, content), by, Role.SHOP, now)


def _texts(words: Words) -> Texts:
    return Texts(dict(zip(("en", "es", "ru"), words, strict=True)))

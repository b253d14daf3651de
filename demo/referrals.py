"""Friends of the wine cellar: terms that stand, and friends in every state."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accrual.service import record_purchase_in, record_return_in
from club.clock import ONE_DAY, club_day
from club.database import transaction
from club.joining.service import enrol_at_counter
from club.members.models import person_with_email
from club.members.rules import NewPerson
from club.permissions import Role
from club.programme.models import the_club
from club.purchases.rules import COUNTER, NewPurchase, ReturnOf
from club.referrals.models import REFERRALS
from club.referrals.rules import Reward, RewardKind, Terms
from club.referrals.service import code_for, invite, refuse, set_terms, show_name, take_up
from club.referrals.service.nightly import night
from club.texts import Texts

CARMEN = "carmen@example.org"
OWN = Asking(address="198.51.100.7", browser="Demonstration", former_cookie=None)
LANDING = Texts(
    {
        "en": "Come by for a first glass: it is on us.",
        "es": "Pase a tomar la primera copa: invita la casa.",
        "ru": "Заходите на первый бокал: он за наш счёт.",
    }
)


@dataclass(frozen=True)
class _Friend:
    """Who came, how many days ago, what they bought so many days later, and whether it came back."""

    name: str
    email: str
    days_ago: int
    amount: int = 0
    phone: str | None = None
    comes_back: bool = False


FRIENDS = (
    _Friend("Nuria Sáenz", "nuria.saenz@example.org", 120, 6400),
    _Friend("Tomás Elizalde", "tomas.elizalde@example.org", 95, 8900),
    _Friend("Olga Romero", "olga.romero@example.org", 80, 5200, comes_back=True),
    _Friend("Pau Ferrer", "pau.ferrer@example.org", 9, 7100),
    _Friend("Inés Aguirre", "ines.aguirre@example.org", 4),
    _Friend("Carmen M. L.", "car.men+wine@example.org", 3),
    _Friend("Luis Ortega", "luis.ortega@example.org", 30, phone="+34 600 000 007"),
    _Friend("Luis O.", "l.uisortega@example.org", 28),
)
REFUSED = "l.uisortega@example.org"
POINTS = Reward(RewardKind.POINTS, 500)


def fill_referrals(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Terms since last year; Carmen's friends came since, one of them two days ago by mail."""
    club = the_club(db)
    today = club_day(now, club.time_zone)
    db.rollback()
    terms = Terms(
        is_open=True,
        referrer=POINTS,
        friend=POINTS,
        least_amount=5000,
        wait_days=club.shop_return_days,
        yearly_limit=10,
        landing=LANDING,
    )
    set_terms(db, terms, 0, staff[Role.MARKETING], Role.MARKETING, now - timedelta(days=200), b"demo")
    carmen = person_with_email(db, CARMEN)
    if carmen is None:
        raise RuntimeError(f"{CARMEN} is not in the history")
    db.rollback()
    code = code_for(db, carmen.person_id, OWN, now)
    show_name(db, carmen.person_id, True, OWN, now)
    for friend in FRIENDS:
        _come(db, friend, code, staff[Role.SHOP], today)
    night(db, today - timedelta(days=45), _at(today - timedelta(days=44)))
    for friend in FRIENDS:
        if friend.comes_back:
            _give_back(db, friend, today - timedelta(days=40))
    night(db, today - ONE_DAY, now)
    invite(db, carmen.person_id, "una.amiga@example.org", OWN, now - timedelta(days=2))
    _refuse_one(db, staff[Role.MARKETING], now)


def _come(db: Session, friend: _Friend, code: str, by: int, today: date) -> None:
    day = today - timedelta(days=friend.days_ago)
    newcomer = NewPerson(full_name=friend.name, language="es", source="counter", email=friend.email, phone=friend.phone)
    made = enrol_at_counter(db, newcomer, code=code, by=by, role=Role.SHOP, now=_at(day))
    take_up(db, made.person_id, None, _at(day))
    if not friend.amount:
        return
    new = NewPurchase(
        member_id=made.person_id,
        channel=COUNTER,
        reference=_reference(friend),
        bought_on=day + ONE_DAY,
        amount=friend.amount,
    )
    with transaction(db) as tx:
        record_purchase_in(tx, new, by, _at(day + ONE_DAY), silent=True)


def _give_back(db: Session, friend: _Friend, day: date) -> None:
    wanted = ReturnOf(
        channel=COUNTER, reference=_reference(friend), own_reference=f"{_reference(friend)}-R", corrected_on=day
    )
    with transaction(db) as tx:
        record_return_in(tx, wanted, None, _at(day))


def _refuse_one(db: Session, by: int, now: datetime) -> None:
    person = person_with_email(db, REFUSED)
    assert person is not None
    found = db.execute(
        select(REFERRALS.c.id, REFERRALS.c.version).where(REFERRALS.c.friend_id == person.person_id)
    ).one()
    db.rollback()
    refuse(db, found.id, found.version, "Luis told us that he joined twice.", by, Role.MARKETING, now)


def _reference(friend: _Friend) -> str:
    return f"GR-F-{FRIENDS.index(friend) + 1:02d}"


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)

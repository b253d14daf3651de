"""Makes the demonstration club by living through its history with the club's own services: all can be explained."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from club import night
from club.accounts import service as accounts
from club.accounts.models import Account
from club.accounts.passwords import hash_password
from club.accounts.sealing import Seal
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign
from club.accrual.service import record_purchase_in, record_return, set_rules
from club.clock import ONE_DAY
from club.database import transaction
from club.joining.service import enrol_at_counter
from club.members.models import person_with_email
from club.members.rules import NewPerson
from club.members.service import give_account
from club.permissions import Role
from club.points.service import activate_due, expire_due
from club.programme import service as programme
from club.purchases.rules import NewLine, NewPurchase, ReturnOf
from club.texts import Texts
from club.tiers.rules import Fall, Ladder, Routes, Rung, Window
from club.tiers.service import night as tiers_at_night
from club.tiers.service import set_ladder
from demo.approvals import fill_approvals
from demo.benefits import fill_benefits
from demo.care import fill_care
from demo.carts import fill_carts
from demo.cast import PASSWORD, SIGN_IN_MEMBERS, STAFF
from demo.content import fill_content
from demo.delivery import fill_delivery
from demo.events import fill_events
from demo.gifts import fill_gifts
from demo.history import YEARS, DemoEvent, cast, history
from demo.imports import fill_imports
from demo.insight import fill_insight
from demo.leads import fill_leads
from demo.mails import fill_mails
from demo.measures import fill_measures
from demo.money import fill_money
from demo.notices import fill_notices
from demo.offers import fill_offers
from demo.orders import fill_orders
from demo.papers import fill_papers
from demo.payments import fill_payments
from demo.profiles import fill_profiles
from demo.referrals import fill_referrals
from demo.returns import fill_returns
from demo.sharing import share_points
from demo.shop import fill_shop
from demo.support import fill_support

DELIVERY_DAYS = 2

FILLERS: tuple[Callable[[Session, dict[Role, int], datetime], None], ...] = (
    fill_insight,
    fill_measures,
    fill_approvals,
    fill_care,
    fill_benefits,
    fill_imports,
    fill_shop,
    fill_notices,
    fill_mails,
    fill_delivery,
    fill_orders,
    fill_carts,
    fill_payments,
    fill_money,
    fill_papers,
    fill_returns,
    fill_offers,
    fill_events,
    fill_gifts,
    fill_referrals,
    fill_leads,
    fill_support,
    fill_profiles,
    share_points,
    fill_content,
)
"""What the staff wrote and set up, once the history is lived: each takes the accounts of the staff by role."""

LADDER = Ladder(
    rungs=(
        Rung(key="member", name=Texts({"en": "Member", "es": "Miembro", "ru": "Участник"})),
        Rung(
            key="silver",
            name=Texts({"en": "Silver", "es": "Plata", "ru": "Серебро"}),
            spend=40_000,
            purchases=5,
            multiplier_percent=125,
        ),
        Rung(
            key="gold",
            name=Texts({"en": "Gold", "es": "Oro", "ru": "Золото"}),
            spend=120_000,
            purchases=14,
            multiplier_percent=150,
            discount_percent=5,
        ),
        Rung(
            key="platinum",
            name=Texts({"en": "Platinum", "es": "Platino", "ru": "Платина"}),
            spend=300_000,
            multiplier_percent=200,
            discount_percent=10,
        ),
    ),
    window=Window.LAST_12_MONTHS,
    routes=Routes.ANY,
    validity_months=12,
    grace_days=30,
    fall=Fall.ONE_RUNG,
)


def load(make_session: sessionmaker[Session], seal: Seal, now: datetime, say: Callable[[int], None]) -> None:
    """Fill an empty, migrated database. `say` hears how many of a hundred parts are done."""
    today = now.date()
    start = today - timedelta(days=365 * YEARS)
    with make_session() as db:
        _set_up(db, start, _noon(start))
        staff = _staff(db, seal, _noon(start))
        _live(make_session, db, today, staff, say)
        _give_accounts(db, now)
        for fill in FILLERS:
            fill(db, staff, now)


def _set_up(db: Session, start: date, now: datetime) -> None:
    club = replace(
        programme.defaults(start),
        name=Texts({"en": "Club Gran Reserva", "es": "Club Gran Reserva", "ru": "Клуб «Гран Ресерва»"}),
        promise=Texts(
            {
                "en": "The cellar's best bottles, and the people who open them with you.",
                "es": "Las mejores botellas de la bodega y las personas que las abren con usted.",
                "ru": "Лучшие бутылки винодельни и те, кто откроет их вместе с вами.",
            }
        ),
        main_language="es",
        contact_email="club@granreserva.example",
        contact_phone="+34 941 555 010",
        contact_address="Calle de la Bodega 7, 26200 Haro, La Rioja",
    )
    programme.set_up(db, club, now)
    set_ladder(db, LADDER, start, None, now)
    sparkling = Texts({"en": "Sparkling December", "es": "Diciembre espumoso", "ru": "Игристый декабрь"})
    campaigns = tuple(
        Campaign(
            percent=200,
            starts_on=date(year, 12, 1),
            ends_on=date(year, 12, 31),
            category="sparkling",
            name=sparkling,
        )
        for year in range(start.year, start.year + YEARS + 1)
    )
    rules = AllRules(
        bases=(BaseRate(points=2, per_amount=100, starts_on=start),),
        campaigns=campaigns,
        bonuses=(Bonus(act="join", points=200, starts_on=start),),
    )
    set_rules(db, rules, None, Role.OWNER, now)


def _staff(db: Session, seal: Seal, now: datetime) -> dict[Role, int]:
    """One account a role, each with a second factor of its own."""
    password_hash = hash_password(PASSWORD)
    made: dict[Role, int] = {}
    for one in STAFF:
        with transaction(db) as tx:
            account_id = accounts.new_account(tx, one.email, "es", password_hash, now)
            accounts.make_staff(tx, account_id, one.name, one.role, None, now)
            values = {"totp_secret": seal.close(pyotp.random_base32(32)), "totp_confirmed_at": now}
            tx.execute(update(Account).where(Account.id == account_id).values(values))
        made[one.role] = account_id
    return made


def _live(
    make_session: sessionmaker[Session], db: Session, today: date, staff: dict[Role, int], say: Callable[[int], None]
) -> None:
    events = {day: list(same) for day, same in groupby(history(today), key=lambda event: event.day)}
    life = _Life(db, staff, today)
    days = list(_days(min(events), today))
    for number, day in enumerate(days):
        for event in events.get(day, []):
            life.happen(event)
        _night(db, day)
        if number * 100 // len(days) != (number + 1) * 100 // len(days):
            say((number + 1) * 100 // len(days))
    night.run(make_session, days[-1], _noon(today))


def _night(db: Session, day: date) -> None:
    """What the night does to points and tiers, without the book that it keeps for nights that are missed."""
    now = _noon(day + ONE_DAY)
    activate_due(db, day + ONE_DAY, now)
    tiers_at_night(db, day, now)
    expire_due(db, day, now)


def _days(first: date, today: date) -> Iterator[date]:
    day = first
    while day < today:
        yield day
        day += ONE_DAY


class _Life:
    """The events of the history, each through the service that a clerk or the shop would use."""

    def __init__(self, db: Session, staff: dict[Role, int], today: date) -> None:
        self._db = db
        self._staff = staff
        self._people = cast(today)
        self._members: dict[int, int] = {}
        self._silent_until = today - timedelta(days=21)

    def happen(self, event: DemoEvent) -> None:
        """One event on its day."""
        now = _noon(event.day) + timedelta(seconds=event.order % 3600)
        {"join": self._join, "purchase": self._buy, "return": self._give_back}[event.kind](event, now)

    def _join(self, event: DemoEvent, now: datetime) -> None:
        person = self._people[event.member]
        year, month, day = person.birth or (None, None, None)
        newcomer = NewPerson(
            full_name=person.full_name,
            call_name=person.call_name,
            language=person.language,
            source="counter",
            email=person.email,
            birth_year=year,
            birth_month=month,
            birth_day=day,
        )
        enrolled = enrol_at_counter(
            self._db, newcomer, news=("email",), by=self._staff[Role.SHOP], role=Role.SHOP, now=now
        )
        self._members[event.member] = enrolled.person_id

    def _buy(self, event: DemoEvent, now: datetime) -> None:
        new = NewPurchase(
            member_id=self._members[event.member],
            channel=event.channel,
            reference=_reference(event.order),
            bought_on=event.day,
            amount=sum(line.amount for line in event.lines),
            lines=tuple(
                NewLine(category=line.category, quantity=line.quantity, amount=line.amount) for line in event.lines
            ),
        )
        with transaction(self._db) as tx:
            record_purchase_in(
                tx,
                new,
                self._staff[Role.SHOP],
                now,
                silent=event.day < self._silent_until,
                delivered_on=event.day + timedelta(days=DELIVERY_DAYS),
            )

    def _give_back(self, event: DemoEvent, now: datetime) -> None:
        wanted = ReturnOf(
            channel=event.channel,
            reference=_reference(event.returns),
            corrected_on=event.day,
            lines=tuple((position, line.quantity) for position, line in enumerate(event.lines, start=1)),
        )
        record_return(self._db, wanted, self._staff[Role.SHOP], Role.SHOP, now, silent=True)


def _give_accounts(db: Session, now: datetime) -> None:
    """The members that one signs in as."""
    password_hash = hash_password(PASSWORD)
    for member in SIGN_IN_MEMBERS:
        person = person_with_email(db, member.email)
        if person is None:
            raise RuntimeError(f"{member.email} is not in the history")
        with transaction(db) as tx:
            give_account(
                tx, person.person_id, accounts.new_account(tx, member.email, person.language, password_hash, now)
            )


def _reference(order: int) -> str:
    return f"GR-{order:05d}"


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)

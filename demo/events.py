"""Events of the wine cellar: one is over, one is full with people in line, one is the next evening, and so on."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.care.service.calling import call_who_has_no_mailbox
from club.clock import club_day
from club.events import service
from club.events.rules import ALONE, Event, Kind, Party, Who
from club.joining.service import enrol_at_counter
from club.members.models import Person, person_with_email
from club.members.rules import NewPerson
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts

DAY = timedelta(days=1)
OWN = ("carmen@example.org", "alexandra@example.org", "owen@example.org")


def fill_events(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Written weeks ago by whoever looks after events."""
    people = list(
        db.scalars(select(Person.id).where(Person.joined_on.is_not(None)).order_by(Person.id.desc()).limit(60))
    )
    carmen, alexandra, owen = (_known(db, email) for email in OWN)
    others = [one for one in people if one not in (carmen, alexandra, owen)]
    zone = the_club(db).time_zone
    db.rollback()
    fill = _Filler(db, staff[Role.EVENTS], now, zone)
    fill.past([carmen, alexandra, *others[:22]])
    fill.full([alexandra, *others[22:33]], waiting=[*others[33:37], carmen])
    fill.next_evening([carmen, owen, alexandra, *others[37:51]])
    fill.to_answer([carmen, alexandra, owen, *others[:20], *_without_mailbox(db, staff[Role.SHOP], fill.at(-40, 12))])
    fill.open_day([owen, *others[51:55]])
    fill.called_off([alexandra, *others[10:14]])
    fill.add(_event(_TASTING, fill.at(60, 18), seats=30, note="Ask the restaurant for a menu."), fill.now)


class _Filler:
    """Writes events as they would have been written."""

    def __init__(self, db: Session, by: int, now: datetime, zone: str) -> None:
        self._db, self._by, self.now, self._zone = db, by, now, zone

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """So many days from today, by the club's clock."""
        day = club_day(self.now, self._zone) + days * DAY
        return datetime.combine(day, time(hour, minute), ZoneInfo(self._zone)).astimezone(UTC)

    def add(self, event: Event, made_at: datetime) -> int:
        """A draft."""
        return service.add_event(self._db, event, self._by, Role.EVENTS, made_at)

    def published(self, event: Event, made_at: datetime) -> int:
        """Written and published on one day."""
        event_id = self.add(event, made_at)
        service.publish(self._db, event_id, 1, self._by, Role.EVENTS, made_at)
        return event_id

    def past(self, people: list[int]) -> None:
        """The harvest supper: most came, two did not, somebody walked in."""
        starts_at, made_at = self.at(-34, 20), self.at(-62, 10)
        event = _event(_SUPPER, starts_at, seats=40, most_guests=2, attend_points=150, cost=128_000, asks_diet=True)
        event_id = self.published(event, made_at)
        for number, person_id in enumerate(people[:-1]):
            party = Party(("",) * (number % 3 == 0), diet="Vegetarian" if number == 4 else "")
            service.answer(self._db, event_id, person_id, party, self.at(-50 + number % 10, 11, number))
        for number, person_id in enumerate(people[:-3]):
            at = starts_at - timedelta(minutes=30 - number)
            said = service.check_in_person(self._db, event_id, person_id, self._by, Role.EVENTS, at)
            if said.guests_left and said.answer_id is not None:
                service.one_more_guest(self._db, event_id, said.answer_id, self._by, Role.EVENTS, at)
        service.walk_in(self._db, event_id, people[-1], 0, self._by, Role.EVENTS, starts_at)
        service.follow(self._db, starts_at + timedelta(hours=12))

    def full(self, people: list[int], waiting: list[int]) -> None:
        """The cellar at night: twelve seats, some wait in line."""
        made_at = self.at(-12, 10)
        event = _event(_NIGHT, self.at(16, 21), seats=len(people), kind=Kind.CULTURAL, answer_by=self.at(12, 23, 59))
        event_id = self.published(event, made_at)
        for number, person_id in enumerate([*people, *waiting]):
            at = made_at + timedelta(hours=number)
            service.answer(self._db, event_id, person_id, ALONE, at, or_waitlist=True)
        service.decline(self._db, event_id, people[3], self.now - timedelta(hours=5))

    def next_evening(self, people: list[int]) -> None:
        """The blending course, half a day away or more: for the door, which is open a day and a half before."""
        made_at = self.at(-20, 9)
        days = 0 if self.now < self.at(0, 7) else 1
        event_id = self.published(
            _event(
                _COURSE, self.at(days, 18, 30), seats=24, most_guests=1, kind=Kind.TRAINING, asks_access=True,
                attend_points=100,
            ),
            made_at,
        )  # fmt: skip
        for number, person_id in enumerate(people):
            party = Party(("Rosa Prieto",)) if number == 0 else Party(access="Wheelchair") if number == 5 else ALONE
            service.answer(self._db, event_id, person_id, party, made_at + timedelta(hours=number))

    def to_answer(self, people: list[int]) -> None:
        """The family picnic: invited, and silent for the most part."""
        made_at = self.at(-3, 9)
        event = _event(
            _PICNIC, self.at(25, 12), seats=80, most_guests=5, kind=Kind.FAMILY, answer_by=self.at(20, 23, 59),
            asks_diet=True,
        )  # fmt: skip
        event_id = self.published(event, made_at)
        service.add_wave(self._db, event_id, Who.PICKED, made_at, self._by, Role.EVENTS, made_at, person_ids=people)
        service.write_waves(self._db, made_at)
        call_who_has_no_mailbox(self._db, made_at)
        for number, person_id in enumerate(people[3:9]):
            at = made_at + timedelta(hours=2 + number)
            if number % 3 == 2:
                service.decline(self._db, event_id, person_id, at)
            else:
                service.answer(self._db, event_id, person_id, Party(("",) * number), at)

    def open_day(self, people: list[int]) -> None:
        """Anybody may come, members or not. It was put off to the day of the picnic when some had said yes."""
        made_at = self.at(-6, 10)
        event = _event(_OPEN_DAY, self.at(18, 11), seats=200, most_guests=4, is_public=True, kind=Kind.CULTURAL)
        event_id = self.published(event, made_at)
        for person_id in people:
            service.answer(self._db, event_id, person_id, Party(("", "")), made_at)
        later = replace(event, starts_at=self.at(25, 11), ends_at=self.at(25, 17))
        service.change_event(self._db, event_id, later, 2, self._by, Role.EVENTS, self.at(-2, 12))

    def called_off(self, people: list[int]) -> None:
        """The walk through the vineyards: it would have rained."""
        made_at = self.at(-15, 10)
        event_id = self.published(_event(_WALK, self.at(5, 10), seats=15, kind=Kind.CORPORATE), made_at)
        for person_id in people:
            service.answer(self._db, event_id, person_id, ALONE, made_at)
        service.cancel_event(self._db, event_id, "Rain is forecast.", self._by, Role.EVENTS, self.at(-1, 12))


def _without_mailbox(db: Session, by: int, at: datetime) -> list[int]:
    """Two who joined at the counter with a phone alone."""
    found = []
    for name, phone in (("Julián Ortega Sáez", "+34 600 500 501"), ("Remedios Vidal Rey", "+34 600 500 502")):
        newcomer = NewPerson(full_name=name, phone=phone, language="es", source="counter")
        found.append(enrol_at_counter(db, newcomer, by=by, role=Role.SHOP, now=at).person_id)
        db.rollback()
    return found


def _known(db: Session, email: str) -> int:
    person = person_with_email(db, email)
    if person is None:
        raise RuntimeError(f"{email} is not in the history")
    return person.person_id


def _event(words: tuple[Texts, Texts], starts_at: datetime, *, kind: Kind = Kind.SOCIAL, **other: object) -> Event:
    title, said = words
    usual = Event(
        kind=kind, title=title, words=said, programme=_PROGRAMME, place="Bodega Arrieta",
        address="Calle de las Bodegas 4, Haro", map_link="https://www.openstreetmap.org/?mlat=42.5766&mlon=-2.8471",
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=3), seats=1,
    )  # fmt: skip
    return replace(usual, **other)  # type: ignore[arg-type]  # each call above names what it sets


_PROGRAMME = Texts(
    {
        "en": "Doors open half an hour before.\n\nA glass on arrival, then the cellar, then the table.",
        "es": "Las puertas abren media hora antes.\n\nUna copa al llegar, después la bodega y después la mesa.",
        "ru": "Двери открываются за полчаса.\n\nБокал при входе, затем погреб, затем общий стол.",
    }
)
_SUPPER = (
    Texts({"en": "Harvest supper", "es": "Cena de la vendimia", "ru": "Ужин в честь урожая"}),
    Texts(
        {
            "en": "One long table among the barrels, and the first taste of the year.",
            "es": "Una mesa larga entre las barricas y la primera cata del año.",
            "ru": "Один длинный стол среди бочек и первая проба нового вина.",
        }
    ),
)
_NIGHT = (
    Texts({"en": "The cellar at night", "es": "La bodega de noche", "ru": "Ночь в погребе"}),
    Texts(
        {
            "en": "Twelve people, six bottles that are not for sale, and the cellar master.",
            "es": "Doce personas, seis botellas que no están a la venta y el maestro bodeguero.",
            "ru": "Двенадцать человек, шесть бутылок не для продажи и хозяин погреба.",
        }
    ),
)
_COURSE = (
    Texts({"en": "Blending course", "es": "Curso de ensamblaje", "ru": "Курс ассамбляжа"}),
    Texts(
        {
            "en": "Three grapes, one evening: everybody takes home a bottle of their own blend.",
            "es": "Tres uvas y una tarde: cada persona se lleva una botella de su propia mezcla.",
            "ru": "Три сорта, один вечер: каждый уносит бутылку собственного купажа.",
        }
    ),
)
_PICNIC = (
    Texts({"en": "Family picnic", "es": "Pícnic en familia", "ru": "Семейный пикник"}),
    Texts(
        {
            "en": "Grass, games and grape juice. Bring whoever is dear to you.",
            "es": "Hierba, juegos y mosto. Venga con los suyos.",
            "ru": "Лужайка, игры и виноградный сок. Приходите с близкими.",
        }
    ),
)
_OPEN_DAY = (
    Texts({"en": "Open day at the winery", "es": "Puertas abiertas en la bodega", "ru": "День открытых дверей"}),
    Texts(
        {
            "en": "For members, friends and everybody who passes by.",
            "es": "Para miembros, amigos y cualquiera que pase por aquí.",
            "ru": "Для участников, друзей и всех, кто окажется рядом.",
        }
    ),
)
_WALK = (
    Texts({"en": "Walk through the vineyards", "es": "Paseo por los viñedos", "ru": "Прогулка по виноградникам"}),
    Texts(
        {
            "en": "Two hours on foot, with a stop at the chapel.",
            "es": "Dos horas a pie, con parada en la ermita.",
            "ru": "Два часа пешком с остановкой у часовни.",
        }
    ),
)
_TASTING = (
    Texts({"en": "Tasting of the new vintage", "es": "Cata de la nueva añada", "ru": "Дегустация нового урожая"}),
    Texts(
        {
            "en": "What last year gave us, before anybody else has it.",
            "es": "Lo que nos dio el año pasado, antes que nadie.",
            "ru": "То, что дал прошлый год, — раньше всех.",
        }
    ),
)

"""What members asked the demonstration club, and where each conversation stands."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.orders.models import Order
from club.permissions import Role
from club.suggestions.rules import State as SuggestionState
from club.suggestions.service import decide, join, suggest
from club.suggestions.voting import publish, vote
from club.support.models import SupportCase
from club.support.rules import CallBack, Rating, Topic
from club.support.service import Answer, Question, add_note, ask, give, rate, reopen, reply
from club.support.service.saved import add_saved
from club.texts import Texts

NO_FILES = Path("nowhere")
"""Nobody sends files here."""

SUNDAYS = Texts(
    {
        "en": "Our shop is open from Monday to Saturday, 10:00 to 20:00. On Sundays we are closed.",
        "es": "La tienda abre de lunes a sábado, de 10:00 a 20:00. Los domingos está cerrada.",
        "ru": "Магазин открыт с понедельника по субботу, с 10:00 до 20:00. В воскресенье он закрыт.",
    }
)
PARCEL = Texts(
    {
        "en": "Your parcel is with the carrier. As a rule it arrives within two working days.",
        "es": "Su paquete está en manos del transportista. Suele llegar en dos días laborables.",
        "ru": "Посылка уже у перевозчика. Обычно она приходит в течение двух рабочих дней.",
    }
)
QUESTIONS = {
    "en": ("When do the points of my last purchase count?", "Can I bring two guests to the tasting?"),
    "es": ("¿Cuándo llega mi pedido? La página sigue igual desde el lunes.", "¿Abren los domingos?"),
    "ru": ("Можно ли перенести дату доставки?", "Как передать карту супруге?"),
}


def fill_support(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Six conversations: new, late, taken with a note, waiting for the customer, solved and rated, opened again."""
    eva, boss = staff[Role.SUPPORT], staff[Role.MANAGER]
    for title, words in (("Parcel is on its way", PARCEL), ("Sundays", SUNDAYS)):
        add_saved(db, title, words, eva, Role.SUPPORT, now - timedelta(days=30))
    asked = [
        _asked(db, index, person_id, language, now - age)
        for index, ((person_id, language), age) in enumerate(zip(_members(db), AGES, strict=False))
    ]
    if len(asked) < len(AGES):
        return
    _new, _late, taken, waiting, solved, again = asked
    give(db, taken, boss, eva, Role.SUPPORT, now - timedelta(hours=20), seen_owner=None)
    add_note(
        db, taken, "Looking it up, the answer follows before noon.", boss, Role.MANAGER, now - timedelta(hours=19),
        form_key=b"demo note",
    )  # fmt: skip
    for case_id, words, solves in ((waiting, PARCEL, False), (solved, SUNDAYS, True), (again, SUNDAYS, True)):
        language = db.scalar(select(SupportCase.language).where(SupportCase.id == case_id)) or "en"
        answer = Answer(words[language], 1, f"demo answer {case_id}".encode(), solves=solves)
        opened = db.scalar(select(SupportCase.opened_at).where(SupportCase.id == case_id)) or now
        reply(db, case_id, answer, eva, Role.SUPPORT, opened + timedelta(hours=2))
    rate(db, *_whose(db, solved), Rating.YES, now - timedelta(days=3))
    reopen(db, *_whose(db, again), now - timedelta(hours=1))
    _suggestions(db, eva, now)


IDEAS = (
    {
        "en": "Please sell wine in small bottles too.",
        "es": "Vendan vino también en botellas pequeñas.",
        "ru": "Продавайте вино и в маленьких бутылках.",
    },
    {
        "en": "I would like bottles of half a litre.",
        "es": "Me gustaría que hubiera botellas de medio litro.",
        "ru": "Хотелось бы бутылок по пол-литра.",
    },
    {
        "en": "Open on Sunday mornings.",
        "es": "Abran los domingos por la mañana.",
        "ru": "Открывайте магазин утром в воскресенье.",
    },
    {
        "en": "A tasting in English once a month, please.",
        "es": "Una cata en inglés una vez al mes, por favor.",
        "ru": "Проводите раз в месяц дегустацию на английском.",
    },
)
"""The first two say the same."""

WANTED = {
    0: Texts(
        {
            "en": "Wine in small bottles too",
            "es": "Vino también en botellas pequeñas",
            "ru": "Вино и в маленьких бутылках",
        }
    ),
    2: Texts(
        {
            "en": "Open on Sunday mornings",
            "es": "Abrir los domingos por la mañana",
            "ru": "Открывать магазин утром в воскресенье",
        }
    ),
}
"""What members vote on: two of the ideas in the words of the club."""


def _suggestions(db: Session, eva: int, now: datetime) -> None:
    """Four: two that say the same, one that is done, one that nobody has looked at; two of them are voted on."""
    members = _members(db)
    made = [
        suggest(
            db, person_id, IDEAS[index][language], now - timedelta(days=9 - index),
            form_key=f"demo idea {index}".encode(),
        )
        for index, (person_id, language) in enumerate(members[:4])
    ]  # fmt: skip
    if len(made) < 4:
        return
    join(db, made[1], made[0], eva, Role.SUPPORT, now - timedelta(days=5))
    decide(db, made[0], SuggestionState.LOOKING, "", eva, Role.SUPPORT, now - timedelta(days=4), seen=1)
    for index, words in WANTED.items():
        publish(db, made[index], words, eva, Role.SUPPORT, now - timedelta(days=4))
    for suggestion_id, voters in ((made[0], members[2:]), (made[2], members[:2])):
        for person_id, _language in voters:
            vote(db, suggestion_id, person_id, now - timedelta(days=3))
    done = "Since this month. Thank you!"
    decide(db, made[2], SuggestionState.DONE, done, eva, Role.SUPPORT, now - timedelta(days=2), seen=1)


AGES = (
    timedelta(minutes=40), timedelta(days=5), timedelta(hours=22), timedelta(days=1, hours=3), timedelta(days=4),
    timedelta(days=6),
)  # fmt: skip


def _members(db: Session) -> list[tuple[int, str]]:
    """Members with an account first, whose pages people look at."""
    asked = (
        select(Person.id, Person.language)
        .where(Person.member_number.is_not(None), Person.merged_into.is_(None), Person.email.is_not(None))
        .order_by(Person.account_id.is_(None), Person.id)
        .limit(len(AGES))
    )
    found = [(row.id, row.language) for row in db.execute(asked)]
    db.rollback()
    return found


def _asked(db: Session, index: int, person_id: int, language: str, at: datetime) -> int:
    order_id = db.scalar(select(Order.id).where(Order.person_id == person_id).order_by(Order.id.desc()).limit(1))
    db.rollback()
    is_about_order = order_id is not None and index % 2 == 0
    question = Question(
        topic=Topic.ORDER if is_about_order else Topic.OTHER,
        thing_id=order_id if is_about_order else None,
        words=QUESTIONS[language][index % 2],
        call_back=CallBack.MORNING if index == 1 else CallBack.NO,
    )
    return ask(db, NO_FILES, person_id, question, at).case_id


def _whose(db: Session, case_id: int) -> tuple[int, str]:
    row = db.execute(select(SupportCase.person_id, SupportCase.number).where(SupportCase.id == case_id)).one()
    db.rollback()
    return row.person_id, row.number

"""Who knocked at the door of the demonstration club: five sources, two forms, and people on the way."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.care.service import assign
from club.clock import ONE_DAY, club_day
from club.contact.rules import Channel
from club.database import transaction
from club.insight.models import MemberFigures
from club.joining.service import enrol_at_counter
from club.leads.rules import Asks, Basis, FormContent, NewLead, NewSource, SourceKind
from club.leads.service import add_form, add_source, capture
from club.lost.rules import Cause
from club.members.models import Known, Person, the_person
from club.members.rules import NewPerson
from club.permissions import Role
from club.pipeline.rules import ByHand, Stage
from club.pipeline.service import follow, lose, note_meeting, place_by_hand
from club.pipeline.service.noting import NextStep
from club.programme.models import the_club
from club.texts import Texts

FAIR = NewSource(
    kind=SourceKind.EVENT, name="Feria del Vino, Madrid", cost=185_000, rows=120, basis=Basis.ASKED,
    licence="Hoja firmada en el stand",
)  # fmt: skip
DIRECTORY = NewSource(
    kind=SourceKind.DIRECTORY, name="Guía de empresas de Chamberí", cost=24_000, rows=8, basis=Basis.UNCLEAR
)
WEB = NewSource(kind=SourceKind.FORM, name="Web: Hable con nosotros", cost=6_000)
PARTNER = NewSource(
    kind=SourceKind.FORM, name="Hotel Miramar", cost=40_000, basis=Basis.CONSENT, licence="Casilla en la reserva"
)

ASKED = (
    ("Beatriz Salvatierra", "+34600770001", "", "Cata para el equipo", "Somos doce personas, un jueves de octubre."),
    ("Martín Echevarría", "", "martin.echevarria@example.org", "Regalos de empresa", "Unas 40 cajas antes de Navidad."),
    ("Noelia Barrientos", "+34600770003", "", "Vinos sin sulfitos", ""),
    ("Олег Савченко", "", "oleg.savchenko@example.org", "Испанские вина", "Говорю по-русски, удобнее писать."),
    ("Hannah Whitcombe", "", "hannah.whitcombe@example.org", "Sherry", "Back in Madrid in March."),
    ("Ramón Iturbe", "+34600770006", "", "Accesorios", "Busco un decantador para regalo."),
    ("Eugenia Casals", "", "eugenia.casals@example.org", "Cata", ""),
    ("Tomás Berruguete", "+34600770008", "", "Precio por caja", "Compro para un restaurante de treinta mesas."),
)
LISTED = (
    "Talleres Gráficos Alcón", "Notaría Ortigosa", "Estudio Peñalara", "Clínica Santa Casilda",
    "Despacho Ruiz de Alda", "Academia Lope", "Inmobiliaria Quevedo", "Gestoría Bravo Murillo",
)  # fmt: skip
MET = (
    ("Irene Zubizarreta", "+34600770101", "Le gustó la garnacha; organiza una boda en mayo."),
    ("Damián Orellana", "+34600770102", "Tiene bodega en casa, pregunta por añadas."),
    ("Sofía Larrinaga", "+34600770103", "Quiere el calendario de catas."),
    ("Julián Montcada", "+34600770104", "Dejó tarjeta; compra a un mayorista."),
)


def fill_leads(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Written down over the last weeks; then everybody finds their stage."""
    marketing = staff[Role.MARKETING]
    source_of = {
        new.name: add_source(db, new, marketing, Role.MARKETING, now - timedelta(days=90))
        for new in (FAIR, DIRECTORY, WEB, PARTNER)
    }
    form_id = _forms(db, source_of, staff, now)
    _asked(db, source_of[WEB.name], form_id, now)
    _listed(db, source_of[DIRECTORY.name], now)
    _met(db, source_of[FAIR.name], staff[Role.EVENTS], now)
    _who_joined(db, source_of[PARTNER.name], staff[Role.SHOP], now)
    _friends(db, now)
    today = club_day(now, the_club(db).time_zone)
    follow(db, today - ONE_DAY, now)
    _by_hand(db, staff[Role.SUPPORT], now)


def _forms(db: Session, source_of: dict[str, int], staff: dict[Role, int], now: datetime) -> int:
    content = FormContent(
        slug="feria",
        name="Feria del Vino, mesa de la entrada",
        title=Texts({"es": "Brinde con nosotros", "en": "Raise a glass with us", "ru": "Бокал вина вместе с нами"}),
        words=Texts({
            "es": "Déjenos su nombre y le llamamos en un día laborable.",
            "en": "Leave your name and we call within one working day.",
            "ru": "Оставьте имя, и мы позвоним в течение одного рабочего дня.",
        }),
        thanks=Texts({}),
        consent=Texts({
            "es": "Pueden contactarme por esta petición. He leído el aviso de privacidad.",
            "en": "You may contact me about this request. I have read the privacy notice.",
            "ru": "Можно связаться со мной по этой просьбе. Уведомление о данных прочитано.",
        }),
        fields=(Asks.PHONE, Asks.EMAIL, Asks.INTEREST, Asks.SUPPLIER),
        source_id=source_of[FAIR.name],
        campaign="mesa",
        owner_id=staff[Role.EVENTS],
        is_kiosk=True,
        is_active=True,
    )  # fmt: skip
    began = now - timedelta(days=60)
    add_form(db, content, staff[Role.MARKETING], Role.MARKETING, began)
    web = replace(
        content,
        slug="regalos",
        name="Regalos de empresa",
        title=Texts({"es": "Regalos de empresa", "en": "Gifts for companies", "ru": "Подарки для компаний"}),
        fields=(Asks.EMAIL, Asks.PHONE, Asks.CHANNEL, Asks.TIMES, Asks.INTEREST, Asks.MESSAGE),
        source_id=source_of[WEB.name],
        campaign="navidad",
        owner_id=staff[Role.MARKETING],
        is_kiosk=False,
    )
    return add_form(db, web, staff[Role.MARKETING], Role.MARKETING, began)


def _asked(db: Session, source_id: int, form_id: int, now: datetime) -> None:
    for number, (name, phone, email, interest, message) in enumerate(ASKED):
        new = NewLead(
            full_name=name, language="ru" if "О" in name else "en" if "Hannah" in name else "es", source=source_id,
            form_id=form_id, phone=phone, email=email, interest=interest, message=message, campaign="navidad",
            channel=Channel.PHONE if phone else Channel.EMAIL, words_version=f"lead_form {form_id}.1",
        )  # fmt: skip
        with transaction(db) as tx:
            capture(tx, new, now - timedelta(days=1 + 4 * number, hours=number))


def _listed(db: Session, source_id: int, now: datetime) -> None:
    for number, name in enumerate(LISTED):
        new = NewLead(full_name=name, language="es", source=source_id, phone=f"+34915770{number:03}")
        with transaction(db) as tx:
            capture(tx, new, now - timedelta(days=45))


def _met(db: Session, source_id: int, by: int, now: datetime) -> None:
    today = club_day(now, the_club(db).time_zone)
    for number, (name, phone, words) in enumerate(MET):
        new = NewLead(full_name=name, language="es", source=source_id, phone=phone, message=words, campaign="mesa")
        then = NextStep("Llamar: primera visita a la bodega", today + timedelta(days=number))
        note_meeting(db, new, then, by, Role.EVENTS, now - timedelta(hours=number), once=f"demo:{number}")


def _who_joined(db: Session, source_id: int, by: int, now: datetime) -> None:
    """People whom the hotel sent; some of them became members."""
    for number in range(6):
        met = now - timedelta(days=30 - 3 * number)
        email = f"huesped{number}@example.org"
        name = ("Carla Ibarrola", "Bruno Sagasta", "Elvira Monreal", "Iván Tejada", "Paula Ferrandis", "Saúl Crespo")
        with transaction(db) as tx:
            capture(tx, NewLead(full_name=name[number], language="es", source=source_id, email=email), met)
        if number % 2 == 0:
            newcomer = NewPerson(full_name=name[number], language="es", source="counter", email=email)
            enrol_at_counter(db, newcomer, by=by, role=Role.SHOP, now=met + timedelta(days=2))


def _friends(db: Session, now: datetime) -> None:
    """Loyal customers brought somebody who has bought since."""
    figures = MemberFigures
    best = select(figures.member_id).where(figures.place == "pareto").order_by(figures.member_id).limit(4)
    brought = (
        select(figures.member_id)
        .join(Person, Person.id == figures.member_id)
        .where(figures.buying_days > 0, figures.place == "other", Person.email.is_not(None))
        .order_by(figures.member_id.desc())
        .limit(4)
    )
    for member_id, friend_id in zip(db.scalars(best).all(), db.scalars(brought).all(), strict=False):
        friend = the_person(db, friend_id)
        with transaction(db) as tx:
            capture(tx, _recommended(friend, member_id), now - timedelta(days=20))


def _recommended(friend: Known, member_id: int) -> NewLead:
    return NewLead(
        full_name=friend.full_name, language=friend.language, source=SourceKind.REFERRAL, email=friend.email or "",
        brought_by=member_id,
    )  # fmt: skip


def _by_hand(db: Session, by: int, now: datetime) -> None:
    """One whom staff see farther than the rules do, one who is looked after, two who are lost."""
    today = club_day(now, the_club(db).time_zone)
    listed = [_who(db, name) for name in LISTED[:2]]
    asked = [_who(db, name) for name, *_ in ASKED[5:8]]
    hand = ByHand(Stage.PROSPECT, "Nos devolvió la llamada desde otro número.", today + timedelta(days=60))
    place_by_hand(db, listed[0], Stage.SUSPECT, hand, by, Role.SUPPORT, now)
    lose(db, listed[1], Stage.SUSPECT, Cause.NEED_ENDED, "Cierran en junio.", by, Role.SUPPORT, now)
    lose(db, asked[1], Stage.PROSPECT, Cause.PRICE, "Quería precio de mayorista.", by, Role.SUPPORT, now)
    assign(db, [asked[0], asked[2]], by, by, Role.SUPPORT, now)


def _who(db: Session, name: str) -> int:
    return db.scalars(select(Person.id).where(Person.full_name == name)).one()

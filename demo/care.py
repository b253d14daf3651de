"""What the staff of the demonstration club wrote about its customers, promised them and still have to do."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.care.rules import (
    Direction,
    Entry,
    Kind,
    Liking,
    NewPreference,
    NewPromise,
    NewTask,
    Outcome,
    PromiseState,
    Source,
    TaskState,
    ToDo,
)
from club.care.service import (
    add_own,
    add_preference,
    add_promise,
    add_task,
    announce_absence,
    assign,
    close,
    log,
    set_wish,
    write_letter,
)
from club.clock import club_day
from club.contact.rules import Channel
from club.members.models import Person, the_person
from club.permissions import Role
from club.programme.models import the_club

CARMEN = "carmen@example.org"

DEALINGS = (
    (40, Kind.CALL, Direction.IN, Outcome.REACHED, "Preguntó por la añada 2021. Le gustó la visita a la bodega."),
    (33, Kind.VISIT, Direction.IN, Outcome.REACHED, "Vino con su hija. Probaron tres crianzas y se llevaron dos."),
    (21, Kind.CALL, Direction.OUT, Outcome.NOT_REACHED, "Sin respuesta. Vuelvo a llamar la semana que viene."),
    (14, Kind.LETTER, Direction.OUT, None, "Carta de agradecimiento por los cinco años en el club."),
    (9, Kind.CALL, Direction.OUT, Outcome.CALL_BACK, "Estaba conduciendo. Pide que la llamemos por la mañana."),
    (3, Kind.CHAT, Direction.IN, Outcome.REACHED, "Quiere saber si llegan a tiempo seis botellas para un regalo."),
)
NOTES = (
    (60, "Prefiere recoger en la tienda. No deja el paquete con los vecinos.", True),
    (18, "Su marido está a dieta: nada de dulces en los lotes.", False),
)
CARD = (
    (Liking.LIKE, "Crianzas de la Rioja Alta", "Los pide antes de que se agoten", Source.SAID),
    (Liking.DISLIKE, "Llamadas por la tarde", "", Source.SAID),
    (Liking.NEED, "Entrega sin escaleras", "Se lo llevamos hasta el coche", Source.SEEN),
    (Liking.WANT, "Una cata en casa con amigos", "Serían ocho personas", Source.SAID),
    (Liking.GIVE, "Presentaría el club en su empresa", "", Source.SAID),
)
TO_DO = (
    (-4, "Llamar por la entrega retrasada"),
    (-1, "Enviar la lista de precios de Navidad"),
    (0, "Confirmar la cata del viernes"),
    (0, "Preguntar si llegó bien el paquete"),
    (2, "Buscar la añada 2016 que pidió"),
    (6, "Felicitar por los cinco años en el club"),
    (15, "Invitar a la cata de primavera"),
)
PROMISES = (
    (-2, "Apartar dos cajas de la añada nueva", True),
    (0, "Llamar con el precio del lote para empresas", True),
    (4, "Mandar fotos de la visita", False),
)


def fill_care(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Carmen's page has everything; the best customers are looked after; somebody is on holiday."""
    zone = the_club(db).time_zone
    carmen = db.scalars(select(Person.id).where(Person.email_key == CARMEN)).one()
    others = list(
        db.scalars(
            select(Person.id)
            .where(Person.member_number.is_not(None), Person.id != carmen)
            .order_by(Person.id)
            .limit(24)
        )
    )
    db.rollback()
    support, shop, manager = staff[Role.SUPPORT], staff[Role.SHOP], staff[Role.MANAGER]
    for account_id, people in ((support, [carmen, *others[:9]]), (shop, others[9:17]), (manager, others[17:21])):
        assign(db, people, account_id, manager, Role.MANAGER, now - timedelta(days=90))
    _write(db, carmen, support, now)
    _plan(db, [carmen, *others], staff, now, zone)
    today = club_day(now, zone)
    announce_absence(
        db, shop, support, (today, today + timedelta(days=8)), manager,
        Role.MANAGER, now,
    )  # fmt: skip


def _write(db: Session, carmen: int, by: int, now: datetime) -> None:
    for days, kind, direction, outcome, summary in DEALINGS:
        entry = Entry(kind=kind, summary=summary, direction=direction, outcome=outcome)
        log(db, carmen, entry, by, Role.SUPPORT, now - timedelta(days=days))
    for days, summary, is_pinned in NOTES:
        note = Entry(kind=Kind.NOTE, summary=summary, is_pinned=is_pinned)
        log(db, carmen, note, by, Role.SUPPORT, now - timedelta(days=days))
    for days, (liking, what, effect, source) in enumerate(CARD):
        told_on: date = (now - timedelta(days=20 + days)).date()
        line = NewPreference(kind=liking, what=what, effect=effect, source=source, noted_on=told_on)
        add_preference(db, carmen, line, by, Role.SUPPORT, now)
    account_id = the_person(db, carmen).account_id
    assert account_id is not None
    gives = NewPreference(
        kind=Liking.GIVE, what="Puedo presentar una cata de vinos de Rueda", effect="Traigo las copas",
        source=Source.SAID, noted_on=(now - timedelta(days=4)).date(),
    )  # fmt: skip
    add_own(db, carmen, gives, account_id, now)
    set_wish(db, carmen, Channel.PHONE, "Por las mañanas, nunca los lunes", by, Role.SUPPORT, now)
    write_letter(
        db, carmen, "Sus seis botellas", "Sí, llegan a tiempo: se las apartamos hasta el sábado.", by, Role.SUPPORT,
        now - timedelta(days=2), once="demonstration",
    )  # fmt: skip
    told = Entry(
        kind=Kind.CALL, summary="Mensaje en el contestador: las seis botellas ya están apartadas.",
        direction=Direction.OUT, outcome=Outcome.MESSAGE_LEFT,
    )  # fmt: skip
    log(db, carmen, told, by, Role.SUPPORT, now - timedelta(days=1))
    write_letter(
        db, carmen, "Una cata en su casa", "Cuando le venga bien, le cuento cómo preparamos las catas en casa.", by,
        Role.SUPPORT, now, once="waits for its turn",
    )  # fmt: skip


def _plan(db: Session, people: list[int], staff: dict[Role, int], now: datetime, zone: str) -> None:
    """What is late was written down on an earlier day."""
    owners = (staff[Role.SUPPORT], staff[Role.MANAGER], staff[Role.SHOP], staff[Role.OWNER])
    for number, (days, what) in enumerate(TO_DO):
        then = now + timedelta(days=min(days, 0))
        task = NewTask(
            what=what,
            due_on=club_day(now + timedelta(days=days), zone),
            owner_id=owners[number % len(owners)],
            person_id=people[number],
        )
        add_task(db, task, staff[Role.MANAGER], Role.MANAGER, then)
    for number, (days, what, was_told) in enumerate(PROMISES):
        then = now + timedelta(days=min(days, 0))
        promise = NewPromise(
            what=what,
            due_on=club_day(now + timedelta(days=days), zone),
            owner_id=owners[number],
            person_id=people[number],
            was_told=was_told,
        )
        add_promise(db, promise, staff[Role.MANAGER], Role.MANAGER, then)
    _close(db, people, staff[Role.SUPPORT], now, zone)


def _close(db: Session, people: list[int], by: int, now: datetime, zone: str) -> None:
    """Some of it was done, most of what was promised was kept."""
    for number, state in enumerate((PromiseState.KEPT, PromiseState.KEPT, PromiseState.KEPT, PromiseState.BROKEN)):
        then = now - timedelta(days=5 + 4 * number)
        due_on = club_day(then, zone)
        promise = NewPromise(
            what="Reservar mesa para la cata", due_on=due_on, owner_id=by, person_id=people[number], was_told=True
        )
        promise_id = add_promise(db, promise, by, Role.SUPPORT, then)
        close(db, ToDo.PROMISE, promise_id, state, by, Role.SUPPORT, then)
    yesterday = now - timedelta(days=1)
    task = NewTask(
        what="Llamar para dar las gracias", due_on=club_day(yesterday, zone), owner_id=by, person_id=people[0]
    )
    task_id = add_task(db, task, by, Role.SUPPORT, yesterday)
    close(db, ToDo.TASK, task_id, TaskState.DONE, by, Role.SUPPORT, yesterday)

"""What the demonstration club changed because customers left: one that is late, one to look at, one that helped."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.lost.models import LostCase
from club.lost.rules import Cause
from club.measures.rules import Effect, NewMeasure, Verdict
from club.measures.service import add_measure, close_measure, mark_done
from club.permissions import Role
from club.programme.models import the_club

LATE = (
    Cause.DELIVERY,
    "Entregar con cita: dos franjas por la tarde",
    "El transportista pasa cuando quiere, entre las 9 y las 19 h.",
    "Entregas fallidas al mes",
    14,
)
TO_LOOK_AT = (
    Cause.PRICE,
    "Decir en la cesta cuánto falta para el envío gratuito",
    "El coste del envío aparece al final, antes de pagar.",
    "Cestas abandonadas al ver el envío, por semana",
    31,
)
HELPED = (
    Cause.PROMISE,
    "Apuntar cada promesa con su día y mirarla cada mañana",
    "Cada cual lleva sus promesas en la cabeza.",
    "Promesas rotas al trimestre",
    9,
)


def fill_measures(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Decided when they were, so that days lie behind and ahead of today."""
    shop, manager = staff[Role.SHOP], staff[Role.MANAGER]
    case_id = db.scalar(select(LostCase.id).where(LostCase.cause == Cause.DELIVERY.value).order_by(LostCase.id))
    _decide(db, LATE, shop, now - timedelta(days=20), 12, case_id)
    looked_at = _decide(db, TO_LOOK_AT, staff[Role.MARKETING], now - timedelta(days=30), 14, None)
    mark_done(db, looked_at, _day(db, now, 20), f"Mirar si ayudó: {TO_LOOK_AT[1]}", manager, Role.MANAGER, now)
    helped = _decide(db, HELPED, manager, now - timedelta(days=120), 10, None)
    done = now - timedelta(days=112)
    mark_done(db, helped, _day(db, now, -22), f"Mirar si ayudó: {HELPED[1]}", manager, Role.MANAGER, done)
    effect = Effect(
        looked_on=_day(db, now, -22),
        verdict=Verdict.WORKED,
        words="Las que vencen se ven en Hoy; quedan dos, ambas por falta de género.",
        after=2,
    )
    close_measure(db, helped, effect, manager, Role.MANAGER, now - timedelta(days=22))


def _decide(
    db: Session, words: tuple[Cause, str, str, str, int], owner: int, decided: datetime, days: int, case_id: int | None
) -> int:
    cause, what, was, figure, before = words
    new = NewMeasure(
        cause=cause,
        what=what,
        was=was,
        owner_id=owner,
        due_on=_day(db, decided, days),
        figure=figure,
        before=before,
        case_id=case_id,
    )
    return add_measure(db, new, owner, Role.MANAGER, decided)


def _day(db: Session, now: datetime, days: int) -> date:
    return club_day(now, the_club(db).time_zone) + timedelta(days=days)

"""The figures of the demonstration club as its last night would have made them, and a register that is worked."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from club.care.rules import Direction, Entry, Kind, Outcome
from club.clock import club_day
from club.insight.service import refresh
from club.lost import service as lost
from club.lost.models import Wanted, cases
from club.lost.rules import Cause, Step, Why
from club.permissions import Role
from club.programme.models import the_club

_SAID = (
    ("Antes compraba para el restaurante; lo ha cerrado en verano.", Cause.NEED_ENDED, "", "Cerró el restaurante"),
    ("Dice que dos pedidos llegaron con una semana de retraso.", Cause.DELIVERY, "", "Llegó tarde dos veces"),
    ("Compra ahora en el centro, le queda más cerca.", Cause.COMPETITOR, "Vinos del Centro", ""),
    ("Прошлый заказ пришёл позже обещанного, извинились, перезвоним.", Cause.DELIVERY, "", "Опоздали с доставкой"),
    ("Le parece caro el envío; preguntar por el umbral gratuito.", Cause.PRICE, "", "El envío cuesta demasiado"),
    ("Trabaja en Lisboa hasta la primavera y luego vuelve.", Cause.MOVED, "", "Vuelve en primavera"),
)
"""What was said on the phone, the cause, the competitor and their own words, for the first cases of the list."""


def fill_insight(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Figures as of today; the dearest cases were called, some have a cause, one is away for a while."""
    today = club_day(now, the_club(db).time_zone)
    db.rollback()
    refresh(db, today, now)
    lost.follow(db, today, now)
    found = cases(db, Wanted(), today, "-worth", len(_SAID) + 4, 0)
    db.rollback()
    by, role = staff[Role.MANAGER], Role.MANAGER
    for number, (case, (summary, cause, competitor, words)) in enumerate(zip(found, _SAID, strict=False)):
        lost.give_to(db, case.id, by, by, role, now)
        entry = Entry(kind=Kind.CALL, summary=summary, direction=Direction.OUT, outcome=Outcome.REACHED)
        lost.contact(db, case.id, entry, by, role, now, cause=f"demo:lost:{number}")
        is_away = cause is Cause.MOVED
        why = Why(
            cause=cause,
            competitor=competitor,
            words=words,
            is_temporary=is_away,
            back_on=today + timedelta(days=120) if is_away else None,
        )
        lost.set_cause(db, case.id, Step.CONTACTED, why, by, role, now)
    for case in found[len(_SAID) :]:
        lost.verify(db, case.id, Step.SUSPECTED, by, role, now)

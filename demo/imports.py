"""One import that is over, so that the list shows what one looks like."""

import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import sessions
from club.imports import service
from club.imports.models import file_of, the_run
from club.imports.options import COLUMNS, Options
from club.imports.rules import Kind
from club.intake.looking import look_at
from club.members.models import Person
from club.permissions import Role

BALANCES = (120, 300, 45)


def fill_imports(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """A small file of balances from an older system, brought by the manager: tried, taken in, one row not usable."""
    by = staff[Role.MANAGER]
    members = db.scalars(
        select(Person.member_number).where(Person.member_number.is_not(None)).order_by(Person.id.desc()).limit(3)
    ).all()
    lines = ["Tarjeta;Puntos;Caduca;Nota"]
    lines += [f"{number};{points};31.12.{now.year + 1};" for number, points in zip(members, BALANCES, strict=False)]
    lines.append(f"A-0000;80;31.12.{now.year + 1};")
    content = "\n".join(lines).encode()
    engine = db.get_bind().engine
    with TemporaryDirectory() as name:
        folder = Path(name)
        run_id = service.upload(
            db, folder, io.BytesIO(content), "saldos-antiguos.csv", Kind.POINTS, by=by, role=Role.MANAGER, now=now
        )
        look = look_at(file_of(folder, run_id), COLUMNS[Kind.POINTS])
        options = Options(delimiter=look.delimiter, width=len(look.heads), places=look.guessed)
        service.choose(db, folder, run_id, options, by, Role.MANAGER, now)
        hands = service.Hands(sessions(engine), folder, lambda: now.astimezone(UTC))
        service.take_up(hands)
        rows = the_run(db, run_id).found["to_take_in"]
        service.start(db, run_id, rows, accepts_errors=True, by=by, role=Role.MANAGER, now=now)
        service.take_up(hands)

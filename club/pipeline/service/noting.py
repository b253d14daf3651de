"""Staff write down whom they met, in twenty seconds, with what comes next; and take the list along."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from club.audit import record
from club.care.rules import NewTask
from club.care.service import add_task_in
from club.clock import club_day
from club.database import transaction
from club.leads.models import the_source
from club.leads.rules import OWN_WISH, NewLead, SourceKind
from club.leads.service import Captured, capture
from club.permissions import Permission, Role, require
from club.pipeline.models import PLACES
from club.pipeline.rules import Stage
from club.pipeline.service.following import answered
from club.programme.models import the_club


@dataclass(frozen=True)
class NextStep:
    """What comes next with somebody, and by when."""

    what: str
    due_on: date


def note_meeting(
    db: Session, new: NewLead, then: NextStep, by: int, role: Role | None, now: datetime, *, once: str
) -> Captured:
    """Somebody whom one of the staff met, and their own next step with them.

    Whoever is known is joined: the words stand with the record that is there. Twice with one `once` is one. Raises
    what `capture` and `add_task_in` raise, and `NotAllowed`.
    """
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        kept = capture(tx, replace(new, once=once), now, by=by)
        if kept.was_kept_before:
            return kept
        today = club_day(now, the_club(tx).time_zone)
        kind = new.source if isinstance(new.source, SourceKind) else the_source(tx, new.source).kind
        if kind in OWN_WISH:
            answered(tx, kept.person_id, today)
        elif kept.is_first:
            stage = Stage.SUSPECT.value
            place = {"stage": stage, "by_rule": stage, "since": today, "worth": 0, "why": ""}
            tx.execute(PLACES.insert().values(person_id=kept.person_id, **place))
        step = NewTask(
            what=then.what, due_on=then.due_on, owner_id=by, person_id=kept.person_id, cause=f"lead:{kept.lead_id}"
        )
        add_task_in(tx, step, by, now)
        record(tx, "lead.noted", "person", kept.person_id, by=by, now=now, lead=kept.lead_id, is_first=kept.is_first)
        return kept


def note_export(db: Session, rows: int, by: int, role: Role | None, now: datetime) -> None:
    """Somebody takes the list of requests out of the house; the log says how much of it."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "leads.exported", "account", by, by=by, now=now, rows=rows)

"""What comes next with somebody: the earliest open task or promise about them."""

from datetime import date

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select, union_all

from club.care.models import COMMITMENTS, TASKS
from club.care.rules import OPEN

NO_STEP, OVERDUE, TODAY, LATER = "none", "overdue", "today", "later"
STEP_STATES = (NO_STEP, OVERDUE, TODAY, LATER)


def next_steps() -> Subquery:
    """One row for everybody with something open: person_id, due_on. There are as many as open tasks, not as people."""
    open_items = union_all(
        *(
            select(table.c.person_id, table.c.due_on).where(table.c.state == OPEN, table.c.person_id.is_not(None))
            for table in (TASKS, COMMITMENTS)
        )
    ).subquery("open_items")
    return (
        select(open_items.c.person_id, func.min(open_items.c.due_on).label("due_on"))
        .group_by(open_items.c.person_id)
        .subquery("next_steps")
    )


def step_state(due_on: ColumnElement[date], today: date) -> ColumnElement[str]:
    """Where it stands by its day."""
    return case((due_on < today, OVERDUE), (due_on == today, TODAY), else_=LATER)


def is_state(person_id: ColumnElement[int], state: str, today: date) -> ColumnElement[bool]:
    """Whether what comes next with somebody stands so."""
    any_open = or_(
        *(
            select(table.c.id).where(table.c.person_id == person_id, table.c.state == OPEN).exists()
            for table in (TASKS, COMMITMENTS)
        )
    )
    if state == NO_STEP:
        return ~any_open
    steps = next_steps()
    wanted = {OVERDUE: steps.c.due_on < today, TODAY: steps.c.due_on == today, LATER: steps.c.due_on > today}
    return and_(any_open, person_id.in_(select(steps.c.person_id).where(wanted[state])))

"""Which rows of which tables are about somebody, read off the schema: a new table that names a person is among them.

Starts at the person and follows the foreign keys of other tables back to them: an order names the person, a line names
the order. What a row of somebody else says of them (whom they brought) is not theirs to read and is left out by column.
"""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Column, ColumnElement, Select, Table, false, or_, select

from club.database import Base
from club.members.models import Person
from club.merging.service.rows import NAMED_IN_WAYS
from club.papers import models as papers
from club.payments import models as payments
from club.returns import models as returns

KNOWN_HERE = (*NAMED_IN_WAYS, papers, payments, returns)
"""Whose tables are about people: they have to be known wherever somebody is shown or forgotten."""
PERSON = "person"
ACCOUNT = "account"
MAIL_STATE = "mail_address_state"
OF_ACCOUNT = frozenset({"session", "one_time_link", "recovery_code", "passkey"})
"""Of all tables that name an account only these belong to its owner; elsewhere it is a colleague who acted."""
OF_OTHERS = frozenset({"referral.referrer_id", "lead.brought_by"})
"""Columns that name somebody in what is another person's."""
NO_TIE = frozenset(
    {"measure.case_id", "measure.task_id", "measure.look_id", "person_tag.put_by", "person_tag.taken_by"}
)
"""Columns that lead from what is not about a person to what is: the club's own work."""

Links = tuple[Column[object], ...]


def known_tables() -> Mapping[str, Table]:
    """Every table of the club."""
    return Base.metadata.tables


@cache
def held_tables() -> dict[str, Links]:
    """Table → the columns by which its rows are somebody's; nearest to the person first."""
    found: dict[str, Links] = {PERSON: (), ACCOUNT: (), MAIL_STATE: ()}
    found |= {name: (known_tables()[name].c["account_id"],) for name in sorted(OF_ACCOUNT)}
    while nearer := _next(found):
        found |= nearer
    return found


def of_people(table: Table, people: Select[int]) -> ColumnElement[bool]:
    """The rows of a table that are about any of these people (a statement that gives their ids)."""
    person = Person.__table__.c
    if table.name == PERSON:
        return table.c["id"].in_(people)
    if table.name == ACCOUNT:
        return table.c["id"].in_(select(person.account_id).where(person.id.in_(people)))
    if table.name == MAIL_STATE:
        return table.c["address_key"].in_(select(person.email_key).where(person.id.in_(people)))
    ways = [_through(column, people) for column in held_tables()[table.name]]
    return or_(*ways) if ways else false()


def _through(column: Column[object], people: Select[int]) -> ColumnElement[bool]:
    named = _named_by(column)
    if named.table.name == PERSON:
        return column.in_(people)
    return column.in_(select(named).where(of_people(named.table, people)))


def _next(found: Mapping[str, Links]) -> dict[str, Links]:
    """Tables one step further away than those that are found."""
    nearer: dict[str, Links] = {}
    for table in known_tables().values():
        if table.name in found:
            continue
        ties = [column for column in table.columns if _ties(column)]
        own = tuple(column for column in ties if _named_by(column).table.name == PERSON)
        near = tuple(column for column in ties if _named_by(column).table.name in found.keys() - {ACCOUNT})
        if own or near:
            nearer[table.name] = own or near
    return nearer


def _ties(column: Column[object]) -> bool:
    return bool(column.foreign_keys) and f"{column.table.name}.{column.name}" not in OF_OTHERS | NO_TIE


def _named_by(column: Column[object]) -> Column[object]:
    return next(iter(column.foreign_keys)).column

"""Rows of any table that name the record that goes: they move, each remembered by its key, and move back."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Table, and_, insert, select, update

from club.approvals import models as approvals
from club.benefits import uses
from club.care import models as care
from club.carts import models as carts
from club.catalogue import models as catalogue
from club.contact import choices
from club.contact import models as contact
from club.content import models as content
from club.customers import models as customers
from club.database import Base, Transaction
from club.delivery import models as delivery
from club.events import models as events
from club.family import models as family
from club.gifts import models as gifts
from club.household import models as household
from club.insight import models as insight
from club.intake import models as intake
from club.joining import models as joining
from club.leads import models as leads
from club.lost import models as lost
from club.members import models as members
from club.merging import models as merging
from club.merging.models import MergeRow
from club.merging.ways import WAYS, Handled, Way, parts
from club.messages import models as messages
from club.messages.inbox import models as inbox
from club.notices import models as notices
from club.offers import models as offers
from club.orders import models as orders
from club.orders.credit import models as credit
from club.pipeline import models as pipeline
from club.points import models as points
from club.profile import models as profile
from club.purchases import models as purchases
from club.referrals import models as referrals
from club.suggestions import models as suggestions
from club.support import models as support
from club.tiers import models as tiers
from club.transfers import models as transfers

NAMED_IN_WAYS = (
    approvals, care, carts, catalogue, choices, contact, content, credit, customers, delivery, events, family, gifts,
    household, inbox, insight, intake, joining, leads, lost, members, merging, messages, notices, offers, orders,
    pipeline, points, profile, purchases, referrals, suggestions, support, tiers, transfers, uses,
)  # fmt: skip
"""Whose tables `WAYS` names: they have to be known wherever a merge runs."""

MOVED, BEGUN, ENDED, SWITCHED_OFF = "moved", "begun", "ended", "switched_off"
AT_ONCE = 500


def move_rows(tx: Transaction, merge_id: int, stays_id: int, goes_id: int) -> None:
    """Do to every column what `WAYS` says."""
    for place, handled in WAYS.items():
        if handled.way in {Way.MOVE, Way.MOVE_IF_FREE}:
            _move(tx, merge_id, place, handled, stays_id, goes_id)


def move_back(tx: Transaction, merge_id: int, stays_id: int, goes_id: int) -> None:
    """Name the record that went again in every row that moved and still names the one that stayed."""
    for place in WAYS:
        table, column = _place(place)
        for key in keys_of(tx, merge_id, MOVED, table.name, column):
            back = update(table).where(_is(table, column, key), table.c[column] == stays_id)
            tx.execute(back.values({column: goes_id}), execution_options={"synchronize_session": False})


def remember(
    tx: Transaction, merge_id: int, act: str, table: str, column: str, keys: Sequence[Sequence[object]]
) -> None:
    """Keep which rows a step moved, began, ended or switched off."""
    rows = [
        {"merge_id": merge_id, "act": act, "table_name": table, "column_name": column, "row_key": list(key)}
        for key in keys
    ]
    for start in range(0, len(rows), AT_ONCE):
        tx.execute(insert(MergeRow), rows[start : start + AT_ONCE])


def keys_of(tx: Transaction, merge_id: int, act: str, table: str, column: str) -> list[list[object]]:
    """What was remembered, in order."""
    found = select(MergeRow.row_key).where(
        MergeRow.merge_id == merge_id,
        MergeRow.act == act,
        MergeRow.table_name == table,
        MergeRow.column_name == column,
    )
    return [list(key) for key in tx.scalars(found.order_by(MergeRow.id))]


def ids_of(tx: Transaction, merge_id: int, act: str, table: str) -> list[int]:
    """The same for rows with one whole number as their key."""
    found = [key[0] for key in keys_of(tx, merge_id, act, table, "id")]
    return [row_id for row_id in found if isinstance(row_id, int)]


def _move(tx: Transaction, merge_id: int, place: str, handled: Handled, stays_id: int, goes_id: int) -> None:
    table, column = _place(place)
    key = _key(table, column)
    of_goes = table.c[column] == goes_id
    if handled.way is Way.MOVE_IF_FREE:
        of_goes = and_(of_goes, ~_is_taken(table, column, handled, stays_id))
    keys = [tuple(row)[1:] for row in tx.execute(select(table.c[column], *key).where(of_goes).with_for_update())]
    if not keys:
        return
    remember(tx, merge_id, MOVED, table.name, column, keys)
    tx.execute(
        update(table).where(of_goes).values({column: stays_id}), execution_options={"synchronize_session": False}
    )


def _is_taken(table: Table, column: str, handled: Handled, stays_id: int) -> ColumnElement[bool]:
    """Whether the record that stays has its own row where there may be only one."""
    other = table.alias("other")
    same = [other.c[name] == table.c[name] for name in handled.unique]
    taken = select(other.c[column]).where(other.c[column] == stays_id, *same)
    if handled.only_where is None:
        return taken.exists()
    return and_(table.c[handled.only_where].is_(None), taken.where(other.c[handled.only_where].is_(None)).exists())


def _place(place: str) -> tuple[Table, str]:
    name, column = parts(place)
    return Base.metadata.tables[name], column


def _key(table: Table, column: str) -> list[ColumnElement[object]]:
    """The columns by which a row is found again: its primary key, without what the merge changes in it."""
    return [part for part in table.primary_key if part.name != column]


def _is(table: Table, column: str, key: Sequence[object]) -> ColumnElement[bool]:
    return and_(True, *(part == value for part, value in zip(_key(table, column), key, strict=True)))


def as_kept(values: Mapping[str, object]) -> dict[str, object]:
    """Column values as JSON keeps them: days as text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}

"""People of an import: whoever came with it goes, whoever was changed gets back what was there before."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, delete, select, update
from sqlalchemy.orm import Session

from club.database import Base, Transaction
from club.imports.models import Run
from club.imports.service.undoing.hangs import hung_on
from club.imports.service.undoing.purchases import CHANGES
from club.imports.service.watch import Watch
from club.intake.bulk import chosen, patient_transaction
from club.members.models import Consent
from club.members.service import refresh_search_text
from club.members.undoing import PEOPLE, answer_again, empty_people, give_back_values, last_answers, with_own_ties
from club.points.models import BALANCES
from club.tiers.models import Status
from club.tiers.rules import How
from club.tiers.service.taking_back import remove_terms

BATCH = 500
GO_WITH_THEM = (
    "person_identifier", "person_word", "points_balance", "tier_status", "import_change", "member_figures",
    "lost_case", "stage",
)  # fmt: skip
"""What is nothing without its person. A lost case on which nobody worked is but a suspicion of the program."""
LASTING = ("points_movement", "points_lot", "consent", "stage_move")
"""What stays for ever, so that its person stays too, without name and contact."""
IMPORTED = "imported"
"""`text_version` of the consents that files bring."""


def undo_people(db: Session, run: Run, watch: Watch, now: datetime) -> tuple[int, list[int]]:
    """How many people who came with the import are gone again, and who stays because something happened since."""
    after = gone = 0
    kept: list[int] = []
    made = select(CHANGES.c.id, CHANGES.c.person_id).where(CHANGES.c.import_id == run.id, CHANGES.c.kind == "made")
    while batch := db.execute(made.where(CHANGES.c.id > after).order_by(CHANGES.c.id).limit(BATCH)).all():
        after = batch[-1].id
        ids = [row.person_id for row in batch]
        with patient_transaction(db) as tx:
            stays = _who_stays(tx, ids)
            leaving = [person_id for person_id in ids if person_id not in stays]
            _remove(tx, leaving, now)
            tx.execute(delete(CHANGES).where(CHANGES.c.id.in_(chosen(tx, [row.id for row in batch], BigInteger()))))
        gone += len(leaving)
        kept += sorted(stays)
        watch("people", gone, 0)
    return gone, kept


def undo_changes(db: Session, run: Run, watch: Watch, now: datetime) -> tuple[int, list[int]]:
    """How many changes were taken back, the last one first, and whose fields stay because they changed since."""
    undone = 0
    kept: set[int] = set()
    last = (
        select(CHANGES)
        .where(CHANGES.c.import_id == run.id, CHANGES.c.kind == "changed")
        .order_by(CHANGES.c.id.desc())
        .limit(BATCH)
    )
    while batch := db.execute(last).all():
        with patient_transaction(db) as tx:
            for change in batch:
                if not _undo_change(tx, change, now):
                    kept.add(change.person_id)
            tx.execute(delete(CHANGES).where(CHANGES.c.id.in_(chosen(tx, [one.id for one in batch], BigInteger()))))
        undone += len(batch)
        watch("people", undone, 0)
    return undone, sorted(kept)


def _who_stays(tx: Transaction, ids: list[int]) -> set[int]:
    """Whoever bought, wrote, signed in or was spoken to since."""
    stays = hung_on(tx, PEOPLE, ids, but=(*GO_WITH_THEM, *LASTING)) | with_own_ties(tx, ids)
    whose = chosen(tx, ids, BigInteger())
    stays.update(tx.scalars(_worked_on(tx, ids)))
    balance = BALANCES.c
    has_points = (balance.active != 0) | (balance.pending != 0) | (balance.held != 0) | (balance.debt != 0)
    stays.update(tx.scalars(select(balance.member_id).where(balance.member_id.in_(whose), has_points)))
    said = select(Consent.person_id).where(Consent.person_id.in_(whose), Consent.text_version != IMPORTED)
    stays.update(tx.scalars(said))
    given = select(Status.member_id).where(Status.member_id.in_(whose), Status.how == How.HAND)
    stays.update(tx.scalars(given))
    return stays


def _worked_on(tx: Transaction, ids: list[int]) -> Select[tuple[int]]:
    """Lost customers of whom somebody verified, asked or noted something."""
    case, move = Base.metadata.tables["lost_case"].c, Base.metadata.tables["lost_move"].c
    touched = select(move.id).where(move.case_id == case.id).exists()
    return select(case.person_id).where(case.person_id.in_(chosen(tx, ids, BigInteger())), touched)


def _remove(tx: Transaction, ids: list[int], now: datetime) -> None:
    """Gone where nothing lasting hangs on them; otherwise nobody any more."""
    answer_again(tx, {person_id: False for person_id, said in last_answers(tx, ids).items() if said}, now)
    lasting = hung_on(tx, PEOPLE, ids, but=[name for name in Base.metadata.tables if name not in LASTING])
    for name in GO_WITH_THEM:
        table = Base.metadata.tables.get(name)
        if table is None or name in {"points_balance", "import_change"}:
            continue
        column = table.c["member_id"] if "member_id" in table.c else table.c["person_id"]
        tx.execute(delete(table).where(column.in_(chosen(tx, ids, BigInteger()))))
    whole = [person_id for person_id in ids if person_id not in lasting]
    gone = chosen(tx, whole, BigInteger())
    tx.execute(delete(CHANGES).where(CHANGES.c.person_id.in_(gone)))
    tx.execute(delete(BALANCES).where(BALANCES.c.member_id.in_(gone)))
    tx.execute(delete(PEOPLE).where(PEOPLE.c.id.in_(gone)))
    empty_people(tx, sorted(lasting))


def _undo_change(tx: Transaction, change: Any, now: datetime) -> bool:
    """Whether all of it could be given back."""
    before, after = change.before or {}, change.after or {}
    is_whole = give_back_values(
        tx,
        change.person_id,
        {name: _typed(name, value) for name, value in before["values"].items()},
        {name: _typed(name, value) for name, value in after["values"].items()},
        [(kind, value) for kind, value in after["identifiers"]],
    )
    if "consent" in before:
        answer_again(tx, {change.person_id: bool(before["consent"])}, now)
    if after["status_id"] is not None:
        is_whole = _undo_term(tx, change.person_id, after["status_id"]) and is_whole
    if not before["was_member"]:
        is_whole = _make_no_member(tx, change.person_id) and is_whole
    return is_whole


def _undo_term(tx: Transaction, person_id: int, status_id: int) -> bool:
    current = tx.scalar(select(Status.id).where(Status.member_id == person_id, Status.ended_on.is_(None)))
    if current != status_id:
        return False
    remove_terms(tx, [status_id], [person_id])
    return True


def _make_no_member(tx: Transaction, person_id: int) -> bool:
    """Somebody who was known before and became a member by the file is a contact again, unless they bought since."""
    used = hung_on(tx, PEOPLE, [person_id], but=[name for name in Base.metadata.tables if name not in _USES])
    if used:
        return False
    tx.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(member_number=None, joined_on=None))
    tx.execute(delete(BALANCES).where(BALANCES.c.member_id == person_id))
    refresh_search_text(tx, person_id)
    return True


_USES = ("purchase", "points_movement", "tier_status")


def _typed(name: str, value: str | None) -> object:
    """Back from the text that the change was kept as."""
    if value is None:
        return None
    if name in {"birth_year", "birth_month", "birth_day"}:
        return int(value)
    return date.fromisoformat(value) if name == "joined_on" else value

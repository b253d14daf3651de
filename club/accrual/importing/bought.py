"""Rows that say what was bought: which are new, whose they are, what they earn; written a batch at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sqlalchemy.orm import Session

from club.accrual.importing.pricing import Pricer
from club.accrual.importing.taking import OTHER_CONTENT, Taking
from club.accrual.rules import Earning
from club.accrual.service.purchase import EARNED
from club.database import Transaction
from club.intake import staging
from club.intake.bulk import write_or_decide_again
from club.intake.complaints import Complaint
from club.intake.staging import StagedRow
from club.members.importing import Known, add_members, known_by, note_made
from club.points.importing import earn_many, lock_balances, open_accounts
from club.points.rules import Earned, expires_on
from club.purchases.importing.writing import Key, Priced, contents_of, write_purchases
from club.purchases.models import Purchase

BATCH = 5_000
_expires_on = lru_cache(maxsize=8192)(expires_on)
NOBODY = "nobody has this number, address or id; correct it, or let the import make members"
NO_MEMBER = "this person is not a member yet; enrol them first"


@dataclass
class _Decided:
    """What becomes of the rows of one batch."""

    new: list[tuple[StagedRow, int | None]] = field(default_factory=list)
    """With the member, or None for one who has to be made."""
    same: list[StagedRow] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    strangers: dict[str, tuple[date, int]] = field(default_factory=dict)
    """Keys to make members for: their first day and row in the file."""
    earnings: list[Earning] | None = None
    """None: to be worked out under a lock, because of caps."""
    points: int = 0


def take_in_bought(db: Session, taking: Taking) -> None:
    """Take in every row that gives nothing back, in the order of the file."""
    pricer = Pricer(db, taking.club)
    after = 0
    while rows := staging.staged_rows(db, taking.run_id, after=after, limit=BATCH):
        after = rows[-1].number
        _take_in(db, taking, pricer, rows)
        taking.move_on(len(rows))


def _take_in(db: Session, taking: Taking, pricer: Pricer, rows: list[StagedRow]) -> None:
    def decide() -> _Decided:
        return _decide(db, taking, pricer, rows)

    def write(tx: Transaction, decided: _Decided) -> None:
        _write(tx, taking, pricer, decided)

    decided = decide() if taking.is_dry_run else write_or_decide_again(db, decide, write)
    for complaint in decided.complaints:
        taking.complaints.add(complaint)
    taking.new += len(decided.new)
    taking.same += len(decided.same)
    amount = sum(row.amount for row, _ in decided.new)
    taking.amount += amount
    there = taking.there
    taking.there = there._replace(
        purchases=there.purchases + len(decided.new) + len(decided.same),
        bought=there.bought + amount + sum(row.amount for row in decided.same),
    )
    taking.points += decided.points
    taking.members_created += sum(1 for _, number in decided.strangers.values() if number >= rows[0].number)


# --- deciding, without a lock


def _decide(db: Session, taking: Taking, pricer: Pricer, rows: Sequence[StagedRow]) -> _Decided:
    decided = _Decided()
    fresh = _not_seen_before(db, taking, rows, decided)
    known = known_by(db, {row.member_key for row in fresh})
    for row in fresh:
        _decide_member(taking, row, known.get(row.member_key), decided)
    unknown = {row.member_key for row, member_id in decided.new if member_id is None}
    if unknown:
        decided.strangers = staging.first_seen(db, taking.run_id, unknown)
    if not pricer.has_caps(row for row, _ in decided.new):
        decided.earnings = pricer.price(db, decided.new)
        decided.points = sum(earning.points for earning in decided.earnings)
    return decided


def _not_seen_before(db: Session, taking: Taking, rows: Sequence[StagedRow], decided: _Decided) -> list[StagedRow]:
    """The rows whose reference is nobody's yet. The same reference with the same content is the same purchase."""
    seen = contents_of(db, Purchase, rows)
    if taking.is_dry_run:
        seen |= _earlier_in_the_file(db, taking, rows)
    fresh = []
    for row in rows:
        key = (row.channel, row.reference)
        if key not in seen:
            seen[key] = row.content
            fresh.append(row)
        elif seen[key] == row.content:
            decided.same.append(row)
        else:
            decided.complaints.append(Complaint(row.number, "reference", row.reference, OTHER_CONTENT))
    return fresh


def _earlier_in_the_file(db: Session, taking: Taking, rows: Sequence[StagedRow]) -> dict[Key, bytes | None]:
    """What a real import would have written by now under the references of these rows."""
    references = {row.reference for row in rows if row.reference}
    earlier = staging.with_reference(db, taking.run_id, references, before=rows[0].number) if references else []
    found: dict[Key, bytes | None] = {}
    for row in earlier:
        found.setdefault((row.channel, row.reference), row.content)
    return found


def _decide_member(taking: Taking, row: StagedRow, known: Known | None, decided: _Decided) -> None:
    if known is None and not taking.creates_members:
        decided.complaints.append(Complaint(row.number, "member", row.member_key, NOBODY))
    elif known is not None and not known.is_member:
        decided.complaints.append(Complaint(row.number, "member", row.member_key, NO_MEMBER))
    else:
        decided.new.append((row, None if known is None else known.person_id))


# --- writing, in one transaction


def _write(tx: Transaction, taking: Taking, pricer: Pricer, decided: _Decided) -> None:
    made = _make_members(tx, taking, decided)
    bought = [(row, made[row.member_key] if member_id is None else member_id) for row, member_id in decided.new]
    earnings = decided.earnings
    if earnings is None:
        lock_balances(tx, (member_id for _, member_id in bought))
        earnings = pricer.price(tx, bought)
        decided.points = sum(earning.points for earning in earnings)
    priced = [
        Priced(row, member_id, earning.points, earning.qualifying_points)
        for (row, member_id), earning in zip(bought, earnings, strict=True)
    ]
    ids = write_purchases(tx, priced, import_id=taking.run_id, by=taking.by, now=taking.now)
    earn_many(tx, list(_earned(taking, ids, priced, earnings)), taking.today, taking.now)


def _make_members(tx: Transaction, taking: Taking, decided: _Decided) -> Mapping[str, int]:
    if not decided.strangers:
        return {}
    joined = {key: day for key, (day, _) in decided.strangers.items()}
    made = add_members(tx, joined, language=taking.club.main_language, now=taking.now)
    note_made(tx, taking.run_id, set(made.values()))
    open_accounts(tx, sorted(set(made.values())))
    return made


def _earned(
    taking: Taking, ids: Iterable[int], priced: Iterable[Priced], earnings: Iterable[Earning]
) -> Iterable[Earned]:
    """Active from the day of the purchase, as at the counter; expiry counts from it too."""
    for purchase_id, (row, member_id, points, _), earning in zip(ids, priced, earnings, strict=True):
        if points:
            yield Earned(
                member_id=member_id,
                kind=EARNED,
                cause_id=purchase_id,
                points=points,
                dated_on=row.dated_on,
                activates_on=row.dated_on,
                expires_on=_expires_on(row.dated_on, taking.club.expiry_months),
                why=earning.why,
            )

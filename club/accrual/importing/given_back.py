"""Rows that say what was given back of an earlier purchase, of this file or not; those of one purchase together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.importing.taking import OTHER_CONTENT, Taking
from club.accrual.service.returns import record_return_in
from club.database import Transaction
from club.intake import staging
from club.intake.bulk import chosen, write_or_decide_again
from club.intake.complaints import Complaint
from club.intake.staging import StagedRow
from club.members.importing import known_by
from club.purchases.importing.writing import Key, contents_of, mark_imported
from club.purchases.models import Correction, Purchase
from club.purchases.rules import ReturnOf

BATCH = 500


@dataclass
class _Original:
    """What is given back of. `owner` is the member's id, or their key where a dry run would have made them."""

    owner: int | str
    bought_on: date
    left: int


@dataclass
class _Decided:
    new: list[StagedRow] = field(default_factory=list)
    same: list[StagedRow] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    points: int = 0


def take_in_given_back(db: Session, taking: Taking) -> None:
    """Take in every row that gives something back, after everything that was bought."""
    last: StagedRow | None = None
    left_over: dict[Key, _Original] = {}
    while rows := staging.staged_returns(db, taking.run_id, after=last, limit=BATCH):
        last = rows[-1]
        left_over = _take_in(db, taking, rows, left_over if taking.is_dry_run else {})
        taking.move_on(len(rows))


def _take_in(
    db: Session, taking: Taking, rows: list[StagedRow], left_over: Mapping[Key, _Original]
) -> dict[Key, _Original]:
    """Returns what is left of the last original: a dry run needs it for the next batch."""
    originals: dict[Key, _Original] = {}

    def decide() -> _Decided:
        originals.clear()
        originals.update({**_originals(db, taking, rows), **left_over})
        return _decide(db, rows, originals)

    def write(tx: Transaction, decided: _Decided) -> None:
        decided.points = _write(tx, taking, decided.new)

    decided = decide() if taking.is_dry_run else write_or_decide_again(db, decide, write)
    for complaint in decided.complaints:
        taking.complaints.add(complaint)
    taking.new += len(decided.new)
    taking.same += len(decided.same)
    amount = sum(row.amount for row in decided.new)
    taking.given_back += amount
    there = taking.there
    taking.there = there._replace(
        returns=there.returns + len(decided.new) + len(decided.same),
        given_back=there.given_back + amount + sum(row.amount for row in decided.same),
    )
    taking.points -= decided.points
    last = _original_of(rows[-1])
    return {last: originals[last]} if last in originals else {}


def _decide(db: Session, rows: Sequence[StagedRow], originals: Mapping[Key, _Original]) -> _Decided:
    decided = _Decided()
    seen = contents_of(db, Correction, rows)
    known = known_by(db, {row.member_key for row in rows})
    for row in rows:
        key = (row.channel, row.reference)
        if seen.get(key) == row.content:
            decided.same.append(row)
            continue
        owner = known[row.member_key].person_id if row.member_key in known else row.member_key
        bad = (
            ("reference", row.reference, OTHER_CONTENT)
            if key in seen
            else _what_is_wrong(row, owner, originals.get(_original_of(row)))
        )
        if bad is not None:
            decided.complaints.append(Complaint(row.number, *bad))
            continue
        seen[key] = row.content
        originals[_original_of(row)].left -= row.amount
        decided.new.append(row)
    return decided


def _what_is_wrong(row: StagedRow, owner: int | str, original: _Original | None) -> tuple[str, str, str] | None:
    """Column, value and what to do; None for a row that can be used."""
    if original is None:
        return "returns", row.returns or "", "no purchase of this channel has this reference; correct it"
    if original.owner != owner:
        return "member", row.member_key, "that purchase belongs to somebody else; correct the member or the reference"
    if row.dated_on < original.bought_on:
        return "date", str(row.dated_on), f"nothing can be given back before it was bought on {original.bought_on}"
    if row.amount > original.left:
        return "amount", str(row.amount), f"only {original.left} (in the smallest unit of money) is left to give back"
    return None


def _originals(db: Session, taking: Taking, rows: Sequence[StagedRow]) -> dict[Key, _Original]:
    by_channel: dict[str, set[str]] = {}
    for row in rows:
        by_channel.setdefault(row.channel, set()).add(row.returns or "")
    found: dict[Key, _Original] = {}
    if taking.is_dry_run:
        found = _originals_in_the_file(db, taking, set().union(*by_channel.values()))
    for channel, references in by_channel.items():
        bought = db.execute(
            select(Purchase.reference, Purchase.member_id, Purchase.bought_on, Purchase.net_amount).where(
                Purchase.channel == channel, Purchase.reference.in_(chosen(db, references))
            )
        )
        found |= {(channel, row.reference): _Original(row.member_id, row.bought_on, row.net_amount) for row in bought}
    return found


def _originals_in_the_file(db: Session, taking: Taking, references: set[str]) -> dict[Key, _Original]:
    """What a real import would have written by now."""
    rows = staging.with_reference(db, taking.run_id, references, before=2**31 - 1)
    known = known_by(db, {row.member_key for row in rows})
    found: dict[Key, _Original] = {}
    for row in rows:
        is_taken = row.member_key in known or taking.creates_members
        if is_taken:
            owner = known[row.member_key].person_id if row.member_key in known else row.member_key
            found.setdefault((row.channel, row.reference), _Original(owner, row.dated_on, row.amount))
    return found


def _write(tx: Transaction, taking: Taking, rows: Sequence[StagedRow]) -> int:
    """Returns the points that were reversed."""
    points = 0
    corrections = []
    for row in rows:
        assert row.returns is not None
        wanted = ReturnOf(
            channel=row.channel,
            reference=row.returns,
            own_reference=row.reference,
            corrected_on=row.dated_on,
            amount=row.amount,
            content=row.content,
        )
        returned = record_return_in(tx, wanted, taking.by, taking.now, silent=True)
        corrections.append(returned.correction_id)
        points += returned.points
    mark_imported(tx, corrections, taking.run_id)
    return points


def _original_of(row: StagedRow) -> Key:
    return row.channel, row.returns or ""

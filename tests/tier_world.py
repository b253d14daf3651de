"""People, purchases and ladders for tests of the tiers, written straight into their tables; and the rule replayed."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.members.models import Person
from club.purchases.models import Correction, Purchase
from club.texts import Texts
from club.tiers.models import Ladders, Status, ladders
from club.tiers.rules import Counted, Held, Rung, Window, decide

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
_references = count(1)


def rung(key: str, spend: int = 0, purchases: int = 0, qualifying_points: int = 0, by_invitation: bool = False) -> Rung:
    return Rung(key, Texts({"en": key.title()}), spend, purchases, qualifying_points, by_invitation)


def add_member(db: Session, joined_on: date = date(2020, 1, 1), email: str | None = None) -> int:
    """A member; without a number and day of joining it would be somebody the club only knows."""
    with transaction(db) as tx:
        return put_member(tx, joined_on, email)


def put_member(tx: Transaction, joined_on: date, email: str | None = None) -> int:
    return tx.execute(
        insert(Person)
        .values(
            member_number=f"M{next(_references)}", full_name="Ana Ruiz", email=email, email_key=email,
            language="es", joined_on=joined_on, source="test", search_text="ana ruiz", created_at=NOW,
        )
        .returning(Person.id)
    ).scalar_one()  # fmt: skip


def add_purchase(db: Session, member_id: int, bought_on: date, amount: int, kept: int | None = None) -> int:
    """A purchase of which `kept` minor units were not given back; all of it unless given."""
    with transaction(db) as tx:
        return put_purchase(tx, member_id, bought_on, amount, amount if kept is None else kept)


def put_purchase(
    tx: Transaction, member_id: int, bought_on: date, amount: int, kept: int, points: int = 0, kept_points: int = 0
) -> int:
    """A purchase and, where something was given back, its correction."""
    purchase_id = tx.execute(
        insert(Purchase)
        .values(
            member_id=member_id, channel="till", reference=f"R{next(_references)}", bought_on=bought_on, amount=amount,
            net_amount=kept, qualifying_points=points, net_qualifying_points=kept_points, recorded_at=NOW,
        )
        .returning(Purchase.id)
    ).scalar_one()  # fmt: skip
    if kept < amount or kept_points < points:
        tx.execute(
            insert(Correction).values(
                purchase_id=purchase_id, kind="return", channel="till", reference=f"B{purchase_id}",
                corrected_on=bought_on, amount=amount - kept, qualifying_points=points - kept_points, recorded_at=NOW,
            )
        )  # fmt: skip
    return purchase_id


def give_back(db: Session, purchase_id: int, on: date) -> None:
    """The whole purchase."""
    with transaction(db) as tx:
        bought = tx.get_one(Purchase, purchase_id)
        tx.execute(
            insert(Correction).values(
                purchase_id=purchase_id, kind="return", channel="till", reference=f"B{purchase_id}", corrected_on=on,
                amount=bought.net_amount, qualifying_points=bought.net_qualifying_points, recorded_at=NOW,
            )
        )  # fmt: skip
        tx.execute(update(Purchase).where(Purchase.id == purchase_id).values(net_amount=0, net_qualifying_points=0))


def terms(db: Session, member_id: int) -> list[tuple[str, date, date | None, str, date | None]]:
    """(rung, since, until, how, ended on) of every term, in order."""
    db.rollback()
    return [
        tuple(row)  # type: ignore[misc]  # five columns
        for row in db.execute(
            select(Status.rung_key, Status.since, Status.until, Status.how, Status.ended_on)
            .where(Status.member_id == member_id)
            .order_by(Status.id)
        )
    ]


@dataclass(frozen=True)
class Bought:
    """One purchase as it is known today."""

    on: date
    net: int
    net_points: int


@dataclass
class Replay:
    """One member followed day by day with nothing but `decide` and sums over a list."""

    joined_on: date
    bought: list[Bought]
    terms: list[tuple[str, date, date | None, str]] = field(default_factory=list)

    def counted(self, known: Ladders, day: date) -> Counted:
        """What counts as of a day, by the words of the window."""
        ladder = known.on(day).ladder
        if ladder.window is Window.LAST_12_MONTHS:
            inside = [b for b in self.bought if _twelve_months_before(day) < b.on <= day]
        elif ladder.window is Window.CALENDAR_YEAR:
            inside = [b for b in self.bought if b.on.year == day.year and b.on <= day]
        else:
            inside = [b for b in self.bought if self._year_began(day) <= b.on <= day]
        return Counted(sum(b.net for b in inside), sum(b.net > 0 for b in inside), sum(b.net_points for b in inside))

    def place(self, known: Ladders, day: date, *, write: bool = True) -> str:
        """Look at the member on a day; the rung's key afterwards."""
        dated = known.on(day)
        last = next((term for term in reversed(self.terms) if term[1] <= day), None)
        held = Held() if last is None else dated.held(last[0], last[2])
        term = decide(dated.ladder, dated.ladder.standing(self.counted(known, day)), held, day)
        if term is None:
            return last[0] if last is not None and held.vanished else dated.ladder.rungs[held.rank // 2].key
        key = dated.ladder.rungs[term.position].key
        if write and not any(since > day for _, since, _, _ in self.terms):
            self.terms.append((key, day, term.until, term.how))
        return key

    def _year_began(self, day: date) -> date:
        """The last return of the day of joining; 29 February returns on the 28th."""
        years = [day.year, day.year - 1]
        returns = [_same_day(self.joined_on, year) for year in years if year > self.joined_on.year]
        return max([self.joined_on, *(one for one in returns if one <= day)])


def _twelve_months_before(day: date) -> date:
    return _same_day(day, day.year - 1)


def _same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def known_ladders(db: Session) -> Ladders:
    """All versions, read afresh."""
    db.rollback()
    return ladders(db)

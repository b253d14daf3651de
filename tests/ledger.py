"""The ledger in plain Python, written from the rules alone, and a player that sends the same to the real one."""

from calendar import monthrange
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import Refusal
from club.household.models import Household, HouseholdMember
from club.members.models import Person
from club.permissions import Role
from club.points import service
from club.points.models import BALANCES, HOLDS, LOTS, MOVEMENTS, balance_of
from club.points.rules import Earned
from club.transfers.models import Transfer

START = date(2026, 1, 10)
CLUB_ACCOUNTS = ("issued", "redeemed", "expired", "reversed", "adjusted")


@dataclass(frozen=True)
class Command:
    """One act on one day (days since the start). `number` is the purchase, hold or night it is about."""

    act: str
    day: int
    who: int = 0
    number: int = 0
    points: int = 0
    cause: int = 0
    waits: int | None = 0
    """Days until points become active; None: unknown."""
    lives: int | None = None
    """Days from today to the last day; None: no end."""
    other: int = 0
    """Who gets what is passed on."""

    @property
    def today(self) -> date:
        return START + timedelta(days=self.day)

    @property
    def activates_on(self) -> date | None:
        return None if self.waits is None else self.today + timedelta(days=self.waits)

    @property
    def expires_on(self) -> date | None:
        return None if self.lives is None else self.today + timedelta(days=self.lives)


class Refused(Exception):
    """The oracle says no, by the name of the refusal that the club must raise."""


_BIRTHS = count()


@dataclass
class OracleLot:
    points: int
    pending: int
    active: int
    earned: date
    activates: date | None
    expires: date | None
    held: int = 0
    has_ended: bool = False
    ended_points: int = 0
    parent: int | None = None
    taken_back: int = 0
    reversed: int = 0
    stays: bool = False
    """It came from another member: it is not passed on again."""
    born: int = field(default_factory=lambda: next(_BIRTHS))
    """Lots of everybody in the order in which they came to be."""
    abroad: list[tuple[int, int]] = field(default_factory=list)
    """Its points that another member has, as (member, lot)."""


@dataclass
class OracleHold:
    """`parts`: whose lot, which, points, in the order of spending."""

    parts: list[tuple[int, int, int]]
    state: str = "open"
    given_back: int = 0

    @property
    def points(self) -> int:
        return sum(points for _, _, points in self.parts)


@dataclass
class OracleTransfer:
    """`parts`: lot here, points, and the lot there if anything was left of them after the debt."""

    other: int
    parts: list[tuple[int, int, int | None]]
    is_undone: bool = False


@dataclass
class OracleMember:
    """What one member has, as anybody would do it on paper."""

    lots: list[OracleLot] = field(default_factory=list)
    purchases: dict[int, int] = field(default_factory=dict)
    holds: dict[int, OracleHold] = field(default_factory=dict)
    debt: int = 0
    club: Counter[str] = field(default_factory=Counter)
    done: set[tuple[str, int]] = field(default_factory=set)
    everybody: list["OracleMember"] = field(default_factory=list)
    sent: dict[int, OracleTransfer] = field(default_factory=dict)
    shares_from: date | None = None

    def once(self, act: str, cause: int) -> None:
        if (act, cause) in self.done:
            raise Refused("AlreadyPosted")
        self.done.add((act, cause))

    def pay(self, points: int) -> int:
        """Pay the debt; what is left."""
        paid = min(self.debt, points)
        self.debt -= paid
        return points - paid

    def in_turn(self) -> list[int]:
        """Active lots, soonest expiry first."""
        lots = [number for number, lot in enumerate(self.lots) if lot.active]
        return sorted(lots, key=lambda n: (self.lots[n].expires or date.max, self.lots[n].earned, n))

    def take(self, points: int) -> list[tuple[int, int]]:
        parts = []
        for number in self.in_turn():
            part = min(points, self.lots[number].active)
            if part:
                self.lots[number].active -= part
                parts.append((number, part))
                points -= part
        if points:
            raise Refused("NotEnoughPoints")
        return parts

    def expire(self, day: date) -> None:
        """Everything whose last day is `day` or earlier."""
        for lot in self.lots:
            if lot.active and lot.expires and lot.expires <= day:
                self.club["expired"] += lot.active
                lot.ended_points += lot.active
                lot.active, lot.has_ended = 0, True

    def activate(self, day: date) -> None:
        waiting = [(lot.activates, n) for n, lot in enumerate(self.lots) if lot.pending and lot.activates]
        for activates, number in sorted(waiting):
            if activates <= day:
                lot = self.lots[number]
                lot.active, lot.pending = self.pay(lot.pending), 0

    def put_back(self, number: int, points: int, today: date, *, least: date | None) -> None:
        """Return points to a lot, or to its child: with its own last day, or with `least` if that is later."""
        lot = self.lots[number]
        late = lot.expires is not None and (lot.expires < today if least is None else lot.expires < least)
        if not points:
            return
        if late or lot.has_ended:
            expires = least if late and least else lot.expires
            child = OracleLot(points, 0, points, lot.earned, lot.activates, expires, parent=number, stays=lot.stays)
            self.lots.append(child)
        else:
            lot.active += points

    def line_of(self, number: int) -> list[int]:
        """A lot and those that came from it with this member."""
        children = [child for child, lot in enumerate(self.lots) if lot.parent == number]
        return [number, *(one for child in children for one in self.line_of(child))]

    def ended_of(self, number: int, everybody: list["OracleMember"]) -> int:
        """Points of a lot that ended unused, with whoever had them."""
        line = self.line_of(number)
        abroad = [place for one in line for place in self.lots[one].abroad]
        away = sum(everybody[who].ended_of(lot, everybody) for who, lot in abroad)
        return sum(self.lots[one].ended_points for one in line) + away

    # --- the acts

    def earn(self, command: Command) -> None:
        self.once("earn", command.number)
        activates, points = command.activates_on, command.points
        is_active = activates is not None and activates <= command.today
        lot = OracleLot(points, 0 if is_active else points, 0, command.today, activates, command.expires_on)
        lot.active = self.pay(points) if is_active else 0
        self.purchases[command.number] = len(self.lots)
        self.lots.append(lot)
        self.club["issued"] -= points

    def hold(self, command: Command) -> None:
        self.once("hold", command.number)
        pool = self.pool(command)
        for who in pool:
            self.everybody[who].expire(command.today - timedelta(days=1))
        lots = [(lot.expires or date.max, lot.earned, lot.born, who, number, lot)
                for who in pool for number, lot in enumerate(self.everybody[who].lots) if lot.active]  # fmt: skip
        left, parts = command.points, []
        for *_, who, number, lot in sorted(lots, key=lambda one: one[:3]):
            part = min(left, lot.active)
            if part:
                lot.active -= part
                lot.held += part
                parts.append((who, number, part))
                left -= part
        if left:
            raise Refused("NotEnoughPoints")
        self.holds[command.number] = OracleHold(parts)

    def pool(self, command: Command) -> list[int]:
        """Whose points this member may spend, themselves in front."""

        def shares(one: "OracleMember") -> bool:
            return one.shares_from is not None and one.shares_from <= command.today

        others = [n for n in range(len(self.everybody)) if n != command.who and shares(self.everybody[n])]
        return [command.who, *(others if shares(self) else [])]

    def join(self, command: Command) -> None:
        """Both belong to one household; points are shared after so many days."""
        for one in self.everybody:
            one.shares_from = command.today + timedelta(days=command.waits or 0)

    def leave(self, command: Command) -> None:
        for one in self.everybody:
            one.shares_from = None

    def _end(self, command: Command, state: str) -> OracleHold:
        held = self.holds[command.number]
        if held.state != "open":
            raise Refused("HoldEnded")
        held.state = state
        for who, number, part in held.parts:
            self.everybody[who].lots[number].held -= part
        return held

    def spend(self, command: Command) -> None:
        for who, _, part in self._end(command, "spent").parts:
            self.everybody[who].club["redeemed"] += part

    def release(self, command: Command) -> None:
        for who, number, part in self.own_first(command, self._end(command, "released").parts):
            giver = self.everybody[who]
            giver.put_back(number, giver.pay(part), command.today, least=None)

    def own_first(self, command: Command, parts: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        return sorted(parts, key=lambda part: part[0] != command.who)

    def give_back(self, command: Command) -> None:
        held = self.holds[command.number]
        self.once("give_back", command.cause)
        if held.state != "spent" or held.given_back + command.points > held.points:
            raise Refused("PointsOutOfRange")
        # one point after the other, the last spent first
        each = [(who, number) for who, number, part in reversed(held.parts) for _ in range(part)]
        now = Counter(each[held.given_back : held.given_back + command.points])
        held.given_back += command.points
        for who, number, part in self.own_first(command, [(*place, part) for place, part in now.items()]):
            giver = self.everybody[who]
            giver.club["redeemed"] -= part
            giver.put_back(number, giver.pay(part), command.today, least=command.today + timedelta(days=30))

    def reverse(self, command: Command) -> None:
        number = self.purchases[command.number]
        lot = self.lots[number]
        self.once("reverse", command.cause)
        self.expire(command.today - timedelta(days=1))
        lot.taken_back += command.points
        if lot.taken_back > lot.points:
            raise Refused("PointsOutOfRange")
        amount = max(0, lot.taken_back - self.ended_of(number, self.everybody) - lot.reversed)
        lot.reversed += amount
        self.club["reversed"] += amount
        for account in ("pending", "active"):
            part = min(amount, getattr(lot, account))
            setattr(lot, account, getattr(lot, account) - part)
            amount -= part
        others = min(amount, sum(other.active for other in self.lots))
        self.take(others)
        self.debt += amount - others

    def adjust(self, command: Command) -> None:
        if command.points > 0:
            year, month = command.today.year + 2, command.today.month
            last_day = date(year, month, monthrange(year, month)[1])
            lot = OracleLot(command.points, 0, self.pay(command.points), command.today, command.today, last_day)
            self.lots.append(lot)
        else:
            self.expire(command.today - timedelta(days=1))
            self.take(-command.points)
        self.club["adjusted"] -= command.points

    def transfer(self, command: Command) -> None:
        there = self.everybody[command.other]
        for member in (self, there):
            member.expire(command.today - timedelta(days=1))
        left, parts = command.points, []
        for number in self.in_turn():
            part = 0 if self.lots[number].stays else min(left, self.lots[number].active)
            if part:
                parts.append((number, part))
                left -= part
        if left:
            raise Refused("NotEnoughPoints")
        made: list[tuple[int, int, int | None]] = []
        for number, part in parts:
            lot = self.lots[number]
            lot.active -= part
            rest = there.pay(part)
            made.append((number, part, len(there.lots) if rest else None))
            if rest:
                lot.abroad.append((command.other, len(there.lots)))
                there.lots.append(OracleLot(rest, 0, rest, lot.earned, lot.activates, lot.expires, stays=True))
        self.sent[command.number] = OracleTransfer(command.other, made)
        self.club["adjusted"] += command.points
        there.club["adjusted"] -= command.points

    def undo(self, command: Command) -> None:
        sent = self.sent[command.number]
        there = self.everybody[sent.other]
        if sent.is_undone:
            raise Refused("AlreadyPosted")
        for member in (self, there):
            member.expire(command.today - timedelta(days=1))
        came = [one for _, _, lot in sent.parts if lot is not None for one in there.line_of(lot)]
        back = [
            (number, part - (0 if lot is None else there.ended_of(lot, self.everybody)))
            for number, part, lot in sent.parts
        ]
        points = left = sum(part for _, part in back)
        sent.is_undone = points > 0
        in_turn = there.in_turn()
        for number in [*(one for one in in_turn if one in came), *(one for one in in_turn if one not in came)]:
            part = min(left, there.lots[number].active)
            there.lots[number].active -= part
            left -= part
        there.debt += left
        for number, part in back:
            self.put_back(number, self.pay(part), command.today, least=None)
        there.club["adjusted"] += points
        self.club["adjusted"] -= points

    def night(self, command: Command) -> None:
        """The night after the day."""
        self.activate(command.today)
        self.expire(command.today)


class Oracle:
    def __init__(self, members: int) -> None:
        self.members = [OracleMember() for _ in range(members)]
        for member in self.members:
            member.everybody = self.members

    def play(self, command: Command) -> str:
        """Do it and say what came of it; a refusal changes nothing."""
        if command.act == "night":
            for member in self.members:
                member.night(command)
            return "done"
        before = deepcopy(self.members)
        try:
            getattr(self.members[command.who], command.act)(command)
        except Refused as refused:
            self.members = before
            return str(refused)
        return "done"

    def all(self, today: date) -> list[dict[str, object]]:
        return [self._of(member, today) for member in self.members]

    def _of(self, member: OracleMember, today: date) -> dict[str, object]:
        over = sum(lot.active for lot in member.lots if lot.expires and lot.expires < today)
        return {
            "active": sum(lot.active for lot in member.lots),
            "pending": sum(lot.pending for lot in member.lots),
            "held": sum(lot.held for lot in member.lots),
            "debt": -member.debt,
            "spendable": sum(lot.active for lot in member.lots) - over,
            "lots": [
                (lot.points, lot.pending, lot.active, lot.held, lot.expires, lot.taken_back) for lot in member.lots
            ],
            "club": {account: member.club[account] for account in CLUB_ACCOUNTS},
        }


class Player:
    """Sends commands to the club. Causes are numbered apart for each member."""

    def __init__(self, db: Session, members: int) -> None:
        self.db = db
        with transaction(db) as tx:
            people = [
                Person(
                    full_name=f"M{n}", member_number=f"M{n}", joined_on=START, language="en", source="test",
                    search_text="", created_at=moment(START),
                )
                for n in range(members)
            ]  # fmt: skip
            tx.add_all(people)
            tx.flush()
            self.members = [person.id for person in people]
            for member_id in self.members:
                service.open_account(tx, member_id)

    def play(self, command: Command) -> str:
        try:
            getattr(self, "_" + command.act)(command, self.members[command.who], moment(command.today))
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    def all(self, today: date) -> list[dict[str, object]]:
        found = [self._of(member_id, today) for member_id in self.members]
        self.db.rollback()
        return found

    def _of(self, member_id: int, today: date) -> dict[str, object]:
        accounts = select(BALANCES.c.active, BALANCES.c.pending, BALANCES.c.held, BALANCES.c.debt)
        lots = select(*(LOTS.c[n] for n in ("points", "pending", "active", "held", "expires_on", "taken_back")))
        moved = select(*(MOVEMENTS.c[account] for account in CLUB_ACCOUNTS)).where(MOVEMENTS.c.member_id == member_id)
        return {
            **self.db.execute(accounts.where(BALANCES.c.member_id == member_id)).one()._mapping,
            "spendable": balance_of(self.db, member_id, today).active,
            "lots": [
                tuple(lot) for lot in self.db.execute(lots.where(LOTS.c.member_id == member_id).order_by(LOTS.c.id))
            ],
            "club": dict(zip(CLUB_ACCOUNTS, map(sum, zip([0] * 5, *self.db.execute(moved), strict=True)), strict=True)),
        }

    def _cause(self, command: Command, number: int) -> int:
        return command.who * 1_000_000 + number

    def _hold_id(self, command: Command) -> int:
        cause = self._cause(command, command.number)
        query = select(HOLDS.c.id).where(HOLDS.c.cause_id == cause, HOLDS.c.part_of.is_(None))
        return self.db.execute(query).scalar_one()

    def _join(self, command: Command, _member_id: int, now: datetime) -> None:
        """A household of its own each time: who joins was in none."""
        first = command.today + timedelta(days=command.waits or 0)
        with transaction(self.db) as tx:
            made = insert(Household).values(founded_at=now).returning(Household.id)
            household_id = tx.execute(made).scalar_one()
            row = {"household_id": household_id, "joined_at": now, "shares_from": first}
            tx.execute(insert(HouseholdMember), [{**row, "person_id": one} for one in self.members])

    def _leave(self, _command: Command, _member_id: int, _now: datetime) -> None:
        with transaction(self.db) as tx:
            tx.execute(delete(HouseholdMember))

    def _earn(self, command: Command, member_id: int, now: datetime) -> None:
        earned = Earned(
            member_id,
            "purchase.earned",
            self._cause(command, command.number),
            command.points,
            command.today,
            command.activates_on,
            command.expires_on,
        )
        with transaction(self.db) as tx:
            service.earn(tx, earned, command.today, now)

    def _hold(self, command: Command, member_id: int, now: datetime) -> None:
        cause = self._cause(command, command.number)
        with transaction(self.db) as tx:
            service.hold(tx, member_id, "order", cause, command.points, command.today, now)

    def _spend(self, command: Command, _member_id: int, now: datetime) -> None:
        hold_id = self._hold_id(command)
        with transaction(self.db) as tx:
            service.spend_hold(tx, hold_id, command.today, now)

    def _release(self, command: Command, _member_id: int, now: datetime) -> None:
        hold_id = self._hold_id(command)
        with transaction(self.db) as tx:
            service.release(tx, hold_id, command.today, now)

    def _give_back(self, command: Command, _member_id: int, now: datetime) -> None:
        hold_id, cause = self._hold_id(command), self._cause(command, command.cause)
        with transaction(self.db) as tx:
            service.give_back(tx, hold_id, command.points, "return.given_back", cause, command.today, now)

    def _reverse(self, command: Command, _member_id: int, now: datetime) -> None:
        purchase, cause = self._cause(command, command.number), self._cause(command, command.cause)
        today = command.today
        with transaction(self.db) as tx:
            service.reverse(
                tx, "purchase.earned", purchase, command.points, "purchase.reversed", cause, today, today, now
            )

    def _adjust(self, command: Command, member_id: int, now: datetime) -> None:
        service.adjust_by_hand(self.db, member_id, command.points, "Because", None, Role.OWNER, now)

    def _passing(self, command: Command) -> service.Passing:
        number = self._cause(command, command.number)
        return service.Passing(self.members[command.who], self.members[command.other], number)

    def _transfer(self, command: Command, member_id: int, now: datetime) -> None:
        who = self._passing(command)
        row = {"id": who.transfer_id, "from_id": member_id, "to_id": who.to_id, "points": command.points}
        once = who.transfer_id.to_bytes(32)
        with transaction(self.db) as tx:
            tx.execute(insert(Transfer).values(**row, sent_at=now, once=once))
            service.pass_on(tx, who, command.points, command.today, now)

    def _undo(self, command: Command, _member_id: int, now: datetime) -> None:
        who = self._passing(command)
        with transaction(self.db) as tx:
            returned = service.pass_back(tx, who, command.today, now)
            row = update(Transfer).where(Transfer.id == who.transfer_id)
            tx.execute(row.values(undone_at=now, returned=returned))

    def _night(self, command: Command, _member_id: int, now: datetime) -> None:
        service.activate_due(self.db, command.today, now)
        service.expire_due(self.db, command.today, now)


def moment(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)

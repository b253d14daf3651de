"""Points of two records that become one and are parted again, against the ledger on paper that never merged them."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

import hypothesis.strategies as some
import pytest
from hypothesis import given
from sqlalchemy import func, select

from club.database import sessions
from club.errors import PointsMovedSince
from club.merging.service import Wanted, merge, undo
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS
from club.points.verify import violations
from club.programme import service as programme
from tests.club.test_ledger_machine import MEMBERS, _of_profile, histories
from tests.databases import Databases
from tests.ledger import CLUB_ACCOUNTS, START, Command, Oracle, Player, moment
from tests.people import new_colleague

STAYS, GOES = 0, 1


class Two:
    """Two members in the club and on paper."""

    def __init__(self, databases: Databases, commands: list[Command]) -> None:
        databases.renew()
        self.databases = databases
        self.db = sessions(databases.engine)()
        programme.set_up(self.db, programme.defaults(START), moment(START))
        self.by = new_colleague(self.db, moment(START), Role.OWNER).account_id
        self.player, self.oracle = Player(self.db, MEMBERS), Oracle(MEMBERS)
        self.day = 0
        for command in commands:
            self.play(command)
        self.close_holds()
        if self.day:
            self.play(Command("night", self.day - 1))  # a merge ends what is over, as that night would

    def play(self, command: Command) -> None:
        self.day = max(self.day, command.day)
        assert self.player.play(command) == self.oracle.play(command)

    def knows(self, command: Command) -> bool:
        """Whether what this command closes was ever set aside."""
        closes = command.act in {"spend", "release", "give_back"}
        return not closes or command.number in self.oracle.members[command.who].holds

    def close_holds(self) -> None:
        """Nobody is merged while something is set aside."""
        for who in range(MEMBERS):
            for number, held in self.oracle.members[who].holds.items():
                if held.state == "open":
                    self.play(Command("release", self.day, who, number))

    def merge(self) -> int:
        stays, goes = (self.player.members[who] for who in (STAYS, GOES))
        today = moment(Command("", self.day).today)
        return merge(self.db, Wanted(stays, goes, "One human"), self.by, Role.OWNER, today)

    def undo(self, merge_id: int) -> None:
        undo(self.db, merge_id, self.by, Role.OWNER, moment(Command("", self.day).today))

    def in_all(self) -> dict[str, int]:
        """What both have together, and what the club's accounts come to."""
        self.db.rollback()
        names = ("active", "pending", "held", "debt")
        had = self.db.execute(select(*(func.coalesce(func.sum(BALANCES.c[name]), 0) for name in names))).one()
        club = self.db.execute(select(*(func.coalesce(func.sum(MOVEMENTS.c[name]), 0) for name in CLUB_ACCOUNTS))).one()
        return {"had": sum(int(part) for part in had), **dict(zip(CLUB_ACCOUNTS, map(int, club), strict=True))}

    def in_all_on_paper(self) -> dict[str, int]:
        members = cast("list[dict[str, Any]]", self.oracle.all(Command("", self.day).today))
        had = sum(member[name] for member in members for name in ("active", "pending", "held", "debt"))
        club = Counter[str]()
        for member in members:
            club.update(member["club"])
        return {"had": had, **{name: club[name] for name in CLUB_ACCOUNTS}}

    def living(self, whole: list[dict[str, Any]]) -> list[dict[str, object]]:
        """Balances and the lots in which something lives."""
        names = ("active", "pending", "held", "debt", "spendable")
        return [
            {
                **{name: member[name] for name in names},
                "lots": sorted((lot[1:5] for lot in member["lots"] if any(lot[1:4])), key=repr),
            }
            for member in whole
        ]

    def must_be_as_on_paper(self) -> None:
        today = Command("", self.day).today
        assert self.living(self.player.all(today)) == self.living(self.oracle.all(today))
        assert self.in_all() == self.in_all_on_paper()
        self.must_hold()

    def must_hold(self) -> None:
        assert violations(self.db) == []

    def close(self) -> None:
        self.db.close()
        self.databases.rest(self.databases.engine)


@pytest.mark.proves("I-01", "I-03", "I-04", "I-06", "I-07", "R86")
def test_merged_and_parted_again_everything_goes_on_as_if_nothing_had_been(databases: Databases) -> None:
    @_of_profile(10)
    @given(histories(), some.integers(0, 25), some.integers(0, 29))
    def for_any_history(commands: list[Command], at: int, days: int) -> None:
        with closing(Two(databases, commands[:at])) as two:
            had_debt = any(member.debt for member in two.oracle.members)
            before = two.in_all()
            merge_id = two.merge()
            assert two.in_all() == before
            two.must_hold()
            if days:
                two.play(Command("night", two.day + days - 1))
                two.day += 1
                two.must_hold()
            try:
                two.undo(merge_id)
            except PointsMovedSince:
                assert had_debt
                return
            two.must_be_as_on_paper()
            later = two.day
            for command in commands[at:]:
                if not two.knows(command):
                    continue  # days went by meanwhile: what was set aside then could not be set aside any more
                two.play(replace(command, day=command.day + later))
            two.must_be_as_on_paper()

    for_any_history()


@pytest.mark.proves("I-07", "I-08")
def test_what_is_taken_and_given_back_while_merged_comes_to_the_same_in_all(databases: Databases) -> None:
    @_of_profile(10)
    @given(histories(), some.integers(0, 25))
    def for_any_history(commands: list[Command], at: int) -> None:
        with closing(Two(databases, commands[:at])) as two:
            two.merge()
            for number, command in enumerate(commands[:at]):
                if command.act == "earn":
                    lot = two.oracle.members[command.who].lots[
                        two.oracle.members[command.who].purchases[command.number]
                    ]
                    points = (lot.points - lot.taken_back) // 2
                    if points:
                        cause = 10_000 + number
                        two.play(Command("reverse", two.day, command.who, command.number, points, cause=cause))
                held = two.oracle.members[command.who].holds.get(command.number) if command.act == "hold" else None
                if held is not None and held.state == "spent" and held.points > held.given_back:
                    cause = 20_000 + number
                    two.play(Command("give_back", two.day, command.who, command.number, 1, cause=cause))
            assert two.in_all() == two.in_all_on_paper()
            two.must_hold()

    for_any_history()

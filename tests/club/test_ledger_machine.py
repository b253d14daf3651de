"""The ledger against a model on paper: whatever is done in whatever order, both say the same (L-01, L-02)."""

from dataclasses import replace
from typing import cast

import hypothesis.strategies as some
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from club.database import sessions
from club.points.verify import violations
from club.programme import service as programme
from tests.databases import Databases
from tests.ledger import START, Command, Oracle, Player, moment

MEMBERS = 2
WHO = some.integers(0, MEMBERS - 1)
POINTS = some.integers(1, 60)
WAITS = some.sampled_from([0, 0, 0, -3, 3, 12, None])
LIVES = some.sampled_from([None, 70, 40, 32, 25, 10, 3, 0])
WHICH = some.integers(0, 50)
PERCENT = some.sampled_from([100, 60, 30, 10])
PERCENT_OR_TOO_MUCH = some.sampled_from([100, 70, 40, 10, 110])


class LedgerMachine(RuleBasedStateMachine):
    """Two members and a clock. Every act goes to the club and to the oracle."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        databases.renew()
        self.databases = databases
        self.db = sessions(databases.engine)()
        club = replace(programme.defaults(START), households_allowed=True)
        programme.set_up(self.db, club, moment(START))
        self.player, self.oracle = Player(self.db, MEMBERS), Oracle(MEMBERS)
        self.day = self.numbers = 0
        self.purchases: list[tuple[int, int]] = []
        self.holds: list[tuple[int, int]] = []
        self.transfers: list[tuple[int, int]] = []
        self.is_household = False

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def play(self, command: Command) -> str:
        outcome = self.oracle.play(command)
        assert self.player.play(command) == outcome
        return outcome

    @initialize(lives=some.lists(LIVES, min_size=6, max_size=6))
    def both_have_something(self, lives: list[int | None]) -> None:
        for who in range(MEMBERS):
            for number in range(3):
                self.earn(who, 40 + 20 * number, 0, lives[who * 3 + number])

    @rule(days=some.integers(1, 12), is_missed=some.booleans())
    def days_pass(self, days: int, is_missed: bool) -> None:
        """The last night of them is missed, or catches up with all before it."""
        self.day += days
        if not is_missed:
            self.play(Command("night", self.day - 1))

    @rule(who=WHO, points=POINTS, waits=WAITS, lives=LIVES)
    def earn(self, who: int, points: int, waits: int | None, lives: int | None) -> None:
        number = self.number()
        self.purchases.append((who, number))
        self.play(Command("earn", self.day, who, number, points, waits=waits, lives=lives))

    def spendable(self, who: int) -> int:
        return cast("int", self.oracle.all(Command("", self.day).today)[who]["spendable"])

    def pool(self, who: int) -> int:
        """With what the household shares."""
        return sum(self.spendable(one) for one in self.oracle.members[who].pool(Command("", self.day, who)))

    @precondition(lambda self: not self.is_household)
    @rule(waits=some.sampled_from([0, 0, 5]))
    def join(self, waits: int) -> None:
        self.is_household = True
        self.play(Command("join", self.day, waits=waits))

    @precondition(lambda self: self.is_household)
    @rule()
    def leave(self) -> None:
        """Whatever was held or spent together stays so, and comes back to whoever it came from."""
        self.is_household = False
        self.play(Command("leave", self.day))

    @rule(who=WHO, percent=PERCENT, end=some.sampled_from(["", "spend", "release"]))
    def hold(self, who: int, percent: int, end: str) -> None:
        points = self.pool(who) * percent // 100
        if points:
            number = self.number()
            self.holds.append((who, number))
            assert self.play(Command("hold", self.day, who, number, points)) == "done"
            if end:
                self.play(Command(end, self.day, who, number))

    @rule(who=WHO, more=POINTS)
    def hold_too_much(self, who: int, more: int) -> None:
        command = Command("hold", self.day, who, self.number(), self.pool(who) + more)
        assert self.play(command) == "NotEnoughPoints"

    def holds_that_are(self, *states: str) -> list[tuple[int, int]]:
        return [(who, number) for who, number in self.holds if self.oracle.members[who].holds[number].state in states]

    @precondition(lambda self: self.holds_that_are("open"))
    @rule(which=WHICH, act=some.sampled_from(["spend", "release"]))
    def end_hold(self, which: int, act: str) -> None:
        open_holds = self.holds_that_are("open")
        who, number = open_holds[which % len(open_holds)]
        self.play(Command(act, self.day, who, number))

    @precondition(lambda self: self.holds_that_are("spent", "released"))
    @rule(which=WHICH, act=some.sampled_from(["spend", "release"]))
    def end_hold_again(self, which: int, act: str) -> None:
        ended = self.holds_that_are("spent", "released")
        who, number = ended[which % len(ended)]
        assert self.play(Command(act, self.day, who, number)) == "HoldEnded"

    @precondition(lambda self: self.holds_that_are("spent"))
    @rule(which=WHICH, percent=PERCENT_OR_TOO_MUCH)
    def give_back(self, which: int, percent: int) -> None:
        spent = self.holds_that_are("spent")
        who, number = spent[which % len(spent)]
        hold = self.oracle.members[who].holds[number]
        points = (hold.points - hold.given_back) * percent // 100
        if points:
            self.play(Command("give_back", self.day, who, number, points, cause=self.number()))

    @rule(which=WHICH, percent=PERCENT_OR_TOO_MUCH)
    def reverse(self, which: int, percent: int) -> None:
        who, number = self.purchases[which % len(self.purchases)]
        member = self.oracle.members[who]
        lot = member.lots[member.purchases[number]]
        points = (lot.points - lot.taken_back) * percent // 100
        if points:
            self.play(Command("reverse", self.day, who, number, points, cause=self.number()))

    @rule(who=WHO, percent=PERCENT_OR_TOO_MUCH)
    def pass_on(self, who: int, percent: int) -> None:
        """The last night may be missed: what is over is not passed on."""
        points = self.spendable(who) * percent // 100
        if points:
            number = self.number()
            if self.play(Command("transfer", self.day, who, number, points, other=1 - who)) == "done":
                self.transfers.append((who, number))

    @precondition(lambda self: self.transfers)
    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        who, number = self.transfers[which % len(self.transfers)]
        self.play(Command("undo", self.day, who, number, other=1 - who))

    @rule(who=WHO, points=some.integers(-40, 40).filter(bool))
    def adjust(self, who: int, points: int) -> None:
        self.play(Command("adjust", self.day, who, points=points))

    @invariant()
    def both_say_the_same(self) -> None:
        today = Command("", self.day).today
        assert self.player.all(today) == self.oracle.all(today)

    @invariant()
    def nothing_is_violated(self) -> None:
        assert violations(self.db) == []

    def teardown(self) -> None:
        self.db.close()
        self.databases.rest(self.databases.engine)


def _of_profile(ci_examples: int) -> settings:
    """As many examples as the profile says; in the everyday one as many as a minute allows."""
    profile = settings.default or settings()
    examples = min(profile.max_examples, ci_examples) if profile.derandomize else profile.max_examples
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


@pytest.mark.proves("L-01", "I-01", "I-03", "I-04", "I-05", "I-06", "I-07", "I-08")
def test_the_ledger_does_what_the_rules_say(databases: Databases) -> None:
    run_state_machine_as_test(lambda: LedgerMachine(databases), settings=_of_profile(25))  # type: ignore[arg-type]


# --- the same commands in other ways


@some.composite
def histories(draw: some.DrawFn) -> list[Command]:
    """A life of two members, with refusals in it; every command can be sent again."""
    commands: list[Command] = []
    day = 0
    for number in range(draw(some.integers(5, 25))):
        day += draw(some.integers(0, 15))
        who, points = draw(WHO), draw(POINTS)
        act = draw(
            some.sampled_from(["earn", "earn", "hold", "hold", "spend", "release", "give_back", "reverse", "night"])
        )
        about = [one for one in commands if one.who == who and one.act == ("earn" if act == "reverse" else "hold")]
        if act in {"earn", "hold"}:
            waits, lives = (draw(WAITS), draw(LIVES)) if act == "earn" else (0, None)
            commands.append(Command(act, day, who, number, points, waits=waits, lives=lives))
        elif act == "night":
            commands.append(Command("night", day))
        elif about:
            other = draw(some.sampled_from(about)).number
            commands.append(Command(act, day, who, other, points, cause=number))
    return [one for one in commands if _can_be_played(one, commands)]


def _can_be_played(command: Command, commands: list[Command]) -> bool:
    """Leave out what is about a hold that the club refused: there is nothing to name."""
    if command.act not in {"spend", "release", "give_back"}:
        return True
    oracle = Oracle(MEMBERS)
    for one in commands:
        if one is command:
            return command.number in oracle.members[command.who].holds
        if one.act not in {"spend", "release", "give_back"} or one.number in oracle.members[one.who].holds:
            oracle.play(one)
    return False


def _balances_after(databases: Databases, commands: list[Command], last: Command) -> list[dict[str, object]]:
    databases.renew()
    with sessions(databases.engine)() as db:
        player = Player(db, MEMBERS)
        for command in commands:
            player.play(command)
        found = player.all(last.today)
        assert violations(db) == []
    databases.rest(databases.engine)
    return found


@pytest.mark.proves("L-02")
def test_a_history_sent_again_twice_or_member_by_member_ends_the_same(databases: Databases) -> None:
    @_of_profile(15)
    @given(histories())
    def in_every_way(commands: list[Command]) -> None:
        if not commands:
            return
        last = commands[-1]
        oracle = Oracle(MEMBERS)
        for command in commands:
            oracle.play(command)
        expected = oracle.all(last.today)
        twice = [again for command in commands for again in (command, command)]
        by_member = [one for who in range(MEMBERS) for one in commands if one.who == who or one.act == "night"]
        for way in (commands, twice, by_member):
            assert _without_order(_balances_after(databases, way, last)) == _without_order(expected)

    in_every_way()


def _without_order(members: list[dict[str, object]]) -> list[dict[str, object]]:
    return [
        {**member, "lots": sorted(cast("list[tuple[object, ...]]", member["lots"]), key=repr)} for member in members
    ]

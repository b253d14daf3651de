"""Two records of one human become one, and are parted again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.accounts.browsers import start_session
from club.accounts.models import Account, SignedIn
from club.accounts.service import new_account
from club.accrual.rules import AllRules, BaseRate, Bonus
from club.accrual.service import record_purchase, record_return, set_rules
from club.approvals.models import Approval
from club.approvals.service import PointsChange, change_points
from club.audit import AuditEntry
from club.clock import club_day
from club.customers.models import PersonTag, Tag
from club.database import transaction
from club.errors import (
    AlreadyMerged,
    ContactTakenSince,
    EmailTaken,
    MergedOn,
    NotAllowed,
    NotFound,
    OwnMembership,
    PointsMovedSince,
    PointsSetAside,
    ReasonMissing,
    SamePerson,
    StaffAccount,
    UndoTooLate,
    UnknownMember,
)
from club.joining.service import enrol_at_counter
from club.members.finding import search
from club.members.importing import known_by
from club.members.models import Consent, Person, PersonWord, find_member, the_member
from club.members.rules import NewPerson, grouped
from club.members.service import add_identifier, change_email, give_account, record_consent
from club.merging import models
from club.merging.models import Merge
from club.merging.rules import (
    Likeness,
    Said,
    Side,
    Traits,
    fixed_email,
    is_likely,
    likeness,
    to_say_again,
    usual_side,
)
from club.merging.service import Wanted, merge, undo
from club.merging.service.consents import answers_of
from club.permissions import Role
from club.points import service as points
from club.points.models import BALANCES, MOVEMENTS
from club.purchases.models import Purchase
from club.purchases.rules import NewPurchase, ReturnOf
from club.texts import Texts
from club.tiers.models import Status, StatusNote, status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_by_hand, set_ladder
from tests.people import new_colleague

TODAY = date(2026, 6, 15)
LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), spend=50_000),
        Rung("gold", Texts({"en": "Gold"}), spend=100_000),
    )
)


@dataclass
class World:
    """Two members who are one human, a third one, and who works there."""

    db: Session
    now: datetime
    by: int
    ana: int
    anna: int
    luis: int

    def buy(self, who: int, amount: int, reference: str, on: date = TODAY) -> None:
        new = NewPurchase(member_id=who, channel="counter", bought_on=on, amount=amount, reference=reference)
        record_purchase(self.db, new, None, Role.SHOP, self.now)

    def bring_back(self, reference: str, amount: int | None = None) -> None:
        wanted = ReturnOf(channel="counter", reference=reference, corrected_on=TODAY, amount=amount)
        record_return(self.db, wanted, None, Role.SHOP, self.now)

    def merge(self, stays: int | None = None, goes: int | None = None, **choices: Side) -> int:
        wanted = Wanted(stays or self.ana, goes or self.anna, "Same phone, she said so", choices)
        return merge(self.db, wanted, self.by, Role.SUPPORT, self.now)

    def undo(self, merge_id: int, later: timedelta = timedelta(0)) -> None:
        undo(self.db, merge_id, self.by, Role.SUPPORT, self.now + later)

    def active(self, who: int) -> int | None:
        self.db.rollback()
        return self.db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == who))

    def tier(self, who: int, day: date = TODAY) -> tuple[str, date | None]:
        self.db.rollback()
        held = status_of(self.db, who, day)
        return held.key, held.until

    def person(self, who: int) -> dict[str, object]:
        self.db.rollback()
        return dict(self.db.execute(select(Person.__table__).where(Person.id == who)).one()._mapping)

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """What must be the same again after undoing: people, balances, purchases, tiers, tags, messages' owners."""
        self.db.rollback()
        tables = {name: Person.metadata.tables[name] for name in ("person", "purchase", "tier_status", "points_balance",
                  "person_identifier", "person_word", "points_hold", "approval", "person_tag", "account")}  # fmt: skip
        return {
            name: sorted((tuple(row) for row in self.db.execute(select(table))), key=repr)
            for name, table in tables.items()
        }


@pytest.fixture
def world(db, club, now):
    set_rules(
        db,
        AllRules(
            bases=(BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1)),),
            bonuses=(Bonus(act="join", points=200, starts_on=date(2024, 1, 1)),),
        ),
        None,
        Role.OWNER,
        now,
    )
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)
    by = new_colleague(db, now, Role.SUPPORT).account_id
    shop = new_colleague(db, now, Role.SHOP).account_id

    def enrol(name: str, email: str | None, phone: str | None = None) -> int:
        person = NewPerson(full_name=name, language="es", source="counter", email=email, phone=phone)
        return enrol_at_counter(db, person, by=shop, role=Role.SHOP, now=now).person_id

    ana = enrol("Ana García", "ana@example.org")
    anna = enrol("GARCIA ANA", "ana@example.net", "+34911222333")
    luis = enrol("Luis Soto", "luis@example.org")
    return World(db, now, by, ana, anna, luis)


# --- the rules


def traits(name="Ana García", phone=None, email=None, birthday=(None, None, None)):
    return Traits(name, phone, email, birthday)


def test_two_likenesses_are_worth_a_look_and_one_is_a_family_or_a_namesake():
    ana = traits(phone="+34911222333", email="ana@a.org", birthday=(1980, 3, 1))
    assert likeness(ana, traits("garcia ANA")) == {Likeness.NAME}
    assert likeness(ana, traits("Luis", phone="+34911222333")) == {Likeness.PHONE}
    assert likeness(ana, traits("Luis", email="ana+club@b.org", birthday=(None, 3, 1))) == {
        Likeness.EMAIL, Likeness.BIRTHDAY,
    }  # fmt: skip
    assert likeness(ana, traits("Luis", birthday=(1981, 3, 1))) == frozenset()
    assert likeness(traits("A"), traits("B")) == frozenset()
    assert not is_likely(frozenset({Likeness.PHONE}))
    assert is_likely(frozenset({Likeness.PHONE, Likeness.NAME}))


def test_usually_the_record_that_stays_keeps_what_it_has_and_the_earlier_day_of_joining():
    stays = {"full_name": "Ana", "phone": None, "joined_on": "2026-01-02", "birth_day": None}
    goes = {"full_name": "Anna", "phone": "+34", "joined_on": "2025-12-31", "birth_day": 4}
    sides = [usual_side(name, stays, goes) for name in ("full_name", "phone", "joined_on", "birthday")]
    assert sides == [Side.STAYS, Side.GOES, Side.GOES, Side.GOES]


def test_the_address_that_somebody_signs_in_with_stays():
    assert fixed_email(stays_has_account=True, goes_has_account=True) is Side.STAYS
    assert fixed_email(stays_has_account=False, goes_has_account=True) is Side.GOES
    assert fixed_email(stays_has_account=False, goes_has_account=False) is None


def test_a_no_of_either_holds_and_a_yes_only_where_nothing_was_said():
    yes, no = Said(1, True, "1", "es"), Said(2, False, "1", "es")
    news, post = ("news", "email"), ("news", "post")
    assert to_say_again({}, {news: yes, post: no}) == [news, post]
    assert to_say_again({news: no}, {news: yes}) == []
    assert to_say_again({news: yes}, {news: no}) == [news]
    assert to_say_again({news: yes}, {news: yes}) == []


# --- what a merge does


@pytest.mark.proves("R86", "R87")
def test_one_human_is_one_record_with_all_that_both_had(world):
    world.buy(world.ana, 10_000, "A1")
    world.buy(world.anna, 5_000, "B1")
    number = the_member(world.db, world.anna).member_number
    assert number is not None
    with transaction(world.db) as tx:
        add_identifier(tx, world.anna, "card", "OLD-1")
    merge_id = world.merge(full_name=Side.STAYS, phone=Side.GOES)
    one = world.person(world.ana)
    assert (one["full_name"], one["email"], one["phone"]) == ("Ana García", "ana@example.org", "+34911222333")
    assert world.active(world.ana) == 350, "100 + 50 of purchases and one welcome of 200"
    assert world.active(world.anna) is None, "there is no account to earn or spend in any more"
    assert world.db.scalar(select(func.count()).where(Purchase.member_id == world.ana)) == 2
    for key in (number, grouped(number).lower(), "old-1"):
        assert find_member(world.db, key) == world.ana
        assert [found.person_id for found in search(world.db, key, 5)] == [world.ana]
        assert known_by(world.db, [key])[key].person_id == world.ana
    assert models.the_merge(world.db, merge_id).loser_id == world.anna
    assert models.survivor_of(world.db, world.anna) == world.ana


def test_who_went_is_shown_nowhere_and_keeps_its_row(world):
    world.merge()
    gone = world.person(world.anna)
    assert gone["merged_into"] == world.ana
    assert gone["merged_at"] == world.now
    assert [gone[name] for name in ("member_number", "joined_on", "email", "email_key", "phone")] == [None] * 5
    assert world.db.scalar(select(func.count()).where(PersonWord.person_id == world.anna)) == 0
    assert [found.person_id for found in search(world.db, "garcia", 5, members_only=False)] == [world.ana]
    with pytest.raises(UnknownMember):
        the_member(world.db, world.anna)
    with pytest.raises(UnknownMember):
        world.buy(world.anna, 1_000, "late")
    with pytest.raises(UnknownMember):
        change_points(world.db, PointsChange(world.anna, 5, "x"), world.by, Role.SUPPORT, world.now)


@pytest.mark.proves("R7")
def test_the_second_welcome_is_taken_back_and_comes_again_when_undone(world):
    before = world.db.execute(select(func.sum(BALANCES.c.active))).scalar_one()
    merge_id = world.merge()
    assert world.active(world.ana) == 200
    assert before - 600 == 0
    kinds = world.db.scalars(select(MOVEMENTS.c.kind).where(MOVEMENTS.c.member_id == world.anna).order_by("id")).all()
    assert kinds == ["join.earned", "join.reversed"]
    world.undo(merge_id)
    assert (world.active(world.ana), world.active(world.anna)) == (200, 200)


def test_a_welcome_that_was_spent_becomes_a_debt_that_the_other_points_pay(world):
    with transaction(world.db) as tx:
        hold_id = points.hold(tx, world.anna, "order", 1, 200, TODAY, world.now)
        points.spend_hold(tx, hold_id, TODAY, world.now)
    merge_id = world.merge()
    assert world.active(world.ana) == 0
    world.undo(merge_id)
    assert (world.active(world.ana), world.active(world.anna)) == (200, 0)


def test_the_better_status_is_held_to_its_end_and_purchases_of_both_count(world):
    world.buy(world.ana, 50_000, "A1")
    assert world.tier(world.ana) == ("silver", date(2027, 6, 30))
    set_by_hand(world.db, world.anna, "gold", date(2026, 12, 31), "A gift", by=None, role=Role.OWNER, now=world.now)
    merge_id = world.merge()
    assert world.tier(world.ana) == ("gold", date(2026, 12, 31))
    assert world.db.scalars(select(StatusNote.why).order_by(StatusNote.status_id.desc())).first() == (
        "Same phone, she said so"
    )
    world.undo(merge_id)
    assert world.tier(world.ana) == ("silver", date(2027, 6, 30))
    assert world.tier(world.anna) == ("gold", date(2026, 12, 31))


def test_together_they_reach_what_neither_did(world):
    world.buy(world.ana, 60_000, "A1")
    world.buy(world.anna, 45_000, "B1")
    assert world.tier(world.anna)[0] == "member"
    merge_id = world.merge()
    assert world.tier(world.ana) == ("gold", date(2027, 6, 30))
    before = world.db.scalar(select(func.count()).select_from(Status))
    world.undo(merge_id)
    assert (world.tier(world.ana)[0], world.tier(world.anna)[0]) == ("silver", "member")
    assert world.db.scalar(select(func.count()).select_from(Status)) == before - 1


def test_consents_are_said_again_and_a_no_holds(world):
    def say(who: int, purpose: str, is_given: bool) -> None:
        with transaction(world.db) as tx:
            record_consent(tx, who, purpose=purpose, channel="email", is_given=is_given, text_version="1",
                           language="es", source="test", now=world.now)  # fmt: skip

    say(world.ana, "news", True)
    say(world.anna, "news", False)
    say(world.anna, "surveys", True)
    merge_id = world.merge()

    def answers() -> dict[str, bool]:
        with transaction(world.db) as tx:
            return {purpose: said.is_given for (purpose, channel), said in answers_of(tx, world.ana).items()
                    if channel == "email"}  # fmt: skip

    assert answers() == {"news": False, "surveys": True}
    world.undo(merge_id)
    assert answers() == {"news": True, "surveys": False}
    sources = select(Consent.source).where(Consent.source.like("%merge%")).order_by(Consent.id)
    assert world.db.scalars(sources).all() == ["merge 1", "merge 1", "unmerge 1", "unmerge 1"]


def test_tags_and_requests_move_and_what_both_have_stays_once(world):
    with transaction(world.db) as tx:
        for name in ("vip", "cava"):
            tx.execute(insert(Tag).values(name=name, name_key=name))
        entry = tx.scalar(select(func.min(AuditEntry.id)))
        for tag_id, who in ((1, world.ana), (1, world.anna), (2, world.anna)):
            tx.execute(insert(PersonTag).values(tag_id=tag_id, person_id=who, put_by=entry))
    change_points(world.db, PointsChange(world.anna, 50_000, "x"), world.by, Role.SUPPORT, world.now)
    merge_id = world.merge()
    of = select(PersonTag.person_id, PersonTag.tag_id).order_by(PersonTag.person_id, PersonTag.tag_id)
    assert [tuple(row) for row in world.db.execute(of)] == [(world.ana, 1), (world.ana, 2), (world.anna, 1)]
    assert world.db.scalars(select(Approval.person_id)).all() == [world.ana]
    world.undo(merge_id)
    assert [tuple(row) for row in world.db.execute(of)] == [(world.ana, 1), (world.anna, 1), (world.anna, 2)]
    world.db.rollback()
    assert world.db.scalars(select(Approval.person_id)).all() == [world.anna]


# --- signing in


def account(world: World, who: int, email: str) -> int:
    with transaction(world.db) as tx:
        account_id = new_account(tx, email, "es", None, world.now)
        give_account(tx, who, account_id)
        start_session(tx, account_id, world.now)
    return account_id


def test_of_two_ways_to_sign_in_one_stays_until_undone(world):
    own, other = account(world, world.ana, "ana@example.org"), account(world, world.anna, "ana@example.net")
    merge_id = world.merge()
    disabled = select(Account.id).where(Account.disabled_at.is_not(None))
    assert world.db.scalars(disabled).all() == [other]
    assert world.db.scalars(select(SignedIn.account_id)).all() == [own]
    world.undo(merge_id)
    world.db.rollback()
    assert world.db.scalars(disabled).all() == []
    assert world.person(world.anna)["account_id"] == other


def test_the_only_way_to_sign_in_moves_with_its_address(world):
    other = account(world, world.anna, "ana@example.net")
    merge_id = world.merge(email=Side.STAYS)
    one = world.person(world.ana)
    assert (one["account_id"], one["email"]) == (other, "ana@example.net")
    assert world.person(world.anna)["account_id"] is None
    world.undo(merge_id)
    assert (world.person(world.ana)["account_id"], world.person(world.ana)["email"]) == (None, "ana@example.org")
    assert (world.person(world.anna)["account_id"], world.person(world.anna)["email"]) == (other, "ana@example.net")


def test_a_colleagues_sign_in_is_not_switched_off(world):
    account(world, world.ana, "ana@example.org")
    colleague = new_colleague(world.db, world.now, Role.EVENTS).account_id
    with transaction(world.db) as tx:
        give_account(tx, world.anna, colleague)
    with pytest.raises(StaffAccount):
        world.merge()
    assert world.person(world.anna)["merged_into"] is None


# --- what is refused


@pytest.mark.proves("A-8.3.1")
@pytest.mark.parametrize("role", [Role.SHOP, Role.EVENTS, Role.MARKETING, Role.READ_ONLY, None])
def test_who_may_not_merge_neither_merges_nor_undoes(world, role):
    with pytest.raises(NotAllowed):
        merge(world.db, Wanted(world.ana, world.anna, "x"), world.by, role, world.now)
    merge_id = world.merge()
    with pytest.raises(NotAllowed):
        undo(world.db, merge_id, world.by, role, world.now)


@pytest.mark.proves("F-36")
def test_nobody_merges_or_parts_their_own_membership(world):
    with transaction(world.db) as tx:
        give_account(tx, world.luis, world.by)
    for stays, goes in ((world.luis, world.ana), (world.ana, world.luis)):
        with pytest.raises(OwnMembership):
            world.merge(stays, goes)


def test_what_cannot_be_merged_is_refused_and_leaves_nothing(world):
    before = world.everything()
    with pytest.raises(SamePerson):
        world.merge(world.ana, world.ana)
    with pytest.raises(UnknownMember):
        world.merge(world.ana, 999)
    with pytest.raises(ReasonMissing):
        merge(world.db, Wanted(world.ana, world.anna, " "), world.by, Role.SUPPORT, world.now)
    with transaction(world.db) as tx:
        points.hold(tx, world.anna, "order", 1, 50, TODAY, world.now)
    with pytest.raises(PointsSetAside):
        world.merge()
    with transaction(world.db) as tx:
        points.release(tx, 1, TODAY, world.now)
    after = world.everything()
    after.pop("points_hold"), before.pop("points_hold")
    assert after == before
    assert world.db.scalars(select(Merge.id)).all() == []


def test_a_record_is_merged_once(world):
    world.merge()
    with pytest.raises(AlreadyMerged):
        world.merge()
    with pytest.raises(AlreadyMerged):
        world.merge(world.anna, world.luis)
    with pytest.raises(AlreadyMerged):
        world.merge(world.luis, world.anna)


# --- undone


@pytest.mark.proves("R86")
def test_undone_at_once_everything_is_as_it_was(world):
    world.buy(world.ana, 60_000, "A1", date(2026, 3, 1))
    world.buy(world.anna, 70_000, "B1")
    world.bring_back("B1", 1_000)
    account(world, world.anna, "ana@example.net")
    with transaction(world.db) as tx:
        add_identifier(tx, world.anna, "card", "OLD-1")
    before = world.everything()
    merge_id = world.merge(full_name=Side.GOES, joined_on=Side.GOES)
    assert world.everything() != before
    world.undo(merge_id)
    assert world.everything() == before
    about = AuditEntry.subject == "person"
    entries = world.db.execute(select(AuditEntry.act, AuditEntry.subject_id).where(about).order_by(AuditEntry.id))
    assert [tuple(row) for row in entries][-4:] == [
        ("person.merged", world.ana), ("person.merged", world.anna),
        ("person.parted", world.ana), ("person.parted", world.anna),
    ]  # fmt: skip
    with pytest.raises(AlreadyMerged):
        world.undo(merge_id)
    again = world.merge()
    world.undo(again)
    assert world.everything() == before


def test_new_purchases_and_changes_stay_with_the_record_that_stayed(world):
    world.buy(world.anna, 45_000, "B1")
    merge_id = world.merge()
    world.buy(world.ana, 60_000, "A1")
    assert world.tier(world.ana)[0] == "gold", "105.000 of both"
    with transaction(world.db) as tx:
        change_email(tx, world.ana, "new@example.org")
    world.undo(merge_id)
    assert (world.active(world.ana), world.active(world.anna)) == (800, 650)
    assert world.tier(world.ana)[0] == "silver", "without what went back it does not reach gold"
    assert world.tier(world.anna)[0] == "member"
    assert world.person(world.ana)["email"] == "new@example.org"


def test_points_that_came_and_were_spent_since_cannot_be_told_apart(world):
    world.buy(world.anna, 45_000, "B1")
    merge_id = world.merge()
    change_points(world.db, PointsChange(world.ana, -500, "x"), world.by, Role.SUPPORT, world.now)
    before = world.everything()
    with pytest.raises(PointsMovedSince):
        world.undo(merge_id)
    assert world.everything() == before


def test_goods_that_came_back_meanwhile_take_the_points_where_they_are(world):
    world.buy(world.anna, 45_000, "B1")
    merge_id = world.merge()
    world.bring_back("B1")
    assert world.active(world.ana) == 200
    with pytest.raises(PointsMovedSince):
        world.undo(merge_id)


def test_a_merge_is_undone_for_30_days_and_not_after_another_one(world):
    merge_id = world.merge()
    with pytest.raises(UndoTooLate):
        world.undo(merge_id, timedelta(days=30))
    further = world.merge(world.luis, world.ana)
    with pytest.raises(MergedOn):
        world.undo(merge_id)
    assert models.survivor_of(world.db, world.anna) == world.luis
    world.undo(further)
    world.undo(merge_id, timedelta(days=29, hours=23))
    assert world.active(world.anna) == 200
    with pytest.raises(NotFound):
        world.undo(999)


def test_over_two_merges_a_return_finds_its_points(world):
    world.buy(world.anna, 45_000, "B1")
    world.merge()
    world.merge(world.luis, world.ana)
    assert world.active(world.luis) == 650
    world.bring_back("B1", 20_000)
    assert world.active(world.luis) == 450


def test_an_address_that_somebody_else_has_by_now_is_not_taken_from_them(world):
    merge_id = world.merge()
    with pytest.raises(EmailTaken), transaction(world.db) as tx:
        change_email(tx, world.luis, "ana@example.net")
    with transaction(world.db) as tx:
        own = {"email": "ana@example.net", "email_key": "ana@example.net"}
        tx.execute(update(Person).where(Person.id == world.luis).values(own))
    with pytest.raises(ContactTakenSince):
        world.undo(merge_id)
    assert world.active(world.anna) is None


def test_points_due_in_the_meantime_become_active_and_expire_as_they_would_have(world):
    def earn(cause: int, active_from: date, last_day: date) -> None:
        earned = points.Earned(world.anna, "gift.earned", cause, 40, TODAY, active_from, last_day)
        with transaction(world.db) as tx:
            points.earn(tx, earned, TODAY, world.now)

    earn(1, TODAY + timedelta(days=2), date(2027, 1, 1))
    earn(2, TODAY, TODAY + timedelta(days=3))
    merge_id = world.merge()
    for days in range(1, 6):
        points.activate_due(world.db, TODAY + timedelta(days=days), world.now + timedelta(days=days))
        points.expire_due(world.db, TODAY + timedelta(days=days), world.now + timedelta(days=days))
    world.undo(merge_id, timedelta(days=6))
    assert world.active(world.anna) == 240
    assert world.db.scalar(select(BALANCES.c.pending).where(BALANCES.c.member_id == world.anna)) == 0


def test_dates_that_become_known_while_merged_are_those_of_the_points_where_they_are(world):
    earned = points.Earned(world.anna, "purchase.earned", 77, 40, TODAY, None, None)
    with transaction(world.db) as tx:
        points.earn(tx, earned, TODAY, world.now)
    world.merge()
    with transaction(world.db) as tx:
        assert points.set_dates(tx, "purchase.earned", 77, TODAY + timedelta(days=1), None)
    points.activate_due(world.db, TODAY + timedelta(days=1), world.now)
    assert world.active(world.ana) == 240


# --- suggestions


def test_likely_records_are_suggested_with_what_they_have_in_common(world):
    with transaction(world.db) as tx:
        tx.execute(update(Person).where(Person.id.in_((world.ana, world.anna))).values(birth_month=3, birth_day=1))
    (found,) = models.suggestions(world.db, world.ana)
    in_common = frozenset({Likeness.NAME, Likeness.EMAIL, Likeness.BIRTHDAY})
    assert (found.person_id, found.common) == (world.anna, in_common)
    assert models.suggestions(world.db, world.luis) == []
    world.merge()
    assert models.suggestions(world.db, world.ana) == []
    assert club_day(world.now, "Europe/Madrid") == TODAY

"""A purchase is recorded: points, tier and mail follow; what comes back takes its own again."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual import service
from club.accrual.models import EarningRule, all_rules, read_rules
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period
from club.audit import AuditEntry
from club.database import Base, transaction
from club.errors import (
    BadRule,
    DateInFuture,
    MoreThanBought,
    MoreUnitsThanBought,
    NotAllowed,
    NotFound,
    ReferenceTaken,
    Refusal,
    UnknownMember,
    UnknownReference,
)
from club.members.rules import NewPerson
from club.members.service import new_member, new_person
from club.messages.models import Message
from club.offers.service import preview_at_counter
from club.permissions import Permission, Role, may
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.service import hold, open_account, spend_hold
from club.programme.models import the_club
from club.programme.rules import Club
from club.programme.service import touch
from club.purchases.models import Correction, PurchaseLine, bought
from club.purchases.rules import NewLine, NewPurchase, ReturnOf
from club.texts import Texts
from club.tiers.models import status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import new_colleague

TODAY = date(2026, 6, 15)
START = date(2024, 1, 1)
PER_EURO = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=START),))
LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), spend=50_000, multiplier_percent=125),
        Rung("gold", Texts({"en": "Gold"}), spend=100_000, multiplier_percent=150),
    )
)


def _join(db: Session, name: str, now: datetime) -> int:
    person = NewPerson(full_name=name, language="en", source="counter", email=f"{name.lower()}@example.org")
    with transaction(db) as tx:
        member_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, member_id)
    return member_id


@pytest.fixture
def emma(db: Session, club: Club, now: datetime) -> int:
    """A member of a club with one point a euro and three rungs."""
    service.set_rules(db, PER_EURO, None, Role.OWNER, now)
    set_ladder(db, LADDER, START, None, now)
    return _join(db, "Emma", now)


def sale(member_id: int, amount: int, reference: str | None = "R1", on: date = TODAY, **more: object) -> NewPurchase:
    values: dict[str, object] = {
        "member_id": member_id, "channel": "counter", "reference": reference, "bought_on": on, "amount": amount
    }  # fmt: skip
    return NewPurchase(**(values | more))  # type: ignore[arg-type]


def record(db: Session, new: NewPurchase, now: datetime) -> service.Recorded:
    return service.record_purchase(db, new, None, Role.SHOP, now)


def give_back(db: Session, now: datetime, reference: str = "R1", **what: object) -> service.Returned:
    wanted = ReturnOf(channel="counter", reference=reference, corrected_on=TODAY, **what)  # type: ignore[arg-type]
    return service.record_return(db, wanted, None, Role.SHOP, now)


def balance(db: Session, member_id: int) -> tuple[int, int, int]:
    row = db.execute(
        select(BALANCES.c.active, BALANCES.c.pending, BALANCES.c.debt).where(BALANCES.c.member_id == member_id)
    ).one()
    db.rollback()
    return row.active, row.pending, row.debt


def rows(db: Session) -> dict[str, int]:
    """How much is in every table that a purchase or return may touch."""
    names = ["purchase", "purchase_line", "correction", "points_movement", "points_lot", "message"]
    tables = {name: Base.metadata.tables[name] for name in names}
    found = {name: db.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}
    db.rollback()
    return found


# --- recording


def test_a_purchase_earns_and_its_movement_says_why(db: Session, emma: int, now: datetime) -> None:
    recorded = record(db, sale(emma, 12_345), now)
    assert (recorded.points, recorded.qualifying_points) == (123, 123)
    assert (recorded.tier_before, recorded.tier_after) == ("member", "member")
    movement = db.execute(select(MOVEMENTS)).one()
    assert (movement.kind, movement.cause_id, movement.dated_on) == ("purchase.earned", recorded.purchase_id, TODAY)
    assert movement.why == {
        "rule_id": 1, "points": 1, "per_amount": 100, "amount": 12_345, "multiplier_percent": 100, "rung_key": "member"
    }  # fmt: skip
    lot = db.execute(select(LOTS)).one()
    assert (lot.points, lot.active, lot.activates_on, lot.expires_on) == (123, 123, TODAY, date(2028, 6, 30))
    assert balance(db, emma) == (123, 0, 0)
    bought_row = bought(db, "counter", "R1")
    assert (bought_row.net_amount, bought_row.net_points, bought_row.net_qualifying_points) == (12_345, 123, 123)


def test_the_rung_of_the_day_of_the_purchase_multiplies(db: Session, emma: int, now: datetime) -> None:
    first = record(db, sale(emma, 100_000, "R1"), now)
    second = record(db, sale(emma, 10_000, "R2"), now)
    before_that = record(db, sale(emma, 10_000, "R3", on=TODAY - timedelta(days=1)), now)
    assert (first.tier_before, first.tier_after, first.points) == ("member", "gold", 1000)
    assert (second.tier_before, second.points, second.qualifying_points) == ("gold", 150, 100)
    assert (before_that.points, before_that.tier_before, before_that.tier_after) == (100, "gold", "gold")


def test_a_new_rung_is_told_by_mail_once_and_not_when_silent(db: Session, emma: int, now: datetime) -> None:
    oscar = _join(db, "Oscar", now)
    record(db, sale(emma, 60_000, "R1"), now)
    record(db, sale(emma, 100, "R2"), now)
    service.record_purchase(db, sale(oscar, 60_000, "R3"), None, Role.SHOP, now, silent=True)
    assert db.execute(select(Message.act, Message.recipient)).all() == [("tier.reached", "emma@example.org")]
    assert status_of(db, oscar, TODAY).key == "silver"


def test_a_purchase_of_nothing_is_kept_and_earns_nothing(db: Session, emma: int, now: datetime) -> None:
    assert record(db, sale(emma, 0), now).points == 0
    assert rows(db) == {
        "purchase": 1, "purchase_line": 0, "correction": 0, "points_movement": 0, "points_lot": 0, "message": 0
    }  # fmt: skip
    assert balance(db, emma) == (0, 0, 0)


def test_goods_of_the_shop_wait_for_their_return_window(db: Session, emma: int, now: datetime) -> None:
    with transaction(db) as tx:
        ordered = service.record_purchase_in(tx, sale(emma, 1000, "S1", channel="shop"), None, now)
        service.record_purchase_in(
            tx, sale(emma, 1000, "S2", channel="shop"), None, now, delivered_on=TODAY - timedelta(days=13)
        )
        service.record_purchase_in(
            tx, sale(emma, 1000, "S3", channel="shop"), None, now, delivered_on=TODAY - timedelta(days=14)
        )
    lots = db.execute(select(LOTS.c.pending, LOTS.c.active, LOTS.c.activates_on).order_by(LOTS.c.id)).all()
    assert lots == [(10, 0, None), (10, 0, TODAY + timedelta(days=1)), (0, 10, TODAY)]
    assert (ordered.activates_on, ordered.expires_on) == (None, None)


def test_nothing_is_earned_before_the_first_rate(db: Session, emma: int, now: datetime) -> None:
    assert record(db, sale(emma, 5000, on=START - timedelta(days=1)), now).points == 0
    assert record(db, sale(emma, 5000, "R2", on=START), now).points == 50


def test_lines_keep_their_share(db: Session, emma: int, now: datetime) -> None:
    wine = Campaign(percent=200, category="wine", starts_on=START)
    service.add_rule(db, wine, None, Role.OWNER, now)
    lines = (NewLine(amount=3333, category="wine", quantity=2, sku="W-1"), NewLine(amount=167, category="cork"))
    recorded = record(db, sale(emma, 3500, lines=lines), now)
    kept = db.execute(
        select(PurchaseLine.position, PurchaseLine.sku, PurchaseLine.points, PurchaseLine.qualifying_points)
    ).all()
    assert (recorded.points, recorded.qualifying_points) == (68, 35)
    assert kept == [(1, "W-1", 66, 33), (2, "", 2, 2)]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": -1}, Refusal),
        ({"amount": 10**12 + 1}, Refusal),
        ({"on": TODAY + timedelta(days=1)}, DateInFuture),
        ({"on": date(1899, 12, 31)}, Refusal),
        ({"lines": (NewLine(amount=1),)}, Refusal),
        ({"member_id": 9999}, UnknownMember),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    db: Session, emma: int, now: datetime, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    before = rows(db)
    with pytest.raises(refusal):
        record(db, sale(**({"member_id": emma, "amount": 500} | changes)), now)  # type: ignore[arg-type]
    assert rows(db) == before


def test_somebody_who_is_no_member_buys_nothing_here(db: Session, emma: int, now: datetime) -> None:
    with transaction(db) as tx:
        lead = new_person(tx, NewPerson(full_name="Lead", language="en", source="guest"), None, now)
    for amount in (0, 500):
        with pytest.raises(UnknownMember):
            record(db, sale(lead, amount), now)
    assert rows(db)["purchase"] == 0


def test_the_club_day_decides_what_lies_in_the_future(db: Session, emma: int) -> None:
    just_after_midnight_in_madrid = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
    assert record(db, sale(emma, 100, on=date(2026, 6, 16)), just_after_midnight_in_madrid).points == 1


def test_a_reference_counts_once_in_its_channel(db: Session, emma: int, now: datetime) -> None:
    record(db, sale(emma, 500), now)
    with pytest.raises(ReferenceTaken):
        record(db, sale(emma, 700, "  R1 "), now)
    record(db, sale(emma, 700, channel="import"), now)
    assert balance(db, emma) == (12, 0, 0)


def test_without_a_reference_one_is_made_and_the_same_form_makes_the_same(
    db: Session, emma: int, now: datetime
) -> None:
    for _ in range(2):
        record(db, sale(emma, 500, None), now)
    record(db, sale(emma, 500, None, content=b"form 1"), now)
    with pytest.raises(ReferenceTaken):
        record(db, sale(emma, 500, None, content=b"form 1"), now)
    assert balance(db, emma) == (15, 0, 0)


@pytest.mark.parametrize("role", [None, *Role])
def test_recording_and_correcting_need_their_permission(
    db: Session, emma: int, now: datetime, role: Role | None
) -> None:
    clerk = new_colleague(db, now, Role.SHOP).account_id
    acts: list[tuple[Permission, Callable[[], object]]] = [
        (Permission.RECORD_PURCHASES, lambda: preview_at_counter(db, sale(emma, 500), 0, None, clerk, role, now)),
        (Permission.RECORD_PURCHASES, lambda: service.record_purchase(db, sale(emma, 500), None, role, now)),
        (
            Permission.CORRECT_PURCHASES,
            lambda: service.record_return(
                db, ReturnOf(channel="counter", reference="R1", corrected_on=TODAY), None, role, now
            ),
        ),
    ]
    before = rows(db)
    for permission, act in acts:
        if may(role, permission):
            act()
        else:
            with pytest.raises(NotAllowed):
                act()
    if role in {None, Role.MARKETING, Role.READ_ONLY}:
        assert rows(db) == before


# --- preview


def test_a_preview_is_the_result_and_writes_nothing(db: Session, emma: int, now: datetime) -> None:
    clerk, before = new_colleague(db, now, Role.SHOP).account_id, rows(db)
    new = sale(emma, 60_000, lines=(NewLine(amount=60_000, category="wine", quantity=3),))
    preview = preview_at_counter(db, new, 0, None, clerk, Role.SHOP, now).sale.preview
    previewed = preview.brings
    assert preview.then.next_rung == LADDER.rungs[2]
    assert [way.missing for way in preview.then.ways] == [40_000]
    assert (previewed.points, previewed.tier_before, previewed.tier_after) == (600, "member", "silver")
    assert rows(db) == before
    assert balance(db, emma) == (0, 0, 0)
    assert replace(record(db, new, now), purchase_id=0) == previewed
    wanted = ReturnOf(channel="counter", reference="R1", corrected_on=TODAY, amount=20_000)
    before = rows(db)
    back = service.preview_return(db, wanted, None, Role.SHOP, now)
    assert (back.points, back.tier_before, back.tier_after) == (200, "silver", "member")
    assert rows(db) == before
    assert replace(service.record_return(db, wanted, None, Role.SHOP, now), correction_id=0) == back


# --- caps


def test_a_cap_holds_over_purchases_and_a_return_makes_room(db: Session, emma: int, now: datetime) -> None:
    service.add_rule(db, Cap(points=100, period=Period.MONTH, starts_on=START), None, Role.OWNER, now)
    first, second = record(db, sale(emma, 7000, "R1"), now), record(db, sale(emma, 7000, "R2"), now)
    assert (first.points, second.points, second.qualifying_points) == (70, 30, 70)
    assert second.why is not None
    assert second.why["cut"] == 40
    assert record(db, sale(emma, 7000, "R3"), now).points == 0
    assert record(db, sale(emma, 7000, "R4", on=date(2026, 5, 31)), now).points == 70
    give_back(db, now)
    assert record(db, sale(emma, 7000, "R5"), now).points == 70
    assert balance(db, emma) == (170, 0, 0)


# --- giving back


@pytest.mark.proves("F-10", "F-13")
def test_a_whole_return_takes_points_and_a_tier_that_was_reached_by_it(db: Session, emma: int, now: datetime) -> None:
    record(db, sale(emma, 100_000), now)
    back = give_back(db, now)
    assert (back.amount, back.points, back.tier_before, back.tier_after) == (100_000, 1000, "gold", "member")
    assert balance(db, emma) == (0, 0, 0)
    movement = db.execute(select(MOVEMENTS).where(MOVEMENTS.c.kind == "purchase.reversed")).one()
    assert (movement.cause_id, movement.reversed) == (back.correction_id, 1000)
    left = bought(db, "counter", "R1")
    assert (left.net_amount, left.net_points, left.net_qualifying_points) == (0, 0, 0)
    with pytest.raises(MoreThanBought):
        give_back(db, now)


@pytest.mark.parametrize("order", list(permutations([3333, 3333, 3334])))
def test_parts_come_back_in_any_order_to_the_same_end(
    db: Session, emma: int, now: datetime, order: tuple[int, ...]
) -> None:
    record(db, sale(emma, 10_000), now)
    taken = [give_back(db, now, amount=part).points for part in order]
    assert sum(taken) == 100
    assert balance(db, emma) == (0, 0, 0)
    with pytest.raises(MoreThanBought):
        give_back(db, now, amount=1)


def test_single_units_come_back_with_the_points_that_they_carry(db: Session, emma: int, now: datetime) -> None:
    lines = (NewLine(amount=1000, quantity=3), NewLine(amount=500, category="wine"))
    record(db, sale(emma, 1500, lines=lines), now)
    assert give_back(db, now, lines=((1, 1),)).points == 4
    assert give_back(db, now, lines=((1, 2), (2, 1))).points == 11
    with pytest.raises(MoreUnitsThanBought):
        give_back(db, now, lines=((1, 1),))
    assert balance(db, emma) == (0, 0, 0)
    assert db.scalars(select(PurchaseLine.returned_quantity)).all() == [3, 1]


@pytest.mark.proves("F-11")
def test_points_spent_before_the_return_become_a_debt_that_the_next_purchase_pays(
    db: Session, emma: int, now: datetime
) -> None:
    record(db, sale(emma, 10_000), now)
    assert _spend(db, emma, 100, now) == (0, 0, 0)
    give_back(db, now)
    assert balance(db, emma) == (0, 0, -100)
    record(db, sale(emma, 15_000, "R2"), now)
    assert balance(db, emma) == (50, 0, 0)


def _spend(db: Session, member_id: int, points: int, now: datetime) -> tuple[int, int, int]:
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, member_id, "order", 1, points, TODAY, now), TODAY, now)
    return balance(db, member_id)


def test_a_correction_lowers_the_original_at_its_own_date(db: Session, emma: int, now: datetime) -> None:
    last_year = TODAY - timedelta(days=300)
    record(db, sale(emma, 60_000, "R1", on=last_year), now)
    assert status_of(db, emma, TODAY).key == "silver"
    back = give_back(db, now, amount=20_000)
    assert (back.tier_before, back.tier_after) == ("silver", "member")
    assert db.execute(select(Correction.corrected_on, Correction.amount)).all() == [(TODAY, 20_000)]


def test_a_return_of_something_that_earned_nothing_moves_no_points(db: Session, emma: int, now: datetime) -> None:
    record(db, sale(emma, 5000, on=START - timedelta(days=1)), now)
    back = give_back(db, now)
    assert (back.amount, back.points) == (5000, 0)
    assert rows(db)["points_movement"] == 0


def test_a_return_needs_a_purchase_and_its_own_reference_counts_once(db: Session, emma: int, now: datetime) -> None:
    record(db, sale(emma, 5000), now)
    with pytest.raises(UnknownReference):
        give_back(db, now, "R9")
    give_back(db, now, amount=100, own_reference="B1")
    with pytest.raises(ReferenceTaken):
        give_back(db, now, amount=100, own_reference="B1")
    with pytest.raises(DateInFuture):
        service.record_return(
            db, ReturnOf(channel="counter", reference="R1", corrected_on=date(2026, 6, 16)), None, Role.SHOP, now
        )
    assert bought(db, "counter", "R1").net_amount == 4900
    assert rows(db)["correction"] == 1


# --- the rules


def test_set_rules_keeps_what_stands_adds_what_is_new_and_withdraws_the_rest(
    db: Session, emma: int, now: datetime
) -> None:
    stamp = the_club(db).stamp
    wanted = replace(PER_EURO, bonuses=(Bonus(act="join", points=200, starts_on=START),))
    assert service.set_rules(db, wanted, None, Role.OWNER, now) == service.Changed(added=1, withdrawn=0, kept=1)
    assert service.set_rules(db, AllRules(), None, Role.OWNER, now) == service.Changed(added=0, withdrawn=2, kept=0)
    assert service.rules_on(db, TODAY).base is None
    assert the_club(db).stamp > stamp
    assert db.scalar(select(func.count()).select_from(EarningRule)) == 2
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "earning_rule").order_by(AuditEntry.id)).all()
    assert acts == ["rule.added", "rule.added", "rule.withdrawn", "rule.withdrawn"]


def test_a_changed_rule_counts_for_the_next_purchase_and_never_for_the_last(
    db: Session, emma: int, now: datetime
) -> None:
    record(db, sale(emma, 1000, "R1"), now)
    rate = service.add_rule(db, BaseRate(points=5, per_amount=100, starts_on=TODAY), None, Role.OWNER, now)
    assert record(db, sale(emma, 1000, "R2"), now).points == 50
    service.withdraw_rule(db, rate, None, Role.OWNER, now)
    with pytest.raises(NotFound):
        service.withdraw_rule(db, rate, None, Role.OWNER, now)
    assert record(db, sale(emma, 1000, "R3"), now).points == 10
    assert balance(db, emma) == (70, 0, 0)


@pytest.mark.parametrize("role", [None, *Role])
def test_rules_are_changed_by_whoever_may(db: Session, emma: int, now: datetime, role: Role | None) -> None:
    if may(role, Permission.EDIT_RULES):
        service.add_rule(db, replace(PER_EURO.bases[0], starts_on=START + timedelta(days=1)), None, role, now)
        return
    before = read_rules(db)
    for act in (
        lambda: service.set_rules(db, AllRules(), None, role, now),
        lambda: service.add_rule(db, PER_EURO.bases[0], None, role, now),
        lambda: service.withdraw_rule(db, 1, None, role, now),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert read_rules(db) == before


def test_a_rule_that_cannot_be_meant_is_refused(db: Session, emma: int, now: datetime) -> None:
    with pytest.raises(BadRule):
        service.add_rule(db, BaseRate(points=-1, per_amount=100, starts_on=START), None, Role.OWNER, now)
    with pytest.raises(BadRule):
        service.set_rules(db, AllRules(campaigns=(Campaign(percent=50, starts_on=START),)), None, Role.OWNER, now)
    assert len(read_rules(db).bases) == 1


def test_rules_are_read_once_until_they_change(
    db: Session, emma: int, now: datetime, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    all_rules(db)
    the_club(db)
    with count_queries() as queries:
        all_rules(db)
    assert len(queries) == 0
    with suppress(ZeroDivisionError), transaction(db) as tx:
        touch(tx)
        assert all_rules(tx) is not all_rules(tx)
        raise ZeroDivisionError
    assert all_rules(db) is all_rules(db)


# --- how much the database is asked


def test_recording_asks_few_questions(
    db: Session, emma: int, now: datetime, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    record(db, sale(emma, 100, "R0"), now)
    lines = tuple(NewLine(amount=100, category="wine") for _ in range(20))
    with count_queries() as plain:
        record(db, sale(emma, 1000, "R1"), now)
    with count_queries() as with_lines:
        record(db, sale(emma, 2000, "R2", lines=lines), now)
    assert len(plain) <= 12
    assert len(with_lines) == len(plain) + 1

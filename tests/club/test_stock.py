"""Stock: set aside, sold, given back, counted, and who hears when it is back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accounts.rules import LIMITS, Limit
from club.audit import AuditEntry
from club.catalogue.models import StockMovement, StockReservation, StockWish
from club.catalogue.rules.stock import Availability, Reason
from club.catalogue.service import nightly, wishes
from club.catalogue.service.guest_wishes import ask_to_hear, confirm
from club.catalogue.service.stock import (
    Cause,
    give_back,
    give_limit_back,
    level_of,
    move_stock,
    release,
    release_expired,
    reserve,
    sell,
    set_limits,
    take_of_limit,
)
from club.catalogue.service.wishes import take_wish_back, tell_who_waits, wish
from club.catalogue.stocks import movements_of, oversold, running_low, violations
from club.catalogue.visitors import buyer_of
from club.database import transaction
from club.errors import (
    AlreadyThere,
    BadEmail,
    BadProduct,
    LimitReached,
    LinkExpired,
    NotAllowed,
    NotFound,
    OutOfStock,
    TooManyTries,
)
from club.messages.models import Message
from club.permissions import Role
from club.programme.rules import Club
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_by_hand, set_ladder
from tests.people import mails_to, new_colleague, new_signed_up_member
from tests.shop_world import TODAY, OnSale, product, set_rungs, texts

PLACE = Asking(address="192.0.2.7")
ORDER, OTHER = Cause("order", 1), Cause("order", 2)


@pytest.fixture
def wine(db: Session, club: Club, now: datetime) -> OnSale:
    return product(db, texts("Wine", "Vino", "Вино"), "WINE", now, stock=5)


def put_aside(
    db: Session, what: OnSale, cause: Cause, quantity: int, now: datetime, minutes: int | None = None
) -> None:
    until = None if minutes is None else now + timedelta(minutes=minutes)
    with transaction(db) as tx:
        reserve(tx, cause, {what.variant_id: quantity}, until, now)


def numbers(db: Session, what: OnSale) -> tuple[int, int, int | None]:
    db.rollback()
    assert violations(db) == []
    level = level_of(db, what.variant_id)
    return level.on_hand, level.reserved, level.left


@pytest.mark.proves("I-10")
def test_reserved_goods_are_sold_or_let_go_and_everything_adds_up(db: Session, wine: OnSale, now: datetime) -> None:
    put_aside(db, wine, ORDER, 2, now)
    put_aside(db, wine, OTHER, 1, now)
    assert numbers(db, wine) == (5, 3, 2)
    with transaction(db) as tx:
        assert sell(tx, ORDER, now) == 2
        assert release(tx, OTHER, now) == 1
    assert numbers(db, wine) == (3, 0, 3)
    with transaction(db) as tx:
        give_back(tx, Cause("return", 9), {wine.variant_id: 1}, None, now)
    assert numbers(db, wine) == (4, 0, 4)
    assert [(one.reason, one.quantity, one.on_hand_after) for one in movements_of(db, wine.variant_id)] == [
        (Reason.RETURN, 1, 4), (Reason.SALE, -2, 3), (Reason.ARRIVAL, 5, 5),
    ]  # fmt: skip


def test_what_is_not_there_is_refused_whole(db: Session, wine: OnSale, club: Club, now: datetime) -> None:
    glass = product(db, texts("Glass"), "GLASS", now, stock=1)
    with pytest.raises(OutOfStock) as refused, transaction(db) as tx:
        reserve(tx, ORDER, {wine.variant_id: 5, glass.variant_id: 2}, None, now)
    assert refused.value == OutOfStock(glass.variant_id, 1)
    assert numbers(db, wine) == (5, 0, 5)
    assert db.scalar(select(func.count()).select_from(StockReservation)) == 0


def test_nothing_is_sold_twice_nor_after_it_was_let_go(db: Session, wine: OnSale, now: datetime) -> None:
    put_aside(db, wine, ORDER, 2, now)
    with transaction(db) as tx:
        sell(tx, ORDER, now)
    with pytest.raises(NotFound), transaction(db) as tx:
        sell(tx, ORDER, now)
    with transaction(db) as tx:
        assert release(tx, ORDER, now) == 0
    assert numbers(db, wine) == (3, 0, 3)


def test_a_return_puts_goods_back_once(db: Session, wine: OnSale, now: datetime) -> None:
    back = Cause("return", 4)
    with transaction(db) as tx:
        give_back(tx, back, {wine.variant_id: 1}, None, now)
    with pytest.raises(IntegrityError), transaction(db) as tx:
        give_back(tx, back, {wine.variant_id: 1}, None, now)
    assert numbers(db, wine) == (6, 0, 6)


def test_so_many_can_be_ordered_ahead_and_no_more(db: Session, wine: OnSale, now: datetime) -> None:
    set_limits(db, wine.variant_id, back_order_limit=2, low_mark=3, is_counted=True, by=None, role=Role.SHOP, now=now)
    put_aside(db, wine, ORDER, 6, now)
    assert numbers(db, wine) == (5, 6, 1)
    assert level_of(db, wine.variant_id).availability is Availability.BACK_ORDER
    with pytest.raises(OutOfStock):
        put_aside(db, wine, OTHER, 2, now)
    assert [one.sku for one in running_low(db)] == ["WINE"]


def test_the_database_itself_refuses_to_oversell(db: Session, wine: OnSale, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="never_oversold"), transaction(db) as tx:
        tx.execute(text("UPDATE stock SET reserved = 6"))


def test_what_is_not_counted_is_always_there(db: Session, wine: OnSale, now: datetime) -> None:
    set_limits(db, wine.variant_id, back_order_limit=0, low_mark=0, is_counted=False, by=None, role=Role.SHOP, now=now)
    put_aside(db, wine, ORDER, 500, now)
    assert numbers(db, wine) == (5, 500, None)


def test_a_count_below_what_is_promised_is_a_fact_that_staff_see(db: Session, wine: OnSale, now: datetime) -> None:
    put_aside(db, wine, ORDER, 4, now)
    assert move_stock(db, wine.variant_id, Reason.COUNT, 3, None, Role.SHOP, now, why="shelf") == 3
    assert [(one.sku, one.missing) for one in oversold(db)] == [("WINE", 1)]
    with pytest.raises(OutOfStock):
        put_aside(db, wine, OTHER, 1, now)
    move_stock(db, wine.variant_id, Reason.ARRIVAL, 2, None, Role.SHOP, now)
    assert oversold(db) == []
    put_aside(db, wine, OTHER, 1, now)
    assert numbers(db, wine) == (5, 5, 0)
    entry = db.execute(select(AuditEntry.numbers).where(AuditEntry.act == "stock.count")).scalar_one()
    assert entry == {"before": 5, "after": 3}


@pytest.mark.parametrize(
    ("reason", "quantity"),
    [(Reason.ARRIVAL, 0), (Reason.ARRIVAL, -1), (Reason.DAMAGE, 1), (Reason.COUNT, -1), (Reason.CORRECTION, 0),
     (Reason.SALE, -1), (Reason.RETURN, 1), (Reason.ARRIVAL, 100_001)],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused(
    db: Session, wine: OnSale, now: datetime, reason: Reason, quantity: int
) -> None:
    with pytest.raises(BadProduct):
        move_stock(db, wine.variant_id, reason, quantity, None, Role.SHOP, now)
    assert numbers(db, wine) == (5, 0, 5)


def test_stock_is_for_those_who_keep_it(db: Session, wine: OnSale, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        move_stock(db, wine.variant_id, Reason.ARRIVAL, 1, None, Role.MARKETING, now)
    with pytest.raises(NotAllowed):
        set_limits(
            db, wine.variant_id, back_order_limit=9, low_mark=0, is_counted=True, by=None, role=Role.SUPPORT, now=now
        )
    assert numbers(db, wine) == (5, 0, 5)


@pytest.mark.proves("F-07")
def test_what_was_set_aside_for_a_time_comes_back_when_it_is_over(db: Session, wine: OnSale, now: datetime) -> None:
    put_aside(db, wine, ORDER, 2, now, minutes=15)
    put_aside(db, wine, OTHER, 1, now)
    assert release_expired(db, now + timedelta(minutes=14)) == 0
    assert release_expired(db, now + timedelta(minutes=15)) == 1
    assert release_expired(db, now + timedelta(minutes=16)) == 0
    assert numbers(db, wine) == (5, 1, 4)
    with pytest.raises(NotFound), transaction(db) as tx:
        sell(tx, ORDER, now)


def test_a_member_has_no_more_of_a_limited_product_than_its_limit(db: Session, wine: OnSale, now: datetime) -> None:
    ana = new_signed_up_member(db, now).person_id
    assert ana is not None
    with transaction(db) as tx:
        take_of_limit(tx, wine.product_id, ana, 2, limit=3)
    with pytest.raises(LimitReached) as refused, transaction(db) as tx:
        take_of_limit(tx, wine.product_id, ana, 2, limit=3)
    assert refused.value.left == 1
    with transaction(db) as tx:
        give_limit_back(tx, wine.product_id, ana, 1)
        take_of_limit(tx, wine.product_id, ana, 2, limit=3)
    with pytest.raises(LimitReached), transaction(db) as tx:
        take_of_limit(tx, wine.product_id, ana, 1, limit=3)


# --- tell me when it is back


@pytest.fixture
def sold_out(db: Session, club: Club, now: datetime) -> OnSale:
    return product(db, texts("Cava", "Cava", "Кава"), "CAVA", now)


def test_who_waits_hears_once_in_their_language_and_is_forgotten(db: Session, sold_out: OnSale, now: datetime) -> None:
    ana = new_signed_up_member(db, now)
    assert wish(db, sold_out.variant_id, "ana@example.org", "es", now, ana.person_id)
    assert not wish(db, sold_out.variant_id, "ANA@example.org", "es", now, ana.person_id)
    assert wish(db, sold_out.variant_id, "guest@example.org", "ru", now)
    for _ in range(2):
        move_stock(db, sold_out.variant_id, Reason.ARRIVAL, 1, None, Role.SHOP, now)
    mails = [mail for address in ("ana@example.org", "guest@example.org") for mail in mails_to(db, address)]
    assert [(mail.act, mail.language, mail.data["name"], mail.data["slug"]) for mail in mails] == [
        ("stock.back", "es", "Ana García", "cava"), ("stock.back", "ru", "", "kava"),
    ]  # fmt: skip
    assert db.execute(select(StockWish.email, StockWish.was_told)).all() == [("", True), ("", True)]


def test_nobody_is_told_of_goods_that_are_promised_to_others(db: Session, sold_out: OnSale, now: datetime) -> None:
    set_limits(
        db, sold_out.variant_id, back_order_limit=3, low_mark=0, is_counted=True, by=None, role=Role.SHOP, now=now
    )
    put_aside(db, sold_out, ORDER, 2, now)
    wish(db, sold_out.variant_id, "guest@example.org", "en", now)
    move_stock(db, sold_out.variant_id, Reason.ARRIVAL, 2, None, Role.SHOP, now)
    assert mails_to(db, "guest@example.org") == []
    with transaction(db) as tx:
        release(tx, ORDER, now)
    assert len(mails_to(db, "guest@example.org")) == 1


def test_only_whom_the_product_is_shown_to_is_told(db: Session, club: Club, now: datetime) -> None:
    set_rungs(db, now)
    people = {name: new_signed_up_member(db, now, name=name, email=f"{name}@example.org") for name in ("ana", "bea")}
    ana = people["ana"].person_id
    assert ana is not None
    boss = new_colleague(db, now, Role.OWNER).account_id
    set_by_hand(db, ana, "gold", TODAY + timedelta(days=90), "a friend", by=boss, role=Role.OWNER, now=now)

    def told(**seen: object) -> list[str]:
        good = product(db, texts("Fino"), f"FINO-{len(seen)}-{next(numbered)}", now, **seen)  # type: ignore[arg-type]
        for name, one in people.items():
            wish(db, good.variant_id, f"{name}@example.org", "en", now, one.person_id)
        wish(db, good.variant_id, "guest@example.org", "en", now)
        before = {name: len(mails_to(db, f"{name}@example.org")) for name in (*people, "guest")}
        move_stock(db, good.variant_id, Reason.ARRIVAL, 1, None, Role.SHOP, now)
        return [name for name, count in before.items() if len(mails_to(db, f"{name}@example.org")) > count]

    numbered = iter(range(9))
    assert told() == ["ana", "bea", "guest"]
    assert told(rung_key="member") == ["ana", "bea"]
    assert told(rung_key="silver") == told(rung_key="gold") == ["ana"]
    assert told(visible_until=TODAY - timedelta(days=1)) == []
    assert told(visible_from=TODAY + timedelta(days=1)) == []
    with transaction(db) as tx:
        assert [tell_who_waits(tx, one, now + timedelta(days=1)) for one in open_wishes(tx)] == [0, 0, 0, 0, 3]


def open_wishes(db: Session) -> list[int]:
    waiting = select(StockWish.variant_id).where(StockWish.ended_at.is_(None))
    return list(db.scalars(waiting.distinct().order_by(StockWish.variant_id)))


def test_a_tier_that_is_gone_is_told_of_as_its_page_is_shown(db: Session, club: Club, now: datetime) -> None:
    set_rungs(db, now)
    good = product(db, texts("Fino"), "FINO", now, rung_key="silver")
    ana, bea = (new_signed_up_member(db, now, email=f"{name}@example.org") for name in ("ana", "bea"))
    assert ana.person_id is not None and bea.person_id is not None
    boss = new_colleague(db, now, Role.OWNER).account_id
    for person_id, key in ((ana.person_id, "silver"), (bea.person_id, "gold")):
        set_by_hand(db, person_id, key, TODAY + timedelta(days=90), "a friend", by=boss, role=Role.OWNER, now=now)
        wish(db, good.variant_id, f"{key}@example.org", "en", now, person_id)
    rungs = (Rung("member", texts("Member")), Rung("gold", texts("Gold"), spend=1))
    set_ladder(db, Ladder(rungs), TODAY, None, now)
    sees = {one: "silver" in buyer_of(db, one, TODAY).rung_keys for one in (ana.person_id, bea.person_id)}
    move_stock(db, good.variant_id, Reason.ARRIVAL, 1, None, Role.SHOP, now)
    told = [bool(mails_to(db, address)) for address in ("ana@example.org", "bea@example.org")]
    assert told == list(sees.values()) == [True, False]


def test_what_can_be_ordered_is_not_waited_for(db: Session, wine: OnSale, now: datetime) -> None:
    with pytest.raises(AlreadyThere):
        wish(db, wine.variant_id, "guest@example.org", "en", now)
    with pytest.raises(NotFound):
        wish(db, 12345, "guest@example.org", "en", now)
    with pytest.raises(BadEmail):
        wish(db, wine.variant_id, "guest@example.org, b@example.org", "en", now)
    assert db.scalar(select(func.count()).select_from(StockWish)) == 0


def test_one_address_waits_for_so_much(
    db: Session, sold_out: OnSale, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wishes, "MOST_OPEN", 1)
    gone = product(db, texts("Fino"), "FINO", now)
    assert wish(db, sold_out.variant_id, "guest@example.org", "en", now)
    assert not wish(db, sold_out.variant_id, "GUEST@example.org", "en", now)
    with pytest.raises(TooManyTries):
        wish(db, gone.variant_id, "guest@example.org", "en", now)
    assert wish(db, gone.variant_id, "other@example.org", "en", now)
    assert db.scalar(select(func.count()).select_from(StockWish)) == 2


def test_a_guest_says_yes_in_a_mail_first(
    db: Session, sold_out: OnSale, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "wish.guest", Limit(3, 3600))
    gone = product(db, texts("Fino"), "FINO", now)
    ask_to_hear(db, sold_out.variant_id, "guest@example.org", "ru", PLACE, now)
    ask_to_hear(db, gone.variant_id, "GUEST@example.org", "ru", PLACE, now)
    assert db.scalar(select(func.count()).select_from(StockWish)) == 0
    first, second = (mail.secret for mail in mails_to(db, "guest@example.org"))
    assert confirm(db, first, PLACE, now).variant_id == sold_out.variant_id
    with pytest.raises(LinkExpired):
        confirm(db, first, PLACE, now)
    ask_to_hear(db, sold_out.variant_id, "guest@example.org", "ru", PLACE, now)
    assert len(mails_to(db, "guest@example.org")) == 2, "who waits already is not asked again"
    with pytest.raises(TooManyTries):
        ask_to_hear(db, gone.variant_id, "guest@example.org", "ru", PLACE, now)
    with pytest.raises(LinkExpired):
        confirm(db, second, PLACE, now + timedelta(hours=25))
    move_stock(db, sold_out.variant_id, Reason.ARRIVAL, 1, None, Role.SHOP, now)
    assert [mail.act for mail in mails_to(db, "guest@example.org")] == ["stock.confirm"] * 2 + ["stock.back"]
    assert db.execute(select(StockWish.email, StockWish.was_told)).all() == [("", True)]


def test_an_address_whose_key_is_too_long_is_refused(db: Session, sold_out: OnSale, now: datetime) -> None:
    with pytest.raises(BadEmail):
        wish(db, sold_out.variant_id, "ß" * 200 + "@example.org", "en", now)


def test_a_wish_can_be_taken_back_and_is_forgotten_after_a_year(db: Session, sold_out: OnSale, now: datetime) -> None:
    ana = new_signed_up_member(db, now)
    assert ana.person_id is not None
    wish(db, sold_out.variant_id, "ana@example.org", "en", now, ana.person_id)
    take_wish_back(db, sold_out.variant_id, ana.person_id, now)
    wish(db, sold_out.variant_id, "guest@example.org", "en", now)
    nightly.night(db, now.date(), now + timedelta(days=366))
    move_stock(db, sold_out.variant_id, Reason.ARRIVAL, 1, None, Role.SHOP, now)
    assert db.scalar(select(func.count()).select_from(Message)) == 0
    assert db.scalar(select(func.count()).select_from(StockWish)) == 0


def test_movements_are_never_changed(db: Session, wine: OnSale) -> None:
    assert db.scalar(select(func.count()).select_from(StockMovement)) == 1
    with pytest.raises(Exception, match="append-only"), transaction(db) as tx:
        tx.execute(text("UPDATE stock_movement SET quantity = 9"))

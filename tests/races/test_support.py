"""Several colleagues with one question, each a process of its own, on both databases."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.approvals.models import Approval, changed_lately
from club.approvals.rules import State, points_need_second
from club.approvals.service.asking import hand_voucher
from club.database import transaction
from club.errors import CustomerWrote, TakenMeanwhile
from club.messages.models import Message
from club.offers.models import VOUCHERS
from club.offers.rules import Kind as OfferKind
from club.offers.rules import Way
from club.permissions import Role
from club.points.models import BALANCES
from club.points.service import adjust_in
from club.programme.models import the_club
from club.programme.rules import Club
from club.support.models import SupportEntry
from club.support.rules import Kind, Topic
from club.support.service import Answer, Question, Told, ask, give, give_voucher, grant, reply
from tests.offer_world import an_offer, running
from tests.people import new_colleague, new_signed_up_member
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

CASE = 1
OFFER = 1


@pytest.fixture
def colleagues(db: Session, club: Club, now: datetime) -> None:
    """A question that nobody has, and a colleague for each process; their accounts follow the member's."""
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    assert ask(db, Path("nowhere"), person_id, Question(Topic.OTHER, None, "Where is it?"), now).case_id == CASE
    for till in range(TILLS):
        made = new_colleague(db, now, Role.SUPPORT, f"eva{till}@example.org")
        assert made.account_id == 2 + till


def _reply(db: Session, till: int, now: datetime) -> Any:
    try:
        reply(db, CASE, Answer("On its way", 1, bytes([till]) * 32), 2 + till, Role.SUPPORT, now)
    except CustomerWrote:
        return 0
    return 1


def _take(db: Session, till: int, now: datetime) -> Any:
    try:
        give(db, CASE, 2 + till, 2 + till, Role.SUPPORT, now, seen_owner=None)
    except TakenMeanwhile:
        return 0
    return 1


def test_of_two_answers_at_once_one_goes_out(db: Session, colleagues: None, database_url: str, now: datetime) -> None:
    assert sum(at_all_tills(database_url, now, _take)) == 1
    assert sum(at_all_tills(database_url, now, _reply)) == 1
    answers = select(func.count()).select_from(SupportEntry).where(SupportEntry.kind == Kind.STAFF.value)
    assert db.scalar(answers) == 1
    assert db.scalar(select(func.count()).where(Message.act == "support.answer")) == 1


def _goodwill(db: Session, till: int, now: datetime) -> bool:
    return grant(db, CASE, 200, "Late", 2, Role.SUPPORT, now, form_key=bytes([till]) * 32, told=Told("", "")).is_done


def _vouchers(db: Session, till: int, now: datetime) -> bool:
    return give_voucher(
        db, CASE, OFFER, "Late", 2, Role.SUPPORT, now, form_key=bytes([till]) * 32, told=Told("", "")
    ).is_done  # fmt: skip


def _voucher_without_the_lock(db: Session, till: int, now: datetime) -> bool:
    waits = points_need_second(200, changed_lately(db, 2, 1, now), the_club(db).goodwill_points)
    db.rollback()
    meet_the_others()
    if not waits:
        with transaction(db) as tx:
            hand_voucher(tx, till, 1, OFFER, "Late", 2, now)
    return not waits


def _goodwill_without_the_lock(db: Session, till: int, now: datetime) -> bool:
    waits = points_need_second(200, changed_lately(db, 2, 1, now), the_club(db).goodwill_points)
    db.rollback()
    meet_the_others()
    if not waits:
        with transaction(db) as tx:
            adjust_in(tx, 1, 200, "Late", 2, now)
    return not waits


@pytest.mark.proves("F-36")
def test_goodwill_of_one_colleague_in_four_windows_passes_no_limit(
    db: Session, colleagues: None, database_url: str, now: datetime
) -> None:
    assert sorted(at_all_tills(database_url, now, _goodwill)) == [False, False, True, True]
    assert db.scalar(select(BALANCES.c.active)) == 400


def test_without_the_lock_goodwill_passes_the_limit(
    db: Session, colleagues: None, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _goodwill_without_the_lock) == [True] * TILLS
    assert db.scalar(select(BALANCES.c.active)) == 200 * TILLS


@pytest.fixture
def worth_two_hundred(db: Session, colleagues: None, now: datetime) -> None:
    """A gift alone, of two euros: 200 points."""
    assert running(db, an_offer(OfferKind.AMOUNT, amount=200, way=Way.ACTIVATE, only_given=True), now) == OFFER


def _given(db: Session) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(VOUCHERS)) or 0


@pytest.mark.proves("F-36", "F-04")
def test_vouchers_of_goodwill_from_four_windows_pass_no_limit(
    db: Session, worth_two_hundred: None, database_url: str, now: datetime
) -> None:
    assert sorted(at_all_tills(database_url, now, _vouchers)) == [False, False, True, True]
    assert _given(db) == 2
    waiting = select(func.count()).where(Approval.state == State.WAITING, Approval.offer_id == OFFER)
    assert db.scalar(waiting) == 2


def test_without_the_lock_vouchers_pass_the_limit(
    db: Session, worth_two_hundred: None, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _voucher_without_the_lock) == [True] * TILLS
    assert _given(db) == TILLS

"""T10: a member starts a return, staff receive and refund it, each with the effect shown before the button."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import transaction
from club.members.models import person_with_email
from club.orders.models import Order, OrderLine
from club.orders.service import delivered_in
from club.payments.models import Refund
from club.permissions import Role
from club.programme.models import the_club
from club.returns.models import ReturnCase
from tests.browser.conftest import Enter, Speak
from tests.browser.people import AT_WORK, CARMEN, Hands

VIEWS = {
    "en, scripts, desk": ("en", True, 1280, "stays"),
    "es, no scripts, phone": ("es", False, 390, "sigue"),
}


@pytest.fixture(params=list(VIEWS.values()), ids=list(VIEWS))
def view(request: pytest.FixtureRequest) -> Any:
    """Language, scripts, width, and a word of the effect."""
    return request.param


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], view: Any) -> dict[str, Any]:
    size = {"width": view[2], "height": 800}
    return {**browser_context_args, "java_script_enabled": view[1], "viewport": size}


@pytest.fixture
def order(live_db: Session) -> Order:
    """Carmen's last one that was sent; it came today, if not before."""
    known = person_with_email(live_db, CARMEN)
    assert known is not None
    sent = select(OrderLine.order_id).where(OrderLine.sent > OrderLine.returned)
    theirs = select(Order).where(Order.person_id == known.person_id, Order.id.in_(sent))
    found = live_db.scalars(theirs.order_by(Order.id.desc())).first()
    assert found is not None
    now = datetime.now(UTC)
    order_id = found.id
    live_db.rollback()
    with transaction(live_db) as tx:
        delivered_in(tx, order_id, club_day(now, the_club(tx).time_zone), now)
    return live_db.get_one(Order, order_id)


def fits(page: Page) -> bool:
    """Whether nothing has to be pushed aside to be read."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    size = page.viewport_size
    return size is not None and width <= size["width"]


def press(hands: Hands, do: str) -> None:
    hands.click(hands.page.locator(f"button[name=do][value={do}]"))


@pytest.mark.proves("T10")
def test_a_return_takes_its_buyer_four_clicks_and_staff_see_what_it_does_before_they_refund(
    page: Page, enter: Enter, speak: Speak, live_db: Session, order: Order, view: Any
) -> None:
    number, before = order.number, live_db.scalars(select(ReturnCase.id)).all()
    live_db.rollback()
    speak(view[0])
    enter(CARMEN)
    page.goto("/me/orders")
    member = Hands(page)
    member.click(page.get_by_role("link", name=number).first)
    member.click(page.locator('a[href$="/return"]'))
    member.tick(page.locator(".return-line input[type=checkbox]").first)
    page.locator("select[name=reason]").select_option("changed_mind")
    member.fields += 1
    assert page.locator(".effect").count() == 0
    press(member, "show")
    expect(page.locator(".effect")).to_contain_text(view[3])
    expect(page.locator(".effect")).to_contain_text("€")
    assert fits(page)
    press(member, "send")
    assert (member.clicks, member.ticks + member.fields) == (4, 2)
    live_db.rollback()
    case = live_db.scalars(select(ReturnCase).where(ReturnCase.id.not_in(before))).one()
    case_id, case_number = case.id, case.number
    assert case.state == "asked"
    live_db.rollback()
    expect(page.get_by_role("heading", level=1)).to_contain_text(case_number)

    enter(AT_WORK[Role.SHOP])
    page.goto("/admin/returns")
    staff = Hands(page)
    staff.click(page.get_by_role("link", name=case_number))
    staff.click(page.locator(f'form[action$="/returns/{case_id}/approve"] button'))
    press(staff, "show")
    expect(page.locator(".effect")).to_contain_text(view[3])
    assert fits(page)
    assert refunded(live_db, case_id) is None  # so far it was only shown
    press(staff, "send")
    assert (staff.clicks, staff.fields, staff.ticks) == (4, 0, 0)
    assert (refunded(live_db, case_id) or 0) > 0
    assert live_db.scalar(select(ReturnCase.state).where(ReturnCase.id == case_id)) == "refunded"


def refunded(db: Session, case_id: int) -> int | None:
    """How much is on its way back for a return."""
    db.rollback()
    return db.scalar(select(Refund.amount).where(Refund.cause_kind == "return", Refund.cause_id == case_id))

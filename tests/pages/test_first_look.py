"""The first look: from imported purchases alone, before anything else is set up."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.importing import PurchaseFile, import_purchases
from club.insight.first_look import the_first_look
from club.insight.ladder import proposal, proposed_ladder
from club.insight.models import MemberFigures
from club.insight.on_request import make_asked
from club.insight.service import refresh
from club.intake.complaints import Complaints
from club.lost.service import follow
from club.permissions import Permission, Role, may
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)


@pytest.fixture
def owner(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


def till_file(db: Session, now: datetime, path: Path, last_month: int = 6) -> None:
    """Forty people of a till; person N buys for N × 10 every month, person 40 stopped in January."""
    lines = ["member,date,amount"]
    for number in range(1, 41):
        for month in range(1, last_month + 1):
            lines.append(f"T{number},2025-{month:02}-25,{number * 10}.00")
            if number < 40 or month < 2:
                lines.append(f"T{number},2026-{month:02}-05,{number * 10}.00")
    path.write_text("\n".join(lines), encoding="utf-8")
    complaints = Complaints()
    import_purchases(db, PurchaseFile(path=path, creates_members=True), None, Role.OWNER, now, complaints)
    complaints.close()


def test_without_purchases_it_says_what_to_bring(db, owner, now):
    refresh(db, TODAY, now)
    page = owner.get("/admin/first-look")
    assert page.status_code == 200
    assert "There are no purchases yet" in page.text


def test_one_file_of_a_till_is_enough(db, owner, now, tmp_path):
    till_file(db, now, tmp_path / "till.csv")
    assert owner.post("/admin/refresh", data={"to": "admin.first_hour"}).location == "/admin/first-look"
    assert make_asked(db, now, follow)
    look = the_first_look(db)
    assert look is not None
    assert (look.as_of, look.members, look.buyers, look.best) == ("2026-06-15", 40, 40, 8)
    year = {number: number * 10_00 * (7 if number < 40 else 2) for number in range(1, 41)}
    assert look.year_sales == sum(year.values())
    best = sorted(year.values(), reverse=True)[:8]
    assert (look.best_sales, look.cut) == (sum(best), best[-1])
    assert (look.quiet, look.quiet_worth, len(look.named_quiet)) == (1, 7 * 400_00, 1)
    near = [amount for amount in year.values() if 0.75 * best[-1] <= amount < best[-1]]
    assert (look.near, look.near_lack) == (len(near), sum(best[-1] - amount for amount in near))
    page = owner.get("/admin/first-look")
    assert page.status_code == 200
    assert "40 members bought for" in page.text
    assert "Everything here is as of that day" not in page.text


def test_three_tiers_are_proposed_from_what_was_bought(db, owner, now, tmp_path):
    till_file(db, now, tmp_path / "till.csv")
    found = proposal(db, TODAY)
    assert found is not None
    assert [rung.spend for rung in found.ladder.rungs] == [0, 2_000_00, 2_500_00]
    assert [step.members for step in found.steps] == [29, 7, 4]
    assert sum(step.sales for step in found.steps) == sum(number * 70_00 for number in range(1, 40)) + 800_00
    assert proposed_ladder(db, TODAY) == found.ladder


def test_too_few_buyers_make_no_tiers(db, owner, now):
    for number in range(5):
        add_purchase(db, add_member(db), TODAY, 10_00 * (number + 1))
    assert proposed_ladder(db, TODAY) is None
    refresh(db, TODAY, now)
    assert "Too few members bought" in owner.get("/admin/first-look").text


def test_old_data_is_looked_at_as_of_its_last_purchase(db, owner, now, tmp_path):
    till_file(db, now, tmp_path / "till.csv", last_month=3)
    often = add_member(db)
    for day in (date(2026, 2, 13), date(2026, 2, 23), date(2026, 3, 5)):
        add_purchase(db, often, day, 1_00)
    refresh(db, TODAY, now)
    look = the_first_look(db)
    assert look is not None
    assert (look.as_of, look.last_day, look.buyers) == ("2026-03-05", "2026-03-05", 41)
    assert look.quiet == 0
    late = select(MemberFigures.member_id).where(MemberFigures.late_from <= TODAY)
    assert db.scalars(late).all() == [often]
    assert "Everything here is as of that day" in owner.get("/admin/first-look").text


@pytest.mark.parametrize("role", list(Role))
def test_it_is_for_those_who_may_see_figures(app, db, now, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    status = browser.get("/admin/first-look").status_code
    assert status == (200 if may(role, Permission.SEE_FIGURES) else 403)


def test_the_page_asks_little(db, owner, now, tmp_path, count_queries):
    till_file(db, now, tmp_path / "till.csv")
    refresh(db, TODAY, now)
    owner.get("/admin/first-look")
    with count_queries() as queries:
        owner.get("/admin/first-look")
    assert len(queries) <= 15, queries.statements

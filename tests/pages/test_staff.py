"""Who works here: the list, roles in words, invitations, changing a role, leaving, looking as another role."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from club.access.service import add_staff
from club.accounts.models import Account, OneTimeLink, SignedIn, Staff, staff_role
from club.accounts.rules import is_lower, role_shown
from club.accounts.team import change_role, look_as, team
from club.audit import AuditEntry, AuditWords
from club.database import transaction
from club.errors import LastOwner, NotAllowed
from club.permissions import PERMISSIONS, Permission, Role
from tests.people import browser_of, mails_to, new_colleague, new_signed_up_member
from web.roles import ROLE_NAMES, ROLE_PURPOSES, TASKS

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def owner(db, now):
    return new_colleague(db, now, Role.OWNER)


@pytest.fixture
def office(app, db, now, owner):
    return browser_of(app, db, owner, now, second_factor=True)


@pytest.fixture
def shop(db, now):
    return new_colleague(db, now, Role.SHOP)


def acts(db, prefix="staff."):
    db.rollback()
    rows = db.execute(
        select(AuditEntry.act, AuditEntry.by, AuditEntry.subject_id, AuditWords.words)
        .outerjoin(AuditWords, AuditWords.entry_id == AuditEntry.id)
        .where(AuditEntry.act.like(f"{prefix}%"))
        .order_by(AuditEntry.id)
    )
    return [tuple(row) for row in rows]


def test_every_role_and_every_permission_has_words():
    assert set(ROLE_NAMES) == set(ROLE_PURPOSES) == set(Role)
    assert set(TASKS) == set(Permission)


def test_owners_see_how_colleagues_are_reached_and_sign_in_others_see_names_and_roles(app, db, now, office, shop):
    page = office.get("/admin/staff").text
    assert all(words in page for words in ("shop@example.org", "Invited", "Link works until", "Missing"))
    seen_by_shop = browser_of(app, db, shop, now, second_factor=True).get("/admin/staff")
    assert seen_by_shop.status_code == 200
    assert "Shop" in seen_by_shop.text
    assert all(
        words not in seen_by_shop.text for words in ("@example.org", "Invited", "/admin/staff/invite", "Last seen")
    )


@pytest.mark.proves("A-8.1.1")
@pytest.mark.parametrize("role", list(Role))
def test_a_role_reads_as_a_list_of_what_it_may_and_may_not_do(office, role):
    page = office.get(f"/admin/staff/roles?role={role.value}").text
    may, _, may_not = page.partition("May not")
    for permission, words in TASKS.items():
        assert (str(words) in may) == (permission in PERMISSIONS[role]), permission
        assert (str(words) in may_not) == (permission not in PERMISSIONS[role]), permission


def test_an_invitation_is_mailed_and_kept_in_the_log(office, db, owner):
    form = {"name": "Olga Prado", "email": "olga@example.org", "role": "support"}
    assert office.post("/admin/staff/invite", data=form).status_code == 303
    assert [mail.act for mail in mails_to(db, "olga@example.org")] == ["staff.invitation"]
    assert acts(db)[-1][:2] == ("staff.added", owner.account_id)
    assert "Olga Prado" in office.get("/admin/staff").text


def test_an_address_that_works_here_already_is_not_invited_under_another_role(office, db, shop):
    form = {"name": "Somebody", "email": "SHOP@example.org", "role": "owner"}
    refused = office.post("/admin/staff/invite", data=form)
    assert (refused.status_code, "works here already" in refused.text) == (422, True)
    assert 'value="Somebody"' in refused.text
    db.rollback()
    assert staff_role(db, shop.account_id) is Role.SHOP


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("email", "nobody"), ("role", "emperor"), ("role", ""), ("name", "x" * 500)]
)
def test_what_cannot_be_an_invitation_is_refused_at_its_field(office, db, field, value):
    form = {"name": "Olga", "email": "olga@example.org", "role": "shop", field: value}
    assert office.post("/admin/staff/invite", data=form).status_code == 422
    assert mails_to(db, "olga@example.org") == []


@pytest.mark.proves("A-7.2.4", "F-36")
def test_a_changed_role_ends_the_sessions_and_leaves_before_and_after(app, db, now, office, owner, shop):
    theirs = browser_of(app, db, shop, now, second_factor=True)
    assert office.post(f"/admin/staff/{shop.account_id}", data={"role": "manager"}).status_code == 303
    assert acts(db)[-1] == ("staff.role_changed", owner.account_id, shop.account_id, {"role": ["shop", "manager"]})
    assert theirs.get("/admin").location.startswith("/sign-in")
    office.post(f"/admin/staff/{shop.account_id}", data={"role": "manager"})
    assert [act for act, *_ in acts(db)].count("staff.role_changed") == 1


@pytest.mark.proves("F-36")
def test_the_last_owner_is_neither_lowered_nor_lets_go_of_the_club(office, db, owner):
    lowered = office.post(f"/admin/staff/{owner.account_id}", data={"role": "manager"})
    assert (lowered.status_code, "Name another owner first" in lowered.text) == (422, True)
    left = office.post(f"/admin/staff/{owner.account_id}/leave", data={"successor": "0"})
    assert (left.status_code, "Name another owner first" in left.text) == (422, True)
    db.rollback()
    assert staff_role(db, owner.account_id) is Role.OWNER


@pytest.mark.proves("A-8.3.1", "F-36")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_below_an_owner_gives_roles(db, now, role):
    somebody = new_colleague(db, now, role)
    for attempt in (
        lambda: change_role(db, somebody.account_id, Role.OWNER, somebody.account_id, role, now),
        lambda: look_as(db, 1, Role.READ_ONLY, somebody.account_id, role, now),
        lambda: add_staff(db, "x@example.org", name="X", staff_role=role, by=somebody.account_id, role=role, now=now),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    db.rollback()
    assert staff_role(db, somebody.account_id) is role


@pytest.mark.proves("A-7.4.5")
def test_a_colleague_is_signed_out_everywhere(app, db, now, office, owner, shop):
    theirs = [browser_of(app, db, shop, now, second_factor=True) for _ in range(2)]
    assert "2 devices" in office.get(f"/admin/staff/{shop.account_id}").text
    assert office.post(f"/admin/staff/{shop.account_id}/sign-out").status_code == 303
    assert [one.get("/admin").location.split("?")[0] for one in theirs] == ["/sign-in", "/sign-in"]
    assert acts(db, "account.")[-1][:3] == ("account.signed_out", owner.account_id, shop.account_id)


@pytest.mark.proves("A-7.4.5")
def test_everybody_is_signed_out_only_with_a_tick(app, db, now, office):
    member = browser_of(app, db, new_signed_up_member(db, now), now)
    assert office.post("/admin/staff/everybody-out", data={}).status_code == 422
    assert member.get("/me").status_code == 200
    assert office.post("/admin/staff/everybody-out", data={"sure": "y"}).status_code == 303
    assert (member.get("/me").status_code, office.get("/admin").status_code) == (303, 303)


@pytest.mark.proves("A-6.4.4")
def test_the_second_step_is_taken_away_expressly_and_never_ones_own(office, db, now, owner, shop):
    with transaction(db) as tx:
        done = {"totp_secret": b"sealed", "totp_confirmed_at": now, "password_hash": "x"}
        tx.execute(update(Account).where(Account.id == shop.account_id).values(done))
    address = f"/admin/staff/{shop.account_id}/second-step"
    office.post(f"/admin/staff/{shop.account_id}/invite-again")
    assert office.post(address, data={}).status_code == 422
    db.rollback()
    kept = db.execute(select(Account.totp_confirmed_at).where(Account.id == shop.account_id)).scalar_one()
    assert kept is not None
    assert office.post(address, data={"sure": "y"}).status_code == 303
    assert acts(db)[-1][:3] == ("staff.second_factor_reset", owner.account_id, shop.account_id)
    assert office.post(f"/admin/staff/{owner.account_id}/second-step", data={"sure": "y"}).status_code == 422
    assert acts(db)[-1][2] == shop.account_id


def test_who_left_comes_back_by_an_invitation(app, db, now, office, shop):
    theirs = browser_of(app, db, shop, now, second_factor=True)
    assert office.post(f"/admin/staff/{shop.account_id}/leave", data={"successor": "0"}).status_code == 303
    assert theirs.get("/admin").location.startswith("/sign-in")
    page = office.get(f"/admin/staff/{shop.account_id}").text
    assert ("Left:" in page, "Take back and invite" in page, "Change the role" in page) == (True, True, False)
    assert office.get(f"/admin/staff/{shop.account_id}/leave").status_code == 404
    assert office.post(f"/admin/staff/{shop.account_id}/back").status_code == 303
    db.rollback()
    assert staff_role(db, shop.account_id) is Role.SHOP
    assert len(mails_to(db, shop.email)) == 2


def test_the_last_visit_outlives_its_session(app, db, now, office, shop):
    theirs = browser_of(app, db, shop, now, second_factor=True)
    theirs.post("/sign-out")
    db.rollback()
    seen = {one.account_id: (one.seen_at, one.open_sessions) for one in team(db, now)}
    assert seen[shop.account_id] == (now, 0)


def test_the_list_asks_the_database_the_same_for_many_colleagues(app, db, now, office, count_queries):
    with count_queries() as few:
        office.get("/admin/staff")
    for number in range(8):
        new_colleague(db, now, Role.EVENTS, f"events{number}@example.org")
    with count_queries() as many:
        office.get("/admin/staff")
    assert len(many) <= len(few) <= 8


# --- looking as another role


@pytest.mark.proves("F-36", "A-8.3.1")
def test_a_looked_at_role_never_may_more_than_ones_own():
    for own in Role:
        for wanted in Role:
            shown = role_shown(own, wanted)
            assert shown is not None
            assert PERMISSIONS[shown] <= PERMISSIONS[own]
            assert shown is (wanted if is_lower(wanted, own) else own)
    assert role_shown(None, Role.OWNER) is None


@pytest.mark.proves("F-36")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_an_owner_sees_exactly_what_the_role_sees_and_changes_nothing(app, db, now, office, owner, shop, role):
    assert office.post("/admin/staff/look", data={"role": role.value}).location == "/admin"
    assert acts(db)[-1] == ("staff.looked_as", owner.account_id, owner.account_id, {"role": role.value})
    page = office.get("/admin").text
    assert "You see the house as this role" in page
    other = browser_of(app, db, new_colleague(db, now, role, "other@example.org"), now, second_factor=True)
    for address in ("/admin/counter", "/admin/enrol", "/admin/staff/invite", "/admin/staff", "/admin/staff/roles"):
        assert office.get(address).status_code == other.get(address).status_code, address
    before = [one.role for one in team(db, now)]
    for address in (
        f"/admin/staff/{shop.account_id}",
        "/admin/enrol",
        "/admin/staff/invite",
        "/me/security/end-others",
    ):
        refused = office.post(address, data={"role": "owner", "name": "X", "email": "x@example.org"})
        assert (refused.status_code, "End the view first" in refused.text) == (422, True), address
    db.rollback()
    assert [one.role for one in team(db, now)] == before
    assert office.post("/admin/staff/look/end").status_code == 303
    assert office.get("/admin/staff/invite").status_code == 200
    assert "You see the house as this role" not in office.get("/admin").text


@pytest.mark.proves("F-36")
def test_nobody_looks_as_their_own_role_and_the_cookie_is_a_new_one(office, db):
    assert office.post("/admin/staff/look", data={"role": "owner"}).status_code == 403
    assert office.post("/admin/staff/look", data={"role": "emperor"}).status_code == 404
    before = office.get_cookie("club").value
    office.post("/admin/staff/look", data={"role": "shop"})
    assert office.get_cookie("club").value != before
    db.rollback()
    assert db.scalars(select(SignedIn.seen_as)).all() == ["shop"]
    assert office.post("/sign-out").status_code == 303


def test_a_lowered_owner_keeps_no_view_of_more(app, db, now, owner):
    """The role that a session looks as is compared with the role that its owner has now."""
    second = new_colleague(db, now, Role.OWNER, "second@example.org")
    office = browser_of(app, db, second, now, second_factor=True)
    office.post("/admin/staff/look", data={"role": "manager"})
    with transaction(db) as tx:
        tx.execute(update(Staff).where(Staff.account_id == second.account_id).values(role="shop"))
    assert office.get("/admin/audit").status_code in {403, 404}
    assert "You see the house as" not in office.get("/admin").text


def test_an_expired_invitation_is_said(office, db, now, shop):
    with transaction(db) as tx:
        link = OneTimeLink
        tx.execute(update(link).values(expires_at=now - timedelta(minutes=1)))
    assert "Invitation expired" in office.get("/admin/staff").text
    assert re.search("Invite again", office.get(f"/admin/staff/{shop.account_id}").text)
    with pytest.raises(LastOwner):
        change_role(db, team(db, now)[0].account_id, Role.SHOP, 1, Role.OWNER, now)

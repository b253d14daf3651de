"""The set-up list: from `flask club init` to the first member, every step done turns by itself."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.audit import AuditEntry
from club.database import transaction
from club.errors import NotAllowed
from club.insight.on_request import ask_after_imports, make_asked
from club.intake.models import ImportRun
from club.messages.models import Message
from club.permissions import Role
from club.starting.models import CAN_BE_SKIPPED, Step, setup_steps
from club.starting.service import put_list_aside, skip_step, take_up_again
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import new_colleague, new_signed_up_member


def done(db: Session) -> list[str]:
    db.rollback()
    return [one.step.value for one in setup_steps(db) if one.is_done]


def test_a_club_goes_from_its_first_row_to_its_first_member(app: Flask, db: Session, now: datetime) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=["club", "init", "--earn", "0"]).exit_code == 0
    assert done(db) == []
    assert len(setup_steps(db)) == 7
    owner = new_colleague(db, now, Role.OWNER).account_id
    assert done(db) == []

    from_today: date = now.date()
    set_ladder(db, Ladder((Rung(key="member", name=Texts({"en": "Member"})),)), from_today, owner, now)
    assert done(db) == ["tiers"]
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=from_today),))
    set_rules(db, rules, owner, Role.OWNER, now)
    assert done(db) == ["rules", "tiers"]
    new_colleague(db, now, Role.SHOP)
    assert done(db) == ["rules", "tiers", "staff"]
    with transaction(db) as tx:
        tx.execute(update(Message).where(Message.id == 1).values(state="sent", sent_at=now))
    assert done(db) == ["rules", "tiers", "staff", "mail"]
    new_signed_up_member(db, now)
    assert done(db) == ["rules", "tiers", "staff", "mail", "member"]


def test_a_name_given_at_the_start_is_the_first_step(app: Flask, db: Session) -> None:
    assert app.test_cli_runner().invoke(args=["club", "init", "--name", "Gran Reserva"]).exit_code == 0
    assert done(db) == ["brand", "rules"]


@pytest.mark.usefixtures("club")
def test_an_import_counts_when_it_is_finished(db: Session, now: datetime) -> None:
    with transaction(db) as tx:
        tx.add(ImportRun(kind="members", file_name="a.csv", started_at=now, finished_at=None, by=None, counts={}))
    assert "import" not in done(db)
    with transaction(db) as tx:
        tx.execute(update(ImportRun).values(finished_at=now))
    assert "import" in done(db)


@pytest.mark.usefixtures("club")
def test_figures_follow_a_file_that_came_in_and_no_trial(db: Session, now: datetime) -> None:
    with transaction(db) as tx:
        tx.add(ImportRun(kind="purchases", file_name="a.csv", started_at=now, finished_at=now, by=None, counts={}))
    assert not ask_after_imports(db, now)
    with transaction(db) as tx:
        tx.execute(update(ImportRun).values(writing_since=now))
    assert ask_after_imports(db, now)
    assert not ask_after_imports(db, now)
    assert make_asked(db, now, lambda *_: None)
    assert not ask_after_imports(db, now)


@pytest.mark.usefixtures("club")
def test_what_a_club_does_not_need_is_put_aside_and_taken_up_again(db: Session, now: datetime) -> None:
    owner = new_colleague(db, now, Role.OWNER).account_id
    for _ in range(2):
        skip_step(db, Step.IMPORT, owner, Role.OWNER, now)
    assert [(one.step, one.is_settled) for one in setup_steps(db) if one.is_skipped] == [(Step.IMPORT, True)]
    take_up_again(db, Step.IMPORT, owner, Role.OWNER, now + timedelta(days=1))
    assert [one.step for one in setup_steps(db) if one.is_skipped] == []
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("setup.")).order_by(AuditEntry.id))
    assert acts.all() == ["setup.put_aside", "setup.step_wanted"]


@pytest.mark.usefixtures("club")
def test_no_club_does_without_brand_tiers_rules_or_a_member(db: Session, now: datetime) -> None:
    owner = new_colleague(db, now, Role.OWNER).account_id
    for step in set(Step) - CAN_BE_SKIPPED:
        with pytest.raises(NotAllowed):
            skip_step(db, step, owner, Role.OWNER, now)
    assert all(not one.is_skipped for one in setup_steps(db))


def test_the_list_goes_when_everything_is_settled_and_not_before(app: Flask, db: Session, now: datetime) -> None:
    app.test_cli_runner().invoke(args=["club", "init", "--name", "Gran Reserva"])
    owner = new_colleague(db, now, Role.OWNER).account_id
    for step in CAN_BE_SKIPPED:
        skip_step(db, step, owner, Role.OWNER, now)
    set_ladder(db, Ladder((Rung(key="member", name=Texts({"en": "Member"})),)), now.date(), owner, now)
    with pytest.raises(NotAllowed):
        put_list_aside(db, owner, Role.OWNER, now)
    new_signed_up_member(db, now)
    put_list_aside(db, owner, Role.OWNER, now)
    assert setup_steps(db) == []


@pytest.mark.usefixtures("club")
@pytest.mark.parametrize("role", [Role.MANAGER, Role.MARKETING, Role.SHOP, Role.READ_ONLY])
def test_only_who_sets_the_club_up_settles_steps(db: Session, now: datetime, role: Role) -> None:
    by = new_colleague(db, now, role).account_id
    with pytest.raises(NotAllowed):
        skip_step(db, Step.MAIL, by, role, now)
    with pytest.raises(NotAllowed):
        take_up_again(db, Step.MAIL, by, role, now)
    assert all(not one.is_skipped for one in setup_steps(db))


@pytest.mark.usefixtures("club")
def test_the_list_is_read_in_three_questions(db: Session, count_queries) -> None:  # type: ignore[no-untyped-def]
    with count_queries() as queries:
        setup_steps(db)
    assert len(queries) <= 4

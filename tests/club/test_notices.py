"""Notices, statements and greetings: each once, on its day, to whom it is due, whatever the nights were."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.accounts.service import new_account
from club.clock import ONE_DAY, add_months, day_ends, day_starts, in_year
from club.database import transaction
from club.errors import BadKeptDay, BadLeads, NotAllowed
from club.members.models import Person
from club.messages.models import Message, latest
from club.messages.rendering import render
from club.notices import service
from club.notices.calendars import day_of, holidays_in
from club.notices.models import GREETED, kept_days, settings_of
from club.notices.rules import (
    LAST,
    SHIPPED,
    Keeps,
    KeptDay,
    Notice,
    Setting,
    checked_leads,
    is_worth_saying,
)
from club.notices.service.nightly import statements_of_month
from club.notices.statements import turnover
from club.permissions import Role
from club.points.rules import Earned
from club.points.service import activate_due, earn, expire_due
from club.profile.models import Profile
from club.programme.models import Programme, the_club
from club.texts import Texts
from club.tiers.models import Status
from club.tiers.service import reassess_all
from tests.gift_world import climb, member
from tests.shelf_world import put_out
from tests.tier_world import add_purchase

pytestmark = pytest.mark.usefixtures("club")

START = date(2027, 3, 1)
"""Two years from here hold a leap day and four changes of the clocks."""
NIGHTS = 731
Said = list[tuple[str, int | None, date]]


def with_mailbox(
    db: Session, born: tuple[int, int] | None = None, joined: date = date(2020, 8, 15), *, signs_in: bool = True
) -> int:
    member_id = member(db, born, joined)
    with transaction(db) as tx:
        address = f"m{member_id}@example.org"
        account_id = new_account(tx, address, "en", None, datetime(2020, 8, 15, tzinfo=UTC)) if signs_in else None
        said = {"email": address, "email_key": address, "account_id": account_id}
        tx.execute(update(Person).where(Person.id == member_id).values(said))
    return member_id


def works_as(db: Session, member_id: int, profession: str) -> None:
    with transaction(db) as tx:
        row = {"person_id": member_id, "profession": profession, "patronymic": "", "interests": []}
        tx.execute(insert(Profile).values(row | {"birthday_changes": 0}))


def chosen(db: Session, *notices: Notice, now: datetime) -> None:
    """These greetings and nothing else."""
    wanted = {notice: Setting(notice in notices, shipped.leads) for notice, shipped in SHIPPED.items()}
    service.save(db, wanted, None, None, Role.MARKETING, now)


def said(db: Session, zone: str) -> Said:
    db.rollback()
    rows = db.execute(select(Message.act, Message.person_id, Message.next_try_at).order_by(Message.id))
    return [(row.act, row.person_id, row.next_try_at.astimezone(ZoneInfo(zone)).date()) for row in rows]


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kathmandu"])
@pytest.mark.proves("R114c", "R115b")
def test_in_two_years_each_greeting_comes_once_whatever_nights_were_missed(
    db: Session, now: datetime, zone: str
) -> None:
    with transaction(db) as tx:
        tx.execute(update(Programme).values(time_zone=zone))
    chosen(db, Notice.BIRTHDAY, Notice.ANNIVERSARY, Notice.PROFESSION, Notice.HOLIDAY, now=now)
    of_teachers = KeptDay(
        keeps=Keeps.PROFESSION,
        name=Texts({"es": "Día del Docente"}),
        month=10,
        weekday=6,
        nth=LAST,
        words="docente, profe",
    )
    service.add_day(db, of_teachers, None, Role.MARKETING, now)
    holidays = service.Holidays("ES", 2027, frozenset({"Good Friday", "Christmas Day"}))
    service.save(db, {}, holidays, None, Role.MARKETING, now)
    leap, march, teacher, plain = (
        with_mailbox(db, (2, 29)),
        with_mailbox(db, (3, 28)),
        with_mailbox(db, joined=date(2024, 2, 29)),
        with_mailbox(db, joined=date(2019, 10, 2)),
    )
    works_as(db, teacher, "Profesora de música")
    works_as(db, plain, "Docente")
    nobody, brought_in = member(db, (3, 28)), with_mailbox(db, (3, 28), signs_in=False)
    missed = {day for number in range(0, NIGHTS, 40) for day in (number, number + 1)}
    waiting: list[date] = []
    for number in range(NIGHTS):
        day = START + number * ONE_DAY
        waiting.append(day - ONE_DAY)
        if number in missed:
            continue
        at = day_ends(day - ONE_DAY, zone) + timedelta(minutes=5)
        for late in waiting:
            service.night(db, late, at)
        waiting = []
    years = {year: [in_year(2, 29, year), day_of("ES", "Good Friday", year)] for year in (2027, 2028, 2029)}
    friday = {2027: date(2027, 3, 26), 2028: date(2028, 4, 14)}
    assert years[2028] == [date(2028, 2, 29), friday[2028]]
    due: Counter[tuple[str, int]] = Counter()
    for act, person_id, _day in said(db, zone):
        assert person_id is not None
        due[act, person_id] += 1
    christmas, good_friday = 2, 2
    assert due == {
        ("greeting.birthday", leap): 2,
        ("greeting.birthday", march): 2,
        ("greeting.anniversary", leap): 2,
        ("greeting.anniversary", march): 2,
        ("greeting.anniversary", teacher): 2,
        ("greeting.anniversary", plain): 2,
        ("greeting.profession", teacher): 2,
        ("greeting.holiday", leap): christmas + good_friday,
        ("greeting.holiday", march): christmas + 1,  # in March 2027 the birthday goes first
        ("greeting.holiday", teacher): christmas + good_friday,
        ("greeting.holiday", plain): christmas + good_friday,
    }
    assert not {nobody, brought_in} & {person for _act, person, _day in said(db, zone)}
    greeted = db.execute(select(GREETED.c.person_id, GREETED.c.due_on).where(GREETED.c.person_id == leap)).all()
    assert {row.due_on for row in greeted} >= {date(2028, 2, 29), date(2029, 2, 28)}
    months = Counter((row.person_id, row.month) for row in db.execute(select(GREETED)))
    assert set(months.values()) == {1}


def test_greetings_are_off_until_the_club_chooses_them(db: Session, now: datetime) -> None:
    with_mailbox(db, (6, 15))
    service.night(db, date(2026, 6, 14), datetime(2026, 6, 14, 22, 5, tzinfo=UTC))
    assert said(db, "UTC") == []
    assert not any(settings_of(db)[notice].is_on for notice in Notice if notice.value.startswith("greeting"))


def test_a_greeting_that_comes_too_late_stays_unsaid_and_is_read_in_the_morning(db: Session, now: datetime) -> None:
    chosen(db, Notice.BIRTHDAY, now=now)
    ana = with_mailbox(db, (6, 15))
    service.night(db, date(2026, 6, 14), datetime(2026, 6, 19, 8, tzinfo=UTC))
    assert said(db, "UTC") == []
    service.night(db, date(2026, 6, 14), datetime(2026, 6, 14, 22, 5, tzinfo=UTC))
    db.rollback()
    due = db.scalars(select(Message.next_try_at).where(Message.person_id == ana)).one()
    assert due.astimezone(ZoneInfo("Europe/Madrid")).time() == time(9)


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kathmandu", "Pacific/Chatham"])
def test_the_morning_is_the_clubs_own_on_days_on_which_the_clocks_change(db: Session, now: datetime, zone: str) -> None:
    with transaction(db) as tx:
        tx.execute(update(Programme).values(time_zone=zone))
    chosen(db, Notice.BIRTHDAY, now=now)
    days = [date(2027, 3, 28), date(2027, 4, 4), date(2027, 9, 26), date(2027, 10, 31)]
    for day in days:
        with_mailbox(db, (day.month, day.day))
        service.night(db, day - ONE_DAY, day_starts(day, zone))
    db.rollback()
    due = db.scalars(select(Message.next_try_at).order_by(Message.id)).all()
    local = [one.astimezone(ZoneInfo(zone)) for one in due]
    assert [one.date() for one in local] == days


def test_points_that_end_are_told_60_30_and_7_days_before_together_and_once(db: Session, now: datetime) -> None:
    chosen(db, Notice.EXPIRING, now=now)
    ana, begins = with_mailbox(db), date(2026, 6, 1)
    ends = [date(2026, 9, 30), date(2026, 10, 3), date(2026, 12, 31)]
    for number, end in enumerate(ends):
        with transaction(db) as tx:
            earn(tx, Earned(ana, "gift.earned", number + 1, 100 * (number + 1), begins, begins, end), begins, now)
    for number in range(150):
        day = begins + number * ONE_DAY
        for _twice in range(2):
            service.night(db, day, day_starts(day + ONE_DAY, "Europe/Madrid"))
    db.rollback()
    told = [
        (row.data["until"], row.data["points"], row.data["worth"], (row.next_try_at.date() - begins).days)
        for row in db.execute(select(Message.data, Message.next_try_at).order_by(Message.id))
    ]
    first = (ends[0] - begins).days
    assert told == [("2026-09-30", 300, 300, first - lead) for lead in (60, 30, 7)]


def test_points_that_end_are_told_with_the_dearest_that_they_buy(db: Session, now: datetime) -> None:
    chosen(db, Notice.EXPIRING, now=now)
    put_out(db, "Gran Reserva", cents=9_00)
    put_out(db, "Crianza", cents=5_00)
    put_out(db, "Gone", cents=7_00, stock=0)
    put_out(db, "Draft", cents=6_00, live=False)
    put_out(db, "Glass", cents=2_00)
    day, last_day = date(2026, 6, 1), date(2026, 6, 8)
    readers = [with_mailbox(db) for _ in range(3)]
    for number, points in enumerate((899, 500, 199)):
        with transaction(db) as tx:
            earn(tx, Earned(readers[number], "gift.earned", number, points, day, day, last_day), day, now)
    service.night(db, day - ONE_DAY, day_starts(day, "Europe/Madrid"))
    db.rollback()
    told = {row.person_id: row.data for row in db.execute(select(Message.person_id, Message.data))}
    assert [told[one]["product"].get("en") for one in readers] == ["Crianza", "Crianza", None]
    mails = {one.person_id: render(one, the_club(db), "http://127.0.0.1").text for one in latest(db)}
    said = "Eso basta, por ejemplo, para esto: Crianza es."
    assert [said in " ".join(mails[one].split()) for one in readers] == [True, True, False]


@pytest.mark.parametrize(
    ("lead", "days_left", "is_said"),
    [(60, 60, True), (60, 31, True), (60, 30, False), (7, 0, True), (7, -1, False)],
)
def test_a_late_notice_is_said_while_the_next_is_not_due(lead: int, days_left: int, is_said: bool) -> None:
    last_day = date(2026, 9, 30)
    assert is_worth_saying(lead, (60, 30, 7), last_day, last_day - days_left * ONE_DAY) is is_said


def test_a_tier_that_would_be_lost_is_told_of_and_one_that_is_earned_again_is_not(db: Session, now: datetime) -> None:
    chosen(db, Notice.TIER, now=now)
    climb(db, now)
    loses, keeps = with_mailbox(db), with_mailbox(db)
    for who in (loses, keeps):
        add_purchase(db, who, date(2026, 1, 10), 500_00)
    reassess_all(db, date(2026, 1, 10), now)
    db.rollback()
    until = db.scalars(select(Status.until).where(Status.member_id == loses)).one()
    assert until is not None
    with transaction(db) as tx:
        tx.execute(update(Status).values(until=date(2027, 3, 31)))
    add_purchase(db, keeps, date(2026, 12, 1), 500_00)
    for lead in (90, 60, 30):
        day = date(2027, 3, 31) - lead * ONE_DAY
        service.night(db, day - ONE_DAY, day_starts(day, "Europe/Madrid"))
    db.rollback()
    told = db.execute(select(Message.person_id, Message.data, Message.occurrence).order_by(Message.id)).all()
    assert [(row.person_id, row.data["tier"]["en"], row.data["until"]) for row in told] == [
        (loses, "Silver", "2027-03-31")
    ] * 2


@pytest.mark.proves("R115a")
def test_the_statement_of_a_month_says_what_the_ledger_says(db: Session, now: datetime) -> None:
    chosen(db, Notice.STATEMENT, Notice.ACTIVATED, now=now)
    people = [with_mailbox(db) for _ in range(3)]
    silent = with_mailbox(db)
    for number, who in enumerate(people):
        for lot in range(4):
            earned_on = date(2026, 1, 5) + timedelta(days=20 * lot + number)
            ends = date(2026, 4, 30) if lot == number else None
            with transaction(db) as tx:
                cause = number * 10 + lot + 1
                earn(
                    tx,
                    Earned(who, "gift.earned", cause, 50 + cause, earned_on, earned_on + 14 * ONE_DAY, ends),
                    earned_on,
                    now,
                )
    day = date(2026, 1, 1)
    while day < date(2026, 7, 1):
        at = day_ends(day, "Europe/Madrid")
        activate_due(db, day + ONE_DAY, at)
        expire_due(db, day, at)
        service.night(db, day, at)
        day += ONE_DAY
    again = statements_of_month(db, date(2026, 3, 1), now)
    db.rollback()
    rows = db.execute(select(Message.person_id, Message.data).where(Message.act == Notice.STATEMENT.value)).all()
    assert again == 0
    assert len(rows) == 3 * 6
    assert silent not in {row.person_id for row in rows}
    for row in rows:
        first = date.fromisoformat(f"{row.data['month']}-01")
        sums = turnover(db, row.person_id, first, add_months(first, 1) - ONE_DAY)
        told = {
            name: row.data[name] for name in ("opening", "earned", "used", "expired", "passed", "corrected", "closing")
        }
        assert told == {name: getattr(sums, name) for name in told}
    activated = select(Message.person_id, Message.data["points"].as_integer()).where(Message.act == "points.activated")
    assert Counter(db.execute(activated.order_by(Message.id)).scalars()) == dict.fromkeys(people, 4)


def test_days_that_move_and_words_of_professions() -> None:
    sunday = KeptDay(
        keeps=Keeps.PROFESSION, name=Texts({"en": "x"}), month=10, weekday=6, nth=2, words="учитель, teacher"
    )
    assert [sunday.falls_on(year) for year in (2026, 2027)] == [date(2026, 10, 11), date(2027, 10, 10)]
    assert (sunday.is_of("Учитель музыки"), sunday.is_of("TEACHER"), sunday.is_of("baker")) == (True, True, False)
    assert not sunday.is_of("Schoolteachers' driver")
    fixed = KeptDay(keeps=Keeps.PROFESSION, name=Texts({"en": "x"}), month=2, day=29, words="leap")
    assert [fixed.falls_on(year) for year in (2027, 2028)] == [date(2027, 2, 28), date(2028, 2, 29)]
    assert {"Epifanía del Señor", "Epiphany"} <= set(holidays_in("ES", 2027)[1].name.values())
    assert day_of("ES", "Good Friday", 2027) == date(2027, 3, 26)
    assert day_of("RO", "Children's Day", 2026) == date(2026, 6, 1)  # Whit Monday is on that day too
    assert [one.name["en"] for one in holidays_in("US", 2026) if one.day.month == 7] == ["Independence Day"]
    assert not [one.key for year in (2025, 2026) for one in holidays_in("RU", year) if "substituted" in one.key]
    assert (holidays_in("ZZ", 2027), day_of("ES", "No such day", 2027)) == ((), None)


def test_what_cannot_be_meant_is_refused_and_only_who_edits_messages_may_choose(db: Session, now: datetime) -> None:
    wrong = [
        (KeptDay(keeps=Keeps.PROFESSION, name=Texts({}), month=1, day=1, words="baker"), "name"),
        (KeptDay(keeps=Keeps.PROFESSION, name=Texts({"en": "x"}), month=4, day=31, words="baker"), "date"),
        (KeptDay(keeps=Keeps.PROFESSION, name=Texts({"en": "x"}), month=4, weekday=1, nth=6, words="baker"), "date"),
        (KeptDay(keeps=Keeps.PROFESSION, name=Texts({"en": "x"}), month=4, day=30, words="a, b"), "words"),
    ]
    for kept, fault in wrong:
        with pytest.raises(BadKeptDay) as refused:
            service.add_day(db, kept, None, Role.MARKETING, now)
        assert refused.value.fault == fault
    for leads in ((), (0,), (400,), tuple(range(1, 8))):
        with pytest.raises(BadLeads):
            checked_leads(leads)
    assert checked_leads([7, 60, 7, 30]) == (60, 30, 7)
    with pytest.raises(NotAllowed):
        service.save(db, {}, None, None, Role.SUPPORT, now)
    with pytest.raises(NotAllowed):
        service.remove_day(db, 1, None, Role.SUPPORT, now)
    assert kept_days(db) == []


def test_notices_and_holidays_are_saved_together_or_not_at_all(
    db: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_country: str, _year: int) -> tuple[()]:
        raise LookupError

    before = settings_of(db)
    db.rollback()
    monkeypatch.setattr("club.notices.service.choosing.holidays_in", gone)
    wanted = {Notice.HOLIDAY: Setting(not before[Notice.HOLIDAY].is_on, ())}
    with pytest.raises(LookupError):
        service.save(db, wanted, service.Holidays("ES", 2027, frozenset({"Christmas Day"})), None, Role.MARKETING, now)
    assert settings_of(db) == before

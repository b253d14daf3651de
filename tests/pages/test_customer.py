"""The page of a customer: what stands there for whom, what is written there, how much it asks of the database."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from club.care import service
from club.care.models import COMMITMENTS, INTERACTIONS, PREFERENCES, TASKS, the_customer, to_do
from club.care.rules import Direction, Entry, Kind, Liking, NewPreference, NewPromise, NewTask, Source
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_member, new_person, record_consent
from club.messages.models import Message
from club.permissions import PERMISSIONS, Permission, Role
from club.points.models import MOVEMENTS
from club.points.rules import Earned
from club.points.service import earn, open_account
from club.programme.models import Programme
from club.purchases.models import Purchase
from club.returns.service import ask_return
from tests.people import browser_of, new_colleague
from tests.return_world import Desk, wanted

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)


@pytest.fixture
def ana(db, club, now):
    with transaction(db) as tx:
        person = NewPerson(
            full_name="Ana Kern", language="en", source="counter", email="ana@example.org", phone="+34600111222",
            birth_month=7, birth_day=9,
        )  # fmt: skip
        person_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, person_id)
    return person_id


@pytest.fixture
def eva(db, now, club):
    return new_colleague(db, now, Role.SUPPORT)


@pytest.fixture
def desk(app, db, now, eva):
    return browser_of(app, db, eva, now, second_factor=True)


def as_role(app, db, now, role):
    return browser_of(app, db, new_colleague(db, now, role, f"one.{role.value}@example.org"), now, second_factor=True)


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)


def write(desk, person_id, tab, **typed):
    page = desk.get(f"/admin/customers/{person_id}", query_string={"write": tab})
    usual = {"kind": "call", "outcome": "reached", "when": "1", "done": ""}
    return desk.post(f"/admin/customers/{person_id}/write/{tab}", data={**usual, "key": hidden(page, "key"), **typed})


def count(db, table):
    db.rollback()
    return db.scalar(select(func.count()).select_from(table))


# --- what stands there


def test_the_page_says_who_somebody_is_and_what_happened(desk, db, ana, eva, now):
    call = Entry(kind=Kind.CALL, summary="Asked for the new vintage", direction=Direction.IN)
    service.log(db, ana, call, eva.account_id, Role.SUPPORT, now)
    page = desk.get(f"/admin/customers/{ana}")
    assert page.status_code == 200
    for words in ("Ana Kern", "Asked for the new vintage", "Call: They came to us", "ana@example.org", "July"):
        assert words in page.text


@pytest.mark.proves("A-8.2.3")
@pytest.mark.parametrize("role", list(Role))
def test_contact_data_is_shown_to_those_who_work_with_it_and_to_nobody_else(app, db, now, ana, role):
    page = as_role(app, db, now, role).get(f"/admin/customers/{ana}")
    sees = Permission.SEE_CONTACT in PERMISSIONS[role]
    assert page.status_code == 200
    assert [text in page.text for text in ("ana@example.org", "+34600111222", "9 July")] == [sees] * 3
    assert ("<dd>hidden</dd>" in page.text) is not sees
    assert ("Keep" in page.text) is (Permission.KEEP_CUSTOMERS in PERMISSIONS[role])


def test_a_person_who_is_no_member_has_a_page_too(desk, db, now):
    with transaction(db) as tx:
        guest = new_person(tx, NewPerson(full_name="Gus Guest", language="es", source="guest"), None, now)
    page = desk.get(f"/admin/customers/{guest}")
    assert (page.status_code, "not a member" in page.text, "Points to spend" in page.text) == (200, True, False)
    assert "First known to the club" in page.text


def test_nobody_has_no_page(desk):
    assert desk.get("/admin/customers/999999").status_code == 404


def test_news_is_blocked_with_its_reason_until_somebody_agrees(desk, db, ana, now):
    assert "blocked: no consent" in desk.get(f"/admin/customers/{ana}").text
    with transaction(db) as tx:
        for channel in ("email", "phone", "post"):
            record_consent(
                tx, ana, purpose="news", channel=channel, is_given=True, text_version="1", language="en",
                source="counter", now=now,
            )  # fmt: skip
    page = desk.get(f"/admin/customers/{ana}").text
    assert ("blocked: no consent" in page, page.count("news: yes")) == (False, 3)


def test_the_timeline_can_be_narrowed_and_turned_over(desk, db, ana, eva, now):
    for number in range(30):
        note = Entry(kind=Kind.NOTE, summary=f"Note number {number}.")
        service.log(db, ana, note, eva.account_id, Role.SUPPORT, now + timedelta(minutes=number))
    first = desk.get(f"/admin/customers/{ana}").text
    assert ("Note number 29." in first, "Note number 4." in first) == (True, False)
    assert "Note number 4." in desk.get(f"/admin/customers/{ana}?page=2").text
    assert "Note number 29." not in desk.get(f"/admin/customers/{ana}?what=purchases").text
    assert "Nothing of this kind" in desk.get(f"/admin/customers/{ana}?what=messages").text
    assert "Note number 29." in desk.get(f"/admin/customers/{ana}?what=nonsense").text


@pytest.mark.proves("F-43")
def test_what_staff_write_is_text_and_never_markup(desk, db, ana):
    nasty = '"><script>alert(1)</script>{{ 7*7 }}'
    assert write(desk, ana, "call", direction="in", summary=nasty, next_step=nasty).status_code == 303
    for address in (f"/admin/customers/{ana}", "/admin/tasks", f"/admin/tasks/task/{to_do(db, None)[0].id}"):
        page = desk.get(address)
        assert (page.status_code, "<script>alert" in page.text, "&lt;script&gt;" in page.text) == (200, False, True)
        assert "49" not in page.text.replace(nasty, "") or "7*7" in page.text


def test_orders_and_returns_stand_on_the_page_for_who_works_with_them(app, db, now, ana, count_queries):
    shop = Desk(db, now).open()
    wine = shop.till.shelf.thing(price=2400)
    orders = [shop.delivered(ana, (wine, 1))] + [shop.paid(ana, (wine, 1)) for _ in range(6)]
    case_id = ask_return(db, ana, wanted(orders[0], 1), now).case_id
    boss = as_role(app, db, now, Role.MANAGER)
    boss.get(f"/admin/customers/{ana}?write=call")
    with count_queries() as queries:
        page = boss.get(f"/admin/customers/{ana}?write=call").text
    assert len(queries) <= 15, "\n".join(queries.statements)
    block = page.partition("Orders in the shop")[2].partition("What happened")[0]
    shown = [order.number for order in orders if f"/admin/orders/{order.number}" in block]
    assert shown == [order.number for order in orders[2:]]
    assert ("To pack" in block, "All orders" in block) == (True, True)
    told = boss.get(f"/admin/customers/{ana}?what=orders").text.partition("What happened")[2]
    assert [f"Order {order.number}, 28,90" in told for order in orders] == [True] * 7
    assert f"/admin/returns/{case_id}" in told and "Waits for our answer" in told
    without = as_role(app, db, now, Role.MARKETING).get(f"/admin/customers/{ana}").text
    assert ("Orders in the shop" in without, f"/admin/orders/{orders[0].number}" in without) == (False, False)


# --- what is written


@pytest.mark.proves("R19")
def test_a_call_without_its_direction_is_refused_and_what_was_typed_stays(desk, db, ana):
    answer = write(desk, ana, "call", summary="Wants two cases", next_step="Write an offer")
    assert answer.status_code == 422
    for words in ("Choose who began: the customer or us.", "Wants two cases", "Write an offer", "Error:"):
        assert words in answer.text
    assert count(db, INTERACTIONS) == 0


def test_a_call_with_a_promised_next_step(desk, db, ana, eva):
    answer = write(
        desk, ana, "call", direction="in", summary="Wants two cases", next_step="Write an offer", when="7",
        is_promise="y",
    )  # fmt: skip
    assert answer.status_code == 303
    [item] = to_do(db, None)
    assert (item.what, item.words, item.due_on, item.owner_id, item.person_id, item.was_told) == (
        "promise", "Write an offer", TODAY + timedelta(days=7), eva.account_id, ana, True,
    )  # fmt: skip


def test_a_call_gets_an_open_task_done(desk, db, ana, eva, now):
    ring = NewTask(what="Ring back", due_on=TODAY, owner_id=eva.account_id, person_id=ana)
    task_id = service.add_task(db, ring, eva.account_id, Role.SUPPORT, now)
    assert write(desk, ana, "call", direction="out", summary="Rang", done=f"task-{task_id}").status_code == 303
    assert to_do(db, None) == []
    assert write(desk, ana, "call", direction="out", summary="Rang", done=f"task-{task_id}").status_code == 422


@pytest.mark.proves("R192")
@pytest.mark.parametrize(
    ("tab", "typed", "table"),
    [
        ("call", {"direction": "out", "summary": "Rang", "next_step": "Ring again"}, INTERACTIONS),
        ("note", {"summary": "Likes the terrace", "is_pinned": "y"}, INTERACTIONS),
        ("task", {"what": "Send the list"}, TASKS),
        ("promise", {"what": "A table on Friday", "was_told": "y"}, COMMITMENTS),
        ("message", {"subject": "Your question", "words": "Yes, we keep it for you."}, Message),
    ],
)
def test_a_form_that_is_sent_twice_is_kept_once(desk, db, ana, eva, tab, typed, table):
    page = desk.get(f"/admin/customers/{ana}?write={tab}")
    data = {
        "key": hidden(page, "key"), "kind": "call", "outcome": "reached", "when": "1", "done": "",
        "owner": str(eva.account_id), **typed,
    }  # fmt: skip
    before = count(db, table)
    for _ in range(2):
        assert desk.post(f"/admin/customers/{ana}/write/{tab}", data=data).status_code == 303
    assert count(db, table) == before + 1
    assert count(db, TASKS) <= 1


@pytest.mark.parametrize(
    ("tab", "typed"),
    [
        ("call", {"direction": "in", "summary": " "}),
        ("call", {"direction": "in", "summary": "x", "when": "999"}),
        ("note", {"summary": ""}),
        ("note", {"summary": "x" * 4001}),
        ("task", {"what": ""}),
        ("task", {"what": "x", "day-day": "1", "day-month": "1", "day-year": "2020"}),
        ("task", {"what": "x", "owner": "999999"}),
        ("promise", {"what": "x", "day-day": "31", "day-month": "2", "day-year": "2027"}),
        ("message", {"subject": "", "words": ""}),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_kept(desk, db, ana, eva, tab, typed):
    answer = write(desk, ana, tab, **{"owner": str(eva.account_id), **typed})
    assert (answer.status_code, "There is something to put right" in answer.text) == (422, True)
    assert [count(db, table) for table in (INTERACTIONS, TASKS, COMMITMENTS)] == [0, 0, 0]


def test_a_day_of_ones_own_goes_before_the_usual_ones(desk, db, ana, eva):
    typed = {"what": "A table", "day-day": "1", "day-month": "9", "day-year": "2026", "owner": str(eva.account_id)}
    assert write(desk, ana, "promise", **typed).status_code == 303
    assert [(item.due_on, item.was_told) for item in to_do(db, None)] == [(date(2026, 9, 1), False)]


def test_a_personal_mail_waits_in_the_outbox_and_stands_in_the_timeline(desk, db, ana):
    write(desk, ana, "message", subject="Your question", words="Yes, we keep it.\nUntil Friday.")
    db.rollback()
    sent = db.execute(select(Message.act, Message.recipient, Message.data).where(Message.person_id == ana)).one()
    assert (sent.act, sent.recipient, sent.data["words"], sent.data["writer"]) == (
        "personal.letter", "ana@example.org", "Yes, we keep it.\nUntil Friday.", "Support",
    )  # fmt: skip
    page = desk.get(f"/admin/customers/{ana}").text
    assert ("Mail to them: Your question" in page, "Until Friday." in page) == (True, True)


@pytest.mark.proves("R20")
def test_the_composer_says_that_a_mail_will_wait_and_why_and_it_does(desk, db, ana, eva):
    with transaction(db) as tx:
        tx.execute(update(Programme).values(quiet_from=0, quiet_until=0, stamp=Programme.stamp + 1))
    address = f"/admin/customers/{ana}"
    assert "will wait" not in desk.get(f"{address}?write=message").text
    call = {"direction": "out", "summary": "About the new vintage"}
    for _ in range(4):
        assert "Enough contacts" not in desk.get(f"{address}?write=call").text
        write(desk, ana, "call", **call)
    page = desk.get(f"{address}?write=message").text
    assert ("It will wait until" in page, "at most 4 contacts within 30 days" in page) == (True, True)
    assert "Send later" in page
    assert "Enough contacts for now: at most 4 contacts within 30 days" in desk.get(f"{address}?write=call").text
    answer = write(desk, ana, "message", subject="Hello", words="A few words")
    assert "It will wait until" in desk.get(answer.location).text
    db.rollback()
    assert db.scalars(select(Message.waits_for).where(Message.person_id == ana)).all() == ["cap"]
    with transaction(db) as tx:
        tx.execute(update(Programme).values(contact_most=9, quiet_until=24 * 60 - 1, stamp=Programme.stamp + 1))
    page = desk.get(f"{address}?write=message").text
    assert "because these are quiet hours" in page
    assert "Enough contacts" not in desk.get(f"{address}?write=call").text


def test_nobody_writes_to_whom_has_no_address_or_asked_not_to_be_contacted(desk, db, ana, now):
    desk.post(f"/admin/customers/{ana}/wish", data={"channel": "", "times": "", "objects": "y"})
    page = desk.get(f"/admin/customers/{ana}?write=message").text
    assert ("Blocked: they asked not to be contacted" in page, "Your words" in page) == (True, False)
    with transaction(db) as tx:
        guest = new_person(tx, NewPerson(full_name="Gus Guest", language="es", source="guest"), None, now)
    assert "Blocked: nothing is known to use" in desk.get(f"/admin/customers/{guest}?write=message").text
    before = count(db, Message)
    for person_id in (ana, guest):
        key = "0" * 32
        answer = desk.post(
            f"/admin/customers/{person_id}/write/message", data={"key": key, "subject": "Hello", "words": "Hello"}
        )
        assert answer.status_code == 422
    assert count(db, Message) == before
    desk.post(f"/admin/customers/{ana}/wish", data={"channel": "", "times": ""})
    assert "Your words" in desk.get(f"/admin/customers/{ana}?write=message").text


def test_a_note_is_changed_and_pinned_by_its_author(desk, app, db, ana, now):
    write(desk, ana, "note", summary="Likes red")
    db.rollback()
    note = db.scalar(select(INTERACTIONS.c.id))
    assert "Likes red" in desk.get(f"/admin/customers/entries/{note}").text
    assert desk.post(f"/admin/customers/entries/{note}", data={"summary": ""}).status_code == 422
    assert desk.post(f"/admin/customers/entries/{note}", data={"summary": "Likes white"}).status_code == 303
    assert desk.post(f"/admin/customers/entries/{note}/pin", data={"pinned": "yes"}).status_code == 303
    page = desk.get(f"/admin/customers/{ana}").text
    assert ("Likes red" in page, page.count("Likes white"), "edited" in page) == (False, 2, True)
    other = as_role(app, db, now, Role.SHOP)
    assert "Its author or a manager can change it." in other.get(f"/admin/customers/entries/{note}").text
    assert other.post(f"/admin/customers/entries/{note}", data={"summary": "x"}).status_code == 403
    assert other.post(f"/admin/customers/entries/{note}/pin", data={"pinned": "no"}).status_code == 403
    assert f'href="/admin/customers/entries/{note}"' not in other.get(f"/admin/customers/{ana}").text
    assert desk.get("/admin/customers/entries/999999").status_code == 404


def test_who_looks_after_somebody(desk, app, db, ana, eva, now):
    assert "Nobody yet." in desk.get(f"/admin/customers/{ana}").text
    desk.post(f"/admin/customers/{ana}/carer", data={"carer": str(eva.account_id)})
    page = desk.get(f"/admin/customers/{ana}").text
    assert ("Looked after by Support" in page, "Give them back" in page) == (True, True)
    other = as_role(app, db, now, Role.SHOP)
    other.post(f"/admin/customers/{ana}/carer", data={"carer": ""})
    assert the_customer(db, ana).carer_id == eva.account_id
    db.rollback()
    as_role(app, db, now, Role.MANAGER).post(f"/admin/customers/{ana}/carer", data={"carer": ""})
    assert the_customer(db, ana).carer_id is None


@pytest.mark.proves("R186")
def test_the_card_is_filled_in_line_by_line(desk, db, ana):
    address = f"/admin/customers/{ana}/preferences"
    day = {"noted_on-day": "1", "noted_on-month": "6", "noted_on-year": "2026"}
    typed = {"kind": "need", "what": "No stairs", "effect": "Sits near the door", "source": "said", **day}
    key = hidden(desk.get(address), "key")
    for _ in range(2):
        assert desk.post(address, data={**typed, "key": key}).status_code == 303
    assert count(db, PREFERENCES) == 1
    page = desk.get(f"/admin/customers/{ana}").text
    for words in ("No stairs", "Sits near the door", "said so", "1 June 2026"):
        assert words in page
    assert desk.post(address, data={**typed, "key": "1" * 32, "noted_on-year": "2027"}).status_code == 422
    line = db.scalar(select(PREFERENCES.c.id))
    gone = desk.post(f"/admin/customers/preferences/{line}/end", data={"over": "yes"})
    assert "No stairs" not in desk.get(address).text
    assert "Undo" in desk.get(gone.location).text
    desk.post(f"/admin/customers/preferences/{line}/end", data={"over": "no"})
    assert "No stairs" in desk.get(address).text


def test_the_preferred_way_stands_on_the_page(desk, db, ana):
    assert desk.post(f"/admin/customers/{ana}/wish", data={"channel": "phone", "times": "Mornings"}).status_code == 303
    assert "Mornings" in desk.get(f"/admin/customers/{ana}").text
    assert desk.post(f"/admin/customers/{ana}/wish", data={"channel": "", "times": "x" * 101}).status_code == 422


# --- how much it asks


@pytest.mark.parametrize("what", ["", "?write=task", "?what=purchases", "?page=3"])
def test_a_long_history_takes_no_more_queries_than_a_short_one(app, db, ana, eva, now, count_queries, what):
    """Everything: purchases with points, notes, tasks, promises, letters, preferences; the owner sees most."""
    boss = as_role(app, db, now, Role.OWNER)
    with transaction(db) as tx:
        for number in range(200):
            day = TODAY - timedelta(days=number * 3)
            purchase = tx.execute(
                insert(Purchase).values(
                    member_id=ana, channel="counter", reference=f"R{number}", bought_on=day, amount=1000,
                    net_amount=1000, tax=0, points=10, qualifying_points=10, net_points=10, net_qualifying_points=10,
                    recorded_at=now,
                ).returning(Purchase.id)
            ).scalar_one()  # fmt: skip
            earned = Earned(
                member_id=ana, kind="purchase.earned", cause_id=purchase, points=10, dated_on=day, activates_on=day,
                expires_on=None, why={"points": 1, "per_amount": 100},
            )  # fmt: skip
            earn(tx, earned, TODAY, now)
    for number in range(40):
        note = Entry(kind=Kind.NOTE, summary="Note", is_pinned=number < 4)
        service.log(db, ana, note, eva.account_id, Role.SUPPORT, now)
        task = NewTask(what="Ring", due_on=TODAY, owner_id=eva.account_id, person_id=ana)
        service.add_task(db, task, eva.account_id, Role.SUPPORT, now)
    promise = NewPromise(what="Ring", due_on=TODAY, owner_id=eva.account_id, person_id=ana, was_told=True)
    service.add_promise(db, promise, eva.account_id, Role.SUPPORT, now)
    service.write_letter(db, ana, "Hello", "Hello", eva.account_id, Role.SUPPORT, now + timedelta(days=1), once="1")
    service.assign(db, [ana], eva.account_id, eva.account_id, Role.SUPPORT, now)
    liking = NewPreference(kind=Liking.LIKE, what="Rioja", source=Source.SAID, noted_on=TODAY)
    service.add_preference(db, ana, liking, eva.account_id, Role.SUPPORT, now)
    boss.get(f"/admin/customers/{ana}{what}")
    with count_queries() as queries:
        assert boss.get(f"/admin/customers/{ana}{what}").status_code == 200
    assert len(queries) <= 15, "\n".join(queries.statements)
    assert count(db, MOVEMENTS) == 200

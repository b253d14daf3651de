"""What is held about a member is found by the schema, handed over without secrets, forgotten with no sum moving."""

import json
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text, func, insert, select, update
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accounts.browsers import start_session
from club.accounts.models import Account, login_with_email
from club.accrual.rules import AllRules, Bonus
from club.accrual.service import set_rules
from club.audit import AuditEntry, AuditWords
from club.care.rules import Entry, Kind, Liking, NewPreference, NewTask, Source
from club.care.service import add_own, add_task, log
from club.clock import club_day
from club.database import Base, transaction
from club.delivery.addresses import save_own
from club.delivery.rules import Saved
from club.errors import LeavingOpen, WrongCredentials
from club.joining.models import FormerMember, was_member
from club.joining.service.welcoming import welcome
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import new_member
from club.merging.ways import WAYS, parts
from club.messages.models import Message
from club.messages.service import queue
from club.orders.models import Order, OrderContact
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS
from club.points.verify import violations
from club.privacy.fates import FATES, Fate
from club.privacy.forgetting import night
from club.privacy.held import KNOWN_HERE, held_tables, known_tables
from club.privacy.known import From, known_of
from club.privacy.leaving import DAYS_TO_UNDO, leave, stay
from club.privacy.taking import FILES, LEFT_OUT, SECRETS, columns_of, write_archive
from club.profile.models import profile_of
from club.profile.rules import About, seen_as
from club.profile.service import save_about
from club.returns.models import ReturnCase
from club.support.rules import Topic
from club.support.service.asking import Question, ask
from club.support.service.files import read_sent
from club.tables import APPEND_ONLY, metadata
from tests.people import PASSWORD, SomebodyWithAccount, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

ASKING = Asking(address="192.0.2.7", browser="test", former_cookie=None)
CANARY = "Xanthippe"
PERSONAL = {"email", "email_key", "address_key", "phone", "full_name", "recipient", "sender", "person_id", "member_id"}
NOT_OF_MEMBERS = {"staff", "programme", "paper_setting"}
"""Tables with such a column that are about the club and its staff."""
HARMLESS_WORDS = 40
"""So short a column of a kept row holds a key or a code, not words."""


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    """Somebody whose name stands wherever a member's words can stand."""
    who = new_signed_up_member(db, now, name=f"{CANARY} García", email=f"{CANARY.lower()}@example.org")
    eva = new_colleague(db, now, Role.OWNER)
    assert who.person_id is not None
    rules = AllRules(bonuses=(Bonus(act="join", points=200, starts_on=date(2026, 1, 1)),))
    set_rules(db, rules, eva.account_id, Role.OWNER, now)
    with transaction(db) as tx:
        welcome(tx, who.person_id, None, now)
        queue(
            tx, "join.welcome", occurrence="joined", recipient=who.email, language="en", person_id=who.person_id,
            data={"name": CANARY, "number": "7F3K-92QD", "points": 200}, secret=f"{CANARY}-secret", now=now,
        )  # fmt: skip
        start_session(tx, who.account_id, now, browser=CANARY)
        tx.execute(update(Account).where(Account.id == who.account_id).values(totp_secret=CANARY.encode()))
    about = profile_of(db, who.person_id).about
    mine = About(profession=CANARY, interests=(CANARY,))
    save_about(db, who.person_id, seen_as(about), mine, by=who.account_id, now=now)
    save_own(db, who.person_id, Saved(full_name=CANARY, country="ES", address=CANARY, city=CANARY))
    line = NewPreference(kind=Liking.LIKE, what=CANARY, source=Source.SAID, noted_on=now.date())
    add_own(db, who.person_id, line, who.account_id, now)
    log(db, who.person_id, Entry(kind=Kind.NOTE, summary=CANARY), eva.account_id, Role.OWNER, now)
    task = NewTask(what=CANARY, due_on=now.date(), owner_id=eva.account_id, person_id=who.person_id)
    add_task(db, task, eva.account_id, Role.OWNER, now)
    return who


def words_in_the_database(db: Session) -> set[str]:
    """Columns in which the canary stands, whatever their case."""
    found = set()
    for table in metadata.tables.values():
        for column in table.columns:
            values = db.execute(select(column)).scalars() if _can_hold_words(column.type) else ()
            if any(CANARY.casefold() in _plain(value).casefold() for value in values):
                found.add(f"{table.name}.{column.name}")
    db.rollback()
    return found


def _can_hold_words(kind: Any) -> bool:
    return isinstance(getattr(kind, "impl_instance", kind), String | Text | JSON | LargeBinary)


def _plain(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else json.dumps(value, default=dict)


def _order_of(db: Session, person_id: int, now: datetime) -> int:
    """An order that is placed and not delivered yet."""
    numbers = ("goods", "discount", "points", "points_value", "delivery_price", "delivery_tax", "delivery_tax_rate",
               "tax", "total", "paid", "refunded")  # fmt: skip
    with transaction(db) as tx:
        order_id = tx.execute(
            insert(Order)
            .values(
                number="H4T7-29KM",
                key="unguessable",
                state="placed",
                person_id=person_id,
                cart_id=1,
                language="en",
                currency="EUR",
                pay_by="nothing",
                delivery="pickup",
                method_name={},
                country="ES",
                placed_at=now,
                settled_at=now,
                pickup_code="K7Q2MX",
                **dict.fromkeys(numbers, 0),
            )
            .returning(Order.id)
        ).scalar_one()
        words = ("phone", "address", "address_more", "postcode", "city", "company", "tax_number", "note")
        contact = {"email": f"{CANARY}@example.org", "email_key": "", "full_name": CANARY, "country": "ES"}
        tx.execute(insert(OrderContact).values(order_id=order_id, **contact, **dict.fromkeys(words, CANARY)))
    return order_id


def sums(db: Session) -> tuple[Any, ...]:
    """What must not move: the ledger, balances, orders."""
    totals = [func.count(MOVEMENTS.c.id), func.sum(MOVEMENTS.c.issued), func.sum(MOVEMENTS.c.active)]
    found = (
        tuple(db.execute(select(*totals)).one()),
        tuple(db.execute(select(func.sum(BALANCES.c.active), func.sum(BALANCES.c.pending))).one()),
        tuple(db.execute(select(func.count(Order.id), func.sum(Order.total))).one()),
    )
    db.rollback()
    return found


@pytest.mark.proves("F-51")
def test_every_table_that_names_a_person_is_handed_over_or_left_out_with_a_reason() -> None:
    held = held_tables().keys()
    by_ways = {parts(place)[0] for place in WAYS}
    by_name = {name for name, table in metadata.tables.items() if PERSONAL & set(table.columns.keys())}
    assert by_ways - held == set()
    assert by_name - held - NOT_OF_MEMBERS == set(), "say in club/privacy/held.py how these rows are somebody's"
    assert LEFT_OUT.keys() - held == set()
    owners = {mapper.class_.__tablename__: mapper.class_.__module__ for mapper in Base.registry.mappers}
    subjects = tuple(module.__name__ for module in KNOWN_HERE)
    unknown = {name for name in held if not owners[name].startswith((*subjects, "club.audit", "club.accounts"))}
    assert {owners[name] for name in unknown} == set(), "name the subject in club/privacy/held.py"


@pytest.mark.proves("F-51")
def test_the_archive_holds_everything_of_the_member_and_no_secret_and_nobody_else(
    db: Session, ana: SomebodyWithAccount, now: datetime, tmp_path: Path
) -> None:
    assert ana.person_id is not None
    new_signed_up_member(db, now, name="Somebody Else", email="else@example.org")
    made = BytesIO()
    write_archive(db, tmp_path, ana.person_id, made, by=ana.account_id, now=now)
    with ZipFile(made) as archive:
        files = {name.removesuffix(".json"): archive.read(name).decode() for name in archive.namelist()}
    assert {"person", "account", "session", "profile", "saved_address", "preference", "interaction", "task", "message",
            "points_movement", "points_lot", "points_balance", "audit_words", "about"} <= files.keys()  # fmt: skip
    whole = "\n".join(files.values())
    assert CANARY in files["interaction"]
    assert not [
        secret for secret in (f"{CANARY}-secret", "Somebody Else", "else@example.org", "$argon2") if secret in whole
    ]
    given = {
        column.name for name in held_tables().keys() - LEFT_OUT.keys() for column in columns_of(known_tables()[name])
    }
    assert given & (SECRETS | {"digest", "token_digest", "by", "made_by", "owner_id"}) == set()


@pytest.mark.proves("F-51")
def test_the_archive_holds_the_files_that_were_sent_and_no_other(
    db: Session, ana: SomebodyWithAccount, now: datetime, tmp_path: Path
) -> None:
    assert ana.person_id is not None
    other = new_signed_up_member(db, now, name="Somebody Else", email="else@example.org")
    for who in (ana.person_id, other.person_id):
        assert who is not None
        sent = read_sent(b"%PDF-1.7 what " + str(who).encode() + b" sent %%EOF")
        question = Question(Topic.OTHER, None, "See the page.", files=(sent,))
        ask(db, tmp_path, who, question, now)
    made = BytesIO()
    write_archive(db, tmp_path, ana.person_id, made, by=ana.account_id, now=now)
    with ZipFile(made) as archive:
        kept = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    assert kept == [b"%PDF-1.7 what " + str(ana.person_id).encode() + b" sent %%EOF"]
    named = {name for name in held_tables() if "file" in known_tables()[name].columns}
    assert named <= FILES.keys(), "say in club/privacy/taking.py where these files lie"


def test_every_held_table_has_a_fate_that_leaves_no_words_behind() -> None:
    assert held_tables().keys() ^ FATES.keys() == set(), "say in club/privacy/fates.py what becomes of these"
    kept_words = {
        f"{name}.{column.name}"
        for name, becomes in FATES.items()
        for column in known_tables()[name].columns
        if becomes.fate is not Fate.GONE and column.name not in becomes.values and name not in APPEND_ONLY
        if isinstance(column.type, String | Text | JSON) and (getattr(column.type, "length", 0) or 999) > HARMLESS_WORDS
    }
    assert kept_words == {
        "account.email", "account.email_key",  # written anew with its number
        "task.cause", "commitment.cause", "lead.campaign", "lead.once", "message.addressee", "message.occurrence",
        "message.message_id", "message.digest", "parcel.carrier", "points_opening.reference", "purchase.reference",
        "purchase_line.category", "purchase_line.sku", "purchase_line.description", "correction.reference",
        "order_line.sku", "order_line.category",  "payment.key",
        "payment.session_id", "payment.intent_id", "payment.url", "payment_event.event_id", "payment_event.kind",
        "payment_event.object_id", "refund.key", "refund.stripe_id", "refund.trouble", "dispute.stripe_id",
        "dispute.reason", "return_photo.file", "paper_content.content", "partner_code.code", "event_answer.door_key",
        "person_merge_row.table_name", "person_merge_row.column_name", "person_merge_row.row_key",
    }, "empty it in club/privacy/fates.py, or say here that it holds no words of a member"  # fmt: skip


@pytest.mark.proves("F-52")
def test_whoever_left_is_forgotten_after_30_days_and_no_sum_moves(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    assert ana.person_id is not None
    before, asked_on = sums(db), club_day(now, "Europe/Madrid")
    leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    last = asked_on + timedelta(days=DAYS_TO_UNDO)
    assert night(db, last - timedelta(days=2), now + timedelta(days=29)) == 0
    assert words_in_the_database(db) != set()
    assert [night(db, last - timedelta(days=1), now + timedelta(days=30)) for _ in range(2)] == [1, 0]
    assert (words_in_the_database(db), sums(db), violations(db)) == (set(), before, [])
    row = db.execute(select(Person.full_name, Person.member_number, Person.left_on, Person.leaves_on)).first()
    assert row == ("—", None, last, None)
    states = db.scalars(select(Message.state).where(Message.person_id == ana.person_id)).all()
    assert set(states) == {"given_up"}, "the mail about leaving too, where nobody sent it"
    assert login_with_email(db, ana.email) is None
    assert db.scalars(select(AuditEntry.act).where(AuditEntry.act == "person.forgotten")).all() == ["person.forgotten"]
    assert db.scalars(select(AuditWords.words).where(AuditWords.person_id == ana.person_id)).all() == [{}] * len(
        db.scalars(select(AuditWords.entry_id).where(AuditWords.person_id == ana.person_id)).all()
    )


@pytest.mark.proves("F-52")
def test_whoever_comes_back_gets_no_second_welcome_bonus(db: Session, ana: SomebodyWithAccount, now: datetime) -> None:
    assert ana.person_id is not None
    leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    night(db, now.date() + timedelta(days=DAYS_TO_UNDO), now + timedelta(days=DAYS_TO_UNDO + 1))
    with transaction(db) as tx:
        again = NewPerson(full_name="Ana", language="en", source="join", email=ana.email.upper())
        assert welcome(tx, new_member(tx, again, None, now.date(), now), None, now) == 0
        other = NewPerson(full_name="Bea", language="en", source="join", email="bea@example.org")
        assert welcome(tx, new_member(tx, other, None, now.date(), now), None, now) == 200
        assert was_member(tx, ana.email)
        assert CANARY.lower().encode() not in tx.scalars(select(FormerMember.mailbox)).one()


def test_whoever_changes_their_mind_keeps_everything(db: Session, ana: SomebodyWithAccount, now: datetime) -> None:
    assert ana.person_id is not None
    with pytest.raises(WrongCredentials):
        leave(db, ana.person_id, ana.account_id, password="not it", asking=ASKING, now=now)
    for _ in range(2):
        leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    assert [stay(db, ana.person_id, ana.account_id, now) for _ in range(2)] == [True, False]
    told = db.scalars(select(Message.act).where(Message.act.startswith("leaving.")).order_by(Message.id)).all()
    assert told == ["leaving.asked", "leaving.undone"], "each once"
    db.rollback()
    assert night(db, now.date() + timedelta(days=400), now + timedelta(days=401)) == 0
    assert profile_of(db, ana.person_id).about.profession == CANARY


def test_an_order_under_way_has_to_end_first_and_the_night_waits_for_it(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    assert ana.person_id is not None
    leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    order_id = _order_of(db, ana.person_id, now)
    later = now + timedelta(days=40)
    assert night(db, later.date(), later) == 0
    stay(db, ana.person_id, ana.account_id, now)
    with pytest.raises(LeavingOpen) as refused:
        leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    assert (refused.value.orders, refused.value.owed, refused.value.seats) == (1, 0, 0)
    with transaction(db) as tx:
        tx.execute(update(Order).where(Order.id == order_id).values(state="done"))
        back = {"order_id": order_id, "number": "R", "asked_by": "buyer", "reason": "other", "asked_at": now}
        tx.execute(insert(ReturnCase).values(state="received", send_by=now.date(), **back))
    with pytest.raises(LeavingOpen) as refused:
        leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    assert (refused.value.orders, refused.value.returns) == (0, 1), "the money for goods on their way back is theirs"
    with transaction(db) as tx:
        tx.execute(update(ReturnCase).values(state="closed"))
    leave(db, ana.person_id, ana.account_id, password=PASSWORD, asking=ASKING, now=now)
    assert night(db, later.date(), later) == 1
    assert db.execute(select(OrderContact.full_name, OrderContact.email, OrderContact.city)).all() == [("—", "", "")]


def test_the_page_says_from_where_each_fact_came_and_since_when(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    assert ana.person_id is not None
    known = known_of(db, ana.person_id)
    facts = {fact.name: (fact.value, fact.origin, fact.since) for fact in known.facts}
    assert facts["profession"] == (CANARY, From.MEMBER, now)
    assert facts["full_name"] == (f"{CANARY} García", From.BEGINNING, now)
    assert {rows.table: rows.count for rows in known.rows}["interaction"] == 1

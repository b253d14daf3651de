"""Conversations with customers: asked, answered, solved, opened again, and what nobody may do with them."""

import io
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from club.approvals.models import Approval
from club.approvals.service import approve
from club.audit import AuditEntry
from club.care.models import TASKS, What, timeline
from club.database import transaction
from club.errors import (
    AlreadyPosted,
    BadAttachment,
    BadPicture,
    CustomerWrote,
    NotAllowed,
    NotFound,
    NotOnStaff,
    OpenItems,
    OwnMembership,
    RatedAlready,
    TakenMeanwhile,
    TooManyTries,
    UnknownMember,
)
from club.members.models import Person
from club.messages.addresses import remember
from club.messages.bounces import Heard, PutOff, read_maildir
from club.messages.models import Message
from club.messages.rules import Bounce
from club.messages.service import PostOffice, send_due
from club.offers.models import VOUCHERS
from club.offers.rules import Kind as OfferKind
from club.offers.rules import Offer, Place, Way
from club.offers.service import add_offer, publish
from club.permissions import Role
from club.points.models import balance_of
from club.privacy.forgetting import night as privacy_night
from club.support.handing_over import Chosen, hand_over, leave, questions_of
from club.support.letters import LONGEST_BODY, read_letter, without_quote
from club.support.models import SupportCase, SupportFile
from club.support.reading import View, conversation, counts, inbox, measured, own_case, the_case
from club.support.rules import STRANGERS_KEPT, Kind, Rating, State, Topic
from club.support.service import (
    Answer,
    Question,
    Told,
    add_note,
    ask,
    give,
    give_voucher,
    go_on,
    grant,
    make_task,
    night,
    note_return,
    rate,
    reply,
    solve,
)
from club.support.service.files import file_of, read_sent, sweep
from club.support.service.mailing import take_in
from club.support.timeline import QUESTIONS
from club.texts import Texts
from tests.people import mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
NOWHERE = Path("nowhere")
TOLD = Told("Given", "Asked")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def eva(db, now):
    return new_colleague(db, now, Role.SUPPORT).account_id


def asked(db, who, now, words="Where is my order?", **more):
    more = {"topic": Topic.OTHER, "thing_id": None, **more}
    return ask(db, NOWHERE, who.person_id, Question(words=words, **more), now)


def answered(db, case_id, eva, now, seen, *, key=b"1", **more):
    return reply(db, case_id, Answer("On its way.", seen, key * 32, **more), eva, Role.SUPPORT, now)


def test_a_question_goes_to_and_fro_until_it_is_solved_and_rated_once(db, ana, eva, now):
    made = asked(db, ana, now)
    assert made.answer_by is not None and made.answer_by > now
    assert [mail.act for mail in mails_to(db, ana.email)] == ["support.received"]
    answered(db, made.case_id, eva, now, 1)
    assert the_case(db, made.case_id).state is State.WAITING
    go_on(db, NOWHERE, ana.person_id, made.number, "Still not here", now)
    answered(db, made.case_id, eva, now, 3, key=b"2", solves=True)
    rate(db, ana.person_id, made.number, Rating.PARTLY, now)
    with pytest.raises(RatedAlready):
        rate(db, ana.person_id, made.number, Rating.YES, now)
    go_on(db, NOWHERE, ana.person_id, made.number, "It is broken", now)
    case = own_case(db, ana.person_id, made.number)
    assert (case.state, case.reopened, case.rating, case.owner_id) == (State.OPEN, 1, "partly", eva)
    said = [(one.kind, one.words) for one in conversation(db, made.case_id, with_notes=True)]
    assert said == [
        (Kind.CUSTOMER, "Where is my order?"), (Kind.STAFF, "On its way."), (Kind.CUSTOMER, "Still not here"),
        (Kind.STAFF, "On its way."), (Kind.CUSTOMER, "It is broken"),
    ]  # fmt: skip
    mails = [mail.data["asks"] for mail in mails_to(db, ana.email) if mail.act == "support.answer"]
    assert mails == [False, True]
    lately = measured(db, now)
    assert (lately.cases, lately.in_time, lately.reopened) == (1, 1, 1)
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "support").order_by(AuditEntry.id)).all()
    assert acts == [
        "support.asked", "support.answered", "support.answered", "support.rated", "support.reopened",
    ]  # fmt: skip


def test_whoever_answers_what_they_have_not_seen_is_refused_and_the_same_form_answers_once(db, ana, eva, now):
    made = asked(db, ana, now)
    go_on(db, NOWHERE, ana.person_id, made.number, "Never mind, it came", now)
    with pytest.raises(CustomerWrote):
        answered(db, made.case_id, eva, now, 1)
    with pytest.raises(CustomerWrote):
        solve(db, made.case_id, eva, Role.SUPPORT, now, seen=1)
    answered(db, made.case_id, eva, now, 2)
    answered(db, made.case_id, eva, now, 2)
    assert len(conversation(db, made.case_id, with_notes=True)) == 3
    assert len([mail for mail in mails_to(db, ana.email) if mail.act == "support.answer"]) == 1


def test_solving_asks_the_customer_once(db, ana, eva, now):
    made = asked(db, ana, now)
    for seen in (1, 3):
        solve(db, made.case_id, eva, Role.SUPPORT, now, seen=seen)
        go_on(db, NOWHERE, ana.person_id, made.number, "No", now)
    assert [mail.act for mail in mails_to(db, ana.email)] == ["support.received", "support.solved"]


@pytest.mark.proves("A-8.2.1")
def test_nobody_asks_about_what_is_not_theirs_or_reads_what_others_asked(db, ana, eva, now):
    luis = new_signed_up_member(db, now, name="Luis", email="luis@example.org").person_id
    assert luis is not None
    for topic in (Topic.ORDER, Topic.POINTS, Topic.EVENT, Topic.OTHER):
        with pytest.raises(NotFound):
            asked(db, ana, now, topic=topic, thing_id=1)
    made = asked(db, ana, now)
    add_note(db, made.case_id, "Knows the owner", eva, Role.SUPPORT, now, form_key=b"n" * 32)
    assert [one.kind for one in conversation(db, made.case_id, with_notes=False)] == [Kind.CUSTOMER]
    for act in (
        lambda: own_case(db, luis, made.number),
        lambda: go_on(db, NOWHERE, luis, made.number, "Me too", now),
        lambda: rate(db, luis, made.number, Rating.YES, now),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.proves("F-36")
def test_only_who_may_answer_answers_and_nobody_their_own(db, ana, eva, now):
    made = asked(db, ana, now)
    with pytest.raises(NotAllowed):
        reply(db, made.case_id, Answer("Yes", 1, b"k" * 32), eva, Role.MARKETING, now)
    own = new_colleague(db, now, Role.MANAGER, ana.email).account_id
    for act in (
        lambda: reply(db, made.case_id, Answer("Yes", 1, b"k" * 32), own, Role.MANAGER, now),
        lambda: solve(db, made.case_id, own, Role.MANAGER, now, seen=1),
        lambda: grant(db, made.case_id, 10, "Nice", own, Role.MANAGER, now, form_key=b"g" * 32, told=TOLD),
        lambda: add_note(db, made.case_id, "Mine", own, Role.MANAGER, now, form_key=b"n" * 32),
        lambda: make_task(db, made.case_id, "Mine", now.date(), own, Role.MANAGER, now, cause="form:1"),
        lambda: give(db, made.case_id, own, eva, Role.SUPPORT, now, seen_owner=None),
    ):
        with pytest.raises(OwnMembership):
            act()
    assert the_case(db, made.case_id).state is State.OPEN


def test_a_conversation_is_handed_over_by_who_sees_where_it_is_and_only_to_who_may_answer(db, ana, eva, now):
    made, boss = asked(db, ana, now), new_colleague(db, now, Role.MANAGER).account_id
    shop = new_colleague(db, now, Role.SHOP).account_id
    give(db, made.case_id, eva, eva, Role.SUPPORT, now, seen_owner=None)
    with pytest.raises(TakenMeanwhile):
        give(db, made.case_id, boss, boss, Role.MANAGER, now, seen_owner=None)
    with pytest.raises(NotOnStaff):
        give(db, made.case_id, shop, eva, Role.SUPPORT, now, seen_owner=eva)
    give(db, made.case_id, boss, eva, Role.SUPPORT, now, seen_owner=eva)
    assert the_case(db, made.case_id).owner_id == boss
    assert [one.id for one in inbox(db, View.MINE, boss, now, limit=9, offset=0)] == [made.case_id]
    assert counts(db, boss, now)[View.UNASSIGNED] == 0


@pytest.mark.proves("F-36")
def test_goodwill_is_given_up_to_ones_own_limit_and_parts_count_together(db, ana, eva, now):
    made = asked(db, ana, now)
    first = grant(db, made.case_id, 300, "Late parcel", eva, Role.SUPPORT, now, form_key=b"a" * 32, told=TOLD)
    second = grant(db, made.case_id, 200, "And again", eva, Role.SUPPORT, now, form_key=b"b" * 32, told=TOLD)
    assert (first.is_done, second.is_done) == (True, False)
    assert balance_of(db, ana.person_id, now.date()).active == 300
    assert db.scalars(select(Approval.state).order_by(Approval.id)).all() == ["at_once", "waiting"]
    said = [(one.kind, one.words) for one in conversation(db, made.case_id, with_notes=True)][1:]
    assert said == [(Kind.NOTE, "Given"), (Kind.NOTE, "Asked")]


def a_gift(db, now, **more):
    """An offer that comes as a gift alone, and runs."""
    boss = new_colleague(db, now, Role.MANAGER, f"boss{len(more)}{more['kind']}@example.org").account_id
    offer = Offer(
        title=Texts({"en": "A gift"}), way=Way.ACTIVATE, only_given=True, place=Place.BOTH, starts_on=now.date(), **more
    )
    offer_id = add_offer(db, offer, boss, Role.MANAGER, now)
    publish(db, offer_id, 1, boss, Role.MANAGER, now)
    return offer_id, boss


@pytest.mark.proves("F-36")
def test_vouchers_count_together_with_points_and_one_that_nobody_can_value_needs_a_second_person(db, ana, eva, now):
    made, (coin, boss) = asked(db, ana, now), a_gift(db, now, kind=OfferKind.AMOUNT, amount=300)
    free, _other = a_gift(db, now, kind=OfferKind.PERCENT, percent=5)
    give_it = partial(give_voucher, db, made.case_id, by=eva, role=Role.SUPPORT, now=now, told=TOLD)
    first = give_it(coin, "Late parcel", form_key=b"a" * 32)
    with pytest.raises(AlreadyPosted):
        give_it(coin, "Late parcel", form_key=b"a" * 32)
    second, third = (give_it(one, "More", form_key=key * 32) for one, key in ((coin, b"b"), (free, b"c")))
    assert [one.is_done for one in (first, second, third)] == [True, False, False]
    with pytest.raises(NotFound):
        give_it(999, "None", form_key=b"d" * 32)
    assert db.scalar(select(func.count()).select_from(VOUCHERS)) == 1
    db.rollback()
    approve(db, third.approval_id, "", boss, Role.MANAGER, now)
    assert db.scalars(select(VOUCHERS.c.offer_id).order_by(VOUCHERS.c.id)).all() == [coin, free]
    assert balance_of(db, ana.person_id, now.date()).active == 0


def test_a_return_that_began_here_stands_in_the_conversation_once(db, ana, eva, now):
    made = asked(db, ana, now)
    for _ in range(2):
        note_return(db, made.case_id, ana.person_id, "Begun", eva, Role.SUPPORT, now, form_key=b"r" * 32)
    with pytest.raises(UnknownMember):
        note_return(db, made.case_id, ana.person_id + 1, "Begun", eva, Role.SUPPORT, now, form_key=b"s" * 32)
    assert [one.words for one in conversation(db, made.case_id, with_notes=True)][1:] == ["Begun"]


def test_a_task_comes_out_of_a_conversation(db, ana, eva, now):
    made = asked(db, ana, now)
    for _ in range(2):
        make_task(db, made.case_id, "Call the carrier", now.date(), eva, Role.SUPPORT, now, cause="form:1")
    assert db.execute(select(TASKS.c.person_id, TASKS.c.owner_id)).all() == [(ana.person_id, eva)]


@pytest.mark.proves("A-5.2.1", "A-5.3.1", "A-5.4.1")
def test_files_are_told_by_their_content_and_are_gone_with_their_words(db, ana, now, tmp_path):
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(picture, "PNG", comment="<script>")
    with pytest.raises(BadPicture):
        read_sent(b"<html><script>alert(1)</script>")
    for wrong in (b"%PDF-1.7 without an end", PDF[:-6] + b"0" * 5_000_000 + b"%%EOF"):
        with pytest.raises(BadAttachment):
            read_sent(wrong)
    files = (read_sent(picture.getvalue() + b"<?php echo 1;"), read_sent(PDF))
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "See", files=files), now)
    kept = db.execute(select(SupportFile.id, SupportFile.file, SupportFile.kind).order_by(SupportFile.id)).all()
    assert [row.kind for row in kept] == ["jpg", "pdf"]
    shown = file_of(db, tmp_path, made.case_id, kept[0].id).data
    assert shown.startswith(b"\xff\xd8") and b"php" not in shown and b"script" not in shown
    with pytest.raises(NotFound):
        file_of(db, tmp_path, made.case_id + 1, kept[0].id)


def test_a_member_who_is_forgotten_waits_for_no_answer_and_their_files_go(db, ana, now, tmp_path):
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "See", files=(read_sent(PDF),)), now)
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == ana.person_id).values(leaves_on=now.date()))
    assert privacy_night(db, now.date(), now) == 1
    case = the_case(db, made.case_id)
    assert (case.state, case.answer_by, case.subject) == (State.SOLVED, None, "")
    assert set(counts(db, 0, now + timedelta(days=99)).values()) == {0}
    assert [one.words for one in conversation(db, made.case_id, with_notes=True)] == [""]
    assert db.scalar(select(func.count()).select_from(SupportFile)) == 0
    assert sweep(db, tmp_path, now.replace(year=now.year + 9)) == 1
    assert not list((tmp_path / "support").iterdir())


def test_a_member_writes_so_often_an_hour_and_no_more(db, ana, now):
    for _ in range(20):
        asked(db, ana, now)
    with pytest.raises(TooManyTries):
        asked(db, ana, now)


def mail(our_id: str, sender: str, words: str = "Thank you", *, own: str = "<1@there.example>", **heads: str) -> bytes:
    found = {"From": sender, "Subject": "Re: your question", "Message-ID": own, "In-Reply-To": our_id}
    found |= {name.replace("_", "-"): value for name, value in heads.items()}
    lines = [f"{name}: {value}" for name, value in found.items()]
    return "\r\n".join([*lines, "", words, "", "On Monday the club wrote:", "> Where is it?"]).encode()


@pytest.fixture
def our_mail(db, ana, eva, now):
    """A conversation with one answer, whose mail went out: its case and its Message-ID."""
    made = asked(db, ana, now)
    answered(db, made.case_id, eva, now, 1)
    send_due(db, PostOffice(Server(), "https://club.example", "club@example.org"), lambda: now)
    found = db.scalar(select(Message.message_id).where(Message.act == "support.answer"))
    db.rollback()
    return made.case_id, found


def test_an_answer_by_mail_finds_its_conversation_once(db, ana, our_mail, now):
    case_id, our_id = our_mail
    for _ in range(2):
        assert take_in(db, NOWHERE, mail(our_id, "Ana <ANA@example.org>"), now) is Heard.LETTER
    assert [one.words for one in conversation(db, case_id, with_notes=True)][2:] == ["Thank you"]
    assert the_case(db, case_id).state is State.OPEN


def with_files(raw: bytes, *files: tuple[str, bytes]) -> bytes:
    """The same mail with files."""
    found = BytesParser(policy=default).parsebytes(raw)
    for name, data in files:
        found.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return found.as_bytes()


def test_files_of_a_mail_are_kept_by_their_content_and_both_sides_read_what_was_not(db, eva, our_mail, now, tmp_path):
    case_id, our_id = our_mail
    sent = with_files(mail(our_id, "ana@example.org"), ("a.exe", PDF), ("b.pdf", b"MZ"), ("c, \x1b.pdf", b""))
    assert take_in(db, tmp_path, sent, now) is Heard.LETTER
    assert take_in(db, tmp_path, sent, now) is Heard.LETTER
    came = conversation(db, case_id, with_notes=False)[-1]
    assert ([one.kind for one in came.files], came.left_out) == (["pdf"], "b.pdf, c .pdf")
    assert len(list((tmp_path / "support").iterdir())) == 1
    for key in (b"2", b"3"):
        answered(db, case_id, eva, now, the_case(db, case_id).version, key=key)
    told = [one.data["left_out"] for one in mails_to(db, "ana@example.org") if one.act == "support.answer"]
    assert told == ["", "b.pdf, c .pdf", ""]


def test_answers_over_the_limit_wait_and_one_mail_too_many_stops_no_other(db, our_mail, now, tmp_path, caplog):
    _case_id, our_id = our_mail
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    for number in range(12):
        raw = mail(our_id, f"x{number}@example.net", own=f"<{number}@there.example>")
        (tmp_path / "new" / f"{number:02}").write_bytes(raw)
    (tmp_path / "new" / "99").write_bytes(b"Subject: Hello\n\nthere")
    put_off = PutOff()
    reads = [read_maildir(tmp_path, lambda raw: take_in(db, NOWHERE, raw, now), put_off, most=4) for _round in range(4)]
    assert reads[2:] == [{Heard.LETTER: 2, Heard.LATER: 2}, {Heard.NO_REPORT: 1}]
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == ["10", "11"]
    assert "come too often" in caplog.text
    later = now + timedelta(hours=2)
    read_maildir(tmp_path, lambda raw: take_in(db, NOWHERE, raw, later), PutOff())
    assert not list((tmp_path / "new").iterdir())
    assert counts(db, 0, now)[View.UNASSIGNED] == 12


def test_what_strangers_asked_is_forgotten_after_its_term_with_the_mails_about_it(db, ana, eva, our_mail, now):
    case_id, our_id = our_mail
    take_in(db, NOWHERE, mail(our_id, "mallory@example.net"), now)
    (other,) = inbox(db, View.UNASSIGNED, 0, now, limit=9, offset=0)
    assert answered(db, other.id, eva, now, 1, key=b"9") is True
    assert night(db, now.date(), now + STRANGERS_KEPT) == 0
    after = now + STRANGERS_KEPT + timedelta(seconds=1)
    assert [night(db, now.date(), after) for _ in range(2)] == [1, 0]
    gone = the_case(db, other.id)
    assert (gone.sender, gone.subject, gone.state, gone.is_forgotten) == ("", "", State.SOLVED, True)
    assert {one.words for one in conversation(db, other.id, with_notes=True)} == {""}
    left = db.execute(select(Message.recipient, Message.data).where(Message.addressee == f"support:{other.id}")).all()
    assert left == [("", {})]
    assert the_case(db, case_id).subject == "Where is my order?"


def test_whoever_answers_knows_whether_a_mail_goes_out(db, ana, eva, now):
    made = asked(db, ana, now)
    with transaction(db) as tx:
        remember(tx, ana.email, Bounce.NO_MAILBOX, now)
    assert answered(db, made.case_id, eva, now, 1) is False
    assert answered(db, made.case_id, eva, now, 1) is False
    assert solve(db, made.case_id, eva, Role.SUPPORT, now, seen=2) is False


def test_a_mail_in_bytes_that_mean_nothing_is_taken_in_without_them(db, our_mail, now):
    _case_id, our_id = our_mail
    raw = mail(our_id, "eva@example.net", "Gr\xfc\xdfe \x1b[2J").replace(b"your question", b"\xff\xfe\x1b odd")
    assert take_in(db, NOWHERE, raw, now) is Heard.LETTER
    (other,) = inbox(db, View.UNASSIGNED, 0, now, limit=9, offset=0)
    assert other.subject.endswith("odd") and other.subject.isprintable()
    assert "\x1b" not in conversation(db, other.id, with_notes=True)[0].words


def test_a_file_without_a_name_is_named_by_its_kind_in_signs_that_can_be_kept(db, our_mail, now):
    case_id, our_id = our_mail
    raw = with_files(mail(our_id, "ana@example.org"), ("x.exe", b"MZ")).replace(b'; filename="x.exe"', b"")
    assert b"filename" not in raw
    raw = raw.replace(b"application/octet-stream", b"image/=?utf-8?q?=00?=" + b"y" * 90)
    assert take_in(db, NOWHERE, raw, now) is Heard.LETTER
    assert conversation(db, case_id, with_notes=False)[-1].left_out == "image/" + "y" * 54


def test_a_mail_of_another_address_becomes_a_question_of_its_own(db, our_mail, now):
    case_id, our_id = our_mail
    assert take_in(db, NOWHERE, mail(our_id, "mallory@example.net"), now) is Heard.LETTER
    assert len(conversation(db, case_id, with_notes=True)) == 2
    (other,) = inbox(db, View.UNASSIGNED, 0, now, limit=9, offset=0)
    assert (other.person_id, other.sender, other.subject) == (None, "mallory@example.net", "your question")


@pytest.mark.parametrize(
    "heads",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"In_Reply_To": "<nobody@club.example>"},
        {"From": "x"},
    ],
)
def test_what_programs_write_or_what_answers_no_mail_of_ours_changes_nothing(db, our_mail, now, heads):
    case_id, our_id = our_mail
    assert take_in(db, NOWHERE, mail(our_id, "ana@example.org", **heads), now) is Heard.NO_REPORT
    assert db.scalar(select(func.count()).select_from(SupportCase)) == 1
    assert the_case(db, case_id).state is State.WAITING


class Server:
    """Takes every mail."""

    def send(self, mail: object) -> None:
        """Taken."""

    def close(self) -> None:
        """Nothing was opened."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("On Monday the club wrote:\n> Where is it?\n\nAt home.", "At home."),
        ("> Where?\nAt home.\n> When?\nToday.", "At home.\nToday."),
        ("El vendedor escribió:\nvenga mañana", "El vendedor escribió:\nvenga mañana"),
        ("Yes\n-----Original Message-----\nFrom: the club", "Yes"),
    ],
)
def test_an_answer_is_read_wherever_it_stands(text, words):
    assert without_quote(text) == words


def test_a_mail_written_as_a_page_is_read_line_by_line_without_what_it_quotes():
    page = (
        "<style>p{}</style><p>Caf&eacute;&nbsp;&amp; t&eacute;<br>Hoy</p><blockquote>Where is it?</blockquote>"
        + "<style " * 9
    )
    head = [
        "From: ana@example.org",
        "Message-ID: <1@ana>",
        "In-Reply-To: <2@club>",
        "Content-Type: text/html; charset=utf-8",
    ]
    letter = read_letter("\r\n".join([*head, "", page]).encode())
    assert letter is not None
    assert letter.words == "Café & té\nHoy"
    assert read_letter("\r\n".join([*head, "", "<div>" * LONGEST_BODY + "late"]).encode()) is None


def test_questions_pass_on_with_all_else_and_go_back_to_the_inbox_where_they_may_not_be_answered(db, ana, eva, now):
    ivo, shop = (new_colleague(db, now, role).account_id for role in (Role.MANAGER, Role.SHOP))
    own = new_colleague(db, now, Role.SUPPORT, ana.email).account_id
    first, second, third, done = (asked(db, ana, now).case_id for _ in range(4))
    for case_id in (first, second, third, done):
        give(db, case_id, eva, eva, Role.SUPPORT, now, seen_owner=None)
    solve(db, done, eva, Role.SUPPORT, now, seen=1)
    assert [one[0] for one in questions_of(db, eva, 9)] == [first, second, third]
    assert hand_over(db, eva, own, eva, Role.SUPPORT, now, Chosen(question_ids=[first])).questions == 1
    hand_over(db, eva, ivo, eva, Role.SUPPORT, now, Chosen(question_ids=[second]))
    with pytest.raises(OpenItems):
        leave(db, eva, None, None, None, now)
    leave(db, eva, shop, None, None, now)
    owners = [the_case(db, one).owner_id for one in (first, second, third, done)]
    assert owners == [None, ivo, None, eva]


def test_the_timeline_tells_of_a_question_but_not_its_words(db, ana, eva, now):
    made = asked(db, ana, now)
    solve(db, made.case_id, eva, Role.SUPPORT, now, seen=1)
    told = timeline(db, ana.person_id, [What.QUESTIONS], limit=9, more=QUESTIONS)
    assert [(one.kind, one.id, one.a, one.text) for one in told] == [
        ("question.solved", made.case_id, made.number, None), ("question", made.case_id, made.number, None),
    ]  # fmt: skip
    assert {one.kind for one in timeline(db, ana.person_id, None, limit=9, more=QUESTIONS)} > {"question"}

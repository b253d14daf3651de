"""Questions through the pages: what a member sees of their own, and what staff see before they answer."""

import io
import re
from datetime import date

import pytest

from club.database import transaction
from club.offers.rules import Kind, Offer, Place, Way
from club.offers.service import add_offer, publish
from club.permissions import Role
from club.support.rules import Topic
from club.support.service import Question, ask, go_on
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_in, set_ladder
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), spend=120_000)))
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
SENT = {"about": "other", "words": "Where is my parcel?", "call_back": "", "key": "a" * 32}


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def member(app, db, ana, now):
    return browser_of(app, db, ana, now)


@pytest.fixture
def eva(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)


def hidden(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def test_a_member_asks_with_a_file_that_nobody_else_opens(app, db, member, now):
    sent = member.post("/me/help", data={**SENT, "files": (io.BytesIO(PDF), '../../a";\r\nX: 1.pdf')})
    assert sent.status_code == 303
    page = member.get(sent.location)
    assert "Where is my parcel?" in page.text and "by this time" in page.text
    (address,) = re.findall(r'href="(/me/help/[^"]+/files/\d+)"', page.text)
    file = member.get(address)
    assert (file.data, file.headers["Content-Type"]) == (PDF, "application/pdf")
    assert re.fullmatch(r'attachment; filename="[A-Z0-9]+-\d+\.pdf"', file.headers["Content-Disposition"])
    luis = browser_of(app, db, new_signed_up_member(db, now, name="Luis", email="luis@example.org"), now)
    assert [luis.get(one).status_code for one in (address, sent.location)] == [404, 404]
    assert member.post("/me/help", data=SENT).location == sent.location


@pytest.mark.proves("A-5.2.2")
def test_what_is_no_picture_and_no_pdf_is_refused_and_the_words_stay(member):
    page = member.post("/me/help", data={**SENT, "files": (io.BytesIO(b"<html>" * 100), "photo.jpg")})
    assert page.status_code == 422
    assert "Where is my parcel?" in page.text
    assert member.post("/me/help", data={**SENT, "about": "order:1"}).status_code == 422


def test_staff_see_what_was_written_meanwhile_beside_their_own_words(db, ana, eva, now, tmp_path):
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Where is it?"), now)
    address = f"/admin/inbox/{made.case_id}"
    seen = hidden(eva.get(address), "seen")
    go_on(db, tmp_path, ana.person_id, made.number, "Never mind, it came", now)
    answer = {"words": "On its way", "seen": seen, "key": "b" * 32}
    page = eva.post(f"{address}/reply", data=answer)
    assert page.status_code == 422
    assert "Never mind, it came" in page.text and "On its way" in page.text
    assert eva.post(f"{address}/reply", data={**answer, "seen": hidden(page, "seen")}).status_code == 303
    assert eva.get("/admin/inbox?view=waiting").text.count("Where is it?") == 1


def test_the_inbox_asks_the_same_however_many_wait(db, eva, now, tmp_path, count_queries):
    for number in range(3):
        who = new_signed_up_member(db, now, name=f"Ana {number}", email=f"ana{number}@example.org").person_id
        assert who is not None
        ask(db, tmp_path, who, Question(Topic.OTHER, None, "Hello"), now)
        with count_queries() as counted:
            assert eva.get("/admin/inbox").status_code == 200
        assert len(counted) <= 14


def test_the_pages_of_a_member_ask_a_few_questions(db, member, ana, now, tmp_path, count_queries):
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Hello"), now)
    for address in ("/me/help", f"/me/help/{made.number}"):
        with count_queries() as counted:
            assert member.get(address).status_code == 200
        assert len(counted) <= 12, address


def test_a_saved_answer_is_put_in_in_the_language_of_the_customer(db, ana, eva, now, tmp_path):
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Sundays?"), now)
    new = {"title": "Sundays", "words_en": "We are closed.", "words_es": "Cerrado.", "words_ru": ""}
    assert eva.post("/admin/inbox/saved/new", data=new).status_code == 303
    assert eva.post("/admin/inbox/saved/new", data=new).status_code == 422
    page = eva.get(f"/admin/inbox/{made.case_id}?answer=1")
    assert re.search(r"<textarea[^>]*>\s*We are closed\.", page.text)
    assert eva.post("/admin/inbox/saved/1/remove").status_code == 303
    assert "We are closed" not in eva.get("/admin/inbox/saved").text


def test_a_voucher_and_points_are_given_from_the_conversation_and_stand_in_it(app, db, ana, now, tmp_path):
    boss = new_colleague(db, now, Role.MANAGER)
    offer = Offer(
        kind=Kind.AMOUNT, title=Texts({"en": "5 off"}), amount=500, way=Way.ACTIVATE, only_given=True, place=Place.BOTH,
        starts_on=now.date(),
    )  # fmt: skip
    publish(db, add_offer(db, offer, boss.account_id, Role.MANAGER, now), 1, boss.account_id, Role.MANAGER, now)
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Late again"), now)
    address, browser = f"/admin/inbox/{made.case_id}", browser_of(app, db, boss, now, second_factor=True)
    voucher = {"voucher-offer": "1", "voucher-why": "", "voucher-key": "d" * 32}
    assert browser.post(f"{address}/voucher", data=voucher).status_code == 422
    assert browser.post(f"{address}/voucher", data={**voucher, "voucher-offer": "7"}).status_code == 422
    for _ in range(2):
        assert browser.post(f"{address}/voucher", data={**voucher, "voucher-why": "Late"}).status_code == 303
    points = {"grant-points": "70", "grant-why": "Sorry", "grant-key": "e" * 32}
    assert browser.post(f"{address}/points", data=points).status_code == 303
    page = browser.get(address).text
    assert page.count("Given: voucher 5 off. Late") == page.count("70\u00a0points. Sorry") == 1
    assert "5 off" in browser_of(app, db, ana, now).get("/me/offers").text
    assert "Given: " not in browser_of(app, db, ana, now).get(f"/me/help/{made.number}").text


def test_a_colleague_sees_who_is_writing(app, db, ana, eva, now, tmp_path):
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Sundays?"), now)
    boss = browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)
    for _ in range(2):
        assert eva.post(f"/admin/inbox/{made.case_id}/writing").status_code == 303
    pages = [who.get(f"/admin/inbox/{made.case_id}").text.count("is writing an answer") for who in (boss, eva)]
    assert pages == [1, 0]


def test_a_suggestion_is_sent_and_decided(member, eva):
    sent = {"words": "Open on Sundays", "key": "c" * 32}
    assert member.post("/me/suggestions", data=sent).status_code == 303
    assert eva.get("/admin/inbox/suggestions").text.count("Open on Sundays") == 1
    page = eva.get("/admin/inbox/suggestions/1")
    said = {"public-words_en": "Sundays", "public-words_es": "Domingos", "public-words_ru": ""}
    address = "/admin/inbox/suggestions/1/publish"
    assert eva.post(address, data=said).status_code == 422
    assert eva.post(address, data={**said, "public-words_ru": "Воскресенья"}).status_code == 303
    assert member.post("/me/suggestions/1/vote").status_code == 303
    assert ">1 vote " in member.get("/me/suggestions/wanted").text
    assert member.post("/me/suggestions/1/vote/back").status_code == 303
    assert ">0 votes<" in member.get("/me/suggestions/wanted").text
    decided = {"state": "declined", "answer": "", "seen": hidden(page, "seen")}
    assert eva.post("/admin/inbox/suggestions/1", data=decided).status_code == 422
    assert eva.post("/admin/inbox/suggestions/1", data={**decided, "answer": "No staff."}).status_code == 303
    assert eva.post("/admin/inbox/suggestions/1/join", data={"join-into": "1"}).status_code == 422
    assert "No staff." in member.get("/me/suggestions").text


def test_the_inbox_names_the_tier_of_who_asks(db, ana, eva, now, tmp_path):
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)
    with transaction(db) as tx:
        set_in(tx, ana.person_id, "gold", date(2027, 1, 1), "Met", by=None, now=now)
    made = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "Hello"), now)
    assert all("Gold" in eva.get(address).text for address in ("/admin/inbox", f"/admin/inbox/{made.case_id}"))

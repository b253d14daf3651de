"""Papers: issued once with a number, kept as issued, and whoever changes one is found out."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.database import transaction
from club.errors import PaperChanged, PaperTooEarly
from club.orders.models import Order
from club.papers import press as pressing
from club.papers.keeping import FOLDER
from club.papers.models import Paper, PaperContent, PaperSetting
from club.papers.reading import all_series, downloads_of, files_of, issued, papers_of
from club.papers.rules import Part
from club.papers.service import issue_credit_note_in, issue_due
from club.papers.service.files import file_of, make_files, take_away
from club.programme.rules import Club
from club.texts import LANGUAGES, Texts
from tests.paper_world import HOSTILE, invoiced, settled_order, wine


def sells_itself(db: Session) -> None:
    """The club makes its own invoices."""
    with transaction(db) as tx:
        tx.execute(
            insert(PaperSetting).values(
                id=1, mode="invoices", legal_name="Casa Alba S.L.", tax_number="B87654321", address="Cava Baja 17",
                postcode="28005", city="Madrid", country="ES", register="", invoice_prefix="F", credit_prefix="FC",
                receipt_prefix="R", refund_prefix="RC", how_to_pay=Texts({}), untaxed=Texts({}),
            )
        )  # fmt: skip


def test_a_settled_order_gets_one_invoice_with_its_own_sums(db: Session, club: Club, now: datetime) -> None:
    sells_itself(db)
    order_id = settled_order(db, wine(db, now), now, language="es")
    paper_id = invoiced(db, order_id, now)
    assert invoiced(db, order_id, now + timedelta(days=1)) == paper_id
    paper = issued(db, paper_id)
    order = db.execute(select(Order.total, Order.tax)).one()
    assert (paper.number, paper.kind, paper.language) == ("F2026-00001", "invoice", "es")
    assert (paper.data["total"], paper.data["tax"]) == (order.total, order.tax) == (13_050, 2_182)
    assert sum(row["tax"] for row in paper.data["taxes"]) == order.tax
    assert (paper.data["seller"]["tax_number"], paper.data["buyer"]["company"]) == ("B87654321", HOSTILE)
    assert [line["name"] for line in paper.data["lines"]] == ["Vino tinto", "Vino tinto", "Por mensajería"]
    assert paper.content["printed"]["totals"][-1]["amount"] == "130,50\xa0€"
    assert [row.number for row in papers_of(db, order_id)] == ["F2026-00001"]


def test_before_the_club_says_who_sells_orders_get_receipts(db: Session, club: Club, now: datetime) -> None:
    paper = issued(db, invoiced(db, settled_order(db, wine(db, now), now), now))
    assert (paper.number, paper.kind) == ("R2026-00001", "order_receipt")
    assert paper.data["seller"]["name"] == club.name["en"]
    assert "This receipt is no invoice." in paper.content["printed"]["notes"]


def test_an_order_that_is_not_settled_gets_none(db: Session, club: Club, now: datetime) -> None:
    order_id = settled_order(db, wine(db, now), now, is_settled=False)
    with pytest.raises(PaperTooEarly):
        invoiced(db, order_id, now)
    assert issue_due(db, now) == 0
    assert all_series(db) == []


def test_money_goes_back_by_a_credit_note_once_a_cause(db: Session, club: Club, now: datetime) -> None:
    sells_itself(db)
    order_id = settled_order(db, wine(db, now), now)
    invoice = issued(db, invoiced(db, order_id, now))
    parts = [Part(invoice.lines[0].line_id, 2, 3820)]
    with transaction(db) as tx:
        first = issue_credit_note_in(tx, order_id, "return:1", now, parts)
        assert issue_credit_note_in(tx, order_id, "return:1", now, parts) == first
        issue_credit_note_in(tx, order_id, "return:2", now)
    rows = papers_of(db, order_id)
    assert [(row.number, row.total, row.refers_to) for row in rows] == [
        ("F2026-00001", 13_050, None),
        ("FC2026-00001", -3_820, invoice.paper_id),
        ("FC2026-00002", -9_230, invoice.paper_id),
    ]
    assert db.execute(select(Paper.tax)).scalars().all()[0] == 2_182
    assert sum(db.scalars(select(Paper.tax))) == 0
    assert issued(db, first).data["refers_to"]["number"] == "F2026-00001"


def test_the_worker_issues_what_is_due_in_order(db: Session, club: Club, now: datetime) -> None:
    goods = wine(db, now)
    for number in (3, 1, 2):
        settled_order(db, goods, now + timedelta(minutes=number), number=number)
    assert issue_due(db, now + timedelta(hours=1)) == 3
    asked = select(Order.number).join(Paper, Paper.order_id == Order.id).order_by(Paper.number)
    assert list(db.scalars(asked)) == ["ORDER-1", "ORDER-2", "ORDER-3"]
    with transaction(db) as tx:
        tx.execute(update(Order).where(Order.id == 2).values(state="cancelled", cancelled_at=now, cause="staff"))
    assert issue_due(db, now + timedelta(hours=2)) == 1
    assert issue_due(db, now + timedelta(hours=2)) == 0
    assert [(row.kind, row.total) for row in papers_of(db, 2)] == [
        ("order_receipt", 13_050),
        ("refund_receipt", -13_050),
    ]


def test_an_order_too_old_for_every_look_is_found_when_all_are_looked_at(
    db: Session, club: Club, now: datetime
) -> None:
    settled_order(db, wine(db, now), now - timedelta(days=30))
    assert (issue_due(db, now), issue_due(db, now, of_all=True)) == (0, 1)


def test_a_series_shows_what_is_there_and_begins_again_with_the_year(db: Session, club: Club, now: datetime) -> None:
    goods = wine(db, now)
    later = now + timedelta(days=365)
    for number, moment in ((1, now), (2, now - timedelta(hours=1)), (3, later)):
        invoiced(db, settled_order(db, goods, moment, number=number), moment)
    assert [(row.prefix, row.given, row.missing, row.total) for row in all_series(db)] == [
        ("R2027-", 1, 0, 13_050),
        ("R2026-", 2, 0, 26_100),
    ]
    moments = list(db.scalars(select(Paper.issued_at).order_by(Paper.id)))
    assert moments == [now, now, later], "a later number is never of an earlier moment"


def test_a_number_of_a_transaction_that_fails_is_given_again(db: Session, club: Club, now: datetime) -> None:
    order_id = settled_order(db, wine(db, now), now)
    with pytest.raises(ZeroDivisionError):
        _credited_and_then_broken(db, order_id, now)
    assert papers_of(db, order_id) == []
    assert issued(db, invoiced(db, order_id, now)).number == "R2026-00001"


def _credited_and_then_broken(db: Session, order_id: int, now: datetime) -> None:
    with transaction(db) as tx:
        issue_credit_note_in(tx, order_id, "return:1", now)
        raise ZeroDivisionError


# --- files


def test_a_file_is_kept_and_its_loss_mended_by_the_same_bytes(
    db: Session, club: Club, now: datetime, tmp_path: Path
) -> None:
    paper_id = invoiced(db, settled_order(db, wine(db, now), now), now)
    assert (make_files(db, tmp_path, now), make_files(db, tmp_path, now)) == (1, 0)
    kept = tmp_path / FOLDER / "R2026-00001.pdf"
    before = kept.read_bytes()
    assert before.startswith(b"%PDF-1.7")
    kept.unlink()
    assert take_away(db, tmp_path, paper_id, "buyer", None, now).data == before == kept.read_bytes()
    assert [(row.actor, row.by, row.at) for row in downloads_of(db, paper_id, 9)] == [("buyer", None, now)]
    assert len(files_of(db, paper_id)) == 1


@pytest.mark.proves("R167")
def test_a_changed_file_is_found_out_and_put_right(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    paper_id = invoiced(db, settled_order(db, wine(db, now), now), now)
    before = file_of(db, tmp_path, paper_id, now)
    kept = tmp_path / FOLDER / "R2026-00001.pdf"
    kept.write_bytes(before.replace(b"%PDF-1.7", b"%PDF-1.6"))
    assert file_of(db, tmp_path, paper_id, now) == before == kept.read_bytes()
    assert list(db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "paper"))) == ["paper.file_differed"]


@pytest.mark.proves("R167")
def test_changed_content_is_never_given_out(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    paper_id = invoiced(db, settled_order(db, wine(db, now), now), now)
    with transaction(db) as tx:
        changed = tx.scalar(select(PaperContent.content)).replace("13050", "13051")
        tx.execute(update(PaperContent).values(content=changed))
    with pytest.raises(PaperChanged):
        take_away(db, tmp_path, paper_id, "buyer", None, now)
    assert downloads_of(db, paper_id, 9) == []


@pytest.mark.proves("R167")
def test_the_database_refuses_to_change_papers(db: Session, club: Club, now: datetime, engine: Engine) -> None:
    invoiced(db, settled_order(db, wine(db, now), now), now)
    for statement in ("UPDATE paper SET total = 1, net = 1, tax = 0", "DELETE FROM paper"):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))


def test_a_newer_press_makes_a_file_of_its_own(
    db: Session, club: Club, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade may set type differently: a lost file is made anew, and both hashes stay on record."""
    paper_id = invoiced(db, settled_order(db, wine(db, now), now), now)
    monkeypatch.setattr("club.papers.service.files.press", lambda *_: b"%PDF older")
    monkeypatch.setattr("club.papers.service.files.press_name", lambda _: "older")
    assert file_of(db, tmp_path, paper_id, now) == b"%PDF older"
    monkeypatch.setattr("club.papers.service.files.press", lambda *_: b"%PDF newer")
    assert file_of(db, tmp_path, paper_id, now) == b"%PDF older", "what is kept is given out"
    (tmp_path / FOLDER / "R2026-00001.pdf").unlink()
    with pytest.raises(PaperChanged):
        file_of(db, tmp_path, paper_id, now)
    monkeypatch.setattr("club.papers.service.files.press_name", lambda _: "newer")
    assert file_of(db, tmp_path, paper_id, now) == b"%PDF newer"
    assert [file.press for file in files_of(db, paper_id)] == ["newer", "older"]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_papers_are_set_in_three_languages_whatever_people_call_themselves(
    db: Session, club: Club, now: datetime
) -> None:
    goods = wine(db, now)
    for number, language in enumerate(LANGUAGES, 1):
        order_id = settled_order(db, goods, now, number=number, language=language)
        paper = issued(db, invoiced(db, order_id, now))
        said = paper.content["printed"]
        assert said["buyer"]["lines"][0] == HOSTILE
        made = [pressing.press("paper.typ", said, paper.issued_at) for _ in range(2)]
        assert made[0] == made[1]
        assert len(made[0]) > 10_000

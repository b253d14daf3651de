"""Products from a table: what would change is said first, and then done as it was said."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.catalogue.importing import export, look, take_in
from club.catalogue.models import Price, Product
from club.catalogue.reading import product_page
from club.catalogue.rules.faults import PLAIN, Fault
from club.catalogue.rules.pricing import GUEST
from club.catalogue.rules.products import AttributeKind, NewAttribute
from club.catalogue.service.categories import save_attribute
from club.errors import BadFile, ChangedMeanwhile, NotAllowed, RowsNotUsable
from club.intake.safety import safe_cell
from club.permissions import Role
from club.programme.rules import Club
from tests.shop_world import TODAY, category, product, texts


@pytest.fixture
def shop(db: Session, club: Club, now: datetime) -> None:
    save_attribute(
        db, "grape", texts("Grape"), AttributeKind.TEXT, unit="", is_filter=True, by=None, role=Role.SHOP, now=now
    )
    reds = category(db, texts("Reds"), now)
    product(
        db, texts("Rioja", "Rioja", "Риоха"), "RIO-1", now, category_ids=(reds,),
        attributes=(NewAttribute("grape", texts("Tempranillo", "Tinta fina")),),
    )  # fmt: skip


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(text, encoding="utf-8")
    return path


def products(db: Session) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(Product)) or 0


def test_new_changed_and_same_rows_are_told_apart_before_anything_happens(
    db: Session, shop: None, tmp_path: Path
) -> None:
    path = table(
        tmp_path,
        "SKU;Name EN;Name ES;Price;Category;Content;Unit;State;Fact grape;Shelf\n"
        "rio 1;Rioja Alta;;25,50;;;;;Tempranillo;A1\n"
        "CAV-1;Cava;Cava;12;reds;0,75;l;live;Macabeo;B2\n",
    )
    plan = look(db, path, TODAY)
    assert [(change.row, change.kind, change.sku, change.fields) for change in plan.changes[:1]] == [
        (2, "changed", "RIO-1", (("name_en", "Rioja", "Rioja Alta"), ("price", "24.00", "25.50"))),
    ]
    assert (plan.count("new"), plan.count("changed"), plan.count("same"), plan.errors) == (1, 1, 0, [])
    assert plan.unknown_columns == ("shelf",)
    assert products(db) == 1


def test_another_class_of_tax_in_some_countries_stands_in_one_cell_and_is_emptied_by_a_hyphen(
    db: Session, shop: None, tmp_path: Path, now: datetime
) -> None:
    def taxes_after(cell: str) -> tuple[str, str]:
        take_in(db, table(tmp_path, f"sku,tax_abroad\nRIO-1,{cell}\n"), None, Role.SHOP, now)
        heads, rows = export(db, TODAY)
        row = dict(zip(heads, next(rows), strict=True))
        return row["tax_class"], row["tax_abroad"]

    assert taxes_after("pt=reduced FR=zero") == ("standard", "FR=zero PT=reduced")
    assert taxes_after("") == ("standard", "FR=zero PT=reduced")
    assert taxes_after("-") == ("standard", "")
    wrong = look(db, table(tmp_path, "sku,tax_abroad\nRIO-1,UK=reduced\n"), TODAY)
    assert [(error.column, error.fault, error.detail) for error in wrong.errors] == [
        ("tax_abroad", Fault.UNKNOWN, "UK=reduced")
    ]


def test_what_was_said_is_what_is_written_and_a_second_time_it_is_the_same(
    db: Session, shop: None, tmp_path: Path, now: datetime
) -> None:
    path = table(
        tmp_path,
        "sku,name_en,price,category,content,unit,state,fact_grape\n"
        "RIO-1,Rioja Alta,25.50,,,,,\n"
        "CAV-1,Cava,12,reds,0.75,l,live,Macabeo\n",
    )
    seen = look(db, path, TODAY).fingerprint
    take_in(db, path, None, Role.SHOP, now, seen=seen)
    cava = product_page(db, "cava", GUEST, TODAY)
    assert (cava.variants[0].price.amount, cava.variants[0].unit_price.amount) == (1200, 1600)
    rioja = product_page(db, "rioja", GUEST, TODAY)
    assert (rioja.name, rioja.variants[0].price.amount) == (texts("Rioja Alta", "Rioja", "Риоха"), 2550)
    assert rioja.facts[0].value == texts("Tempranillo", "Tinta fina")
    again = take_in(db, path, None, Role.SHOP, now)
    assert (again.count("same"), db.scalar(select(func.count()).select_from(Price))) == (2, 3)
    imported = select(AuditEntry.numbers).where(AuditEntry.act == "products.imported").order_by(AuditEntry.id)
    entry = db.scalars(imported).first()
    assert entry == {"new": 1, "changed": 1, "same": 0}


def test_a_row_that_cannot_be_used_is_named_and_nothing_is_taken_in(
    db: Session, shop: None, tmp_path: Path, now: datetime
) -> None:
    path = table(
        tmp_path,
        "sku,name_en,price,category,visible_from,unit,state\n"
        "NEW-1,,12,,,,\n"
        "NEW-2,Two,1.234,,,,\n"
        "NEW-3,Three,1,blues,2026-02-31,,\n"
        "=CMD,Four,1,,,,\n"
        "NEW-5,Five,1,,,l,\n"
        "NEW-6,Six,,,,,live\n"
        "new6,Seven,1,,,,\n"
        "NEW-8,Eight,1,,,pint,sold\n"
        "NEW-9,Nine,1,,,,live\n",
    )
    plan = look(db, path, TODAY)
    assert [(error.row, error.column, error.fault) for error in sorted(plan.errors, key=lambda one: one.row)] == [
        (2, "name", Fault.NO_NAME),
        (3, "price", Fault.NOT_AN_AMOUNT),
        (4, "category", Fault.UNKNOWN),
        (4, "visible_from", Fault.NOT_A_DAY),
        (5, "sku", Fault.BAD_SKU),
        (6, "content", Fault.CONTENT_UNIT),
        (7, "price", Fault.NOT_READY),
        (8, "sku", Fault.SKU_TAKEN),
        (9, "state", Fault.CAN_BE),
        (9, "unit", Fault.CAN_BE),
    ]
    assert (plan.rows, plan.count("new")) == (9, 1)
    with pytest.raises(RowsNotUsable):
        take_in(db, path, None, Role.SHOP, now)
    assert products(db) == 1


def test_what_changed_since_it_was_looked_at_is_looked_at_again(
    db: Session, shop: None, tmp_path: Path, now: datetime
) -> None:
    seen = look(db, table(tmp_path, "sku,name_en\nRIO-1,Alta\n"), TODAY).fingerprint
    other = table(tmp_path, "sku,name_en\nRIO-1,Baja\n")
    with pytest.raises(ChangedMeanwhile):
        take_in(db, other, None, Role.SHOP, now, seen=seen)
    with pytest.raises(NotAllowed):
        take_in(db, other, None, Role.SUPPORT, now)
    db.rollback()
    assert product_page(db, "rioja", GUEST, TODAY).name["en"] == "Rioja"


@pytest.mark.proves("F-46")
def test_what_is_exported_safely_comes_back_the_same(db: Session, shop: None, tmp_path: Path, now: datetime) -> None:
    product(db, texts("=HYPERLINK(1)", "+1 Copa", "@home"), "EVIL-1", now, short=texts("Line one\nline two, 'quoted'"))
    product(db, texts("'t Hof", "'=1"), "HOF-1", now)
    path = tmp_path / "all.csv"
    heads, rows = export(db, TODAY)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        written = [[safe_cell(cell) for cell in row] for row in rows]
        writer.writerows(written)
    assert not [cell for row in written for cell in row if cell.startswith(("=", "+", "@"))]
    plan = look(db, path, TODAY)
    assert (plan.count("same"), plan.errors) == (3, [])


def test_an_empty_cell_leaves_what_is_there_and_a_hyphen_empties_it(
    db: Session, shop: None, tmp_path: Path, now: datetime
) -> None:
    path = table(tmp_path, "sku,name_es,name_ru,category,fact_grape,unit,content\nRIO-1,,-,-,-,-,-\n")
    take_in(db, path, None, Role.SHOP, now)
    page = product_page(db, "rioja", GUEST, TODAY)
    assert (page.name, page.category_ids, page.facts) == (texts("Rioja", "Rioja"), (), ())
    assert page.variants[0].unit_price is None


def test_a_file_that_is_no_such_table_is_refused(db: Session, shop: None, tmp_path: Path) -> None:
    for text in ("name_en\nWine\n", "sku\n"):
        with pytest.raises(BadFile):
            look(db, table(tmp_path, text), TODAY)


def test_every_fault_has_plain_words_for_the_command_line() -> None:
    assert set(PLAIN) == set(Fault)


def test_the_operator_looks_first_and_then_takes_in(
    db: Session, shop: None, app: Flask, tmp_path: Path, now: datetime
) -> None:
    path = table(tmp_path, "sku,name_en,price\nRIO-1,Alta,25\nCAV-1,Cava,12\n")
    run = app.test_cli_runner().invoke
    dry = run(args=["catalogue", "import", str(path), "--dry-run", "--json"])
    assert json.loads(dry.output) == {"new": 1, "changed": 1, "same": 0, "errors": 0, "rows": 2}
    assert products(db) == 1
    assert run(args=["catalogue", "import", str(path)]).output == "1 new, 1 changed, 0 the same, 0 cells not usable.\n"
    out = tmp_path / "out.csv"
    assert run(args=["catalogue", "export", str(out)]).exit_code == 0
    assert "25.00" in out.read_text(encoding="utf-8-sig")
    wrong = run(args=["catalogue", "import", str(table(tmp_path, "sku,price\nRIO-1,x\n"))])
    assert (wrong.exit_code, wrong.output.splitlines()[0]) == (1, "row 2, price: 'x' an amount, such as 1234.50")

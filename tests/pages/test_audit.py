"""The log: every act has words, what is shown is what was kept, filters stand in the address, pages follow an index."""

import ast
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError

from admin.audit.acts import ACTS
from club.approvals.rules import State
from club.audit import AuditEntry, Wanted, entries, record
from club.care.rules import Kind, PromiseState, TaskState, ToDo
from club.catalogue.rules.products import State as ProductState
from club.catalogue.rules.stock import BY_HAND
from club.database import is_sqlite, transaction
from club.lost.rules import Step
from club.permissions import Role
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
ROOT = Path(__file__).resolve().parent.parent.parent


PUT_TOGETHER: dict[str, list[str]] = {
    "*_undone": ["tag.put_undone", "tag.taken_undone"],
    "approval.*": [f"approval.{state.value}" for state in State if state is not State.WAITING],
    "care.*_*": [
        *(f"care.task_{state.value}" for state in TaskState if state is not TaskState.OPEN),
        *(f"care.promise_{state.value}" for state in PromiseState if state is not PromiseState.OPEN),
    ],
    "care.*_given": [f"care.{what.value}_given" for what in ToDo],
    "care.*_kept": [f"care.{kind.value}_kept" for kind in Kind],
    "care.*_moved": [f"care.{what.value}_moved" for what in ToDo],
    "care.*_reopened": [f"care.{what.value}_reopened" for what in ToDo],
    "figures.*_exported": [f"figures.{rows}_exported" for rows in ("buyers", "days", "members", "report", "sheet")],
    "lost.*": [f"lost.{step.value}" for step in Step],
    "product.*": [f"product.{state.value}" for state in ProductState],
    "stock.*": [f"stock.{reason.value}" for reason in BY_HAND],
}
"""Acts whose name is put together where they are recorded → what they may become."""


@pytest.fixture
def owner(db, now):
    return new_colleague(db, now, Role.OWNER)


@pytest.fixture
def office(app, db, now, owner):
    return browser_of(app, db, owner, now, second_factor=True)


def note(db, now, act="points.adjusted", subject="member", subject_id=1, **given):
    with transaction(db) as tx:
        return record(tx, act, subject, subject_id, **{"by": None, "now": now, **given})


def acts_on(page):
    return re.findall(r'data-label="What"><a href="[^"]*">([^<]*)<', page)


# --- words


ANY = "*"


def calls(tree, names):
    """Calls of these functions, each with the function that it stands in."""
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names and len(node.args) > names[name]:
                    yield function, node.args[names[name]]


def said_by(node, function, tree):
    """The acts that an argument may be: text, a choice of texts, a name for one; holes of a text are `*`."""
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return said_by(node.body, function, tree) + said_by(node.orelse, function, tree)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else ANY for part in node.values)]
    if isinstance(node, ast.Subscript | ast.Dict):
        return [leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)]
    if isinstance(node, ast.Name):
        named = [
            value
            for given in [*ast.walk(function), *tree.body]
            if isinstance(given, ast.Assign)
            for to, value in _pairs(given)
            if getattr(to, "id", "") == node.id
        ]
        return [act for one in named for act in said_by(one, function, tree)]
    return [ANY]


def _pairs(given):
    """What is assigned to what, of several names at once too."""
    for target in given.targets:
        if isinstance(target, ast.Tuple) and isinstance(given.value, ast.Tuple):
            yield from zip(target.elts, given.value.elts, strict=False)
        else:
            yield target, given.value


@cache
def all_recorded():
    """Act → a file that records it. A function that passes its own argument on is looked for as well."""
    trees = {str(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "club").rglob("*.py"))}
    subjects = {file: Path(file).relative_to(ROOT / "club").parts[0] for file in trees}
    names = {subject: {"record": 1} for subject in subjects.values()}
    seen: dict[str, dict[str, int]] = {}
    found: dict[str, str] = {}
    while names != seen:
        seen = {subject: dict(known) for subject, known in names.items()}
        for file, tree in trees.items():
            for function, argument in calls(tree, names[subjects[file]]):
                parameters = [one.arg for one in function.args.args]
                if isinstance(argument, ast.Name) and argument.id in parameters:
                    names[subjects[file]][function.name] = parameters.index(argument.id)
                    continue
                for act in said_by(argument, function, tree):
                    found[act] = file
    return found


def test_every_act_that_is_recorded_anywhere_has_words():
    found = all_recorded()
    assert len(found) > 30
    assert ANY not in found
    whole = {act: file for act, file in found.items() if ANY not in act}
    assert {act: file for act, file in whole.items() if act not in ACTS} == {}, "say it in admin/audit/acts.py"
    put_together = {act for act in found if ANY in act}
    assert put_together <= set(PUT_TOGETHER), "say in PUT_TOGETHER what it may become"
    assert {act for acts in PUT_TOGETHER.values() for act in acts} - set(ACTS) == set()


def test_no_words_stand_there_for_an_act_that_nobody_records():
    found = all_recorded()
    known = {act for act in found if ANY not in act} | {act for acts in PUT_TOGETHER.values() for act in acts}
    assert set(ACTS) - known == set()


# --- the page


@pytest.mark.proves("A-8.2.1")
def test_a_line_says_when_who_what_whom_before_and_after_and_why(office, db, now, owner):
    member = new_signed_up_member(db, now)
    note(db, now, subject_id=member.person_id, by=owner.account_id, why="Broken bottle", points=-50)
    note(db, now, "staff.role_changed", "account", owner.account_id, by=None, words={"role": ["shop", "manager"]})
    note(db, now, "member.changed_by_import", "person", member.person_id,
         words={"before": {"full_name": "Ana"}, "after": {"full_name": "Ana García", "phone": "+34600"}})  # fmt: skip
    page = office.get("/admin/audit").text
    for words in ("Points changed by hand", "Ana García", "Broken bottle", "Points:", "-50", "The program"):
        assert words in page, words
    flat = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "Role: Shop → Manager" in flat
    assert "Name: Ana → Ana García" in flat
    assert "Phone: – → +34600" in flat


def test_each_filter_stands_in_the_address_and_can_be_taken_away(office, db, now, owner):
    member = new_signed_up_member(db, now)
    note(db, now, subject_id=member.person_id, by=owner.account_id, points=1)
    note(db, now - timedelta(days=40), "rule.added", "earning_rule", 7)
    for asked, expected in (
        ({"by": owner.account_id}, {"Points changed by hand"}),
        ({"by": "program"}, {"Earning rule added", "Invited to work here", "Club set up"}),
        ({"group": "tiers"}, {"Earning rule added"}),
        ({"act": "points.adjusted"}, {"Points changed by hand"}),
        ({"subject": "person", "id": member.person_id}, {"Points changed by hand"}),
        ({"until": "2026-06-01"}, {"Earning rule added"}),
        ({"since": "2026-06-15", "group": "points"}, {"Points changed by hand"}),
        ({"until-day": "1", "until-month": "6", "until-year": "2026"}, {"Earning rule added"}),
    ):
        page = office.get("/admin/audit", query_string=asked).text
        assert set(acts_on(page)) == expected, asked
        assert "chip-remove" in page, asked
    assert "Nothing matches these filters" in office.get("/admin/audit?subject=earning_rule&id=8").text


def test_pages_follow_each_other_without_a_gap(office, db, now):
    for number in range(120):
        note(db, now + timedelta(seconds=number // 3), "rule.added", "earning_rule", number)
    seen: list[str] = []
    address: str | None = "/admin/audit?group=tiers"
    while address:
        page = office.get(address).text
        seen += re.findall(r'data-label="Object">\s*([^<]*?)\s*<', page)
        older = re.search(r'href="([^"]*)" rel="next"', page)
        address = older and older.group(1).replace("&amp;", "&")
    assert len(seen) == 120


@pytest.mark.proves("F-43")
def test_hostile_words_are_shown_as_words(office, db, now):
    note(db, now, why='<script>alert("1")</script>', words={"full_name": ["<b>x</b>", "javascript:alert(1)"]})
    page = office.get("/admin/audit").text
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_a_long_list_takes_few_questions(office, db, now, owner, count_queries):
    for number in range(60):
        member = new_signed_up_member(db, now, email=f"m{number}@example.org")
        note(db, now, subject_id=member.person_id, by=owner.account_id, points=number)
    office.get("/admin/audit")
    with count_queries() as queries:
        assert office.get("/admin/audit").status_code == 200
    assert len(queries) <= 12


@pytest.mark.proves("A-16.4.2")
def test_no_way_leads_to_a_changed_or_missing_entry(app, office, db, now):
    note(db, now)
    methods = {
        (rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods if "audit" in rule.rule
    }
    assert {pair for pair in methods if pair[1] not in {"GET", "HEAD", "OPTIONS"}} == {("/admin/audit/export", "POST")}
    for statement in ("UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.execute(text(statement))
        db.rollback()


# --- the table


@pytest.mark.proves("F-45", "R93")
def test_the_table_holds_the_same_choice_and_its_taking_is_in_the_log(office, db, now, owner):
    note(db, now, why="=HYPERLINK(1)", points=5)
    note(db, now, "rule.added", "earning_rule", 3)
    answer = office.post("/admin/audit/export?group=points")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.text.strip().splitlines()
    assert len(lines) == 2
    assert "Points changed by hand" in lines[1]
    assert "'=HYPERLINK(1)" in lines[1]
    page = office.get("/admin/audit").text
    assert "Audit log downloaded" in page
    assert office.get("/admin/audit/export").status_code == 405


@pytest.mark.proves("R93")
@pytest.mark.parametrize("role", [Role.MARKETING, Role.SUPPORT, Role.READ_ONLY, Role.SHOP, Role.EVENTS])
def test_who_may_not_see_the_log_takes_no_table_of_it(app, db, now, role):
    theirs = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    assert theirs.get("/admin/audit").status_code == 403
    assert theirs.post("/admin/audit/export").status_code == 403
    assert "audit.exported" not in [entry.act for entry in entries(db, Wanted(), 100)]


# --- a million rows


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(by=3),
        Wanted(acts=("tiers.set",)),
        Wanted(subjects=("person", "member"), subject_id=5),
        Wanted(without_person=True),
        Wanted(acts=("tiers.set", "act.7"), by=3),
        Wanted(subjects=("person", "member")),
        Wanted(subjects=("person",), by=3, acts=("act.7",)),
        Wanted(since=datetime(2026, 6, 15, tzinfo=UTC), until=datetime(2026, 6, 16, tzinfo=UTC)),
        Wanted(by=3, acts=("act.7",), subjects=("person",), since=datetime(2026, 6, 15, tzinfo=UTC)),
    ],
    ids=[
        "all", "who", "act", "object", "the program", "who and acts", "kind of object", "who, act and kind", "days",
        "everything",
    ],
)  # fmt: skip
def test_no_question_reads_the_whole_log(db, now, wanted):
    with transaction(db) as tx:
        tx.execute(
            insert(AuditEntry),
            [
                {"at": now + timedelta(seconds=n), "by": None, "act": f"act.{n % 50}", "subject": "person",
                 "subject_id": n, "numbers": {}}
                for n in range(5000)
            ],
        )  # fmt: skip
    db.execute(text("ANALYZE"))
    db.commit()
    last = entries(db, Wanted(), 1)[0].entry_id
    asked = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    entries(db, wanted, 50, before=last)
    statement, parameters = asked[-1]
    if not is_sqlite(db):
        db.execute(text("SET enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if is_sqlite(db) else "EXPLAIN"
    rows = db.connection().exec_driver_sql(f"{explain} {statement}", parameters).all()
    steps = [row[3] if is_sqlite(db) else row[0] for row in rows]
    wrong = [
        step for step in steps if ("SCAN audit_entry" in step and "INDEX" not in step) or "Seq Scan on audit" in step
    ]
    assert wrong == [], steps


@pytest.mark.parametrize("wanted", [Wanted(subjects=("zone",)), Wanted(subjects=("person",), subject_id=7)])
def test_the_history_of_an_object_and_of_a_kind_is_read_in_order_and_never_sorted(db, now, wanted):
    """Neither leads along the time of all acts, nor through all objects of the kind."""
    with transaction(db) as tx:
        tx.execute(
            insert(AuditEntry),
            [
                {"at": now + timedelta(seconds=n), "by": None, "act": "x", "subject": "person" if n % 20 else "zone",
                 "subject_id": n % 500, "numbers": {}}
                for n in range(10_000)
            ],
        )  # fmt: skip
    db.execute(text("ANALYZE"))
    db.commit()
    asked = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    entries(db, wanted, 20)
    statement, parameters = asked[-1]
    explain = "EXPLAIN QUERY PLAN" if is_sqlite(db) else "EXPLAIN"
    rows = db.connection().exec_driver_sql(f"{explain} {statement}", parameters).all()
    plan = " ".join(row[3] if is_sqlite(db) else row[0] for row in rows)
    index = "ix_audit_entry_subject_at" if wanted.subject_id is None else "ix_audit_entry_subject"
    assert index in plan and "TEMP B-TREE" not in plan and "Sort" not in plan, plan

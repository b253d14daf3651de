"""What import-linter cannot see: who starts the program, where imports stand, what the rules may touch.

Who may import whom are the contracts in pyproject.toml; `make check` and the first test here hold the code to them.
"""

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from club.tables import metadata

ROOT = Path(__file__).resolve().parent.parent
NO_PART_OF_THE_PROGRAM = {"migrations", "setup", "tests"}
MAY_START_THE_PROGRAM = {"demo", "bench"}
VALUE_MODULES = ("club.money", "club.texts", "club.countries", "club.clock", "club.errors", "club.permissions")
OUTSIDE = {"alembic", "flask", "huey", "os", "random", "smtplib", "socket", "sqlalchemy", "time", "wtforms"}
CLOCK_READINGS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter"}
CLOCKS = {"datetime", "date", "time"}
INEXACT = {"Float", "Double", "REAL", "FLOAT", "DOUBLE", "DOUBLE_PRECISION", "Numeric", "NUMERIC", "DECIMAL"}


def packages() -> list[Path]:
    """The program's packages; one that is new is watched at once."""
    found = {path.parent for path in ROOT.glob("*/__init__.py")}
    return sorted(path for path in found if path.name not in NO_PART_OF_THE_PROGRAM)


def files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def rules() -> list[Path]:
    return sorted({*ROOT.glob("club/*/rules.py"), *ROOT.glob("club/*/rules/**/*.py")})


def faults(paths: Iterable[Path], look: Callable[[ast.Module], Iterable[str]]) -> dict[str, list[str]]:
    """What `look` finds, by file."""
    found = {str(p.relative_to(ROOT)): sorted(look(ast.parse(p.read_text(encoding="utf-8")))) for p in paths}
    return {name: wrong for name, wrong in found.items() if wrong}


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names; `from club import clock` gives club and club.clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_something_to_look_at() -> None:
    assert {path.name for path in packages()} >= {"club", "web", "portal", "commands"}
    assert len(rules()) > 3


def test_import_linter_watches_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert set(settings["root_packages"]) == {path.name for path in packages()}


def test_nothing_imports_the_ways_in() -> None:
    """`wsgi` and `worker` put the program together; only what starts it from outside may know them."""
    inside = [path for path in packages() if path.name not in MAY_START_THE_PROGRAM]
    assert faults(files(*inside), lambda tree: {"wsgi", "worker"} & set(imported(tree))) == {}


def test_imports_stand_at_the_top() -> None:
    def inside_functions(tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from (f"{name} in {node.name}" for name in imported(node))

    assert faults([*files(*packages()), *ROOT.glob("*.py")], inside_functions) == {}


def test_rules_know_only_rules_and_values() -> None:
    def strange(tree: ast.Module) -> Iterator[str]:
        for name in imported(tree):
            parts = name.split(".")
            is_own = parts[0] == "club" and len(parts) > 1
            if parts[0] in OUTSIDE or (is_own and not is_allowed(name, parts)):
                yield name

    def is_allowed(name: str, parts: list[str]) -> bool:
        is_value = any(f"{name}.".startswith(f"{module}.") for module in VALUE_MODULES)
        is_subject = len(parts) == 2 and (ROOT / "club" / parts[1]).is_dir()
        return is_value or is_subject or parts[2:3] == ["rules"]

    assert faults(rules(), strange) == {}


def test_rules_never_read_the_clock() -> None:
    def readings(tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in CLOCK_READINGS:
                clock = ast.unparse(node.value).rpartition(".")[2]
                if clock in CLOCKS:
                    yield f"{clock}.{node.attr}"

    assert faults(rules(), readings) == {}


@pytest.mark.proves("I-13")
def test_no_column_is_written_with_an_inexact_type() -> None:
    def inexact(tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and last_name(node.func) in {"Column", "mapped_column"}:
                yield from INEXACT & {last_name(part) for part in ast.walk(node)}
            if isinstance(node, ast.Subscript) and last_name(node.value) == "Mapped":
                yield from {"float", "Decimal"} & {last_name(part) for part in ast.walk(node.slice)}

    def last_name(node: ast.AST) -> str:
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    assert faults(files(ROOT / "club", ROOT / "migrations"), inexact) == {}


@pytest.mark.proves("I-13")
def test_no_table_keeps_amounts_inexactly(engine: sa.Engine) -> None:
    """Neither as declared nor as the database has it after the migrations."""
    inexact = sa.Float | sa.Numeric
    declared = [column for table in metadata.tables.values() for column in table.columns]
    assert [str(column) for column in declared if isinstance(column.type, inexact)] == []
    standing = sa.inspect(engine)
    for table in standing.get_table_names():
        assert [column["name"] for column in standing.get_columns(table) if isinstance(column["type"], inexact)] == []

"""Reckoning with days inside statements, the same on both databases."""

from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):  # noqa: N801 - reads as a function in statements
    """How many days the second day lies after the first."""

    type = Integer()
    inherit_cache = True
    name = "days_between"


class days_after(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The day so many days after another."""

    type = Date()
    inherit_cache = True
    name = "days_after"


class larger(FunctionElement[int]):  # noqa: N801 - reads as a function in statements
    """The larger of two whole numbers."""

    type = Integer()
    inherit_cache = True
    name = "larger"


@compiles(days_between, "sqlite")
def _sqlite_between(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = _arguments(element, compiler, **kw)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _postgres_between(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = _arguments(element, compiler, **kw)
    return f"(CAST({second} AS DATE) - CAST({first} AS DATE))"


@compiles(days_after, "sqlite")
def _sqlite_after(element: days_after, compiler: SQLCompiler, **kw: Any) -> str:
    day, count = _arguments(element, compiler, **kw)
    return f"date({day}, ({count}) || ' days')"


@compiles(days_after, "postgresql")
def _postgres_after(element: days_after, compiler: SQLCompiler, **kw: Any) -> str:
    day, count = _arguments(element, compiler, **kw)
    return f"(CAST({day} AS DATE) + CAST({count} AS INTEGER))"


@compiles(larger, "sqlite")
def _sqlite_larger(element: larger, compiler: SQLCompiler, **kw: Any) -> str:
    return "max({}, {})".format(*_arguments(element, compiler, **kw))


@compiles(larger, "postgresql")
def _postgres_larger(element: larger, compiler: SQLCompiler, **kw: Any) -> str:
    return "greatest({}, {})".format(*_arguments(element, compiler, **kw))


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]

"""Whatever an importer complains about has words for the reader of the page."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import ROOT
from web.import_words import COLUMN_NAMES, in_words

SAYS = {"BadCell", "BadFile", "Complaint"}
FOLDERS = (
    "intake",
    "accrual/importing",
    "joining/importing",
    "purchases/importing",
    "imports",
    "points/openings.py",
    "catalogue/importing",
)
NOT_SENTENCES = 3
"""What is shorter is a column or a value, not a sentence."""
IN_SEVERAL_WAYS = {"it is {}; save it as CSV in UTF-8": ("an Excel workbook", "an old Excel workbook", "a PDF")}
"""Sentences whose gap is filled with words."""


def files() -> Iterator[Path]:
    for name in FOLDERS:
        path = ROOT / "club" / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def sentences() -> Iterator[str]:
    """Every text of some words that stands in a complaint, in a constant beside it, or is raised as one."""
    for path in files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS:
                for argument in node.args:
                    yield from texts(argument)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                yield from texts(node.value)
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                for element in node.value.elts:
                    yield from texts(element)


def texts(node: ast.expr) -> Iterator[str]:
    text = ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if text.count(" ") >= NOT_SENTENCES and text[0].islower() and "," not in text[:3] and ", " not in text[:12]:
        yield text


@pytest.mark.parametrize("language", ["es", "ru"])
def test_every_complaint_has_words_in_the_readers_language(app: Flask, club: object, language: str) -> None:
    said = set(sentences())
    found = {text.replace("{}", fill) for text in said for fill in IN_SEVERAL_WAYS.get(text, ("7",))}
    assert len(found) > 40
    with app.test_request_context(headers={"Cookie": f"language={language}"}):
        assert [text for text in sorted(found) if in_words(text) == text] == []
        names = {str(name) for name in COLUMN_NAMES.values()}
    assert "Member" not in names

"""`flask rules` and what `flask club init` starts with."""

import json

import pytest

RULES = {
    "base": [{"points": 2, "per_cents": 100, "from": "2024-01-01"}],
    "campaigns": [{"percent": 200, "category": "wine", "from": "2026-12-01", "to": "2026-12-24"}],
    "bonuses": [{"act": "join", "points": 200, "from": "2024-01-01"}],
    "caps": [{"points": 5000, "per": "month", "from": "2024-01-01"}],
}


@pytest.fixture
def flask(app):
    return lambda args: app.test_cli_runner().invoke(args=args)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "rules.json"


@pytest.mark.usefixtures("club")
def test_what_is_set_is_shown_in_the_same_shape(flask, file):
    file.write_text(json.dumps(RULES))
    assert flask(["rules", "set", str(file)]).output == "4 added, 0 withdrawn, 0 kept.\n"
    shown = flask(["rules", "show", "--json"])
    assert json.loads(shown.output) == RULES
    file.write_text(shown.output)
    assert flask(["rules", "set", str(file)]).output == "0 added, 0 withdrawn, 4 kept.\n"
    assert "2 points per 100 cents EUR from 2024-01-01" in flask(["rules", "show"]).output


@pytest.mark.usefixtures("club")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"base": {"points": "1", "from": "2024-01-01"}}'])
def test_a_file_that_cannot_be_used_changes_nothing(flask, file, text):
    file.write_text(text)
    answer = flask(["rules", "set", str(file)])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The earning rule does not hold together")
    assert flask(["rules", "show"]).output == "No rules: purchases earn nothing.\n"


@pytest.mark.parametrize(
    ("options", "base", "bonuses"),
    [
        ([], [{"points": 1, "per_cents": 100, "from": "2026-01-01"}], []),
        (["--earn", "3=200"], [{"points": 3, "per_cents": 200, "from": "2026-01-01"}], []),
        (["--earn", "0", "--join-bonus", "50"], [], [{"act": "join", "points": 50, "from": "2026-01-01"}]),
    ],
)
def test_a_club_starts_with_a_rate(flask, options, base, bonuses):
    assert flask(["club", "init", "--valid-from", "2026-01-01", *options]).exit_code == 0
    shown = json.loads(flask(["rules", "show", "--json"]).output)
    assert (shown["base"], shown["bonuses"]) == (base, bonuses)


@pytest.mark.parametrize("options", [["--earn", "1"], ["--earn", "a=b"], ["--earn", "1=0"], ["--join-bonus", "-1"]])
def test_a_rate_that_cannot_be_sets_nothing_up(flask, options):
    assert flask(["club", "init", *options]).exit_code != 0
    assert flask(["rules", "show"]).exit_code == 1

"""The start: what is missing or unsafe is named in one message, and the program ends in words."""

from pathlib import Path

import pytest

from club.settings import Settings, UnsafeSettings
from wsgi import create_app

SAFE = {
    "CLUB_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789",
    "CLUB_BASE_URL": "https://club.example.org",
}


def test_everything_that_is_missing_is_named_in_one_message() -> None:
    with pytest.raises(UnsafeSettings) as refused:
        Settings.from_environment({"CLUB_SMTP_URL": "smtps://mail.example.org"}, None)
    said = str(refused.value).splitlines()
    assert [line.split(" ", 2)[1] for line in said[1:]] == ["CLUB_SECRET_KEY", "CLUB_BASE_URL", "CLUB_MAIL_FROM"]
    assert all("is missing" in line for line in said[1:])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"CLUB_SECRET_KEY": "short"}, "CLUB_SECRET_KEY is too weak"),
        ({"CLUB_BASE_URL": "http://club.example.org"}, "CLUB_BASE_URL must begin with https://"),
        ({"CLUB_SMTP_URL": "http://mail.example.org"}, "CLUB_SMTP_URL must begin with smtp://"),
        ({"CLUB_SECERT_KEY": "misspelt"}, "CLUB_SECERT_KEY is not a setting"),
        ({"PORT": "many"}, "PORT"),
    ],
)
def test_what_is_unsafe_is_refused(given: dict[str, str], said: str) -> None:
    assert Settings.from_environment(SAFE, None).is_production
    with pytest.raises(UnsafeSettings, match=said):
        Settings.from_environment({**SAFE, **given}, None)


def test_the_program_ends_in_words_instead_of_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SAFE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLUB_MODE", "production")
    with pytest.raises(SystemExit, match="CLUB_SECRET_KEY is missing"):
        create_app()


def test_a_database_without_our_tables_is_named_with_what_to_do(tmp_path: Path) -> None:
    there = {"CLUB_INSTANCE_PATH": str(tmp_path), "CLUB_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"}
    run = create_app(Settings.from_environment({**SAFE, **there}, None)).test_cli_runner()
    for args in (["tiers", "show"], ["points", "verify"], ["night", "run"]):
        asked = run.invoke(args=args)
        assert asked.exit_code == 1
        assert "has no tables of a club yet" in asked.output
        assert "db upgrade" in asked.output

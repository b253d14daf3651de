"""The club's logo stands in the header of every page once there is one."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from club.programme import service
from club.programme.logo import keep_logo
from club.programme.rules import Club
from club.settings import Settings


def test_a_club_without_a_logo_shows_its_name(client: FlaskClient, club: Club) -> None:
    assert "top-logo" not in client.get("/").text
    assert client.get("/logo.png").status_code == 404


def test_a_club_with_a_logo_shows_it_on_every_page(
    client: FlaskClient, club: Club, db: Session, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    Image.new("RGB", (300, 100)).save(tmp_path / "logo.png")
    name = keep_logo(tmp_path / "logo.png", settings.uploads_path)
    service.change(db, replace(club, logo_file=name), None, now)
    page = client.get("/").text
    address = f"/logo.png?v={name.removesuffix('.png')}"
    assert f'src="{address}"' in page
    with client.get(address) as sent:
        assert (sent.status_code, sent.mimetype) == (200, "image/png")
        assert "max-age=31536000" in sent.headers["Cache-Control"]


def test_a_logo_whose_file_is_lost_is_not_a_fault(client: FlaskClient, club: Club, db: Session, now: datetime) -> None:
    service.change(db, replace(club, logo_file="logo-gone.png"), None, now)
    assert client.get("/").status_code == 200
    assert client.get("/logo.png").status_code == 404

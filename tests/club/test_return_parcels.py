"""What goes with a return: the slip to print, and photos of a fault that are seen by few and forgotten in time."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from club.errors import BadPicture, EnoughPhotos, NotFound, PressFailed
from club.papers import press
from club.permissions import Role
from club.programme.rules import Club
from club.returns import service
from club.returns.reading import case_with
from club.returns.rules import Reason
from club.returns.service.photos import INSIDE, add_photo, forget_photos, photo_of, photos_of
from club.returns.slip import return_slip
from tests.people import new_colleague, new_signed_up_member
from tests.return_world import Desk, picture, wanted


@pytest.fixture
def case_id(db: Session, club: Club, now: datetime) -> int:
    desk, ana = Desk(db, now).open(), new_signed_up_member(db, now).person_id
    assert ana is not None
    order = desk.delivered(ana, (desk.till.shelf.thing("Rioja", price=1000), 2))
    return service.ask_return(db, ana, wanted(order, 1, reason=Reason.DAMAGED), now).case_id


def test_photos_are_drawn_anew_few_and_forgotten_90_days_after_the_end(
    db: Session, case_id: int, now: datetime, tmp_path: Path
) -> None:
    with pytest.raises(BadPicture):
        add_photo(db, tmp_path, case_id, b"<script>", now)
    ids = [add_photo(db, tmp_path, case_id, picture(), now) for _ in range(3)]
    assert photos_of(db, case_id) == ids
    kept = photo_of(db, tmp_path, case_id, ids[0])
    assert kept.startswith(b"\xff\xd8") and b"secret" not in kept
    with pytest.raises(EnoughPhotos):
        add_photo(db, tmp_path, case_id, picture(), now)
    with pytest.raises(NotFound):
        photo_of(db, tmp_path, case_id + 1, ids[0])
    assert len(list((tmp_path / INSIDE).iterdir())) == 3
    db.rollback()
    assert forget_photos(db, tmp_path, now + timedelta(days=400)) == 0  # the case is open
    clerk = new_colleague(db, now, Role.SHOP).account_id
    service.refuse(db, case_id, "It was opened", clerk, Role.SHOP, now)
    with pytest.raises(EnoughPhotos):
        add_photo(db, tmp_path, case_id, picture(), now)
    assert forget_photos(db, tmp_path, now + timedelta(days=89)) == 0
    assert forget_photos(db, tmp_path, now + timedelta(days=91)) == 3
    assert list((tmp_path / INSIDE).iterdir()) == []


def test_the_slip_of_an_approved_return_says_where_to_and_what_is_inside(
    db: Session, case_id: int, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound):
        return_slip(db, case_with(db, case_id), now, tmp_path)
    db.rollback()
    service.approve(db, case_id, new_colleague(db, now, Role.SHOP).account_id, Role.SHOP, now)
    case = case_with(db, case_id)
    made = return_slip(db, case, now, tmp_path)
    assert made.startswith(b"%PDF")
    monkeypatch.setattr("club.papers.press._pressed", lambda _template, _job: b"once more")
    assert return_slip(db, case, now + timedelta(hours=2), tmp_path) == made  # asked again, made once
    told: dict[str, Any] = {}
    monkeypatch.setattr("club.returns.slip.press_slip", lambda _template, data, _at, _logo: told.update(data) or b"")
    return_slip(db, case, now, tmp_path)
    [said] = told["slips"]
    assert said["number"] == case.number and "<svg" in str(said["code"])
    assert said["rows"] == [{"sku": case.lines[0].sku, "name": "Rioja", "pieces": "1"}]
    assert "Ana García" in str(said["from"]) and case.number in str(said["to"])


def test_who_finds_the_press_busy_is_told_so_and_holds_up_nobody(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "WAITS_SECONDS", 0.01)
    monkeypatch.setattr(press, "_pressed", lambda _template, job: job.encode())
    with press._SLIPS_AT_ONCE, pytest.raises(PressFailed):
        press.press_slip("return.typ", {"number": "busy"}, now)
    made = press.press_slip("return.typ", {"number": "busy"}, now)
    with press._SLIPS_AT_ONCE:
        assert press.press_slip("return.typ", {"number": "busy"}, now) == made

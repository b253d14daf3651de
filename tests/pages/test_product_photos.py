"""Pictures through the staff's page, by the worker, and as anybody is sent them."""

import io
import os
import re
from datetime import timedelta

import pytest
from PIL import Image

from club.backups.dumps import dumps_for
from club.backups.taking import Sources, take
from club.catalogue.files import FOLDER, LEFT_BEHIND
from club.catalogue.pictures import WIDTHS, Kind, sized
from club.catalogue.reading import product_for_staff
from club.catalogue.rules.products import LONGEST_ALT, State
from club.catalogue.service import photos
from club.catalogue.service.images import remove_image
from club.catalogue.service.photos import Studio, describe_photos, make_due, sweep
from club.database import sessions
from club.errors import BadProduct
from club.permissions import Role
from tests.people import browser_of, new_colleague
from tests.shop_world import TODAY, product, set_rungs, texts

pytestmark = pytest.mark.usefixtures("club")
ALT = {"alt_en": "A bottle", "alt_es": "Una botella", "alt_ru": "Бутылка"}


@pytest.fixture
def uploads(settings):
    folder = settings.uploads_path / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    return folder


@pytest.fixture
def shop(app, db, club, now, uploads):
    set_rungs(db, now)
    return browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)


@pytest.fixture
def rioja(db, now, shop):
    return product(db, texts("Rioja"), "RIO-1", now, is_live=False).product_id


@pytest.fixture
def studio(engine, settings):
    return Studio(sessions(engine), settings.uploads_path)


def photo(color="#16324A", size=(900, 600), kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def upload(shop, product_id, *sent, **words):
    files = [(io.BytesIO(data), name) for data, name in sent]
    return shop.post(f"/admin/products/{product_id}/pictures/upload", data={"pictures": files, **words})


def images(db, product_id):
    db.rollback()
    return product_for_staff(db, product_id, TODAY).images


def test_pictures_are_taken_in_drawn_in_all_sizes_and_sent_for_a_year(client, shop, db, rioja, studio, uploads):
    sent = upload(shop, rioja, (photo(), "../one.php"), (photo("#8A6420", (2000, 1500), "PNG"), "two.png"), **ALT)
    assert sent.status_code == 303
    assert [(image.state, image.width, image.alt.into("es")) for image in images(db, rioja)] == [
        ("waiting", 900, "Una botella"),
        ("waiting", 2000, "Una botella"),
    ]
    assert make_due(studio) == 2
    assert make_due(studio) == 0
    first, second = images(db, rioja)
    assert first.state == "ready"
    assert {size["width"] for size in first.sizes} == {320, 640, 900}
    assert {size["width"] for size in second.sizes} == set(WIDTHS)
    assert {size["format"] for size in first.sizes} == {"avif", "webp", "jpg"}

    page = shop.get(f"/admin/products/{rioja}/pictures").text
    addresses = set(re.findall(r"/pictures/[0-9a-f]{40}-\d+\.(?:avif|webp|jpg)", page))
    assert len(addresses) == 14  # of JPEG one of each picture, behind the others
    for address in sorted(addresses):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert Image.open(io.BytesIO(answer.data)).format in {"AVIF", "WEBP", "JPEG"}
    assert answer.mimetype in {"image/avif", "image/webp", "image/jpeg"}


def test_the_file_as_it_was_drawn_and_whatever_else_lies_there_is_not_sent(client, shop, db, rioja, uploads):
    upload(shop, rioja, (photo(), "one.jpg"))
    master = images(db, rioja)[0].file
    assert (uploads / master).is_file()
    for name in (master, "..%2f..%2fclub.sqlite", f"{'0' * 40}-320.jpg", "x.jpg"):
        assert client.get(f"/pictures/{name}").status_code == 404


def test_what_cannot_be_used_is_named_and_the_others_stay(shop, db, rioja, uploads):
    bad = [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg"), (photo(size=(100, 100)), "tiny.jpg")]
    page = upload(shop, rioja, *bad, (photo(), "good.jpg"))
    assert page.status_code == 422
    assert "drawing.svg: This is no picture that can be used." in page.text
    assert "tiny.jpg: The picture is too small." in page.text
    assert len(images(db, rioja)) == len(list(uploads.iterdir())) == 1
    assert upload(shop, rioja).status_code == 422
    assert upload(shop, rioja, *[(photo(), "one.jpg")] * 5).status_code == 422
    assert len(images(db, rioja)) == 1


def test_no_product_goes_into_the_shop_with_a_picture_that_is_not_described(shop, db, rioja):
    upload(shop, rioja, (photo(), "one.jpg"), alt_en="A bottle")
    refused = shop.post(f"/admin/products/{rioja}/publish", follow_redirects=True)
    assert "A picture lacks its description." in refused.text
    image = images(db, rioja)[0]
    words = {f"{name}_{image.id}": text for name, text in ALT.items()}
    assert shop.post(f"/admin/products/{rioja}/pictures", data=words).status_code == 303
    shop.post(f"/admin/products/{rioja}/publish")
    db.rollback()
    assert product_for_staff(db, rioja, TODAY).state is State.LIVE

    late = upload(shop, rioja, (photo("#8A6420"), "two.jpg"), alt_en="Another")
    assert late.status_code == 422
    taken_back = shop.post(f"/admin/products/{rioja}/pictures", data=words | {f"alt_ru_{image.id}": ""})
    assert taken_back.status_code == 422
    assert [dict(one.alt) for one in images(db, rioja)] == [{"en": "A bottle", "es": "Una botella", "ru": "Бутылка"}]


def test_descriptions_are_kept_all_or_none(shop, db, rioja, now):
    upload(shop, rioja, (photo(), "one.jpg"), (photo("#8A6420"), "two.jpg"), **ALT)
    first, second = images(db, rioja)
    with pytest.raises(BadProduct):
        describe_photos(
            db, rioja, {first.id: texts("Other"), second.id: texts("x" * (LONGEST_ALT + 1))}, None, Role.SHOP, now
        )
    assert [one.alt.into("en") for one in images(db, rioja)] == ["A bottle", "A bottle"]
    remove_image(db, second.id, None, Role.SHOP, now)
    assert describe_photos(db, rioja, {first.id: texts("Other"), second.id: texts("Gone")}, None, Role.SHOP, now) == 1
    assert [one.alt.into("en") for one in images(db, rioja)] == ["Other"]


def test_pictures_change_places_and_go_with_their_files(shop, db, rioja, studio, uploads, now):
    upload(shop, rioja, (photo(), "one.jpg"), (photo("#8A6420"), "two.jpg"))
    make_due(studio)
    first, second = images(db, rioja)
    shop.post(f"/admin/products/{rioja}/pictures/{second.id}/up")
    assert [image.id for image in images(db, rioja)] == [second.id, first.id]
    shop.post(f"/admin/products/{rioja}/pictures/{second.id}/remove")
    assert [image.id for image in images(db, rioja)] == [first.id]
    assert {path.name for path in uploads.iterdir()} == {first.file, *(size["file"] for size in first.sizes)}
    other = product(db, texts("Other"), "OTH-1", now).product_id
    assert shop.post(f"/admin/products/{other}/pictures/{first.id}/remove").status_code == 404


def test_a_worker_killed_half_way_goes_on_and_what_it_left_is_the_same(shop, db, rioja, studio, uploads, monkeypatch):
    upload(shop, rioja, (photo(), "one.jpg"))
    made: list[tuple[int, Kind]] = []
    most = 4

    def drawn(master, width, kind):
        if len(made) == most:
            raise KeyboardInterrupt
        made.append((width, kind))
        return sized(master, width, kind)

    monkeypatch.setattr(photos, "sized", drawn)
    with pytest.raises(KeyboardInterrupt):
        make_due(studio)
    before = {path.name: path.read_bytes() for path in uploads.iterdir()}
    assert images(db, rioja)[0].state == "waiting"
    assert len(before) == 5
    most = 9
    assert make_due(studio) == 1
    assert len(made) == len(set(made)) == 9
    assert all((uploads / name).read_bytes() == data for name, data in before.items())
    assert len(images(db, rioja)[0].sizes) == 9


def test_a_picture_whose_file_is_gone_is_given_up_and_the_others_are_made(shop, db, rioja, studio, uploads):
    upload(shop, rioja, (photo(), "one.jpg"), (photo("#8A6420"), "two.jpg"))
    (uploads / images(db, rioja)[0].file).unlink()
    assert make_due(studio) == 1
    assert [image.state for image in images(db, rioja)] == ["failed", "ready"]
    assert "sizes cannot be made" in shop.get(f"/admin/products/{rioja}/pictures").text


def test_every_backup_has_the_pictures_and_nothing_that_is_still_arriving(
    shop, db, rioja, studio, uploads, settings, now, tmp_path
):
    upload(shop, rioja, (photo(), "one.jpg"))
    make_due(studio)
    (uploads / ".arriving-1").write_bytes(b"half")
    image = images(db, rioja)[0]
    db.rollback()
    manifest = take(Sources(dumps_for(settings.database_url), settings.uploads_path), tmp_path / "backup.tar", now)
    there = {name.removeprefix("uploads/products/") for name in manifest.files if name.startswith("uploads/products/")}
    assert there == {image.file, *(size["file"] for size in image.sizes)}


def test_files_that_no_row_names_are_swept_once_they_are_old(shop, db, rioja, studio, uploads, settings, now):
    upload(shop, rioja, (photo(), "one.jpg"))
    make_due(studio)
    kept = {path.name for path in uploads.iterdir()}
    for name in ("left.master", ".arriving-1", "new.jpg"):
        (uploads / name).write_bytes(b"left")
    old = (now - LEFT_BEHIND - timedelta(minutes=1)).timestamp()
    for path in uploads.iterdir():
        if path.name != "new.jpg":
            os.utime(path, (old, old))
        else:
            os.utime(path, (now.timestamp(), now.timestamp()))
    (uploads / "gone").symlink_to(uploads / "removed by another process meanwhile")
    assert sweep(db, settings.uploads_path, now) == 2
    assert {path.name for path in uploads.iterdir()} == kept | {"new.jpg", "gone"}

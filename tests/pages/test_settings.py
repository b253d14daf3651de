"""Settings: each page saves its own part, says what changed, refuses what is stale, unreadable or hostile."""

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import select

from admin.settings.overview import SECTIONS
from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import record_purchase, set_rules
from club.audit import AuditEntry, AuditWords
from club.errors import BadSetting, ChangedMeanwhile, CurrencyLocked, NotAllowed
from club.permissions import Role
from club.programme.brand import CANVAS, TEXT_CONTRAST, contrast
from club.programme.models import the_club
from club.programme.rules import mark_of
from club.programme.service import change_part
from club.purchases.models import is_anything_bought
from club.purchases.rules import NewPurchase
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def owner(db, now):
    return new_colleague(db, now, Role.OWNER)


@pytest.fixture
def office(app, db, now, owner):
    return browser_of(app, db, owner, now, second_factor=True)


def fields_of(page):
    """What a browser would send of the first form that is saved, as it stands."""
    form = re.search(r'<form method="post" action="/admin/settings[^>]*>(.*?)</form>', page, re.DOTALL).group(1)
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        part = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if part.get("type") in {"radio", "checkbox"} and "checked" not in tag:
            continue
        if "name" in part:
            found[part["name"]] = part.get("value", "y")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        found |= {name: body}
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = (re.findall(r'selected value="([^"]*)"', body) or [""])[0]
    return found


def saved(db):
    db.rollback()
    return the_club(db)


def last_change(db):
    db.rollback()
    asked = select(AuditWords.words).join(AuditEntry, AuditEntry.id == AuditWords.entry_id)
    return db.scalars(asked.where(AuditEntry.act == "programme.changed").order_by(AuditEntry.id.desc())).first()


def test_every_section_opens(office):
    page = office.get("/admin/settings").text
    addresses = re.findall(r'href="(/admin/settings/[a-z]+)"', page)
    assert len(set(addresses)) == len(SECTIONS)
    assert {office.get(address).status_code for address in addresses} == {200}


@pytest.mark.proves("A-8.2.1", "R93")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_change_the_programme(app, db, now, role):
    somebody = new_colleague(db, now, role)
    theirs = browser_of(app, db, somebody, now, second_factor=True)
    assert theirs.get("/admin/settings").status_code == 403
    with pytest.raises(NotAllowed):
        change_part(db, {}, "", somebody.account_id, role, now, is_in_use=is_anything_bought)


# --- the club


def test_a_save_says_what_changed_and_the_log_holds_both_values(office, db):
    form = fields_of(office.get("/admin/settings/club").text)
    before = saved(db)
    form |= {"name_es": "Club del Vino", "contact_phone": "+34 941 555 010"}
    assert office.post("/admin/settings/club", data=form).status_code == 303
    assert "Saved: Name, Phone." in office.get("/admin/settings/club").text
    assert saved(db) == replace(
        before,
        name=type(before.name)({**before.name, "es": "Club del Vino"}),
        contact_phone="+34 941 555 010",
        stamp=before.stamp + 1,
    )
    assert last_change(db)["contact_phone"] == ["", "+34 941 555 010"]


def test_saving_nothing_changes_nothing(office, db):
    before = saved(db)
    for section in ("club", "points", "limits", "contact"):
        form = fields_of(office.get(f"/admin/settings/{section}").text)
        assert office.post(f"/admin/settings/{section}", data=form).status_code == 303
        assert "Nothing was changed" in office.get(f"/admin/settings/{section}").text
    assert saved(db) == before
    assert last_change(db) is None


def test_a_stale_save_shows_both_values_and_a_second_one_counts(office, db):
    mine = fields_of(office.get("/admin/settings/limits").text)
    office.post("/admin/settings/limits", data={**mine, "approval_points": "5000"})
    refused = office.post("/admin/settings/limits", data={**mine, "approval_points": "7000"})
    assert refused.status_code == 422
    assert ("5.000" in refused.text, "7.000" in refused.text, saved(db).approval_points) == (True, True, 5000)
    again = fields_of(refused.text)
    assert again["approval_points"] == "7000"
    assert office.post("/admin/settings/limits", data=again).status_code == 303
    assert saved(db).approval_points == 7000


@pytest.mark.proves("R20")
def test_how_often_and_at_which_hours_the_club_turns_to_a_customer_is_set_and_told(office, db):
    form = fields_of(office.get("/admin/settings/contact").text)
    assert (form["contact_most"], form["contact_days"]) == ("4", "30")
    assert (form["quiet_from"], form["quiet_until"]) == ("1260", "540")
    for wrong in ({"contact_most": "0"}, {"contact_days": "367"}, {"quiet_from": "9999"}):
        assert office.post("/admin/settings/contact", data={**form, **wrong}).status_code == 422
    wanted = {**form, "contact_most": "2", "contact_days": "7", "quiet_from": "1320"}
    assert office.post("/admin/settings/contact", data=wanted).status_code == 303
    kept = saved(db)
    assert (kept.contact_most, kept.contact_days, kept.quiet_from, kept.quiet_until) == (2, 7, 1320, 540)
    log = office.get("/admin/audit?subject=programme&id=1").text
    assert ("Quiet hours from" in log, "22:00" in log, "1.320" in log) == (True, True, False)


def test_another_time_zone_asks_for_a_tick(office, db):
    form = fields_of(office.get("/admin/settings/club").text) | {"time_zone": "America/Mexico_City"}
    refused = office.post("/admin/settings/club", data=form)
    assert (refused.status_code, "Tick the box if that is meant" in refused.text) == (422, True)
    assert office.post("/admin/settings/club", data={**form, "sure": "y"}).status_code == 303
    assert saved(db).time_zone == "America/Mexico_City"
    assert "new time zone" in office.get("/admin/settings/club").text


def test_the_currency_stays_once_something_was_bought(office, db, now, owner):
    form = fields_of(office.get("/admin/settings/club").text) | {"currency": "mxn"}
    assert office.post("/admin/settings/club", data=form).status_code == 303
    assert saved(db).currency == "MXN"
    member = new_signed_up_member(db, now)
    set_rules(
        db, AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 1)),)), None, Role.OWNER, now
    )
    new = NewPurchase(member_id=member.person_id or 0, channel="counter", bought_on=now.date(), amount=100)
    record_purchase(db, new, None, Role.OWNER, now)
    page = office.get("/admin/settings/club").text
    assert "Stays: there are purchases in it" in page
    refused = office.post("/admin/settings/club", data={**fields_of(page), "currency": "EUR"})
    assert (refused.status_code, "so the currency stays" in refused.text) == (422, True)
    club = saved(db)
    seen = mark_of(club, ("currency",))
    with pytest.raises(CurrencyLocked):
        change_part(db, {"currency": "EUR"}, seen, owner.account_id, Role.OWNER, now, is_in_use=is_anything_bought)
    assert saved(db).currency == "MXN"


@pytest.mark.proves("F-43")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name_en", ""),
        ("name_en", "x" * 500),
        ("currency", "EURO"),
        ("currency", "<b>"),
        ("country", "ZZ"),
        ("country", ""),
        ("time_zone", "Mars/Olympus"),
        ("main_language", "de"),
        ("contact_email", "nobody"),
        ("valid_from-day", "31x"),
        ("valid_to-year", "1999"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_kept(office, db, field, value):
    before = saved(db)
    form = fields_of(office.get("/admin/settings/club").text)
    form |= {"name_es": "", "name_ru": ""} if field == "name_en" else {}
    form |= {"valid_to-day": "1", "valid_to-month": "1"} if field == "valid_to-year" else {}
    refused = office.post("/admin/settings/club", data={**form, field: value})
    assert refused.status_code == 422
    assert "field-error" in refused.text
    assert saved(db) == before


@pytest.mark.proves("F-43", "R106")
def test_a_hostile_name_is_shown_as_words_everywhere(office, client):
    form = fields_of(office.get("/admin/settings/club").text)
    hostile = '<script>alert(1)</script>"onload="x'
    assert (
        office.post("/admin/settings/club", data={**form, "name_en": hostile, "promise_en": hostile}).status_code == 303
    )
    for browser, address in ((office, "/admin/settings/club"), (client, "/"), (client, "/terms"), (client, "/join")):
        page = browser.get(address).text
        assert "<script>alert" not in page
        assert not re.search('<[^>]*"onload="x', page)


# --- points


def test_another_value_says_what_it_does_to_the_points_that_are_out(office, db, now):
    member = new_signed_up_member(db, now)
    set_rules(
        db, AllRules(bases=(BaseRate(points=1, per_amount=1, starts_on=date(2026, 1, 1)),)), None, Role.OWNER, now
    )
    new = NewPurchase(member_id=member.person_id or 0, channel="counter", bought_on=now.date(), amount=5000)
    record_purchase(db, new, None, Role.OWNER, now)
    page = office.get("/admin/settings/points").text
    assert "5.000" in page
    form = fields_of(page) | {"point_value_minor": "2"}
    assert office.post("/admin/settings/points", data=form).status_code == 303
    page = office.get("/admin/settings/points").text
    assert re.search(r"were worth .?50,00.? and are worth .?100,00.? now", re.sub(r"[\xa0 ]+€?", " ", page))


def test_a_shorter_life_of_points_is_for_points_to_come(office, db):
    page = office.get("/admin/settings/points").text
    assert "never shortened" in page
    assert office.post("/admin/settings/points", data={**fields_of(page), "expiry_months": "6"}).status_code == 303
    assert saved(db).expiry_months == 6


@pytest.mark.parametrize(
    ("field", "value"),
    [("word_ru_2", ""), ("point_value_points", "0"), ("point_value_minor", "-1"), ("expiry_months", "99999"),
     ("spend_step", "many"), ("word_en_0", "x" * 99)],
)  # fmt: skip
def test_points_that_cannot_be_are_refused(office, db, field, value):
    before = saved(db)
    form = fields_of(office.get("/admin/settings/points").text)
    assert office.post("/admin/settings/points", data={**form, field: value}).status_code == 422
    assert saved(db) == before


# --- brand


@pytest.mark.proves("R174")
def test_a_look_is_seen_before_it_counts_and_then_counts_everywhere(office, client, db):
    form = fields_of(office.get("/admin/settings/brand").text) | {"brand_color": "#2a4b1f", "font_pair": "sans"}
    shown = office.post("/admin/settings/brand", data={**form, "do": "preview"})
    sheet = re.search(r'href="(/admin/settings/brand/preview.css[^"]*)"', shown.text).group(1).replace("&amp;", "&")
    assert "--club-brand:#2A4B1F" in office.get(sheet).text
    assert ".brand-preview{" in office.get(sheet).text
    assert saved(db).brand_color == "#16324A"
    assert office.post("/admin/settings/brand", data={**form, "do": "save"}).status_code == 303
    assert "--club-brand:#2A4B1F" in client.get(re.search(r'/theme.css[^"]*', client.get("/").text).group()).text


@pytest.mark.parametrize(("field", "typed"), [("brand_color", "#FFD700"), ("accent_color", "#FFB6C1")])
def test_a_colour_that_nobody_can_read_is_refused_and_the_nearest_one_is_a_button_away(office, db, field, typed):
    form = fields_of(office.get("/admin/settings/brand").text) | {field: typed}
    refused = office.post("/admin/settings/brand", data={**form, "do": "save"})
    assert (refused.status_code, "4.5 is needed" in refused.text) == (422, True)
    assert saved(db).brand_color == "#16324A"
    nearest = re.search(r"Use (#[0-9A-F]{6}),", refused.text).group(1)
    assert contrast(nearest, CANVAS) >= TEXT_CONTRAST
    taken = office.post("/admin/settings/brand", data={**form, "nearest": field})
    again = fields_of(taken.text)
    assert again[field] == nearest
    assert office.post("/admin/settings/brand", data={**again, "do": "save"}).status_code == 303
    assert getattr(saved(db), field) == nearest


@pytest.mark.proves("A-1.3.4", "F-43")
@pytest.mark.parametrize("typed", ["red", "#12345", "#GGGGGG", "#123456;}body{display:none", "javascript:1", ""])
def test_what_is_no_colour_reaches_no_style_sheet(office, db, typed):
    form = fields_of(office.get("/admin/settings/brand").text)
    refused = office.post("/admin/settings/brand", data={**form, "brand_color": typed, "do": "save"})
    assert refused.status_code == 422
    sheet = office.get(
        "/admin/settings/brand/preview.css", query_string={"brand": typed, "accent": typed, "fonts": typed}
    )
    assert (sheet.status_code, sheet.mimetype, "display:none" in sheet.text) == (200, "text/css", False)
    assert saved(db).brand_color == "#16324A"


def picture(kind="PNG"):
    drawn = io.BytesIO()
    Image.new("RGB", (300, 120), "#16324A").save(drawn, kind)
    return drawn.getvalue()


@pytest.mark.proves("A-5.2.1", "R174")
def test_a_logo_is_drawn_anew_shown_everywhere_and_taken_away(office, client, db, settings):
    sent = {"logo": (io.BytesIO(picture("JPEG") + b"<script>"), "../../evil.php")}
    assert office.post("/admin/settings/brand/logo", data=sent).status_code == 303
    name = saved(db).logo_file
    assert re.fullmatch(r"logo-[0-9a-f]{16}\.png", name)
    with client.get("/logo.png") as answer:
        assert (answer.mimetype, answer.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
        assert b"<script>" not in answer.data
    assert "/logo.png" in client.get("/").text
    assert office.post("/admin/settings/brand/logo/remove").status_code == 303
    assert saved(db).logo_file is None
    assert not (settings.uploads_path / name).exists()
    assert list(settings.uploads_path.glob(".taken-*")) == []


@pytest.mark.proves("A-1.3.4", "A-5.2.1")
@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a" + b"\0" * 50,
        b"%PDF-1.4",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    ],
    ids=["svg", "gif", "pdf", "empty", "broken png"],
)
def test_what_is_no_picture_is_refused(office, db, settings, content):
    before = set(settings.uploads_path.glob("*"))
    refused = office.post("/admin/settings/brand/logo", data={"logo": (io.BytesIO(content), "logo.png")})
    assert refused.status_code == 422
    assert saved(db).logo_file is None
    assert set(settings.uploads_path.glob("*")) == before


# --- mail


def test_the_sender_is_shown_without_its_password_and_a_test_goes_to_whoever_asks(app, office, db):
    app.extensions["club_settings"] = replace(
        app.extensions["club_settings"], smtp_url="smtp+starttls://user:very-secret@mail.example.net:587"
    )
    page = office.get("/admin/settings/mail").text
    assert "very-secret" not in page
    assert "mail.example.net:587" in page
    for words in ("v=spf1 mx a:mail.example.net -all", "_dmarc.example.org", "v=DMARC1", "_domainkey.example.org"):
        assert words in page
    assert office.post("/admin/settings/mail/test").status_code == 303
    assert "owner@example.org" in office.get("/admin/settings/mail").text


def test_the_service_refuses_what_the_page_would(db, now, owner):
    club = saved(db)
    for values, refusal in (
        ({"approval_points": 0}, BadSetting),
        ({"expiry_months": -1}, BadSetting),
        ({"points_word": {"en": ["point"]}}, BadSetting),
    ):
        with pytest.raises(refusal):
            change_part(
                db, values, mark_of(club, values), owner.account_id, Role.OWNER, now, is_in_use=is_anything_bought
            )
    with pytest.raises(ChangedMeanwhile):
        change_part(db, {"approval_points": 5}, "", owner.account_id, Role.OWNER, now, is_in_use=is_anything_bought)
    assert saved(db) == club

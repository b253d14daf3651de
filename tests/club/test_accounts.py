"""Passwords, sealed columns, limits, links, sessions and the second factor, without pages."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from club.access.service import (
    Asking,
    SignInTry,
    add_staff,
    ask_for_link,
    change_password,
    enter_by_link,
    reset_second_factor,
    set_new_password,
    sign_in,
)
from club.accounts import passwords, service
from club.accounts.attempts import Try, count_tries, everybody, from_address
from club.accounts.browsers import end_sessions, find_browser, note_seen, sessions_of, start_session
from club.accounts.links import find_link, make_link, open_link, use_link
from club.accounts.models import Account, OneTimeLink, RecoveryCode, SignedIn, colleagues, the_login
from club.accounts.passwords import common_passwords, hash_password, is_right
from club.accounts.rules import LIMITS, check_password
from club.accounts.sealing import Seal, Unreadable
from club.accounts.second_factor import (
    new_recovery_codes,
    plant_seed,
    seed_to_confirm,
    take_app_code,
    take_recovery_code,
)
from club.audit import AuditEntry
from club.database import transaction
from club.errors import (
    LastOwner,
    LinkExpired,
    NotAllowed,
    NotFound,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    TooManyTries,
    WrongCode,
    WrongCredentials,
)
from club.permissions import Role
from club.support.handing_over import leave
from tests.people import PASSWORD, mails_to, new_colleague, new_signed_up_member

HERE = Asking(address="192.0.2.7", browser="test")
SEAL = Seal(["a key of the tests, thirty-two signs"])
LONG_AGO = timedelta(days=365 * 2)


# --- passwords


@pytest.mark.proves("A-6.2.1", "A-6.2.5", "A-6.2.9")
@pytest.mark.parametrize(
    "password",
    ["grulla 8", "все вместе", "🦊🦉🦔🐢 дом", "a" * 20 + "bcdefg" * 18, " leading and trailing ", "with\0inside it"],
)
def test_any_kind_of_sign_makes_a_password(password):
    check_password(password, common_passwords())


@pytest.mark.proves("A-6.2.1")
def test_a_password_has_eight_characters_or_more_and_no_novel():
    with pytest.raises(PasswordTooShort):
        check_password("grulla7", common_passwords())
    check_password("grulla78", common_passwords())
    check_password("kq7-" * 64, common_passwords())
    with pytest.raises(PasswordTooLong):
        check_password("kq7-" * 64 + "x", common_passwords())


@pytest.mark.proves("A-6.2.4", "A-6.2.12")
def test_the_first_three_thousand_passwords_are_refused_in_any_case():
    lines = passwords._COMMON.read_text().splitlines()
    first = [line for line in lines if not line.startswith("# ")][:3000]
    assert len(first) == 3000
    for password in first:
        with pytest.raises(PasswordTooCommon):
            check_password(password.title(), common_passwords())


@pytest.mark.proves("A-6.2.4", "A-6.1.2")
@pytest.mark.parametrize(
    "password", ["GranReserva2026", "reserva123", "ana.garcia@example.org", "GarcíaAna1!", "aaaaaaaaaaaa", "1212121212"]
)
def test_words_of_the_club_and_of_oneself_are_refused(password):
    with pytest.raises(PasswordTooCommon):
        check_password(password, common_passwords(), ["Club Gran Reserva", "Ana García", "ana.garcia@example.org"])


def test_a_passphrase_may_hold_a_word_of_the_club():
    check_password("four bottles of reserva in the rain", common_passwords(), ["Club Gran Reserva"])


@pytest.mark.proves("A-6.2.8")
def test_nothing_is_cut_off_or_changed():
    stored = hash_password("ñ" * 72 + "the end")
    assert not is_right(stored, "ñ" * 72 + "the END")
    assert not is_right(stored, "ñ" * 72)
    assert is_right(stored, "n\u0303" * 72 + "the end")


@pytest.mark.proves("A-11.4.2")
def test_argon2id_at_the_librarys_cost_is_used(monkeypatch):
    monkeypatch.undo()
    assert passwords.HASHER.type.name == "ID"
    assert passwords.HASHER.memory_cost >= 19 * 1024
    assert hash_password("correct horse").startswith("$argon2id$")


@pytest.mark.proves("A-11.4.2")
def test_an_old_hash_is_renewed_at_the_next_sign_in(db, club, now, monkeypatch):
    ana = new_signed_up_member(db, now)
    before = the_login(db, ana.account_id).password_hash
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)
    after = the_login(db, ana.account_id).password_hash or ""
    assert before != after
    assert "t=2" in after


# --- sealing


@pytest.mark.proves("A-11.3.3", "A-11.2.2")
def test_what_is_sealed_opens_with_old_keys_and_never_after_a_change():
    old, new = Seal(["old " * 8]), Seal(["new " * 8, "old " * 8])
    sealed = old.close("a seed")
    assert b"a seed" not in sealed
    assert new.open(sealed) == "a seed"
    assert Seal(["new " * 8]).open(new.renew(sealed)) == "a seed"
    with pytest.raises(Unreadable):
        Seal(["new " * 8]).open(sealed)
    flipped = bytearray(sealed)
    flipped[-5] ^= 1
    with pytest.raises(Unreadable):
        old.open(bytes(flipped))


# --- limits


@pytest.mark.proves("A-6.3.1", "O-01")
def test_after_the_limit_the_wait_is_named_and_after_it_the_owner_gets_in(db, club, now):
    ana = new_signed_up_member(db, now)
    wrong = SignInTry(identifier=ana.email, password="not the password")
    for _ in range(LIMITS["sign_in.account"].most):
        with pytest.raises(WrongCredentials):
            sign_in(db, wrong, HERE, now)
    right = SignInTry(identifier=ana.member_number, password=PASSWORD)
    with pytest.raises(TooManyTries) as refusal:
        sign_in(db, right, HERE, now + timedelta(minutes=5))
    assert refusal.value.wait_seconds == 10 * 60
    assert sign_in(db, right, HERE, now + timedelta(minutes=15)).account_id == ana.account_id


@pytest.mark.proves("A-6.3.1")
def test_many_names_from_one_address_and_one_name_from_many_addresses_are_both_slowed(db, club, now):
    evaluated = 0
    for number in range(80):
        try:
            sign_in(db, SignInTry(identifier=f"p{number}@example.org", password="x"), HERE, now)
        except WrongCredentials:
            evaluated += 1
        except TooManyTries:
            break
    assert evaluated == LIMITS["sign_in.address"].most
    evaluated = 0
    for number in range(40):
        try:
            there = replace(HERE, address=f"198.51.100.{number}")
            sign_in(db, SignInTry(identifier="Ana@Example.org", password="x"), there, now)
        except WrongCredentials:
            evaluated += 1
        except TooManyTries:
            break
    assert evaluated == LIMITS["sign_in.account"].most


def test_the_right_password_forgets_the_wrong_ones_before_it(db, club, now):
    ana = new_signed_up_member(db, now)
    for _ in range(3):
        for _ in range(LIMITS["sign_in.account"].most - 1):
            with pytest.raises(WrongCredentials):
                sign_in(db, SignInTry(identifier=ana.email, password="not it"), HERE, now)
        sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)


@pytest.mark.proves("O-01")
def test_the_whole_club_has_a_limit_too(db, club, now, monkeypatch):
    monkeypatch.setitem(LIMITS, "sign_in.all", replace(LIMITS["sign_in.all"], most=3))
    for _ in range(3):
        with transaction(db) as tx:
            count_tries(tx, [everybody("sign_in.all")], now)
    with transaction(db) as tx, pytest.raises(TooManyTries):
        count_tries(tx, [everybody("sign_in.all")], now)


def test_a_refused_try_is_not_counted_and_a_household_of_ipv6_is_one_address(db, club, now):
    tries = [from_address("link.address", "2001:db8:1:2::5")]
    assert tries == [from_address("link.address", "2001:db8:1:2:aaaa::9")]
    assert tries != [from_address("link.address", "2001:db8:1:3::5")]
    limit = LIMITS["link.address"]
    for _ in range(limit.most):
        with transaction(db) as tx:
            count_tries(tx, tries, now)
    for second in range(5):
        with transaction(db) as tx, pytest.raises(TooManyTries):
            count_tries(tx, tries, now + timedelta(seconds=second))
    with transaction(db) as tx:
        count_tries(tx, tries, now + limit.window)


# --- links


@pytest.mark.proves("A-6.4.1", "A-9.2.1", "A-9.2.2")
def test_a_link_is_good_once_for_one_purpose_for_a_time(db, club, now):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        token = make_link(tx, "reset", now, account_id=ana.account_id)
    assert find_link(db, token, "sign_in", now) is None
    assert find_link(db, token[:-1] + ("A" if token[-1] != "A" else "B"), "reset", now) is None
    with pytest.raises(LinkExpired):
        open_link(db, token, "reset", now + timedelta(minutes=60))
    with transaction(db) as tx:
        assert use_link(tx, token, "reset", now + timedelta(minutes=59)).account_id == ana.account_id
    with transaction(db) as tx, pytest.raises(LinkExpired):
        use_link(tx, token, "reset", now)


def test_a_newer_link_closes_the_older_one(db, club, now):
    ana = new_signed_up_member(db, now)
    for _ in range(2):
        ask_for_link(db, "sign_in", ana.email, HERE, now)
    first, second = mails_to(db, ana.email)
    with pytest.raises(LinkExpired):
        enter_by_link(db, first.secret, HERE, now)
    assert enter_by_link(db, second.secret, HERE, now).account_id == ana.account_id


@pytest.mark.proves("A-6.5.2", "A-6.5.5", "A-11.5.1")
def test_tokens_are_256_random_bits_and_stand_nowhere_in_the_tables(db, club, now):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        tokens = [make_link(tx, "waiting", now) for _ in range(200)]
        tokens += [start_session(tx, ana.account_id, now) for _ in range(200)]
    assert len(set(tokens)) == 400
    assert {len(token) for token in tokens} == {43}
    stored = {row.hex() for row in db.scalars(select(OneTimeLink.digest).union_all(select(SignedIn.digest)))}
    assert len(stored) == 400
    assert not stored & {token.encode().hex() for token in tokens}


@pytest.mark.proves("A-6.4.3", "A-7.4.3")
def test_a_reset_ends_every_session_and_tells_the_owner(db, club, now):
    ana = new_signed_up_member(db, now)
    other = sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)
    ask_for_link(db, "reset", ana.email, HERE, now)
    entered = set_new_password(db, mails_to(db, ana.email)[0].secret, "a new and longer one", HERE, now)
    assert find_browser(db, other.cookie, now) is None
    assert find_browser(db, entered.cookie, now) is not None
    assert mails_to(db, ana.email)[-1].act == "password.changed"
    with pytest.raises(WrongCredentials):
        sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)


def test_a_weak_password_does_not_use_the_reset_link_up(db, club, now):
    ana = new_signed_up_member(db, now)
    ask_for_link(db, "reset", ana.email, HERE, now)
    token = mails_to(db, ana.email)[0].secret
    with pytest.raises(PasswordTooCommon):
        set_new_password(db, token, "password1", HERE, now)
    set_new_password(db, token, "a new and longer one", HERE, now)


@pytest.mark.proves("A-6.2.2", "A-6.2.3")
def test_changing_the_password_asks_for_the_current_one(db, club, now):
    ana = new_signed_up_member(db, now)
    here = find_browser(db, sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now).cookie, now)
    there = sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)
    change = {"new": "a new and longer one", "asking": HERE, "now": now}
    with pytest.raises(WrongCredentials):
        change_password(db, ana.account_id, here.session_id, current="a guess at it", **change)
    cookie = change_password(db, ana.account_id, here.session_id, current=PASSWORD, **change)
    assert find_browser(db, cookie, now).session_id == here.session_id
    assert find_browser(db, there.cookie, now) is None
    assert [mail.act for mail in mails_to(db, ana.email)] == ["password.changed"]


def test_every_name_of_an_account_signs_in_and_a_shared_phone_does_not(db, club, now):
    ana = new_signed_up_member(db, now, phone="+34912345678")
    for name in ("ANA@example.org", ana.member_number.lower(), "912 345 678", "+34 912345678"):
        assert sign_in(db, SignInTry(identifier=name, password=PASSWORD), HERE, now).account_id == ana.account_id
    new_signed_up_member(db, now, name="Luis", email="luis@example.org", phone="+34912345678")
    with pytest.raises(WrongCredentials):
        sign_in(db, SignInTry(identifier="912 345 678", password=PASSWORD), HERE, now)


# --- sessions


@pytest.mark.proves("A-7.1.1", "A-7.3.1", "A-7.3.2", "A-6.2.10")
def test_sessions_end_by_time(db, club, now):
    ana, olga = new_signed_up_member(db, now), new_colleague(db, now, Role.OWNER)
    with transaction(db) as tx:
        member = start_session(tx, ana.account_id, now)
        remembered = start_session(tx, ana.account_id, now, remember=True)
        staff = start_session(tx, olga.account_id, now, remember=True)
    hour = timedelta(hours=1)
    for token, last, first_without in [
        (member, 2 * hour - timedelta(seconds=1), 2 * hour),
        (remembered, 30 * 24 * hour - timedelta(seconds=1), 30 * 24 * hour),
        (staff, hour / 2 - timedelta(seconds=1), hour / 2),
    ]:
        assert find_browser(db, token, now + last) is not None
        assert find_browser(db, token, now + first_without) is None
    assert sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now + LONG_AGO)


@pytest.mark.proves("A-7.3.2")
def test_somebody_who_stays_active_is_signed_out_after_the_longest_time_all_the_same(db, club, now):
    olga = new_colleague(db, now, Role.OWNER)
    with transaction(db) as tx:
        token = start_session(tx, olga.account_id, now)
    for quarter in range(1, 48):
        at = now + timedelta(minutes=15 * quarter)
        browser = find_browser(db, token, at)
        assert browser is not None
        db.rollback()
        note_seen(db, browser.session_id, at)
    assert find_browser(db, token, now + timedelta(hours=12)) is None


def test_a_visit_is_noted_at_most_every_five_minutes(db, club, now, count_queries):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        token = start_session(tx, ana.account_id, now)
    assert not find_browser(db, token, now + timedelta(minutes=4)).is_due(now + timedelta(minutes=4))
    later = now + timedelta(minutes=6)
    browser = find_browser(db, token, later)
    assert browser.is_due(later)
    db.rollback()
    note_seen(db, browser.session_id, later)
    assert find_browser(db, token, later).seen_at == later


def test_noting_a_visit_does_not_wait_for_a_writer(db, club, now, engine):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        token = start_session(tx, ana.account_id, now)
    session_id = find_browser(db, token, now).session_id
    later = now + timedelta(minutes=10)
    with transaction(db) as tx:
        tx.execute(text("UPDATE programme SET stamp = stamp + 1"))
        note_seen(db, session_id, later)
    only_one_writes = engine.dialect.name == "sqlite"
    assert find_browser(db, token, later).seen_at == (now if only_one_writes else later)


@pytest.mark.proves("A-7.4.2", "A-7.4.5")
def test_a_disabled_account_loses_its_sessions_at_once(db, club, now):
    ana = new_signed_up_member(db, now)
    entered = sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)
    with pytest.raises(NotAllowed):
        service.disable_account(db, ana.account_id, 1, Role.EVENTS, now)
    assert find_browser(db, entered.cookie, now) is not None
    db.rollback()
    service.disable_account(db, ana.account_id, None, None, now)
    assert find_browser(db, entered.cookie, now) is None
    with pytest.raises(WrongCredentials):
        sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)


@pytest.mark.proves("A-7.4.5", "A-7.5.2")
def test_sessions_are_listed_to_their_owner_and_ended_one_or_all(db, club, now):
    ana = new_signed_up_member(db, now)
    luis = new_signed_up_member(db, now, name="Luis", email="luis@example.org")
    with transaction(db) as tx:
        for name in ("one", "two", "three"):
            start_session(tx, ana.account_id, now, browser=name)
        start_session(tx, luis.account_id, now, browser="luis")
    listed = sessions_of(db, ana.account_id, now)
    assert {one.browser for one in listed} == {"one", "two", "three"}
    with pytest.raises(NotFound):
        service.end_own_session(db, luis.account_id, listed[0].session_id)
    service.end_own_session(db, ana.account_id, listed[0].session_id)
    assert len(sessions_of(db, ana.account_id, now)) == 2
    db.rollback()
    assert service.end_sessions_of(db, ana.account_id, luis.account_id, Role.SUPPORT, now) == 2
    assert sessions_of(db, ana.account_id, now) == []
    assert len(sessions_of(db, luis.account_id, now)) == 1
    db.rollback()
    assert service.end_all_sessions(db, None, None, now) == 1


# --- the second factor


def _with_seed(db, now):
    olga = new_colleague(db, now, Role.OWNER)
    with transaction(db) as tx:
        plant_seed(tx, olga.account_id, SEAL)
    return olga.account_id, pyotp.TOTP(seed_to_confirm(db, olga.account_id, SEAL))


@pytest.mark.proves("A-6.5.1", "A-11.3.3")
def test_a_code_of_the_app_counts_once_and_the_seed_is_encrypted(db, club, now):
    account_id, app = _with_seed(db, now)
    assert app.secret.encode() not in db.scalar(select(Account.totp_secret).where(Account.id == account_id))
    with transaction(db) as tx:
        take_app_code(tx, account_id, app.at(now), SEAL, now)
    for at in (now, now + timedelta(seconds=20)):
        with transaction(db) as tx, pytest.raises(WrongCode):
            take_app_code(tx, account_id, app.at(now), SEAL, at)
    with transaction(db) as tx, pytest.raises(WrongCode):
        take_app_code(tx, account_id, app.at(now - timedelta(seconds=30)), SEAL, now)
    with transaction(db) as tx:
        take_app_code(tx, account_id, app.at(now + timedelta(seconds=30)), SEAL, now)
    with pytest.raises(NotFound):
        seed_to_confirm(db, account_id, SEAL)


@pytest.mark.parametrize("typed", ["000000", "", "abcdef", "١٢٣٤٥٦", "0" * 60])
def test_what_is_no_code_is_refused(db, club, now, typed):
    account_id, _ = _with_seed(db, now)
    with transaction(db) as tx, pytest.raises(WrongCode):
        take_app_code(tx, account_id, typed, SEAL, now)
    with transaction(db) as tx, pytest.raises(WrongCode):
        take_recovery_code(tx, account_id, typed, now)


@pytest.mark.proves("A-6.5.1", "A-6.5.2", "A-6.5.4")
def test_a_recovery_code_counts_once_for_its_owner_in_any_writing(db, club, now):
    account_id, _ = _with_seed(db, now)
    other = new_colleague(db, now, Role.MANAGER)
    with transaction(db) as tx:
        codes = new_recovery_codes(tx, account_id)
    assert len(set(codes)) == 10
    assert {len(code.replace("-", "")) for code in codes} == {24}
    assert all(len(digest) == 32 for digest in db.scalars(select(RecoveryCode.digest)))
    with transaction(db) as tx, pytest.raises(WrongCode):
        take_recovery_code(tx, other.account_id, codes[0], now)
    with transaction(db) as tx:
        take_recovery_code(tx, account_id, codes[0].lower().replace("-", " "), now)
    with transaction(db) as tx, pytest.raises(WrongCode):
        take_recovery_code(tx, account_id, codes[0], now)


@pytest.mark.proves("A-6.3.1")
def test_codes_are_not_guessed_by_trying(db, club, now):
    account_id, app = _with_seed(db, now)
    with transaction(db) as tx:
        token = start_session(tx, account_id, now)
    session_id = find_browser(db, token, now).session_id
    wrong = service.Proof(account_id, session_id, "000000", HERE.address)
    for _ in range(LIMITS["code.account"].most):
        with pytest.raises(WrongCode):
            service.prove_second_factor(db, wrong, SEAL, now)
    right = replace(wrong, typed=app.at(now))
    with pytest.raises(TooManyTries):
        service.prove_second_factor(db, right, SEAL, now)
    later = now + LIMITS["code.account"].window
    cookie = service.prove_second_factor(db, replace(wrong, typed=app.at(later)), SEAL, later)
    assert find_browser(db, cookie, later).proved_at == later
    assert find_browser(db, token, later) is None


# --- staff


@pytest.mark.proves("A-8.3.1", "F-36")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_an_owner_names_or_disables_staff(db, club, now, role):
    olga, actor = new_colleague(db, now, Role.OWNER), new_colleague(db, now, role)
    before = colleagues(db)
    db.rollback()
    with pytest.raises(NotAllowed):
        add_staff(db, "x@example.org", name="X", staff_role=Role.OWNER, by=actor.account_id, role=role, now=now)
    with pytest.raises(NotAllowed):
        leave(db, olga.account_id, None, actor.account_id, role, now)
    with pytest.raises(NotAllowed):
        reset_second_factor(db, olga.account_id, actor.account_id, role, now)
    db.rollback()
    assert colleagues(db) == before


def test_the_last_owner_is_not_made_something_less(db, club, now):
    add_staff(db, "boss@example.org", name="Boss", staff_role=Role.OWNER, by=None, role=None, now=now)
    with pytest.raises(LastOwner):
        add_staff(db, "boss@example.org", name="Boss", staff_role=Role.SHOP, by=None, role=None, now=now)
    add_staff(db, "second@example.org", name="Second", staff_role=Role.OWNER, by=None, role=None, now=now)
    add_staff(db, "boss@example.org", name="Boss", staff_role=Role.SHOP, by=None, role=None, now=now)
    assert sorted(colleague.role for colleague in colleagues(db)) == [Role.OWNER, Role.SHOP]


def test_the_last_owner_stays(db, club, now):
    olga, other = new_colleague(db, now, Role.OWNER), new_colleague(db, now, Role.OWNER, "second@example.org")
    leave(db, other.account_id, None, olga.account_id, Role.OWNER, now)
    with pytest.raises(LastOwner):
        leave(db, olga.account_id, None, None, None, now)
    assert {one.email: one.disabled_at for one in colleagues(db)} == {olga.email: None, other.email: now}


@pytest.mark.proves("A-6.4.4")
def test_a_lost_second_factor_takes_somebody_else_and_leaves_a_trace(db, club, now):
    olga, mara = new_colleague(db, now, Role.OWNER), new_colleague(db, now, Role.OWNER, "mara@example.org")
    with transaction(db) as tx:
        plant_seed(tx, olga.account_id, SEAL)
        token = start_session(tx, olga.account_id, now)
    with pytest.raises(NotAllowed):
        reset_second_factor(db, olga.account_id, olga.account_id, Role.OWNER, now)
    assert find_browser(db, token, now) is not None
    db.rollback()
    reset_second_factor(db, olga.account_id, mara.account_id, Role.OWNER, now)
    assert find_browser(db, token, now) is None
    assert db.scalar(select(Account.totp_secret).where(Account.id == olga.account_id)) is None
    assert the_login(db, olga.account_id).password_hash is None
    entry = db.scalars(select(AuditEntry).where(AuditEntry.act == "staff.second_factor_reset")).one()
    assert (entry.by, entry.subject_id) == (mara.account_id, olga.account_id)
    assert [mail.act for mail in mails_to(db, olga.email)] == ["staff.invitation", "staff.invitation"]


# --- the night


def test_the_night_forgets_what_nobody_asks_for_any_more(db, club, now):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        count_tries(tx, [Try("mail.recipient", "x")], now)
        start_session(tx, ana.account_id, now)
        kept = start_session(tx, ana.account_id, now, remember=True)
        make_link(tx, "reset", now)
        end_sessions(tx, ana.account_id + 1)
    assert service.forget_old(db, now) == 0
    assert service.forget_old(db, now + timedelta(days=8)) == 3
    assert find_browser(db, kept, now + timedelta(days=8)) is not None

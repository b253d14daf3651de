"""Many at once with one code, one link, one limit: exactly as many succeed as should."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import select, update

from club.access.service import Asking, SignInTry, accept_invitation, enter_by_link, links, set_new_password, sign_in
from club.accounts.links import make_link, open_link
from club.accounts.models import Account
from club.accounts.rules import LIMITS
from club.accounts.sealing import Seal
from club.accounts.second_factor import (
    new_recovery_codes,
    plant_seed,
    seed_to_confirm,
    take_app_code,
    take_recovery_code,
)
from club.database import make_engine, sessions, transaction
from club.errors import LinkExpired, TooManyTries, WrongCode, WrongCredentials
from club.permissions import Role
from tests.people import new_colleague, new_signed_up_member

SEAL = Seal(["a key of the tests, thirty-two signs"])
AT_ONCE = 20

pytestmark = pytest.mark.usefixtures("club")


def at_once(database_url, do, times=AT_ONCE):
    """Call `do(db)` in so many threads that start together; which refusals (or None) came back."""
    engine = make_engine(database_url, pool_size=times)
    start = Barrier(times)

    def one(_):
        with sessions(engine)() as db:
            start.wait(timeout=30)
            try:
                do(db)
            except (WrongCode, LinkExpired, TooManyTries, WrongCredentials) as refusal:
                return type(refusal)
            return None

    try:
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))
    finally:
        engine.dispose()


def in_a_transaction(step):
    def do(db):
        with transaction(db) as tx:
            step(tx)

    return do


@pytest.fixture
def staff_code(db, now):
    account_id = new_colleague(db, now, Role.OWNER).account_id
    with transaction(db) as tx:
        plant_seed(tx, account_id, SEAL)
    code = pyotp.TOTP(seed_to_confirm(db, account_id, SEAL)).at(now)
    db.rollback()
    return account_id, code


@pytest.mark.proves("A-6.5.1")
def test_of_twenty_uses_of_one_code_one_succeeds(database_url, staff_code, now):
    account_id, code = staff_code
    answers = at_once(database_url, in_a_transaction(lambda tx: take_app_code(tx, account_id, code, SEAL, now)))
    assert sorted(answers, key=str) == [WrongCode] * (AT_ONCE - 1) + [None]


@pytest.mark.proves("A-6.5.1")
def test_without_the_guard_more_than_one_would(database_url, staff_code, now):
    """The twin with the guard off: look first, write later. On a database that lets readers in it must go wrong."""
    account_id, _ = staff_code
    step, few = 1, 10
    reading = Barrier(few)

    def look_then_write(db):
        last = db.scalar(select(Account.totp_last_step).where(Account.id == account_id))
        reading.wait(timeout=30)
        if last is not None and last >= step:
            raise WrongCode
        with transaction(db) as tx:
            tx.execute(update(Account).where(Account.id == account_id).values(totp_last_step=step))

    assert at_once(database_url, look_then_write, few).count(None) > 1


@pytest.mark.proves("A-6.5.1")
def test_of_twenty_uses_of_one_recovery_code_one_succeeds(database_url, db, staff_code, now):
    account_id, _ = staff_code
    with transaction(db) as tx:
        code, *_ = new_recovery_codes(tx, account_id)
    answers = at_once(database_url, in_a_transaction(lambda tx: take_recovery_code(tx, account_id, code, now)))
    assert answers.count(None) == 1


@pytest.mark.proves("A-6.5.1", "A-9.2.1")
def test_of_twenty_uses_of_one_link_one_signs_in(database_url, db, now):
    ana = new_signed_up_member(db, now)
    with transaction(db) as tx:
        token = make_link(tx, "sign_in", now, account_id=ana.account_id)
    here = Asking(address="192.0.2.7")
    assert at_once(database_url, lambda db: enter_by_link(db, token, here, now)).count(None) == 1


@pytest.mark.proves("F-09", "A-6.5.1")
@pytest.mark.parametrize("purpose", ["reset", "staff"])
def test_of_twenty_uses_of_one_link_one_chooses_the_password(database_url, db, now, purpose):
    account_id = (new_colleague(db, now, Role.SHOP) if purpose == "staff" else new_signed_up_member(db, now)).account_id
    with transaction(db) as tx:
        token = make_link(tx, purpose, now, account_id=account_id)
    here, words = Asking(address="192.0.2.7"), "seven of them at the river"

    def choose(db):
        if purpose == "staff":
            accept_invitation(db, token, words, here, SEAL, now)
        else:
            set_new_password(db, token, words, here, now)

    assert at_once(database_url, choose).count(None) == 1


def test_without_the_guard_a_link_chooses_several_passwords(database_url, db, now, monkeypatch):
    """The twin: everybody has looked at the link before the first one uses it, and nobody looks again."""
    ana, few = new_signed_up_member(db, now), 4
    with transaction(db) as tx:
        token = make_link(tx, "reset", now, account_id=ana.account_id)
    looked = Barrier(few)

    def look(db, token, purpose, now):
        link = open_link(db, token, purpose, now)
        looked.wait(timeout=30)
        return link

    monkeypatch.setattr(links, "count_link", lambda *_: None)
    monkeypatch.setattr(links, "open_link", look)
    monkeypatch.setattr(links, "use_link", lambda *_: None)
    here = Asking(address="192.0.2.7")
    choose = partial(set_new_password, token=token, password="seven of them at the river", asking=here, now=now)
    assert at_once(database_url, choose, few).count(None) == few


@pytest.mark.proves("A-6.3.1")
def test_many_wrong_passwords_at_once_pass_the_limit_no_more_than_one_after_the_other(database_url, db, now):
    ana = new_signed_up_member(db, now)
    here, wrong = Asking(address="192.0.2.7"), SignInTry(identifier=ana.email, password="not the password")
    answers = at_once(database_url, lambda db: sign_in(db, wrong, here, now))
    assert answers.count(WrongCredentials) == LIMITS["sign_in.account"].most
    assert answers.count(TooManyTries) == AT_ONCE - LIMITS["sign_in.account"].most

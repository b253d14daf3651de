"""Passkeys (WebAuthn): added after the password, signed in with, shown as a second factor, removed.

A challenge is a one-time link's token: good once, for five minutes, for one act of one session or browser. What a
device answers is checked by the library against the club's own address: a key made for another site opens nothing.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.access.service.passwords import check_own_password
from club.access.service.signing_in import Asking, Entered, enter
from club.access.service.telling import Change, tell_owner
from club.accounts.attempts import count_tries, from_address, take_back
from club.accounts.browsers import renew_session
from club.accounts.links import make_link, use_link
from club.accounts.models import Account, Login, Passkey, the_login
from club.audit import record
from club.database import Transaction, transaction
from club.errors import LinkExpired, NotFound, PasskeyNameMissing, PasskeyRefused, TooManyPasskeys
from club.loading import OnFirstUse

if TYPE_CHECKING:
    import webauthn
    from webauthn.helpers import exceptions, structs
else:
    webauthn = OnFirstUse("webauthn")
    exceptions = OnFirstUse("webauthn.helpers.exceptions")
    structs = OnFirstUse("webauthn.helpers.structs")

PURPOSE = "passkey"
MOST_PASSKEYS = 10
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
_HANDLE_BYTES = 8
_MALFORMED = (ValueError, KeyError, TypeError, RecursionError)
"""What reading an answer raises that no device made."""


class For(StrEnum):
    """What a challenge was made for: its answer counts for nothing else."""

    ADD = "add"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where passkeys are good: the club's own address as the browser says it, its host, its name."""

    origin: str
    host: str
    name: str


@dataclass(frozen=True)
class ListedPasskey:
    """A passkey as its owner sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


def passkeys_of(db: Session, account_id: int) -> list[ListedPasskey]:
    """Those of an account, the oldest first."""
    asked = select(Passkey.id, Passkey.name, Passkey.added_at, Passkey.used_at)
    return [
        ListedPasskey(*row) for row in db.execute(asked.where(Passkey.account_id == account_id).order_by(Passkey.id))
    ]


def begin_adding(
    db: Session, site: Site, account_id: int, place: str, password: str, asking: Asking, now: datetime
) -> str:
    """What the browser asks the device for, as JSON; `place` names the session. Raises `WrongCredentials`,
    `TooManyTries`, `TooManyPasskeys`."""
    check_own_password(db, account_id, password, asking, now)
    login = the_login(db, account_id)
    known = list(db.scalars(select(Passkey.credential_id).where(Passkey.account_id == account_id)))
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys(MOST_PASSKEYS)
    with transaction(db) as tx:
        challenge = _challenge(tx, For.ADD, place, account_id, now)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_name=login.email,
        user_id=_handle_of(account_id),
        challenge=challenge.encode(),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return webauthn.options_to_json(options)


def add_passkey(db: Session, site: Site, account_id: int, place: str, name: str, answer: str, now: datetime) -> None:
    """Keep what the device made. Raises `PasskeyRefused`, `PasskeyNameMissing`, `TooManyPasskeys`."""
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise PasskeyNameMissing
    challenge = _challenge_in(answer)
    _use(db, challenge, For.ADD, place, account_id, now)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, *_MALFORMED) as wrong:
        raise PasskeyRefused from wrong
    with transaction(db) as tx:
        tx.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        count = tx.scalar(select(func.count()).where(Passkey.account_id == account_id)) or 0
        if count >= MOST_PASSKEYS:
            raise TooManyPasskeys(MOST_PASSKEYS)
        if tx.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
            raise PasskeyRefused
        row = {
            "account_id": account_id, "credential_id": made.credential_id, "public_key": made.credential_public_key,
            "sign_count": made.sign_count, "name": called, "added_at": now,
        }  # fmt: skip
        tx.execute(insert(Passkey).values(row))
        entry_id = record(tx, "account.passkey_added", "account", account_id, by=account_id, now=now)
        tell_owner(tx, account_id, Change.PASSKEY_ADDED, entry_id, now)


def rename_passkey(db: Session, account_id: int, passkey_id: int, name: str) -> None:
    """Call it something else. Raises `PasskeyNameMissing`, and `NotFound` for another's."""
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise PasskeyNameMissing
    with transaction(db) as tx:
        renamed = update(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id).values(name=called)
        if tx.execute(renamed.returning(Passkey.id)).one_or_none() is None:
            raise NotFound


def remove_passkey(db: Session, account_id: int, passkey_id: int, now: datetime) -> None:
    """It opens nothing any more; the owner is told. Raises `NotFound` for another's."""
    with transaction(db) as tx:
        gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        if tx.execute(gone.returning(Passkey.id)).one_or_none() is None:
            raise NotFound
        entry_id = record(tx, "account.passkey_removed", "account", account_id, by=account_id, now=now)
        tell_owner(tx, account_id, Change.PASSKEY_REMOVED, entry_id, now)


def begin_signing_in(db: Session, site: Site, place: str, asking: Asking, now: datetime) -> str:
    """What the browser asks the device for, as JSON; `place` names the browser. Raises `TooManyTries`."""
    with transaction(db) as tx:
        count_tries(tx, [from_address("passkey.address", asking.address)], now)
        challenge = _challenge(tx, For.SIGN_IN, place, None, now)
    return _asked_for(site, challenge, [])


def sign_in_with_passkey(db: Session, site: Site, place: str, answer: str, asking: Asking, now: datetime) -> Entered:
    """Sign a member's browser in: holding the device and unlocking it are both steps at once.

    Staff show the password first, then the passkey as second factor: one device alone lets none of them in.
    Raises `PasskeyRefused`, `TooManyTries`.
    """
    tries = [from_address("sign_in.address", asking.address)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    challenge = _challenge_in(answer)
    _use(db, challenge, For.SIGN_IN, place, None, now)
    login = _shown(db, site, challenge, answer, now)
    if login.role is not None:
        raise PasskeyRefused
    with transaction(db) as tx:
        take_back(tx, tries[0], now)
        entered = enter(tx, login, asking, now, is_proved=True)
        record(tx, "account.passkey_used", "account", login.account_id, by=login.account_id, now=now)
    return entered


def begin_second_factor(db: Session, site: Site, account_id: int, place: str, now: datetime) -> str:
    """The same for whoever has shown the password; only their own keys are asked for."""
    known = list(db.scalars(select(Passkey.credential_id).where(Passkey.account_id == account_id)))
    with transaction(db) as tx:
        challenge = _challenge(tx, For.SECOND_FACTOR, place, account_id, now)
    return _asked_for(site, challenge, known)


def show_second_factor(
    db: Session, site: Site, account_id: int, session_id: int, place: str, answer: str, now: datetime
) -> str:
    """Take the answer as the second factor and return the session's new cookie. Raises `PasskeyRefused`."""
    challenge = _challenge_in(answer)
    _use(db, challenge, For.SECOND_FACTOR, place, account_id, now)
    if _shown(db, site, challenge, answer, now).account_id != account_id:
        raise PasskeyRefused
    with transaction(db) as tx:
        record(tx, "account.passkey_used", "account", account_id, by=account_id, now=now)
        return renew_session(tx, session_id, now, proved=True)


def _asked_for(site: Site, challenge: str, known: list[bytes]) -> str:
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge.encode(),
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _challenge(tx: Transaction, what: For, place: str, account_id: int | None, now: datetime) -> str:
    return make_link(tx, PURPOSE, now, account_id=account_id, data={"for": what.value, "place": place})


def _challenge_in(answer: str) -> str:
    """The challenge that a device says it answers; whether it was ours, `_use` finds out."""
    try:
        sent = json.loads(answer[:LONGEST_ANSWER])
        told = json.loads(webauthn.base64url_to_bytes(str(sent["response"]["clientDataJSON"])))
        return webauthn.base64url_to_bytes(str(told["challenge"])).decode("ascii")
    except _MALFORMED as wrong:
        raise PasskeyRefused from wrong


def _use(db: Session, challenge: str, what: For, place: str, account_id: int | None, now: datetime) -> None:
    """Use a challenge up, whatever becomes of its answer; only where it was made, for what it was made."""
    try:
        with transaction(db) as tx:
            link = use_link(tx, challenge, PURPOSE, now)
    except LinkExpired as unknown:
        raise PasskeyRefused from unknown
    if (link.account_id, link.data) != (account_id, {"for": what.value, "place": place}):
        raise PasskeyRefused


def _shown(db: Session, site: Site, challenge: str, answer: str, now: datetime) -> Login:
    """Whose passkey answered. A count that did not grow means a copied key: it is refused, here and by the library."""
    try:
        sent: dict[str, Any] = json.loads(answer[:LONGEST_ANSWER])
        credential_id = webauthn.base64url_to_bytes(str(sent["rawId"]))
        key = db.execute(select(Passkey).where(Passkey.credential_id == credential_id)).scalar_one_or_none()
        if key is None or _is_anothers(sent, key.account_id):
            raise PasskeyRefused
        shown = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, *_MALFORMED) as wrong:
        raise PasskeyRefused from wrong
    login, former = the_login(db, key.account_id), key.sign_count
    if not login.is_enabled:
        raise PasskeyRefused
    with transaction(db) as tx:
        counted = update(Passkey).where(Passkey.id == key.id, Passkey.sign_count == former)
        used = counted.values(sign_count=shown.new_sign_count, used_at=now).returning(Passkey.id)
        if tx.execute(used).one_or_none() is None:
            raise PasskeyRefused
    return login


def _is_anothers(sent: dict[str, Any], account_id: int) -> bool:
    """Whether the device says that the key is for somebody else than whoever we know it from."""
    handle = sent["response"].get("userHandle")
    return bool(handle) and webauthn.base64url_to_bytes(str(handle)) != _handle_of(account_id)


def _handle_of(account_id: int) -> bytes:
    """What a device keeps as the owner: a number that says nothing of them."""
    return account_id.to_bytes(_HANDLE_BYTES, "big")

"""Joining by oneself: the form, a mail, its button. The answer to the form is the same for known and unknown addresses.

What was typed waits in a row of `one_time_link` with the purpose `waiting`; its token stays with the browser that
joined (`reference`), so that the mail can be sent again and this browser is recognised when the mail is opened.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.access.rules import PATHS
from club.access.service import Asking, check_new_password
from club.access.service.links import count_link, count_mail, mail_link
from club.accounts.attempts import Try, count_tries
from club.accounts.links import digest_of, find_link, make_link, open_link, use_link
from club.accounts.models import OneTimeLink, login_with_email
from club.accounts.passwords import hash_password
from club.accounts.rules import LINK_MINUTES, email_key
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import EmailTaken, LinkExpired
from club.joining.rules import WantsToJoin
from club.joining.service.welcoming import Joined, Ticked, account_for, keep_consents, let_in, note_code, welcome
from club.members.models import person_once_with_email, person_with_email
from club.members.rules import NewPerson, checked_email, checked_name, phone_typed
from club.members.service import make_member, new_person
from club.messages.service import queue
from club.programme.models import the_club

FORM = "join"


@dataclass(frozen=True)
class Waiting:
    """Somebody who was told to look into their mail."""

    reference: str
    """Kept by the browser that asked, shown on no page."""


@dataclass(frozen=True)
class Kept:
    """What was typed on the form, until the mail is opened."""

    name: str
    email: str
    password_hash: str
    language: str
    news: tuple[str, ...]
    source: str
    code: str = ""
    phone: str = ""

    def row(self) -> dict[str, object]:
        """As it is stored."""
        return {**vars(self), "news": list(self.news)}

    @classmethod
    def from_row(cls, data: dict[str, object]) -> "Kept":
        """As it was stored."""
        news = data["news"]
        texts = {name: str(data[name]) for name in ("name", "email", "password_hash", "language", "source")}
        later = {name: str(data.get(name, "")) for name in ("code", "phone")}
        return cls(**texts, **later, news=tuple(news) if isinstance(news, list) else ())


def ask_to_join(db: Session, wants: WantsToJoin, asking: Asking, now: datetime) -> Waiting:
    """Keep what was typed and mail a link; whoever has an account already is mailed that they have.

    An address of a merged record is no proof: the link goes to the address that stands.

    Raises `TermsNotAccepted`, `NotJoinedFrom`, `NameMissing`, `BadEmail`, `BadPhone`, `TooManyTries` and what a weak
    password raises.
    """
    wants.check()
    name, email = checked_name(wants.full_name), checked_email(wants.email)
    check_new_password(db, wants.password, email, name)
    email = _standing(db, email)
    phone = phone_typed(wants.phone, the_club(db).country) if wants.phone else ""
    kept = Kept(name, email, hash_password(wants.password), wants.language, wants.news, wants.source, wants.code, phone)
    with transaction(db) as tx:
        count_mail(tx, email_key(email), asking, now)
        reference = make_link(tx, "waiting", now, data=kept.row())
        _send(tx, kept, digest_of(reference), now)
    return Waiting(reference)


def ask_again(db: Session, reference: str, asking: Asking, now: datetime) -> None:
    """Mail the same once more, at most once a minute. Raises `LinkExpired`, `TooManyTries`."""
    waiting = open_link(db, reference, "waiting", now)
    _send_again(db, waiting.digest, Kept.from_row(waiting.data), asking, now)


def ask_with_old_link(db: Session, token: str, asking: Asking, now: datetime) -> None:
    """Mail a new link in place of one that is too old. Raises `LinkExpired` where nothing is kept any more."""
    link = find_link(db, token, "join", now)
    if link is None:
        raise LinkExpired
    digest = bytes.fromhex(str(link.data["waiting"]))
    _send_again(db, digest, _kept(db, digest, now), asking, now)


def is_same_browser(db: Session, token: str, reference: str | None, now: datetime) -> bool:
    """Whether the mail was opened where somebody joined. Raises `LinkExpired`."""
    link = open_link(db, token, "join", now)
    return reference is not None and digest_of(reference).hex() == link.data["waiting"]


def confirm(db: Session, token: str, *, reference: str | None, password: str, asking: Asking, now: datetime) -> Joined:
    """Make the owner of the mailbox a member and sign them in.

    In another browser than the one that joined, the password is chosen here: whoever typed somebody else's address
    into the form does not know the password of the account that its owner confirms. Raises `LinkExpired`,
    `TooManyTries` and what a weak password raises.
    """
    count_link(db, asking, token, "join", now)
    digest = bytes.fromhex(str(open_link(db, token, "join", now).data["waiting"]))
    kept = _kept(db, digest, now)
    is_same = is_same_browser(db, token, reference, now)
    if not is_same:
        check_new_password(db, password, kept.email, kept.name)
    try:
        with transaction(db) as tx:
            use_link(tx, token, "join", now)
            _use_kept(tx, digest, now)
            person_id, points = _become_member(tx, kept, now)
            account_for(tx, person_id, kept.email, kept.language, "" if is_same else password, kept.password_hash, now)
            return let_in(tx, person_id, points, asking, now)
    except EmailTaken as already_in:
        raise LinkExpired from already_in


def _become_member(tx: Transaction, kept: Kept, now: datetime) -> tuple[int, int]:
    """The person with this address, known before or new, as a member; and the points they begin with."""
    known = person_with_email(tx, kept.email)
    if known is not None and known.account_id is not None:
        raise EmailTaken
    newcomer = NewPerson(
        full_name=kept.name, language=kept.language, source=kept.source, email=kept.email, phone=kept.phone or None
    )
    person_id = new_person(tx, newcomer, None, now) if known is None else known.person_id
    ticked = Ticked(FORM, kept.language, kept.news)
    if known is not None and known.member_number is not None:
        keep_consents(tx, person_id, ticked, now)
        return person_id, 0
    make_member(tx, person_id, club_day(now, the_club(tx).time_zone))
    note_code(tx, person_id, kept.code, FORM, now)
    return person_id, welcome(tx, person_id, ticked, now)


def _standing(db: Session, email: str) -> str:
    """The address that somebody has now, for one that they had before their records were merged."""
    if person_with_email(db, email) is not None:
        return email
    once = person_once_with_email(db, email)
    return email if once is None or once.email is None else once.email


def _send(tx: Transaction, kept: Kept, waiting: bytes, now: datetime) -> None:
    login = login_with_email(tx, kept.email)
    if login is not None:
        mail_link(tx, "sign_in", login, now, act="join.known")
        return
    token = make_link(tx, "join", now, data={"waiting": waiting.hex()})
    name = digest_of(token).hex()[:32]
    queue(
        tx,
        "join.confirm",
        occurrence=name,
        recipient=kept.email,
        language=kept.language,
        addressee=f"link:{waiting.hex()[:32]}",
        data={"path": PATHS["join"], "name": kept.name, "hours": LINK_MINUTES["join"] // 60},
        secret=token,
        now=now,
    )


def _send_again(db: Session, waiting: bytes, kept: Kept, asking: Asking, now: datetime) -> None:
    with transaction(db) as tx:
        count_tries(tx, [Try("resend", waiting.hex())], now)
        count_mail(tx, email_key(kept.email), asking, now)
        _send(tx, kept, waiting, now)


def _kept(db: Session, waiting: bytes, now: datetime) -> Kept:
    data = db.scalar(
        select(OneTimeLink.data).where(
            OneTimeLink.digest == waiting,
            OneTimeLink.purpose == "waiting",
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
    )
    if data is None:
        raise LinkExpired
    return Kept.from_row(data)


def _use_kept(tx: Transaction, waiting: bytes, now: datetime) -> None:
    """Of several links for one form, one makes a member. What was typed is not kept any longer."""
    used = tx.execute(
        update(OneTimeLink)
        .where(OneTimeLink.digest == waiting, OneTimeLink.used_at.is_(None))
        .values(used_at=now, data={})
        .returning(OneTimeLink.digest)
    ).all()
    if not used:
        raise LinkExpired

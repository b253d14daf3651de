"""What the operator decides outside the program: one frozen object, read from the environment and `.env`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit


class UnsafeSettings(Exception):
    """The program will not start like this; the message names everything that is missing or unsafe."""


class Mode(StrEnum):
    """How careful the program has to be."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


LEAST_SECRET = 32
_WEAK_SECRETS = {"secret", "changeme", "change-me", "dev", "development", "test", "password"}
STRIPE = "https://api.stripe.com"
_STRIPE_KEY = re.compile(r"(sk|rk)_(?P<kind>live|test)_\w{8,}$")
_WEBHOOK_SECRET = re.compile(r"whsec_[\w+/=-]{24,}")
_MAIL_SCHEMES = {"smtp", "smtp+starttls", "smtps"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of the program; see the table in docs/operating.md.

    - `mode`: production unless `CLUB_MODE` says demo or test.
    - `database_url`: SQLAlchemy address; an SQLite file in `instance/` unless given.
    - `secret_key`: signs form keys and links; `secret_key_fallbacks` are still accepted, not used for new ones.
    - `base_url`: how members reach the club, for links in mails; its host is the only one answered.
    - `redis_url`: the worker's queue; without it an SQLite file.
    - `smtp_url`: `smtp://`, `smtp+starttls://` or `smtps://` with user and password; without it mails wait.
    - `mail_from`: the sender's address.
    - `stripe_secret_key`: takes card payments with this account; without it the shop takes none.
    - `stripe_webhook_secrets`: what Stripe signs its messages with; two while one follows the other.
    - `stripe_api_base`: where Stripe is asked; something else only for trying out.
    - `mail_webhook_secrets`: what a mail service signs mails with that it hands over; two while one follows the other.
    - `bounce_maildir`: a Maildir to which mails that came back are delivered; without it staff note them by hand.
    - `instance_path`: files that the program makes (database, compiled texts, uploads, queue).
    - `backup_path`: where the worker keeps the backups of every night; `backup_keep`: of how many days, weeks, months.
    """

    mode: Mode = Mode.PRODUCTION
    instance_path: Path = Path("instance")
    database_url: str = ""
    secret_key: str = ""
    secret_key_fallbacks: tuple[str, ...] = ()
    base_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    stripe_secret_key: str = ""
    stripe_webhook_secrets: tuple[str, ...] = ()
    stripe_api_base: str = STRIPE
    mail_webhook_secrets: tuple[str, ...] = ()
    bounce_maildir: Path | None = None
    trusted_proxies: int = 0
    port: int = 5000
    backup_path: Path = Path("instance/backups")
    backup_keep: tuple[int, int, int] = (7, 4, 12)

    @property
    def is_production(self) -> bool:
        """Whether every safeguard must be on."""
        return self.mode is Mode.PRODUCTION

    @property
    def uploads_path(self) -> Path:
        """Where files that people gave are kept; part of every backup."""
        return self.instance_path / "uploads"

    @property
    def takes_cards(self) -> bool:
        """Whether there is an account that card payments go to."""
        return bool(self.stripe_secret_key)

    @property
    def host(self) -> str:
        """The one host name that is answered, with its port if the address names one."""
        return urlsplit(self.base_url).netloc

    @property
    def heartbeat_file(self) -> Path:
        """Touched by the worker every few seconds."""
        return self.instance_path / "worker.alive"

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
    ) -> "Settings":
        """Read, fill in what may be missing, and refuse what is unsafe with one message.

        Raises `UnsafeSettings`. The process environment wins over `.env`. Names that begin with `CLUB_` and are
        not known are refused too, because a misspelt setting is a missing one.
        """
        given = {**(_read_dotenv(dotenv) if dotenv else {}), **(os.environ if environ is None else environ)}
        complaints = [f"{name} is not a setting" for name in sorted(given) if _is_unknown(name)]
        settings = cls._filled(given, complaints)
        complaints += settings._dangers()
        if complaints:
            raise UnsafeSettings("The club does not start like this:\n" + "\n".join(f"- {c}" for c in complaints))
        return settings

    @classmethod
    def _filled(cls, given: Mapping[str, str], complaints: list[str]) -> "Settings":
        mode = _choice(given.get("CLUB_MODE", ""), complaints)
        port = _number(given, "PORT", 5000, complaints)
        instance = Path(given.get("CLUB_INSTANCE_PATH") or "instance").absolute()
        relaxed = mode is not Mode.PRODUCTION
        return cls(
            mode=mode,
            instance_path=instance,
            database_url=given.get("CLUB_DATABASE_URL") or f"sqlite:///{instance / 'club.sqlite'}",
            secret_key=given.get("CLUB_SECRET_KEY", ""),
            secret_key_fallbacks=_listed(given.get("CLUB_SECRET_KEY_FALLBACKS", "")),
            base_url=(given.get("CLUB_BASE_URL") or (f"http://127.0.0.1:{port}" if relaxed else "")).rstrip("/"),
            redis_url=given.get("CLUB_REDIS_URL", ""),
            smtp_url=given.get("CLUB_SMTP_URL", ""),
            mail_from=given.get("CLUB_MAIL_FROM", "") or ("club@example.org" if relaxed else ""),
            stripe_secret_key=given.get("CLUB_STRIPE_SECRET_KEY", ""),
            stripe_webhook_secrets=_listed(given.get("CLUB_STRIPE_WEBHOOK_SECRET", "")),
            stripe_api_base=(given.get("CLUB_STRIPE_API_BASE") or STRIPE).rstrip("/"),
            mail_webhook_secrets=_listed(given.get("CLUB_MAIL_WEBHOOK_SECRET", "")),
            bounce_maildir=Path(folder).absolute() if (folder := given.get("CLUB_BOUNCE_MAILDIR")) else None,
            trusted_proxies=_number(given, "CLUB_TRUSTED_PROXIES", 0, complaints),
            port=port,
            backup_path=Path(given.get("CLUB_BACKUP_PATH") or instance / "backups").absolute(),
            backup_keep=_three_numbers(given.get("CLUB_BACKUP_KEEP", ""), complaints),
        )

    def _dangers(self) -> list[str]:
        found = []
        if not self.secret_key:
            found.append("CLUB_SECRET_KEY is missing: give 32 or more random characters")
        elif len(self.secret_key) < LEAST_SECRET or self.secret_key.lower() in _WEAK_SECRETS:
            found.append("CLUB_SECRET_KEY is too weak: give 32 or more random characters")
        server = urlsplit(self.smtp_url)
        if self.smtp_url and (server.scheme not in _MAIL_SCHEMES or not server.hostname):
            found.append("CLUB_SMTP_URL must begin with smtp://, smtp+starttls:// or smtps:// and name a host")
        if not all(len(secret) >= LEAST_SECRET for secret in self.mail_webhook_secrets):
            found.append("CLUB_MAIL_WEBHOOK_SECRET is too weak: give 32 or more random characters")
        found += self._dangers_of_payments()
        if not self.is_production:
            return found
        address = urlsplit(self.base_url)
        if not self.base_url:
            found.append("CLUB_BASE_URL is missing: the address at which members reach the club")
        elif address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost"}:
            found.append("CLUB_BASE_URL must begin with https://")
        if self.smtp_url and not self.mail_from:
            found.append("CLUB_MAIL_FROM is missing: the address that mails come from")
        return found

    def _dangers_of_payments(self) -> list[str]:
        """All three settings together; the messages never repeat a secret."""
        found = []
        base = urlsplit(self.stripe_api_base)
        if self.is_production and self.stripe_api_base != STRIPE:
            found.append(f"CLUB_STRIPE_API_BASE must be {STRIPE} in production, or not be given")
        elif self.stripe_api_base != STRIPE and base.hostname not in {"127.0.0.1", "localhost", "::1"}:
            found.append(f"CLUB_STRIPE_API_BASE must be {STRIPE} or an address of this machine")
        if not self.stripe_secret_key:
            if self.stripe_webhook_secrets or self.stripe_api_base != STRIPE:
                found.append("CLUB_STRIPE_SECRET_KEY is missing: the other settings for Stripe need it")
            return found
        key = _STRIPE_KEY.match(self.stripe_secret_key)
        if key is None:
            found.append("CLUB_STRIPE_SECRET_KEY must begin with sk_live_, rk_live_, sk_test_ or rk_test_")
        elif self.is_production and key["kind"] == "test":
            found.append("CLUB_STRIPE_SECRET_KEY is a test key: production takes real payments")
        elif not self.is_production and key["kind"] == "live":
            found.append("CLUB_STRIPE_SECRET_KEY is a live key: real payments are for production only")
        if not self.stripe_webhook_secrets:
            found.append("CLUB_STRIPE_WEBHOOK_SECRET is missing: without it no message of Stripe is believed")
        elif not all(_WEBHOOK_SECRET.fullmatch(secret) for secret in self.stripe_webhook_secrets):
            found.append("CLUB_STRIPE_WEBHOOK_SECRET must begin with whsec_ and have 24 more characters at least")
        return found


KNOWN = {
    "CLUB_MODE",
    "CLUB_INSTANCE_PATH",
    "CLUB_DATABASE_URL",
    "CLUB_SECRET_KEY",
    "CLUB_SECRET_KEY_FALLBACKS",
    "CLUB_BASE_URL",
    "CLUB_REDIS_URL",
    "CLUB_SMTP_URL",
    "CLUB_MAIL_FROM",
    "CLUB_BOUNCE_MAILDIR",
    "CLUB_MAIL_WEBHOOK_SECRET",
    "CLUB_TRUSTED_PROXIES",
    "CLUB_BACKUP_PATH",
    "CLUB_BACKUP_KEEP",
    "CLUB_STRIPE_SECRET_KEY",
    "CLUB_STRIPE_WEBHOOK_SECRET",
    "CLUB_STRIPE_API_BASE",
}


def _is_unknown(name: str) -> bool:
    return name.startswith("CLUB_") and name not in KNOWN


def _choice(given: str, complaints: list[str]) -> Mode:
    try:
        return Mode(given or "production")
    except ValueError:
        complaints.append(f"CLUB_MODE is {given!r}: give production, demo or test")
        return Mode.PRODUCTION


def _number(given: Mapping[str, str], name: str, default: int, complaints: list[str]) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        complaints.append(f"{name} is {text!r}: give a whole number")
        return default
    return int(text)


def _listed(given: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _three_numbers(given: str, complaints: list[str]) -> tuple[int, int, int]:
    parts = given.replace(" ", "").split(",") if given else ["7", "4", "12"]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or int(parts[0]) < 1:
        complaints.append(f"CLUB_BACKUP_KEEP is {given!r}: give days, weeks and months, as in 7,4,12")
        return 7, 4, 12
    return int(parts[0]), int(parts[1]), int(parts[2])


def _read_dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}

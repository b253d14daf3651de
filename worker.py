"""The background runner: `python -m worker`. Sends due mail, makes figures and runs the night.

The database holds what is to be done; Huey is only the clock and the threads. Every task looks for due rows and calls a
service, may be done twice, and is never put into the queue by a page.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer, Scheduler
from sqlalchemy.orm import Session, sessionmaker

from club import night
from club.backups.dumps import dumps_for
from club.backups.rules import Keep
from club.backups.service import Place, back_up
from club.backups.taking import Sources
from club.care import service as care
from club.catalogue.service import photos, stock
from club.database import make_engine, sessions
from club.events import service as events
from club.events.service import pictures as event_pictures
from club.imports import service as imports
from club.insight.on_request import ask_after_imports, make_asked
from club.lost import service as lost
from club.messages.bounces import Heard, PutOff, read_maildir
from club.messages.mail import host_of
from club.messages.service import PostOffice, send_due
from club.messages.smtp import MailServer, SmtpMailer
from club.offers import service as offers
from club.orders import service as orders
from club.papers.service import files, issue_due, issue_for_money_alone
from club.payments import service as payments
from club.payments.asking import Gateway, gateway_of
from club.payments.troubles import StripeTrouble
from club.profile import photo as member_photos
from club.programme.models import find_club
from club.returns.service.photos import forget_photos
from club.settings import Settings, UnsafeSettings
from club.support.service import files as support_files
from club.support.service.mailing import take_in

SECONDS_BETWEEN_LOOKS = 5
SECONDS_BETWEEN_NIGHTS = 60
SECONDS_BETWEEN_RELEASES = 30
SECONDS_BETWEEN_BOUNCES = 60
SECONDS_BETWEEN_LOOKS_AT_STRIPE = 30
SECONDS_BETWEEN_CLEARINGS = 3600
SECONDS_BETWEEN_BACKUP_LOOKS = 30
SECONDS_BETWEEN_SWEEPS = 3600
SECONDS_TO_END = 20
STATEMENT_TIMEOUT_SECONDS = 60
MAILS_A_ROUND = 20

log = logging.getLogger("worker")


class Work:
    """What there is to do, by hand or by the clock."""

    def __init__(self, settings: Settings, make_session: sessionmaker[Session]) -> None:
        self._settings = settings
        self._make_session = make_session
        self._gateway: Gateway | None = None
        self._put_off = PutOff()
        self.is_stopping: Callable[[], bool] = lambda: False

    def send_mail(self) -> None:
        """Send all that is due, in rounds, until nothing is left or the worker ends. Without a mail server it waits."""
        settings = self._settings
        if not settings.smtp_url:
            return
        mailer = SmtpMailer(MailServer.from_url(settings.smtp_url), host_of(settings.mail_from))
        office = PostOffice(mailer, settings.base_url, settings.mail_from)
        with self._make_session() as db:
            while not self.is_stopping():
                if send_due(db, office, lambda: datetime.now(UTC), MAILS_A_ROUND).handled < MAILS_A_ROUND:
                    return

    def read_bounces(self) -> None:
        """Read what came back from the Maildir that the operator named, if there is one."""
        folder = self._settings.bounce_maildir
        if folder is None:
            return
        try:
            with self._make_session() as db:
                counts = read_maildir(folder, self._take_in(db), self._put_off)
        except OSError as trouble:
            log.error("CLUB_BOUNCE_MAILDIR cannot be read, it must be a Maildir with new and cur: %s", trouble)
            return
        if counts[Heard.NOTED]:
            log.info("%s mails came back", counts[Heard.NOTED])
        if counts[Heard.LETTER]:
            log.info("%s mails were answered", counts[Heard.LETTER])

    def _take_in(self, db: Session) -> Callable[[bytes], Heard]:
        return lambda raw: take_in(db, self._settings.uploads_path, raw, datetime.now(UTC))

    def run_night(self) -> None:
        """Do what is left of the nights until yesterday."""
        now = datetime.now(UTC)
        with self._make_session() as db:
            club = find_club(db)
            if club is None:
                return
            day = night.last_closed_day(club, now)
            is_behind = night.is_behind(db, day)
        if is_behind:
            for one in night.run(self._make_session, day, now).done:
                log.info("night of %s: %s changed %s", one.day, one.step, one.changed)

    def release_stock(self) -> None:
        """Let go of goods that were set aside for a time that is over."""
        with self._make_session() as db:
            stock.release_expired(db, datetime.now(UTC))

    def let_go_orders(self) -> None:
        """Let go of orders that nobody began to pay in time."""
        with self._make_session() as db:
            orders.let_go_expired(db, datetime.now(UTC))
            payments.give_carried_back(db, datetime.now(UTC))

    def send_invitations(self) -> None:
        """Write the invitations and reminders that are due, in parts; whoever has no mailbox is called."""
        with self._make_session() as db:
            if find_club(db) is not None:
                events.write_waves(db, datetime.now(UTC), self.is_stopping)
                care.call_who_has_no_mailbox(db, datetime.now(UTC))

    def follow_events(self) -> None:
        """Pass offered places on whose time is over, close what has ended, give points and give them back."""
        with self._make_session() as db:
            if find_club(db) is not None:
                events.follow(db, datetime.now(UTC))

    def tell_of_offers(self) -> None:
        """Write the mails about offers that are due, in parts."""
        with self._make_session() as db:
            if find_club(db) is not None:
                offers.write_notices(db, datetime.now(UTC), self.is_stopping)

    def watch_payments(self) -> None:
        """Ask Stripe about what is open, send money back, and hear what no message told. Nothing without cards."""
        if not self._settings.takes_cards:
            return
        with self._make_session() as db:
            if find_club(db) is None:
                return
            gateway = self._gateway = self._gateway or gateway_of(self._settings)
            assert gateway is not None
            steps: tuple[Callable[[], int], ...] = (
                lambda: payments.sweep(db, gateway, lambda: datetime.now(UTC)),
                lambda: payments.send_refunds(db, gateway, datetime.now(UTC)),
                lambda: payments.freeze_more(db, datetime.now(UTC)),
                lambda: payments.catch_up(db, gateway, datetime.now(UTC)),
                lambda: payments.find_unnamed(db, gateway, datetime.now(UTC)),
            )
            for step in steps:
                try:
                    step()
                except StripeTrouble as trouble:
                    log.warning("Stripe cannot be asked: %s", trouble)
                except Exception:
                    log.exception("a step of watching the payments broke off")
                    db.rollback()

    def make_figures(self) -> None:
        """Make the figures that somebody asked for."""
        with self._make_session() as db:
            if find_club(db) is not None and make_asked(db, datetime.now(UTC), lost.follow):
                log.info("the figures are made as of now")

    def take_in_files(self) -> None:
        """Work on the imports that wait, one after the other."""
        hands = imports.Hands(
            self._make_session, self._settings.uploads_path, lambda: datetime.now(UTC), self.is_stopping
        )
        has_worked = False
        while not self.is_stopping() and imports.take_up(hands):
            has_worked = True
        if has_worked:
            with self._make_session() as db:
                ask_after_imports(db, datetime.now(UTC))

    def make_pictures(self) -> None:
        """Make the sizes of pictures that lack them, one picture after the other."""
        studio = photos.Studio(self._make_session, self._settings.uploads_path, self.is_stopping)
        photos.make_due(studio)
        event_pictures.make_due(studio)

    def sweep_pictures(self) -> None:
        """Remove files of pictures that nobody names any more."""
        with self._make_session() as db:
            photos.sweep(db, self._settings.uploads_path, datetime.now(UTC), event_pictures.files_named(db))
            forget_photos(db, self._settings.uploads_path, datetime.now(UTC))
            support_files.sweep(db, self._settings.uploads_path, datetime.now(UTC))
            member_photos.sweep(db, self._settings.uploads_path, datetime.now(UTC))

    def issue_papers(self) -> None:
        """Issue the invoices and credit notes that are due, then make their files."""
        now = datetime.now(UTC)
        with self._make_session() as db:
            if find_club(db) is not None:
                issue_due(db, now)
                issue_for_money_alone(db, now)
                files.make_files(db, self._settings.uploads_path, now)

    def issue_old_papers(self) -> None:
        """Look at all orders, however old, for one that has no paper."""
        with self._make_session() as db:
            if find_club(db) is not None:
                issue_due(db, datetime.now(UTC), of_all=True)

    def clear_imports(self) -> None:
        """Remove files and personal values of imports that are over for good."""
        with self._make_session() as db:
            imports.forget_old(db, self._settings.uploads_path, datetime.now(UTC))

    def back_up(self) -> None:
        """Make the backup that somebody asked for, or the night's. A demonstration makes none by itself."""
        settings = self._settings
        sources = Sources(dumps_for(settings.database_url), settings.uploads_path)
        place = Place(sources, settings.backup_path, Keep(*settings.backup_keep))
        with self._make_session() as db:
            if find_club(db) is None:
                return
            at_night = settings.is_production
            done = back_up(db, place, datetime.now(UTC), at_night=at_night, clock=lambda: datetime.now(UTC))
        if done is not None and done.trouble is None:
            log.info("backup %s is made and looked through", done.file)

    def beat(self) -> None:
        """Show that the worker lives; `/readyz` looks at it."""
        self._settings.heartbeat_file.touch()


class AloneOnly:
    """A task that is not begun again while it is under way: it keeps one thread busy, however long it lasts."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._under_way = threading.Lock()

    def __call__(self) -> None:
        if not self._under_way.acquire(blocking=False):
            return
        try:
            self._work()
        finally:
            self._under_way.release()


class Looking(Scheduler):
    """Huey's clock, looking every few seconds instead of every minute."""

    periodic_task_seconds = SECONDS_BETWEEN_LOOKS


class Runner(Consumer):
    """Huey's threads, one for each kind of work. Both signals let what is under way finish."""

    scheduler_class = Looking

    def __init__(self, huey: Huey, threads: int) -> None:
        super().__init__(huey, workers=threads, max_delay=1.0, shutdown_timeout=SECONDS_TO_END, graceful_signal="TERM")
        is_restart, is_graceful = False, True
        self._signal_actions = dict.fromkeys((signal.SIGTERM, signal.SIGINT), (is_restart, is_graceful))


def runner_for(settings: Settings) -> Runner:
    """The whole worker, ready to run."""
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url, statement_timeout_seconds=STATEMENT_TIMEOUT_SECONDS)
    work = Work(settings, sessions(engine))
    huey = _queue(settings)
    tasks = (
        (work.beat, SECONDS_BETWEEN_LOOKS),
        (work.send_mail, SECONDS_BETWEEN_LOOKS),
        (work.read_bounces, SECONDS_BETWEEN_BOUNCES),
        (work.run_night, SECONDS_BETWEEN_NIGHTS),
        (work.make_figures, SECONDS_BETWEEN_LOOKS),
        (work.back_up, SECONDS_BETWEEN_BACKUP_LOOKS),
        (work.release_stock, SECONDS_BETWEEN_RELEASES),
        (work.let_go_orders, SECONDS_BETWEEN_RELEASES),
        (work.send_invitations, SECONDS_BETWEEN_LOOKS),
        (work.tell_of_offers, SECONDS_BETWEEN_LOOKS),
        (work.follow_events, SECONDS_BETWEEN_RELEASES),
        (work.watch_payments, SECONDS_BETWEEN_LOOKS_AT_STRIPE),
        (work.take_in_files, SECONDS_BETWEEN_LOOKS),
        (work.make_pictures, SECONDS_BETWEEN_LOOKS),
        (work.sweep_pictures, SECONDS_BETWEEN_SWEEPS),
        (work.issue_papers, SECONDS_BETWEEN_LOOKS),
        (work.issue_old_papers, SECONDS_BETWEEN_SWEEPS),
        (work.clear_imports, SECONDS_BETWEEN_CLEARINGS),
    )
    for task, seconds in tasks:
        huey.periodic_task(_Every(seconds), expires=seconds, name=task.__name__)(AloneOnly(task))
    runner = Runner(huey, len(tasks))
    work.is_stopping = runner.stop_flag.is_set
    return runner


def main() -> int:
    """Run until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("huey", "stripe", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment()
    except UnsafeSettings as unsafe:
        log.error("%s", unsafe)
        return 1
    runner = runner_for(settings)
    log.info("the worker is up")
    runner.run()
    settings.heartbeat_file.unlink(missing_ok=True)
    log.info("the worker has ended")
    return 0


def _queue(settings: Settings) -> Huey:
    if settings.redis_url:
        return RedisHuey("club", results=False, url=settings.redis_url)
    return SqliteHuey("club", results=False, filename=str(_queue_file(settings)))


def _queue_file(settings: Settings) -> Path:
    return settings.instance_path / "queue.sqlite"


class _Every:
    """True when so many seconds have passed since it was last true."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._next = 0.0

    def __call__(self, moment: datetime) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds - 0.5
        return True


if __name__ == "__main__":
    sys.exit(main())

"""The pages that staff open all day: the list of customers, the search, one customer."""

from datetime import UTC, datetime

from bench.large import today
from bench.large_club import learn
from bench.readers import Read
from club.accounts.browsers import start_session
from club.accounts.service import make_staff, new_account
from club.clock import ONE_DAY
from club.database import make_engine, sessions, transaction
from club.insight.service import refresh
from club.lost.service import follow
from club.permissions import Role

AIM_OF_STAFF = "15 queries, 0.5 or more"
PATIENCE_SECONDS = 600


def staff_reads(url: str, member_ids: list[int]) -> dict[str, list[Read]]:
    """Who manages the club, and what they ask for. Searches that find one person would only lead to their page."""
    cookie = f"club={_sign_in(url)}"
    paths = {
        "Today": ["/admin"],
        "first look": ["/admin/first-look"],
        "lost customers": ["/admin/lost"],
        "customers": ["/admin/customers"],
        "customers: best fifth": ["/admin/customers?place=pareto&order=-bought"],
        "customers: gone quiet": ["/admin/customers?quiet=y&order=-bought"],
        "search: a name": [f"/admin/search?q=member+{member_id // 1000 + 1}" for member_id in member_ids],
        "search: a phone": [f"/admin/search?q=6000{member_id // 1000:03}" for member_id in member_ids],
        "search: nobody": ["/admin/search?q=7F3K-92QD"],
        "a customer": [f"/admin/customers/{member_id}" for member_id in member_ids],
    }
    return {name: [Read(path, cookie) for path in listed] for name, listed in paths.items()}


def _sign_in(url: str) -> str:
    """A manager, and figures of last night."""
    engine, now = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS), datetime.now(UTC)
    with sessions(engine)() as db:
        refresh(db, today() - ONE_DAY, now)
        follow(db, today() - ONE_DAY, now)
        learn(engine)
        with transaction(db) as tx:
            account_id = new_account(tx, "manager@bench.example", "en", None, now)
            make_staff(tx, account_id, "Bench", Role.OWNER, None, now)
            token = start_session(tx, account_id, now, browser="bench", proved=True)
    engine.dispose()
    return token

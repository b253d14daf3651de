"""What holds for people and parcels of a country."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.delivery.checks import check_rule
from club.delivery.countries import written_rules
from club.delivery.models import CountryRule
from club.delivery.rules import Rule
from club.errors import ChangedMeanwhile, NotFound
from club.permissions import Permission, Role, require
from club.programme.service import touch


def save_rule(db: Session, rule: Rule, seen_version: int, by: int | None, role: Role, now: datetime) -> None:
    """Write down what holds in a country; `seen_version` is 0 where nothing was written before.

    Raises `NotAllowed`, `BadDelivery`, `ChangedMeanwhile`.
    """
    require(role, Permission.EDIT_SHOP)
    check_rule(rule)
    values = {name: value for name, value in asdict(rule).items() if name not in {"country", "version"}}
    with transaction(db) as tx:
        touch(tx)
        before = written_rules(tx).get(rule.country)
        if (before.version if before else 0) != seen_version:
            raise ChangedMeanwhile(())
        if before is None:
            tx.execute(insert(CountryRule).values(country=rule.country, version=1, **values))
        else:
            own = update(CountryRule).where(CountryRule.country == rule.country)
            tx.execute(own.values(version=seen_version + 1, **values))
        _record(tx, "country.saved", rule.country, by, now, dict(values))


def remove_rule(db: Session, country: str, by: int | None, role: Role, now: datetime) -> None:
    """Take the row out: the own country may do all again, another one nothing. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        touch(tx)
        gone = tx.connection().execute(delete(CountryRule).where(CountryRule.country == country))
        if gone.rowcount != 1:
            raise NotFound
        _record(tx, "country.removed", country, by, now, {})


def _record(tx: Transaction, act: str, country: str, by: int | None, now: datetime, values: dict[str, object]) -> None:
    record(tx, act, "country", 0, by=by, now=now, words={"country": country, **values})

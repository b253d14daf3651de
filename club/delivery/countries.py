"""What holds for people and parcels of a country, remembered in the process until it changes."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.delivery.models import CountryRule
from club.delivery.rules import Rule, default_rule
from club.programme.models import remembered, the_club


def rule_for(db: Session, country: str) -> Rule:
    """Without a row the own country may do all, others nothing. No query while nothing changes."""
    return written_rules(db).get(country) or default_rule(country, the_club(db).country)


def written_rules(db: Session) -> Mapping[str, Rule]:
    """Country → its rule, where somebody wrote one."""
    return remembered(db, "country rules", _read)


def countries_to_buy(db: Session) -> list[str]:
    """Where a buyer may live, the club's own country first."""
    return [rule.country for rule in _all_rules(db) if rule.may_buy]


def countries_to_receive(db: Session) -> list[str]:
    """Where parcels may go, the club's own country first."""
    return [rule.country for rule in _all_rules(db) if rule.may_receive]


def countries_to_join(db: Session) -> tuple[str, ...] | None:
    """Whose people may join, the club's own country first; None: nobody wrote down anything about it."""
    own = the_club(db).country
    if all(rule.may_join == (country == own) for country, rule in written_rules(db).items()):
        return None
    return tuple(rule.country for rule in _all_rules(db) if rule.may_join)


def _all_rules(db: Session) -> list[Rule]:
    own = the_club(db).country
    others = sorted(set(written_rules(db)) - {own})
    return [rule_for(db, country) for country in (own, *others)]


def _read(db: Session) -> Mapping[str, Rule]:
    return {row["country"]: Rule(**row) for row in db.execute(select(*CountryRule.__table__.c)).mappings()}

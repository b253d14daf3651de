"""The rules of the stages as statements over everybody; a test holds them against the pure rules, person by person."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, Date, String, Subquery, and_, case, cast, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from club.care.models import INTERACTIONS
from club.care.rules import Direction, Outcome
from club.database import BigId, is_sqlite
from club.insight.models import MemberFigures
from club.leads.models import LEADS, SOURCES
from club.leads.rules import OWN_WISH
from club.members.models import Person
from club.members.undoing import SOURCE as UNDONE
from club.pipeline.rules import LEAST_GAP, REGULAR_DAYS, Boundaries, Stage
from club.referrals.models import Referral
from club.referrals.rules import OVER

_PERSON = Person.__table__.c
_F = MemberFigures.__table__.c
STANDS = and_(_PERSON.merged_into.is_(None), _PERSON.left_on.is_(None), _PERSON.source != UNDONE)
"""Records that are somebody: neither part of another one, nor forgotten, nor emptied when an import was taken back."""
ANSWERS = (Outcome.REACHED.value, Outcome.CALL_BACK.value)


def boundaries_of(db: Session, as_of: date) -> Boundaries:
    """The middle of the club's own rhythms: half of all members with one buy at least as often."""
    has_gap = _F.usual_gap_days.is_not(None)
    members = int(db.scalar(select(func.count()).select_from(MemberFigures).where(has_gap)) or 0)
    middle = select(_F.usual_gap_days).where(has_gap).order_by(_F.usual_gap_days).offset(max(members - 1, 0) // 2)
    return Boundaries(as_of, int(db.scalar(middle.limit(1)) or LEAST_GAP))


def has_answered() -> ColumnElement[bool]:
    """They asked or joined, or spoke with us: nobody who does is a stranger."""
    asked = select(LEADS.c.person_id).join_from(LEADS, SOURCES, SOURCES.c.id == LEADS.c.source_id)
    is_own = or_(SOURCES.c.kind.in_([kind.value for kind in OWN_WISH]), LEADS.c.form_id.is_not(None))
    own_wish = asked.where(is_own)
    spoke = select(INTERACTIONS.c.person_id).where(
        or_(INTERACTIONS.c.direction == Direction.IN.value, INTERACTIONS.c.outcome.in_(ANSWERS))
    )
    return or_(_PERSON.joined_on.is_not(None), _PERSON.id.in_(own_wish), _PERSON.id.in_(spoke))


def friends_who_bought() -> Subquery:
    """One row for whoever brought somebody who bought: person_id, friends."""
    friend = aliased(MemberFigures)
    by_word = select(LEADS.c.brought_by.label("person_id"), LEADS.c.person_id.label("friend_id"))
    by_code = select(Referral.referrer_id, Referral.friend_id)
    brought = union(
        by_word.where(LEADS.c.brought_by.is_not(None)),
        by_code.where(Referral.friend_id.is_not(None), Referral.state.not_in([state.value for state in OVER])),
    ).subquery("brought")
    return (
        select(brought.c.person_id, func.count().label("friends"))
        .join_from(brought, friend, friend.member_id == brought.c.friend_id)
        .where(friend.buying_days > 0)
        .group_by(brought.c.person_id)
        .subquery("friends_who_bought")
    )


def stage_column(bounds: Boundaries, friends: ColumnElement[int]) -> ColumnElement[str]:
    """The table of rules, in its order."""
    is_late = func.coalesce(_F.late_from <= bounds.as_of, False)
    is_regular = and_(_F.buying_days >= REGULAR_DAYS, ~is_late)
    return case(
        (and_(_F.buying_days > 0, ~is_late, friends > 0), Stage.PROMOTER.value),
        (and_(is_regular, _F.place == "pareto", _F.first_bought_on <= bounds.a_year_ago), Stage.LOYAL.value),
        (and_(is_regular, _F.usual_gap_days <= bounds.middle_gap), Stage.FREQUENT.value),
        (_F.buying_days > 0, Stage.BUYER.value),
        (has_answered(), Stage.PROSPECT.value),
        else_=Stage.SUSPECT.value,
    )


def everybody(db: Session, bounds: Boundaries) -> Subquery:
    """One row a person: person_id, stage, since (for whoever has no place yet), worth, last_bought_on."""
    friends = friends_who_bought()
    stage = stage_column(bounds, func.coalesce(friends.c.friends, 0))
    known_on = _day_of(is_sqlite(db))(_PERSON.created_at)
    begun = func.coalesce(_F.third_bought_on, _F.first_bought_on, _PERSON.joined_on, known_on)
    bought = func.coalesce(_F.first_bought_on, _PERSON.joined_on, known_on)
    since = case(
        (stage.in_([Stage.SUSPECT.value, Stage.PROSPECT.value]), func.coalesce(_PERSON.joined_on, known_on)),
        (stage == Stage.BUYER.value, bought),
        else_=begun,
    )
    return (
        select(
            _PERSON.id.label("person_id"),
            cast(stage, String).label("stage"),
            since.label("since"),
            cast(func.coalesce(_F.spend_year, 0), BigId).label("worth"),
            _F.last_bought_on,
        )
        .select_from(Person.__table__)
        .outerjoin(MemberFigures, _F.member_id == _PERSON.id)
        .outerjoin(friends, friends.c.person_id == _PERSON.id)
        .where(STANDS)
        .subquery("everybody")
    )


def _day_of(on_sqlite: bool) -> Callable[[ColumnElement[object]], ColumnElement[date]]:
    def day(moment: ColumnElement[object]) -> ColumnElement[date]:
        return func.date(moment, type_=Date) if on_sqlite else cast(moment, Date)

    return day

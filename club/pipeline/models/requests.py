"""The list of requests, and what every source brought."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from club.insight.models import MemberFigures
from club.leads.models import LEADS, SOURCES, Source, sources
from club.leads.rules import SourceKind
from club.members.models import Person
from club.pipeline.models.board import Card, cards
from club.pipeline.models.steps import NO_STEP, is_state
from club.pipeline.models.tables import PLACES
from club.pipeline.rules import NOT_YET_BUYING

_L, _P = LEADS.c, PLACES.c
AT_ONCE = 1_000


@dataclass(frozen=True)
class WantedRequests:
    """Which requests: `open` (nobody has bought or was lost), `none` (open, without a next step) or `all`."""

    view: str = "open"
    source_id: int | None = None
    form_id: int | None = None


@dataclass(frozen=True)
class RequestLine:
    """A request in the list, with where its person stands by now."""

    id: int
    reference: str
    at: datetime
    person_id: int
    full_name: str
    kind: SourceKind
    source: str
    campaign: str
    interest: str
    card: Card | None


def requests(db: Session, wanted: WantedRequests, today: date, limit: int, offset: int) -> list[RequestLine]:
    """A page of requests: without a next step first, then the newest. Two queries."""
    has_step = case((is_state(_L.person_id, NO_STEP, today), 0), else_=1)
    query = _lines().where(*_conditions(wanted, today)).order_by(has_step, _L.at.desc(), _L.id.desc())
    rows = db.execute(query.limit(limit).offset(offset)).all()
    known = {card.person_id: card for card in cards(db, sorted({row.person_id for row in rows}))}
    return [_line(row, known.get(row.person_id)) for row in rows]


def counted_requests(db: Session, today: date) -> dict[str, int]:
    """How many stand in each view; one query."""
    views = ("open", NO_STEP, "all")
    each = [
        select(func.count()).select_from(LEADS).where(*_conditions(WantedRequests(view), today)).scalar_subquery()
        for view in views
    ]
    return dict(zip(views, db.execute(select(*each)).one(), strict=True))


def count_requests(db: Session, wanted: WantedRequests, today: date) -> int:
    """How many `every_request` gives."""
    return db.scalar(select(func.count()).select_from(LEADS).where(*_conditions(wanted, today))) or 0


def every_request(db: Session, wanted: WantedRequests, today: date) -> Iterator[tuple[Any, ...]]:
    """All of them for a spreadsheet: when, reference, name, e-mail, phone, source by kind and name, campaign, stage."""
    columns = (
        _L.at, _L.reference, Person.full_name, Person.email, Person.phone, SOURCES.c.kind, SOURCES.c.name, _L.campaign,
        _P.stage,
    )  # fmt: skip
    query = (
        select(*columns)
        .join_from(LEADS, Person, Person.id == _L.person_id)
        .join(SOURCES, SOURCES.c.id == _L.source_id)
        .outerjoin(PLACES, _P.person_id == _L.person_id)
        .where(*_conditions(wanted, today))
        .order_by(_L.at.desc(), _L.id.desc())
    )
    for row in db.execute(query.execution_options(yield_per=AT_ONCE)):
        yield tuple(row)


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            _L.id, _L.reference, _L.at, _L.person_id, Person.full_name, SOURCES.c.kind, SOURCES.c.name, _L.campaign,
            _L.interest,
        )
        .join_from(LEADS, Person, Person.id == _L.person_id)
        .join(SOURCES, SOURCES.c.id == _L.source_id)
    )  # fmt: skip


def _line(row: Any, card: Card | None) -> RequestLine:
    return RequestLine(
        id=row.id,
        reference=row.reference,
        at=row.at,
        person_id=row.person_id,
        full_name=row.full_name,
        kind=SourceKind(row.kind),
        source=row.name,
        campaign=row.campaign,
        interest=row.interest,
        card=card,
    )


def _conditions(wanted: WantedRequests, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.view != "all":
        stages = [stage.value for stage in NOT_YET_BUYING]
        is_done = _P.stage.not_in(stages) | _P.lost_on.is_not(None)
        done = select(_P.person_id).where(_P.person_id == _L.person_id, is_done).correlate(LEADS)
        found.append(~done.exists())
    if wanted.view == NO_STEP:
        found.append(is_state(_L.person_id, NO_STEP, today))
    if wanted.source_id is not None:
        found.append(_L.source_id == wanted.source_id)
    if wanted.form_id is not None:
        found.append(_L.form_id == wanted.form_id)
    return found


@dataclass(frozen=True)
class Yield:
    """What a source brought. `people`: whom the club came to know by it; the rest is counted over them."""

    source: Source
    requests: int
    people: int
    members: int
    buyers: int
    sales: int

    @property
    def per_member(self) -> int | None:
        """What one member cost, in minor units."""
        return None if not self.members else round(self.source.cost / self.members)

    @property
    def members_permille(self) -> int | None:
        """How many of a thousand people became members."""
        return None if not self.people else 1000 * self.members // self.people


def yields(db: Session) -> list[Yield]:
    """Every source with what it brought. Two queries."""
    f = MemberFigures
    first = case((_L.is_first, _L.person_id))
    rows = db.execute(
        select(
            _L.source_id,
            func.count(),
            func.count(first),
            func.count(case((_L.is_first & Person.joined_on.is_not(None), _L.person_id))),
            func.count(case((_L.is_first & f.first_bought_on.is_not(None), _L.person_id))),
            func.coalesce(func.sum(case((_L.is_first, f.spend))), 0),
        )
        .join_from(LEADS, Person, Person.id == _L.person_id)
        .outerjoin(f, f.member_id == _L.person_id)
        .group_by(_L.source_id)
    )
    known = {row[0]: tuple(int(value) for value in row[1:]) for row in rows}
    return [Yield(source, *known.get(source.id, (0, 0, 0, 0, 0))) for source in sources(db)]

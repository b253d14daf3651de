"""Sources, forms and requests. A lead is one request of a person, who is one row from first contact on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.models import Staff
from club.contact.rules import Channel
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.leads.rules import (
    LONGEST_CAMPAIGN,
    LONGEST_LICENCE,
    LONGEST_LINE,
    LONGEST_ONCE,
    LONGEST_REFERRER,
    LONGEST_SLUG,
    LONGEST_SOURCE_NAME,
    REFERENCE_LENGTH,
    Asks,
    Basis,
    FormContent,
    SourceKind,
)
from club.texts import Texts

_KINDS = ", ".join(f"'{kind.value}'" for kind in SourceKind)
_BASES = ", ".join(f"'{basis.value}'" for basis in Basis)


class LeadSource(Base):
    """Where people come from. `own_kind` names the club's one source of a kind, made when it is first needed."""

    __tablename__ = "lead_source"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        CheckConstraint(f"basis IN ({_BASES})", name="basis_known"),
        CheckConstraint("cost >= 0", name="cost_positive"),
        Index("uq_lead_source_content", "content", unique=True),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    own_kind: Mapped[str | None] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_SOURCE_NAME))
    """Empty for the club's own source of a kind: pages call it by its kind."""
    begun_on: Mapped[date]
    rows: Mapped[int | None]
    """How many people it came with; none: nobody counted."""
    cost: Mapped[int] = mapped_column(BigId, default=0)
    basis: Mapped[str] = mapped_column(String(8))
    licence: Mapped[str] = mapped_column(String(LONGEST_LICENCE), default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Digest of the form that wrote it: the same form again writes no second one."""


class LeadForm(Base):
    """A form that staff wrote, open to everybody at its own address."""

    __tablename__ = "lead_form"
    __table_args__ = (Index("ix_lead_form_source_id", "source_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_SOURCE_NAME))
    title: Mapped[Texts]
    words: Mapped[Texts]
    thanks: Mapped[Texts]
    fields: Mapped[list[str]] = mapped_column(JSON)
    source_id: Mapped[int] = mapped_column(ForeignKey("lead_source.id"))
    campaign: Mapped[str] = mapped_column(String(LONGEST_CAMPAIGN), default="")
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    """Who gets the task of answering."""
    is_kiosk: Mapped[bool]
    is_active: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class LeadConsent(Base):
    """The words of consent of a form, by version. Append-only: requests point to them."""

    __tablename__ = "lead_consent"
    __table_args__ = (UniqueConstraint("form_id", "version"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("lead_form.id"))
    version: Mapped[int]
    words: Mapped[Texts]
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Lead(Base):
    """One request, or one meeting. What they wrote can be cleared; source and day stay."""

    __tablename__ = "lead"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'phone', 'post')", name="channel_known"),
        Index("ix_lead_person_id", "person_id", "at", "id"),
        Index("ix_lead_source_id", "source_id", "at", "id"),
        Index("ix_lead_at", "at", "id"),
        Index("ix_lead_brought_by", "brought_by"),
        Index("ix_lead_import_id", "import_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(REFERENCE_LENGTH), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("lead_source.id"))
    form_id: Mapped[int | None] = mapped_column(ForeignKey("lead_form.id"))
    campaign: Mapped[str] = mapped_column(String(LONGEST_CAMPAIGN), default="")
    referrer: Mapped[str] = mapped_column(String(LONGEST_REFERRER), default="")
    """The host of the page from which they came."""
    at: Mapped[datetime]
    is_first: Mapped[bool]
    """Whether the club came to know the person by it."""
    channel: Mapped[str | None] = mapped_column(String(8))
    times: Mapped[str] = mapped_column(String(LONGEST_LINE), default="")
    interest: Mapped[str] = mapped_column(String(LONGEST_LINE), default="")
    supplier: Mapped[str] = mapped_column(String(LONGEST_LINE), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    once: Mapped[str | None] = mapped_column(String(LONGEST_ONCE), unique=True)
    import_id: Mapped[int | None] = mapped_column(BigId)
    """The run of the list that brought it."""


LEADS = Base.metadata.tables[Lead.__tablename__]
SOURCES = Base.metadata.tables[LeadSource.__tablename__]

# --- queries


@dataclass(frozen=True)
class Source:
    """A source as lists and choices show it."""

    id: int
    kind: SourceKind
    name: str
    begun_on: date
    rows: int | None
    cost: int
    basis: Basis
    licence: str
    version: int


_S = SOURCES.c
_SOURCE = (_S.id, _S.kind, _S.name, _S.begun_on, _S.rows, _S.cost, _S.basis, _S.licence, _S.version)


def sources(db: Session) -> list[Source]:
    """All of them, the newest first; a club has dozens."""
    return [_source(row) for row in db.execute(select(*_SOURCE).order_by(_S.begun_on.desc(), _S.id.desc()))]


def the_source(db: Session, source_id: int) -> Source:
    """One of them; raises `NotFound`."""
    row = db.execute(select(*_SOURCE).where(_S.id == source_id)).one_or_none()
    if row is None:
        raise NotFound
    return _source(row)


def _source(row: Any) -> Source:
    values = list(row)
    values[1], values[6] = SourceKind(values[1]), Basis(values[6])
    return Source(*values)


@dataclass(frozen=True)
class Form:
    """A form as it is shown. `consent_version`: of the words that are shown beside the button."""

    id: int
    content: FormContent
    version: int
    consent_version: int

    @property
    def words_version(self) -> str:
        """What a consent to these words points to."""
        return f"lead_form {self.id}.{self.consent_version}"


_F = LeadForm.__table__.c
_C = LeadConsent.__table__.c


def form_at(db: Session, slug: str) -> Form:
    """The form at an address, whether it is open or not; raises `NotFound`."""
    row = db.execute(_forms().where(_F.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return _form(row)


def the_form(db: Session, form_id: int) -> Form:
    """One of them; raises `NotFound`."""
    row = db.execute(_forms().where(_F.id == form_id)).one_or_none()
    if row is None:
        raise NotFound
    return _form(row)


@dataclass(frozen=True)
class FormLine:
    """A form in the list of forms."""

    id: int
    slug: str
    name: str
    kind: SourceKind
    source: str
    owner: str
    is_active: bool
    is_kiosk: bool
    leads: int
    last_at: datetime | None


def forms(db: Session) -> list[FormLine]:
    """All forms with how often each was sent, the open ones first."""
    sent = (
        select(LEADS.c.form_id, func.count().label("count"), func.max(LEADS.c.at).label("last_at"))
        .where(LEADS.c.form_id.is_not(None))
        .group_by(LEADS.c.form_id)
        .subquery("sent")
    )
    rows = db.execute(
        select(
            _F.id, _F.slug, _F.name, _S.kind, _S.name, Staff.name, _F.is_active, _F.is_kiosk,
            func.coalesce(sent.c.count, 0), sent.c.last_at,
        )
        .select_from(LeadForm)
        .join(LeadSource, _S.id == _F.source_id)
        .join(Staff, Staff.account_id == _F.owner_id)
        .outerjoin(sent, sent.c.form_id == _F.id)
        .order_by(_F.is_active.desc(), _F.id.desc())
    )  # fmt: skip
    return [FormLine(row[0], row[1], row[2], SourceKind(row[3]), *row[4:]) for row in rows]


def _forms() -> Select[*tuple[Any, ...]]:
    other = LeadConsent.__table__.alias()
    newest = select(func.max(other.c.version)).where(other.c.form_id == _F.id).scalar_subquery()
    return (
        select(LeadForm.__table__, _C.version.label("consent_version"), _C.words.label("consent"))
        .join(LeadConsent, (_C.form_id == _F.id) & (_C.version == newest))
        .select_from(LeadForm)
    )


def _form(row: Any) -> Form:
    content = FormContent(
        slug=row.slug,
        name=row.name,
        title=row.title,
        words=row.words,
        thanks=row.thanks,
        consent=row.consent,
        fields=tuple(Asks(name) for name in row.fields),
        source_id=row.source_id,
        campaign=row.campaign,
        owner_id=row.owner_id,
        is_kiosk=row.is_kiosk,
        is_active=row.is_active,
    )
    return Form(row.id, content, row.version, row.consent_version)


@dataclass(frozen=True)
class Asked:
    """A request as the page of a person shows it."""

    id: int
    reference: str
    at: datetime
    source_id: int
    kind: SourceKind
    source: str
    campaign: str
    channel: Channel | None
    times: str
    interest: str
    supplier: str
    message: str


def leads_of(db: Session, person_id: int, limit: int) -> list[Asked]:
    """What somebody asked for, the newest first."""
    lead = LEADS.c
    rows = db.execute(
        select(
            lead.id, lead.reference, lead.at, _S.id, _S.kind, _S.name, lead.campaign, lead.channel, lead.times,
            lead.interest, lead.supplier, lead.message,
        )
        .join_from(LEADS, SOURCES, _S.id == lead.source_id)
        .where(lead.person_id == person_id)
        .order_by(lead.at.desc(), lead.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [_asked(row) for row in rows]


def _asked(row: Any) -> Asked:
    values = list(row)
    values[4] = SourceKind(values[4])
    values[7] = None if values[7] is None else Channel(values[7])
    return Asked(*values)

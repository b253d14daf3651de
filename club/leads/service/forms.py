"""Staff write the forms on which people ask. The words of consent are kept by version."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.audit import record
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, FormAddressTaken, NotOnStaff
from club.leads.models import LeadConsent, LeadForm, the_form, the_source
from club.leads.rules import FormContent
from club.permissions import Permission, Role, require
from club.programme.models import the_club


def add_form(db: Session, content: FormContent, by: int, role: Role | None, now: datetime) -> int:
    """A new form; its id. Raises `NotAllowed`, `FormAddressTaken`, `NotOnStaff`, and as `FormContent.checked`."""
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        tidy = _checked(tx, content, None)
        values = {**_values(tidy), "version": 1, "made_at": now, "made_by": by}
        form_id = tx.execute(insert(LeadForm).values(values).returning(LeadForm.id)).scalar_one()
        _keep_words(tx, form_id, 1, tidy, by, now)
        record(tx, "lead_form.added", "lead_form", form_id, by=by, now=now, source=tidy.source_id, owner=tidy.owner_id)
    return int(form_id)


def change_form(
    db: Session, form_id: int, seen: int, content: FormContent, by: int, role: Role | None, now: datetime
) -> None:
    """The form as it is from now on. `seen`: the version that was shown. Raises `ChangedMeanwhile`, as `add_form`."""
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        before = the_form(tx, form_id)
        tidy = _checked(tx, content, form_id)
        changed = (
            update(LeadForm)
            .where(LeadForm.id == form_id, LeadForm.version == seen)
            .values(**_values(tidy), version=seen + 1)
            .returning(LeadForm.id)
            .execution_options(synchronize_session=False)
        )
        if tx.execute(changed).first() is None:
            raise ChangedMeanwhile(("form",))
        if tidy.consent != before.content.consent:
            _keep_words(tx, form_id, before.consent_version + 1, tidy, by, now)
        record(
            tx, "lead_form.changed", "lead_form", form_id, by=by, now=now, source=tidy.source_id, owner=tidy.owner_id,
            is_active=tidy.is_active,
        )  # fmt: skip


def _checked(tx: Transaction, content: FormContent, form_id: int | None) -> FormContent:
    tidy = content.checked(the_club(tx).main_language)
    the_source(tx, tidy.source_id)
    working = select(Staff.account_id).where(Staff.account_id == tidy.owner_id, Staff.disabled_at.is_(None))
    if tx.scalar(working.with_for_update(read=True)) is None:
        raise NotOnStaff
    owner = tx.scalar(select(LeadForm.id).where(LeadForm.slug == tidy.slug))
    if owner is not None and owner != form_id:
        raise FormAddressTaken
    return tidy


def _keep_words(tx: Transaction, form_id: int, version: int, content: FormContent, by: int, now: datetime) -> None:
    tx.execute(insert(LeadConsent).values(form_id=form_id, version=version, words=content.consent, at=now, by=by))


def _values(content: FormContent) -> dict[str, object]:
    return {
        "slug": content.slug,
        "name": content.name,
        "title": content.title,
        "words": content.words,
        "thanks": content.thanks,
        "fields": [one.value for one in content.fields],
        "source_id": content.source_id,
        "campaign": content.campaign,
        "owner_id": content.owner_id,
        "is_kiosk": content.is_kiosk,
        "is_active": content.is_active,
    }

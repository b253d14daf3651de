"""Whose membership is a colleague's own, or that of their household: nobody decides about it."""

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from club.accounts.models import Account
from club.members.models import Person


def is_household(db: Session, account_id: int | None, person_id: int) -> bool:
    """Whether a membership is the colleague's own or of their household: by account, address or phone."""
    if account_id is None:
        return False
    return db.execute(household_of(account_id).where(Person.id == person_id)).first() is not None


def household_of(account_id: int) -> Select[int]:
    """The ids of a colleague's own record and of their household's."""
    me = aliased(Person, name="me")
    my_address = select(Account.email_key).where(Account.id == account_id).scalar_subquery()
    my_phones = select(me.phone).where(
        or_(me.account_id == account_id, me.email_key == my_address), me.phone.is_not(None)
    )
    return select(Person.id).where(
        or_(Person.account_id == account_id, Person.email_key == my_address, Person.phone.in_(my_phones))
    )

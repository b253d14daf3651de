"""Somebody types or scans the code of a voucher; whoever guesses has to wait."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, forget_tries
from club.database import transaction
from club.errors import UnknownVoucher
from club.offers.reading import VoucherView, voucher_with

TRIES = "voucher"


def voucher_typed(db: Session, typed: str, who: str, now: datetime, person_id: int | None = None) -> VoucherView:
    """The voucher of a code, of this member where one is named. `who` types it: their wrong codes are counted.

    The try is counted before anybody looks and forgotten where the code is right, so that ten wrong ones mean waiting,
    whichever process they come to. Raises `UnknownVoucher` for a code that nobody has and for one of somebody else
    alike, and `TooManyTries`.
    """
    tries = [Try(TRIES, who)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
        voucher = voucher_with(tx, typed, person_id)
        if voucher is not None:
            forget_tries(tx, tries)
    if voucher is None:
        raise UnknownVoucher
    return voucher

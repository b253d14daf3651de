"""What one row of a file of purchases says, or what is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import TypeVar

from club.errors import BadFile
from club.intake.cells import AmountReader, BadCell, day_in, decimal_mark, whole_in
from club.intake.complaints import Complaint
from club.intake.staging import StagedRow
from club.intake.table import Columns, Record, Table
from club.members.rules import LONGEST_EMAIL, LONGEST_IDENTIFIER
from club.purchases.rules import EARLIEST, LARGEST_QUANTITY, LONGEST_REFERENCE

COLUMNS = Columns(("member", "date", "amount"), ("reference", "channel", "category", "quantity", "returns"))
LONGEST_CHANNEL, LONGEST_CATEGORY = 24, 80
DECIMAL_MARKS = {"point": ".", "comma": ","}
_BETWEEN = "\x1f"

_Read = TypeVar("_Read")


def purchases_in(table: Table, *, today: date, exponent: int, channel: str, decimal: str | None) -> "PurchaseReader":
    """A reader for this file; looks through its amounts until one shows how decimals are written."""
    if not 0 < len(channel) <= LONGEST_CHANNEL:
        raise BadFile(f"a channel has 1 to {LONGEST_CHANNEL} letters")
    mark = DECIMAL_MARKS[decimal] if decimal else _mark_in(table)
    return PurchaseReader(today=today, amounts=AmountReader(exponent, mark), mark=mark, channel=channel.casefold())


def _mark_in(table: Table) -> str | None:
    with table.records() as records:
        return decimal_mark(_amounts(iter(records)))


def _amounts(records: Iterator[Record]) -> Iterator[str]:
    return (record.cells[2] for record in records if not record.surplus)


@dataclass
class PurchaseReader:
    """Reads the rows of one file."""

    today: date
    amounts: AmountReader
    mark: str | None
    channel: str
    complaints: list[Complaint] = field(default_factory=list)
    """What is wrong with the row read last."""

    def read(self, record: Record) -> StagedRow | None:
        """What the row says; None if it cannot be used, and then `complaints` has a line for every bad cell."""
        self.complaints = []
        number, (member, day, amount, reference, channel, category, quantity, returns), surplus = record
        if surplus:
            self._complain(number, "", "", "the row has more cells than the header; quote cells that hold the delimiter")
            return None
        member = self._cell(number, "member", member, _member) or ""
        dated_on = self._cell(number, "date", day, self._day)
        minor = self._cell(number, "amount", amount, self.amounts.minor)
        units = self._cell(number, "quantity", quantity, _quantity) if quantity else None
        self._short(number, "reference", reference, LONGEST_REFERENCE)
        self._short(number, "returns", returns, LONGEST_REFERENCE)
        self._short(number, "channel", channel, LONGEST_CHANNEL)
        self._short(number, "category", category, LONGEST_CATEGORY)
        if returns and minor == 0:
            self._complain(number, "amount", amount, "write how much was given back")
        if self.complaints or dated_on is None or minor is None:
            return None
        channel = channel.casefold() or self.channel
        said = (member.casefold(), dated_on.isoformat(), str(minor), channel, category, str(units or ""), returns)
        content = blake2b(_BETWEEN.join(said).encode(), digest_size=16).digest()
        return StagedRow(
            number, member, channel, reference or None, returns or None, dated_on, minor, category, units, content
        )

    def _day(self, text: str) -> date:
        day = day_in(text)
        if day > self.today:
            raise BadCell("a purchase cannot lie in the future")
        if day < EARLIEST:
            raise BadCell("this lies before anything the club could know")
        return day

    def _cell(self, number: int, column: str, text: str, read: Callable[[str], _Read]) -> _Read | None:
        try:
            if not text:
                raise BadCell("this cell is empty; every row needs it")
            return read(text)
        except BadCell as bad:
            self._complain(number, column, text, str(bad))
            return None

    def _short(self, number: int, column: str, text: str, most: int) -> None:
        if len(text) > most:
            self._complain(number, column, text, f"this is too long; {most} letters at most")

    def _complain(self, number: int, column: str, text: str, what_to_do: str) -> None:
        self.complaints.append(Complaint(number, column, text, what_to_do))


def _member(text: str) -> str:
    if len(text) > (LONGEST_EMAIL if "@" in text else LONGEST_IDENTIFIER):
        raise BadCell("this is too long to be a member number, an e-mail address or an id")
    if not text.isprintable():
        raise BadCell("there is a letter in it that cannot be seen; type it again")
    return text


def _quantity(text: str) -> int:
    quantity = whole_in(text)
    if not 0 < quantity <= LARGEST_QUANTITY:
        raise BadCell(f"write a whole number from 1 to {LARGEST_QUANTITY}")
    return quantity

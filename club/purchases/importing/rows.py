"""What one row of a file of purchases says, or what is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from club.errors import BadFile
from club.intake.cells import AmountReader, BadCell, day_in, decimal_mark, whole_in
from club.intake.complaints import Complaint
from club.intake.staging import FileRow
from club.intake.table import Columns, Record, Table
from club.members.rules import LONGEST_EMAIL, LONGEST_IDENTIFIER
from club.purchases.rules import EARLIEST, LARGEST_QUANTITY, LONGEST_REFERENCE

COLUMNS = Columns(("member", "date", "amount"), ("reference", "channel", "category", "quantity", "returns"))
LONGEST_CHANNEL, LONGEST_CATEGORY = 24, 80
DECIMAL_MARKS = {"point": ".", "comma": ","}
_BETWEEN = "\x1f"


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


@dataclass(frozen=True)
class PurchaseReader:
    """Reads the rows of one file."""

    today: date
    amounts: AmountReader
    mark: str | None
    channel: str

    def read(self, record: Record) -> FileRow | list[Complaint]:
        """What the row says, or a complaint for every cell that cannot be used."""
        try:
            return self._read(record)
        except BadCell:
            return list(self._complaints(record))

    def _read(self, record: Record) -> FileRow:
        number, (member, day, amount, reference, channel, category, quantity, returns), surplus = record
        if surplus:
            raise BadCell
        member = _member(member)
        dated_on = self._day(day)
        minor = self.amounts.minor(amount)
        units = _quantity(quantity) if quantity else None
        channel = _channel(channel) if channel else self.channel
        reference_ = _reference(reference) if reference else None
        if category:
            _category(category)
        if returns:
            returns = _reference(returns)
            _something(minor)
        said = (member.casefold(), _written(dated_on), str(minor), channel, category, quantity and str(units), returns)
        content = blake2b(_BETWEEN.join(said).encode(), digest_size=16).digest()
        return FileRow(number, member, channel, reference_, returns or None, dated_on, minor, category, units, content)

    def _complaints(self, record: Record) -> Iterator[Complaint]:
        if record.surplus:
            yield Complaint(record.number, "", "", "there are more cells than columns; quote those with the delimiter")
            return
        cells = dict(zip(COLUMNS.all, record.cells, strict=True))
        readers: dict[str, Callable[[str], object]] = {
            "member": _member,
            "date": self._day,
            "amount": self._amount_given_back if cells["returns"] else self.amounts.minor,
            "reference": _reference,
            "channel": _channel,
            "category": _category,
            "quantity": _quantity,
            "returns": _reference,
        }
        for column, text in cells.items():
            if text or column in COLUMNS.required:
                try:
                    readers[column](text)
                except BadCell as bad:
                    yield Complaint(record.number, column, text, str(bad))

    def _day(self, text: str) -> date:
        day = day_in(_not_empty(text))
        if day > self.today:
            raise BadCell("a purchase cannot lie in the future")
        if day < EARLIEST:
            raise BadCell("this lies before anything the club could know")
        return day

    def _amount_given_back(self, text: str) -> None:
        _something(self.amounts.minor(text))


@lru_cache(maxsize=8192)
def _written(day: date) -> str:
    return day.isoformat()


def _not_empty(text: str) -> str:
    if not text:
        raise BadCell("this cell is empty; every row needs it")
    return text


def _member(text: str) -> str:
    if len(_not_empty(text)) > (LONGEST_EMAIL if "@" in text else LONGEST_IDENTIFIER):
        raise BadCell("this is too long to be a member number, an e-mail address or an id")
    if not text.isprintable():
        raise BadCell("there is a letter in it that cannot be seen; type it again")
    return text


def _something(amount: int) -> None:
    if amount == 0:
        raise BadCell("write how much was given back")


def _quantity(text: str) -> int:
    quantity = whole_in(text)
    if not 0 < quantity <= LARGEST_QUANTITY:
        raise BadCell(f"write a whole number from 1 to {LARGEST_QUANTITY}")
    return quantity


def _reference(text: str) -> str:
    return _short(" ".join(text.split()), LONGEST_REFERENCE)


def _channel(text: str) -> str:
    return _short(text.casefold(), LONGEST_CHANNEL)


def _category(text: str) -> str:
    return _short(text, LONGEST_CATEGORY)


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise BadCell(f"this is too long; {most} letters at most")
    return text

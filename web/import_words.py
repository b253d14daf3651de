"""What is wrong with a file or a row, in the reader's language.

The importers say it in plain English for the command line. Each of those sentences has its counterpart here; a test
looks that none is missing. `{…}` stands for what changes from row to row.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.errors import MergedSince
from web.formats import money

COLUMN_NAMES: Mapping[str, Any] = {
    "member": _l("Member"),
    "date": _l("Day of the purchase"),
    "amount": _l("Amount"),
    "reference": _l("Receipt or reference"),
    "channel": _l("Channel"),
    "category": _l("Category"),
    "quantity": _l("Quantity"),
    "returns": _l("Gives back the purchase with this reference"),
    "name": _l("Name"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "birthday": _l("Birthday"),
    "member_number": _l("Member number"),
    "external_id": _l("Number in another system"),
    "card": _l("Old card"),
    "joined": _l("Member since"),
    "tier": _l("Tier"),
    "tier_until": _l("Tier until"),
    "consent_email": _l("Wants news by e-mail"),
    "consent_source": _l("Where the consent came from"),
    "consent_date": _l("Day of the consent"),
    "points": _l("Points"),
    "interest": _l("What interests them"),
    "supplier": _l("Where they buy today"),
    "message": _l("Message"),
    "expires": _l("Last day of the points"),
    "full_name": _l("Name"),
    "birth_year": _l("Year of birth"),
    "birth_month": _l("Month of birth"),
    "birth_day": _l("Day of birth"),
    "joined_on": _l("Member since"),
}

_Say = Callable[[Mapping[str, str]], str]
SAME = {
    MergedSince().plain(): _l("A record that came with this import was merged since. Undo that merge first."),
    "nobody has this number, address or id; correct it, or let the import make members": _l(
        "Nobody has this number, address or id. Correct it, or let the import make members."
    ),
    "this person is not a member yet; enrol them first": _l("This person is not a member yet. Enrol them first."),
    "this reference belongs to something else already; give the row a reference of its own": _l(
        "This reference belongs to something else already. Give the row a reference of its own."
    ),
    "no purchase of this channel has this reference; correct it": _l(
        "No purchase of this channel has this reference. Correct it."
    ),
    "that purchase belongs to somebody else; correct the member or the reference": _l(
        "That purchase belongs to somebody else. Correct the member or the reference."
    ),
    "write a whole number in plain digits": _l("Write a whole number in plain digits."),
    "write the day as 2026-03-31, or with the day first as 31.03.2026": _l(
        "Write the day as 2026-03-31, or with the day first as 31.03.2026."
    ),
    "there is no such day; the day comes before the month": _l("There is no such day. The day comes before the month."),
    "this is more than any sale": _l("This is more than any sale. Check the digits."),
    "this cell is empty; every row needs it": _l("This cell is empty. Every row needs it."),
    "an amount cannot be below zero; give returns the reference of their purchase in `returns`": _l(
        "An amount cannot be below zero. For goods that came back, name the reference of their purchase in the column"
        " for returns."
    ),
    "this can be read in two ways; say --decimal comma or --decimal point": _l(
        "This can be read in two ways. Choose the decimal sign beside the columns."
    ),
    "there are more cells than columns; quote those with the delimiter": _l(
        "There are more cells than columns. Put cells that hold the separator into quotation marks."
    ),
    "this is too long to be a member number, an e-mail address or an id": _l(
        "This is too long to be a member number, an e-mail address or an id."
    ),
    "there is a letter in it that cannot be seen; type it again": _l(
        "There is a letter in it that cannot be seen. Type it again."
    ),
    "write how much was given back": _l("Write how much was given back."),
    "a purchase cannot lie in the future": _l("A purchase cannot lie in the future."),
    "this lies before anything the club could know": _l("This lies before anything the club could know."),
    "this member signs in with another address and changes it themselves; leave the cell empty": _l(
        "This member signs in with another address and changes it on their own pages. Leave the cell empty."
    ),
    "these belong to different people; correct the row, or leave out what is wrong": _l(
        "These belong to different people. Correct the row, or leave out what is wrong."
    ),
    "give an address or a phone number, so that somebody can be reached": _l(
        "Give an address or a phone number, so that somebody can be reached."
    ),
    "say from which source its people are": _l("Say from which source its people are."),
    "say yes or no": _l("Write yes or no."),
    "say where this answer came from, and when": _l("Say where this answer came from, and when."),
    "say which tier lasts until that day": _l("Say which tier lasts until that day."),
    "give an address, a member number, an external id or a card, so that the row can be recognised": _l(
        "Give an address, a member number, a number of another system or a card, so that the row can be recognised."
    ),
    "this is no number of this club; give numbers of other systems as card or external_id": _l(
        "This is no number of this club. Match numbers of other systems as old card or as number in another system."
    ),
    "this day lies in the future, or before anything the club could know": _l(
        "This day lies in the future, or before anything the club could know."
    ),
    "this tier has ended already; leave tier and tier_until empty": _l(
        "This tier has ended already. Leave the tier and its last day empty."
    ),
    "every row needs a name of 1 to 200 letters": _l("Every row needs a name of 1 to 200 letters."),
    "this is not an e-mail address": _l("This is not an e-mail address."),
    "this is not a phone number; write it with its country code, +34 …": _l(
        "This is not a phone number. Write it with its country code, +34 …"
    ),
    "nobody has this birthday": _l("Nobody has this birthday. Check the day."),
    "this is more than any member has": _l("This is more than any member has. Check the digits."),
    "these points have ended already; leave the row out": _l("These points have ended already. Leave the row out."),
    "give a member number, an e-mail address or an id": _l("Give a member number, an e-mail address or an id."),
    "no member has this number, address or id; correct it, or import the members first": _l(
        "No member has this number, address or id. Correct it, or import the members first."
    ),
    "somebody known has this phone; add their number, address or card to the row, or take it in as new": _l(
        "Somebody known has this phone. Add their number, address or card to the row, or take it in as new."
    ),
    "somebody known has this name and birthday; add their number, address or card to the row, or take it in as new": _l(
        "Somebody known has this name and birthday. Add their number, address or card to the row, or take it in as new."
    ),
    "its columns are not those that were matched": _l("Its columns are not those that were matched. Match them again."),
    "one of its columns is matched twice": _l("One of its columns is matched twice. Choose each column once."),
    "it is not kept any more; upload it again": _l("It is not kept any more. Upload it again."),
    "there is no room to keep it": _l("There is no room on the server to keep it. Tell whoever runs the server."),
    "it is written in UTF-16; save it as CSV in UTF-8": _l("It is written in UTF-16. Save it as CSV in UTF-8."),
    "it is empty": _l("It is empty."),
    "it cannot be opened": _l("It cannot be opened."),
    "it is no text (there is a NUL byte in it); save it as CSV in UTF-8": _l("It is no text. Save it as CSV in UTF-8."),
    "it is an Excel workbook; save it as CSV in UTF-8": _l("It is an Excel workbook. Save it as CSV in UTF-8."),
    "it is an old Excel workbook; save it as CSV in UTF-8": _l("It is an Excel workbook. Save it as CSV in UTF-8."),
    "it is a PDF; save it as CSV in UTF-8": _l("It is a PDF. Export the table as CSV in UTF-8."),
    "it has no rows below its first one": _l("It has no rows below its first one, which names the columns."),
    "it is being imported a second time; wait for that import and then run this one again": _l(
        "It is being imported a second time. Wait for that import, then go on with this one."
    ),
    "the worker died over it again and again": _l(
        "The work on it broke off again and again. Split it into smaller files, or tell whoever runs the server."
    ),
    "something broke on our side": _l("Something broke on our side. Tell whoever runs the server; the log knows more."),
    "This account may not do that.": _l("Whoever started it may not import any more."),
}
"""Sentences without anything that changes."""


def _columns(names: str) -> str:
    return ", ".join(str(COLUMN_NAMES.get(name, name)) for name in names.split(", "))


CHANGING: Mapping[str, _Say] = {
    "nothing can be given back before it was bought on {day}": lambda v: _(
        "Nothing can be given back before it was bought, on %(day)s.", day=v["day"]
    ),
    "only {left} (in the smallest unit of money) is left to give back": lambda v: _(
        "Only %(amount)s is left to give back.", amount=money(int(v["left"]))
    ),
    "the club's currency has {digits} digits behind the decimal sign": lambda v: _(
        "Use fewer digits behind the decimal sign, as in %(amount)s.", amount=money(123450)
    ),
    "write the amount in digits, as the rest of the file does: {example}": lambda v: _(
        "Write the amount in digits, as the rest of the file does: %(example)s", example=v["example"]
    ),
    "write a whole number from 1 to {most}": lambda v: _("Write a whole number from 1 to %(most)s.", most=v["most"]),
    "this is too long; {most} letters at most": lambda v: _(
        "This is too long: %(most)s letters at most.", most=v["most"]
    ),
    "it can be {languages}": lambda v: _("It can be %(words)s.", words=v["languages"]),
    "the ladder knows {rungs}": lambda v: _("The club's tiers are %(words)s.", words=v["rungs"]),
    "say which column is: {columns}": lambda v: _("Say which column is: %(columns)s.", columns=_columns(v["columns"])),
    "it cannot be read as {letters}; save it as CSV in UTF-8": lambda v: _(
        "It cannot be read as %(letters)s. Save it as CSV in UTF-8.", letters=v["letters"]
    ),
    "{named} is not known; it can be {letters}": lambda v: _("It can be %(words)s.", words=v["letters"]),
    "a channel has 1 to {most} letters": lambda v: _("A channel has 1 to %(most)s letters.", most=v["most"]),
    "it has the column {name} twice": lambda v: _("It has the column %(name)s twice.", name=v["name"]),
    "its first row must name the columns; missing: {missing} (found: {found})": lambda v: _(
        "Its first row must name the columns. Missing: %(columns)s.", columns=_columns(v["missing"])
    ),
    "it has more than {most} rows; split it into parts": lambda v: _(
        "It has more than %(most)s rows. Split it into parts.", most=v["most"]
    ),
    "it has more than {most} columns": lambda v: _("It has more than %(most)s columns.", most=v["most"]),
    "line {number} is longer than a million letters; save it as CSV in UTF-8": lambda v: _(
        "Line %(number)s is longer than a million letters. Save it as CSV in UTF-8.", number=v["number"]
    ),
    "row {number} cannot be read: {why}": lambda v: _(
        "Row %(number)s cannot be read. Look for a quotation mark that is opened and never closed.", number=v["number"]
    ),
}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    named = [re.escape(part) if place % 2 == 0 else f"(?P<{part}>.*)" for place, part in enumerate(parts)]
    return re.compile("".join(named), re.DOTALL)


_PATTERNS = [(_pattern(template), say) for template, say in CHANGING.items()]


def in_words(english: str) -> str:
    """The sentence of an importer in the reader's language; one that nobody foresaw stays as it is."""
    if english in SAME:
        return str(SAME[english])
    for pattern, say in _PATTERNS:
        found = pattern.fullmatch(english)
        if found:
            return say(found.groupdict())
    return english


def column_name(column: str) -> str:
    """What a column of ours is called."""
    return str(COLUMN_NAMES.get(column, column))

"""What offers do in a cart, as the cart and the checkout show it. Nothing is asked of the database."""

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext as _

from club.offers.stacking import Applied, Candidate, Unused, Why
from web.formats import money
from web.languages import in_language
from web.offers import gives, reason, unused_words


@dataclass(frozen=True)
class Counts:
    """One that counts: what it is called, what it gives, why the buyer has it, what it takes off."""

    title: str
    gives: str
    reason: str
    saves: int


@dataclass(frozen=True)
class Chip:
    """A voucher that was put into the cart; `why_not` says why it does not count."""

    voucher_id: int
    title: str
    why_not: str


@dataclass(frozen=True)
class OffersShown:
    """All of it. `nearly`: what a little more in the cart would bring."""

    counts: list[Counts]
    chips: list[Chip]
    nearly: list[str]
    waiting: list[tuple[str, str]]
    """Activated ones that do not count here, with the reason."""
    price_title: str
    """What the reduction of the goods is called."""


def offers_shown(applied: Applied, voucher_ids: Collection[int]) -> OffersShown:
    """Sorted for the page."""
    unused = {one.candidate.voucher_id: one for one in applied.unused if one.candidate.voucher_id is not None}
    used = {one.candidate.voucher_id for one in applied.all}
    every = (*(one.candidate for one in applied.all), *(one.candidate for one in applied.unused))
    known = {candidate.voucher_id: candidate for candidate in every}
    return OffersShown(
        counts=[
            Counts(in_language(one.offer.title), gives(one.offer), reason(one.offer), one.saves) for one in applied.all
        ],
        chips=[
            Chip(one, _title(known.get(one)), "" if one in used else _why_not(unused.get(one))) for one in voucher_ids
        ],
        nearly=[
            _nearly(one)
            for one in applied.unused
            if one.why is Why.LEAST and one.candidate.voucher_id not in voucher_ids
        ],
        waiting=[
            (in_language(one.offer.title), unused_words(one))
            for one in applied.unused
            if one.candidate.voucher_id is not None
            and one.candidate.voucher_id not in voucher_ids
            and one.why is not Why.LEAST
        ],
        price_title=in_language(applied.price.offer.title) if applied.price else "",
    )


def _nearly(unused: Unused) -> str:
    said = {"amount": money(unused.missing), "offer": in_language(unused.offer.title)}
    if unused.offer.is_narrow:
        return _("%(offer)s: %(amount)s of these goods more", **said)
    return _("%(amount)s of goods more: %(offer)s", **said)


def _title(candidate: Candidate | None) -> str:
    return in_language(candidate.offer.title) if candidate else _("A voucher")


def _why_not(unused: Unused | None) -> str:
    return unused_words(unused) if unused else _("It is no longer good.")

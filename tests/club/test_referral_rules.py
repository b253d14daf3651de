"""What makes a claim doubtful, when a reward is due, and which terms cannot be written."""

from dataclasses import replace
from datetime import date

import pytest

from club.errors import BadReferralTerms, WaitTooShort
from club.purchases.rules import COUNTER, SHOP
from club.referrals.rules import (
    MOVES,
    Place,
    Reward,
    RewardKind,
    State,
    browser_digest,
    first_name,
    mailbox,
    plain_mailboxes,
    share_a_place,
)
from tests.referral_world import TERMS

VARIANTS = (
    "ana.garcia@gmail.com",
    "anagarcia@gmail.com",
    "Ana.Garcia@Gmail.com",
    "ANAGARCIA@GMAIL.COM",
    "a.n.a.g.a.r.c.i.a@gmail.com",
    "ana.garcia+club@gmail.com",
    "anagarcia+1+2@gmail.com",
    "ana.garcia.@gmail.com",
    "ana.garcia@googlemail.com",
    "  ana.garcia@gmail.com  ",
    "\uff41\uff4e\uff41garcia@gmail.com",
    '"ana.garcia"@gmail.com.',
)


@pytest.mark.proves("F-14")
@pytest.mark.parametrize("variant", VARIANTS)
def test_twelve_ways_to_write_one_mailbox_are_one(variant: str) -> None:
    assert mailbox(variant) == "anagarcia@gmail.com"


@pytest.mark.proves("F-14")
@pytest.mark.parametrize("other", ["ana.garcia@example.org", "ana.garcia1@gmail.com", "agarcia@gmail.com"])
def test_another_mailbox_is_another(other: str) -> None:
    assert mailbox(other) != mailbox(VARIANTS[0])


def test_a_domain_is_the_same_in_letters_and_in_ascii() -> None:
    assert mailbox("ana@bücher.example") == mailbox("ana@xn--bcher-kva.example")


def test_a_tagged_address_leads_to_the_ones_without() -> None:
    assert plain_mailboxes("Ana.G+x@gmail.com") == {"ana.g@gmail.com", "anag@gmail.com"}
    assert plain_mailboxes("ana@example.org") == set()


def test_one_address_is_recognised_however_it_is_written() -> None:
    home = Place.of("es", "26 200", "C/ de la Bodega, nº 7")
    assert share_a_place([home], [Place.of("ES", "26200", "c de la bodega n.º 7")])
    assert not share_a_place([home], [Place.of("ES", "26200", "C/ de la Bodega, nº 9")])
    assert not share_a_place([Place.of("ES", "", "")], [Place.of("ES", "", "")])


def test_a_browser_is_compared_only_where_both_halves_are_known() -> None:
    assert browser_digest("192.0.2.1", "Firefox") == browser_digest("192.0.2.1", "Firefox")
    assert browser_digest("192.0.2.1", "Firefox") != browser_digest("192.0.2.2", "Firefox")
    assert browser_digest("", "Firefox") is None


@pytest.mark.parametrize(
    ("channel", "delivered_on", "due"),
    [
        (SHOP, None, None),
        (SHOP, date(2026, 6, 20), date(2026, 7, 5)),
        (COUNTER, None, date(2026, 6, 30)),
    ],
)
def test_the_reward_comes_the_day_after_the_goods_could_come_back(
    channel: str, delivered_on: date | None, due: date | None
) -> None:
    assert TERMS.due_on(channel, date(2026, 6, 15), delivered_on, SHOP) == due


def test_terms_that_pay_before_goods_can_no_longer_come_back_are_refused() -> None:
    TERMS.check(return_days=14)
    with pytest.raises(WaitTooShort):
        TERMS.check(return_days=15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"referrer": Reward(RewardKind.POINTS, 0)},
        {"friend": Reward(RewardKind.VOUCHER)},
        {"least_amount": -1},
        {"yearly_limit": 0},
        {"wait_days": 366},
    ],
)
def test_terms_without_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadReferralTerms):
        replace(TERMS, **wrong).check(return_days=14)  # type: ignore[arg-type]  # each has its own type


def test_nothing_is_rewarded_twice_or_after_it_was_taken_back() -> None:
    assert State.REWARDED not in MOVES[State.TAKEN_BACK] | MOVES[State.REWARDED] | MOVES[State.REFUSED]
    assert [state for state, after in MOVES.items() if State.REWARDED in after] == [State.BOUGHT]


def test_a_first_name_is_what_somebody_is_called() -> None:
    assert first_name("Ana García Ruiz") == "Ana"
    assert first_name("Ana García Ruiz", "Nita") == "Nita"
    assert first_name("") == ""

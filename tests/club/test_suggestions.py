"""Suggestions: sent once, joined, decided by who saw them, told once to everybody who suggested the same."""

import pytest
from sqlalchemy import update

from club.database import transaction
from club.errors import NotAllowed, NotFound, NothingWritten, SuggestionMoved, VotingOver
from club.permissions import Role
from club.suggestions.models import Suggestion
from club.suggestions.reading import listed, own, the_suggestion, wanted
from club.suggestions.rules import State
from club.suggestions.service import decide, join, suggest
from club.suggestions.voting import publish, take_back, vote, withdraw
from club.texts import Texts
from tests.people import mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

SUNDAYS = Texts({"en": "Open on Sundays", "es": "Abrir los domingos", "ru": "Работать по воскресеньям"})


@pytest.fixture
def eva(db, now):
    return new_colleague(db, now, Role.SUPPORT).account_id


def test_whoever_suggested_the_same_is_told_once_that_it_is_done(db, eva, now):
    ana, luis = people = [
        new_signed_up_member(db, now, name=name, email=f"{name}@example.org") for name in ("ana", "luis")
    ]
    ids = {who.email: who.person_id or 0 for who in people}
    first, again, other = (
        suggest(db, ids[who.email], "Open on Sundays", now, form_key=key)
        for who, key in ((ana, b"1"), (ana, b"1"), (luis, b"2"))
    )
    assert first == again != other
    join(db, other, first, eva, Role.SUPPORT, now)
    with pytest.raises(SuggestionMoved):
        join(db, first, other, eva, Role.SUPPORT, now)
    with pytest.raises(NotFound):
        join(db, first, 999, eva, Role.SUPPORT, now)
    assert [(one.id, one.equals) for one in listed(db, State.RECEIVED, 9)] == [(first, 1)]
    with pytest.raises(NothingWritten):
        decide(db, first, State.DONE, " ", eva, Role.SUPPORT, now, seen=1)
    with pytest.raises(NotAllowed):
        decide(db, first, State.DONE, "We do.", eva, Role.MARKETING, now, seen=1)
    decide(db, first, State.LOOKING, "", eva, Role.SUPPORT, now, seen=1)
    with pytest.raises(SuggestionMoved):
        decide(db, first, State.DONE, "We do.", eva, Role.SUPPORT, now, seen=1)
    for seen in (2, 3):
        decide(db, first, State.DONE, "We do.", eva, Role.SUPPORT, now, seen=seen)
    for who in (ana, luis):
        mails = [(mail.act, mail.data["words"]) for mail in mails_to(db, who.email)]
        assert mails == [("suggestion.done", "We do.")]
        assert [(one.state, one.answer) for one in own(db, ids[who.email], 9)] == [(State.DONE, "We do.")]
    assert the_suggestion(db, other).same_as_id == first


def test_joining_what_stands_alike_tells_nobody_again_and_the_words_of_others_stay_when_one_is_forgotten(db, eva, now):
    ana, luis = (new_signed_up_member(db, now, name=name, email=f"{name}@example.org") for name in ("ana", "luis"))
    first, other = (
        suggest(db, who.person_id or 0, "Open on Sundays", now, form_key=who.email.encode()) for who in (ana, luis)
    )
    for one in (first, other):
        decide(db, one, State.DONE, "We do.", eva, Role.SUPPORT, now, seen=1)
    join(db, other, first, eva, Role.SUPPORT, now)
    assert [len(mails_to(db, who.email)) for who in (ana, luis)] == [1, 1]
    with transaction(db) as tx:
        tx.execute(update(Suggestion).where(Suggestion.id == first).values(words=""))
    assert [one.id for one in listed(db, State.DONE, 9)] == [first]
    with transaction(db) as tx:
        tx.execute(update(Suggestion).where(Suggestion.id == other).values(words=""))
    assert listed(db, State.DONE, 9) == []


def test_members_vote_once_for_what_is_published_and_hear_how_it_ended(db, eva, now):
    people = [new_signed_up_member(db, now, name=name, email=f"{name}@example.org") for name in ("ana", "luis", "mia")]
    ids = [who.person_id or 0 for who in people]
    first, other = (
        suggest(db, person_id, "Open on Sundays", now, form_key=bytes([person_id])) for person_id in ids[:2]
    )
    with pytest.raises(VotingOver):
        vote(db, first, ids[2], now)
    with pytest.raises(NothingWritten):
        publish(db, first, Texts({"en": "Open on Sundays", "es": "Abrir los domingos"}), eva, Role.SUPPORT, now)
    with pytest.raises(NotAllowed):
        publish(db, first, SUNDAYS, eva, Role.MARKETING, now)
    for one in (first, other):
        publish(db, one, SUNDAYS, eva, Role.SUPPORT, now)
    for suggestion_id, person_id in (
        (first, ids[2]),
        (first, ids[2]),
        (first, ids[0]),
        (other, ids[2]),
        (other, ids[1]),
    ):
        vote(db, suggestion_id, person_id, now)
    join(db, other, first, eva, Role.SUPPORT, now)
    assert [(one.id, one.votes, one.is_mine) for one in wanted(db, ids[1], True, 9)] == [(first, 3, True)]
    take_back(db, other, ids[1])
    withdraw(db, first, eva, Role.SUPPORT, now)
    assert wanted(db, ids[2], True, 9) == []
    publish(db, first, SUNDAYS, eva, Role.SUPPORT, now)
    decide(db, first, State.DONE, "We do.", eva, Role.SUPPORT, now, seen=1)
    assert [(one.words, one.votes) for one in wanted(db, ids[2], False, 9)] == [(SUNDAYS, 2)]
    with pytest.raises(VotingOver):
        vote(db, first, ids[1], now)
    assert [[mail.act for mail in mails_to(db, who.email)] for who in people] == [["suggestion.done"]] * 3

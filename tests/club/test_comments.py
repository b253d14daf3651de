"""Comments: seen once staff let them through, reported once a member, counted, and gone with whoever wrote them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from club.content.commenting import decide, report, say, set_comments, take_back
from club.content.heard import Heard, below, heard, heard_counts, to_look_at
from club.content.models import COMMENTS, REPORTS
from club.content.rules import Article, Audience, CommentState, Reader, Theme
from club.content.service import add_article, publish
from club.database import transaction
from club.errors import CommentMissing, CommentsClosed, NotAllowed, NotFound, TooManyTries
from club.members.models import Person
from club.permissions import Role
from club.privacy.forgetting import night
from club.texts import Texts
from tests.event_world import members
from tests.people import new_colleague

READER = Reader(is_member=True)
SLUG = "barrels"


@pytest.fixture
def by(db, club, now):
    return {"by": new_colleague(db, now, Role.MARKETING).account_id, "role": Role.MARKETING, "now": now}


@pytest.fixture
def article_id(db, by, now):
    told = Article(theme=Theme.TRADE, title=Texts({"en": "Barrels"}), body=Texts({"en": "Oak."}), who=Audience.MEMBERS)
    made = add_article(db, told, **by)
    publish(db, made, now.date(), 1, **by)
    set_comments(db, is_open=True, **by)
    return made


@pytest.fixture
def people(db, now, article_id):
    return members(db, now, 3)


def says(db, who, now, words="Well said.", key=b"1"):
    say(db, SLUG, who, words, READER, key, now)


def the_comment(db):
    db.rollback()
    return db.scalars(select(COMMENTS.c.id)).one()


def seen_by(db, article_id, who):
    db.rollback()
    return [(one.words, one.is_waiting) for one in below(db, article_id, who)]


def test_only_its_writer_sees_a_comment_before_staff_let_it_through(db, by, people, article_id, now):
    ana, luis, _eva = people
    for _ in range(2):
        says(db, ana, now, "  <b>Well</b> said.\r\n ")
    assert (seen_by(db, article_id, ana), seen_by(db, article_id, luis)) == ([("<b>Well</b> said.", True)], [])
    comment = the_comment(db)
    with pytest.raises(NotAllowed):
        decide(db, comment, CommentState.SHOWN, **{**by, "role": Role.SHOP})
    decide(db, comment, CommentState.SHOWN, **by)
    assert seen_by(db, article_id, luis) == [("<b>Well</b> said.", False)]
    decide(db, comment, CommentState.HIDDEN, **by)
    assert (seen_by(db, article_id, ana), seen_by(db, article_id, luis)) == ([], [])
    assert heard_counts(db) == {Heard.WAITING: 0, Heard.REPORTED: 0, Heard.SHOWN: 0, Heard.HIDDEN: 1}


def test_a_report_counts_once_a_member_until_staff_have_looked(db, by, people, article_id, now):
    ana, luis, eva = people
    says(db, ana, now)
    comment = the_comment(db)
    with pytest.raises(NotFound):
        report(db, comment, luis, READER, now)  # nobody else knows of it yet
    decide(db, comment, CommentState.SHOWN, **by)
    for who in (luis, luis, eva):
        report(db, comment, who, READER, now)
    with pytest.raises(NotFound):
        report(db, comment, ana, READER, now)
    assert [(one.id, one.reports) for one in heard(db, Heard.REPORTED, 9)] == [(comment, 2)]
    assert to_look_at(db) == 1
    db.rollback()
    decide(db, comment, CommentState.SHOWN, **by)
    assert (heard(db, Heard.REPORTED, 9), to_look_at(db)) == ([], 0)
    assert seen_by(db, article_id, luis) == [("Well said.", False)]


def test_comments_are_off_until_the_club_turns_them_on_and_limited_then(db, by, people, article_id, now):
    ana, luis, _eva = people
    with pytest.raises(CommentMissing):
        says(db, ana, now, " \n ")
    with pytest.raises(CommentMissing):
        says(db, ana, now, "x" * 1001)
    with pytest.raises(NotFound):
        say(db, SLUG, ana, "Hello", Reader(), b"guest", now)
    for number in range(5):
        says(db, ana, now, key=bytes([number]))
    with pytest.raises(TooManyTries):
        says(db, ana, now, key=b"sixth")
    says(db, luis, now, key=b"other")
    says(db, ana, now + timedelta(hours=2), key=b"later")
    set_comments(db, is_open=False, **by)
    with pytest.raises(CommentsClosed):
        says(db, luis, now, key=b"closed")
    with pytest.raises(NotAllowed):
        set_comments(db, is_open=True, **{**by, "role": Role.SUPPORT})


def test_what_somebody_takes_back_is_gone_with_its_reports(db, by, people, article_id, now):
    ana, luis, eva = people
    says(db, ana, now)
    comment = the_comment(db)
    decide(db, comment, CommentState.SHOWN, **by)
    report(db, comment, luis, READER, now)
    with pytest.raises(NotFound):
        take_back(db, comment, eva)
    take_back(db, comment, ana)
    assert [db.scalar(select(func.count()).select_from(table)) for table in (COMMENTS, REPORTS)] == [0, 0]


def test_what_somebody_said_and_reported_is_forgotten_with_them(db, by, people, article_id, now):
    ana, luis, _eva = people
    says(db, ana, now)
    says(db, luis, now, "Mine.", key=b"2")
    first, second = db.scalars(select(COMMENTS.c.id).order_by(COMMENTS.c.id)).all()
    db.rollback()
    for comment, other in ((first, luis), (second, ana)):
        decide(db, comment, CommentState.SHOWN, **by)
        report(db, comment, other, READER, now)
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == ana).values(leaves_on=now.date()))
    assert night(db, now.date(), now) == 1
    assert [one.words for one in heard(db, Heard.SHOWN, 9)] == ["Mine."]
    assert db.scalar(select(func.count()).select_from(REPORTS)) == 0

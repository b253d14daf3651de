"""What the club told a member: the list, one message as it was sent, and marks of what was read."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.contact.rules import Topic
from club.messages.inbox.reading import mark_read, mark_unread, open_one, page_of, topics_of
from portal import portal
from web.access import members_only
from web.database import db
from web.messages_words import TOPICS
from web.programme import programme
from web.prose import kept_words
from web.visitors import member_id


@portal.get("/me/messages")
@members_only
def messages() -> ResponseReturnValue:
    """The newest first; one topic, or what is unread, where the address says so."""
    who, asked = member_id(), request.args.get("topic", "")
    topic = Topic(asked) if asked in set(Topic) else None
    unread = topic is None and asked == "unread"
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**63 else None
    lines, has_more = page_of(db(), who, programme(), topic=topic, unread=unread, before=before)
    return render_template(
        "portal/messages.html",
        lines=lines,
        topics=topics_of(db(), who),
        topic=topic,
        unread=unread,
        words=TOPICS,
        is_first=before is None,
        older=lines[-1].id if has_more else None,
    )


@portal.get("/me/messages/<int:message_id>")
@members_only
def messages_one(message_id: int) -> ResponseReturnValue:
    """One message. Looking at it changes nothing: a button says that it was read."""
    found = open_one(db(), member_id(), message_id, programme())
    return render_template("portal/messages_one.html", one=found, words=kept_words(found.words), topics=TOPICS)


@portal.post("/me/messages/<int:message_id>/<any(read, unread):mark>")
@members_only
def messages_mark(message_id: int, mark: str) -> ResponseReturnValue:
    """Read, or to be read again; pressing twice is pressing once."""
    if mark == "read":
        mark_read(db(), member_id(), [message_id], datetime.now(UTC))
    else:
        mark_unread(db(), member_id(), message_id)
    return redirect(url_for("portal.messages"), 303)


@portal.post("/me/messages/read")
@members_only
def messages_all_read() -> ResponseReturnValue:
    """All of them are read."""
    mark_read(db(), member_id(), None, datetime.now(UTC))
    flash(_("All messages are marked as read."), "success")
    return redirect(url_for("portal.messages"), 303)

"""The papers of an order, for whoever has its address: members and guests alike."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from club.errors import NotFound, Refusal
from club.papers.reading import paper_of_order
from shop import shop
from shop.theirs import is_own, their_order
from web.access import open_to_all
from web.database import db
from web.messages import words_for
from web.papers import sent_paper
from web.payment_pages import private


@shop.route("/orders/<key>/papers/<number>", methods=["GET", "POST"])
@open_to_all
def paper(key: str, number: str) -> ResponseReturnValue:
    """A page with one button, as links in mails lead to it; the button gives the file and writes down who took it."""
    is_members = is_own(their_order(key))
    try:
        row = paper_of_order(db(), key, number)
    except NotFound:
        abort(404)
    if request.method == "POST":
        try:
            return private(sent_paper(row.id, "member" if is_members else "buyer"))
        except Refusal as refusal:
            flash(words_for(refusal), "danger")
            return redirect(url_for("shop.paper", key=key, number=number), 303)
    return private(make_response(render_template("shop/paper.html", paper=row, key=key, is_member=is_members)))

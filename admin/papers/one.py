"""One paper: what it says in short, its file with its hash, and everybody who took it away."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import admin
from club.accounts.models import names_of_accounts
from club.errors import NotFound, PaperChanged, Refusal
from club.papers.reading import downloads_of, files_of, issued, paper_row, papers_of
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.papers import sent_paper

MOST_SHOWN = 100


@admin.route("/shop/papers/<int:paper_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_ORDERS)
def paper(paper_id: int) -> ResponseReturnValue:
    """The record of a paper; its button gives the file and writes down who took it."""
    try:
        row = paper_row(db(), paper_id)
    except NotFound:
        abort(404)
    if request.method == "POST":
        try:
            return sent_paper(paper_id, "staff")
        except Refusal as refusal:
            flash(words_for(refusal), "danger")
            return redirect(url_for("admin.paper", paper_id=paper_id), 303)
    try:
        found = issued(db(), paper_id)
    except PaperChanged:
        found = None
    downloads = downloads_of(db(), paper_id, MOST_SHOWN)
    return render_template(
        "admin/papers_one.html",
        paper=row,
        issued=found,
        files=files_of(db(), paper_id),
        downloads=downloads,
        names=names_of_accounts(db(), sorted({one.by for one in downloads if one.by is not None})),
        others=[one for one in papers_of(db(), row.order_id) if one.id != paper_id],
    )

"""The tree of categories: seen whole, each one changed on its page, put in order by up and down."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.catalogue.categories import Node, Tree, tree
from club.catalogue.rules.products import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SLUG, NewCategory
from club.catalogue.service.categories import add_category, change_category, move_category, remove_category
from club.catalogue.shelves import products_in_categories
from club.errors import CategoryInItself, ChangedMeanwhile, Refusal, SlugTaken
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, TextAreaField, TextField
from web.languages import OWN_NAMES, in_language
from web.messages import words_for
from web.programme import programme
from web.visitors import staff

LONGEST_VERSION = 9
TOP = ""


def _texts_fields(kind: type[Any]) -> type[Any]:
    """Give a form its texts in each language."""
    for language in LANGUAGES:
        label, look = OWN_NAMES[language], {"lang": language, "autocomplete": "off"}
        setattr(kind, f"name_{language}", TextField(label, longest=LONGEST_NAME, render_kw=look))
        words = TextAreaField(
            label, longest=LONGEST_DESCRIPTION, rows=3, render_kw={"lang": language, "class": "form-control"}
        )
        setattr(kind, f"words_{language}", words)
        setattr(kind, f"slug_{language}", TextField(label, longest=LONGEST_SLUG, render_kw={"spellcheck": "false"}))
    return kind


@_texts_fields
class CategoryForm(Form):
    """One category."""

    parent = SelectField(_l("Stands below"))
    is_shown = BooleanField(_l("Shown in the shop"))
    earns_points = BooleanField(_l("What is bought from it earns points"))
    takes_points = BooleanField(_l("Points can pay for it"))
    version = HiddenField()

    def offer(self, categories: Tree, category_id: int | None) -> None:
        """Where it may stand: anywhere but in itself."""
        inside = categories.subtree(category_id) if category_id is not None else set()
        self.parent.choices = [SelectChoice(TOP, _("Nothing: it stands at the top"))]
        for depth, node in categories.in_order():
            if node.id not in inside:
                self.parent.choices.append(SelectChoice(str(node.id), "\u2003" * depth + in_language(node.name)))

    def category(self) -> NewCategory:
        """What was typed, as a value."""
        return NewCategory(
            name=self._texts("name"),
            words=self._texts("words"),
            slugs=self._texts("slug"),
            parent_id=int(self.parent.data) if self.parent.data else None,
            is_shown=bool(self.is_shown.data),
            earns_points=bool(self.earns_points.data),
            takes_points=bool(self.takes_points.data),
        )

    @property
    def seen_version(self) -> int:
        """Which state of the category the form was filled from."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    def validate(self, extra_validators: Any = None) -> bool:
        """A name in the club's language."""
        is_right = bool(super().validate(extra_validators))
        main = self[f"name_{programme().main_language}"]
        if not main.data:
            main.errors = [*main.errors, _("Enter the name in %(language)s.", language=main.label.text)]
            return False
        return is_right

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        field: Field | None = None
        match refusal:
            case SlugTaken(slug=slug):
                field = next((self[f"slug_{one}"] for one in LANGUAGES if self[f"slug_{one}"].data == slug), None)
            case CategoryInItself():
                field = self.parent
        self.refuse(refusal, field)

    def _texts(self, name: str) -> Texts:
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})


@admin.get("/categories")
@staff_only(Permission.EDIT_PRODUCTS)
def categories() -> ResponseReturnValue:
    """The whole tree, with how many products stand in each."""
    found = tree(db())
    return render_template(
        "admin/categories.html", outline=found.in_order(), tree=found, counts=products_in_categories(db())
    )


@admin.route("/categories/new", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def categories_new() -> ResponseReturnValue:
    """One more category."""
    form = CategoryForm(is_shown=True, earns_points=True, takes_points=True)
    form.offer(tree(db()), None)
    if form.validate_on_submit():
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            add_category(db(), form.category(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("The category is made."), "success")
            return redirect(url_for("admin.categories"), 303)
    return _page(form, None), 422 if form.mistakes() else 200


@admin.route("/categories/<int:category_id>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def categories_edit(category_id: int) -> ResponseReturnValue:
    """Change a category, its place included."""
    node = tree(db()).node(category_id)
    form = CategoryForm(**_given(node))
    form.offer(tree(db()), category_id)
    if form.validate_on_submit():
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            change_category(
                db(), category_id, form.category(), form.seen_version, who.account_id, who.role, datetime.now(UTC)
            )
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            form.version.data = str(tree(db()).node(category_id).version)
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("admin.categories", _anchor=f"category-{category_id}"), 303)
    return _page(form, node), 422 if form.mistakes() else 200


@admin.post("/categories/<int:category_id>/<any(up, down, remove):act>")
@staff_only(Permission.EDIT_PRODUCTS)
def categories_act(category_id: int, act: str) -> ResponseReturnValue:
    """Move a category among its neighbours, or remove an empty one."""
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    tree(db()).node(category_id)
    try:
        if act == "remove":
            remove_category(db(), category_id, who.account_id, who.role, now)
            flash(_("The category is removed."), "success")
        else:
            move_category(db(), category_id, -1 if act == "up" else 1, who.account_id, who.role, now)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.categories", _anchor=f"category-{category_id}"), 303)


def _given(node: Node) -> dict[str, Any]:
    given: dict[str, Any] = {
        "parent": str(node.parent_id or TOP),
        "is_shown": node.is_shown,
        "earns_points": node.earns_points,
        "takes_points": node.takes_points,
        "version": str(node.version),
    }
    for name, texts in (("name", node.name), ("words", node.words), ("slug", node.slugs)):
        given |= {f"{name}_{language}": texts.get(language, "") for language in LANGUAGES}
    return given


def _page(form: CategoryForm, node: Node | None) -> str:
    return render_template("admin/categories_edit.html", form=form, node=node)

"""Who may open a page. Every route carries exactly one of these rules; a route without one is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.errors import OnlyLooking
from club.permissions import Permission, may
from web.safe_next import path_to_return_to
from web.visitors import Visitor, half_way, visitor

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

SIGN_IN = "portal.sign_in"
SECOND_FACTOR = "admin.second_factor"
SECOND_STEP = "portal.second_step"
"""The same for members who chose it."""


class Door(StrEnum):
    """Who a page is for."""

    EVERYBODY = "everybody"
    OWNER_OF_ACCOUNT = "owner_of_account"
    STAFF_AT_THE_DOOR = "staff_at_the_door"
    MEMBERS = "members"
    STAFF = "staff"


@dataclass(frozen=True)
class AccessRule:
    """The rule of one route."""

    door: Door
    permission: Permission | None = None

    def allows(self, who: Visitor | None) -> bool:
        """Whether this visitor may open the page now."""
        if self.door is Door.EVERYBODY:
            return True
        if who is None:
            return False
        if self.door is Door.OWNER_OF_ACCOUNT:
            return who.role is None or who.second_factor_done
        if self.door is Door.STAFF_AT_THE_DOOR:
            return who.role is not None
        if self.door is Door.MEMBERS:
            return who.person_id is not None
        return self.permission is not None and who.second_factor_done and may(who.role, self.permission)


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may open this page."""
    view.access_rule = AccessRule(Door.EVERYBODY)  # type: ignore[attr-defined]  # read back by rule_of
    return view


def account_owner_only(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Whoever is signed in, staff with their second factor: for pages about one's own account."""
    return _guarded(view, AccessRule(Door.OWNER_OF_ACCOUNT))


def staff_at_the_door(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Staff who have signed in and may still have to show the second factor."""
    return _guarded(view, AccessRule(Door.STAFF_AT_THE_DOOR))


def members_only(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """A member who is signed in."""
    return _guarded(view, AccessRule(Door.MEMBERS))


def staff_only(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R | ResponseReturnValue]]:
    """A member of staff whose role carries the permission, signed in with a second factor."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
        return _guarded(view, AccessRule(Door.STAFF, permission))

    return decorate


def rule_of(view: Callable[..., Any] | None) -> AccessRule | None:
    """The rule that a view function carries."""
    return getattr(view, "access_rule", None)


def add_access(app: Flask) -> None:
    """Refuse every route that carries no rule: forgotten means closed."""
    app.before_request(_refuse_without_rule)
    app.before_request(_refuse_while_looking)


def _refuse_without_rule() -> None:
    if request.endpoint and rule_of(current_app.view_functions.get(request.endpoint)) is None:
        abort(403)


def while_looking(view: Callable[P, R]) -> Callable[P, R]:
    """The button works for an owner who looks at the house as another role."""
    view.works_while_looking = True  # type: ignore[attr-defined]  # read back below
    return view


def _refuse_while_looking() -> None:
    """Whoever looks at the house as another role changes nothing."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or not request.endpoint:
        return
    view = current_app.view_functions.get(request.endpoint)
    if getattr(view, "works_while_looking", False):
        return
    who = visitor()
    if who is not None and who.is_looking:
        raise OnlyLooking


def _guarded(view: Callable[P, R], rule: AccessRule) -> Callable[P, R | ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
        who = visitor()
        if rule.allows(who):
            return view(*args, **kwargs)
        if who is None:
            return _to_sign_in()
        if rule.door is not Door.MEMBERS and who.role is not None and not who.second_factor_done:
            return redirect(url_for(SECOND_FACTOR, next=path_to_return_to()), 303)
        return abort(403)

    guarded.access_rule = rule  # type: ignore[attr-defined]  # read back by rule_of
    return guarded


def _to_sign_in() -> ResponseReturnValue:
    if half_way() is not None:
        return redirect(url_for(SECOND_STEP, next=path_to_return_to()), 303)
    if request.method != "GET":
        flash(_("You were signed out in the meantime. Sign in, then do it once more."), "warning")
    return redirect(url_for(SIGN_IN, next=path_to_return_to()), 303)

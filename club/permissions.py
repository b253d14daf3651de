"""Who may do what: one readable table, role → permissions."""

from enum import StrEnum

from club.errors import NotAllowed


class Role(StrEnum):
    """What a member of staff is to the club."""

    OWNER = "owner"
    MANAGER = "manager"
    MARKETING = "marketing"
    SHOP = "shop"
    EVENTS = "events"
    SUPPORT = "support"
    READ_ONLY = "read_only"


class Permission(StrEnum):
    """One thing that somebody may do. Grows with the pages."""

    SEE_ADMIN = "see_admin"
    SEE_MEMBERS = "see_members"
    SEE_CONTACT = "see_contact"
    ENROL_MEMBERS = "enrol_members"
    EDIT_MEMBERS = "edit_members"
    MERGE_MEMBERS = "merge_members"
    KEEP_CUSTOMERS = "keep_customers"
    """Notes, calls, tasks and what was promised."""
    HAND_OVER = "hand_over"
    """Give somebody else's customers and tasks to another."""
    SEE_FIGURES = "see_figures"
    RECORD_PURCHASES = "record_purchases"
    CORRECT_PURCHASES = "correct_purchases"
    ADJUST_POINTS = "adjust_points"
    ADJUST_MANY_POINTS = "adjust_many_points"
    SET_TIER_BY_HAND = "set_tier_by_hand"
    APPROVE = "approve"
    """Say yes or no to what a colleague asked for."""
    EDIT_TIERS = "edit_tiers"
    EDIT_RULES = "edit_rules"
    MANAGE_OFFERS = "manage_offers"
    """Write, publish and end offers."""
    MANAGE_EVENTS = "manage_events"
    """Write events, invite to them, call them off."""
    CHECK_IN = "check_in"
    """Let guests in at the door."""
    MANAGE_CONTENT = "manage_content"
    """Write and publish articles, let comments through."""
    MANAGE_REFERRALS = "manage_referrals"
    """What bringing a friend brings, and whose friends are in doubt."""
    MANAGE_LEADS = "manage_leads"
    """Where people come from, and how they go on from first contact."""
    ANSWER_SUPPORT = "answer_support"
    """Read and answer what customers ask."""
    SET_CREDIT = "set_credit"
    """How much a member may owe."""
    SEE_MESSAGES = "see_messages"
    EDIT_MESSAGES = "edit_messages"
    EDIT_PROGRAMME = "edit_programme"
    EDIT_PRODUCTS = "edit_products"
    """Products, categories, prices and pictures."""
    MANAGE_STOCK = "manage_stock"
    """Arrivals, counts, losses, and how much may be sold ahead."""
    EDIT_SHOP = "edit_shop"
    """Ways of delivery, zones, tax rates, and what holds in a country."""
    MANAGE_ORDERS = "manage_orders"
    """See orders, pack, send and hand them over, cancel them."""
    REFUND_ORDERS = "refund_orders"
    """Give money back."""
    IMPORT_DATA = "import_data"
    EXPORT_DATA = "export_data"
    MANAGE_STAFF = "manage_staff"
    END_SESSIONS = "end_sessions"
    SEE_AUDIT = "see_audit"


_P = Permission
_DESK = frozenset({_P.SEE_ADMIN, _P.SEE_MEMBERS, _P.SEE_CONTACT, _P.ENROL_MEMBERS, _P.KEEP_CUSTOMERS})
_TALK = frozenset({_P.SEE_MESSAGES, _P.EDIT_MESSAGES})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {_P.MANAGE_STAFF, _P.EDIT_PROGRAMME},
    Role.MARKETING: _DESK
    | _TALK
    | {
        _P.EDIT_TIERS,
        _P.EDIT_RULES,
        _P.MANAGE_OFFERS,
        _P.MANAGE_EVENTS,
        _P.CHECK_IN,
        _P.MANAGE_CONTENT,
        _P.MANAGE_REFERRALS,
        _P.MANAGE_LEADS,
        _P.EXPORT_DATA,
        _P.SEE_FIGURES,
        _P.EDIT_MEMBERS,
        _P.EDIT_PRODUCTS,
    },
    Role.SHOP: _DESK
    | {
        _P.RECORD_PURCHASES,
        _P.CORRECT_PURCHASES,
        _P.EDIT_MEMBERS,
        _P.EDIT_PRODUCTS,
        _P.MANAGE_STOCK,
        _P.MANAGE_ORDERS,
        _P.REFUND_ORDERS,
    },
    Role.EVENTS: _DESK | {_P.RECORD_PURCHASES, _P.MANAGE_EVENTS, _P.CHECK_IN, _P.MANAGE_LEADS},
    Role.SUPPORT: _DESK
    | {
        _P.RECORD_PURCHASES,
        _P.CORRECT_PURCHASES,
        _P.ADJUST_POINTS,
        _P.CHECK_IN,
        _P.MANAGE_LEADS,
        _P.END_SESSIONS,
        _P.EDIT_MEMBERS,
        _P.MERGE_MEMBERS,
        _P.SEE_MESSAGES,
        _P.MANAGE_ORDERS,
        _P.ANSWER_SUPPORT,
    },
    Role.READ_ONLY: frozenset({_P.SEE_ADMIN, _P.SEE_MEMBERS, _P.SEE_FIGURES}),
}

MANY_POINTS = 10_000
"""Points from which a change by hand needs ADJUST_MANY_POINTS."""


def may(role: Role | None, permission: Permission) -> bool:
    """Whether a role carries a permission; nobody (None) carries none."""
    return role is not None and permission in PERMISSIONS[role]


def require(role: Role | None, permission: Permission) -> None:
    """Raise `NotAllowed` unless the role carries the permission."""
    if not may(role, permission):
        raise NotAllowed

"""Roles and what they may do, in words: one table of sentences beside the one of permissions."""

from typing import Any

from flask_babel import lazy_gettext as _l

from club.permissions import PERMISSIONS, Permission, Role

ROLE_NAMES: dict[Role, Any] = {
    Role.OWNER: _l("Owner"),
    Role.MANAGER: _l("Manager"),
    Role.MARKETING: _l("Marketing"),
    Role.SHOP: _l("Shop"),
    Role.EVENTS: _l("Events door"),
    Role.SUPPORT: _l("Support"),
    Role.READ_ONLY: _l("Read only"),
}

ROLE_PURPOSES: dict[Role, Any] = {
    Role.OWNER: _l("Answers for the club: does everything, invites colleagues and sets the club up."),
    Role.MANAGER: _l("Runs the club from day to day and decides what colleagues ask for."),
    Role.MARKETING: _l("Plans tiers, earning rules and what members are told."),
    Role.SHOP: _l("Stands at the counter: enrols members, records purchases and returns."),
    Role.EVENTS: _l("Prepares events, stands at their door and records what is bought there."),
    Role.SUPPORT: _l("Answers members and puts right what went wrong."),
    Role.READ_ONLY: _l("Looks at members and figures and changes nothing."),
}

_P = Permission
TASKS: dict[Permission, Any] = {
    _P.SEE_ADMIN: _l("Open the staff's pages"),
    _P.SEE_MEMBERS: _l("See customers: names, tiers, points and purchases"),
    _P.SEE_CONTACT: _l("See how to reach customers: e-mail, phone, address"),
    _P.ENROL_MEMBERS: _l("Enrol new members"),
    _P.EDIT_MEMBERS: _l("Change what is kept about customers"),
    _P.MERGE_MEMBERS: _l("Merge two entries of one customer, and undo it"),
    _P.KEEP_CUSTOMERS: _l("Write notes, calls, tasks and promises"),
    _P.HAND_OVER: _l("Hand a colleague's customers and tasks to somebody else"),
    _P.SEE_FIGURES: _l("See the club's figures"),
    _P.RECORD_PURCHASES: _l("Record purchases"),
    _P.CORRECT_PURCHASES: _l("Take goods back"),
    _P.ADJUST_POINTS: _l("Change points by hand, up to the limit"),
    _P.ADJUST_MANY_POINTS: _l("Change points by hand beyond the limit"),
    _P.SET_TIER_BY_HAND: _l("Set a tier by hand"),
    _P.APPROVE: _l("Say yes or no to what a colleague asked for"),
    _P.EDIT_TIERS: _l("Change tiers and benefits"),
    _P.EDIT_RULES: _l("Change earning rules"),
    _P.MANAGE_OFFERS: _l("Write, publish and end offers"),
    _P.MANAGE_EVENTS: _l("Write events, invite to them and call them off"),
    _P.CHECK_IN: _l("Check guests in at the door of an event"),
    _P.ANSWER_SUPPORT: _l("Answer members' questions"),
    _P.MANAGE_CONTENT: _l("Write and publish articles, let comments through"),
    _P.MANAGE_REFERRALS: _l("Set what friends bring, and decide about doubtful ones"),
    _P.MANAGE_LEADS: _l("Work on requests and stages, write forms and sources"),
    _P.EDIT_PRODUCTS: _l("Change products, prices, pictures and categories"),
    _P.MANAGE_STOCK: _l("Count the stock and write down what arrives"),
    _P.EDIT_SHOP: _l("Change delivery, taxes and countries of the shop"),
    _P.MANAGE_ORDERS: _l("Pack, send, hand over and cancel orders"),
    _P.REFUND_ORDERS: _l("Give the money of an order back"),
    _P.SET_CREDIT: _l("Set how much a member may buy on account"),
    _P.SEE_MESSAGES: _l("See messages and what became of them"),
    _P.EDIT_MESSAGES: _l("Change the texts of mails and send messages again"),
    _P.EDIT_PROGRAMME: _l("Change settings, brand and legal texts"),
    _P.IMPORT_DATA: _l("Import data"),
    _P.EXPORT_DATA: _l("Download lists for spreadsheets"),
    _P.MANAGE_STAFF: _l("Invite colleagues, change their roles, let them go"),
    _P.END_SESSIONS: _l("Sign somebody out everywhere"),
    _P.SEE_AUDIT: _l("See who changed what"),
}


def tasks_of(role: Role) -> tuple[list[Any], list[Any]]:
    """What a role may do, and what it may not, in the order of the table."""
    may = [TASKS[one] for one in Permission if one in PERMISSIONS[role]]
    may_not = [TASKS[one] for one in Permission if one not in PERMISSIONS[role]]
    return may, may_not


def role_name(role: str) -> str:
    """A role in words."""
    return str(ROLE_NAMES[Role(role)])

"""Every act that the club records, in words. A test looks at the code for acts that are missing here."""

from typing import Any

from flask_babel import lazy_gettext as _l

GROUPS: dict[str, Any] = {
    "staff": _l("Staff and signing in"),
    "customers": _l("Customers"),
    "care": _l("Notes, tasks and promises"),
    "points": _l("Points and purchases"),
    "tiers": _l("Tiers, benefits and earning rules"),
    "messages": _l("Messages"),
    "imports": _l("Import and export"),
    "club": _l("Settings of the club"),
}

_BY_GROUP: dict[str, dict[str, Any]] = {
    "staff": {
        "account.disabled": _l("Account closed"),
        "account.email_changed": _l("E-mail address for signing in changed"),
        "account.password_changed": _l("Password changed"),
        "account.recovery_code_used": _l("Recovery code used"),
        "account.recovery_codes_renewed": _l("New recovery codes made"),
        "account.second_factor_set": _l("Second step set up"),
        "account.signed_out": _l("Signed out everywhere by a colleague"),
        "accounts.signed_out": _l("Everybody signed out"),
        "staff.added": _l("Invited to work here"),
        "staff.disabled": _l("Left the staff"),
        "staff.looked_as": _l("Looked at the house as another role"),
        "staff.role_changed": _l("Role changed"),
        "staff.second_factor_reset": _l("Second step taken away"),
    },
    "customers": {
        "member.changed_by_import": _l("Changed by an import"),
        "member.invited": _l("Invited to claim the membership"),
    },
    "care": {},
    "points": {
        "points.adjusted": _l("Points changed by hand"),
    },
    "tiers": {
        "rule.added": _l("Earning rule added"),
        "rule.withdrawn": _l("Earning rule withdrawn"),
        "tiers.set": _l("Tier ladder set"),
        "tiers.set_by_hand": _l("Tier set by hand"),
    },
    "messages": {
        "address.reachable": _l("Address counts as reachable again"),
        "message.came_back": _l("Message noted as come back"),
        "message.cancelled": _l("Message cancelled"),
        "message.tried_again": _l("Message put back to be sent"),
        "message_text.saved": _l("Words of a mail changed"),
        "message_text.tested": _l("Test mail of a text sent"),
    },
    "imports": {
        "audit.exported": _l("Audit log downloaded"),
        "members.imported": _l("Members imported"),
        "points.imported": _l("Points imported"),
        "purchases.imported": _l("Purchases imported"),
    },
    "club": {
        "backup.asked": _l("Backup asked for"),
        "legal.drafted": _l("Legal text changed as a draft"),
        "legal.published": _l("Legal text published"),
        "programme.changed": _l("Settings changed"),
        "programme.set_up": _l("Club set up"),
        "setup.put_aside": _l("Step of the set-up list put aside"),
        "setup.step_wanted": _l("Step of the set-up list taken up again"),
    },
}

ACTS: dict[str, Any] = {act: words for group in _BY_GROUP.values() for act, words in group.items()}
"""Act → its words."""


def acts_of(group: str) -> tuple[str, ...]:
    """The acts of one group."""
    return tuple(_BY_GROUP[group])

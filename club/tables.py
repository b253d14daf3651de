"""Every table of the club in one place, for migrations and tests."""

from sqlalchemy import MetaData

from club.accounts import models as accounts
from club.accrual import models as accrual
from club.approvals import models as approvals
from club.audit import AuditEntry
from club.backups import models as backups
from club.benefits import models as benefits
from club.benefits import uses
from club.care import models as care
from club.carts import models as carts
from club.catalogue import costs
from club.catalogue import models as catalogue
from club.contact import choices
from club.contact import models as contact
from club.content import models as content
from club.customers import models as customers
from club.database import Base
from club.delivery import models as delivery
from club.events import models as events
from club.family import models as family
from club.gifts import models as gifts
from club.household import models as household
from club.insight import models as insight
from club.intake import models as intake
from club.joining import models as joining
from club.leads import models as leads
from club.lost import models as lost
from club.measures import models as measures
from club.members import models as members
from club.merging import models as merging
from club.messages import models as messages
from club.messages.inbox import models as inbox
from club.night import NightStep
from club.notices import models as own_notices
from club.offers import models as offers
from club.offers import notices
from club.orders import models as orders
from club.orders.credit import models as credit
from club.papers import models as papers
from club.payments import models as payments
from club.pipeline import models as pipeline
from club.points import models as points
from club.profile import models as profile
from club.programme import legal
from club.programme import models as programme
from club.purchases import models as purchases
from club.referrals import models as referrals
from club.returns import models as returns
from club.starting import models as starting
from club.suggestions import models as suggestions
from club.support import models as support
from club.tiers import models as tiers
from club.transfers import models as transfers

__all__ = [
    "AuditEntry",
    "NightStep",
    "accounts",
    "accrual",
    "approvals",
    "backups",
    "benefits",
    "care",
    "carts",
    "catalogue",
    "choices",
    "contact",
    "content",
    "costs",
    "credit",
    "customers",
    "delivery",
    "events",
    "family",
    "gifts",
    "household",
    "inbox",
    "insight",
    "intake",
    "joining",
    "leads",
    "legal",
    "lost",
    "measures",
    "members",
    "merging",
    "messages",
    "metadata",
    "notices",
    "offers",
    "orders",
    "own_notices",
    "papers",
    "payments",
    "pipeline",
    "points",
    "profile",
    "programme",
    "purchases",
    "referrals",
    "returns",
    "starting",
    "suggestions",
    "support",
    "tiers",
    "transfers",
    "uses",
]

metadata: MetaData = Base.metadata

APPEND_ONLY = (
    "points_movement",
    "points_lot_entry",
    "consent",
    "audit_entry",
    "legal_text",
    "price",
    "stock_movement",
    "order_move",
    "paper",
    "paper_file",
    "paper_download",
    "lead_consent",
    "stage_move",
)
"""Tables whose rows the database itself refuses to change or delete."""

"""The staff's door."""

from flask import Blueprint

admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")

from admin import (  # noqa: E402, F401 - each module adds its pages to the blueprint above
    approvals,
    audit,
    benefits,
    benefits_uses,
    counter,
    customer,
    customer_benefits,
    customer_points,
    customer_sheet,
    customer_tier,
    customers,
    enrol,
    first_hour,
    guide,
    home,
    imports,
    lost,
    mail_texts,
    measures,
    merging,
    outbox,
    products,
    recorded,
    recovery,
    report,
    returns,
    rules,
    rules_change,
    settings,
    signin,
    staff,
    starting,
    tasks,
    tiers,
    tiers_edit,
    tiers_effect,
)

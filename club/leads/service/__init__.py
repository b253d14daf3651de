"""Use cases of leads: somebody makes themselves known, staff keep sources and forms."""

from club.leads.service.capturing import Captured, capture, own_source
from club.leads.service.forms import add_form, change_form
from club.leads.service.sources import add_source, change_source

__all__ = [
    "Captured",
    "add_form",
    "add_source",
    "capture",
    "change_form",
    "change_source",
    "own_source",
]

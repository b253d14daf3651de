"""What staff write about delivery, taxes and countries. Every change is written down and counts at once."""

from club.delivery.service.countries import remove_rule, save_rule
from club.delivery.service.methods import add_method, change_method, move_method, set_up_pickup
from club.delivery.service.taxes import add_rate, remove_rate
from club.delivery.service.zones import add_zone, change_zone, remove_zone

__all__ = [
    "add_method",
    "add_rate",
    "add_zone",
    "change_method",
    "change_zone",
    "move_method",
    "remove_rate",
    "remove_rule",
    "remove_zone",
    "save_rule",
    "set_up_pickup",
]

"""Use cases of the pipeline: everybody's stage at night, moves by hand, requests that come in."""

from club.pipeline.service.following import follow, night
from club.pipeline.service.moving import as_the_rules_say, lose, place_by_hand, take_up
from club.pipeline.service.naming import name_stages
from club.pipeline.service.noting import note_export, note_meeting
from club.pipeline.service.requests import Received, receive

__all__ = [
    "Received",
    "as_the_rules_say",
    "follow",
    "lose",
    "name_stages",
    "night",
    "note_export",
    "note_meeting",
    "place_by_hand",
    "receive",
    "take_up",
]

"""The tables of care, and what is read from them."""

from club.care.models.tables import (
    ABSENCES,
    CARERS,
    COMMITMENTS,
    INTERACTIONS,
    PREFERENCES,
    TASKS,
    WISHES,
    Absence,
    Carer,
    Commitment,
    ContactWish,
    Interaction,
    Preference,
    Task,
)

__all__ = [
    "ABSENCES",
    "CARERS",
    "COMMITMENTS",
    "INTERACTIONS",
    "PREFERENCES",
    "TASKS",
    "WISHES",
    "Absence",
    "Carer",
    "Commitment",
    "ContactWish",
    "Interaction",
    "Preference",
    "Task",
]

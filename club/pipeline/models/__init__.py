"""Tables and queries of the pipeline."""

from club.pipeline.models.tables import MOVES, PLACES, Place, StageMove

__all__ = ["MOVES", "PLACES", "Place", "StageMove"]

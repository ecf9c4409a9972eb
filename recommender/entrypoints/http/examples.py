"""What the examples of answers in OpenAPI have in common."""

from __future__ import annotations

from recommender.application.attribution import recommendation_id

_VERSION = "20150918T030000Z-5f1d0c2ab3e4"

NAMED = {
    "model_version": _VERSION,
    "recommendation_id": recommendation_id(_VERSION, "0b9f6d0e4b7c4a3d9e5a0c8f2d1b6e73"),
}
"""By which model an answer is, and what it is called."""

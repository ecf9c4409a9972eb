"""Fitted pipelines as bytes."""

from __future__ import annotations

import io

import joblib
from sklearn.pipeline import Pipeline


def dumped(pipeline: Pipeline) -> bytes:
    """For people, who open it with joblib.load; the same fit gives the same bytes."""
    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer)
    return buffer.getvalue()

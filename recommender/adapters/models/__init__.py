"""Model versions as folders of plain files below one byte store: arrays, a manifest and a card; no pickle."""

from recommender.adapters.models.store import BlobModelStore

__all__ = ["BlobModelStore"]

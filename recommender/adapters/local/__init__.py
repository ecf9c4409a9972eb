"""The local disk as a home of blobs."""

from recommender.adapters.local.blobs import LocalBlobStore

__all__ = ["LocalBlobStore"]

"""Storage cut at bytes: what every home of blobs promises, and the keys they are known by."""

from recommender.adapters.blobs.keys import is_key, valid_key, valid_prefix
from recommender.adapters.blobs.port import BlobMissing, BlobStore

__all__ = ["BlobMissing", "BlobStore", "is_key", "valid_key", "valid_prefix"]

"""S3, or a server that speaks its language, as a home of blobs."""

from recommender.adapters.s3.blobs import S3BlobStore
from recommender.adapters.s3.client import connect

__all__ = ["S3BlobStore", "connect"]

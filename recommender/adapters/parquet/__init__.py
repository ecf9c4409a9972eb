"""The log and the catalogue as Parquet blobs."""

from recommender.adapters.parquet.catalogue import ParquetCatalogue
from recommender.adapters.parquet.events import ParquetEventStore

__all__ = ["ParquetCatalogue", "ParquetEventStore"]

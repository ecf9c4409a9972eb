"""The log and the catalogue as Parquet blobs."""

import pyarrow as pa

from recommender.adapters.parquet.catalogue import ParquetCatalogue
from recommender.adapters.parquet.events import ParquetEventStore

__all__ = ["ParquetCatalogue", "ParquetEventStore"]

# Arrow's own allocator made reading a large log take half as long again (benchmarks/event_store.py).
pa.set_memory_pool(pa.system_memory_pool())

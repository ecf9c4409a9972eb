"""Live events as JSON lines on any blob store: `events/2015-05-03/000000-<ms>-<writer>-<number>.jsonl`."""

from recommender.adapters.journal.journal import BlobJournal
from recommender.adapters.journal.keys import is_journal_key
from recommender.adapters.journal.lines import decoded_lines, encoded_lines

__all__ = ["BlobJournal", "decoded_lines", "encoded_lines", "is_journal_key"]

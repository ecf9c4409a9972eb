"""Import files that exist only as the blocks they are read in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recommender.application.ports import Block, Reject
from recommender.domain.catalogue import PropertyBatch
from recommender.domain.errors import FileRefused
from recommender.domain.events import EventBatch


@dataclass
class FakeImportFiles:
    """Files by their path; any other path is refused by the call itself, as the real reader does."""

    event_files: Mapping[Path, Sequence[Block[EventBatch]]] = field(default_factory=dict)
    property_files: Mapping[Path, Sequence[Block[PropertyBatch]]] = field(default_factory=dict)
    trees: Mapping[Path, tuple[dict[str, str | None], tuple[Reject, ...]]] = field(default_factory=dict)

    def events(self, file: Path) -> Iterator[Block[EventBatch]]:
        if file not in self.event_files:
            raise FileRefused(str(file), "expected an events file")
        return iter(self.event_files[file])

    def properties(self, file: Path) -> Iterator[Block[PropertyBatch]]:
        if file not in self.property_files:
            raise FileRefused(str(file), "expected an item properties file")
        return iter(self.property_files[file])

    def tree(self, file: Path) -> tuple[dict[str, str | None], tuple[Reject, ...]]:
        if file not in self.trees:
            raise FileRefused(str(file), "expected a category tree")
        return self.trees[file]

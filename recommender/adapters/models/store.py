"""The model store: versions as folders below one byte store.

models/<version>/manifest.json         written last: without it a folder is no version
                 <field's path>.npy    the model's arrays, to be mapped into memory
                 card.md               the card in words, for people
                 pipeline-<goal>.pkl   for people; nothing here opens it
models/current.json                    the promoted version, and the one it replaced
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.adapters.models.codec import decode, encode
from recommender.adapters.models.files import Checksum, json_object, mapped, to_npy
from recommender.adapters.models.manifest import MANIFEST, Manifest, libraries
from recommender.adapters.models.words import in_words
from recommender.application.card import ModelCard
from recommender.domain.errors import CorruptModel, StorageUnavailable, UnknownVersion
from recommender.domain.features import feature_names
from recommender.domain.model import Model

FOLDER = "models"
CURRENT = f"{FOLDER}/current.json"
ARRAY = ".npy"

_VERSION = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}"
_PUBLISHED = re.compile(f"{FOLDER}/({_VERSION})/{re.escape(MANIFEST)}")


@dataclass(frozen=True)
class BlobModelStore:
    """Publishes, loads and promotes versions in any byte store."""

    blobs: BlobStore

    def publish(self, model: Model, card: ModelCard, pipelines: Mapping[str, bytes], at: int) -> str:
        """Write the files, and then the manifest; publishing again completes what was interrupted.

        The same content published in the same second is the same version. Raises ValueError for a model
        that could not be loaded again.
        """
        _check(model)
        structure, arrays = encode(model)
        files = {f"{path}{ARRAY}": to_npy(array) for path, array in arrays.items()}
        files |= {f"pipeline-{goal}.pkl": pipeline for goal, pipeline in pipelines.items()}
        files["card.md"] = in_words(card).encode()
        checksums = {name: Checksum.of(data) for name, data in files.items()}
        manifest = Manifest(at, card, libraries(), checksums, structure)
        version = manifest.version
        for name, data in files.items():
            self.blobs.create(_key(version, name), data)
        self.blobs.create(_key(version, MANIFEST), manifest.to_bytes())
        return version

    def load(self, version: str) -> Model:
        """Check every file against the manifest, map the arrays, and check that they make a model."""
        manifest = self._manifest(version)
        arrays = {}
        with _refusing(version):
            for name, checksum in manifest.files.items():
                file = self.blobs.local_file(_key(version, name))
                checksum.check(file, name)
                if name.endswith(ARRAY):
                    arrays[name.removesuffix(ARRAY)] = mapped(file, name)
            model = decode(manifest.model, arrays, Model)
            _check(model)
        return model

    def card(self, version: str) -> ModelCard:
        """The card, from the manifest alone."""
        return self._manifest(version).card

    def versions(self) -> list[str]:
        """The folders that have a manifest; their names sort by time."""
        published = map(_PUBLISHED.fullmatch, self.blobs.keys(FOLDER))
        return sorted(found[1] for found in published if found)

    def current(self) -> str | None:
        """The version that current.json names; raises CorruptModel if it names none."""
        return self._current()[0]

    def promote(self, version: str, instead_of: str | None) -> bool:
        """Swap current.json. Raises CorruptModel for a version whose manifest is refused."""
        self._manifest(version)
        current, tag = self._current()
        if current != instead_of:
            return False
        if current == version:
            return True
        pointer = json.dumps({"version": version, "previous": current})
        return self.blobs.swap(CURRENT, pointer.encode(), tag) is not None

    def _current(self) -> tuple[str | None, str | None]:
        """The promoted version and the tag of the blob that says so."""
        found = self.blobs.tagged(CURRENT)
        if found is None:
            return None, None
        data, tag = found
        with _refusing("current", "delete models/current.json and train again"):
            return _promoted(data), tag

    def _manifest(self, version: str) -> Manifest:
        if not re.fullmatch(_VERSION, version):
            raise UnknownVersion(version)
        try:
            data = self.blobs.read(_key(version, MANIFEST))
        except BlobMissing as missing:
            raise UnknownVersion(version) from missing
        with _refusing(version):
            manifest = Manifest.parse(data)
            if not version.endswith(manifest.content):
                raise ValueError("its manifest is not the one that was published")
        return manifest


def _key(version: str, name: str) -> str:
    return f"{FOLDER}/{version}/{name}"


def _promoted(data: bytes) -> str:
    """What a pointer points to."""
    version = json_object(data, CURRENT).get("version")
    if not isinstance(version, str) or not re.fullmatch(_VERSION, version):
        raise ValueError(f"{CURRENT} names no version")
    return version


def _check(model: Model) -> None:
    """Raise ValueError for a model that could not answer."""
    if not model.goals or len(model.goals) != len(model.rankers):
        raise ValueError(f"it has {len(model.rankers)} rankers for {len(model.goals)} goals")
    computed = feature_names(model.index)
    for goal, ranker in zip(model.goals, model.rankers, strict=True):
        if ranker.features != computed:
            odd = sorted(set(ranker.features) ^ set(computed))
            raise ValueError(
                f"the ranker of {goal!r} has other features than this program: {odd or 'in another order'}"
            )


@contextmanager
def _refusing(version: str, remedy: str = "train again") -> Iterator[None]:
    """Say of a stored version that it is not what was published, or that its files cannot be reached."""
    try:
        yield
    except (ValueError, BlobMissing) as error:
        raise CorruptModel(version, f"{error}; {remedy}") from error
    except OSError as error:
        raise StorageUnavailable(FOLDER, error.strerror) from error

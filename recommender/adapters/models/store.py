"""The model store: versions as folders below one byte store.

models/<version>/manifest.json         written last: without it a folder is no version
                 <field's path>.npy    the model's arrays, to be mapped into memory
                 card.md               the card in words, for people
                 pipeline-<goal>.pkl   for people; nothing here opens it
models/current.json                    which version is current, which ones were, what is being deleted
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.adapters.models.codec import decode, encode
from recommender.adapters.models.files import Checksum, mapped, to_npy
from recommender.adapters.models.manifest import MANIFEST, VERSION, Manifest, libraries
from recommender.adapters.models.pointer import POINTER, Pointer
from recommender.adapters.models.words import in_words
from recommender.application.card import ModelCard
from recommender.application.moments import stamp
from recommender.domain.errors import CorruptModel, StorageUnavailable, UnknownVersion
from recommender.domain.model import Model

FOLDER = "models"
CURRENT = f"{FOLDER}/{POINTER}"
ARRAY = ".npy"

_FILE = re.compile(f"{FOLDER}/({VERSION})/(.+)")


@dataclass(frozen=True)
class BlobModelStore:
    """Publishes, loads, promotes and deletes versions in any byte store."""

    blobs: BlobStore

    def publish(self, model: Model, card: ModelCard, pipelines: Mapping[str, bytes], at: int) -> str:
        """Write the files, and then the manifest; publishing again completes what was interrupted.

        The same content published in the same second is the same version. Raises ValueError for a model
        that could not be loaded again.
        """
        model.check()
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
            model.check()
        return model

    def card(self, version: str) -> ModelCard:
        """The card, from the manifest alone."""
        return self._manifest(version).card

    def size(self, version: str) -> int:
        """The sizes in the manifest."""
        return sum(checksum.size for checksum in self._manifest(version).files.values())

    def versions(self) -> list[str]:
        """The folders that have a manifest; their names sort by time."""
        return sorted(version for version, files in self._folders().items() if MANIFEST in files)

    def remnants(self, before: int) -> list[str]:
        """What the pointer says is being deleted, and folders without a manifest that are named so early."""
        early = stamp(before)
        left = {name for name, files in self._folders().items() if MANIFEST not in files and name < early}
        return sorted(left.union(self._pointer()[0].deleting))

    def current(self) -> str | None:
        """The version that current.json names; raises CorruptModel if it cannot be read."""
        return self._pointer()[0].version

    def history(self) -> tuple[str, ...]:
        """The versions that current.json names."""
        return self._pointer()[0].history

    def promote(self, version: str, instead_of: str | None) -> bool:
        """Load the version, and swap current.json if it still is what it was before the loading."""
        while True:
            pointer, tag = self._pointer()
            if version in pointer.deleting:
                raise UnknownVersion(version)
            self.load(version)
            if pointer.version != instead_of or pointer.version == version:
                return pointer.version == instead_of
            if self.blobs.swap(CURRENT, pointer.promoting(version).to_bytes(), tag) is not None:
                return True

    def delete(self, version: str) -> None:
        """Name it in current.json, so that nobody promotes it; then the manifest goes, then the files."""
        files = self._folders().get(version, [])
        if not files and version not in self._pointer()[0].deleting:
            raise UnknownVersion(version)
        self._swap(lambda pointer: pointer.condemning(version))
        for name in sorted(files, key=MANIFEST.__ne__):
            self.blobs.delete(_key(version, name))
        self._swap(lambda pointer: pointer.forgetting(version))

    def _folders(self) -> dict[str, list[str]]:
        """Name of a version -> the files below it, whether they are complete or not."""
        folders: dict[str, list[str]] = {}
        for found in filter(None, map(_FILE.fullmatch, self.blobs.keys(FOLDER))):
            folders.setdefault(found[1], []).append(found[2])
        return folders

    def _pointer(self) -> tuple[Pointer, str | None]:
        """What current.json says, and its tag; nothing, and None, if there is none."""
        data, tag = self.blobs.tagged(CURRENT) or (None, None)
        if data is None:
            return Pointer(), tag
        with _refusing("current", f"delete {CURRENT}, and promote a version or train again"):
            return Pointer.parse(data), tag

    def _swap(self, change: Callable[[Pointer], Pointer]) -> None:
        """Change current.json, however often somebody else does meanwhile."""
        while True:
            pointer, tag = self._pointer()
            changed = change(pointer)
            if changed == pointer or self.blobs.swap(CURRENT, changed.to_bytes(), tag) is not None:
                return

    def _manifest(self, version: str) -> Manifest:
        if not re.fullmatch(VERSION, version):
            raise UnknownVersion(version)
        try:
            data = self.blobs.read(_key(version, MANIFEST))
        except BlobMissing as missing:
            raise UnknownVersion(version) from missing
        with _refusing(version):
            manifest = Manifest.parse(data)
            if version != manifest.version:
                raise ValueError("its manifest is not the one that was published")
        return manifest


def _key(version: str, name: str) -> str:
    return f"{FOLDER}/{version}/{name}"


@contextmanager
def _refusing(version: str, remedy: str = "train again") -> Iterator[None]:
    """Say of a stored version that it is not what was published, or that its files cannot be reached."""
    try:
        yield
    except (ValueError, BlobMissing) as error:
        raise CorruptModel(version, f"{error}; {remedy}") from error
    except OSError as error:
        raise StorageUnavailable(FOLDER, error.strerror) from error

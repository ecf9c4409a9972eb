"""Everything this project refuses to do on purpose, named for what the caller must know.

    RecommenderError
    |- InvalidRequest(field, expected)     a parameter or body cannot be understood
    |- InvalidSettings                     the configuration contradicts itself
    |- FileRefused(file, expected)         an import file is not what it was given as
    |- NotEnoughData                       the log cannot support what was asked of it
    |- NoModelPublished                    nothing has been trained yet
    |- UnknownVersion(version)             no such model version: absence
    |- UnknownItem(item_id)                the shop has no such item
    |- VersionInUse(version)               the current model version is not deleted
    |- NothingToRollBackTo                 no version was current before this one
    |- CorruptModel(version, why)          a stored version is not what was published
    |- CorruptData(where, why)             something else that is stored is not what was written
    |- StorageUnavailable(where)           the store cannot be reached: outage
    |- MemoryUnavailable(where)            the shopper memory cannot be reached: outage
    `- Overloaded                          more comes in than can be kept up with

Absence and outage are different errors. What an error means to an HTTP client or a shell is decided at
the entrypoints.
"""


class RecommenderError(Exception):
    """Root of the tree; its text is written for the person who has to act on it."""


class InvalidRequest(RecommenderError):
    """A parameter or body that cannot be understood."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


class InvalidSettings(RecommenderError):
    """The configuration contradicts itself or names something that does not exist."""


class FileRefused(RecommenderError):
    """A file that is not what it was given as; nothing of it was imported."""

    def __init__(self, file: str, expected: str) -> None:
        super().__init__(f"{file}: {expected}")
        self.file = file
        self.expected = expected


class NotEnoughData(RecommenderError):
    """The log is too short or too sparse for what was asked."""


class NoModelPublished(RecommenderError):
    """There is no current model version."""

    def __init__(self) -> None:
        super().__init__("No model is published yet: run `recommender train` first.")


class UnknownVersion(RecommenderError):
    """The model store is reachable and has no such version."""

    def __init__(self, version: str) -> None:
        super().__init__(f"There is no model version {version!r}.")
        self.version = version


class UnknownItem(RecommenderError):
    """Neither the log nor the catalogue of the model has such an item."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"There is no item {item_id!r}.")
        self.item_id = item_id


class VersionInUse(RecommenderError):
    """The version is current, and a current version is not deleted."""

    def __init__(self, version: str) -> None:
        super().__init__(f"Model version {version} is current: promote another one before you delete it.")
        self.version = version


class NothingToRollBackTo(RecommenderError):
    """No version that is still there was current before, or not the one that was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class CorruptModel(RecommenderError):
    """A stored version is not what was published, or is of a format this program does not know."""

    def __init__(self, version: str, why: str) -> None:
        super().__init__(f"Model version {version} is refused: {why}.")
        self.version = version
        self.why = why


class CorruptData(RecommenderError):
    """Stored events or properties are not what was written; asking again will not help."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where} in the storage is damaged: {why}.")
        self.where = where
        self.why = why


class StorageUnavailable(RecommenderError):
    """A store could not be reached or did not answer; the cause is chained."""

    def __init__(self, where: str, why: str | None = None) -> None:
        super().__init__(f"The storage at {where} cannot be used{f': {why}' if why else ''}.")
        self.where = where


class MemoryUnavailable(RecommenderError):
    """The memory of what shoppers did just now could not be reached; the cause is chained."""

    def __init__(self, where: str, why: str | None = None) -> None:
        super().__init__(f"The shopper memory at {where} cannot be used{f': {why}' if why else ''}.")
        self.where = where


class Overloaded(RecommenderError):
    """More was asked for than can be done in time; later it can."""

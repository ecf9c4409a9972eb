"""The composition root: every object, and what it is built from. Only entrypoints at start-up touch it.

Each choice of an adapter is a typed function, so that its arguments are checked; the container only says
which function and how long the result lives. Adapters with heavy libraries are imported in the function
that needs them: a serving process never loads pandas, scikit-learn or pyarrow (docs/adr/0003), and boto3 only
when something is stored in S3.
"""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import assert_never

from dependency_injector import containers, providers

from recommender.adapters.blobs import BlobStore
from recommender.adapters.clock import SystemClock
from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.journal import BlobJournal
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.memory import ProcessMemory
from recommender.adapters.models import BlobModelStore
from recommender.application.compact import Compact, PruneBefore
from recommender.application.evaluate import Evaluate
from recommender.application.fit import Fit
from recommender.application.forget import Forget
from recommender.application.ingest import Ingest
from recommender.application.live import Live
from recommender.application.methods import Trainers
from recommender.application.ports import (
    Catalogue,
    Clock,
    EventStore,
    Forgotten,
    ImportFiles,
    Journal,
    ModelStore,
    Progress,
    Rejects,
    ShopperMemory,
    Workers,
)
from recommender.application.promotion import Compare, Promote, RollBack
from recommender.application.recall import Recall, refill
from recommender.application.record import Record
from recommender.application.report import Reports
from recommender.application.reproduce import Reproduce
from recommender.application.serving import Serving
from recommender.application.spared import SparedMemory
from recommender.application.train import Train
from recommender.application.versions import ListVersions, Prune
from recommender.domain.errors import InvalidSettings
from recommender.domain.events import DAY
from recommender.domain.retrieval import SOURCES
from recommender.settings import (
    PREFIX,
    LocalStorage,
    ProcessMemoryHome,
    RedisMemoryHome,
    S3Storage,
    Settings,
    cache_folder,
    commit_interval,
    memory_home,
    storage_home,
)


def open_clock() -> Clock:
    """The machine's clock."""
    return SystemClock()


def open_blobs(settings: Settings) -> BlobStore:
    """The home of everything stored."""
    match storage_home(settings.storage_url):
        case LocalStorage(folder):
            return LocalBlobStore(folder)
        case S3Storage(bucket, prefix):
            from recommender.adapters.s3 import S3BlobStore

            return S3BlobStore(bucket, prefix, cache_folder(settings), settings.s3_sse)
        case other:
            assert_never(other)


def open_models(blobs: BlobStore) -> ModelStore:
    """Model versions."""
    return BlobModelStore(blobs)


def open_forgotten(blobs: BlobStore) -> Forgotten:
    """The list of forgotten visitors."""
    return BlobForgotten(blobs)


def open_events(blobs: BlobStore, forgotten: Forgotten) -> EventStore:
    """The log."""
    from recommender.adapters.parquet import ParquetEventStore

    return ParquetEventStore(blobs, forgotten)


def open_catalogue(blobs: BlobStore) -> Catalogue:
    """Item properties and the category tree."""
    from recommender.adapters.parquet import ParquetCatalogue

    return ParquetCatalogue(blobs)


def open_files(clock: Clock, workers: Workers) -> ImportFiles:
    """RetailRocket's files, parsed on all cores."""
    from recommender.adapters.tables import RetailRocketFiles

    return RetailRocketFiles(clock.now(), workers=workers)


def open_rejects(blobs: BlobStore) -> Rejects:
    """Where refused rows are kept."""
    from recommender.adapters.rejects import KeptRejects

    return KeptRejects(blobs)


def open_trainers() -> Trainers:
    """What fits rankers."""
    from recommender.adapters.sklearn import BoostedTrainer, LogisticTrainer

    return Trainers(BoostedTrainer(), LogisticTrainer())


def open_workers() -> Workers:
    """Processes to share work with."""
    from recommender.adapters.parallel import JoblibWorkers

    return JoblibWorkers()


def open_reports() -> Reports:
    """Where evaluations are written down."""
    from recommender.adapters.report import HtmlReports

    return HtmlReports()


def build_fit(workers: Workers, progress: Progress) -> Fit:
    """Fitting with all sources."""
    return Fit(workers, progress, SOURCES)


def build_serving(settings: Settings, models: ModelStore, forgotten: Forgotten, clock: Clock) -> Serving:
    """What the service answers from; nothing is loaded yet."""
    return Serving(models, forgotten, clock, int(settings.just_bought_days * DAY))


def open_journal(blobs: BlobStore, clock: Clock) -> Journal:
    """Where live events are written down; the name of the writer is random."""
    return BlobJournal(blobs, clock, token_hex(4))


def open_memory(settings: Settings, clock: Clock) -> ShopperMemory:
    """What shoppers did just now; raises InvalidSettings where no events are to be taken."""
    match memory_home(settings.memory_url):
        case ProcessMemoryHome():
            return ProcessMemory(clock)
        case RedisMemoryHome(url):
            from recommender.adapters.redis import RedisMemory

            return RedisMemory(url, clock)
        case None:
            raise InvalidSettings(f"{PREFIX}MEMORY_URL: expected a memory, for events are to be taken")
        case other:
            assert_never(other)


def build_live(settings: Settings, journal: Journal, memory: ShopperMemory, clock: Clock) -> Live:
    """What takes events; a memory that begins empty is filled from the journal."""
    filled = isinstance(memory_home(settings.memory_url), ProcessMemoryHome)
    spared = SparedMemory(memory, clock)
    return Live(
        Record(journal, spared, commit_interval(settings)),
        Recall(spared),
        spared,
        partial(refill, memory, journal, clock) if filled else None,
    )


def pruning(prune: Prune) -> PruneBefore:
    """Deletion of the versions from before a moment."""
    return lambda moment: prune(None, moment).versions


class Container(containers.DeclarativeContainer):
    """Container(settings=…, progress=…): every use case, wired."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    progress: providers.Dependency[Progress] = providers.Dependency()

    clock: providers.Provider[Clock] = providers.ThreadSafeSingleton(open_clock)
    blobs: providers.Provider[BlobStore] = providers.ThreadSafeSingleton(open_blobs, settings)
    models: providers.Provider[ModelStore] = providers.ThreadSafeSingleton(open_models, blobs)
    forgotten: providers.Provider[Forgotten] = providers.ThreadSafeSingleton(open_forgotten, blobs)
    events: providers.Provider[EventStore] = providers.ThreadSafeSingleton(open_events, blobs, forgotten)
    catalogue: providers.Provider[Catalogue] = providers.ThreadSafeSingleton(open_catalogue, blobs)
    rejects: providers.Provider[Rejects] = providers.ThreadSafeSingleton(open_rejects, blobs)
    trainers: providers.Provider[Trainers] = providers.ThreadSafeSingleton(open_trainers)
    workers: providers.Provider[Workers] = providers.ThreadSafeSingleton(open_workers)
    reports: providers.Provider[Reports] = providers.ThreadSafeSingleton(open_reports)
    files: providers.Provider[ImportFiles] = providers.Factory(open_files, clock, workers)

    serving: providers.Provider[Serving] = providers.ThreadSafeSingleton(
        build_serving, settings, models, forgotten, clock
    )
    journal: providers.Provider[Journal] = providers.ThreadSafeSingleton(open_journal, blobs, clock)
    memory: providers.Provider[ShopperMemory] = providers.ThreadSafeSingleton(open_memory, settings, clock)
    live: providers.Provider[Live] = providers.ThreadSafeSingleton(
        build_live, settings, journal, memory, clock
    )
    fit: providers.Provider[Fit] = providers.Factory(build_fit, workers, progress)
    evaluate: providers.Provider[Evaluate] = providers.Factory(Evaluate, fit, trainers)
    reproduce: providers.Provider[Reproduce] = providers.Factory(
        Reproduce, events, catalogue, models, evaluate
    )
    ingest: providers.Provider[Ingest] = providers.Factory(Ingest, files, events, catalogue, rejects)
    prune: providers.Provider[Prune] = providers.Factory(Prune, models, clock)
    prune_before: providers.Provider[PruneBefore] = providers.Factory(pruning, prune)
    compact: providers.Provider[Compact] = providers.Factory(
        Compact, events, models, forgotten, rejects, progress, prune_before
    )
    forget: providers.Provider[Forget] = providers.Factory(Forget, forgotten, clock)
    compare: providers.Provider[Compare] = providers.Factory(Compare, models, fit)
    train: providers.Provider[Train] = providers.Factory(
        Train, events, catalogue, models, fit, evaluate, trainers, compare, clock
    )
    list_versions: providers.Provider[ListVersions] = providers.Factory(ListVersions, models)
    promote: providers.Provider[Promote] = providers.Factory(Promote, models)
    roll_back: providers.Provider[RollBack] = providers.Factory(RollBack, models)

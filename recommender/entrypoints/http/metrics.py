"""What is counted, for Prometheus. Labels are from closed lists: no id, no path, no text of a client."""

from __future__ import annotations

from collections import Counter as Tally
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

from recommender.application.attribution import version_of
from recommender.application.recommend import Answer, Request
from recommender.domain.events import SECOND
from recommender.domain.live import LiveEvent
from recommender.entrypoints.event_wire import SortedOut

BUCKETS = (0.001, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0, 5.0)
"""In seconds. 7 ms is what nine of ten answers have to keep to, 20 ms what 99 of 100 have to."""

LAGS = (0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 10.0, 60.0, 600.0, 3600.0, 86400.0)
"""In seconds."""

SHOWN, ATTRIBUTED = "recommender_shown_items", "recommender_attributed_events"

MOST_VERSIONS = 50

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class RequestMetrics:
    """Rate, errors and duration of requests; a route is its template."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "recommender_http_requests",
            "Answers sent, by the template of the route, method and class of status.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "recommender_http_request_duration_seconds",
            "From the request's headers to the end of its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._of = cache(self._labelled)  # labels() costs more than counting
        self.shed = Counter(
            "recommender_http_requests_shed",
            "Requests refused with 503 because the process is behind.",
            registry=registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        requests, durations = self._of(route, method if method in METHODS else "other", status // 100)
        requests.inc()
        durations.observe(seconds)

    def _labelled(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, method, f"{status}xx"), self._seconds.labels(route)


class AnswerMetrics:
    """What is recommended, and from where."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answers = Counter(
            "recommender_answers",
            "Lists of recommendations. fallback: for a shopper nobody knows, and no event was given.",
            ("fallback",),
            registry=registry,
        )
        items = Counter(
            "recommender_recommended_items",
            "Items on those lists, by reason.",
            ("reason",),
            registry=registry,
        )
        candidates = Counter(
            "recommender_candidates",
            "Items that a source found for those lists and that might be shown.",
            ("source",),
            registry=registry,
        )
        self._answers, self._items, self._candidates = map(
            cache, (answers.labels, items.labels, candidates.labels)
        )

    def answered(self, request: Request, answer: Answer) -> None:
        """Count one list."""
        self._answers("true" if is_fallback(request, answer) else "false").inc()
        for reason, items in Tally(each.reason for each in answer.recommendations).items():
            self._items(reason).inc(items)
        for source, found in answer.candidates.items():
            if found:
                self._candidates(source).inc(found)


class AttributionMetrics:
    """What came of what was shown. A label for each model version, of which a process meets few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._shown = Counter(
            SHOWN, "Items on lists, by model version.", ("model_version",), registry=registry
        )
        self._events = Counter(
            ATTRIBUTED,
            "Events that came with the recommendation_id of a list, by the model version of that list.",
            ("model_version", "type"),
            registry=registry,
        )
        self._versions: set[str] = set()

    def shown(self, version: str, items: int) -> None:
        """Count the items of a list."""
        self._shown.labels(self._label(version)).inc(items)

    def happened(self, event: LiveEvent) -> None:
        """Count an event, if it says what it came from."""
        version = version_of(str(event.more.get("recommendation_id", "")))
        if version is not None:
            self._events.labels(self._label(version), event.type.wire).inc()

    def _label(self, version: str) -> str:
        """The version; of too many, which only somebody can have made up, they are counted as one."""
        if version not in self._versions and len(self._versions) == MOST_VERSIONS:
            return "other"
        self._versions.add(version)
        return version


class EventMetrics:
    """What shoppers did, as it arrives."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "recommender_events", "Events, by what became of them.", ("outcome",), registry=registry
        )
        self._lag = Histogram(
            "recommender_event_lag_seconds",
            "From when an event happened until it is durable, and counts.",
            buckets=LAGS,
            registry=registry,
        )

    def taken(self, found: SortedOut, now: int) -> None:
        """Count what was sent together; `now` in ms."""
        for outcome, count in (
            ("kept", len(found.kept)),
            ("unkept", found.unkept),
            ("refused", len(found.refused)),
        ):
            self._events.labels(outcome).inc(count)
        for event in found.kept:
            self._lag.observe(max(0, now - event.timestamp) / SECOND)


def is_fallback(request: Request, answer: Answer) -> bool:
    """Whether the list is what anybody would get: an unknown shopper, and no event of a known item."""
    return not answer.user_known and len(answer.ignored_items) == len({e.item_id for e in request.events})


class Metrics:
    """Everything a process counts, on one registry; whoever counts something else defines it on that, too.

    folder: where the processes of one server count together; None for a process that is alone.
    """

    def __init__(self, folder: str | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.folder = folder
        self.registry = CollectorRegistry()
        self.requests = RequestMetrics(self.registry)
        self.answers = AnswerMetrics(self.registry)
        self.attribution = AttributionMetrics(self.registry)
        self.events = EventMetrics(self.registry)
        self.reload_failures = Counter(
            "recommender_reload_failures",
            "Looks at the store's current version that ended with serving another one, or none.",
            registry=self.registry,
        )

    def together(self) -> CollectorRegistry:
        """What all processes of the server have counted: the registry itself for a process that is alone."""
        if self.folder is None:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together, self.folder)  # type: ignore[no-untyped-call]
        return together

"""What is counted, for Prometheus. Labels are from closed lists: no id, no path, no text of a client."""

from __future__ import annotations

from collections import Counter as Tally
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from recommender.application.recommend import Answer, Request

BUCKETS = (0.001, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0, 5.0)
"""In seconds. 7 ms is what nine of ten answers have to keep to, 20 ms what 99 of 100 have to."""

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
        self.reload_failures = Counter(
            "recommender_reload_failures",
            "Looks at the store's current version that ended with serving another one, or none.",
            registry=self.registry,
        )

"""recommender compact: merge the log's small batches, and remove what was forgotten; safe at any time."""

from __future__ import annotations

import argparse

from recommender.application.compact import Compacted
from recommender.application.moments import minute
from recommender.application.ports import Compaction
from recommender.container import Container
from recommender.entrypoints.cli.screen import megabytes, say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser(
        "compact", help="merge small batches, remove what was forgotten", description=__doc__
    )
    verb.set_defaults(run=run)


def run(_asked: argparse.Namespace, container: Container) -> int:
    """Compact, and say what was done."""
    done = container.compact()()
    say(f"{_bound(done.until)} {_in_words(done.log)}")
    if forgotten := _forgotten(done):
        say(f"Removed of forgotten visitors: {forgotten}.")
    return 0


def _bound(until: int | None) -> str:
    """Which days were merged."""
    if until is None:
        return "No model is current, so that no day is known to be complete: none was merged."
    return f"Days that end by {minute(until)} UTC, the end of the current model's log, were merged."


def _in_words(log: Compaction) -> str:
    if not log.days:
        return "There was nothing to rewrite."
    return (
        f"{log.days:,} days rewritten: {log.batches_before:,} batches became {log.batches_after:,}, "
        f"{megabytes(log.bytes_before)} MB became {megabytes(log.bytes_after)}."
    )


def _forgotten(done: Compacted) -> str:
    """What was removed, a list in words; empty if there was nothing."""
    counts = (
        (done.log.forgotten, "events"),
        (done.rejects, "refused rows"),
        (len(done.pruned), "model versions"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)

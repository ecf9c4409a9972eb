"""What a person sees: progress and complaints on stderr, results on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.table import Table

Part = TypeVar("Part")

# What is printed holds ids of shops and shoppers; none of it may be taken for markup.
out = Console(markup=False, emoji=False, highlight=False)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)


def say(text: str) -> None:
    """Print a sentence of a result; as one line where it is read by a program."""
    out.print(text, soft_wrap=not out.is_terminal)


def draw(table: Table) -> None:
    """Print a table of a result."""
    out.print(table)


def note(text: str) -> None:
    """Say something beside the result, on stderr."""
    err.print(text, soft_wrap=not err.is_terminal)


def complain(text: str) -> None:
    """Say on stderr what went wrong."""
    err.print(f"error: {text}", style="red", soft_wrap=not err.is_terminal)


def megabytes(size: int) -> str:
    """A size in bytes as people read it, without the unit."""
    return f"{size / 1e6:,.1f}"


def shown(work: Iterable[Part], what: str, total: int | None) -> Iterator[Part]:
    """Pass on the work while a bar shows how far it has come."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining(), console=err
    ) as bar:
        task = bar.add_task(what, total=total)
        for each in work:
            yield each
            bar.advance(task)


class ShareBar:
    """A bar for work that knows the share it has done: bar(what, share in [0, 1])."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Remaining(), console=err
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._bar.stop()

    def __call__(self, what: str, share: float) -> None:
        """Show that this share of `what` is done."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=1.0)
        self._bar.update(self._tasks[what], completed=share)

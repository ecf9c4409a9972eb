"""Several server processes that end together."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from socket import socket

from uvicorn import Config
from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """uvicorn's own, which would hold the listening socket until the last worker has ended.

    Whoever connects in that time would be let wait, and then be cut off, instead of being refused at once.
    meanwhile: called once, while the workers get ready.
    """

    def __init__(self, config: Config, listening: socket, meanwhile: Callable[[], None]) -> None:
        super().__init__(config, [listening])
        self._meanwhile = meanwhile

    def init_processes(self) -> None:
        """Start the workers, and do what can wait until then."""
        super().init_processes()
        self._settle()
        self._meanwhile()

    def keep_subprocess_alive(self) -> None:
        """Start others for those that have died."""
        super().keep_subprocess_alive()
        self._settle()

    def terminate_all(self) -> None:
        """Tell the workers to end, who are then the only ones to listen."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

    def _settle(self) -> None:
        """Where there are as many processors as workers, give each its own: it finds caches as it left them.

        Under load that halves the longest waits. With fewer workers the choice would be arbitrary, and other
        programs could have made the same.
        """
        if not hasattr(os, "sched_setaffinity"):  # not Linux
            return
        processors = sorted(os.sched_getaffinity(0))
        if len(processors) != len(self.processes):
            return
        for processor, each in zip(processors, self.processes, strict=True):
            with suppress(ProcessLookupError):  # it has died; the next round finds another in its place
                if each.pid is not None:
                    os.sched_setaffinity(each.pid, {processor})

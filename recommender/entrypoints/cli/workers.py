"""Several server processes that end together."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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

        With fewer workers the choice would be arbitrary, and other programs could have made the same. All
        threads of a worker are told, for one that took another's place has some before it is known here.
        """
        if self.should_exit.is_set() or not hasattr(os, "sched_setaffinity"):  # as on macOS
            return
        everything = os.sched_getaffinity(0)
        alone = [{each} for each in sorted(everything)]
        given = alone if len(alone) == len(self.processes) else [everything] * len(self.processes)
        for processors, each in zip(given, self.processes, strict=True):
            with suppress(OSError):  # it has died, or must not be told: it serves all the same
                for thread in Path(f"/proc/{each.pid}/task").iterdir():
                    os.sched_setaffinity(int(thread.name), processors)

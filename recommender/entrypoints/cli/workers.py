"""Several server processes that end together."""

from __future__ import annotations

from collections.abc import Callable
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
        self._meanwhile()

    def terminate_all(self) -> None:
        """Tell the workers to end, who are then the only ones to listen."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

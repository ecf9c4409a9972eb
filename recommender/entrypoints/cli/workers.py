"""Several server processes that end together."""

from __future__ import annotations

from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """uvicorn's own, which would hold the listening socket until the last worker has ended.

    Whoever connects in that time would be let wait, and then be cut off, instead of being refused at once.
    """

    def terminate_all(self) -> None:
        """Tell the workers to end, who are then the only ones to listen."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

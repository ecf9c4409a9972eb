"""The computer's clock."""

from __future__ import annotations

import time


class SystemClock:
    """The time as the operating system has it."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

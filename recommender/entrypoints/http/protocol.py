"""How connections are read and ended: uvicorn's protocol on httptools, with a limit and with patience.

uvicorn is told of it by name.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LARGEST_HEAD = 64 * 1024
"""In bytes, for the URL and the headers; so much more as one read brings may be taken before it is seen."""

LINGER = 1.0
"""Seconds for which an idle connection is kept when the server ends: a request may be on its way."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    _head = 0  # bytes of the head that is being read; 0 between heads
    _ending = False

    def data_received(self, data: bytes) -> None:
        """Take what arrived; a head that does not end is answered with 431, and nothing of it is kept."""
        was_in_head = self._head > 0
        super().data_received(data)
        if was_in_head and self._head:
            self._head += len(data)
        if self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head = 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It has ended; while the server ends, the answer is the last one on this connection."""
        self._head = 0
        super().on_headers_complete()
        if self._ending:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End after the request that is being answered; if there is none, after a while without one."""
        self._ending = True
        if self._is_idle():
            self.loop.call_later(LINGER, self._end_if_idle)
        else:
            self.cycle.keep_alive = False

    def _end_if_idle(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # None before the first request, whatever uvicorn says
        return cycle is None or cycle.response_complete

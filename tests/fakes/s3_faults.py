"""A proxy before a server that speaks S3, through which things go wrong."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

RESETTING = struct.pack("ii", 1, 0)
"""SO_LINGER: closing the connection resets it."""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Exchange(BaseHTTPRequestHandler):
    """One connection through the proxy."""

    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def pass_on(self) -> None:
        """Read a request and answer it, or let something go wrong."""
        self.data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.next_fault(f"{self.command} {self.path}")
        if fault is None:
            self.tell(self.ask())
        else:
            fault(self)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - the base class asks for them so

    def ask(self) -> Answer:
        """The server's answer to what was asked."""
        connection = HTTPConnection(self.server.behind)
        headers = {name: value for name, value in self.headers.items() if name != "Expect"}
        connection.request(self.command, self.path, self.data, headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, response.getheaders(), body)

    def tell(self, answer: Answer, *, up_to: int | None = None) -> None:
        """Give an answer; `up_to`: but so many bytes of its body, and the connection ends."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = next((value for name, value in answer.headers if name.lower() == "content-length"), None)
        self.send_header("Content-Length", length or str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:up_to])
        self.close_connection = up_to is not None

    def reset(self) -> None:
        """End the connection without an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass


Fault = Callable[[Exchange], None]


class FaultyProxy(ThreadingHTTPServer):
    """url: where the proxy listens. fault: what goes wrong, the first time that something is asked or always.

    only: a word that what goes wrong has in its method or path. asked: every request, in order.
    """

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.behind = urlsplit(behind).netloc
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.fault: Fault | None = None
        self.always = False
        self.only = ""
        self.asked: list[str] = []
        self._alone = Lock()

    def next_fault(self, request: str) -> Fault | None:
        """What is to go wrong with a request."""
        request = re.sub("uploadId=[^&]*", "uploadId", request)
        with self._alone:
            first = request not in self.asked
            self.asked.append(request)
        return self.fault if self.only in request and (first or self.always) else None

    def goes_wrong(self, fault: Fault, *, always: bool = False, only: str = "") -> None:
        """From now on."""
        self.fault, self.always, self.only = fault, always, only
        self.asked.clear()

    def goes_well(self) -> None:
        """From now on."""
        self.fault = None


@contextmanager
def faulty(behind: str) -> Iterator[FaultyProxy]:
    """A proxy before the server at an address."""
    with FaultyProxy(behind) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def answers(status: int, code: str) -> Fault:
    """The request does not reach the server; this is answered."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode()

    def refuse(exchange: Exchange) -> None:
        exchange.tell(Answer(status, [], b"" if exchange.command == "HEAD" else body))

    return refuse


def resets(exchange: Exchange) -> None:
    """The connection ends before the request reaches the server."""
    exchange.reset()


def loses_the_answer(exchange: Exchange) -> None:
    """The server does what it was asked; the connection ends before it can say so."""
    exchange.ask()
    exchange.reset()


def is_slow(seconds: float) -> Fault:
    """The server does what it was asked; the answer takes so long."""

    def wait(exchange: Exchange) -> None:
        answer = exchange.ask()
        time.sleep(seconds)
        exchange.tell(answer)

    return wait


def cuts(exchange: Exchange) -> None:
    """The connection ends in the middle of the answer's body, or before an answer without one."""
    answer = exchange.ask()
    if answer.body:
        exchange.tell(answer, up_to=len(answer.body) // 2)
    else:
        exchange.reset()


def forgets(header: str) -> Fault:
    """The server knows nothing of a header."""

    def pass_without(exchange: Exchange) -> None:
        del exchange.headers[header]
        exchange.tell(exchange.ask())

    return pass_without


def alters(exchange: Exchange) -> None:
    """A bit in the middle of the answer's body is another."""
    answer = exchange.ask()
    body = bytearray(answer.body)
    if body:
        body[len(body) // 2] ^= 1
    exchange.tell(Answer(answer.status, answer.headers, bytes(body)))

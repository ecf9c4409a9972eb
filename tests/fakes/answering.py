"""A server on this machine that answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

RIGHT: Mapping[str, tuple[int, object]] = {
    "/readyz": (200, {"status": "ready"}),
    "/recommend/a-shopper-nobody-knows?n=1": (200, {"recommendations": [{"item_id": "rake"}]}),
}
"""What a service answers that is well, to those who look after a deployment."""


@contextmanager
def answering(answers: Mapping[str, tuple[int, object]]) -> Iterator[str]:
    """A server that has these answers, and 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, {}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_message: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

"""Stands in for a running Tocsin, and writes down what commands ask it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Seen:
    """What it was asked; it gives its `answers` one after another, then `status` and `answer`."""

    url: str = ""
    status: int = 202
    answer: str = '{"accepted": 1}'
    answers: list[tuple[int, str]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def body(self) -> Any:
        return json.loads(self.requests[-1][3])


@contextmanager
def listening() -> Iterator[Seen]:
    """Such a server, on a port of its own."""
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.requests.append((self.command, self.path, headers, self.rfile.read(length)))
            status, answer = seen.answers.pop(0) if seen.answers else (seen.status, seen.answer)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_GET = do_DELETE = do_POST  # noqa: N815 - the library's names

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        seen.url = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield seen
        http.shutdown()
        thread.join()

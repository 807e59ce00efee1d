# ruff: noqa: INP001 - an example that stands alone, in no package
"""A service that can be broken: every request to it fails after POST /break, until POST /mend."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


class Payments(BaseHTTPRequestHandler):
    """Answers `/pay`, `/metrics`, `/break` and `/mend`."""

    broken = False
    requests: ClassVar[dict[int, int]] = {200: 0, 500: 0}

    def do_GET(self) -> None:
        """Take a payment, or show how many were taken."""
        if self.path == "/metrics":
            lines = [f'payments_requests_total{{code="{code}"}} {n}' for code, n in self.requests.items()]
            self._answer(200, "\n".join(["# TYPE payments_requests_total counter", *lines, ""]))
            return
        code = 500 if type(self).broken else 200
        self.requests[code] += 1
        self._answer(code, "sorry\n" if code != 200 else "paid\n")  # noqa: PLR2004 - HTTP's OK

    def do_POST(self) -> None:
        """Break or mend it."""
        type(self).broken = self.path == "/break"
        self._answer(200, "broken\n" if type(self).broken else "well\n")

    def _answer(self, code: int, body: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9300
    ThreadingHTTPServer(("127.0.0.1", port), Payments).serve_forever()

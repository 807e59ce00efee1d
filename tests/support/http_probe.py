"""Whether a server answers, asked from outside of any event loop."""

from __future__ import annotations

import http.client


def answers(port: int, path: str) -> bool:
    """Whether `GET path` on 127.0.0.1 gives 200 now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

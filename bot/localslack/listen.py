"""A listening socket on a fixed port, or on a free one below the range that the kernel gives to clients."""

import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_767
_TRIES = 200


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 finds a free port below 32768. OSError if the port is taken."""
    if port:
        return _bound(host, port)
    candidates = random.SystemRandom().sample(range(_LOWEST, _HIGHEST), _TRIES)
    for candidate in candidates[:-1]:
        try:
            return _bound(host, candidate)
        except OSError:
            continue
    return _bound(host, candidates[-1])


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener

"""Sources of randomness whose seed is said."""

from __future__ import annotations

from random import Random


def source(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - a simulation, not a secret

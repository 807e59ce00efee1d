"""Reads the waves of a rollout: when each began, how far it reached, and what."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from bot.domain.change import Wave
from bot.domain.errors import InvalidInputError
from bot.ingest.alerts import cut
from bot.ingest.document import json_type
from bot.ingest.instants import FIX, read_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WAVES: Final = 100
MOST_TARGETS: Final = 100
_LONGEST: Final = 256


def read_waves(value: Any) -> tuple[Wave, ...]:
    """The waves in order of time: a list of objects with `time`, or of bare times.

    Raises:
        InvalidInputError: with the path of the field.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidInputError("waves", f"must be a list, not {json_type(value)}")
    if len(value) > MOST_WAVES:
        raise InvalidInputError("waves", f"has {len(value)} entries", f"send the latest {MOST_WAVES}")
    waves = {wave.time: wave for wave in (_wave(one, f"waves[{place}]") for place, one in enumerate(value))}
    return tuple(waves[time] for time in sorted(waves))


def _wave(value: Any, path: str) -> Wave:
    if not isinstance(value, dict):
        value = {"time": value}
    time = read_instant(value.get("time"), f"{path}.time")
    if time is None:
        raise InvalidInputError(f"{path}.time", "is missing", FIX)
    return Wave(time, read_share(value.get("share"), f"{path}.share"), _targets(value, path))


def read_share(share: Any, path: str) -> float | None:
    """How far a wave reached: from 0 to 1, None where it does not say.

    Raises:
        InvalidInputError: it is something else.
    """
    if share is None:
        return None
    if isinstance(share, bool) or not isinstance(share, int | float) or not math.isfinite(share):
        raise InvalidInputError(path, f"must be a number, not {json_type(share)}")
    if not 0 <= share <= 1:
        raise InvalidInputError(path, f"{share} is not between 0 and 1", "5 % is 0.05")
    return float(share)


def _targets(value: Mapping[str, Any], path: str) -> tuple[str, ...]:
    targets = value.get("targets")
    if targets is None:
        return ()
    if not isinstance(targets, list) or not all(isinstance(one, str) for one in targets):
        raise InvalidInputError(f"{path}.targets", "must be a list of texts")
    return tuple(cut(one, _LONGEST) for one in targets[:MOST_TARGETS])

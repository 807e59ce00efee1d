"""What is wrong with data: edges that nobody knows, services unnamed, clocks off, events late and twice.

Each flaw draws from a source of its own, so that one flaw more leaves all else as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.evaluation.simulator.draws import exponential
from bot.evaluation.simulator.rows import Row, iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from bot.evaluation.simulator.settings import Flaws


def known_edges(edges: Sequence[tuple[str, str]], share_missing: float, rng: Random) -> list[tuple[str, str]]:
    """The edges that the catalogue has."""
    return [edge for edge in edges if rng.random() >= share_missing]


def draw_clocks(services: Sequence[str], skew: float, rng: Random) -> dict[str, int]:
    """By how many seconds each service's changes are stamped wrongly: whole, at most `skew` either way."""
    return {name: round(rng.uniform(-skew, skew)) for name in services}


def set_clocks(rows: Sequence[Row], clocks: Mapping[str, int]) -> list[Row]:
    """The rows with the moments that each service's own clock showed; `received_ts` stays true."""
    return [_stamped(row, clocks.get(row["service"], 0)) for row in rows]


def unname(rows: Sequence[Row], share: float, rng: Random) -> list[Row]:
    """Some rows without their service, and without what would give it away."""
    return [_unnamed(row) if rng.random() < share else row for row in rows]


def deliver(rows: Sequence[Row], flaws: Flaws, rng: Random) -> list[Row]:
    """The rows in the order in which they arrive, with `received_ts`; some late, some twice."""
    arriving: list[tuple[int, int, Row]] = []
    for place, row in enumerate(rows):
        second = row["received_epoch"]
        if rng.random() < flaws.late:
            second += round(exponential(flaws.late_mean, rng))
        arriving.append((second, place, _received(row, second)))
        if rng.random() < flaws.duplicates:
            again = second + round(exponential(60.0, rng))
            arriving.append((again, place, _received(row, again)))
    arriving.sort(key=lambda item: item[:2])
    return [row for _, _, row in arriving]


def _received(row: Row, second: int) -> Row:
    return {**row, "received_ts": iso(second), "received_epoch": second}


def _stamped(row: Row, seconds: int) -> Row:
    stamped = {**row, "received_epoch": row["ts_epoch"], **_shifted(row, seconds)}
    if "waves" in row:
        stamped["waves"] = [{**wave, **_shifted(wave, seconds)} for wave in row["waves"]]
    return stamped


def _shifted(row: Mapping[str, Any], seconds: int) -> Row:
    second = row["ts_epoch"] + seconds
    return {"ts": iso(second), "ts_epoch": second}


def _unnamed(row: Row) -> Row:
    bare = {**row, "service": None}
    if "labels" in row:
        labels = {name: value for name, value in row["labels"].items() if name != "node"}
        return {**bare, "labels": labels, "fingerprint": row["id"], "summary": row["name"]}
    return {**bare, "summary": row["summary"].partition(": ")[2]}

"""`tocsin bench latency`: what it prints, on the embedded parts; how fast they are is not judged here."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from bot.cli.bench.steady import Flow

OPTIONS = ("--samples", "3", "--alerts-per-s", "20", "--groups-per-s", "4", "-o", "json")
KEYS = {
    "ratio", "ratio_p50", "samples", "ours_p50_ms", "ours_p99_ms", "ours_max_ms", "yardstick_p50_ms",
    "yardstick_p99_ms", "yardstick_max_ms",
}  # fmt: skip


def test_it_prints_one_object_of_figures() -> None:
    tocsin = Path(sys.executable).with_name("tocsin")
    run = subprocess.run(
        [tocsin, "bench", "latency", *OPTIONS],
        capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert set(figures) == KEYS
    assert figures["samples"] == 3
    assert 0 < figures["ours_p50_ms"] <= figures["ours_p99_ms"] <= figures["ours_max_ms"]
    assert figures["ratio"] > 0


def test_the_flow_starts_a_group_every_so_often_and_ends_only_what_fires() -> None:
    flow = Flow("ours", 50, random.Random(7))  # noqa: S311 - the same flow every time
    firing: set[str] = set()
    groups = []
    for _ in range(1_000):
        group, body = flow.next()
        (alert,) = body["alerts"]
        instance = alert["labels"]["instance"]
        groups += [group] if group else []
        if alert["status"] == "resolved":
            assert instance in firing
            firing.discard(instance)
        else:
            firing.add(instance)
    assert len(groups) == len(set(groups)) == 20

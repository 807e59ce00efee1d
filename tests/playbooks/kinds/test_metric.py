from __future__ import annotations

from datetime import timedelta

import pytest

from playbooks.errors import PermanentStepError
from playbooks.kinds.kind import StepContext
from playbooks.kinds.metric import MetricParams, run
from playbooks.toolbox import Series
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW, later

CONTEXT = StepContext("k", NOW, timedelta(seconds=10))
PARAMS = MetricParams(server="http://p.test", query="up", unit="%")


def series(instance: str, *points: tuple[float, float]) -> Series:
    """Points as (minutes ago, value)."""
    return Series({"instance": instance}, tuple((later(-60 * ago), value) for ago, value in points))


async def test_the_question_covers_the_window_and_the_comparison() -> None:
    toolbox = FakeToolbox()
    await run(MetricParams(server="http://p.test", query="up", window=timedelta(minutes=5)), CONTEXT, toolbox)
    assert toolbox.queries == [("http://p.test", "up", later(-3600), NOW, timedelta(seconds=30))]


async def test_one_series_is_summed_up() -> None:
    toolbox = FakeToolbox((series("a", (60, 1), (50, 9), (20, 2), (0, 4)),))
    result = await run(PARAMS, CONTEXT, toolbox)
    assert result.text == "4 % now, 1 % 1 h ago; between 1 and 9 in the last 1 h"
    assert result.data == {
        "value": 4, "last": 4, "min": 1, "max": 9, "before": 1, "series": 1, "labels": {"instance": "a"},
    }  # fmt: skip


async def test_of_several_series_the_highest_speaks_and_old_ones_do_not() -> None:
    toolbox = FakeToolbox((series("a", (0, 1)), series("b", (0, 3)), series("old", (90, 99))))
    result = await run(MetricParams(server="http://p.test", query="up"), CONTEXT, toolbox)
    assert result.text == "3 now; between 3 and 3 in the last 1 h (the highest of 2 series: instance=b)"
    assert "before" not in result.data


async def test_what_was_measured_long_ago_is_not_how_things_are_now() -> None:
    result = await run(PARAMS, CONTEXT, FakeToolbox((series("a", (45, 0.1), (30, 0.2)), series("b"))))
    assert result.text == f"no data since {later(-1800):%H:%M} UTC"
    assert result.data == {"series": 0}
    assert (await run(PARAMS, CONTEXT, FakeToolbox((series("b"),)))).text == "no data"
    short = MetricParams(server="http://p.test", query="up", window=timedelta(minutes=1))
    assert (await run(short, CONTEXT, FakeToolbox((series("a", (1.2, 3)),)))).text == "no data"


async def test_no_data_is_a_finding() -> None:
    result = await run(PARAMS, CONTEXT, FakeToolbox())
    assert (result.text, result.data) == ("no data", {"series": 0})


async def test_a_server_that_is_no_address_is_refused() -> None:
    with pytest.raises(PermanentStepError):
        await run(MetricParams(server="p.test", query="up"), CONTEXT, FakeToolbox())

"""`metric`: looks a metric up in Prometheus and says what it is, what it was, and how far it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from playbooks.durations import Duration, show_duration
from playbooks.kinds.address import web_address
from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place, show
from playbooks.toolbox import Series, Toolbox

_FRESH: Final = 3
"""A last value that lies back more steps than that is not how things are now."""


class MetricParams(Params):
    """The question: `window` is what minimum and maximum look at, `compare` how long ago "before" is."""

    server: Annotated[str, Place.URL] = "{{ settings.prometheus_url }}"
    query: Annotated[str, Place.QUERY, Field(min_length=1)]
    window: Duration = timedelta(hours=1)
    compare: Duration = timedelta(hours=1)
    unit: Annotated[str, Field(max_length=20)] = ""


@dataclass(frozen=True, slots=True)
class _Summary:
    labels: dict[str, str]
    last: float
    low: float
    high: float
    before: float | None


async def run(params: MetricParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Ask for the range, and sum up the series that stands highest now."""
    span = max(params.window, params.compare)
    step = max(span / 120, timedelta(seconds=15))
    found = await toolbox.query_metric(
        web_address(params.server),
        params.query,
        context.now - span,
        context.now,
        step,
    )
    fresh = [one for one in found if one.points and context.now - one.points[-1][0] <= _FRESH * step]
    if found and not fresh:
        latest = max((one.points[-1][0] for one in found if one.points), default=None)
        since = f" since {latest.astimezone(UTC):%H:%M} UTC" if latest else ""
        return StepResult(f"no data{since}", {"series": 0})
    summaries = sorted(_summaries(fresh, params, context.now), key=lambda s: s.last, reverse=True)
    if not summaries:
        return StepResult("no data", {"series": 0})
    worst = summaries[0]
    data: dict[str, Any] = {
        "value": worst.last,
        "last": worst.last,
        "min": worst.low,
        "max": worst.high,
        "series": len(summaries),
        "labels": worst.labels,
    }
    if worst.before is not None:
        data["before"] = worst.before
    return StepResult(_sentence(worst, len(summaries), params), data)


def _summaries(found: Iterable[Series], params: MetricParams, now: datetime) -> Iterable[_Summary]:
    for series in found:
        recent = [value for time, value in series.points if time >= now - params.window]
        if not recent:
            continue
        then = now - params.compare
        # A point far from the moment that was asked for would be another moment's value.
        near = [
            (abs(time - then), value)
            for time, value in series.points
            if abs(time - then) <= params.compare / 4
        ]
        before = min(near)[1] if near else None
        yield _Summary(dict(series.labels), recent[-1], min(recent), max(recent), before)


def _sentence(worst: _Summary, count: int, params: MetricParams) -> str:
    unit = f" {params.unit}" if params.unit else ""
    text = f"{show(worst.last)}{unit} now"
    if worst.before is not None:
        text += f", {show(worst.before)}{unit} {show_duration(params.compare)} ago"
    text += f"; between {show(worst.low)} and {show(worst.high)} in the last {show_duration(params.window)}"
    if count > 1:
        labels = ", ".join(f"{name}={value}" for name, value in sorted(worst.labels.items()))
        text += f" (the highest of {count} series: {labels})"
    return text


KIND = StepKind(
    name="metric",
    summary="Look a metric up in Prometheus.",
    params=MetricParams,
    run=run,
    results=frozenset({"value", "last", "min", "max", "before", "series", "labels"}),
)

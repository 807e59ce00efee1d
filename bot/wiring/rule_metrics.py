"""How each rule fares, as metrics, read when somebody asks; the rules' names bound the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry, Metric

    from bot.domain.rule_watch import RuleRecord
    from bot.wiring.in_force import InForce

MOST: Final = 1_000
"""Of more rules than that, only the first are told one by one."""


class RuleMetrics(Collector):
    """The records of the rules that are in force in this process."""

    def __init__(self, current: InForce, registry: CollectorRegistry) -> None:
        self._current = current
        registry.register(self)

    def describe(self) -> list[Metric]:
        """Nothing at registration: the names are known only when it is asked."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        watch = self._current.desks.configuration.rules.watch
        records = dict(list(watch.items())[:MOST])
        rules = GaugeMetricFamily("tocsin_rules", "Rules that are in force")
        rules.add_metric([], len(watch))
        yield rules
        yield _counter("tocsin_rule_matches", "Alerts that the rule took", records, "matches")
        yield _counter("tocsin_rule_errors", "Alerts for which its condition failed", records, "errors")
        yield _counter(
            "tocsin_rule_skipped",
            "Alerts that went past it while it rested",
            records,
            "skipped",
        )
        yield _counter(
            "tocsin_rule_condition_seconds", "Time that the rule's condition took", records, "seconds"
        )
        last = GaugeMetricFamily(
            "tocsin_rule_last_match_timestamp_seconds",
            "When the rule last took an alert; 0: never since it was loaded",
            labels=["rule"],
        )
        resting = GaugeMetricFamily(
            "tocsin_rule_resting",
            "1 while the rule is left out because it is slow",
            labels=["rule"],
        )
        for name, record in records.items():
            last.add_metric([name], record.last_matched.timestamp() if record.last_matched else 0.0)
            resting.add_metric([name], 1.0 if record.rests_until else 0.0)
        yield last
        yield resting


def _counter(name: str, text: str, records: dict[str, RuleRecord], field: str) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=["rule"])
    for rule, record in records.items():
        family.add_metric([rule], float(getattr(record, field)))
    return family

"""A rule and how it fares, as the API and the console show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from bot.domain.rules import Action

if TYPE_CHECKING:
    from bot.domain.rule_watch import RuleRecord
    from bot.domain.rules import Rule


class RuleModel(BaseModel):
    """A rule, and what this process has seen of it since it was loaded.

    `condition_seconds` is the time of its condition in all, over `evaluations`; `skipped` counts alerts that
    went past it while it rested, for the reason in `resting`.
    """

    name: str
    action: Action
    match: list[str]
    when: str | None
    active: str | None
    owners: list[str]
    matches: int
    last_matched_at: datetime | None
    evaluations: int
    errors: int
    last_error: str | None
    condition_seconds: float
    skipped: int
    resting: str | None


class RulesAnswer(BaseModel):
    """The rules in the order in which they are tried."""

    items: list[RuleModel]


def rule_model(rule: Rule, record: RuleRecord) -> RuleModel:
    """The rule with its record."""
    return RuleModel(
        name=rule.name,
        action=rule.action,
        match=[str(matcher) for matcher in rule.matchers],
        when=rule.when.source if rule.when is not None else None,
        active=str(rule.active) if rule.active is not None else None,
        owners=list(rule.owners),
        matches=record.matches,
        last_matched_at=record.last_matched,
        evaluations=record.evaluations,
        errors=record.errors,
        last_error=record.last_error or None,
        condition_seconds=round(record.seconds, 6),
        skipped=record.skipped,
        resting=record.resting or None,
    )

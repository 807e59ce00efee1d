"""Trigger ids: once, and for three seconds."""

from __future__ import annotations

import pytest

from bot.localslack.errors import SlackError
from bot.localslack.ids import counting_ids
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import Workspace
from tests.localslack.harness import ADA, Clock, settings


def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    clock = Clock(100.0)
    workspace = Workspace(settings(), clock, counting_ids())
    triggers = Triggers(workspace)
    trigger = triggers.new(ADA)
    assert triggers.exchange(trigger) == ADA
    late = triggers.new(ADA)
    clock.now += 3.1
    for given_trigger, error in (
        (trigger, "exchanged_trigger_id"),
        (late, "expired_trigger_id"),
        ("1.2.x", "invalid_trigger_id"),
    ):
        with pytest.raises(SlackError, match=error):
            triggers.exchange(given_trigger)
    for _ in range(1_001):
        triggers.new(ADA)
    with pytest.raises(SlackError, match="invalid_trigger_id"):
        triggers.exchange(trigger)

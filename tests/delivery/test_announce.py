"""Other channels hear of an incident when it has its own."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.effects import EffectKind
from tests.delivery.stage import stage


async def test_each_channel_hears_of_it_once_and_one_that_is_not_there_stops_nothing() -> None:
    it = stage()
    (rule,) = it.outside.rules.rules
    general = it.chat.add_foreign("general")
    it.outside.rules.by_name[rule.name] = replace(rule, announce=(general.ref.id, "#nowhere", general.ref.id))
    incident = await it.declare()
    it.store.state.incidents[incident].rule = rule.name
    await it.settle()
    assert [one.message.text for one in general.messages] == ["INC-1 is open in inc-1-checkout-fails"]
    assert sorted(it.states(EffectKind.ANNOUNCE)) == ["dead", "done"]
    assert it.texts(incident)[0] == "INC-1 triggered"

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app.ports import Message
from bot.domain.errors import InvalidInputError, NotFoundError
from bot.domain.suspects import Suspect
from bot.localslack.people import Target
from bot.slack import blocks
from bot.slack.cards.suspects import suspects_card
from bot.slack.cards.verdicts import judged_in
from tests.slack.person import ADA
from tests.support.incident_views import change, ranking, verdict, view

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("verdict.caused", ("judge", "0195", "caused", "deploy-77", "argocd", "ada")),
        ("verdict.did_not", ("judge", "0195", "did_not", "deploy-77", "argocd", "ada")),
        ("verdict.no_change", ("judge", "0195", "no_change", "", "", "ada")),
    ],
)
async def test_buttons(
    person: PersonInSlack, use_cases: FakeUseCases, action: str, asked: tuple[str, ...]
) -> None:
    assert await person.presses(person.card(suspects_card(view())), action) == {"ok": True}
    assert use_cases.asked == [asked]
    assert person.hears() == []


@pytest.mark.parametrize(("choice", "judgement"), [("Caused it", "caused"), ("Did not cause it", "did_not")])
async def test_the_menu_beside_another_suspect(
    person: PersonInSlack, use_cases: FakeUseCases, choice: str, judgement: str
) -> None:
    second = Suspect(change(change_id='fl"ag', service="cart", source="ci é"), 0.2, ())
    card = person.card(suspects_card(view(ranking=ranking(suspects=(*ranking().suspects, second)))))
    await person.slack.people.act(ADA, card, Target("verdict.choose"), choice)
    await person.settled()
    assert use_cases.asked == [("judge", "0195", judgement, 'fl"ag', "ci é", "ada")]


async def test_a_word_is_taken_back(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    card = person.card(suspects_card(view(verdicts=(verdict(),))))
    await person.presses(card, "verdict.withdraw")
    assert use_cases.asked == [("withdraw", "0195", "v1", "ada")]


@pytest.mark.parametrize("broken", ["", "x", "[1,2]", '["a"]', '{"a":1}'])
def test_a_block_that_is_not_ours_is_refused(broken: str) -> None:
    with pytest.raises(InvalidInputError, match="menu is broken"):
        judged_in(broken)


async def test_a_broken_button_says_so(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    drawn = blocks.actions("row", blocks.button("Caused it", "verdict.caused", {"incident": "x"}))
    await person.presses(person.card(Message("card", tuple(drawn))), "verdict.caused")
    assert use_cases.asked == []
    assert person.hears()[-1].text == "This button is broken. Use /incident instead."


async def test_any_change_can_be_blamed_by_its_id(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident blame flag-9 source=launchdarkly INC-12")
    assert use_cases.asked == [("judge", "INC-12", "caused", "flag-9", "launchdarkly", "ada")]
    assert person.hears()[-1].text == "The deploy of checkout (flag-9) is kept as the cause of INC-12."


async def test_blame_in_the_incidents_channel(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.channels[person.channel().id] = "0195"
    await person.types("/incident blame flag-9")
    assert use_cases.asked == [("judge", "0195", "caused", "flag-9", "", "ada")]


@pytest.mark.parametrize("line", ["/incident blame", "/incident blame a b", "/incident blame INC-12"])
async def test_blame_wants_one_change(person: PersonInSlack, use_cases: FakeUseCases, line: str) -> None:
    await person.types(line)
    assert use_cases.asked == []
    assert person.hears()[-1].text.startswith("Name one change by its id.")


async def test_a_change_that_is_not_known_is_told(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.error = NotFoundError("change 'flag-9'")
    await person.types("/incident blame flag-9 INC-12")
    assert person.hears()[-1].text == "That does not exist: change 'flag-9'."

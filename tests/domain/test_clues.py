"""What single clues say about single changes: scope, versions, precedents, recoveries, words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.clues import Clue
from bot.domain.places import Places, Scope, concerned
from bot.domain.precedents import FiredBefore, Precedents
from bot.domain.recoveries import Recoveries, Recovery
from bot.domain.shared_words import SharedWords, Wording
from bot.domain.suspects import MOST_SEEN, Evidence, Seen
from bot.domain.versions import VersionContrast, Versions
from tests.domain.world import at

if TYPE_CHECKING:
    from datetime import datetime


def change(change_id: str = "c1", before: float = 5, service: str = "checkout", **more: object) -> Change:
    given: dict[str, object] = {"kind": ChangeKind.DEPLOY, "environment": "production", **more}
    return Change(
        change_id,
        "ci",
        service=service,
        time=at(-before),
        received_at=at(-before),
        **given,  # type: ignore[arg-type] # the tests name its fields
    )


def alert(
    service: str = "checkout",
    *,
    name: str = "HighErrors",
    summary: str = "",
    ended: datetime | None = None,
    before: datetime | None = None,
    **labels: str,
) -> Seen:
    return Seen(service, name, at(0), ended, summary, labels, before)


def evidence(*alerts: Seen, after: float = 5) -> Evidence:
    return Evidence("i", "production", at(after), {one.service: at(0) for one in alerts}, alerts)


# -- scope


def scope(*candidates: Change, seen: tuple[Seen, ...]) -> Scope:
    return Scope(evidence(*seen), candidates, Places())


EU, US = change("eu", scope={"region": "eu-west-1"}), change("us", scope={"region": "us-east-1"})


def test_a_change_elsewhere_is_all_but_innocent_and_one_here_gains() -> None:
    clue = scope(EU, US, seen=(alert(region="EU-west-1"), alert("web", aws_region="eu-west-1")))
    assert clue
    assert clue.value(US) == pytest.approx(math.log(0.05))
    assert clue.value(EU) == pytest.approx(math.log(3 / 2))
    assert clue.text(US) == "made in region us-east-1, and the alerts come from eu-west-1"
    assert clue.value(change()) == 0


def test_where_all_changes_are_made_here_that_says_nothing() -> None:
    clue = scope(EU, replace(EU, change_id="eu2"), seen=(alert(region="eu-west-1"),))
    assert clue.value(EU) == 0
    assert clue.text(EU) == ""


def test_part_of_the_alerts_may_come_from_elsewhere() -> None:
    seen = (alert(region="eu-west-1"), *(alert(f"s{place}", region=f"r{place}") for place in range(3)))
    clue = scope(EU, US, seen=seen)
    assert math.log(0.05) < clue.value(EU) < 0
    assert clue.text(EU).endswith("come from eu-west-1, r0, r1 and 1 more")


@pytest.mark.parametrize("stated", ["*", "all", '["eu-west-1", "us-east-1"]', "eu-west-1, us-east-1"])
def test_a_scope_may_name_several_places_or_all(stated: str) -> None:
    wide = change("wide", scope={"region": stated})
    assert scope(wide, seen=(alert(region="us-east-1"),)).value(wide) == 0


@pytest.mark.parametrize(
    "stated",
    ['{"name":"us-east-1","zones":["a"]}', '[{"name":"US-east-1"}]', "true", "[]", '{"on":true}', "[7,null]"],
)
def test_of_a_scope_in_other_forms_what_it_names_counts(stated: str) -> None:
    wide = change("wide", scope={"region": stated})
    said = scope(wide, US, seen=(alert(region="us-east-1"),)).value(wide)
    assert (said < 0) == (stated == "[7,null]")


def test_a_list_that_is_none_is_a_name() -> None:
    odd = change("odd", scope={"region": "[eu"})
    assert scope(odd, US, seen=(alert(region="us-east-1"),)).value(odd) == pytest.approx(math.log(0.05))


@pytest.mark.parametrize("part", ["region", "services"])
def test_a_text_that_nests_without_end_is_a_name(part: str) -> None:
    deep = change("deep", scope={part: "[" * 100_000})
    assert concerned("", deep.scope) == ""
    assert scope(deep, US, seen=(alert(region="us-east-1"),)).value(deep) <= 0


def test_what_the_alerts_do_not_name_is_not_weighed() -> None:
    assert not scope(EU, US, seen=(alert(),))
    assert not scope(change(), seen=(alert(region="eu-west-1"),))
    tenant = change(scope={"tenant": "acme", "lane": "b"})
    clue = scope(tenant, seen=(alert(lane="a"),))
    assert clue.value(tenant) == pytest.approx(math.log(0.05))
    assert clue.text(tenant) == "made in lane b, and the alerts come from a"


# -- versions


NEW = change(version="v2", previous_version="1")


def contrast(*seen: Seen) -> VersionContrast:
    return VersionContrast(evidence(*seen), Versions())


def test_only_the_new_version_alerts() -> None:
    clue = contrast(alert(version="2"))
    assert clue.value(NEW) == Versions().new
    assert clue.text(NEW) == "only the new version v2 alerts"
    under_way = replace(NEW, waves=(Wave(at(-5), 0.1),))
    assert clue.value(under_way) == Versions().partly
    assert clue.text(under_way).endswith("while the old one still runs")
    assert clue.value(replace(NEW, waves=(Wave(at(-5), 1.0), Wave(at(-4))))) == Versions().new


def test_the_old_version_alerts_too_or_alone() -> None:
    both, alone = contrast(alert(version="2"), alert(app_version="1")), contrast(alert(version="1"))
    assert alone.value(NEW) < both.value(NEW) < 0
    assert both.text(NEW) == "the old version 1 alerts as well as the new one"
    assert alone.text(NEW) == "the old version 1 alerts, the new one does not"


def test_versions_that_are_not_said_say_nothing() -> None:
    assert not contrast(alert())
    clue = contrast(alert(version="2"))
    assert clue.value(change()) == 0
    assert clue.value(replace(NEW, service="web")) == 0
    assert clue.value(replace(NEW, previous_version="2")) == 0
    assert clue.value(change(version="3")) == 0


def test_that_only_the_new_one_alerts_needs_to_know_the_others() -> None:
    """Versions that are neither may be what it replaced, or older still."""
    seen = contrast(alert(version="2"), alert(version="0.9"))
    assert seen.value(change(version="2")) == 0
    assert seen.value(NEW) == 0
    assert contrast(alert(version="2")).value(change(version="2")) == Versions().new
    among = contrast(alert(version="2"), alert(version="0.9"), alert(version="1"))
    assert among.text(NEW) == "the old version 1 alerts as well as the new one"


# -- there before


def test_what_fired_before_a_change_speaks_against_it() -> None:
    clue = FiredBefore(evidence(alert(before=at(-60))), Precedents())
    assert clue
    assert clue.value(change(before=5)) == pytest.approx(math.log(Precedents().again))
    assert clue.value(change(before=90)) == 0
    assert clue.text(change()) == (
        "the same alert had fired before this change was made, at first 1 h before the first alert"
    )


def test_one_old_alert_among_many_says_little() -> None:
    seen = (alert(before=at(-60)), alert(before=at(-50)), alert("web"), alert("mail"))
    clue = FiredBefore(evidence(*seen), Precedents())
    assert math.log(0.5) < clue.value(change()) < 0
    assert clue.text(change()).startswith("1 of 3 alerts had fired before")
    assert not FiredBefore(evidence(alert()), Precedents())


# -- recovery


def back(minute: float, **texts: str) -> Change:
    return replace(change("back", -minute, kind=ChangeKind.ROLLBACK), **texts)  # type: ignore[arg-type] # only texts are named


def recovery(*candidates: Change, after: float, ended: float | None = None) -> Recovery:
    seen = alert(ended=None if ended is None else at(ended))
    return Recovery(evidence(seen, after=after), candidates, Recoveries())


def test_what_got_well_after_its_rollback_was_guilty() -> None:
    clue = recovery(change(), back(10, rolls_back="c1"), after=20, ended=12)
    assert clue
    assert clue.value(change()) > 1
    assert clue.text(change()) == "it was rolled back, and the last alert ended 2 min later"
    assert clue.value(change("other")) == 0


def test_what_was_rolled_back_in_vain_was_not() -> None:
    soon, late = (recovery(change(), back(10, rolls_back="c1"), after=after) for after in (11, 60))
    assert late.value(change()) < soon.value(change()) < 0
    assert late.value(change()) >= -Recoveries().most
    assert late.text(change()) == "it was rolled back 50 min ago, and alerts still fire"
    slow = recovery(change(), back(10, rolls_back="c1"), after=300, ended=290)
    assert slow.value(change()) < 0


def test_a_recovery_before_the_rollback_says_nothing() -> None:
    assert recovery(change(), back(10, rolls_back="c1"), after=20, ended=8).value(change()) == 0


def test_what_was_undone_before_the_first_alert_is_all_but_innocent() -> None:
    clue = recovery(change(before=60), back(-30, rolls_back="c1"), after=5)
    assert clue.value(change()) == pytest.approx(math.log(Recoveries().undone))
    assert clue.text(change()) == "it was rolled back 30 min before the first alert"


def test_a_rollback_that_does_not_name_it_is_known_by_the_versions() -> None:
    new = change(version="2", previous_version="1")
    assert recovery(new, back(10, version="1"), after=20, ended=12).value(new) > 1
    assert recovery(new, back(10, previous_version="2"), after=20, ended=12).value(new) > 1
    assert not recovery(new, back(10, previous_version="7", version="1"), after=20)
    assert not recovery(new, back(10), after=20)
    assert not recovery(back(10, version="1"), after=20)


def test_a_rollback_to_come_is_not_known() -> None:
    assert not recovery(change(), back(10, rolls_back="c1"), after=5)
    new = change(version="2", previous_version="1")
    assert not recovery(new, back(10, version="1"), after=5)


def test_of_two_rollbacks_the_first_counts_and_what_one_names_is_not_looked_for() -> None:
    new = change(version="2", previous_version="1")
    named, unnamed = back(8, rolls_back="c1", version="1"), replace(back(12, version="1"), change_id="again")
    text = "it was rolled back, and the last alert ended 5 min later"
    assert recovery(new, named, unnamed, after=20, ended=13).text(new) == text
    elsewhere = back(8, rolls_back="c7", version="1")
    assert recovery(new, elsewhere, after=20, ended=13).value(new) == 0


def test_a_flag_or_what_was_deployed_elsewhere_hides_no_deploy_from_its_rollback() -> None:
    new = change(version="2", previous_version="1")
    flag = change("flag", before=2, kind=ChangeKind.FEATURE_FLAG)
    elsewhere = change("staged", before=1, environment="staging", version="3", previous_version="2")
    nowhere = change("nowhere", before=1, environment="unknown", version="3", previous_version="2")
    undone = back(10, version="1")
    assert recovery(new, flag, elsewhere, undone, after=20, ended=12).value(new) > 1
    assert recovery(new, nowhere, undone, after=20, ended=12).value(new) == 0


def test_of_a_storm_the_last_alert_is_not_read_and_a_recovery_says_nothing() -> None:
    seen = [replace(alert(ended=at(12)), name=f"a{one}") for one in range(MOST_SEEN)]
    candidates = change(), back(10, rolls_back="c1")
    storm = Recovery(evidence(*seen, after=20), candidates, Recoveries())
    assert storm.value(change()) == 0
    assert Recovery(evidence(*seen[1:], after=20), candidates, Recoveries()).value(change()) > 1


# -- words


def words(*candidates: Change, seen: Seen) -> SharedWords:
    return SharedWords(evidence(seen), candidates, frozenset({"checkout", "card-service"}), Wording())


FLAG = change("flag", summary="Turn on retryBudget for card authorisations of checkout")
OTHERS = [change(f"o{number}", summary=f"routine update number {number}") for number in range(8)]
ALERT = alert(name="AuthorisationsSlow", summary="authorisations on checkout exhaust the retry budget")


def test_a_rare_word_ties_a_change_to_the_alerts() -> None:
    clue = words(FLAG, *OTHERS, seen=ALERT)
    assert clue
    assert 0 < clue.value(FLAG) <= Wording().most
    assert clue.text(FLAG) == "its description and the alerts share “authorisations”, “budget”, “retry”"
    assert clue.value(OTHERS[0]) == 0


def test_a_word_that_all_changes_have_says_nothing() -> None:
    common = [replace(one, summary="Slow rollout") for one in OTHERS]
    assert words(*common, seen=ALERT).value(common[0]) == 0


def test_names_of_services_are_no_words() -> None:
    named = change(summary="checkout card service")
    assert not words(named, *OTHERS, seen=alert(summary="checkout card service"))
    assert not words(named, seen=alert(name="", summary=""))


def test_words_that_any_two_texts_share_say_nothing() -> None:
    chatty = change(summary="Now the retries are off, because they were not for us")
    assert not words(chatty, seen=alert(name="", summary="Now they are all down, and the disk was not"))


@pytest.mark.parametrize("kind", [Scope, VersionContrast, FiredBefore, Recovery, SharedWords])
def test_each_kind_of_clue_answers_what_is_asked_of_a_clue(kind: type) -> None:
    asked = {name for name in vars(Clue) if not name.startswith("_")}
    assert asked == {"name", "value", "text"}
    assert asked <= set(dir(kind)) | set(getattr(kind, "__annotations__", {}))

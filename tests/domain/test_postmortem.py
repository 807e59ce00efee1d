from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.correlation import DEFAULT_PARAMETERS, rank
from bot.domain.decisions import TimelineEntry
from bot.domain.incident import Incident, Reason, Severity, State
from bot.domain.markdown import plain
from bot.domain.postmortem import draft
from bot.domain.suspects import LaterTrouble, Suspect, Term
from bot.domain.verdicts import Judgement, Verdict, overruled, standing
from bot.domain.view import ChannelRef, IncidentView, PageRecord, RunSummary, StepSummary
from tests.domain.test_correlation import CALLS, change, evidence
from tests.domain.test_markdown import HOSTILE, RENDERER
from tests.domain.world import at
from tests.support.examples import examples

NOW = at(90)


def incident(**changed: object) -> Incident:
    whole = Incident(
        id="incident-1",
        title="Checkout fails",
        state=State.RESOLVED,
        severity=Severity.CRITICAL,
        environment="production",
        rule="default",
        reason=Reason("opened", "Rule default opens an incident for HighErrors on checkout."),
        services=("checkout", "payments", "web"),
        opened_at=at(1),
        onset=at(0),
        last_alert_at=at(5),
        number=12,
        alerts=2,
        acknowledged_at=at(3),
        acknowledged_by="@ada",
        monitoring_at=at(20),
        resolved_at=at(31.5),
        resolved_by="@bob",
    )
    return replace(whole, **changed)  # type: ignore[arg-type] # the changes are the incident's own fields


def occurrence(name: str = "HighErrors", ends: float | None = 20) -> Occurrence:
    return Occurrence(
        source="am",
        fingerprint=name,
        starts_at=at(0),
        status=AlertStatus.FIRING if ends is None else AlertStatus.RESOLVED,
        ends_at=None if ends is None else at(ends),
        name=name,
        service="checkout",
        environment="production",
        labels={},
        annotations={"summary": "5xx above 2 %"},
        generator_url="https://prometheus/graph",
        received_at=at(1),
    )


RUN = RunSummary(
    "run-1",
    "first-look",
    "First look",
    "succeeded",
    at(1),
    at(2),
    (StepSummary("query", "Look at errors", "succeeded", "7.5 % errors"), StepSummary("x", "", "skipped")),
)
FULL = IncidentView(
    incident=incident(),
    alerts=(occurrence(), occurrence("Latency", ends=None)),
    timeline=(
        TimelineEntry("incident-1", at(3), "acknowledged", "@ada has it.", "@ada"),
        TimelineEntry("incident-1", at(1), "opened", "because", "rule default"),
    ),
    ranking=rank(evidence("checkout", "web"), [change(), change("bank", 700)], CALLS, DEFAULT_PARAMETERS),
    runs=(RUN, replace(RUN, title="", steps=(), ended_at=None)),
    channel=ChannelRef("T1", "C1", "inc-12-checkout"),
    pages=(PageRecord(at(1), "critical"),),
)
BARE = IncidentView(
    incident=incident(
        state=State.TRIGGERED,
        services=(),
        alerts=1,
        acknowledged_at=None,
        acknowledged_by="",
        monitoring_at=None,
        resolved_at=None,
        resolved_by="",
    ),
    alerts=(),
    timeline=(),
    ranking=None,
    runs=(),
    channel=None,
)


def section(markdown: str, heading: str) -> str:
    return markdown.split(f"## {heading}\n\n", 1)[1].split("\n\n## ", 1)[0]


def test_the_headings_in_their_order() -> None:
    assert re.findall(r"^## (.*)$", draft(FULL, now=NOW), re.MULTILINE) == [
        "Summary",
        "Impact",
        "Metrics",
        "People",
        "Timeline",
        "Suspect changes",
        "Playbook runs",
        "Alerts",
        "What went well",
        "What to improve",
        "Action items",
    ]


def test_the_head_says_what_and_when_and_where() -> None:
    head = draft(FULL, now=NOW, url="https://tocsin/incidents/INC-12").split("## Summary")[0]
    assert head.startswith("# Postmortem draft: INC-12 Checkout fails\n")
    assert "Drafted by Tocsin at 2026-11-21 04:30:00 from the stored facts. All times are UTC." in head
    assert "(<https://tocsin/incidents/INC-12>)" in head
    assert r"Slack channel: \#inc-12-checkout" in head
    assert "Slack" not in draft(BARE, now=NOW).split("## Summary")[0]


def test_the_summary_tells_the_story_in_sentences() -> None:
    assert section(draft(FULL, now=NOW), "Summary") == (
        "INC-12 (critical, production) is about checkout, payments and web: 2 alerts. It began at "
        "2026-11-21 03:00:00 and was opened at 2026-11-21 03:01:00. Why it was opened: Rule default opens an "
        "incident for HighErrors on checkout. It was resolved at 2026-11-21 03:31:30, 31 min 30 s after it "
        "began."
    )
    bare = section(draft(BARE, now=NOW), "Summary")
    assert "no known service: 1 alert." in bare
    assert bare.endswith("It is not resolved yet: its state is triggered.")


def test_each_metric_has_its_definition() -> None:
    metrics = section(draft(FULL, now=NOW), "Metrics")
    values = dict(re.findall(r"^\| (Time to \w+) \| ([^|]+) \| from [^|]{20,} \|$", metrics, re.MULTILINE))
    assert values == {
        "Time to detect": "1 min",
        "Time to acknowledge": "2 min",
        "Time to mitigate": "20 min",
        "Time to resolve": "31 min 30 s",
    }


def test_what_was_known_before_it_was_reopened_is_not_called_unknown() -> None:
    again = incident(acknowledged_at=None, acknowledged_by="", monitoring_at=None)
    line = TimelineEntry("incident-1", at(25), "reopened", "@ada reopened it.", "@ada")
    text = draft(replace(FULL, incident=again, timeline=(line,)), now=NOW)
    assert section(text, "Impact").count("| not since it was reopened |") == 2
    assert section(text, "Metrics").count("| not since it was reopened |") == 2
    assert "Acknowledged by: not since it was reopened" in section(text, "People")


def test_what_is_not_known_is_called_unknown() -> None:
    text = draft(BARE, now=NOW)
    assert section(text, "Metrics").count("| unknown |") == 3
    assert section(text, "Impact").count("unknown") == 4
    assert "Acknowledged by: unknown" in section(text, "People")
    assert "nobody was paged" in section(text, "People")
    assert section(text, "Timeline") == "Nothing is recorded."
    assert section(text, "Suspect changes") == "The recent changes were not ranked."
    assert section(text, "Playbook runs") == "No playbook was run."
    assert section(text, "Alerts") == "No alert belongs to this incident."


def test_clocks_that_contradict_each_other_give_no_duration() -> None:
    odd = replace(FULL, incident=incident(opened_at=at(-1)))
    assert "| Time to detect | unknown |" in draft(odd, now=NOW)


def test_the_timeline_is_in_order_and_in_utc() -> None:
    rows = section(draft(FULL, now=NOW), "Timeline").splitlines()[2:]
    assert rows == [
        "| 2026-11-21 03:01:00 | opened | because | rule default |",
        "| 2026-11-21 03:03:00 | acknowledged | @\u200bada has it. | @\u200bada |",
    ]


def test_suspects_come_with_probability_and_reasons_and_are_called_uncalibrated() -> None:
    text = section(draft(FULL, now=NOW), "Suspect changes")
    assert text.startswith("2 recent changes were considered, as of 2026-11-21 03:05:00.")
    assert "uncalibrated" in text
    assert re.search(r"\*\*No change caused it: (under )?\d+ %\*\*", text)
    assert re.search(r"\*\*1\. 9\d %: deploy of checkout\*\*, summary", text)
    assert "- at 2026-11-21 02:56:00, change checkout-deploy-4-0 from ci" in text
    assert re.search(r"- \+\d\.\d\d delay: deployed 4 min before the first alert", text)
    assert "No suspect change" not in text


def test_versions_authors_and_links_of_changes() -> None:
    made = replace(change(), version="2", previous_version="1", author="eve", url="https://ci/1")
    fresh = replace(change("payments"), version="9", summary="")
    one = rank(evidence("checkout"), [made, fresh], CALLS, DEFAULT_PARAMETERS)
    text = section(draft(replace(FULL, ranking=one), now=NOW), "Suspect changes")
    assert "[summary](<https://ci/1>)" in text
    assert "- version 2 (before: 1)\n- by eve\n" in text
    assert "- version 9 (before: unknown)" in text
    gone = rank(evidence("checkout"), [replace(made, version="")], CALLS, DEFAULT_PARAMETERS)
    text = draft(replace(FULL, ranking=replace(gone, calibrated=True)), now=NOW)
    assert "- version unknown (before: 1)" in text
    assert "1 recent change was considered" in text
    assert "The probabilities are calibrated" in text


def test_where_no_change_is_known_nothing_is_said_to_be_sure() -> None:
    nothing = rank(evidence("checkout"), [], CALLS, DEFAULT_PARAMETERS)
    text = section(draft(replace(FULL, ranking=nothing), now=NOW), "Suspect changes")
    assert text.strip() == "No changes were known that could be behind it, as of 2026-11-21 03:05:00."


def test_no_suspect_change_is_an_answer() -> None:
    none = rank(evidence("checkout"), [change("bank", 1_200)], CALLS, DEFAULT_PARAMETERS)
    text = section(draft(replace(FULL, ranking=none), now=NOW), "Suspect changes")
    assert "No suspect change: none of them is likely enough" in text


def test_later_trouble_is_told_with_what_is_said_of_what_came_before_it() -> None:
    made = rank(evidence("checkout"), [change()], CALLS, DEFAULT_PARAMETERS)
    former = Suspect(change("payments", 30), 0.81, (Term("kind", 0.1, "deploys do"),))
    told = replace(made, later=LaterTrouble(at(30), ("cart", "web"), 0.93, former))
    text = section(draft(replace(FULL, ranking=told), now=NOW), "Suspect changes")
    assert re.search(
        r"The alerts since .*03:30:00.* \(cart, web\) look like trouble of their own \(93 %\)", text
    )
    assert re.search(r"For what began before that:\n\n\*\*Before\. 81 %: deploy of payments\*\*", text)
    assert text.index("Before.") < text.index("**No change caused it") < text.index("**1.")
    alone = replace(told, later=LaterTrouble(at(30), ("cart",), 0.93))
    text = section(draft(replace(FULL, ranking=alone), now=NOW), "Suspect changes")
    assert "For what began before that, no suspect change is likely enough to be named." in text


def test_that_a_change_is_likely_though_none_stands_out_is_an_answer() -> None:
    made = rank(evidence("checkout"), [change()], CALLS, DEFAULT_PARAMETERS)
    text = section(draft(replace(FULL, ranking=replace(made, shown=False)), now=NOW), "Suspect changes")
    assert re.search(r"A change is probably behind it \(\d\d %\), but none stands out\.\n\n\*\*1\.", text)
    assert "No suspect change" not in text


def test_what_people_judged_is_stated_as_fact() -> None:
    blamed, cleared = change(), change("bank", 700)
    words = (
        Verdict("v1", "incident-1", Judgement.DID_NOT, cleared, "U1", "@ada", "slack", at(8)),
        Verdict("v2", "incident-1", Judgement.CAUSED, blamed, "U2", "@bob", "slack", at(9)),
    )
    ranking = overruled(FULL.ranking, standing(words), 5, 0.5) if FULL.ranking else None
    text = draft(replace(FULL, ranking=ranking, verdicts=words), now=NOW)
    fact = f"It was caused by the deploy of {blamed.service} (change {plain(blamed.change_id)}), as judged by"
    assert text.count(fact) == 2, "in the summary and above the suspects"
    assert f"The deploy of {cleared.service} (change {plain(cleared.change_id)}) did not cause it" in text
    assert "- said verdict: caused it, says @\u200bbob" in text
    nobody = Verdict("v3", "incident-1", Judgement.NO_CHANGE, None, "U1", "@ada", "slack", at(10))
    text = draft(replace(FULL, verdicts=(nobody,)), now=NOW)
    assert "**No change caused it, as judged by @\u200bada**, at " in text


def test_runs_and_their_results() -> None:
    text = section(draft(FULL, now=NOW), "Playbook runs")
    assert "### First look\n\nPlaybook first-look: succeeded; started 2026-11-21 03:01:00, ended 2026" in text
    assert "| Look at errors | succeeded | 7.5 % errors |\n| x | skipped |   |" in text
    assert "### first-look" in text
    assert text.endswith("ended unknown.\n\nIt has no steps.")


def test_alerts_with_links_and_ends() -> None:
    text = section(draft(FULL, now=NOW), "Alerts")
    assert "| [HighErrors](<https://prometheus/graph>) | checkout | resolved | 2026-11-21 03:00:00 |" in text
    assert "| firing | 2026-11-21 03:00:00 | still fires | 5xx above 2 % |" in text


def test_what_only_people_know_is_left_to_them() -> None:
    text = draft(FULL, now=NOW)
    for heading in ("What went well", "What to improve", "Action items"):
        assert section(text, heading).startswith("_To be written by people")
    assert "Impact on users: _to be written by people_" in text


def test_a_storm_s_thousand_alerts_are_cut_and_counted() -> None:
    many = replace(FULL, alerts=tuple(occurrence(str(number)) for number in range(620)))
    text = section(draft(many, now=NOW), "Alerts")
    assert text.count("\n|") == 501
    assert text.endswith("120 more rows are on the incident's page.")


def hostile(text: str) -> IncidentView:
    """Every word that strangers choose is this text."""
    made = replace(
        change(text),
        change_id=text,
        summary=text,
        version=text,
        author=text,
        url=f"https://x/{text}",
        source=text,
    )
    alert = replace(occurrence(text), service=text, annotations={"summary": text}, generator_url=text)
    steps = (StepSummary(text, text, text, text),)
    return IncidentView(
        incident=incident(
            title=text,
            environment=text,
            reason=Reason("opened", text),
            services=(text,),
            acknowledged_by=text,
            resolved_by=text,
        ),
        alerts=(alert,),
        timeline=(TimelineEntry("incident-1", at(0), text, text, text),),
        ranking=rank(evidence(text), [made], CALLS, DEFAULT_PARAMETERS),
        runs=(RunSummary("r", text, text, text, None, None, steps),),
        channel=ChannelRef("T", "C", text),
        pages=(PageRecord(at(1), text),),
    )


def shape(view: IncidentView) -> list[str]:
    """The elements of the page that the draft becomes, links apart."""
    html = RENDERER.render(draft(view, now=NOW, url="https://tocsin/incidents/INC-12"))
    return [tag for tag in re.findall(r"<(/?\w+)", html) if tag not in {"a", "/a"}]


# With one known word in each, as a word that a change and an alert share is one more reason of a suspect.
WORDS = st.builds(str.format, st.sampled_from(["{0} word", "word {0}"]), HOSTILE.filter(plain))


@given(WORDS)
@settings(deadline=None, max_examples=examples(40))
def test_no_words_change_the_shape_of_the_page(text: str) -> None:
    assert shape(hostile(text)) == shape(hostile("word"))


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "a | b\n\n# c", "```", "![x](http://y)", "</td>", "<!--", "@channel"],
)
def test_hostile_words_stay_words(text: str) -> None:
    html = RENDERER.render(draft(hostile(text), now=NOW))
    assert "<script" not in html
    assert "<img" not in html
    assert "<code" not in html
    assert "@channel" not in re.sub('href="[^"]*"', "", html)
    assert shape(hostile(text)) == shape(hostile("word"))


def test_words_that_cannot_be_seen_leave_no_marks_behind() -> None:
    assert "**" not in RENDERER.render(draft(hostile("\u200b\x00"), now=NOW))


def test_the_same_facts_give_the_same_text() -> None:
    assert draft(FULL, now=NOW) == draft(FULL, now=NOW)

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.incident import State
from bot.web.pages import render_markdown, span
from tests.web.fakes import API, NOW, a_ranking, a_view, an_incident, deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

PAGE = API | {"Accept": "text/html"}


async def text_of(web: Web, path: str) -> str:
    answer = await web.client.get(path, headers=PAGE)
    assert (answer.status, answer.content_type) == (200, "text/html")
    return await answer.text()


async def test_the_list_shows_what_matters_first(web: Web) -> None:
    page = await text_of(web, "/")
    for part in (
        "INC-12",
        "HighErrorRate on checkout",
        "critical",
        "triggered",
        "1 of 2 alerts firing",
        "12 min",
        "71 %",
    ):
        assert part in page


async def test_the_list_is_filtered_and_paged(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(*(a_view(an_incident(number)) for number in range(3))))
    assert "No incidents here." in await text_of(web, "/?state=resolved")
    assert "cursor=2" in await text_of(web, "/?limit=2&service=checkout")
    assert "That was all." in await text_of(web, "/?cursor=9")


async def test_a_quiet_installation_says_so(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    assert "It is quiet." in await text_of(await serve(deps()), "/")


async def test_an_incident_tells_its_story(web: Web) -> None:
    page = await text_of(web, "/incidents/INC-12")
    for part in (
        "2 alerts of checkout within 30 s",
        "made 3 min before the first alert",
        "+2.1",
        "uncalibrated",
        "Roll back checkout to 2.3.9?",
        "11:47:00",
        "#inc-12-high-error-rate-checkout",
        'action="/incidents/INC-12/acknowledge"',
        'href="https://ci.example.com/42"',
    ):
        assert part in page
    assert "javascript:" not in page


async def test_no_suspect_change_is_said_in_words(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    view = a_view()
    open_question = a_ranking("x", shown=False)
    nothing = replace(open_question, no_change=0.72)
    web = await serve(deps(replace(view, ranking=nothing), a_view(an_incident(13))))
    assert "No suspect change." in await text_of(web, "/incidents/INC-12")
    web.cases.views[0] = replace(view, ranking=replace(nothing, suspects=(), considered=0))
    assert "No changes are known that could be behind it." in await text_of(web, "/incidents/INC-12")
    web.cases.views[0] = replace(view, ranking=open_question)
    page = await text_of(web, "/incidents/INC-12")
    assert "A change is probably behind this (72 %), but none stands out." in " ".join(page.split())
    assert "No suspect change." not in page
    assert "What was considered" not in page
    web.cases.views[0] = replace(view, ranking=None, alerts=(), runs=(), timeline=(), channel=None)
    page = await text_of(web, "/incidents/INC-12")
    for part in ("Not looked at yet.", "None: this incident was declared.", "None has run.", "Nothing yet."):
        assert part in page


async def test_only_possible_acts_have_a_button(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    over = an_incident(state=State.RESOLVED, resolved_at=NOW, resolved_by="@ada", acknowledged_at=NOW)
    web = await serve(deps(a_view(over)))
    page = await text_of(web, "/incidents/INC-12")
    assert "/INC-12/reopen" in page
    assert "/INC-12/resolve" not in page
    assert "/INC-12/acknowledge" not in page
    assert "@ada" in page
    assert "took 13 min" in await text_of(web, "/")


async def test_what_senders_write_is_shown_as_text(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(a_view(an_incident(title="<img src=x onerror=alert(1)>"))))
    for path in ("/", "/incidents/INC-12"):
        page = await text_of(web, path)
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


async def test_no_label_turns_the_words_around_it(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(a_view(an_incident(title="pay\u202etxt.exe"))))
    for path in ("/", "/incidents/INC-12"):
        page = await text_of(web, path)
        assert "\u202e" not in page
        assert "paytxt.exe" in page


async def test_a_page_may_load_nothing_of_others(web: Web) -> None:
    answer = await web.client.get("/incidents/INC-12", headers=PAGE)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    page = await answer.text()
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page


async def test_the_postmortem_is_markdown_or_a_page(web: Web) -> None:
    path = "/incidents/INC-12/postmortem"
    raw = await web.client.get(path, headers=API | {"Accept": "text/markdown"})
    assert (raw.content_type, (await raw.text()).startswith("# INC-12")) == ("text/markdown", True)
    page = await text_of(web, path)
    assert "<h1>INC-12</h1>" in page
    assert "<td>1</td>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("path", "status"), [("/incidents/INC-404", 404), ("/nothing", 404)])
async def test_a_browser_gets_its_errors_as_pages(web: Web, path: str, status: int) -> None:
    answer = await web.client.get(path, headers=PAGE)
    assert (answer.status, answer.content_type) == (status, "text/html")


async def test_a_button_that_comes_too_late_explains_itself(web: Web) -> None:
    answer = await web.client.post("/incidents/INC-12/reopen", headers=PAGE)
    assert answer.status == 409
    assert "possible now" in await answer.text()


async def test_our_own_fault_is_told_without_its_text(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_reference: str) -> None:
        raise ValueError("s3cret")

    monkeypatch.setattr(web.cases, "view_incident", fail)
    answer = await web.client.get("/api/v1/incidents/INC-12", headers=API)
    assert (answer.status, "s3cret" in await answer.text()) == (500, False)


def test_durations_are_short() -> None:
    spans = [span(timedelta(seconds=seconds)) for seconds in (-5, 59, 3599, 7500, 180_000)]
    assert spans == ["0 s", "59 s", "59 min", "2 h 5 min", "2 d 2 h"]


def test_markdown_cannot_smuggle() -> None:
    drawn = render_markdown("[x](javascript:alert(1)) <b>b</b>")
    assert "<a" not in drawn
    assert "<b>" not in drawn

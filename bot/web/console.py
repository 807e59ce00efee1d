"""The console: the incidents, one incident, and its postmortem, for a person at night."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.app.ports import Person
from bot.domain.incident import TRANSITIONS, Act, State
from bot.domain.verdicts import standing
from bot.web.bodies import read_form
from bot.web.incidents import read_filter
from bot.web.keys import DEPS
from bot.web.pages import page
from bot.web.verdicts import read_judgement

if TYPE_CHECKING:
    from bot.domain.incident import Incident

PERSON: Final = Person(id="api:console", name="the console", via="api")
_BUTTONS: Final = ((Act.ACKNOWLEDGE, "Acknowledge"), (Act.RESOLVE, "Resolve"), (Act.REOPEN, "Reopen"))

routes = web.RouteTableDef()


@routes.get("/")
async def show_list(request: web.Request) -> web.Response:
    """The incidents, newest first."""
    deps = request.app[DEPS]
    wanted = read_filter(request.query, deps.limits)
    views, following = await deps.incidents.list_incidents(wanted)
    older = str(request.rel_url.update_query(cursor=following)) if following else None
    return page(
        request, "incidents.html", views=views, older=older, states=list(State), chosen=wanted.state,
        service=wanted.service, first=wanted.after is None,
    )  # fmt: skip


@routes.get("/incidents/{id}")
async def show_incident(request: web.Request) -> web.Response:
    """One incident with everything that is known about it."""
    view = await request.app[DEPS].incidents.view_incident(request.match_info["id"])
    said = standing(view.verdicts)
    return page(
        request, "incident.html", view=view, incident=view.incident, acts=_acts(view.incident), said=said,
        ruled_out={one.about: one for one in said.ruled_out},
    )  # fmt: skip


@routes.post("/incidents/{id}/{act:acknowledge|resolve|reopen}")
async def act(request: web.Request) -> web.Response:
    """A button of the page."""
    cases = request.app[DEPS].incidents
    acts = {"acknowledge": cases.acknowledge, "resolve": cases.resolve, "reopen": cases.reopen}
    view = await acts[request.match_info["act"]](request.match_info["id"], PERSON)
    return _back_to(view.incident)


@routes.post("/incidents/{id}/verdicts")
async def judge(request: web.Request) -> web.Response:
    """A button beside a suspect."""
    form = await read_form(request)
    view = await request.app[DEPS].verdicts.judge(
        request.match_info["id"],
        read_judgement(form.get("verdict", "")),
        PERSON,
        form.get("change_id", "").strip(),
        form.get("source", "").strip(),
    )
    return _back_to(view.incident)


@routes.post("/incidents/{id}/verdicts/{verdict}/withdraw")
async def withdraw(request: web.Request) -> web.Response:
    """The button that takes a word back."""
    found = request.match_info
    view = await request.app[DEPS].verdicts.withdraw(found["id"], found["verdict"], PERSON)
    return _back_to(view.incident)


@routes.get("/incidents/{id}/postmortem")
async def show_postmortem(request: web.Request) -> web.Response:
    """The draft, as Markdown for who asks for that, else as a page."""
    reference = request.match_info["id"]
    text = await request.app[DEPS].incidents.postmortem(reference)
    accept = request.headers.get("Accept", "")
    if "text/markdown" in accept and "text/html" not in accept:
        return web.Response(text=text, content_type="text/markdown", charset="utf-8")
    return page(request, "postmortem.html", reference=reference, text=text)


def _back_to(incident: Incident) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/incidents/{incident.name}"})


def _acts(incident: Incident) -> list[tuple[str, str]]:
    return [
        (act.value, label)
        for act, label in _BUTTONS
        if (incident.state, act) in TRANSITIONS
        and not (act is Act.ACKNOWLEDGE and incident.acknowledged_at is not None)
    ]

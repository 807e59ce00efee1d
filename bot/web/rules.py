"""How the rules fare in this process: when each last took an alert, what failed, what it cost."""

from __future__ import annotations

from aiohttp import web

from bot.web.incidents import json_answer
from bot.web.keys import DEPS
from bot.web.pages import page
from bot.web.rule_models import RuleModel, RulesAnswer, rule_model

routes = web.RouteTableDef()


@routes.get("/api/v1/rules")
async def list_rules(request: web.Request) -> web.Response:
    """The rules that are in force, in the order in which they are tried."""
    return json_answer(RulesAnswer(items=_models(request)))


@routes.get("/rules")
async def show_rules(request: web.Request) -> web.Response:
    """The same for people."""
    return page(request, "rules.html", rules=_models(request))


def _models(request: web.Request) -> list[RuleModel]:
    rules = request.app[DEPS].rules
    watch = rules.watch
    return [rule_model(rule, watch[rule.name]) for rule in rules.rules]

"""The story that the demo tells: a day of changes, a bad deploy, an incident, a rollback, a postmortem.

It acts from outside: through the webhooks, as Alertmanager and a deploy tool would, and through the local
Slack, as its people would.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.domain.errors import RemoteUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.wiring.demo.shop import Shop
    from bot.wiring.dev import Addresses

WAIT_S: Final = 30.0
_POLL_S: Final = 0.1
_REFUSED: Final = 400
_CHANGES_CONSUMED: Final = 'tocsin_consumed_records_total{component="changes"}'
_INNOCENT: Final = (
    ("catalog", "deploy", "Show stock per shop", "linus"),
    ("search", "config", "Raise the query cache to 2 GiB", "alan"),
    ("storefront", "feature_flag", "New banner for 10 % of visitors", "margaret"),
    ("cart", "deploy", "Keep carts for 30 days", "linus"),
    ("fraud", "config", "Lower the review threshold for new cards", "grace"),
    ("checkout", "deploy", "Remember the last address", "margaret"),
    ("payments-db", "infra", "Move the replica to another zone", "alan"),
    ("catalog", "feature_flag", "Similar items on the product page", "linus"),
)


@dataclass(slots=True)
class Story:
    """Tells it once. `pace` is the pause between two acts in seconds; `say` takes each line for people.

    `own_pager`: a pager of the reader's own is configured, so the shop's does not ring.
    """

    addresses: Addresses
    shop: Shop
    folder: Path
    pace: float
    say: Callable[[str], None]
    own_pager: bool = False

    async def tell(self) -> None:
        """Play every act, and say where to look at the end.

        Raises:
            RemoteUnavailableError: an act did not lead to what it should have.
        """
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            await _Telling(self, session).run()


class _Telling:
    def __init__(self, story: Story, session: aiohttp.ClientSession) -> None:
        self._story = story
        self._session = session
        self._began = datetime.now(UTC)
        self._firing_since: dict[str, str] = {}
        self._chance = random.Random(12)  # noqa: S311 - the same story every time

    async def run(self) -> None:
        known = {incident["id"] for incident in await self._incidents()}
        await self._act("Yesterday and today: eight ordinary changes.", self._ordinary_day)
        await self._act("Four minutes ago: Grace deploys payments 2.14.0.", self._bad_deploy)
        await self._act(
            "Alertmanager: payments answers with errors (critical).", self._post, "1-payments-fires"
        )
        name = await self._opened(known)
        self._say(f"  -> {name}: the channel is open, with its status card and the suspect change.")
        if not self._story.own_pager:
            await self._until("the pager", self._paged)
            self._say(f"  -> the on-call engineer's pager rings: {self._story.shop.pages[-1]}.")
        await self._act("Alertmanager: checkout and storefront suffer too.", self._post, "2-callers-fire")
        await self._seen(name, "one incident for all three services", _three_services)
        await self._act("Ada acknowledges in the channel.", self._click, name, "ada", "incident.acknowledge")
        await self._seen(name, "acknowledged", lambda i: i["state"] == "acknowledged")
        await self._seen(name, "the playbook asks for approval", _asks)
        await self._act(
            "Ada approves the rollback that the playbook proposes.", self._click, name, "ada", "run.approve"
        )
        await self._seen(name, "the playbook rolls payments back", _ran)
        await self._act("The deploy tool reports the rollback.", self._rollback)
        await self._seen(name, "the suspect is known to be rolled back", _rolled_back)
        await self._act("Alertmanager: all of them have ended.", self._post, "3-all-end")
        await self._seen(name, "monitoring", lambda i: i["state"] == "monitoring")
        await self._act("Grace resolves the incident.", self._command, name, "grace", "/incident resolve")
        await self._seen(name, "resolved", lambda i: i["state"] == "resolved")
        await self._until(
            "the postmortem's draft in the channel", lambda: self._in_channel(name, "ostmortem")
        )
        await self._epilogue(name)

    # -- acts

    async def _ordinary_day(self) -> None:
        for service, kind, summary, author in _INNOCENT:
            hours = self._chance.uniform(1.5, 23)
            await self._change(service, kind, summary, author, timedelta(hours=hours))

    async def _bad_deploy(self) -> None:
        self._story.shop.deploy_badly()
        await self._change(
            "payments",
            "deploy",
            "Retry card authorisations at once",
            "grace",
            timedelta(minutes=4),
            version="2.14.0",
            previous_version="2.13.2",
        )

    async def _rollback(self) -> None:
        await self._change(
            "payments",
            "rollback",
            "Back to 2.13.2",
            "deploy tool",
            timedelta(),
            version="2.13.2",
            previous_version="2.14.0",
        )

    async def _change(
        self, service: str, kind: str, summary: str, author: str, ago: timedelta, **versions: str
    ) -> None:
        at = (datetime.now(UTC) - ago).isoformat()
        change = {
            "id": f"demo-{self._began.timestamp():.0f}-{service}-{kind}",
            "source": "demo",
            "type": kind,
            "service": service,
            "environment": "production",
            "time": at,
            "summary": summary,
            "author": author,
            "url": f"https://deploys.example/{service}",
            **versions,
        }
        await self._send("/api/v1/events", change)

    async def _post(self, body: str) -> None:
        """Post a body as Alertmanager sent it; the first alert began with the story, and ends are now."""
        text = (files("bot.wiring.demo") / "bodies" / f"{body}.json").read_text(encoding="utf-8")
        document = json.loads(text)
        first = datetime.fromisoformat("2026-11-21T10:40:31.272295+00:00")
        shift, now = self._began - first, datetime.now(UTC)
        for alert in document["alerts"]:
            began = min(datetime.fromisoformat(alert["startsAt"]) + shift, now)
            alert["startsAt"] = self._firing_since.setdefault(alert["fingerprint"], began.isoformat())
            if alert["status"] == "resolved":
                alert["endsAt"] = now.isoformat()
        await self._send("/api/v1/webhooks/alertmanager", document)

    async def _click(self, name: str, user: str, action: str) -> None:
        await self._until(f"the button {action}", lambda: self._pressed(name, user, action))

    async def _pressed(self, name: str, user: str, action: str) -> bool:
        """Press the newest button of that name; false while it is not there or its card was just redrawn."""
        incident = await self._incident(name)
        channel = (incident["channel"] or {}).get("id")
        if channel is None:
            return False
        for message in reversed(await self._messages(channel, user)):
            for block in message.get("blocks") or []:
                for element in block.get("elements") or []:
                    if element.get("action_id") == action:
                        press = {"user": user, "channel": channel, "ts": message["ts"], "action_id": action}
                        answer = await self._slack(
                            "POST", "actions", {**press, "block_id": block["block_id"]}
                        )
                        return bool(answer["ok"])
        return False

    async def _command(self, name: str, user: str, text: str) -> None:
        incident = await self._incident(name)
        channel = incident["channel"]["id"]
        await self._slack("POST", f"channels/{channel}/join", {"user": user})
        await self._slack("POST", "commands", {"user": user, "channel": channel, "text": text})

    async def _epilogue(self, name: str) -> None:
        addresses, incident = self._story.addresses, await self._incident(name)
        path = self._story.folder / f"{name}-postmortem.md"
        path.write_text(await self._text(f"/incidents/{name}/postmortem", "text/markdown"), encoding="utf-8")
        self._say("")
        self._say("The story is told. Look around:")
        self._say(f"  the channel    {addresses.slack}  (#{incident['channel']['name']}; act as anybody)")
        self._say(f"  the incident   {addresses.web}/incidents/{name}")
        self._say(f"  the postmortem {addresses.web}/incidents/{name}/postmortem")
        self._say(f"  (once, to log in to these pages: {addresses.web}/login#token={addresses.api_token})")
        self._say(f"  the same file  {path.resolve()}")

    # -- means

    async def _act(self, line: str, act: Callable[..., Awaitable[None]], *arguments: str) -> None:
        self._say(line)
        await act(*arguments)
        await asyncio.sleep(self._story.pace)

    def _say(self, line: str) -> None:
        self._story.say(line)

    async def _opened(self, known: set[str]) -> str:
        found: list[str] = []

        async def look() -> bool:
            found[:] = [i["id"] for i in await self._incidents() if i["id"] not in known and i["channel"]]
            return bool(found)

        await self._until("a new incident with a channel", look)
        return found[0]

    async def _seen(self, name: str, what: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        async def look() -> bool:
            return holds(await self._incident(name))

        await self._until(what, look)
        self._say(f"  -> {what}.")

    async def _changes_known(self) -> bool:
        metrics = await self._text("/metrics", "text/plain")
        counted = [line for line in metrics.splitlines() if line.startswith(_CHANGES_CONSUMED)]
        return bool(counted) and float(counted[0].rsplit(" ", 1)[1]) > len(_INNOCENT)

    async def _paged(self) -> bool:
        return bool(self._story.shop.pages)

    async def _in_channel(self, name: str, text: str) -> bool:
        channel = (await self._incident(name))["channel"]["id"]
        return any(text in json.dumps(message) for message in await self._messages(channel, "ada"))

    async def _until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                while not await holds():  # noqa: ASYNC110 - it waits for another server's answer to change
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            raise RemoteUnavailableError(f"the demo waited {WAIT_S:g} s for {what}") from error

    async def _incidents(self) -> list[dict[str, Any]]:
        answer = await self._json("/api/v1/incidents")
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def _incident(self, name: str) -> dict[str, Any]:
        return await self._json(f"/api/v1/incidents/{name}")

    async def _messages(self, channel: str, user: str) -> list[dict[str, Any]]:
        answer = await self._slack("GET", f"channels/{channel}/messages?user={user}")
        messages: list[dict[str, Any]] = answer["messages"]
        return messages

    async def _slack(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._story.addresses.slack}local/{path}"
        async with self._session.request(method, url, json=body) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def _json(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self._text(path, "application/json"))
        return answer

    async def _text(self, path: str, accept: str) -> str:
        headers = {**self._authorization(), "Accept": accept}
        async with self._session.get(f"{self._story.addresses.web}{path}", headers=headers) as response:
            return await _good(response)

    async def _send(self, path: str, body: dict[str, Any]) -> None:
        addresses = self._story.addresses
        headers = {"Authorization": f"Bearer {addresses.webhook_token}"}
        async with self._session.post(f"{addresses.web}{path}", json=body, headers=headers) as response:
            await _good(response)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._story.addresses.api_token}"}


async def _good(response: aiohttp.ClientResponse) -> str:
    text = await response.text()
    if response.status >= _REFUSED:
        raise RemoteUnavailableError(f"{response.url.path} answered {response.status}: {text[:500]}")
    return text


def _three_services(incident: dict[str, Any]) -> bool:
    return {"payments", "checkout", "storefront"} <= set(incident["services"])


def _asks(incident: dict[str, Any]) -> bool:
    return any(step["state"] == "waiting_approval" for run in incident["runs"] for step in run["steps"])


def _ran(incident: dict[str, Any]) -> bool:
    return any(run["state"] == "succeeded" for run in incident["runs"])


def _rolled_back(incident: dict[str, Any]) -> bool:
    reasons = [term["name"] for one in incident["suspects"] for term in one["reasons"]]
    return "recovery" in reasons

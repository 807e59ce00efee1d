"""One story: alerts and changes go in; what people see in Slack, in the API and on pagers comes out.

Every story has an environment of its own, so that the incidents of different stories never meet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.parser import text_string_to_metric_families

from tests.harness import bodies
from tests.harness.bodies import Alert
from tests.harness.channel import WITHIN_S, Channel, read_message
from tests.harness.modal import Modal
from tests.harness.product import API_TOKEN, WEBHOOK_TOKEN
from tests.support.waiting import NeverHappenedError, eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from tests.harness.channel import Message
    from tests.harness.outside import Outside, Received
    from tests.harness.product import Product
    from tests.harness.workspace import Hand

Json = dict[str, Any]
KNOWN_CHANGES: Final = "tocsin_consumed_records_total"


@dataclass
class Answer:
    """An HTTP answer of the product."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Its body, read."""
        return json.loads(self.text)


@dataclass
class Story:
    """The verbs of a story. `environment` is its own; `slack` is the hand on the local Slack."""

    environment: str
    product: Product
    slack: Hand
    outside: Outside
    session: aiohttp.ClientSession
    firing: list[Alert] = field(default_factory=list)

    # -- what comes in

    async def alert(
        self,
        name: str = "HighErrorRate",
        *,
        service: str = "payments",
        severity: str = "warning",
        seconds_ago: float = 5,
        summary: str = "",
        **labels: str,
    ) -> Alert:
        """An alert fires."""
        one = self.make_alert(
            name, service=service, severity=severity, seconds_ago=seconds_ago, summary=summary, **labels
        )
        await self.send(one)
        return one

    def make_alert(
        self,
        name: str = "HighErrorRate",
        *,
        service: str = "payments",
        severity: str = "warning",
        seconds_ago: float = 5,
        summary: str = "",
        **labels: str,
    ) -> Alert:
        """An alert of this story, not sent yet."""
        return Alert(
            labels={
                "alertname": name,
                "service": service,
                "severity": severity,
                "environment": self.environment,
                **labels,
            },
            annotations={"summary": summary or f"{service}: {name}"},
            starts_at=bodies.now() - timedelta(seconds=seconds_ago),
        )

    async def send(self, *alerts: Alert) -> Json:
        """Send alerts in one body, and give the answer, which has to be 202."""
        answer = await self.post_webhook(bodies.webhook(alerts))
        assert answer.status == 202, answer
        fingerprints = {alert.fingerprint for alert in alerts}
        self.firing = [one for one in self.firing if one.fingerprint not in fingerprints]
        self.firing += [one for one in alerts if one.ends_at is None]
        return dict(answer.json)

    async def ends(self, *alerts: Alert) -> None:
        """These alerts end; without any, all that fire."""
        await self.send(*(alert.ended() for alert in alerts or tuple(self.firing)))

    async def fires_again(self, alert: Alert) -> Alert:
        """An alert that has ended fires anew."""
        again = alert.again()
        await self.send(again)
        return again

    async def change(
        self, service: str, kind: str = "deploy", *, minutes_ago: float = 4, name: str = "", **more: str
    ) -> str:
        """Something was changed, and Tocsin knows of it; gives the change's id.

        Changes and alerts come in over topics of their own: without the wait an alert might overtake it.
        """
        known = sum(await self.metric(KNOWN_CHANGES, component="changes"))
        change_id = name or f"{self.environment}-{service}-{kind}"
        body = bodies.change(change_id, service, kind, self.environment, minutes_ago, **more)
        answer = await self.request("POST", "/api/v1/events", json=body, token=WEBHOOK_TOKEN)
        assert answer.status == 202, answer

        async def taken_in() -> bool:
            return sum(await self.metric(KNOWN_CHANGES, component="changes")) > known

        await self._until(taken_in, f"{change_id} is known")
        return change_id

    async def post_webhook(self, body: Any, *, token: str = WEBHOOK_TOKEN) -> Answer:
        """Post to Alertmanager's address, and give the answer, whatever it is; bytes are sent as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.request("POST", "/api/v1/webhooks/alertmanager", data=content, token=token)

    async def request(self, method: str, path: str, *, token: str = API_TOKEN, **more: Any) -> Answer:
        """Any request to the product."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        if "data" in more:
            headers = {"Content-Type": "application/json", **headers}
        url = f"{self.product.url}{path}"
        async with self.session.request(method, url, headers=headers, **more) as response:
            return Answer(response.status, dict(response.headers), await response.text())

    async def metric(self, name: str, **labels: str) -> list[float]:
        """What each process of the product says of a metric, summed over the labels that are not named."""
        found = []
        for url in self.product.urls:
            async with self.session.get(f"{url}/metrics") as response:
                families = text_string_to_metric_families(await response.text())
            samples = (sample for family in families for sample in family.samples)
            found.append(
                sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())
            )
        return found

    # -- incidents

    async def incidents(self) -> list[Json]:
        """The incidents of this story, oldest first."""
        answer = await self.request("GET", "/api/v1/incidents", params={"limit": "200"})
        assert answer.status == 200, answer
        return [one for one in reversed(answer.json["items"]) if one["environment"] == self.environment]

    async def incident(self) -> Json:
        """The story's one incident, once it is there."""
        await self._until(self.incidents, "an incident")
        found = await self.incidents()
        assert len(found) == 1, [one["title"] for one in found]
        return found[0]

    async def look_at(self, incident: str) -> Json:
        """One incident by its name."""
        answer = await self.request("GET", f"/api/v1/incidents/{incident}")
        assert answer.status == 200, answer
        return dict(answer.json)

    async def expect_state(self, incident: str, state: str) -> Json:
        """Wait until an incident has this state, and give it."""
        return await self.expect_incident(
            incident, lambda one: bool(one["state"] == state), f"{incident} is {state}"
        )

    async def expect_incident(self, incident: str, holds: Callable[[Json], bool], what: str) -> Json:
        """Wait until something holds of an incident, and give it."""

        async def found() -> Json | None:
            one = await self.look_at(incident)
            return one if holds(one) else None

        return dict(await self._until(found, what))

    async def act(self, incident: str, verb: str, by: str = "grace") -> Json:
        """Acknowledge, resolve or reopen through the API."""
        answer = await self.request("POST", f"/api/v1/incidents/{incident}/{verb}", json={"by": by})
        assert answer.status == 200, answer
        return dict(answer.json)

    # -- Slack

    async def channels(self) -> list[Channel]:
        """The channels of this story's incidents, by name."""
        state = await self.slack.see("state")
        return sorted(
            (
                Channel(one["id"], one["name"], self.slack)
                for one in state["channels"]
                if self.environment in one["name"]
            ),
            key=lambda channel: channel.name,
        )

    async def expect_channel(self, matching: str = "", within: float = WITHIN_S) -> Channel:
        """Wait for an incident's channel whose name holds a text."""

        async def found() -> Channel | None:
            return next((one for one in await self.channels() if matching in one.name), None)

        channel: Channel = await self._until(found, f"a channel with {matching!r} in its name", within)
        return channel

    async def command(self, line: str, *, as_: str, channel: Channel | str = "general") -> Message:
        """Type a slash command, and give the answer that only this person sees."""
        place = channel.id if isinstance(channel, Channel) else channel
        before = {message.ts for message in await self._whispers(place, as_)}
        await self.slack.do("commands", user=as_, channel=place, text=line)

        async def answered() -> Message | None:
            return next((m for m in await self._whispers(place, as_) if m.ts not in before), None)

        answer: Message = await self._until(answered, f"an answer to {line!r} for {as_}")
        return answer

    async def open_window(self, line: str, *, as_: str, channel: Channel | str = "general") -> Modal:
        """Type a slash command that opens a window, and give the window."""
        place = channel.id if isinstance(channel, Channel) else channel
        await self.slack.do("commands", user=as_, channel=place, text=line)
        return await self._window(as_, line)

    async def press_for_window(self, channel: Channel, label: str, *, as_: str) -> Modal:
        """Press a button that opens a window, and give the window."""
        await channel.click(label, as_=as_)
        return await self._window(as_, label)

    async def _window(self, person: str, asked: str) -> Modal:
        async def opened() -> Modal | None:
            stack = (await self.slack.see("views", user=person))["stack"]
            return Modal(stack[-1], person, self.slack) if stack else None

        modal: Modal = await self._until(opened, f"a window for {person} after {asked!r}")
        return modal

    async def _whispers(self, channel: str, person: str) -> list[Message]:
        seen = await self.slack.see(f"channels/{channel}/messages", user=person)
        return [read_message(raw) for raw in seen["messages"] if raw.get("only_for")]

    # -- the pager and the postmortem

    async def expect_page(self, matching: str = "") -> Received:
        """Wait for a page about this story's environment that holds a text; its signature must be good."""

        def found() -> Received | None:
            pages = self.outside.pages(self.environment)
            return next((page for page in pages if matching in json.dumps(page.body)), None)

        page: Received = await self._until(found, f"a page with {matching!r}")
        assert not page.problem, page
        return page

    async def expect_postmortem(self, incident: str) -> str:
        """Wait for the draft in the incident's channel, and give the whole of it as Markdown."""
        channel = await self.expect_channel(f"inc-{incident.removeprefix('INC-')}-")
        await channel.expect(f"Postmortem draft · {incident}")
        answer = await self.request(
            "GET", f"/incidents/{incident}/postmortem", headers={"Accept": "text/markdown"}
        )
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"].startswith("text/markdown"), answer.headers
        return answer.text

    # -- when it does not come

    async def until(self, condition: Callable[[], Any], what: str, within: float = WITHIN_S) -> Any:
        """Wait for any condition, plain or awaitable; a failure tells what was there."""
        return await self._until(condition, what, within)

    async def _until(
        self, condition: Callable[[], Awaitable[Any] | Any], what: str, within: float = WITHIN_S
    ) -> Any:
        try:
            return await eventually(condition, within=within, what=what)
        except NeverHappenedError as error:
            raise NeverHappenedError(f"{error}\n{await self.describe()}") from None

    async def describe(self) -> str:
        """All that this story has brought about, for a failure's message."""
        lines = [f"environment {self.environment}"]
        for one in await self.incidents():
            lines.append(f"{one['id']} {one['state']} {one['title']!r} {', '.join(one['services'])}")
            lines += [f"  {entry['time']} {entry['kind']}: {entry['text']}" for entry in one["timeline"]]
        lines += [await channel.describe() for channel in await self.channels()]
        lines += [f"page: {page.body}" for page in self.outside.pages(self.environment)]
        failed = [call for call in await self.slack.calls() if not call["ok"]][-5:]
        lines += [f"Slack refused {call['method']}: {call['error']}" for call in failed]
        return "\n".join(lines)

"""A scene: a workspace, a pager, a database, topics and a configuration, with victims at work on them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bot.config.folder import require_configuration
from bot.ingest.records import ALERTS_TOPIC
from bot.kafka.topics import group_name, topic_name
from bot.settings import from_environment
from bot.wiring.kafka import create_topics
from tests.crashes.faults import PARTITIONS
from tests.crashes.findings import as_rows, found
from tests.crashes.fleet import Fleet
from tests.crashes.fuse import Orders
from tests.crashes.sender import send
from tests.crashes.verdict import violations
from tests.harness.background import Background
from tests.harness.kafka_hand import KafkaHand
from tests.harness.outside import Outside
from tests.harness.workspace import LocalSlack
from tests.store.conftest import migrated_template
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.localslack.workspace import Workspace
    from tests.crashes.faults import Fault
    from tests.crashes.findings import Json
    from tests.crashes.fuse import Guard
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

INSTALLATION: Final = """\
storm: {openings: 100000}
page_when_slack_fails: 1h
"""
RULES: Final = "rules: [{name: every, playbooks: []}]\n"
SERVICE: Final = """\
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, owner: team, lifecycle: production, dependsOn: [{depends_on}]}}
"""
LEFT: Final = """
    SELECT (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'retry', 'leased')) AS effects,
           (SELECT count(*) FROM inbox WHERE consumer = 'alerts') AS known
"""
LOOK_EVERY_S: Final = 0.2


class Scene:
    """Everything around the victims, and the fleet itself; a context manager."""

    def __init__(self, postgres: PostgresServer, broker: ApacheKafka, faults: Sequence[Fault]) -> None:
        self.postgres = postgres
        self.broker = broker
        self.faults = list(faults)
        self.without: Guard | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Make all of it; the victims are enlisted by the test."""
        with contextlib.ExitStack() as stack:
            background = stack.enter_context(Background())
            self._slack = stack.enter_context(contextlib.closing(LocalSlack(background)))
            self.outside = stack.enter_context(contextlib.closing(Outside(background)))
            self.outside.start()
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-crash-")))
            self.folder = folder
            self._database = self.postgres.create_database(migrated_template(self.postgres))
            stack.callback(self.postgres.drop_database, self._database)
            self.kafka = KafkaHand(self.broker.bootstrap, prefix=f"t{uuid.uuid4().hex[:12]}.")
            environment = self._environment(_configured(folder / "config", self.faults))
            self.settings = from_environment({**os.environ, **environment})
            self.configuration = require_configuration(self.settings.config)
            asyncio.run(create_topics(self.settings))
            self.fleet = stack.enter_context(contextlib.closing(Fleet(folder, environment)))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def _environment(self, config: Path) -> dict[str, str]:
        return {
            "DATABASE_URL": self._database,
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap,
            "SLACK_API_URL": self._slack.api_url,
            "SLACK_BOT_TOKEN": self._slack.app.bot_token,
            "SLACK_SIGNING_SECRET": self._slack.app.signing_secret,
            "TOCSIN_CONFIG": str(config),
            "TOCSIN_KAFKA_TOPIC_PREFIX": self.kafka.prefix,
            "TOCSIN_KAFKA_PARTITIONS": str(PARTITIONS),
            "TOCSIN_PAGER_URL": f"{self.outside.url}/page",
            "TOCSIN_PAGER_SECRET": self.outside.secret,
        }

    @property
    def workspace(self) -> Workspace:
        """The local Slack's state; it is in this process, and is never killed."""
        return self._slack._running.slack.workspace

    def rows(self, statement: str) -> list[Json]:
        """What a statement finds in the product's database."""
        name = self._database.rpartition("/")[2]
        query = f"SELECT json_agg(found) FROM ({statement}) AS found"  # noqa: S608 - the statements are ours
        return as_rows(self.postgres.sql(query, name))

    def send(self) -> None:
        """Produce all records of the faults at their times."""
        asyncio.run(send(self.settings, self.faults))

    def come_to_rest(self, within: float) -> None:
        """Wait until everything sent is taken in, its offsets are committed, and no effect waits.

        Raises:
            NeverHappenedError: it does not happen; dead victims are started again meanwhile.
        """
        sent = {one.event.event_id for fault in self.faults for one in fault.sendings}

        def at_rest() -> bool:
            self.fleet.keep(Orders(without=self.without))
            time.sleep(LOOK_EVERY_S)  # each look costs a process or two
            left = self.rows(LEFT)[0]
            return left["known"] >= len(sent) and not left["effects"] and not asyncio.run(self._behind())

        wait_until(at_rest, within=within, what="all is taken in and done")

    def judge(self) -> list[str]:
        """What is not as it must be."""
        return [*violations(self.faults, found(self)), *self.fleet.odd_ends]

    async def _behind(self) -> int:
        prefix = self.kafka.prefix
        group = group_name(prefix, "alerts")
        # Never subscribes, so it is no member of the group: it only asks what the group has committed.
        asking = AIOKafkaConsumer(
            bootstrap_servers=self.broker.bootstrap, group_id=group, enable_auto_commit=False
        )
        parts = [TopicPartition(topic_name(prefix, ALERTS_TOPIC), one) for one in range(PARTITIONS)]
        try:
            await asking.start()
            asking.assign(parts)
            ends = await asking.end_offsets(parts)
            return sum([ends[part] - (await asking.committed(part) or 0) for part in parts])
        except KafkaError:
            return 1
        finally:
            await asking.stop()


def _configured(folder: Path, faults: Sequence[Fault]) -> Path:
    """Write the configuration: no storms, one rule, and the services that faults span."""
    spanning = [fault.services for fault in faults if len(fault.services) > 1]
    services = [SERVICE.format(name=front, depends_on=f"component:{back}") for front, back in spanning]
    services += [SERVICE.format(name=back, depends_on="") for _, back in spanning]
    files = {"tocsin.yaml": INSTALLATION, "rules/all.yaml": RULES, "services/all.yaml": "".join(services)}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder

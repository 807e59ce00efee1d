"""`tocsin dev`: the whole of Tocsin in one process on loopback, embedding what is not given."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.domain.errors import ConfigurationError
from bot.kafka.topics import CONSUMED, required_topics
from bot.localslack.server import start as start_local_slack
from bot.localslack.settings import AppSettings, LocalSlackSettings, SlashCommand
from bot.slack.manifest import manifest
from bot.store.migrate import migrate
from bot.wiring.data_dir import announced, held, kept_token, ours
from bot.wiring.embedded.kafka import BoundedPublisher, EmbeddedKafka
from bot.wiring.embedded.postgres import launch_postgres
from bot.wiring.kafka import create_topics
from bot.wiring.parts import Overrides, assembled
from bot.wiring.process import ALL_ROLES, roles
from bot.wiring.roles import Died
from bot.wiring.serving import address_of, listen
from bot.wiring.tracing import tracing

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.app.ports import Publisher
    from bot.config.folder import Configuration
    from bot.localslack.server import RunningLocalSlack
    from bot.settings import Settings
    from bot.wiring.parts import Parts
    from consumers.component import Record


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is; `slack` is empty where a Slack that is not ours is used."""

    web: str
    slack: str
    slack_api: str
    database: str
    kafka: str
    webhook_token: str
    api_token: str

    def json(self) -> dict[str, str]:
        """The contract's line."""
        return {name: value for name, value in asdict(self).items() if name != "api_token"}


@dataclass(frozen=True, slots=True)
class DevSystem:
    """A system at work: what it is made of and where it is."""

    parts: Parts
    addresses: Addresses
    died: Died


@contextlib.asynccontextmanager
async def dev_system(
    settings: Settings, configuration: Configuration, data_dir: Path
) -> AsyncIterator[DevSystem]:
    """Run everything while the block runs; at its end, work off what was accepted.

    Raises:
        InUseError: another process uses the folder.
        ConfigurationError: a port is taken, an embedded part is not installed, or the folder is not ours.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(held(data_dir))
        listener = _listen(settings)
        stack.callback(listener.close)
        web = address_of(listener)
        settings = _with_tokens(settings, data_dir, web)
        settings = await _database(settings, data_dir, stack)
        settings, embedded_kafka = _kafka(settings, stack)
        settings, slack = await _slack(settings, data_dir, stack)
        await migrate(settings.database_url.get_secret_value())
        bounded: list[BoundedPublisher] = []
        if embedded_kafka is None:
            await create_topics(settings)
        overrides = Overrides(publisher=_bounding(bounded) if embedded_kafka else None)
        tracer = await stack.enter_async_context(tracing(settings))
        parts = await stack.enter_async_context(assembled(settings, configuration, overrides, tracer))
        died = Died()
        await stack.enter_async_context(
            roles(
                parts,
                ALL_ROLES,
                listener,
                died,
                embedded=embedded_kafka is not None,
                committed=_counting_down(bounded[0], settings.topic_prefix) if bounded else None,
            )
        )
        if slack is not None and not settings.slack_app_token.get_secret_value():
            slack.send_to(f"{web}/slack/events")
        addresses = Addresses(
            web=web,
            slack=slack.url if slack is not None else "",
            slack_api=settings.slack_api,
            database=settings.database_url.get_secret_value(),
            kafka=settings.kafka_bootstrap_servers,
            webhook_token=settings.webhook_token.get_secret_value(),
            api_token=settings.api_token.get_secret_value(),
        )
        stack.enter_context(announced(data_dir, asdict(addresses)))
        yield DevSystem(parts, addresses, died)


def _listen(settings: Settings) -> socket.socket:
    """The web's port; where it was not chosen and is taken, any free one."""
    try:
        return listen(settings.http_host, settings.http_port, "TOCSIN_HTTP_PORT")
    except ConfigurationError:
        if "http_port" in settings.model_fields_set:
            raise
        return listen(settings.http_host, 0, "TOCSIN_HTTP_PORT")


def _with_tokens(settings: Settings, data_dir: Path, web: str) -> Settings:
    token = settings.webhook_token if settings.webhook_token.get_secret_value() else None
    webhook = token or SecretStr(kept_token(data_dir))
    api = settings.api_token if settings.api_token.get_secret_value() else webhook
    public = settings.public_url or web
    return settings.model_copy(update={"webhook_token": webhook, "api_token": api, "public_url": public})


async def _database(settings: Settings, data_dir: Path, stack: contextlib.AsyncExitStack) -> Settings:
    if settings.database_url.get_secret_value():
        return settings
    with ours(data_dir / "postgres") as folder:
        server = launch_postgres(folder)
    stack.push_async_callback(server.stop)
    await server.ready()
    return settings.model_copy(update={"database_url": SecretStr(server.url)})


def _kafka(settings: Settings, stack: contextlib.AsyncExitStack) -> tuple[Settings, EmbeddedKafka | None]:
    if settings.kafka_bootstrap_servers:
        return settings, None
    kafka = EmbeddedKafka()
    stack.callback(kafka.stop)
    specs = required_topics(settings.topic_prefix, settings.topic_partitions, settings.topic_replication)
    for spec in specs:
        kafka.create_topic(spec.name, spec.partitions)
    return settings.model_copy(update={"kafka_bootstrap_servers": kafka.bootstrap}), kafka


async def _slack(
    settings: Settings, data_dir: Path, stack: contextlib.AsyncExitStack
) -> tuple[Settings, RunningLocalSlack | None]:
    if settings.slack_api_url:
        return settings, None
    with ours(data_dir / "slack.jsonl") as data_file:
        slack = await _local_slack(settings, data_file)
    stack.push_async_callback(slack.stop)
    app = slack.slack.workspace.app
    given: dict[str, Any] = {
        "slack_api_url": slack.api_url,
        "slack_bot_token": SecretStr(app.bot_token),
        "slack_signing_secret": SecretStr(app.signing_secret),
    }
    return settings.model_copy(update=given), slack


async def _local_slack(settings: Settings, data_file: Path) -> RunningLocalSlack:
    """On its port; where that was not chosen and is taken, on any free one."""
    try:
        return await start_local_slack(local_slack_settings(settings.slack_port, data_file))
    except OSError as error:
        if error.filename is not None:
            raise  # its data file, and not its port
        if "slack_port" in settings.model_fields_set:
            raise ConfigurationError(
                f"the local Slack cannot listen on port {settings.slack_port}: {error.strerror}; "
                "choose another with TOCSIN_SLACK_PORT"
            ) from error
        return await start_local_slack(local_slack_settings(0, data_file))


def local_slack_settings(port: int, data_file: Path | None) -> LocalSlackSettings:
    """A workspace in which our app is installed from its manifest: its commands, its scopes, its events."""
    installed = manifest()
    commands = tuple(
        SlashCommand(command=one["command"], description=one["description"], usage_hint=one["usage_hint"])
        for one in installed["features"]["slash_commands"]
    )
    app = AppSettings(
        commands=commands,
        scopes=tuple(installed["oauth_config"]["scopes"]["bot"]),
        events=tuple(installed["settings"]["event_subscriptions"]["bot_events"]),
    )
    return LocalSlackSettings(port=port, data_file=data_file, app=app)


def _bounding(kept: list[BoundedPublisher]) -> Callable[[Publisher], Publisher]:
    def bound(inner: Publisher) -> Publisher:
        kept.append(BoundedPublisher(inner, CONSUMED.values()))
        return kept[0]

    return bound


def _counting_down(publisher: BoundedPublisher, prefix: str) -> Callable[[Record], None]:
    def committed(record: Record) -> None:
        publisher.consumed(
            record.topic.removeprefix(prefix),
            len(record.key or b""),
            len(record.value or b""),
            record.headers,
        )

    return committed

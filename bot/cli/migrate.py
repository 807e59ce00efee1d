"""`tocsin migrate`: the database's schema and Kafka's topics, brought to what this version wants."""

from __future__ import annotations

import asyncio

import click

from bot.cli.errors import CHECK_FAILED
from bot.kafka.topics import Verdict
from bot.settings import from_environment, require
from bot.store.migrate import migrate as migrate_database
from bot.wiring.kafka import create_topics
from bot.wiring.logs import configure_logs


@click.command()
@click.option("--skip-topics", is_flag=True, help="Leave Kafka alone.")
def migrate(skip_topics: bool) -> None:
    """Apply the database's migrations under a lock, and create or check the topics. Two at once are safe."""
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL")
    revision = asyncio.run(migrate_database(settings.database_url.get_secret_value()))
    click.echo(f"database: at {revision}")
    if skip_topics:
        return
    require(settings, "KAFKA_BOOTSTRAP_SERVERS")
    reports = asyncio.run(create_topics(settings))
    for report in reports:
        click.echo(f"topic {report.name}: {report.text}")
    if any(report.verdict is Verdict.DIFFERENT for report in reports):
        raise SystemExit(CHECK_FAILED)

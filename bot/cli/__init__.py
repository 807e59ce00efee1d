"""The command `tocsin`. Data goes to stdout, talk to stderr; exit codes are part of the public contract."""

from __future__ import annotations

from importlib.metadata import version

import click

from bot.cli.bench import bench
from bot.cli.check import check_config, doctor
from bot.cli.completion import completion
from bot.cli.dev import demo, dev
from bot.cli.dlq import dlq
from bot.cli.errors import ContractGroup
from bot.cli.migrate import migrate
from bot.cli.playbook import playbook
from bot.cli.postmortem import postmortem
from bot.cli.processes import all_in_one, consume, deliver, serve
from bot.cli.prune import prune
from bot.cli.send import send
from bot.cli.slack import slack


@click.group(cls=ContractGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("tocsin"), prog_name="tocsin")
def main() -> None:
    """Tocsin: alerts and changes in, an explained incident channel out.

    Start with `tocsin demo`: it needs no account and no configuration.
    """


for command in (
    dev,
    demo,
    serve,
    consume,
    deliver,
    all_in_one,
    migrate,
    check_config,
    doctor,
    send,
    slack,
    playbook,
    postmortem,
    dlq,
    prune,
    bench,
    completion,
):
    main.add_command(command)

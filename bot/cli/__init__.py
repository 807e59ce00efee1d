"""The command `tocsin`. Data goes to stdout, talk to stderr; exit codes are part of the public contract."""

from __future__ import annotations

from typing import Final

import click

from bot.cli.errors import ContractGroup
from bot.cli.lazy import LazyCommand

COMMANDS: Final = {
    "all": ("bot.cli.processes:all_in_one", "Serve, consume and deliver in one process."),
    "bench": (
        "bot.cli.bench:bench",
        "Measure this installation's parts, on a database and topics of the bench's own.",
    ),
    "check-config": (
        "bot.cli.check:check_config",
        "Check the configuration in FOLDER (default: TOCSIN_CONFIG); every problem is shown at its place.",
    ),
    "completion": ("bot.cli.completion:completion", "Print the completion script for SHELL."),
    "consume": (
        "bot.cli.processes:consume",
        "Turn alerts and changes from Kafka into incidents.",
    ),
    "deliver": (
        "bot.cli.processes:deliver",
        "Do what incidents ask for: Slack, pages, playbooks.",
    ),
    "demo": (
        "bot.cli.dev:demo",
        "Run `dev` with a scripted story: a bad deploy, its incident, its rollback and its postmortem.",
    ),
    "dev": (
        "bot.cli.dev:dev",
        "Run everything in this process, embedding what the environment does not give.",
    ),
    "dlq": ("bot.cli.dlq:dlq", "Look at the records that could not be taken in, and try them again."),
    "doctor": (
        "bot.cli.doctor:doctor",
        "Ask the database, Kafka and Slack whether they answer, and Slack whether our scopes are complete.",
    ),
    "evaluate": (
        "bot.cli.evaluate:evaluate",
        "Replay CASES, a folder of cases or one case, and measure what Tocsin says against the truth.",
    ),
    "migrate": (
        "bot.cli.migrate:migrate",
        "Apply the database's migrations under a lock, and create or check the topics.",
    ),
    "playbook": ("bot.cli.playbook:playbook", "List playbooks, or start one on an incident."),
    "postmortem": ("bot.cli.postmortem:postmortem", "Drafts of postmortems."),
    "prune": ("bot.cli.prune:prune", "Delete what has been kept long enough, and make partitions ahead."),
    "quarantine": (
        "bot.cli.quarantine:quarantine",
        "Look at what webhooks brought that could not be read.",
    ),
    "rules": ("bot.cli.rules:rules", "Test rules, and ask what they make of an alert."),
    "replay": (
        "bot.cli.replay:replay",
        "Play the history through other rules: what would have opened, joined, been held or suppressed.",
    ),
    "send": ("bot.cli.send:send", "Post an alert, a change or a webhook body to a running Tocsin."),
    "serve": ("bot.cli.processes:serve", "Take webhooks, serve the API, the console and Slack's requests."),
    "silence": ("bot.cli.silences:silence", "Keep alerts quiet, see what is quiet and why, and end that."),
    "simulate": (
        "bot.cli.simulate:simulate",
        "Write simulated cases for `tocsin evaluate`: a call graph, changes, faults, alerts and the truth.",
    ),
    "suspects": (
        "bot.cli.suspects:suspects",
        "What responders said about causes: failure rates, cases to evaluate on, and numbers to learn.",
    ),
    "slack": ("bot.cli.slack:slack", "The Slack app's manifest, and a Slack workspace on this machine."),
}
"""Every command by its name: where it is, as `module:attribute`, and the first sentence of its help.

A command is imported when it is used; a test holds the sentences to the commands' own.
"""


@click.group(cls=ContractGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", prog_name="tocsin")
def main() -> None:
    """Tocsin: alerts and changes in, an explained incident channel out.

    Start with `tocsin demo`: it needs no account and no configuration.
    """


for name, (target, line) in COMMANDS.items():
    main.add_command(LazyCommand(name, target, line))

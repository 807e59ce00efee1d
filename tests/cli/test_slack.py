"""`tocsin slack local` as a process."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.cli.conftest import PROGRAM
from tests.support.ports import free_port


@pytest.mark.unmeasured_processes
def test_it_says_with_which_variables_tocsin_finds_it() -> None:
    port = free_port()
    with subprocess.Popen(
        [PROGRAM, "slack", "local"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TOCSIN_SLACK_PORT": str(port)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"local Slack: http://127.0.0.1:{port}/\n"
        said = [process.stderr.readline().strip() for _ in range(4)]
        process.send_signal(signal.SIGTERM)
    assert said == [
        f"SLACK_API_URL=http://127.0.0.1:{port}/api/",
        "SLACK_BOT_TOKEN=xoxb-local-bot-token",
        "SLACK_APP_TOKEN=xapp-local-app-token",
        "SLACK_SIGNING_SECRET=local-signing-secret",
    ]

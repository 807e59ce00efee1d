from __future__ import annotations

import errno

import click
import pytest
from click.testing import CliRunner

from bot.cli.errors import ContractGroup


def ended_with(error: OSError) -> tuple[int, str]:
    def fail() -> None:
        raise error

    group = ContractGroup(commands={"fail": click.Command("fail", callback=fail)})
    result = CliRunner().invoke(group, ["fail"], catch_exceptions=False)
    return result.exit_code, result.stderr


def test_a_file_that_cannot_be_written_is_one_line() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "results.json")
    assert ended_with(error) == (1, "tocsin: results.json: Permission denied\n")


def test_a_full_disk_is_one_line() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    assert ended_with(error) == (1, "tocsin: No space left on device\n")


def test_what_nobody_foresaw_is_not_hidden() -> None:
    with pytest.raises(ConnectionResetError):
        ended_with(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import ConfigurationError
from bot.wiring.data_dir import ADDRESSES_FILE, InUseError, announced, held, kept_token, made
from tests.support.ordinary_user import closed, ordinary_user

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from bot.wiring.data_dir import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_and_the_lock_says_who(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "data"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(InUseError, match=rf"process {other.pid} uses .*data; stop it, or .*--data-dir"),
            held(tmp_path / "data"),
        ):
            pass
        other.kill()  # the kernel lifts the lock
        other.wait(10)
    with held(tmp_path / "data"):
        assert (tmp_path / "data/lock").read_text() == str(os.getpid())


def test_the_lock_ends_with_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with held(tmp_path):
            pass


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match=r"cannot be the data folder: .*--data-dir"):
            made(path)


def test_the_token_is_kept_and_private(tmp_path: Path) -> None:
    token = kept_token(tmp_path)
    assert len(token) >= 32
    assert kept_token(tmp_path) == token
    assert (tmp_path / "webhook.token").stat().st_mode & 0o777 == 0o600
    (tmp_path / "webhook.token").write_text("\n")  # as a full disk may leave it
    assert kept_token(tmp_path) not in {"", token}


@pytest.mark.parametrize("name", ["lock", "webhook.token"])
def test_a_file_of_somebody_else_s_is_named_with_the_fix(name: str) -> None:
    with ordinary_user() as folder:
        (folder / name).write_text("")
        with (
            closed(folder / name),
            pytest.raises(ConfigurationError, match=rf"/{name} cannot be used: Permission.*--data-dir"),
            held(folder),
        ):
            kept_token(folder)


def test_a_folder_that_cannot_be_written_to_is_named_with_the_fix() -> None:
    with ordinary_user() as folder:
        (folder / "data").mkdir()
        for use in (
            kept_token,
            lambda path: announced(path, {}).__enter__(),
            lambda path: held(path).__enter__(),
        ):
            with (
                closed(folder / "data", 0o555),
                pytest.raises(ConfigurationError, match=r"/data/.* cannot be used: Permission.*--data-dir"),
            ):
                use(folder / "data")


def test_addresses_are_announced_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / ADDRESSES_FILE
    with announced(tmp_path, {"web": "http://h:1"}):
        assert json.loads(path.read_text()) == {"web": "http://h:1"}
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()

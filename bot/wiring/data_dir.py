"""The folder that `tocsin dev` keeps: one process at a time, its addresses and its token."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.domain.errors import ConfigurationError, PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_DATA_DIR: Final = Path(".tocsin")
ADDRESSES_FILE: Final = "dev.json"


class InUseError(PermanentError):
    """Another process is at work here."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep the folder for this process while the block runs.

    Raises:
        InUseError: another process has it.
        ConfigurationError: it cannot be made, or not written to.
    """
    made(folder)
    with contextlib.ExitStack() as stack:
        with ours(folder / "lock") as path:
            lock = stack.enter_context(path.open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise InUseError(
                f"process {pid} uses {folder.resolve()}; stop it, or take another folder with --data-dir"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def made(folder: Path) -> Path:
    """The folder, made where it is not there yet.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{folder} cannot be the data folder: {error.strerror}; choose another with --data-dir"
        ) from error
    return folder


@contextlib.contextmanager
def ours(path: Path) -> Iterator[Path]:
    """Read or write a file of the data folder, or what is below, in the block.

    Raises:
        ConfigurationError: it cannot be; another user may have made it.
    """
    try:
        yield path
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or path} cannot be used: {error.strerror}; make this user its owner, or choose "
            "another folder with --data-dir"
        ) from error


def kept_token(folder: Path) -> str:
    """The webhook token of this folder, made at the first start.

    Raises:
        ConfigurationError: its file can neither be read nor written.
    """
    path = folder / "webhook.token"
    with ours(path), contextlib.suppress(FileNotFoundError):
        if token := path.read_text().strip():
            return token
    token = secrets.token_urlsafe(24)
    write_private(path, token)
    return token


@contextlib.contextmanager
def announced(folder: Path, addresses: Mapping[str, str]) -> Iterator[None]:
    """Write the addresses down for the other commands while the block runs.

    Raises:
        ConfigurationError: they cannot be written down.
    """
    path = folder / ADDRESSES_FILE
    write_private(path, json.dumps(addresses))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read.

    Raises:
        ConfigurationError: it cannot be written.
    """
    with ours(path):
        partial = path.with_name(f"{path.name}.new")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        partial.replace(path)

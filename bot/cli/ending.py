"""The end of a process of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


def end(process: BaseProcess, within: float) -> None:
    """Ask it to end; what does not in so many seconds, whatever keeps it, is killed."""
    process.terminate()
    process.join(within)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()

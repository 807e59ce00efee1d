"""Asks Alertmanager's API for its silences."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from bot.domain.errors import RemoteUnavailableError
from bot.toolbox.web import JSON, Asked
from playbooks.errors import StepFailedError

if TYPE_CHECKING:
    from bot.toolbox.web import Web

ANSWER_BYTES: Final = 8 * 2**20
SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class SilencesOfAlertmanager:
    """By its base URL, as in `http://alertmanager:9093`."""

    web: Web

    async def __call__(self, url: str, authorization: str | None = None) -> bytes:
        """The body of the answer.

        Raises:
            RemoteUnavailableError: it did not answer, or not well.
        """
        headers = {**JSON, **({"Authorization": authorization} if authorization else {})}
        try:
            answer = await self.web.fetch(
                Asked("GET", f"{url.rstrip('/')}/api/v2/silences", SECONDS, ANSWER_BYTES, headers)
            )
        except StepFailedError as error:
            raise RemoteUnavailableError(str(error)) from error
        if answer.status != HTTPStatus.OK or answer.cut:
            why = f"HTTP {answer.status}" if not answer.cut else f"more than {ANSWER_BYTES} bytes"
            raise RemoteUnavailableError(why)
        return answer.body

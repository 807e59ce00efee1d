"""The Alertmanagers of `tocsin.yaml`: where each is, and which secret opens it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.config.fields import refused


def _without_password(url: str) -> str:
    """An address is shown and stored with what it silences."""
    if "@" in urlsplit(url).netloc:
        refused(
            "an address holds no password; name a secret in `authorization`, and set TOCSIN_SECRET_<NAME>"
        )
    return url


class AlertmanagerModel(BaseModel):
    """One of them, which may stand behind a proxy that asks who comes."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, AfterValidator(_without_password)] = Field(
        pattern=r"^https?://[^\s#]+$", description="its base URL, as in http://alertmanager:9093"
    )
    authorization: str = Field(
        "",
        pattern=r"^([a-z][a-z0-9_]{0,62})?$",
        description="the secret that is sent as the header Authorization: `am` is TOCSIN_SECRET_AM",
    )


def _by_its_url(value: Any) -> Any:
    if not isinstance(value, str | dict | AlertmanagerModel):
        refused("an address is expected here, or a mapping with url")
    return {"url": value} if isinstance(value, str) else value


AlertmanagerField = Annotated[
    AlertmanagerModel, BeforeValidator(_by_its_url, json_schema_input_type=str | AlertmanagerModel)
]
"""Its URL alone, or with more."""

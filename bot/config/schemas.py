"""JSON Schemas of the folder's files, for editors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema

from bot.config.installation import Installation
from bot.config.rule_tests.form import TestsFile
from bot.config.rules import RulesFile
from bot.config.services import Entity
from playbooks.document import json_schema as playbook_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel


class _Generate(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        """A default as people would write it; pydantic would write a duration as ISO 8601."""
        return f"{dft.total_seconds():g}s" if isinstance(dft, timedelta) else super().encode_default(dft)


def _schema(model: type[BaseModel]) -> Callable[[], dict[str, Any]]:
    def schema() -> dict[str, Any]:
        told = model.model_json_schema(schema_generator=_Generate)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}

    return schema


SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "tocsin": _schema(Installation),
    "rules": _schema(RulesFile),
    "services": _schema(Entity),
    "playbook": playbook_schema,
    "tests": _schema(TestsFile),
}
"""By the kind of file: what gives its schema."""

"""The form of a playbook's file, as pydantic models; the JSON Schema for editors comes from them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from playbooks.conditions import Comparison, Condition
from playbooks.durations import Duration
from playbooks.kinds import KINDS
from playbooks.model import Approval, OnFailure, Retry, Start, Step, Trigger
from playbooks.template import parse_path

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="lower case, digits, - and _")]
Title = Annotated[str, Field(min_length=1, max_length=150)]
Severity = Literal["critical", "error", "warning", "info"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TriggerForm(_Form):
    """Which incidents it starts on; what is left out lets all through."""

    start: Start = Start.MANUAL
    severities: frozenset[Severity] = frozenset()
    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}

    def build(self) -> Trigger:
        """The trigger."""
        return Trigger(
            self.start, frozenset(self.severities), self.environments, self.services, dict(self.labels)
        )


class ApprovalForm(_Form):
    """A person's word before the step."""

    prompt: Annotated[str, Field(max_length=1_000)] = ""
    by: tuple[str, ...] = ()
    timeout: Duration = timedelta(hours=1)

    def build(self) -> Approval:
        """The approval."""
        return Approval(self.prompt, self.by, self.timeout)


class RetryForm(_Form):
    """How often it is attempted in all, and the first pause between two attempts."""

    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    backoff: Duration = timedelta(seconds=5)


class ConditionForm(_Form):
    """A variable and exactly one comparison."""

    value: str
    is_: Annotated[JsonValue, Field(alias="is")] = None
    is_not: JsonValue = None
    in_: Annotated[tuple[JsonValue, ...], Field(alias="in")] = ()
    above: float | None = None
    below: float | None = None
    exists: bool | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "ConditionForm":
        if len(self.model_fields_set - {"value"}) != 1:
            raise ValueError("needs exactly one of is, is_not, in, above, below, exists")
        return self

    def build(self) -> Condition:
        """The condition.

        Raises:
            TemplateSyntaxError: `value` is no variable's name.
        """
        (name,) = self.model_fields_set - {"value"}
        return Condition(parse_path(self.value), Comparison(name.rstrip("_")), getattr(self, name))


class StepForm(_Form):
    """One step; `params` are those of its kind."""

    name: Name
    title: Annotated[str, Field(max_length=150)] = ""
    kind: str
    params: Mapping[str, JsonValue] = {}
    idempotent: bool | None = None
    approval: ApprovalForm | None = None
    when: Annotated[list[ConditionForm], Field(max_length=20)] = []
    on_failure: OnFailure = OnFailure.STOP
    timeout: Annotated[Duration, Field(le=timedelta(minutes=10))] = timedelta(seconds=30)
    retry: RetryForm = RetryForm()

    def build(self) -> Step:
        """The step, its parameters checked.

        Raises:
            ValidationError: the parameters are not those of the kind.
            TemplateSyntaxError: a condition names no variable.
        """
        kind = KINDS[self.kind]
        params = kind.params.model_validate(self.params)
        approval = self.approval.build() if self.approval else None
        return Step(
            name=self.name,
            title=self.title or self.name.replace("-", " ").replace("_", " ").capitalize(),
            kind=self.kind,
            params=dict(self.params),
            idempotent=kind.idempotent(params) if self.idempotent is None else self.idempotent,
            checkable=kind.checkable(params),
            approval=approval or (Approval() if kind.needs_approval else None),
            when=tuple(condition.build() for condition in self.when),
            on_failure=self.on_failure,
            timeout=self.timeout,
            retry=Retry(self.retry.attempts, self.retry.backoff),
            hold=kind.hold(params),
        )


class PlaybookForm(_Form):
    """A whole file."""

    name: Name
    title: Title
    description: Annotated[str, Field(max_length=4_000)] = ""
    version: Annotated[Literal[1], Field(description="of this format")] = 1
    trigger: TriggerForm = TriggerForm()
    steps: Annotated[list[StepForm], Field(min_length=1, max_length=50)]


STEP_SCHEMA: Final = "StepForm"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a playbook file, each step's parameters by its kind."""
    schema = PlaybookForm.model_json_schema()
    definitions = schema["$defs"]
    step = definitions[STEP_SCHEMA]
    step["properties"]["kind"]["enum"] = list(KINDS)
    step["allOf"] = []
    for name, kind in KINDS.items():
        params = kind.params.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(params.pop("$defs", {}))
        params["description"] = kind.summary
        definitions[kind.params.__name__] = params
        then: dict[str, Any] = {"properties": {"params": {"$ref": f"#/$defs/{kind.params.__name__}"}}}
        if params.get("required"):
            then["required"] = ["params"]
        step["allOf"].append({"if": {"properties": {"kind": {"const": name}}}, "then": then})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tocsin playbook", **schema}

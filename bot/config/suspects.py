"""The section `suspects` of `tocsin.yaml`: the numbers of the suspects model, read, and written by a fit.

Each has a default; what is not said stays at it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.domain.change import ChangeKind
from bot.domain.delays import LogNormal
from bot.domain.suspicion import DEFAULT_PARAMETERS, Parameters
from playbooks.durations import Duration

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Chance = Annotated[float, Field(gt=0.0, lt=1.0)]
Ratio = Annotated[float, Field(gt=0.0, le=100.0)]
_DIGITS: Final = 4
_USUAL: Final = DEFAULT_PARAMETERS
_HEADER: Final = """\
# Learnt by `tocsin suspects fit`. Paste it into tocsin.yaml, in the place of any `suspects:` there.
"""


class DelayModel(BaseModel):
    """One part of the delays: its share, its median, and the spread of the delay's logarithm."""

    model_config = ConfigDict(extra="forbid")

    weight: Annotated[float, Field(gt=0.0, le=1.0)]
    median: Duration
    sigma: Annotated[float, Field(gt=0.0, le=5.0)]


class StrengthModel(BaseModel):
    """How strongly so many of the faults reach callers: the chance per call."""

    model_config = ConfigDict(extra="forbid")

    share: Annotated[float, Field(gt=0.0, le=1.0)]
    chance: Chance


class SpreadModel(BaseModel):
    """How a fault shows along the call graph."""

    model_config = ConfigDict(extra="forbid")

    root: Chance = Field(_USUAL.spread.root, description="the broken service itself alerts")
    strengths: list[StrengthModel] = Field(
        [StrengthModel(share=share, chance=chance) for share, chance in _USUAL.spread.strengths],
        min_length=1,
        max_length=10,
    )
    cascade: Share = Field(_USUAL.spread.cascade, description="faults that travel from caller to caller")


class SuspectsModel(BaseModel):
    """What is assumed about changes and incidents."""

    model_config = ConfigDict(extra="forbid")

    change: Chance = Field(_USUAL.change, description="the share of incidents that a change causes")
    kinds: dict[ChangeKind, Ratio] = Field(
        default_factory=lambda: dict(_USUAL.kinds),
        description="how often a kind is the cause, against the average change",
    )
    services: dict[str, Ratio] = Field(default_factory=dict, description="the same by service")
    delay: list[DelayModel] = Field(
        [
            DelayModel(weight=one.weight, median=timedelta(seconds=one.median), sigma=one.sigma)
            for one in _USUAL.delay.parts
        ],
        min_length=1,
        max_length=10,
        description="from a change to the first alert",
    )
    spread: SpreadModel = Field(default_factory=SpreadModel)
    shown_from: Chance = Field(
        _USUAL.shown_from, description="the probability from which a suspect is named among few candidates"
    )
    crowded: Share = Field(_USUAL.crowded, description="what is added to that among a hundred or more")
    learnt_from: int = Field(0, ge=0, description="so many judged incidents taught these numbers")

    def parameters(self, look_back: timedelta) -> Parameters:
        """The parameters that it means; shares are made to sum to 1."""
        parts = sum(one.weight for one in self.delay)
        faults = sum(one.share for one in self.spread.strengths)
        return replace(
            _USUAL,
            change=self.change,
            kinds={**_USUAL.kinds, **self.kinds},
            services=dict(self.services),
            delay=replace(
                _USUAL.delay,
                parts=tuple(
                    LogNormal(one.weight / parts, one.median.total_seconds(), one.sigma) for one in self.delay
                ),
            ),
            spread=replace(
                _USUAL.spread,
                root=self.spread.root,
                strengths=tuple((one.share / faults, one.chance) for one in self.spread.strengths),
                cascade=self.spread.cascade,
            ),
            shown_from=self.shown_from,
            crowded=self.crowded,
            learnt_from=self.learnt_from,
            look_back=look_back.total_seconds(),
        )


def written(parameters: Parameters) -> str:
    """The section as YAML, which reads back as these parameters to four digits, medians to seconds."""
    return _HEADER + yaml.safe_dump({"suspects": section(parameters)}, sort_keys=False, allow_unicode=True)


def section(parameters: Parameters) -> dict[str, Any]:
    """The section as YAML and JSON take it."""
    return {
        "change": _rounded(parameters.change),
        "kinds": {kind.value: _rounded(ratio) for kind, ratio in parameters.kinds.items()},
        "services": {name: _rounded(ratio) for name, ratio in parameters.services.items()},
        "delay": [
            {"weight": _rounded(one.weight), "median": f"{round(one.median)}s", "sigma": _rounded(one.sigma)}
            for one in parameters.delay.parts
        ],
        "spread": {
            "root": _rounded(parameters.spread.root),
            "strengths": [
                {"share": _rounded(share), "chance": _rounded(chance)}
                for share, chance in parameters.spread.strengths
            ],
            "cascade": _rounded(parameters.spread.cascade),
        },
        "shown_from": _rounded(parameters.shown_from),
        "crowded": _rounded(parameters.crowded),
        "learnt_from": parameters.learnt_from,
    }


def _rounded(value: float) -> float:
    return max(round(value, _DIGITS), 10**-_DIGITS) if value > 0 else 0.0

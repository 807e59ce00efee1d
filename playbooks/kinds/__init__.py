"""The step kinds: one module each, and the table of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from playbooks.kinds import approval, http_get, http_request, message, metric, note, wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playbooks.kinds.kind import StepKind

KINDS: Final[Mapping[str, StepKind[Any]]] = {
    kind.name: kind
    for kind in (
        metric.KIND,
        http_get.KIND,
        http_request.KIND,
        message.KIND,
        note.KIND,
        approval.KIND,
        wait.KIND,
    )
}

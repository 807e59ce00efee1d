"""The tour of rules shows what loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config.document import check_document
from bot.config.folder import Configuration, load_configuration
from tests.config.folders import written

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-rules.md"
SHOWN: Sequence[tuple[str, str]] = re.findall(
    r"<!-- (rules|tocsin) -->\n```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL
)


@pytest.mark.parametrize(("kind", "text"), SHOWN)
def test_what_the_tour_shows_is_right(kind: str, text: str) -> None:
    assert check_document(kind, text.encode(), "shown").problems == []


def test_it_loads_together(tmp_path: Path) -> None:
    assert len(SHOWN) == PAGE.read_text().count("```yaml")
    files: dict[str, str | bytes] = {
        "tocsin.yaml" if kind == "tocsin" else f"rules/{number}.yaml": text
        for number, (kind, text) in enumerate(SHOWN)
    }
    assert isinstance(load_configuration(written(tmp_path, files)), Configuration)

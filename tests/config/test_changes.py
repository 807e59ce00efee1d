from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config.changes import look
from tests.config.folders import written
from tests.support.ordinary_user import closed, ordinary_user

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str, str | bytes] = {"tocsin.yaml": "{}\n", "rules/a.yaml": "rules: []\n", "services/b.yml": "\n"}


@pytest.mark.parametrize(
    "change",
    [{"tocsin.yaml": "{}  \n"}, {"rules/sub/b.yaml": ""}, {"playbooks/p.yaml": ""}, {"tocsin.yml": ""}],
)
def test_what_is_written_or_new_is_a_change(tmp_path: Path, change: dict[str, str | bytes]) -> None:
    before = look(written(tmp_path, FILES))
    assert look(tmp_path) == before
    assert look(written(tmp_path, change)) != before


def test_what_goes_is_a_change_and_other_files_are_none(tmp_path: Path) -> None:
    before = look(written(tmp_path, FILES))
    assert (
        look(written(tmp_path, {"README.md": "x", "rules/.hidden.yaml": "x", "rules/a.txt": "x"})) == before
    )
    (tmp_path / "rules" / "a.yaml").unlink()
    assert look(tmp_path) != before


def test_a_link_to_nowhere_is_not_there(tmp_path: Path) -> None:
    before = look(written(tmp_path, FILES))
    (tmp_path / "rules" / "c.yaml").symlink_to("nowhere")
    assert look(tmp_path) == before


@pytest.mark.parametrize(("place", "mode"), [("", 0), ("", 0o444), ("rules", 0), ("playbooks/below", 0)])
def test_what_may_not_be_looked_into_is_a_change_and_no_error(place: str, mode: int) -> None:
    with ordinary_user() as folder:
        (written(folder / "config", FILES) / "playbooks" / "below").mkdir(parents=True)
        root = folder / "config"
        before = look(root)
        with closed(root / place, mode):
            assert look(root) != before
        assert look(root) == before

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from playbooks.yaml_files import misspelt_files, yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def put(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def named(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in yaml_files(root)]


def test_yaml_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    put(tmp_path, "b.yaml", "a/z.yml", "a.yaml", "a/b/c.yaml", "README.md", "a/notes", "C.YAML")
    assert named(tmp_path) == ["a/b/c.yaml", "a/z.yml", "a.yaml", "b.yaml"]
    assert misspelt_files(tmp_path) == [tmp_path / "C.YAML"]


def test_no_folder_has_no_files(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml")
    assert yaml_files(tmp_path / "nowhere") == yaml_files(tmp_path / "a.yaml") == []


def test_a_mounted_configmap_is_read_once_through_its_links(tmp_path: Path) -> None:
    put(tmp_path, "..2026_11/team-a/shop.yaml", "..2026_11/all.yaml", ".git/x.yaml")
    (tmp_path / "..data").symlink_to("..2026_11")
    (tmp_path / "team-a").symlink_to("..data/team-a")
    (tmp_path / "all.yaml").symlink_to("..data/all.yaml")
    assert named(tmp_path) == ["all.yaml", "team-a/shop.yaml"]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    put(tmp_path, "a/x.yaml")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "self").symlink_to(".")
    (tmp_path / "b").symlink_to("a")
    assert named(tmp_path) == ["a/x.yaml"]


@pytest.mark.parametrize("name", ["gone.yaml", "gone"])
def test_a_link_to_nothing_is_there_to_be_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("nothing")
    (tmp_path / f".{name}").symlink_to("nothing")
    assert named(tmp_path) == [name]


def test_a_folder_that_cannot_be_listed_is_there_to_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "shut/a.yaml")
    listed = type(tmp_path).iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        if folder.name == "shut":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(type(tmp_path), "iterdir", iterdir)
    assert named(tmp_path) == ["shut"]


def test_a_folder_that_is_called_like_a_file_is_there_to_be_told(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml/b.yaml")
    assert named(tmp_path) == ["a.yaml"]

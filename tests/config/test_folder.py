"""The folder as a whole: what it gives, and that every problem is found at its place in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config.changes import look
from bot.config.folder import (
    configuration_with,
    default_configuration,
    load_configuration,
    require_configuration,
)
from bot.domain.errors import ConfigurationError
from bot.domain.rules import DEFAULT_RULE
from tests.config.folders import loaded, problems, written
from tests.support.ordinary_user import closed, ordinary_user

if TYPE_CHECKING:
    from pathlib import Path

PLAYBOOK = """
    name: look
    title: Look
    steps:
      - name: note
        kind: note
        params: {text: looked}
"""


def test_nothing_given_works(tmp_path: Path) -> None:
    usual = default_configuration()
    assert [rule.name for rule in usual.rules.rules] == [DEFAULT_RULE.name]
    assert "first-look" in usual.playbooks
    assert require_configuration(None).labels == usual.labels
    empty = loaded(tmp_path, {})
    assert [rule.name for rule in empty.rules.rules] == [DEFAULT_RULE.name]
    assert empty.catalog.services == {}


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"TOCSIN_CONFIG: .*nowhere is not a folder"):
        load_configuration(tmp_path / "nowhere")


def test_a_whole_folder(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        {
            "tocsin.yaml": "look_back: 6h\nstorm: {openings: 3, window: 1m}\nlabels: {service: [svc]}\n",
            "rules/10-a.yaml": "rules: [{name: a, playbooks: [look]}]\n",
            "rules/20/b.yml": "rules: [{name: b, playbooks: []}]\n",
            "services/a.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\n",
            "playbooks/look.yaml": PLAYBOOK,
        },
    )
    assert [rule.name for rule in found.rules.rules] == ["a", "b"]
    assert set(found.catalog.services) == {"cart"}
    assert {"look", "first-look"} <= set(found.playbooks)
    assert found.labels.service == ("svc",)
    assert found.rules.storm.openings == 3


def test_what_refers_to_a_file_that_cannot_be_read_is_not_wrong(tmp_path: Path) -> None:
    main = "calendars: {hols: [12-25]}\nowners: [nobody]\n"
    rules = "rules: [{name: a, active: [{not_on: [hols]}]}]\n"
    [problem] = problems(tmp_path, {"tocsin.yaml": main, "rules/a.yaml": rules})
    assert "owners[0]" in problem


def test_problems_of_all_files_come_at_once_each_with_its_place(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "tocsin.yaml": "look_bakc: 6h\n",
            "rules/a.yaml": """
                rules:
                  - name: a
                    severity:
                      lable: level
                  - name: a
                    playbooks: [first-lok]
            """,
            "services/a.yaml": "apiVersion: x\nkind: Componet\nmetadata: {name: cart}\n",
            "playbooks/p.yaml": "name: p\n",
        },
    )
    text = "\n".join(found)
    assert "tocsin.yaml:1:1: look_bakc: there is no such field (did you mean look_back?)" in text
    assert "rules/a.yaml:4:7: rules[0].severity.lable: there is no such field (did you mean label?)" in text
    assert "services/a.yaml:2:7: kind: there is no kind Componet (did you mean Component?)" in text
    assert "playbooks/p.yaml:1:1: title: is missing" in text


def test_problems_of_a_file_come_from_its_top_to_its_end(tmp_path: Path) -> None:
    rules = "rules:\n  - name: a\n    actoin: open\n    min_events: many\n  - name: b\n    action: atach\n"
    heads = [one.splitlines()[0].partition(": ")[0] for one in problems(tmp_path, {"rules/a.yaml": rules})]
    assert heads == ["rules/a.yaml:3:5", "rules/a.yaml:4:17", "rules/a.yaml:6:13"]


def test_a_caret_points_at_the_place(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "rules:\n  - name: a\n    min_events: many\n"})
    head, line, caret = problem.splitlines()
    assert head.startswith("rules/a.yaml:3:17: rules[0].min_events: input should be a valid integer")
    assert line.index("many") == caret.index("^")


def test_names_that_stand_twice(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "rules/a.yaml": "rules: [{name: a}]\n",
            "rules/b.yaml": "rules: [{name: a}, {name: b}, {name: b}]\n---\nrules: [{name: b}]\n",
            "services/a.yaml": "apiVersion: x\nkind: Component\nmetadata: {name: cart}\n",
            "services/b.yaml": "apiVersion: x\nkind: Resource\nmetadata: {name: cart}\n",
        },
    )
    heads = [problem.splitlines()[0] for problem in found]
    assert heads == [
        "rules/b.yaml:1:16: rules[0].name: rules/a.yaml has a rule called a already",
        "rules/b.yaml:1:38: rules[2].name: rules/b.yaml has a rule called b already",
        "rules/b.yaml:3:16: rules[0].name: rules/b.yaml has a rule called b already",
        "services/b.yaml:3:18: metadata.name: services/a.yaml describes cart already",
    ]


def test_a_playbook_that_there_is_not(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "rules: [{name: a, playbooks: [first-lock]}]\n"})
    assert "rules[0].playbooks[0]: there is no playbook first-lock (did you mean first-look?)" in problem


@pytest.mark.parametrize("folder", ["rules", "services", "playbooks"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: " + b"x" * 10_000_000, "larger than 1 MiB"),
        (b"name: \xff\xfe", ":1:7: not UTF-8: byte 0xFF"),
        (b"a: &a [x]\nb: [*a, *a]\n", "anchors and aliases are not allowed"),
        (b"a: !!python/object:os.system {}", "tags are not allowed"),
        (b"a: 1\na: 2\n", "a stands here twice"),
        (b"a: [1, 2\n", ":2:1:"),
        (b"[" * 100, "nested deeper than 30"),
        (b"- a\n", "mapping"),
        (b"just a text", "mapping"),
    ],
)
def test_hostile_files(tmp_path: Path, folder: str, content: bytes, message: str) -> None:
    [problem] = problems(tmp_path, {f"{folder}/x.yaml": content})
    assert problem.startswith(f"{folder}/x.yaml:")
    assert message in problem
    assert len(problem) < 1_000


def test_tocsin_yaml_is_one_mapping_of_that_name(tmp_path: Path) -> None:
    found = problems(tmp_path, {"tocsin.yml": "a: 1\n", "tocsin.yaml": "look_back: 1h\n---\nlook_back: 2h\n"})
    assert found[0] == "tocsin.yml:1:1: is not read; call it tocsin.yaml"
    assert found[1].startswith("tocsin.yaml:3:1: a second document; tocsin.yaml holds one")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").mkdir()
    [problem] = problems(tmp_path, {})
    assert problem == "tocsin.yaml:1:1: cannot be read: Is a directory"


@pytest.mark.parametrize("place", ["rules", "rules/team", "services", "playbooks"])
def test_a_folder_that_may_not_be_listed_is_a_problem(place: str) -> None:
    with ordinary_user() as folder:
        (folder / place).mkdir(parents=True)
        with closed(folder / place):
            assert problems(folder, {}) == [f"{place}:1:1: cannot be read: Permission denied"]
        loaded(folder, {})


@pytest.mark.parametrize("mode", [0, 0o444])
def test_a_configuration_that_may_not_be_looked_into(mode: int) -> None:
    with ordinary_user() as folder:
        root = written(folder / "config", {"tocsin.yaml": "{}", "rules/a.yaml": "rules: [{name: a}]"})
        with (
            closed(root, mode),
            pytest.raises(ConfigurationError, match=r"config.* cannot be read: Permission"),
        ):
            require_configuration(root)


def test_hidden_files_are_not_meant(tmp_path: Path) -> None:
    """Kubernetes mounts a ConfigMap as links into a hidden folder, which holds the files as well."""
    files = {"rules": "rules: [{name: a}]\n", "playbooks": PLAYBOOK}
    for folder, text in files.items():
        written(tmp_path, {f"{folder}/..2026_11_21/a.yaml": text})
        (tmp_path / folder / "..data").symlink_to("..2026_11_21")
        (tmp_path / folder / "a.yaml").symlink_to("..data/a.yaml")
    found = loaded(tmp_path, {})
    assert [rule.name for rule in found.rules.rules] == ["a"]
    assert "look" in found.playbooks


@pytest.mark.parametrize("folder", ["rules", "services", "playbooks"])
def test_folders_that_are_linked_are_read(tmp_path: Path, folder: str) -> None:
    """`items.path: team-a/x.yaml` makes a ConfigMap link the folder, not the file."""
    (root := tmp_path / "root").mkdir()
    texts = {
        "rules": "rules: [{name: a}]\n",
        "services": "apiVersion: x\nkind: Component\nmetadata: {name: cart}\n",
        "playbooks": PLAYBOOK,
    }
    written(root, {f"{folder}/..2026_11_21/team-a/x.yaml": texts[folder]})
    (root / folder / "..data").symlink_to("..2026_11_21")
    (root / folder / "team-a").symlink_to("..data/team-a")
    before = look(root)
    found = loaded(root, {})
    assert (
        [rule.name for rule in found.rules.rules] == ["a"],
        set(found.catalog.services) == {"cart"},
        "look" in found.playbooks,
    ).count(True) == 1
    assert found.ruleless == (folder != "rules")
    written(root, {f"{folder}/..2026_11_22/team-a/x.yaml": texts[folder]})
    (root / folder / "..data").unlink()
    (root / folder / "..data").symlink_to("..2026_11_22")
    assert look(root) != before


@pytest.mark.parametrize("folder", ["rules", "services", "playbooks"])
def test_what_stands_where_a_folder_should_is_told(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).write_text("rules: [{name: a}]\n")
    assert problems(tmp_path, {}) == [
        f"{folder}:1:1: is a file; make it a folder, and put the file into {folder}/"
    ]
    (tmp_path / folder).unlink()
    (tmp_path / folder).symlink_to("nowhere")
    assert problems(tmp_path, {}) == [f"{folder}:1:1: is a link to nothing (nowhere); mend it, or remove it"]


def test_links_to_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    for name in ("tocsin.yaml", "rules/team-a", "rules/b.yaml"):
        (tmp_path / name).symlink_to("nowhere")
    assert problems(tmp_path, {}) == [
        f"{name}:1:1: cannot be read: it is a link to nothing (nowhere)"
        for name in ("tocsin.yaml", "rules/b.yaml", "rules/team-a")
    ]


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    rules = "rules: [{name: a}]\n"
    found = loaded(tmp_path, {"rules.yaml": rules, "rule/a.yaml": rules, "rules/A.YAML": rules})
    assert found.ruleless
    assert [str(one) for one in found.doubts] == [
        "rules.yaml:1:1: is not read; what is in rules/ is",
        "rule:1:1: is not read; what is in rules/ is",
        "rules/A.YAML:1:1: is not read; call it A.yaml",
    ]
    written(tmp_path, {"rules/a.yaml": rules})
    assert not loaded(tmp_path, {}).ruleless


def test_other_rules_in_a_configuration(tmp_path: Path) -> None:
    whole = written(
        tmp_path / "whole", {"tocsin.yaml": "zone: Europe/Berlin\n", "rules/a.yaml": "rules: [{name: a}]\n"}
    )
    bare = written(tmp_path / "bare", {"team/b.yaml": "rules: [{name: b}]\n"})

    def found(rules: Path | None, root: Path | None) -> tuple[str, str]:
        configuration = configuration_with(rules, root)
        return configuration.rules.rules[0].name, configuration.installation.zone

    assert found(None, whole) == found(whole, None) == ("a", "Europe/Berlin")
    assert found(bare, whole) == ("b", "Europe/Berlin")
    assert found(bare, None) == ("b", "UTC")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"README.md": "x"}, "holds no rules; name a folder of rules, or one with rules/ or tocsin.yaml"),
        ({"a.yaml": "rules: [{nam: a}]\n"}, "read as rules, is not usable\na.yaml:1:9:"),
        ({"rules": "rules: [{name: a}]\n"}, "is not usable\nrules:1:1: is a file"),
    ],
)
def test_a_folder_that_holds_no_usable_rules(tmp_path: Path, files: dict[str, str | bytes], why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration_with(written(tmp_path, files), None)
    assert why in caught.value.detail


def test_a_process_does_not_start_with_a_problem(tmp_path: Path) -> None:
    written(tmp_path, {"rules/a.yaml": "rules: [{name: A}, {nam: b}]\n"})
    with pytest.raises(ConfigurationError) as caught:
        require_configuration(tmp_path)
    lines = caught.value.detail.splitlines()
    assert lines[0] == "the configuration is not usable"
    assert sum(line.startswith("rules/a.yaml:1:") for line in lines) == 3

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks import loader
from playbooks.kinds import KINDS
from playbooks.loader import InvalidPlaybookError, from_definition, library, load, load_folder
from playbooks.model import Playbook
from tests.playbooks.samples import playbook
from tests.support.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = ", ".join(KINDS)
HEAD = "name: p\ntitle: P\nsteps:\n"
STEP = "steps: [{name: a, kind: approval}]\n"


def said(text: str) -> list[str]:
    loaded = load(text, "p.yaml")
    assert isinstance(loaded, list), "no problem found"
    return [str(problem).split("\n")[0] for problem in loaded]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "p.yaml:1:1: a playbook is a mapping with name, title and steps"),
        ("- a\n", "p.yaml:1:1: a playbook is a mapping with name, title and steps"),
        ("a: [", "p.yaml:1:5: expected the node content, but found '<stream end>'"),
        (f"title: P\n{STEP}", "p.yaml:1:1: name: is missing"),
        (
            f"name: p\ntitel: P\ntitle: P\n{STEP}",
            "p.yaml:2:1: titel: there is no such field (did you mean title?)",
        ),
        (f"name: p\ntitle: 5\n{STEP}", "p.yaml:2:8: title: input should be a valid string"),
        (
            HEAD + "  - name: a\n    kind: metrik\n",
            f"p.yaml:5:11: steps[0].kind: there is no kind metrik; there are {_KINDS} (did you mean metric?)",
        ),
        (
            HEAD + "  - name: a\n    kind: wait\n    params: {durration: 5s, duration: 5s}\n",
            "p.yaml:6:14: steps[0].params.durration: there is no such field (did you mean duration?)",
        ),
        (
            HEAD + "  - {name: a, kind: approval, retry: {attempts: 1, bakoff: 1}}\n",
            "p.yaml:4:52: steps[0].retry.bakoff: there is no such field (did you mean backoff?)",
        ),
        (
            HEAD + "  - {name: a, kind: approval, approval: {promt: x}}\n",
            "p.yaml:4:42: steps[0].approval.promt: there is no such field (did you mean prompt?)",
        ),
        (
            HEAD + "  - {name: a, kind: approval}\n  - {name: a, kind: approval}\n",
            "p.yaml:5:12: steps[1].name: another step is called a already",
        ),
        (
            HEAD + "  - {name: a, kind: approval, when: [{value: 'a b', is: 1}]}\n",
            "p.yaml:4:37: steps[0].when: 'a b' is not a variable such as incident.id or incident.services[0]",
        ),
        (
            HEAD + "  - {name: a, kind: approval, when: [{value: a, is: 1, in: [2]}]}\n",
            "p.yaml:4:38: steps[0].when[0]: needs exactly one of is, is_not, in, above, below, exists",
        ),
    ],
)
def test_a_problem_names_file_line_column_path_and_what_was_meant(text: str, expected: str) -> None:
    assert said(text) == [expected]


def test_all_problems_are_told_at_once() -> None:
    text = HEAD + "  - {name: a, kind: x}\n  - {name: b, kind: wait}\n  - {name: b, kind: note}\n"
    assert len(said(text)) == 4


def test_a_definition_is_pinned_by_its_hash_and_reads_back_the_same() -> None:
    text = 'name: p\ntitle: "caf\u00e9 \U0001f514 \u2028"\nsteps:\n  - {name: a, kind: approval}\n'
    first = playbook(text)
    assert from_definition(first.definition) == first
    reordered = playbook("# the same\nsteps: [{kind: approval, name: a}]\n" + text.split("steps", 1)[0])
    assert reordered.hash == first.hash
    assert playbook(text.replace("a,", "b,")).hash != first.hash


@pytest.mark.parametrize("definition", [b"{", b"\xff", b"[]", b'{"name": "p"}'])
def test_a_definition_that_is_none_is_refused(definition: bytes) -> None:
    with pytest.raises(InvalidPlaybookError):
        from_definition(definition)


def test_a_folder_gives_its_good_playbooks_and_the_problems_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.yaml").write_text(f"name: one\ntitle: One\n{STEP}")
    (tmp_path / "b.yml").write_text(f"name: one\ntitle: Again\n{STEP}")
    (tmp_path / "sub" / "c.yaml").write_text("name: [")
    (tmp_path / "d.yaml").mkdir()
    (tmp_path / "e.txt").write_text("not looked at")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "f.yaml").write_text("name: [")
    found = load_folder(tmp_path)
    assert [p.title for p in found.playbooks.values()] == ["One"]
    assert [(p.file, p.message.split(":")[0]) for p in found.problems] == [
        ("b.yml", "another file has a playbook called one already"),
        ("d.yaml", "cannot be read"),
        ("sub/c.yaml", "expected the node content, but found '<stream end>'"),
    ]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert load_folder(tmp_path / "none") == loader.Folder()


def test_the_shipped_playbooks_are_good() -> None:
    assert "first-look" in library()


def test_a_broken_library_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "x.yaml").write_text("name: [")
    monkeypatch.setattr(loader, "files", lambda _: tmp_path)
    with pytest.raises(InvalidPlaybookError, match=r"x\.yaml:1:8"):
        library()


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("{{ incident.id }}"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
FIELDS = ["kind", "params", "approval", "when", "retry", "timeout", "on_failure", "idempotent", "title"]


@settings(max_examples=examples(150), deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4), st.sampled_from(sorted(KINDS)))
def test_any_step_is_loaded_or_is_a_problem(step: dict[str, Any], kind: str) -> None:
    document = {"name": "p", "title": "P", "steps": [{"name": "a", "kind": kind, **step}]}
    loaded = load(yaml.safe_dump(document, allow_unicode=True), "f.yaml")
    assert isinstance(loaded, Playbook) or all(str(problem) for problem in loaded)


@given(st.text())
def test_any_text_is_loaded_or_is_a_problem(text: str) -> None:
    assert isinstance(load(text, "f.yaml"), Playbook | list)

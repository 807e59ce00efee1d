"""What is not wrong, and yet probably not meant: said at its place, and the folder is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.folders import loaded

if TYPE_CHECKING:
    from pathlib import Path

FINDABLE = "[U024BE7LH, W012A3CDE, S0614TZR7, '@sre', ada@example.com]"


def doubts(root: Path, files: dict[str, str | bytes]) -> list[str]:
    """What is said of the folder, without the excerpts."""
    return [str(one).partition("\n")[0] for one in loaded(root, files).doubts]


def test_people_whom_nobody_can_be_found_by(tmp_path: Path) -> None:
    service = "apiVersion: v1\nkind: Component\nmetadata:\n  name: web\n  annotations:\n"
    first = f"- name: a\n  match: [a=b]\n  invite: {FINDABLE}\n"
    files: dict[str, str | bytes] = {
        "rules/a.yaml": f"rules:\n{first}- name: b\n  invite: [ada, u024be7lh]",
        "services/a.yaml": service + "    tocsin.dev/responders: grace@example.com, the shop",
    }
    nobody = "is neither a Slack id, an e-mail address nor a @handle; nobody is invited by it"
    assert doubts(tmp_path, files) == [
        f"rules/a.yaml:6:12: rules[1].invite[0]: ada {nobody}",
        f"rules/a.yaml:6:17: rules[1].invite[1]: u024be7lh {nobody}",
        f"services/a.yaml:6:28: metadata.annotations.tocsin.dev/responders: the shop {nobody}",
    ]


def test_channels_that_are_none(tmp_path: Path) -> None:
    rules = "rules: [{name: a, announce: ['#shop', shop, C024BE91L, '#the shop', '@ada']}]"
    assert doubts(tmp_path, {"rules/a.yaml": rules}) == [
        "rules/a.yaml:1:56: rules[0].announce[3]: #the shop is neither a channel's name nor its id",
        "rules/a.yaml:1:69: rules[0].announce[4]: @ada is neither a channel's name nor its id",
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        ("", "match: [a=b]", True),
        ("match: [a=b]", "match: [c=d, a=b]", True),
        ("match: [a=b, c=d]", "match: [c=d, a=b, e=f]", True),
        ("match: ['a=~\"b.*\"']", "match: ['a=~\"b.*\"']", True),
        ("action: suppress, match: [a=b]", "match: [a=b]", True),
        ("match: [a=b, c=d]", "match: [a=b]", False),
        ("match: [a=b]", "match: [a=c]", False),
        ("match: [a=b]", "", False),
        ("when: 'true'", "match: [a=b]", False),
        ("active: [{days: [mon]}]", "match: [a=b]", False),
    ],
)
def test_a_rule_that_no_alert_comes_to(tmp_path: Path, earlier: str, later: str, hidden: bool) -> None:
    rules = {"a": earlier, "b": later}
    files: dict[str, str | bytes] = {
        f"rules/{name}.yaml": f"rules: [{{name: {name}, {rest}}}]" for name, rest in rules.items()
    }
    said = ["rules/b.yaml:1:16: rules[0].name: no alert comes to it: a, before it, takes all that it matches"]
    assert doubts(tmp_path, files) == (said if hidden else [])


def test_the_first_of_several_that_hide_a_rule_is_named(tmp_path: Path) -> None:
    rules = "rules: [{name: a}, {name: b}, {name: c, match: [a=b]}]"
    assert [one.rpartition(": ")[2] for one in doubts(tmp_path, {"rules/a.yaml": rules})] == [
        "a, before it, takes all that it matches"
    ] * 2


@pytest.mark.parametrize(
    ("where", "text", "place"),
    [
        ("rules", "match: [%s]", "match[0]"),
        ("maintenance", "match: [%s], active: [{days: [mon]}]", "match[0]"),
        ("inhibit", "source_match: [a=b, %s], target_match: [a=b]", "source_match[1]"),
        ("inhibit", "source_match: [a=b], target_match: [%s]", "target_match[0]"),
    ],
)
def test_quotes_that_are_part_of_a_value(tmp_path: Path, where: str, text: str, place: str) -> None:
    for quoted in ("\"team='pay'\"", "'team=`pay`'"):
        (said,) = doubts(tmp_path, {"rules/a.yaml": f"{where}: [{{name: a, {text % quoted}}}]"})
        assert f"{where}[0].{place}: the quotes {quoted[6]} are part of the value" in said
        assert said.endswith('(did you mean team="pay"?)')
    for plain in ("team=pay", 'team="\'"', "'team=\"p''y\"'"):
        assert not doubts(tmp_path, {"rules/a.yaml": f"{where}: [{{name: a, {text % plain}}}]"})

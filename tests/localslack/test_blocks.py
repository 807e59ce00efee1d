"""Block Kit is refused where Slack refuses it, in Slack's words, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localslack.blockkit.payloads import (
    check_attachments,
    check_message_blocks,
    check_metadata,
    check_view,
    text_length,
)
from bot.localslack.errors import SlackError
from tests.localslack.kit import Json, actions, button, modal, mrkdwn, option, plain, section, text_input

LONG = "x" * 20_000


def problems(*blocks: Any) -> list[str]:
    with pytest.raises(SlackError) as caught:
        check_message_blocks(list(blocks))
    assert caught.value.error == "invalid_blocks"
    messages = caught.value.body()["response_metadata"]["messages"]
    assert messages == [f"[ERROR] {problem}" for problem in caught.value.body()["errors"]]
    return list(caught.value.body()["errors"])


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": [option()], **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


IMAGE = {"type": "image", "alt_text": "a", "image_url": "https://example.com/a.png"}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, rich({"type": "text", "text": "b"})]]}
GOOD: list[Json] = [
    section(accessory=button()),
    section(accessory={k: IMAGE[k] for k in IMAGE}),
    {"type": "section", "fields": [mrkdwn("a")] * 10},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("a"), plain("b"), IMAGE]},
    IMAGE,
    actions(button("a", style="primary", value="1"), button("b", url="https://example.com"), select()),
    actions(
        {"type": "overflow", "action_id": "o", "options": [option("1"), option("2")]},
        {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-21"},
        {"type": "timepicker", "action_id": "t", "initial_time": "23:59"},
        {"type": "users_select", "action_id": "u"},
        {"type": "conversations_select", "action_id": "c", "filter": {"include": ["public"]}},
        {"type": "checkboxes", "action_id": "x", "options": [option()]},
    ),
    text_input(),
    {"type": "markdown", "text": "# hi"},
    TABLE,
    rich(
        {"type": "text", "text": "a", "style": {"bold": True}},
        {"type": "link", "url": "https://example.com"},
        {"type": "user", "user_id": "U1"},
        {"type": "emoji", "name": "wave"},
        {"type": "date", "timestamp": 1, "format": "{date}"},
    ),
    {"type": "video", "anything": 1},
    {"type": "file", "external_id": "x", "source": "remote"},
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_accepts(block: Json) -> None:
    (checked,) = check_message_blocks([block])
    assert checked["block_id"]


@pytest.mark.parametrize(
    ("block", "problem", "place"),
    [
        ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/text/text"),
        ({"type": "header", "text": plain("")}, "must be more than 0 characters", "/text/text"),
        ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/text/type"),
        ({"type": "header"}, "missing required field: text", ""),
        ({"type": "section"}, "must define one of: text, fields", ""),
        ({"type": "nonsense"}, "unsupported type: nonsense", "/type"),
        ({"text": "a"}, "missing required field: type", ""),
        ("text", "must be an object", ""),
        (section("x" * 3001), "must be less than 3001 characters", "/text/text"),
        (section(block_id="x" * 256), "must be less than 256 characters", "/block_id"),
        (section(colour=1), "invalid additional property: colour", ""),
        ({"type": "section", "fields": [mrkdwn("a")] * 11}, "no more than 10 items allowed", "/fields"),
        ({"type": "section", "fields": "a"}, "must be an array", "/fields"),
        (section(accessory="a"), "must be an object", "/accessory"),
        (
            {"type": "section", "fields": [mrkdwn("x" * 2001)]},
            "must be less than 2001 characters",
            "/fields/0/text",
        ),
        (actions(*[button(str(n)) for n in range(26)]), "no more than 25 items allowed", "/elements"),
        (actions(), "no less than 1 items allowed", "/elements"),
        (actions(button(text=plain("x" * 76))), "must be less than 76 characters", "/elements/0/text/text"),
        (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
        (actions(button(url="nowhere")), "must be a valid url", "/elements/0/url"),
        (actions(button(style="blue")), "must be a valid enum value", "/elements/0/style"),
        (actions(button("a"), button("a")), "`action_id` a already exists", "/elements/1/action_id"),
        (actions(select(options=[option()] * 101)), "no more than 100 items allowed", "/elements/0/options"),
        (
            actions(select(option_groups=[])),
            "must have exactly one of: options, option_groups",
            "/elements/0",
        ),
        (
            actions(select(placeholder=plain("x" * 151))),
            "must be less than 151 characters",
            "/elements/0/placeholder/text",
        ),
        (actions(select(focus_on_load=1)), "must be a boolean", "/elements/0/focus_on_load"),
        (
            actions({"type": "overflow", "options": [option()]}),
            "no less than 2 items allowed",
            "/elements/0/options",
        ),
        (
            actions({"type": "datepicker", "initial_date": "today"}),
            "must be a date like YYYY-MM-DD",
            "/elements/0/initial_date",
        ),
        (
            actions({"type": "datetimepicker", "initial_date_time": "x"}),
            "must be an integer",
            "/elements/0/initial_date_time",
        ),
        (
            actions({"type": "datetimepicker", "initial_date_time": 1}),
            "must be between 1000000000 and 9999999999",
            "/elements/0/initial_date_time",
        ),
        (
            actions(button(text={"type": "plain_text", "text": 5})),
            "must be a string",
            "/elements/0/text/text",
        ),
        ({"type": "context", "elements": [mrkdwn("a")] * 11}, "no more than 10 items allowed", "/elements"),
        ({"type": "image", "alt_text": "a"}, "must have exactly one of: image_url, slack_file", ""),
        ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters", "/text"),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}] * 21]},
            "no more than 20 items allowed",
            "/rows/0",
        ),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]] * 101},
            "no more than 100 items allowed",
            "/rows",
        ),
        (rich({"type": "text"}), "missing required field: text", "/elements/0/elements/0"),
        (
            {**text_input(), "dispatch_action": True, "element": {"type": "file_input"}},
            "dispatch_action is not supported for this element",
            "/dispatch_action",
        ),
    ],
)
def test_refuses_naming_the_place(block: Any, problem: str, place: str) -> None:
    assert f"{problem} [json-pointer:/blocks/0{place}]" in problems(block)


def test_counts_blocks_and_ids_over_the_whole_message() -> None:
    assert problems(*[section()] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    twice = problems(section(block_id="a"), section(block_id="a"))
    assert twice == ["`block_id` a already exists [json-pointer:/blocks/1/block_id]"]
    assert problems(TABLE, TABLE) == ["only_one_table_allowed [json-pointer:/blocks/1]"]
    half = {"type": "markdown", "text": "x" * 7_000}
    assert "in all" in problems(half, half)[0]


def test_all_text_together_is_bounded() -> None:
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message_blocks([section("x" * 3000)] * 5)
    long_table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 3000}] * 5]}
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message_blocks([long_table])


def test_measures_every_kind_of_text() -> None:
    assert text_length({"type": "context", "elements": [mrkdwn("abc"), plain("d")]}) == 4
    assert text_length(rich({"type": "text", "text": "abc"}, {"type": "emoji", "name": "x"})) == 3
    assert text_length({"type": "section", "fields": [mrkdwn("ab"), mrkdwn("c")]}) == 3
    assert text_length({"type": "divider"}) == 0


def test_blocks_that_are_no_list_have_the_wrong_format() -> None:
    with pytest.raises(SlackError, match="invalid_blocks_format"):
        check_message_blocks({"type": "section"})


def test_ids_are_given_where_there_are_none() -> None:
    first, second, third = check_message_blocks(
        [
            section(accessory={**button(), "action_id": None}),
            section(block_id="b0"),
            actions({**button(), "action_id": None}),
        ]
    )
    assert [b["block_id"] for b in (first, second, third)] == ["b0x", "b0", "b2"]
    assert first["accessory"]["action_id"] == "a0"
    assert third["elements"][0]["action_id"] == "a0"


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        ("x", "must be an object [json-pointer:/view]"),
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=None), "missing required field: submit [json-pointer:/view]"),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (modal(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal({"type": "table", "rows": []}), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        ({"type": "home", "blocks": []}, "must be of type modal [json-pointer:/view/type]"),
    ],
)
def test_refuses_views(view: Any, problem: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_view(view, "modal")
    assert caught.value.error == "invalid_arguments"
    assert problem in caught.value.body()["errors"]


def test_views_have_a_size() -> None:
    fields = [text_input(f"b{n}", initial_value="x" * 3000) for n in range(90)]
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(*fields), "modal")
    assert check_view({"type": "home", "blocks": [section()]}, "home")["blocks"][0]["block_id"] == "b0"


def test_metadata_needs_a_type_and_a_payload() -> None:
    good = {"event_type": "card", "event_payload": {"key": "1"}}
    assert check_metadata(good) == good
    assert check_metadata(None) is None
    assert check_metadata({}) == {}
    for bad, error in (
        ("x", "invalid_metadata_format"),
        ({"event_type": "card"}, "invalid_metadata_schema"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "card", "event_payload": {"x": LONG}}, "metadata_too_large"),
    ):
        with pytest.raises(SlackError, match=error):
            check_metadata(bad)


def test_attachments() -> None:
    (kept,) = check_attachments([{"color": "danger", "blocks": [section()]}])
    assert kept["blocks"][0]["block_id"] == "b0"
    assert check_attachments(None) == ()
    for bad, error in (("x", "invalid_attachments"), ([{}] * 101, "too_many_attachments")):
        with pytest.raises(SlackError, match=error):
            check_attachments(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "fields", "rows", "block_id", "element", "options"]),
            inner,
        )
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["section", "actions", "table", "button", "rich_text"])},
            optional={"elements": inner, "text": inner, "rows": inner, "fields": inner},
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_no_payload_breaks_the_validator(blocks: list[Any]) -> None:
    try:
        checked = check_message_blocks(blocks)
    except SlackError:
        return
    assert len({block["block_id"] for block in checked}) == len(blocks)

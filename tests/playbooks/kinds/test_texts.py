"""The small kinds: message, note, approval, wait."""

from __future__ import annotations

from datetime import timedelta

from playbooks.kinds import approval, message, note, wait
from playbooks.kinds.kind import StepContext
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW

CONTEXT = StepContext("r1:say", NOW, timedelta(seconds=7), "@ann")


async def test_a_message_is_posted_once_for_its_key() -> None:
    toolbox = FakeToolbox()
    for _ in range(2):
        result = await message.run(message.MessageParams(text="hello"), CONTEXT, toolbox)
        assert (result.text, result.data) == ("hello", {"reference": "ts-0"})
    assert toolbox.posted == {"r1:say": "hello"}


async def test_what_a_message_said_is_kept_without_the_marks_of_bold_text() -> None:
    toolbox = FakeToolbox()
    said = "*First look at shop*\n5*3*2, **, a *b c* d, *not\nclosed*"
    result = await message.run(message.MessageParams(text=said), CONTEXT, toolbox)
    assert result.text == "First look at shop\n5*3*2, **, a b c d, *not\nclosed*"
    assert toolbox.posted == {"r1:say": said}


async def test_a_note_is_written_once_for_its_key() -> None:
    toolbox = FakeToolbox()
    result = await note.run(note.NoteParams(text="hello"), CONTEXT, toolbox)
    assert result.text == "hello"
    assert toolbox.noted == {"r1:say": "hello"}


async def test_an_approval_says_who_gave_it() -> None:
    result = await approval.run(approval.ApprovalParams(), CONTEXT, FakeToolbox())
    assert (result.text, result.data) == ("approved by @ann", {"by": "@ann"})


async def test_a_wait_is_the_engines() -> None:
    params = wait.WaitParams(duration=timedelta(minutes=5))
    assert wait.hold(params) == timedelta(minutes=5)
    assert (await wait.run(params, CONTEXT, FakeToolbox())).text == "waited 5 min"

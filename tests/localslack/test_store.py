"""A workspace in a file comes back as it was, also after a process was killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.localslack.ids import counting_ids
from bot.localslack.model import File, View
from bot.localslack.server import start
from bot.localslack.store import Store
from bot.localslack.workspace import Workspace
from tests.localslack.harness import ADA, Clock, Hand, settings
from tests.localslack.kit import section

if TYPE_CHECKING:
    from pathlib import Path

    from bot.localslack.model import Entity


def reopened(path: Path) -> Workspace:
    workspace = Workspace(settings(), Clock(1.0), counting_ids())
    store = Store(path)
    store.open(workspace)
    store.close()
    return workspace


async def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "slack" / "workspace.jsonl"
    running = await start(settings(data_file=path))
    client = AsyncWebClient(token="xoxb-local-bot-token", base_url=running.api_url)
    channel = (await client.conversations_create(name="inc"))["channel"]["id"]
    metadata = {"event_type": "card", "event_payload": {"n": 1}}
    ts = (await client.chat_postMessage(channel=channel, text="x", blocks=[section()], metadata=metadata))[
        "ts"
    ]
    await client.reactions_add(channel=channel, timestamp=ts, name="eyes")
    await client.pins_add(channel=channel, timestamp=ts)
    await client.files_upload_v2(channel=channel, filename="a.bin", content=b"\x00\xff")
    await client.views_publish(user_id=ADA, view={"type": "home", "blocks": []})
    gone = (await client.chat_postMessage(channel=channel, text="y"))["ts"]
    await client.chat_delete(channel=channel, ts=gone)
    before: list[Entity] = list(running.slack.workspace.entities())
    await running.stop()
    again = reopened(path)
    assert list(again.entities()) == before
    assert again.timestamps.next() > gone


def test_a_torn_last_line_is_passed_over(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "workspace.jsonl"
    store = Store(path)
    store.open(workspace)
    workspace.put(File("F1", "a", "a", 1, ADA, 1, content=b"\x00\xff"))
    view = View("V1", "modal", ADA, {"blocks": []}, "h", "V1")
    workspace.put(view)
    store.close()
    workspace.put(File("F2", "late", "late", 1, ADA, 1))
    with path.open("ab") as file:
        file.write(b'{"kind":"message","val')
    again = reopened(path)
    assert again.files["F1"].content == b"\x00\xff"
    assert again.views == {"V1": view}
    assert "F2" not in again.files
    assert path.read_bytes().endswith(b"}\n")


async def test_reset_empties_the_file(tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    running = await start(settings(data_file=path))
    async with Hand.of(running) as hand:
        await hand.post("channels", name="inc")
        await hand.post("reset")
        await hand.post("channels", name="later")
    await running.stop()
    names = [channel.name for channel in reopened(path).channels.values()]
    assert names == ["general", "incidents", "later"]


PROGRAM = """
import asyncio, sys
from pathlib import Path
from bot.localslack.server import start
from bot.localslack.settings import LocalSlackSettings

async def main():
    running = await start(LocalSlackSettings(data_file=Path(sys.argv[1]), rate_limits=False))
    print(running.api_url, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_it_answered(tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    client = AsyncWebClient(token="xoxb-local-bot-token", base_url=url)
    names = [
        (await client.conversations_create(name=f"inc-{number}"))["channel"]["name"] for number in range(20)
    ]
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert [c.name for c in reopened(path).channels.values()][2:] == names


async def test_a_taken_port_is_said() -> None:
    running = await start(settings())
    port = int(running.url.rstrip("/").rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await start(settings(port=port))
    await running.stop()

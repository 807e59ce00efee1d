"""One strike at one named point, on a scene of its own, and the verdict on what is there afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tests.crashes.faults import Course, one_fault
from tests.crashes.fuse import Orders, Point
from tests.crashes.scene import Scene
from tests.crashes.seams import TOO_LATE
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.crashes.fuse import Guard
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

WITHIN_S: Final = 60.0
FAULTS: Final = 3
DONE_BY_ANOTHER: Final = """
    SELECT key FROM outbox WHERE kind = 'slack.open_channel' AND state = 'done' AND attempt > 1
"""


def struck(
    postgres: PostgresServer,
    broker: ApacheKafka,
    role: str,
    point: Point,
    *,
    call: str = "",
    without: Guard | None = None,
) -> list[str]:
    """Let a process die at the point, start it again, and give the violations when all has come to rest."""
    began = datetime.now(UTC)
    faults = [one_fault(began, Course.ENDS, number=number) for number in range(FAULTS)]
    with Scene(postgres, broker, faults) as scene:
        scene.without = without
        scene.send()
        other = "deliver" if role == "consume" else "consume"
        scene.fleet.enlist(role, Orders(point, call=call, without=without))
        scene.fleet.enlist(other, Orders(without=without))
        wait_until(lambda: scene.fleet.struck(role, point), within=WITHIN_S, what=f"{role} is struck")
        scene.come_to_rest(WITHIN_S)
        return scene.judge()


def held_up(postgres: PostgresServer, broker: ApacheKafka, *, without: Guard | None = None) -> list[str]:
    """Hold a worker up while another one does its work; give the violations after it has gone on."""
    with Scene(postgres, broker, [one_fault(datetime.now(UTC))]) as scene:
        scene.without = without
        scene.send()
        go_on = scene.folder / "go-on"
        orders = Orders(Point.LATE_RECORD, call="create_channel", without=without, go_on=str(go_on))
        late = scene.fleet.enlist("deliver", orders)
        scene.fleet.enlist("consume")
        wait_until(
            lambda: scene.fleet.struck("deliver", Point.LATE_RECORD), within=WITHIN_S, what="it is held up"
        )
        scene.fleet.enlist("deliver", Orders(without=without))
        wait_until(lambda: scene.rows(DONE_BY_ANOTHER), within=WITHIN_S, what="another worker does it")
        scene.come_to_rest(WITHIN_S)
        go_on.touch()
        wait_until(lambda: late.says(TOO_LATE), within=WITHIN_S, what="it records too late")
        late.process.stop()
        return scene.judge()

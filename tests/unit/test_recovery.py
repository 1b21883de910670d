"""When the broker surely holds nothing of a unit, and how its management API is read."""

from typing import Any

import pytest

from result_writer.recovery import ON_THE_WAY, drained
from scribeline.contracts import routes
from scribeline.messaging.management import Held, held_of
from scribeline.messaging.topology import RETIRED, topology

NONE = Held(0, 0)
EMPTY = dict.fromkeys((*routes.WORK_QUEUES, *ON_THE_WAY), NONE)


def test_queues_without_any_message_are_drained() -> None:
    assert drained(EMPTY) == frozenset(routes.WORK_QUEUES)


@pytest.mark.parametrize("held", [Held(1, 0), Held(0, 1), None])
@pytest.mark.parametrize("queue", routes.WORK_QUEUES)
def test_a_work_queue_with_a_message_or_that_nobody_knows_of_is_not(queue: str, held: Held | None) -> None:
    seen = EMPTY | {queue: held} if held else {name: EMPTY[name] for name in EMPTY if name != queue}
    assert drained(seen) == frozenset(routes.WORK_QUEUES) - {queue}


@pytest.mark.parametrize("held", [Held(1, 0), Held(0, 1), None])
@pytest.mark.parametrize("queue", ON_THE_WAY)
def test_nothing_is_drained_while_a_message_of_any_unit_may_be_on_its_way(
    queue: str, held: Held | None
) -> None:
    seen = EMPTY | {queue: held} if held else {name: EMPTY[name] for name in EMPTY if name != queue}
    assert drained(seen) == frozenset()


def test_every_queue_that_can_hold_a_unit_or_its_result_is_looked_at() -> None:
    table = topology()
    dead = {
        name for name in map(table.short, (queue.name for queue in table.queues)) if name.endswith(".dead")
    }
    assert set(EMPTY) == {table.short(queue.name) for queue in table.queues} - dead - {
        routes.EVENTS_LOG,
        *routes.EVENT_QUEUES,
    }


def test_what_waits_in_a_queue_of_the_version_before_is_not_lost() -> None:
    [old, *_] = RETIRED
    assert drained(EMPTY | {old: Held(1, 0)}) == frozenset()
    assert drained(EMPTY | {old: NONE}) == frozenset(routes.WORK_QUEUES)
    assert held_of([told(old)], topology()) == {old: Held(2, 3)}


def told(name: Any, ready: Any = 2, unacked: Any = 3) -> dict[str, Any]:
    return {"name": name, "messages_ready": ready, "messages_unacknowledged": unacked}


def test_only_this_installations_queues_are_read() -> None:
    answer = [told("mine.analyzer"), told("analyzer"), told("mine.analyzer.of.others")]
    assert held_of(answer, topology("mine.")) == {"analyzer": Held(2, 3)}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        "x",
        [],
        [None],
        ["analyzer"],
        [{}],
        [{"name": "analyzer"}],
        [told("analyzer", None)],
        [told("analyzer", 1, "2")],
        [told(["analyzer"])],
    ],
)
def test_a_queue_listed_without_numbers_is_one_nobody_knows_of(answer: Any) -> None:
    assert held_of(answer, topology()) == {}

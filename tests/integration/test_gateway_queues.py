"""Queues and dead letters over HTTP, with a real broker: seen without being lost, and tried again."""

from typing import Any
from uuid import UUID

import httpx2
import pytest
from aio_pika import Message
from sqlalchemy import text

from result_writer.handler import Rules, store_results
from scribeline.contracts import routes
from scribeline.contracts.catalogue import REQUESTS
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.routes import CONSUMED
from scribeline.contracts.unit import Stage
from scribeline.messaging.broker import Broker, declare
from scribeline.messaging.codec import ATTEMPT, DIED, REASON, SINCE, buried, message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.storage import keys
from tests.support import births
from tests.support.api import KEY, Api
from tests.support.brokers import take_all
from tests.support.foreign import event
from tests.support.roles import as_writer
from tests.support.servers import Servers
from tests.support.waiting import eventually
from transcriber.recording import is_cancelled

QUEUE = routes.SHORT_QUEUE
DEAD = f"/v1/admin/queues/{QUEUE}/dead"
HEADERS: dict[str, Any] = {
    ATTEMPT: 5,
    REASON: "ValueError: no",
    SINCE: "2026-11-21T10:00:00+00:00",
    DIED: "2026-11-21T12:00:00+00:00",
}


@pytest.fixture
async def desk(api: Api, broker: Broker) -> Api:
    api.broker = broker
    connection = await broker.connect("test")
    await declare(await connection.channel(), broker.topology)
    await connection.close()
    return api


async def bury(publisher: Publisher, letter: Message, queue: str = QUEUE) -> None:
    await publisher.publish(routes.DEAD, queue, letter)


async def dead_command(api: Api, publisher: Publisher, **fields: Any) -> tuple[str, str]:
    """A job whose first unit's command died, and failed it; gives the ids of job and letter."""
    job: str = (await api.send(**fields)).json()["id"]
    async with api.database.transaction() as session:
        rows = await session.run(
            text("DELETE FROM outbox WHERE job = :job RETURNING body"), {"job": UUID(job)}
        )
    [command] = [e for e in (decode(bytes(row.body)) for row in rows) if e.type.endswith("transcribe_short")]
    await bury(publisher, message(command.encode(), str(command.id), dict(HEADERS)))
    await write(api, births.failed(UUID(job), Stage.SHORT))
    return job, str(command.id)


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def asked_of_the_writer(api: Api) -> list[Envelope]:
    async with api.database.transaction() as session:
        rows = (await session.run(text("DELETE FROM outbox RETURNING body"))).all()
    return [e for e in (decode(bytes(row.body)) for row in rows) if type(e.data) in REQUESTS.values()]


async def letters(api: Api, count: int) -> list[dict[str, Any]]:
    """The letters, once there are so many."""

    async def look() -> list[dict[str, Any]] | None:
        async with api.client() as client:
            answer = await client.get(DEAD)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["letters"]
        return found or [{}] if len(found) == count else None

    found = await eventually(look)
    return [] if found == [{}] else found


async def post(api: Api, what: str, **body: Any) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.post(f"{DEAD}/{what}", json=body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_a_dead_letter_tells_what_it_was_and_why_and_is_there_however_often_it_is_looked_at(
    desk: Api, publisher: Publisher
) -> None:
    job, id_ = await dead_command(desk, publisher)
    for _ in range(30):  # more often than a work queue would deliver it
        [letter] = await letters(desk, 1)
    assert letter == {
        "id": id_,
        "reason": "ValueError: no",
        "attempts": 5,
        "redriven": 0,
        "first_failed_at": HEADERS[SINCE],
        "died_at": HEADERS[DIED],
        "type": "scribeline.internal.transcribe_short",
        "tenant": "acme",
        "job": job,
        "unit": {"job": job, "stage": "short", "index": 0, "run": 1},
        "bytes": letter["bytes"],
        "body": None,
    }
    async with desk.client() as client:
        shown = (await client.get(f"{DEAD}/{id_}")).json()
        assert (await client.get(f"{DEAD}/none")).status_code == 404
    assert shown["body"]["data"]["source"]["key"] == f"acme/{job}/source"


async def test_a_redriven_letter_heals_its_job_in_the_next_run(desk: Api, publisher: Publisher) -> None:
    job, id_ = await dead_command(desk, publisher)
    await letters(desk, 1)
    assert await post(desk, "redrive", ids=[id_]) == {"redriven": 1, "discarded": 0, "kept": []}
    assert await letters(desk, 0) == []
    await write(desk, *await asked_of_the_writer(desk))
    async with desk.client() as client:
        healing = (await client.get(f"/v1/jobs/{job}")).json()
    assert (healing["status"], healing["run"], healing["error"]) == ("queued", 2, None)


async def test_letters_are_chosen_by_job_by_tenant_or_all(desk: Api, publisher: Publisher) -> None:
    await desk.add_key("sl_other", tenant="other")
    jobs = [(await dead_command(desk, publisher))[0] for _ in range(3)]
    jobs.append((await dead_command(desk, publisher, key="sl_other"))[0])
    await letters(desk, 4)
    assert (await post(desk, "redrive", job=jobs[1]))["redriven"] == 1
    assert (await post(desk, "redrive", tenant="other"))["redriven"] == 1
    assert {letter["job"] for letter in await letters(desk, 2)} == {jobs[0], jobs[2]}
    assert (await post(desk, "redrive", all=True))["redriven"] == 2
    assert {str(asked.subject) for asked in await asked_of_the_writer(desk)} == set(jobs)


async def test_a_letter_stays_while_its_job_is_under_way_and_goes_when_there_is_nothing_to_repair(
    desk: Api, publisher: Publisher
) -> None:
    _, id_ = await dead_command(desk, publisher)
    await letters(desk, 1)
    async with desk.database.transaction() as session:
        await session.run(text("UPDATE job SET status = 'transcribing'"))
    done = await post(desk, "redrive", all=True)
    assert (done["redriven"], done["kept"]) == (0, [{"id": id_, "reason": "Its job is still under way."}])
    await letters(desk, 1)
    async with desk.database.transaction() as session:
        await session.run(text("UPDATE job SET status = 'failed', run = 2"))
    assert (await post(desk, "redrive", all=True)) == {"redriven": 0, "discarded": 1, "kept": []}
    assert await letters(desk, 0) == []
    assert await asked_of_the_writer(desk) == []


async def test_what_names_no_unit_is_sent_again_as_it_was_but_for_its_history(
    desk: Api, publisher: Publisher, broker: Broker
) -> None:
    foreign = Message(b'{"hello": 1}', message_id="theirs", headers={**HEADERS, "x-death": "forged"})
    await bury(publisher, foreign)
    [letter] = await letters(desk, 1)
    assert (letter["type"], letter["job"], letter["unit"]) == (None, None, None)
    assert (await post(desk, "redrive", ids=["theirs"]))["redriven"] == 1
    connection = await broker.connect("test")
    queue = await (await connection.channel()).get_queue(broker.topology.name(QUEUE), ensure=False)
    again = await queue.get(no_ack=True)
    assert again is not None
    assert (again.body, again.message_id) == (foreign.body, "theirs")
    assert {name for name in again.headers if name != "x-delivery-count"} == {"x-redrive"}
    await connection.close()


@pytest.mark.parametrize("queue", routes.EVENT_QUEUES)
async def test_an_event_that_died_at_the_notifier_is_sent_to_it_again_or_discarded(
    queue: str, desk: Api, publisher: Publisher, broker: Broker
) -> None:
    told = [event(number) for number in (1, 2)]
    for each in told:
        await bury(publisher, message(each.encode(), str(each.id), dict(HEADERS)), queue)
    path = f"/v1/admin/queues/{queue}/dead"

    async def both() -> Any:
        found = (await client.get(path)).json()["letters"]
        return found if len(found) == 2 else None

    async with desk.client() as client:
        letters = await eventually(both)
        assert {(each["type"], each["job"], each["unit"]) for each in letters} == {
            ("job.accepted", str(each.subject), None) for each in told
        }
        sent = await client.post(f"{path}/redrive", json={"ids": [str(told[0].id)]})
        gone = await client.post(f"{path}/discard", json={"ids": [str(told[1].id)]})
        assert sent.json() == {"redriven": 1, "discarded": 0, "kept": []}
        assert gone.json() == {"redriven": 0, "discarded": 1, "kept": []}
    [again] = await take_all(broker, queue)
    assert (again.body, again.message_id) == (told[0].encode(), str(told[0].id))
    assert await take_all(broker, dead_queue(queue)) == []
    assert await take_all(broker, routes.DEATHS_QUEUE) == []


async def test_letters_that_die_again_at_once_are_not_sent_for_ever(
    desk: Api, publisher: Publisher, broker: Broker
) -> None:
    for number in range(3):
        await bury(publisher, Message(b"nonsense %d" % number, headers={**HEADERS, "x-redrive": 7}))
    assert {letter["redriven"] for letter in await letters(desk, 3)} == {7}

    async def die(delivery: Any) -> None:
        await publisher.publish(routes.DEAD, QUEUE, buried(delivery, "unreadable"))
        await delivery.ack()

    connection = await broker.connect("test")
    queue = await (await connection.channel()).get_queue(broker.topology.name(QUEUE), ensure=False)
    await queue.consume(die)
    assert (await post(desk, "redrive", all=True))["redriven"] == 3
    found = await letters(desk, 3)
    assert {letter["redriven"] for letter in found} == {8}
    assert len({letter["id"] for letter in found}) == 3
    await connection.close()


async def test_the_marker_of_a_cancel_that_came_too_late_does_not_cancel_the_next_run(
    desk: Api, publisher: Publisher
) -> None:
    job, id_ = await dead_command(desk, publisher)
    await letters(desk, 1)
    folder = keys.prefix("acme", UUID(job))
    await desk.store.put(keys.cancelled(folder, 1), b"")
    assert await post(desk, "redrive", ids=[id_]) == {"redriven": 1, "discarded": 0, "kept": []}
    assert await is_cancelled(folder, 1, desk.store)
    assert not await is_cancelled(folder, 2, desk.store)


async def test_a_discarded_letter_is_gone_and_its_unit_stays_failed(desk: Api, publisher: Publisher) -> None:
    job, id_ = await dead_command(desk, publisher)
    other, _ = await dead_command(desk, publisher)
    await letters(desk, 2)
    assert await post(desk, "discard", ids=[id_]) == {"redriven": 0, "discarded": 1, "kept": []}
    assert [letter["job"] for letter in await letters(desk, 1)] == [other]
    async with desk.client() as client:
        assert (await client.get(f"/v1/jobs/{job}")).json()["status"] == "failed"
    assert await asked_of_the_writer(desk) == []


async def test_the_list_of_queues_tells_what_waits_where(desk: Api, publisher: Publisher) -> None:
    await dead_command(desk, publisher)
    await desk.send()
    await letters(desk, 1)
    async with desk.client() as client:
        queues = {q["name"]: q for q in (await client.get("/v1/admin/queues")).json()["queues"]}
    assert set(queues) == set(CONSUMED)
    short = queues[QUEUE]
    assert (short["ready"], short["unacked"], short["consumers"], short["dead"]) == (0, None, 0, 1)
    assert (short["waiting"], short["released"]) == (0, 1)
    assert short["oldest_seconds"] >= 0


@pytest.mark.parametrize(
    "body", [{}, {"all": True, "ids": ["x"]}, {"all": False}, {"some": 1}, {"job": "no uuid"}, {"ids": "x"}]
)
async def test_a_choice_that_is_none_is_refused(desk: Api, body: dict[str, Any]) -> None:
    async with desk.client() as client:
        answer = await client.post(f"{DEAD}/redrive", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")


async def test_only_operators_and_only_our_queues(desk: Api) -> None:
    await desk.add_key("sl_user", scopes=["jobs:read", "jobs:write"])
    async with desk.client("sl_user") as client:
        paths = ["/v1/admin/queues", DEAD, f"{DEAD}/x"]
        assert [(await client.get(path)).status_code for path in paths] == [403] * 3
        assert (await client.post(f"{DEAD}/redrive", json={"all": True})).status_code == 403
    async with desk.client() as client:
        assert (await client.get("/v1/admin/queues/amq.topic/dead")).status_code == 404


async def test_a_broker_that_is_away_is_a_503_with_its_code(api: Api) -> None:
    async with api.client() as client:
        answer = await client.get(DEAD)
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")


async def test_an_operator_resumes_one_job_or_all_that_are_under_way(desk: Api) -> None:
    jobs = [(await desk.send()).json()["id"] for _ in range(3)]
    async with desk.client() as client:
        one = await client.post("/v1/admin/resume", json={"job": jobs[1]})
        assert (one.status_code, one.json()) == (202, {"jobs": 1})
        assert [str(asked.subject) for asked in await asked_of_the_writer(desk)] == [jobs[1]]
        assert (await client.post("/v1/admin/resume", json={"all": True})).json() == {"jobs": 3}
        refused = await client.post("/v1/admin/resume", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")


async def queue_of(api: Api, name: str) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.get("/v1/admin/queues")
    assert answer.status_code == 200, answer.text
    [found] = [queue for queue in answer.json()["queues"] if queue["name"] == name]
    return dict(found)


async def change(api: Api, name: str, what: str) -> httpx2.Response:
    async with api.client() as client:
        return await client.post(f"/v1/admin/queues/{name}/{what}")


async def test_a_paused_queue_is_sent_nothing_and_uploads_go_on(desk: Api) -> None:
    assert (await desk.send()).status_code == 202
    paused = await change(desk, QUEUE, "pause")
    assert (await change(desk, QUEUE, "pause")).json() == paused.json()

    answers = [await desk.send() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    seen = await queue_of(desk, QUEUE)
    assert (seen["released"], seen["waiting"]) == (1, 3)
    assert seen["paused_at"] == paused.json()["paused_at"] is not None
    assert (await queue_of(desk, routes.ANALYZER_QUEUE))["paused_at"] is None


async def test_a_resumed_queue_is_sent_what_waited_of_every_tenant(desk: Api) -> None:
    await desk.add_key("sl_other", tenant="other")
    await change(desk, QUEUE, "pause")
    for key in (KEY, "sl_other"):
        await desk.send(key=key)
    wakes = desk.wakes

    resumed = await change(desk, QUEUE, "resume")
    again = await change(desk, QUEUE, "resume")

    assert resumed.json() == again.json() == {"name": QUEUE, "paused_at": None}
    seen = await queue_of(desk, QUEUE)
    assert (seen["released"], seen["waiting"], seen["paused_at"]) == (2, 0, None)
    assert desk.wakes > wakes


async def test_results_and_events_cannot_be_paused_nor_can_what_is_no_queue(desk: Api) -> None:
    for what in ("pause", "resume"):
        for queue in (routes.RESULTS_QUEUE, *routes.EVENT_QUEUES):
            refused = await change(desk, queue, what)
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
            assert "transcriber.short" in refused.json()["detail"]
        assert (await change(desk, "none", what)).status_code == 404
        await desk.add_key("sl_user", scopes=["jobs:write"])
        async with desk.client("sl_user") as client:
            answer = await client.post(f"/v1/admin/queues/{QUEUE}/{what}")
        assert answer.status_code == 403


async def test_what_consumers_have_in_hand_is_null_with_a_reason_or_what_the_management_api_tells(
    desk: Api, publisher: Publisher, servers: Servers
) -> None:
    seen = await queue_of(desk, QUEUE)
    assert (seen["unacked"], "SCRIBELINE_AMQP_MANAGEMENT_URL" in seen["unacked_reason"]) == (None, True)
    desk.management_url = "http://u:p@127.0.0.1:9"
    seen = await queue_of(desk, QUEUE)
    assert (seen["unacked"], "management API" in seen["unacked_reason"]) == (None, True)
    if not servers.management_url:
        pytest.skip("the given broker has no management API")
    desk.management_url = servers.management_url
    for n in range(2):
        await publisher.publish("", QUEUE, message(b"{}", str(n)))
    connection = await desk.broker.connect("a slow worker")
    channel = await connection.channel()
    await (await channel.get_queue(desk.broker.topology.name(QUEUE), ensure=False)).get(fail=False)

    async def told() -> bool:
        seen = await queue_of(desk, QUEUE)
        return (seen["unacked"], seen["unacked_reason"], seen["ready"]) == (1, None, 1)

    await eventually(told, within=60)
    await connection.close()

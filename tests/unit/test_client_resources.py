"""The client library against the gateway's own application, with a database and a store of dictionaries."""

from typing import Any

import httpx2
import pytest

from gateway.auth import Scope
from gateway.records import Words as StoredWords
from scribeline.client import AsyncScribeline, NotAllowed, NotFound, NotReady, Refused
from scribeline.contracts.analysis import Analysis, Coverage
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.rules import ActionItemRule, TenantRules
from tests.support.gateway import Desk, job_row, segment_row, settings


@pytest.fixture
def desk() -> Desk:
    return Desk(settings())


@pytest.fixture
def client(desk: Desk) -> AsyncScribeline:
    desk.key("sl_test", scopes=list(Scope))
    return AsyncScribeline("http://g", "sl_test", transport=httpx2.ASGITransport(desk.app))


def done(desk: Desk) -> Any:
    stages = [
        StageView(name=name, status=StageStatus.COMPLETED).model_dump(mode="json")
        for name in ("transcription", "analysis")
    ]
    return desk.records.add(job_row(status=JobStatus.COMPLETED, stages=stages, duration=2.0, language="en"))


async def test_results_of_a_job(desk: Desk, client: AsyncScribeline) -> None:
    row = done(desk)
    said = [segment_row(0, "And so"), segment_row(1, "ask not")]
    desk.records.words_of[row.id] = StoredWords(said, [], 1.0)
    desk.records.analyses[row.id] = Analysis(
        summary="A call.",
        coverage=Coverage(segments_total=2, segments_read=2),
        engine="extractive",
        model="rules",
    )
    job = await client.jobs.get(row.id)
    transcript = await client.jobs.transcript(job)
    assert transcript.text == "And so ask not"
    assert [segment.text for segment in transcript.segments] == ["And so", "ask not"]
    srt = await client.jobs.transcript_as(str(row.id), "srt", max_chars_per_line=42, max_lines=2)
    assert srt.startswith("1\n00:00:00,000 --> ")
    assert (await client.jobs.analysis(job)).summary == "A call."
    assert [found.id async for found in client.jobs.list()] == [row.id]


async def test_what_is_not_there_yet_says_when_to_come_back(desk: Desk, client: AsyncScribeline) -> None:
    row = desk.records.add(job_row())
    with pytest.raises(NotReady) as caught:
        await client.jobs.transcript(row.id)
    assert caught.value.retry_after
    assert caught.value.retryable
    assert (await client.jobs.transcript(row.id, partial=True)).complete is False


async def test_jobs_are_cancelled_tried_again_and_deleted(desk: Desk, client: AsyncScribeline) -> None:
    row = desk.records.add(job_row())
    assert (await client.jobs.cancel(row.id)).id == row.id
    with pytest.raises(Refused, match="nothing_failed"):
        await client.jobs.retry(row.id)
    await client.jobs.delete(row.id)
    with pytest.raises(NotFound):
        await client.jobs.get(row.id)


async def test_a_run_of_a_job_is_read_by_its_number(desk: Desk, client: AsyncScribeline) -> None:
    row = done(desk)
    desk.records.words_of[row.id] = StoredWords([segment_row(0, "And so")], [], 1.0)
    assert (await client.jobs.get(row.id, run=1)).links.transcript == f"/v1/jobs/{row.id}/transcript?run=1"
    assert (await client.jobs.transcript(row.id, run=1)).text == "And so"
    assert await client.jobs.transcript_as(row.id, "txt", run=1) == "And so\n"
    for read in (client.jobs.get, client.jobs.transcript, client.jobs.analysis):
        with pytest.raises(NotFound, match="has had one run"):
            await read(row.id, run=2)


async def test_what_is_under_way_is_not_run_again(desk: Desk, client: AsyncScribeline) -> None:
    row = desk.records.add(job_row())
    with pytest.raises(Refused, match="job_running"):
        await client.jobs.rerun(row.id, stage="transcription", language="de", model=None)
    with pytest.raises(Refused, match="language"):
        await client.jobs.rerun(row.id, stage="analysis", language=None)


async def test_templates_rules_and_models(client: AsyncScribeline) -> None:
    made = await client.templates.put("risks", prompt="Which risks?", description="Risks")
    assert (made.name, made.prompt, made.built_in) == ("risks", "Which risks?", False)
    assert (await client.templates.get("risks")).description == "Risks"
    assert "risks" in [template.name for template in (await client.templates.list()).templates]
    await client.templates.delete("risks")
    with pytest.raises(NotFound):
        await client.templates.get("risks")

    rules = TenantRules(action_item_found=ActionItemRule(owners=("Ann",)))
    await client.rules.put(rules)
    told = await client.rules.get()
    assert told.action_item_found is not None
    assert told.action_item_found.owners == ("Ann",)

    default = (await client.models.list()).data[0]
    assert default.default
    assert (await client.models.get(default.id)).id == default.id


async def test_what_an_operator_does(desk: Desk, client: AsyncScribeline) -> None:
    made = await client.keys.create("ci", scopes=["jobs:read"], tenant="acme")
    assert made.scopes == [Scope.JOBS_READ]
    narrow = AsyncScribeline("http://g", made.key, transport=httpx2.ASGITransport(desk.app))
    with pytest.raises(NotAllowed):
        await narrow.keys.list()
    await client.keys.revoke(made.id)
    revoked = {key.id: key.revoked_at for key in (await client.keys.list(tenant="acme")).keys}
    assert revoked[made.id] is not None

    assert (await client.queues.pause("analyzer")).paused_at is not None
    assert (await client.queues.resume("analyzer")).paused_at is None
    assert "analyzer" in [queue.name for queue in (await client.queues.list()).queues]
    assert (await client.queues.dead("analyzer")).letters == []
    assert (await client.queues.redrive("analyzer", all=True)).redriven == 0
    assert (await client.queues.discard("analyzer", ["m1"])).discarded == 0
    with pytest.raises(NotFound):
        await client.queues.letter("analyzer", "m1")
    assert (await client.admin.status()).checks.database.status == "ok"
    assert (await client.admin.resume()).jobs == 0

"""What the writer makes of analyses: commands, merges in levels, and events by the tenant's rules."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from scribeline.contracts.analysis import (
    ActionItem,
    Analysis,
    AnalyzePart,
    Brief,
    Coverage,
    Evidence,
    MergeAnalysis,
    Sentiment,
    SentimentLabel,
)
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import ActionItemFound, JobStatus, SentimentNegative
from scribeline.contracts.rules import ActionItemRule, NegativeSentimentRule, TenantRules
from scribeline.contracts.unit import Stage
from scribeline.storage import results
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, TenantRow, UnitRow
from tests.support.births import analyzed, born, chunk, failed, merged, planned, short
from tests.support.outboxes import announced
from tests.support.roles import as_writer

ONE_LINE_A_PART = Rules(window=100, part_tokens=1)
SAID = Evidence(segment=0, start=1.0, quote="I will send it")


async def write(database: Database, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(database), rules=ONE_LINE_A_PART, committed=lambda: None)


async def commands(database: Database, job: UUID, stage: Stage) -> list[UnitRow]:
    async with database.transaction() as session:
        found = select(UnitRow).where(UnitRow.job == job, UnitRow.stage == stage).order_by(col(UnitRow.index))
        return list((await session.exec(found)).all())


async def merges(database: Database, job: UUID) -> list[MergeAnalysis]:
    return [MergeAnalysis.model_validate(row.command) for row in await commands(database, job, Stage.MERGE)]


async def transcribed(database: Database, parts: int) -> JobRow:
    """A job with so many parts to analyze."""
    job = await born(database)
    await write(database, planned(job.id, parts))
    await write(database, *[chunk(job.id, n, f"Line {n}.") for n in range(parts)])
    return job


async def row_of(database: Database, id_: UUID) -> JobRow:
    async with database.transaction() as session:
        return (await session.exec(select(JobRow).where(col(JobRow.id) == id_))).one()


async def summary_of(database: Database, job: UUID) -> str | None:
    async with database.transaction() as session:
        final = await results.final_analysis(session, job, 1)
    return final.summary if final else None


async def test_many_parts_are_merged_level_by_level_and_only_the_last_one_is_the_whole(
    database: Database,
) -> None:
    job = await transcribed(database, 12)
    await write(database, *[analyzed(job.id, n) for n in range(12)])
    first = await merges(database, job.id)
    assert [len(merge.analyses) for merge in first] == [4, 4, 4]
    assert [merge.lines_total for merge in first] == [None] * 3
    await write(database, *[merged(job.id, n, f"Group {n}.") for n in (2, 0, 1)])
    last = (await merges(database, job.id))[3]
    assert [analysis.summary for analysis in last.analyses] == ["Group 0.", "Group 1.", "Group 2."]
    assert last.lines_total == 12
    assert (await row_of(database, job.id)).status == JobStatus.ANALYZING
    assert await summary_of(database, job.id) is None
    await write(database, merged(job.id, 3, "All of it."))
    assert (await row_of(database, job.id)).status == JobStatus.COMPLETED
    assert await summary_of(database, job.id) == "All of it."


async def test_a_part_that_failed_is_a_shortfall_that_only_the_last_merge_is_told_of(
    database: Database,
) -> None:
    job = await transcribed(database, 7)
    await write(
        database, *[analyzed(job.id, n) for n in range(7) if n != 3], failed(job.id, Stage.ANALYZE, 3)
    )
    assert [len(merge.analyses) for merge in await merges(database, job.id)] == [3, 3]
    await write(database, merged(job.id, 0), merged(job.id, 1))
    assert (await merges(database, job.id))[2].lines_total == 7
    await write(database, merged(job.id, 2))
    assert (await row_of(database, job.id)).stages[1]["status"] == "completed"


async def test_what_a_failed_merge_was_to_unite_goes_one_level_up_as_it_is(database: Database) -> None:
    job = await transcribed(database, 6)
    await write(database, *[analyzed(job.id, n) for n in range(6)])
    await write(database, merged(job.id, 0, "Group 0."), failed(job.id, Stage.MERGE, 1))
    last = (await merges(database, job.id))[2]
    assert [a.summary for a in last.analyses] == ["Group 0.", "Part 3.", "Part 4.", "Part 5."]


async def test_when_the_last_merge_fails_its_error_is_the_analysis_error(database: Database) -> None:
    job = await transcribed(database, 3)
    await write(database, *[analyzed(job.id, n) for n in range(2)], failed(job.id, Stage.ANALYZE, 2))
    await write(database, failed(job.id, Stage.MERGE))
    after = await row_of(database, job.id)
    assert (after.status, after.stages[1]["status"]) == (JobStatus.COMPLETED, "failed")
    assert after.stages[1]["error"]["stage"] == "merge"


async def test_a_part_is_told_when_the_recording_was_made_what_is_asked_and_whether_it_has_chapters(
    database: Database,
) -> None:
    schema = {"type": "object", "properties": {"risk": {"type": "string"}, "by": {"type": "string"}}}
    brief = Brief(template="meeting", prompt="Who promised what?", answer_schema=schema)
    when = datetime.fromisoformat("2026-11-20T00:30:00+02:00")
    long = await born(database, brief=brief, recorded_at=when)
    await write(database, planned(long.id, 21))
    await write(database, *[chunk(long.id, n, "x") for n in range(21)])
    part = AnalyzePart.model_validate((await commands(database, long.id, Stage.ANALYZE))[0].command)
    assert (part.brief, str(part.recorded_at), part.chapters) == (brief, "2026-11-20 00:30:00+02:00", True)
    # Equal dictionaries may differ in their order.
    assert part.brief
    assert part.brief.answer_schema
    assert list(part.brief.answer_schema["properties"]) == ["risk", "by"]
    await write(database, *[analyzed(long.id, n) for n in range(21)])
    assert (await merges(database, long.id))[0].brief == brief
    brief_one = await born(database, Stage.SHORT)
    await write(database, short(brief_one.id, "x"))
    part = AnalyzePart.model_validate((await commands(database, brief_one.id, Stage.ANALYZE))[0].command)
    assert (part.brief, part.recorded_at, part.chapters) == (None, None, False)


async def test_the_transcripts_confidence_is_that_of_its_segments(database: Database) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    await write(database, short(job.id, "Hello.", "World."))
    assert (await row_of(database, job.id)).confidence == 0.9
    silent = await born(database, analyze=False)
    await write(database, planned(silent.id, 0))
    assert (await row_of(database, silent.id)).confidence is None


def report(score: float) -> Analysis:
    return Analysis(
        action_items=(
            ActionItem(task="Send it", owner="Ana", evidence=SAID),
            ActionItem(task="Read it", owner="Ben", evidence=SAID),
            ActionItem(task="Keep it", evidence=SAID),
        ),
        sentiment=Sentiment(label=SentimentLabel.NEGATIVE, score=score, evidence=SAID),
        coverage=Coverage(segments_total=1, segments_read=1),
        engine="extractive",
        model="test",
    )


async def told(database: Database, rules: TenantRules, score: float = -0.5) -> list[Envelope]:
    """The events that a report gives under these rules."""
    job = await born(database, Stage.SHORT)
    async with database.transaction() as session:
        tenant = (await session.exec(select(TenantRow).where(TenantRow.name == job.tenant))).one()
        tenant.rules = rules.model_dump(mode="json")
    await write(database, short(job.id, "I will send it."))
    for _ in range(2):
        await write(database, analyzed(job.id, 0, report(score)))
    heard = await announced(database)
    return [event for event in heard if isinstance(event.data, ActionItemFound | SentimentNegative)]


async def test_a_tenant_without_rules_hears_only_the_report(database: Database) -> None:
    assert await told(database, TenantRules()) == []


async def test_each_action_item_is_an_event_of_its_own_where_the_tenant_wants_it(database: Database) -> None:
    heard = await told(database, TenantRules(action_item_found=ActionItemRule()))
    assert [event.data.item.task for event in heard] == ["Send it", "Read it", "Keep it"]  # type: ignore[attr-defined]
    assert len({event.id for event in heard}) == 3
    assert {event.type for event in heard} == {"analysis.action_item_found"}


async def test_a_rule_can_ask_for_some_owners_items_only(database: Database) -> None:
    heard = await told(database, TenantRules(action_item_found=ActionItemRule(owners=("ANA", "Zoe"))))
    assert [event.data.number for event in heard] == [0]  # type: ignore[attr-defined]


async def test_a_negative_recording_is_told_of_from_the_rules_score_on(database: Database) -> None:
    rules = TenantRules(sentiment_negative=NegativeSentimentRule(at_most=-0.4))
    (event,) = await told(database, rules, -0.4)
    assert event.type == "analysis.sentiment_negative"
    assert await told(database, rules, -0.39) == [event], "the milder one adds none"

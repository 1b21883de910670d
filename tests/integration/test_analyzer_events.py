"""What became of a language model's answer, as those who asked for it read it in the end."""

from uuid import UUID

import pytest

from analyzer.handler import handle
from analyzer.llm import Llm
from analyzer.main import engine_of
from result_writer.handler import Rules, store_results
from scribeline.contracts.analysis import AnalyzePart, Brief
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import Fail
from scribeline.contracts.job import AnalysisCompleted, AnalysisFailed
from scribeline.contracts.unit import Error, Outcome, Stage, UnitFailed
from scribeline.storage.database import Database
from tests.support.analyses import DECISIONS, MEETING, part_of, settings_for
from tests.support.births import born, message, short, unit
from tests.support.ollama import FakeOllama, Mode
from tests.support.outboxes import announced
from tests.support.roles import as_writer


async def outcome(server: FakeOllama, job: UUID, brief: Brief | None) -> Outcome:
    """What the analyzer's worker would publish."""
    settings = settings_for(server.url)
    part: AnalyzePart = part_of(MEETING, brief=brief).model_copy(update={"unit": unit(job, Stage.ANALYZE)})
    try:
        return await handle(part, engine=engine_of(settings, Llm(settings)))
    except Fail as failure:
        return UnitFailed(unit=part.unit, error=Error.of(failure.code, failure.message, Stage.ANALYZE))


async def events(database: Database, mode: Mode, brief: Brief | None) -> list[Envelope]:
    """Of a job whose analysis was made by such a server; its result travelled as bytes."""
    job = await born(database, Stage.SHORT)
    with FakeOllama(mode) as server:
        made = message(await outcome(server, job.id, brief))
    for each in (short(job.id, *MEETING), decode(made.encode())):
        await store_results(
            [each], database=as_writer(database), rules=Rules(window=100), committed=lambda: None
        )
    return await announced(database)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.GARBAGE, "Invalid JSON"),
        (Mode.DIGITS, "is too large"),
        (Mode.TWICE, "has the name 'line' twice"),
        (Mode.WRONG_TYPE, "/decisions/0/line: 'ten' is not of type 'integer'"),
    ],
)
async def test_the_validators_words_stand_in_the_event(database: Database, mode: Mode, words: str) -> None:
    (failed,) = [
        told.data for told in await events(database, mode, DECISIONS) if isinstance(told.data, AnalysisFailed)
    ]

    assert failed.error.code is Code.LLM_ANSWER_INVALID
    assert words in failed.error.message
    assert len(failed.error.message) <= 1000


@pytest.mark.parametrize("brief", [None, DECISIONS], ids=["report", "brief"])
async def test_words_that_nothing_can_store_are_stored_cleaned(
    database: Database, brief: Brief | None
) -> None:
    (done,) = [
        told.data
        for told in await events(database, Mode.UNSENDABLE, brief)
        if isinstance(told.data, AnalysisCompleted)
    ]

    assert done.analysis is not None
    told = done.analysis.summary if brief is None else done.analysis.answer["decisions"][0]["what"]
    assert str(told).strip().startswith("? ")

"""Reading jobs, transcripts and analyses, whatever state they are in."""

import ast
import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.options.languages import CODES
from gateway.records import Words
from scribeline.contracts.analysis import Analysis, Coverage
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import Gap
from scribeline.contracts.unit import Error
from scribeline.storage.models import JobRow
from tests.support.gateway import Desk, desk, job_row, segment_row


def staged(transcription: StageStatus, analysis: StageStatus, **changes: Any) -> JobRow:
    error = Error.of(Code.LLM_UNAVAILABLE) if analysis is StageStatus.FAILED else None
    stages = [
        StageView(name="transcription", status=transcription),
        StageView(name="analysis", status=analysis, error=error),
    ]
    return job_row(stages=[stage.model_dump(mode="json") for stage in stages], **changes)


async def get(at: Desk, path: str) -> Any:
    async with at.client(at.key()) as client:
        return await client.get(path)


DONE, PENDING, RUNNING = StageStatus.COMPLETED, StageStatus.PENDING, StageStatus.RUNNING
FAILED, SKIPPED, CANCELLED = StageStatus.FAILED, StageStatus.SKIPPED, StageStatus.CANCELLED
UNREADABLE = Error.of(Code.AUDIO_UNREADABLE, "It is a picture.").model_dump(mode="json")

STATES = [
    (PENDING, PENDING, JobStatus.QUEUED, None, "not_ready", "not_ready"),
    (RUNNING, PENDING, JobStatus.TRANSCRIBING, None, "not_ready", "not_ready"),
    (DONE, RUNNING, JobStatus.ANALYZING, None, None, "not_ready"),
    (DONE, DONE, JobStatus.COMPLETED, None, None, None),
    (DONE, FAILED, JobStatus.COMPLETED, None, None, "llm_unavailable"),
    (DONE, SKIPPED, JobStatus.COMPLETED, None, None, "analysis_skipped"),
    (FAILED, SKIPPED, JobStatus.FAILED, UNREADABLE, "audio_unreadable", "audio_unreadable"),
    (CANCELLED, CANCELLED, JobStatus.CANCELLED, None, "cancelled", "cancelled"),
    (DONE, CANCELLED, JobStatus.CANCELLED, None, None, "cancelled"),
]


@pytest.mark.parametrize(("transcription", "analysis", "status", "error", "of_words", "of_report"), STATES)
async def test_a_result_or_the_reason_why_there_is_none(
    transcription: StageStatus,
    analysis: StageStatus,
    status: JobStatus,
    error: dict[str, Any] | None,
    of_words: str | None,
    of_report: str | None,
) -> None:
    at = desk()
    row = at.records.add(staged(transcription, analysis, status=status, error=error))
    at.records.analyses[row.id] = report()
    words = await get(at, f"/v1/jobs/{row.id}/transcript")
    told = await get(at, f"/v1/jobs/{row.id}/analysis")
    assert [words.json().get("code"), told.json().get("code")] == [of_words, of_report]
    for answer in (words, told):
        code = answer.json().get("code")
        assert ("retry-after" in answer.headers) == (code == "not_ready")
        assert answer.status_code == {None: 200, "not_ready": 409, "cancelled": 409}.get(
            code, answer.json().get("status")
        )
    if of_words == "audio_unreadable":
        assert (words.status_code, words.json()["detail"]) == (422, "It is a picture.")


def report() -> Analysis:
    return Analysis(
        summary="s", coverage=Coverage(segments_total=1, segments_read=1), engine="extractive", model="rules"
    )


async def test_the_transcript_numbers_its_segments_and_reports_its_gaps() -> None:
    at = desk()
    done = staged(DONE, DONE, status=JobStatus.COMPLETED, language="en", duration=9.0, confidence=0.9)
    row = at.records.add(done)
    segments = [segment_row(n, f" word{n}") for n in range(5)]
    at.records.words_of[row.id] = Words(segments, [Gap(start=5, end=9, reason="unit_died")], 1.5)
    view = (await get(at, f"/v1/jobs/{row.id}/transcript")).json()
    assert view["text"] == "word0 word1 word2 word3 word4"
    assert [segment["id"] for segment in view["segments"]] == [0, 1, 2, 3, 4]
    assert view["gaps"] == [{"start": 5.0, "end": 9.0, "reason": "unit_died", "speaker": None}]
    assert (view["complete"], view["processing_seconds"], view["duration"]) == (True, 1.5, 9.0)
    assert (view["confidence"], {segment["speaker"] for segment in view["segments"]}) == (0.9, {None})


async def test_of_a_recording_that_was_split_each_segment_and_gap_names_its_channel() -> None:
    at = desk()
    row = at.records.add(staged(DONE, DONE, status=JobStatus.COMPLETED))
    said = [segment_row(n, "hello") for n in range(2)]
    for segment, speaker in zip(said, ("channel 1", "channel 2"), strict=True):
        segment.speaker = speaker
    at.records.words_of[row.id] = Words(said, [Gap(start=2, end=9, reason="silence", speaker="channel 2")], 1)
    view = (await get(at, f"/v1/jobs/{row.id}/transcript")).json()
    assert [segment["speaker"] for segment in view["segments"]] == ["channel 1", "channel 2"]
    assert [gap["speaker"] for gap in view["gaps"]] == ["channel 2"]


async def test_what_is_there_so_far_can_be_read_and_says_so() -> None:
    at = desk()
    row = at.records.add(staged(RUNNING, PENDING, status=JobStatus.TRANSCRIBING, confidence=0.9))
    at.records.words_of[row.id] = Words([segment_row(0, "so far")], [], 0.1)
    view = await get(at, f"/v1/jobs/{row.id}/transcript?partial=true")
    plain = await get(at, f"/v1/jobs/{row.id}/transcript?partial=true&format=txt")
    assert (view.json()["complete"], view.json()["text"]) == (False, "so far")
    assert view.json()["confidence"] is None
    assert (plain.text, plain.headers["x-transcript-complete"]) == ("so far\n", "false")


@pytest.mark.parametrize(
    ("format_", "kind"),
    [
        ("json", "application/json"),
        ("txt", "text/plain; charset=utf-8"),
        ("srt", "application/x-subrip; charset=utf-8"),
        ("vtt", "text/vtt; charset=utf-8"),
        ("tsv", "text/tab-separated-values; charset=utf-8"),
    ],
)
async def test_a_recording_without_speech_has_an_empty_transcript(format_: str, kind: str) -> None:
    at = desk()
    row = at.records.add(staged(DONE, SKIPPED, status=JobStatus.COMPLETED))
    answer = await get(at, f"/v1/jobs/{row.id}/transcript?format={format_}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("format=srt&max_chars_per_line=9", "max_chars_per_line", "at least 10"),
        ("format=srt&max_chars_per_line=201", "max_chars_per_line", "at most 200"),
        ("format=vtt&max_chars_per_line=x", "max_chars_per_line", ""),
        ("format=vtt&max_chars_per_line=20&max_lines=0", "max_lines", "at least 1"),
        ("format=vtt&max_chars_per_line=20&max_lines=11", "max_lines", "at most 10"),
        ("format=srt&max_lines=2", "max_lines", "needs max_chars_per_line"),
        ("format=srt&max_seconds=0.4", "max_seconds", "at least 0.5"),
        ("format=srt&max_seconds=61", "max_seconds", "at most 60"),
        ("format=srt&max_seconds=nan", "max_seconds", ""),
        ("max_seconds=7", "max_seconds", "is of srt and vtt, and the format asked for is json"),
        ("format=txt&max_chars_per_line=42", "max_chars_per_line", "is of srt and vtt"),
        ("format=tsv&words=true", "words", "is of vtt, and the format asked for is tsv"),
        ("format=srt&words=true", "words", "is of vtt, and the format asked for is srt"),
        ("format=vtt&words=true", "words", "was transcribed without word_timestamps"),
    ],
)
async def test_an_option_of_captions_is_never_ignored(query: str, field: str, sentence: str) -> None:
    at = desk()
    row = at.records.add(staged(DONE, SKIPPED, status=JobStatus.COMPLETED))
    answer = await get(at, f"/v1/jobs/{row.id}/transcript?{query}")
    [error] = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"], error["field"]) == (422, "invalid_parameter", field)
    assert sentence in error["message"]


async def test_captions_are_cut_as_asked_for() -> None:
    at = desk()
    row = at.records.add(
        staged(DONE, SKIPPED, status=JobStatus.COMPLETED, options={"word_timestamps": True}, language="en")
    )
    said = segment_row(0, " Ask not what your country", seconds=2)
    said.words = [
        {"start": n * 0.4, "end": n * 0.4 + 0.3, "text": word, "probability": 0.9}
        for n, word in enumerate(said.text.split())
    ]
    at.records.words_of[row.id] = Words([said], [], 0.1)
    options = "max_chars_per_line=10&max_lines=1&max_seconds=1&words=true"
    answer = await get(at, f"/v1/jobs/{row.id}/transcript?format=vtt&{options}")
    assert answer.text.split("\n\n")[1:-1] == [
        "1\n00:00:00.000 --> 00:00:00.700\nAsk <00:00:00.400>not",
        "2\n00:00:00.800 --> 00:00:01.500\nwhat <00:00:01.200>your",
        "3\n00:00:01.600 --> 00:00:01.900\ncountry",
    ]


@pytest.mark.parametrize(
    ("status", "progress", "input_run", "minutes"),
    [
        (JobStatus.TRANSCRIBING, 25, None, 30),
        (JobStatus.ANALYZING, 50, None, 10),
        (JobStatus.TRANSCRIBING, 9, None, None),
        (JobStatus.TRANSCRIBING, 50, 1, None),
        (JobStatus.COMPLETED, 100, None, None),
        (JobStatus.CANCELLED, 50, None, None),
    ],
)
async def test_a_job_ends_when_the_rest_takes_as_long_as_its_part(
    status: JobStatus, progress: int, input_run: int | None, minutes: int | None
) -> None:
    at = desk()
    now = datetime.now(UTC)
    began = now - timedelta(minutes=10)
    row = at.records.add(
        job_row(status=status, progress=progress, run=2, input_run=input_run, started_at=began)
    )
    told = (await get(at, f"/v1/jobs/{row.id}")).json()["eta"]
    if minutes is None:
        assert told is None
    else:
        off = datetime.fromisoformat(told) - (now + timedelta(minutes=minutes))
        assert abs(off) < timedelta(minutes=5)


async def test_a_queued_job_tells_its_place_and_links() -> None:
    at = desk()
    first, second = (at.records.add(job_row(client_metadata={"n": n})) for n in range(2))
    view = (await get(at, f"/v1/jobs/{second.id}")).json()
    assert (view["queue_position"], view["status"], view["metadata"]) == (1, "queued", {"n": 1})
    assert view["links"]["transcript"] == f"/v1/jobs/{second.id}/transcript"
    assert (await get(at, f"/v1/jobs/{first.id}")).json()["queue_position"] == 0


@pytest.mark.parametrize(
    ("status", "stages", "message"),
    [
        (JobStatus.QUEUED, (PENDING, PENDING), "Queued, or being transcribed: nothing is finished yet."),
        (JobStatus.TRANSCRIBING, (RUNNING, PENDING), "Transcribing."),
        (JobStatus.ANALYZING, (DONE, RUNNING), "The transcript is ready; analyzing."),
        (JobStatus.COMPLETED, (DONE, DONE), "Done."),
        (JobStatus.COMPLETED, (DONE, FAILED), "Done. The language model does not answer."),
        (JobStatus.CANCELLED, (CANCELLED, CANCELLED), "Cancelled."),
    ],
)
async def test_a_job_says_in_a_sentence_where_it_stands(
    status: JobStatus, stages: tuple[StageStatus, StageStatus], message: str
) -> None:
    at = desk()
    row = at.records.add(staged(*stages, status=status))
    view = (await get(at, f"/v1/jobs/{row.id}")).json()
    steps = {JobStatus.QUEUED: "transcription", JobStatus.TRANSCRIBING: "transcription"}
    assert view["message"] == message
    assert view["current_step"] == {**steps, JobStatus.ANALYZING: "analysis"}.get(status)


async def test_pages_follow_each_other_without_overlap() -> None:
    at = desk()
    rows = [at.records.add(job_row()) for _ in range(5)]
    page = (await get(at, "/v1/jobs?limit=2")).json()
    seen = [job["id"] for job in page["jobs"]]
    while page["next"] is not None:
        page = (await get(at, f"/v1/jobs?limit=2&cursor={page['next']}")).json()
        seen += [job["id"] for job in page["jobs"]]
    assert seen == [str(row.id) for row in reversed(rows)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=1%27--", "cursor"),
        ("stauts=x", "stauts"),
    ],
)
async def test_a_wrong_question_is_told_which_option_is_wrong(query: str, field: str) -> None:
    answer = await get(desk(), f"/v1/jobs?{query}")
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    "path", ["/v1/jobs/x", "/v1/jobs/%00", f"/v1/jobs/{UUID(int=9)}", "/v1/jobs/1/x", "/nope"]
)
async def test_what_is_not_there_is_a_404_problem(path: str) -> None:
    answer = await get(desk(), path)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (404, "not_found", 404)
    assert (answer.headers["content-type"], problem["type"]) == (
        "application/problem+json",
        "/errors/not_found",
    )


async def test_a_wrong_method_names_the_right_ones() -> None:
    at = desk()
    async with at.client(at.key()) as client:
        answer = await client.put("/v1/jobs", content=b"")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


async def test_a_failure_of_ours_tells_nothing_of_its_cause() -> None:
    at = desk()
    at.key()
    at.records.failure = RuntimeError("password=hunter2")
    async with at.client() as client:
        answer = await client.get("/v1/jobs", headers={"X-API-Key": "sl_test"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("down", ["database", "store"])
async def test_readiness_is_the_database_and_the_store(down: str) -> None:
    at = desk()
    assert (await get(at, "/readyz")).status_code == 200
    if down == "store":
        at.store.down = True
    else:
        at.records.failure = ConnectionError()
    answer = await get(at, "/readyz")
    assert (answer.status_code, answer.json()["checks"][down] != "ok") == (503, True)
    assert [(await get(at, path)).status_code for path in ("/healthz", "/metrics")] == [200, 200]


async def test_a_trace_given_by_the_client_goes_on_with_its_job() -> None:
    at = desk()
    given = f"00-{'a' * 32}-{'b' * 16}-01"
    async with at.client(at.key()) as client:
        answer = await client.post(
            "/v1/jobs", content=b"x", headers={"content-type": "audio/wav", "traceparent": given}
        )
    assert answer.headers["x-request-id"] == "a" * 32
    assert (at.records.created[0].traceparent or "").split("-")[1] == "a" * 32


def test_the_languages_are_those_of_the_engine() -> None:
    spec = importlib.util.find_spec("faster_whisper")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).with_name("tokenizer.py").read_text())
    [codes] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_LANGUAGE_CODES"
    ]
    assert set(codes) == CODES


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ("/v1/jobs/x?wiat=3", "wiat", "is no parameter of this address"),
        ("/v1/jobs/x?wait=1&wait=2", "wait", "is given more than once"),
        ("/v1/events?types=job.failed", "types", "is no parameter of this address"),
        ("/v1/models?x=1", "x", "is no parameter of this address"),
    ],
)
async def test_a_mistyped_parameter_is_told_and_not_passed_over(asked: str, field: str, told: str) -> None:
    at = desk()
    async with at.client(at.key()) as client:
        answer = await client.get(asked)
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"field": field, "message": told}])
    async with at.client() as client:
        assert (await client.get(asked)).status_code == 401


async def test_a_parameter_that_is_a_list_may_come_more_than_once() -> None:
    at = desk()
    async with at.client(at.key()) as client:
        assert (await client.get("/v1/jobs?tag=a&tag=b")).status_code == 200

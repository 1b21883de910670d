"""A transcript that is given: what of it is understood, and what is told when it makes no sense."""

import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.captions.lines import Line
from gateway.options.fields import parse_options
from gateway.options.given import LINE, LONGEST_TEXT, MOST, MOST_BYTES, given_of
from gateway.options.json_fields import fields_of
from gateway.problems import Problem
from gateway.renderings import srt, tsv, txt, vtt
from gateway.views import job_view
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import GivenSegment
from tests.support.captions import read_srt, read_vtt
from tests.support.gateway import desk, job_row, settings

AUDIO = b"not really audio"


def segment(start: Any = None, end: Any = None, **fields: Any) -> dict[str, Any]:
    return {"text": "a", "start": start, "end": end, **fields}


def test_each_line_of_a_plain_text_is_a_segment() -> None:
    assert given_of("One.\n\n  Two   and\tthree. \r\n") == (
        GivenSegment(text="One."),
        GivenSegment(text="Two and three."),
    )


@pytest.mark.parametrize("text", ["[Ann] Good morning.", "[00:01] Hello.", "{sighs}", "[", "3", "null"])
def test_what_is_no_list_is_a_plain_text(text: str) -> None:
    assert given_of(text) == (GivenSegment(text=text),)


def test_a_long_line_is_cut_between_its_words_and_nothing_is_lost() -> None:
    words = [f"word{n}" for n in range(1000)]
    found = given_of(" ".join(words))
    assert len(found) > 1
    assert all(len(part.text) <= LINE for part in found)
    assert " ".join(part.text for part in found).split() == words


def test_segments_are_a_list_with_times_for_all_or_for_none() -> None:
    timed = [segment(0, 1.5, speaker=" Ann "), segment(1, 2), segment(1, 9)]
    assert [(s.start, s.end, s.speaker) for s in given_of(json.dumps(timed))] == [
        (0, 1.5, "Ann"),
        (1, 2, None),
        (1, 9, None),
    ]
    untimed = [{"text": " One. "}, {"text": "  "}, {"text": "Two.", "speaker": ""}]
    assert given_of(json.dumps(untimed)) == (GivenSegment(text="One."), GivenSegment(text="Two."))


@pytest.mark.parametrize(
    ("segments", "told"),
    [
        ([segment(), {"start": 1, "end": 2}], "segment 1.text: is needed"),
        ([{"text": "a", "words": []}], "segment 0.words: unknown option"),
        ([segment(text=1)], "segment 0.text: must be a text"),
        ([segment(text="a" * (LONGEST_TEXT + 1))], "segment 0.text: is longer than 4000"),
        ([segment(-1, 1)], "segment 0.start: must be at least 0"),
        ([segment(0, 1e9)], "segment 0.end: must be at most"),
        ([segment("0", "1")], "segment 0.start: must be a number"),
        ([segment(0)], "segment 0: has one of start and end"),
        ([segment(1, 1)], "segment 0: its end must be after its start"),
        ([segment(2, 3), segment(1, 4)], "segment 1: starts before"),
        ([segment(0, 1), segment()], "segment 1: times are given for all"),
        ([segment(speaker="a" * 101)], "segment 0.speaker: is longer"),
        ([segment(speaker="a\nb")], "segment 0: its speaker may hold printable"),
        ([segment(text="a\0")], "NUL"),
        ([segment()] * (MOST + 1), "more than 5000 segments"),
    ],
)
def test_segments_that_make_no_sense_are_refused(segments: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        given_of(json.dumps(segments))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[{", "is not usable JSON"),
        ('[{"text": "a", "start": NaN, "end": 1}]', "NaN"),
        ('[{"text": "a", "text": "b"}]', "twice"),
        ('[{"text": "\\ud800"}]', "surrogate"),
        ("a\0b", "NUL"),
        ("\ud800", "surrogate"),
        ("a\n" * (MOST + 1), "more than 5000 segments"),
        ("a" * (MOST_BYTES + 1), "is longer than 262144 bytes"),
        ("ä" * (MOST_BYTES // 2 + 1), "is longer than 262144 bytes"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        given_of(text)


@given(st.one_of(st.text(), st.text().map(lambda text: "[{" + text), st.text().map(lambda text: "[]" + text)))
def test_any_text_is_segments_that_can_be_stored_or_refused(text: str) -> None:
    with suppress(ValueError):
        for one in given_of(text):
            assert one.text.strip()
            assert "\0" not in one.text
            one.text.encode()


def test_it_is_not_given_beside_a_job_to_continue() -> None:
    with pytest.raises(Problem) as refused:
        parse_options([("continues", str(uuid4())), ("transcript", "One.")], settings(), complete=False)
    assert refused.value.errors[0].field == "transcript"


@pytest.mark.parametrize("id_", ["me", "123", "' OR 1=1"])
def test_what_is_continued_is_named_by_an_id(id_: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_options([("continues", id_)], settings())
    assert (refused.value.errors[0].field, refused.value.errors[0].message) == ("continues", "is not an id")


LARGE = "\n".join(["word " * 20] * 2000)
"""More than any other field may have."""


@pytest.mark.parametrize("audio_first", [True, False])
async def test_a_form_has_room_for_a_transcript_but_not_for_more(audio_first: bool) -> None:
    at = desk()

    async def send(text: str) -> Any:
        parts: list[Any] = [("audio", ("a.wav", AUDIO, "audio/wav")), ("transcript", (None, text))]
        async with at.client(at.key()) as client:
            return await client.post("/v1/jobs", files=parts if audio_first else parts[::-1])

    assert (await send(LARGE)).status_code == 202
    assert len(at.records.created[0].given) == 2000
    refused = await send("a" * (MOST_BYTES + 1))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "transcript", "message": f"is longer than {MOST_BYTES} bytes"}
    ]


@pytest.mark.parametrize("value", [[{"text": "One."}], "One.", '[{"text": "One."}]'])
def test_json_has_it_as_a_list_or_a_text(value: Any) -> None:
    fields = fields_of({"transcript": value}, 10)
    assert parse_options(fields, settings()).transcript == (GivenSegment(text="One."),)


@pytest.mark.parametrize(
    "value", [["Good morning", "Hi"], {"text": "x"}, [1, 2], [["a"]], [{"text": "a"}, 1]]
)
def test_lists_and_objects_that_are_no_segments_were_not_said(value: Any) -> None:
    for given_as in (value, json.dumps(value), "\ufeff" + json.dumps(value)):
        with pytest.raises(Problem, match="a JSON list of segments") as refused:
            parse_options(fields_of({"transcript": given_as}, 10), settings())
        assert refused.value.errors[0].field == "transcript"


@pytest.mark.parametrize("value", [5, 0.5, True, False])
def test_json_has_no_numbers_where_words_are_meant(value: Any) -> None:
    with pytest.raises(Problem, match="transcript: must be a plain text"):
        fields_of({"transcript": value}, 10)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '[["a", NaN]]', '["a", {"a": 1, "a": 2}]', "[12345678901234567890]"]
)
def test_json_that_nobody_can_read_is_no_speech_either(text: str) -> None:
    with pytest.raises(ValueError, match="is not usable JSON"):
        given_of(text)


def test_a_text_without_times_is_in_the_text_and_has_no_caption() -> None:
    lines = [
        Line(start=0, end=0, text="Before.", untimed=True),
        Line(start=0, end=1, text="Now."),
        Line(start=1, end=1, text="A breath."),
    ]
    assert txt(lines) == "Before.\nNow.\nA breath.\n"
    assert [caption.text for caption in read_srt(srt(lines))] == ["Now.", "A breath."]
    assert [caption.text for caption in read_vtt(vtt(lines))] == ["Now.", "A breath."]
    assert tsv(lines).splitlines()[1] == "0\t0\tBefore."


def test_a_job_that_waits_for_the_one_before_says_so_and_promises_no_end() -> None:
    stages = [
        StageView(
            name="transcription", status=StageStatus.RUNNING, units_total=2, units_done=1, units_failed=1
        ),
        StageView(name="analysis", status=StageStatus.PENDING),
    ]
    row = job_row(
        status=JobStatus.TRANSCRIBING,
        stages=[stage.model_dump(mode="json") for stage in stages],
        continues=uuid4(),
        progress=90,
    )
    row.started_at = row.created_at
    view = job_view(row)
    assert "waiting for the transcript" in view.message
    assert (view.eta, view.continues, view.offset) == (None, row.continues, None)
    row.continues = None
    assert "2 of 2 pieces" in job_view(row).message
    assert job_view(row).eta is not None

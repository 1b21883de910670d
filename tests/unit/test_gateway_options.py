"""What can be asked of a job beside its recording, and what is told when it makes no sense."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.options.moments import LONGEST, moment_of, seconds_of
from gateway.options.spellings import replacements_of
from gateway.problems import Problem
from scribeline.contracts.analysis import Brief
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Channels, Replacement, TranscriptionOptions
from tests.support.gateway import Desk, desk, job_row, settings

AUDIO = b"not really audio"
SCHEMA = '{"type": "object", "properties": {"risks": {"type": "array", "items": {"type": "string"}}}}'
BOUNDED = {
    "type": "object",
    "properties": {"risks": {"type": "array", "items": {"type": "string", "maxLength": 300}, "maxItems": 20}},
    "additionalProperties": False,
}


async def send(at: Desk, as_form: bool, **options: Any) -> Any:
    async with at.client(at.key()) as client:
        if as_form:
            return await client.post("/v1/jobs", files={"audio": ("a.wav", AUDIO)}, data=options)
        return await client.post(
            "/v1/jobs", content=AUDIO, params=options, headers={"content-type": "audio/wav"}
        )


def refused(*pairs: tuple[str, str], complete: bool = True, **given: Any) -> tuple[Code, str, str]:
    """Code, field and sentence."""
    with pytest.raises(Problem) as problem:
        parse_options(pairs, settings(**given), complete=complete)
    [error] = problem.value.errors
    return problem.value.code, error.field, error.message


@pytest.mark.parametrize("as_form", [True, False])
async def test_all_that_is_asked_goes_with_the_job(as_form: bool) -> None:
    at = desk()
    answer = await send(
        at,
        as_form,
        languages=["DE, en", "fr"],
        hotwords="Scribeline",
        temperature="0.2",
        beam_size="3",
        replacements='{"skribe line": "Scribeline"}',
        channels="split",
        start="1:30",
        end="01:00:00.5",
        recorded_at="2026-11-20T23:30:00+01:00",
        diarization="false",
        analysis_prompt=" Which risks? ",
        analysis_schema=SCHEMA,
    )

    assert answer.status_code == 202, answer.text
    [new] = at.records.created
    assert new.options.languages == ("de", "en", "fr")
    assert (new.options.hotwords, new.options.temperature, new.options.beam_size) == ("Scribeline", 0.2, 3)
    assert new.options.replacements == (Replacement(find="skribe line", replace="Scribeline"),)
    assert (new.options.channels, new.options.start, new.options.end) == (Channels.SPLIT, 90.0, 3600.5)
    assert str(new.recorded_at) == "2026-11-20 23:30:00+01:00"
    assert new.brief == Brief(prompt="Which risks?", answer_schema=BOUNDED)


async def test_what_is_not_asked_is_left_to_the_server() -> None:
    at = desk()
    await send(at, True)
    [new] = at.records.created
    assert new.options.model_dump(exclude_defaults=True) == {}
    assert (new.brief, new.recorded_at, new.analyze) == (None, None, True)


async def test_a_job_tells_what_was_asked_and_how_sure_its_transcript_is() -> None:
    at = desk()
    row = at.records.add(
        job_row(
            recorded_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
            brief={"template": "meeting", "prompt": "p"},
            confidence=0.8731,
            channels=2,
            options={"channels": "split", "start": 90.0},
        )
    )
    async with at.client(at.key()) as client:
        job = (await client.get(f"/v1/jobs/{row.id}")).json()
    assert job["recorded_at"] == "2026-11-20T22:30:00Z"
    assert job["brief"] == {"template": "meeting", "prompt": "p", "answer_schema": None}
    assert (job["confidence"], job["channels"]) == (0.8731, 2)
    assert (job["options"]["channels"], job["options"]["start"]) == ("split", 90.0)


MISTAKES: dict[str, tuple[dict[str, str], Code, str, str]] = {
    "an unknown language among them": ({"languages": "de,xx"}, Code.INVALID_PARAMETER, "languages", "'xx'"),
    "a language outside the allowed": (
        {"language": "fr", "languages": "de,en"}, Code.INVALID_PARAMETER, "languages", "fr"),
    "an English model without English": (
        {"model": "tiny.en", "languages": "de"}, Code.LANGUAGE_UNSUPPORTED, "languages", "tiny.en"),
    "hot": ({"temperature": "1.1"}, Code.INVALID_PARAMETER, "temperature", "must be at most 1"),
    "not a number": ({"temperature": "warm"}, Code.INVALID_PARAMETER, "temperature", "must be a number"),
    "NaN": ({"temperature": "nan"}, Code.INVALID_PARAMETER, "temperature", "number"),
    "no beam": ({"beam_size": "0"}, Code.INVALID_PARAMETER, "beam_size", "must be at least 1"),
    "half a beam": ({"beam_size": "2.5"}, Code.INVALID_PARAMETER, "beam_size", "must be a whole number"),
    "long hotwords": ({"hotwords": "x" * 1001}, Code.INVALID_PARAMETER, "hotwords", "longer than 1000"),
    "other channels": ({"channels": "left"}, Code.INVALID_PARAMETER, "channels", "must be 'mix' or 'split'"),
    "a start that is none": ({"start": "later"}, Code.INVALID_PARAMETER, "start", "must be seconds like"),
    "an end before the start": ({"start": "90", "end": "1:30"}, Code.INVALID_PARAMETER, "end", "after start"),
    "nothing": ({"end": "0"}, Code.INVALID_PARAMETER, "end", "more than 0"),
    "speakers by voice": ({"diarization": "true"}, Code.DIARIZATION_UNSUPPORTED, "diarization", "`channels`"),
    "speakers by voice, somehow": ({"diarization": "2"}, Code.DIARIZATION_UNSUPPORTED, "diarization", ""),
    "no moment": ({"recorded_at": "yesterday"}, Code.INVALID_PARAMETER, "recorded_at", "ISO 8601"),
    "a moment to come": ({"recorded_at": "2190-01-01"}, Code.INVALID_PARAMETER, "recorded_at", "future"),
    "a long question": ({"analysis_prompt": "x" * 4001}, Code.INVALID_PARAMETER, "analysis_prompt", "4000"),
    "NUL in a question": ({"analysis_prompt": "a\0b"}, Code.INVALID_PARAMETER, "analysis_prompt", "NUL"),
    "a schema that is none": (
        {"analysis_schema": "{"}, Code.ANALYSIS_SCHEMA_INVALID, "analysis_schema", "not usable JSON"),
    "a question without an analysis": (
        {"analysis_prompt": "Why?", "analyze": "false"},
        Code.INVALID_PARAMETER, "analysis_prompt", "no analysis"),
    "a schema without an analysis": (
        {"analysis_schema": SCHEMA, "analyze": "no"}, Code.INVALID_PARAMETER, "analysis_schema", "analyze"),
    "a template without an analysis": (
        {"analysis_template": "call", "analyze": "0"},
        Code.INVALID_PARAMETER, "analysis_template", "no analysis"),
    "a template and a question": (
        {"analysis_template": "call", "analysis_prompt": "Why?"},
        Code.INVALID_PARAMETER, "analysis_template", "beside analysis_prompt"),
    "a template's odd name": (
        {"analysis_template": "../call"}, Code.INVALID_PARAMETER, "analysis_template", "not of the form"),
    "spellings that are none": ({"replacements": "a=b"}, Code.INVALID_PARAMETER, "replacements", "character"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_field_in_a_sentence(mistake: str) -> None:
    options, code, field, told = MISTAKES[mistake]
    found = refused(*options.items(), models_allowed="tiny.en")
    assert found[:2] == (code, field)
    assert told in found[2]


@pytest.mark.parametrize(
    "options",
    [
        {"model": "tiny.en", "languages": "de,en"},
        {"language": "de", "languages": "de,en"},
        {"start": "0"},
        {"end": "0.1"},
        {"diarization": "False"},
        {"diarization": "off"},
        {"analysis_prompt": "", "analyze": "false"},
        {"analysis_prompt": " \n", "analyze": "false"},
        {"replacements": "{}"},
    ],
    ids=str,
)
def test_what_makes_sense_is_accepted(options: dict[str, str]) -> None:
    assert parse_options(options.items(), settings(models_allowed="tiny.en"))


def test_a_mistake_that_later_fields_may_mend_is_told_only_in_the_end() -> None:
    """With tiny.en as default, a form may name German first, and after the recording a model for it."""
    english: dict[str, Any] = {"default_model": "tiny.en", "models_allowed": "base"}
    german = ("language", "de")
    assert refused(german, **english)[:2] == (Code.LANGUAGE_UNSUPPORTED, "language")
    assert parse_options([german], settings(**english), complete=False).language == "de"
    assert parse_options([german, ("model", "base")], settings(**english)).model == "base"
    two = [("language", "en"), ("languages", "de")]
    assert refused(*two)[1] == "languages"
    assert parse_options(two, settings(), complete=False).languages == ("de",)
    assert parse_options([*two, ("languages", "en")], settings()).languages == ("de", "en")


@pytest.mark.parametrize(
    "told",
    [("start", "2"), ("model", "tiny.en")],
    ids=str,
)
def test_a_mistake_that_nothing_can_mend_is_told_before_the_recording_is_sent(told: tuple[str, str]) -> None:
    other = {"start": ("end", "1"), "model": ("language", "de")}[told[0]]
    assert refused(told, other, complete=False, models_allowed="tiny.en")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("90", 90.0), ("90.25", 90.25), (" 5 ", 5.0), ("1:30", 90.0), ("01:30", 90.0),
        ("100:00", 6000.0), ("1:30.5", 90.5), ("01:02:03.004", 3723.004), ("100:00:00", 360_000.0),
    ],
)  # fmt: skip
def test_a_place_in_a_recording_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", "inf", "nan", "1_0", "٣", "1:60", "1:5", "1:60:00", "1:2:3:4", ":30", "1:", "1.",
     "99999999", "1" * 5000, "1:30,5", "0x10"],
)  # fmt: skip
def test_what_is_no_place_in_a_recording_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|59 minutes"):
        seconds_of(text)


@given(st.text())
def test_any_text_is_a_place_within_bounds_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= seconds_of(text) <= LONGEST


MOMENT = TypeAdapter(datetime)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T14:30:00Z", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20T14:30", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20 14:30:00", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T14:30:00+01:00", datetime(2026, 11, 20, 13, 30, tzinfo=UTC)),
        ("2026-11-20T14:30:00.123456 01:00", datetime(2026, 11, 20, 13, 30, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T14:30:00 0100", datetime(2026, 11, 20, 13, 30, tzinfo=UTC)),
        ("2026-11-22T11:00:00", datetime(2026, 11, 22, 11, tzinfo=UTC)),
        ("1970-01-01", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_utc_and_a_plus_lost_on_the_way_is_found(
    text: str, moment: datetime
) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0", "ISO 8601"), ("1700000000", "ISO 8601"), ("2026-13-01", "ISO 8601"), ("now", "ISO 8601"),
        ("2026-11-20T25:00", "ISO 8601"), ("0001-01-01T00:00+23:00", "before 1970"),
        ("9999-12-31T23:59-23:00", "in the future"),
        ("2026-11-20T14:30:00+01:00:30", "whole minutes"), ("1969-12-31T23:59:59", "before 1970"),
        ("2026-11-22T12:00:01", "in the future"), ("9999-12-31", "in the future"),
    ],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        moment_of(text, NOW)


@given(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.datetimes().map(datetime.isoformat)))
def test_any_text_is_a_moment_that_can_be_stored_or_refused(text: str) -> None:
    with suppress(ValueError):
        moment = moment_of(text, NOW)
        assert MOMENT.validate_json(MOMENT.dump_json(moment)) == moment


def test_spellings_are_an_object_or_a_list() -> None:
    pairs = (Replacement(find="a b", replace="AB"), Replacement(find="um", replace=""))
    assert replacements_of('{" a  b ": "AB", "um": ""}') == pairs
    as_list = [{"find": "a b", "replace": "AB"}, {"replace": "", "find": "um"}]
    assert replacements_of(json.dumps(as_list)) == pairs


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"a": "1", "a": "2"}', "twice"),
        ('{"a": "1", "A ": "2"}', "twice"),
        ('[{"find": "a", "replace": "1"}, {"find": "A", "replace": "2"}]', "twice"),
        ('{"": "x"}', "1 to 100"),
        ('{" ": "x"}', "1 to 100"),
        (json.dumps({"a" * 101: "x"}), "1 to 100"),
        (json.dumps({"a": "x" * 101}), "at most 100"),
        (json.dumps({str(i): "x" for i in range(101)}), "more than 100"),
        ('{"a": 1}', "must be a JSON object"),
        ('["a"]', "must be a JSON object"),
        ('[{"find": "a"}]', "must be a JSON object"),
        ('[{"find": "a", "replace": "b", "x": 1}]', "must be a JSON object"),
        ("3", "must be a JSON object"),
        ("{", "character"),
        ('{"a": "b\\nc"}', "printable"),
        ('{"a\\u0000": "b"}', "NUL"),
        ('{"a": "\\ud800"}', "surrogate"),
        ("[" * 3000, "deeper"),
    ],
)
def test_spellings_that_make_no_sense_are_refused(value: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replacements_of(value)


def test_no_option_of_the_transcription_is_lost_on_its_way_into_the_command() -> None:
    given = {
        "language": "de", "languages": "de,en", "model": "base", "task": "translate", "prompt": "x",
        "hotwords": "x", "temperature": "0.5", "beam_size": "10", "word_timestamps": "true",
        "replacements": '{"a": "b"}', "channels": "split", "start": "1", "end": "2",
    }  # fmt: skip
    options = parse_options(given.items(), settings()).transcription
    assert set(options.model_dump(exclude_defaults=True)) == set(TranscriptionOptions.model_fields)


def test_a_field_of_json_has_the_bound_of_a_forms() -> None:
    assert fields_of({"prompt": "ä" * 5, "tags": ["x", "y"], "model": None}, 10)[1:] == [
        ("tags", "x"),
        ("tags", "y"),
    ]
    for wrong in ({"prompt": "ä" * 6}, {"metadata": {"a": "b" * 9}}):
        with pytest.raises(Problem):
            fields_of(wrong, 10)


def test_where_recordings_may_be_fetched_from_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCRIBELINE_FETCH_HOSTS_ALLOWED", " Media.corp , minio.corp:9000,")
    monkeypatch.setenv("SCRIBELINE_FETCH_PORTS", "443,8000-8100")
    rules = settings().fetch_rules
    assert rules.hosts == {"media.corp", "minio.corp:9000"}
    assert rules.ports == (range(443, 444), range(8000, 8101))
    monkeypatch.setenv("SCRIBELINE_FETCH_PORTS", "")
    assert settings().fetch_rules.ports == ()
    monkeypatch.setenv("SCRIBELINE_FETCH_PORTS", "443,x")
    with pytest.raises(ValueError, match="'x' is no port"):
        settings()

"""Reading a transcript or an analysis on the command line."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scribeline_cli.exits import Exit
from scribeline_cli.main import app
from tests.support.fake_gateway import ANALYSIS, JOB, TRANSCRIPT, FakeGateway, job, problem

WHERE = f"/v1/jobs/{JOB}/transcript"


def run(gateway: FakeGateway, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--url", "http://gateway", "--api-key", "sl_x", *arguments], obj=gateway)


def evidence(start: float, quote: str = "so") -> dict[str, Any]:
    return {"segment": 0, "start": start, "quote": quote}


def shown(transcript: dict[str, Any] | None = None, analysis: dict[str, Any] | None = None) -> list[str]:
    """The lines of `transcript` or `analysis`."""
    gateway = FakeGateway(
        **{
            f"GET /v1/jobs/{JOB}": job("completed"),
            f"GET {WHERE}": {**TRANSCRIPT, **(transcript or {})},
            f"GET /v1/jobs/{JOB}/analysis": {**ANALYSIS, **(analysis or {})},
        }
    )
    result = run(gateway, "transcript" if analysis is None else "analysis", JOB)
    assert result.exit_code == Exit.OK
    return result.stdout.splitlines()


def test_captions_are_asked_for_as_they_were_wanted_and_printed_as_they_came() -> None:
    vtt = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:07.600\nAnd so\n\n"
    gateway = FakeGateway(**{f"GET {WHERE}": vtt})
    limits = ["--max-chars", "42", "--max-lines", "2", "--max-seconds", "6.5", "--words"]
    result = run(gateway, "transcript", JOB, "--format", "vtt", *limits)
    assert (result.exit_code, result.stdout) == (Exit.OK, vtt)
    [asked] = gateway.requests
    assert dict(asked.url.params) == {
        "format": "vtt",
        "partial": "false",
        "max_chars_per_line": "42",
        "max_lines": "2",
        "max_seconds": "6.5",
        "words": "true",
    }


def test_a_limit_that_the_server_refuses_is_not_dropped_on_the_way() -> None:
    refusal = problem(422, "invalid_parameter", "max_lines: must be at least 1")
    gateway = FakeGateway(**{f"GET {WHERE}": refusal})
    result = run(gateway, "transcript", JOB, "--format", "srt", "--max-lines", "0")
    assert (result.exit_code, gateway.requests[0].url.params["max_lines"]) == (Exit.REFUSED, "0")
    assert "error: max_lines: must be at least 1 (invalid_parameter)" in result.stderr


def test_options_of_captions_need_a_format_of_captions() -> None:
    gateway = FakeGateway()
    assert run(gateway, "transcript", JOB, "--max-chars", "42").exit_code == Exit.USAGE
    assert gateway.requests == []


def test_a_transcript_names_who_speaks_how_sure_it_is_and_what_is_missing() -> None:
    said = [{"start": 0, "text": " Hello?", "speaker": "channel 1"}, {"start": 61, "text": "Yes."}]
    gaps = [
        {"start": 5, "end": 9, "reason": "silence", "speaker": "channel 2"},
        {"start": 10, "end": 20, "reason": "repetition", "speaker": "channel 2"},
        {"start": 70, "end": 130, "reason": "unit_died", "speaker": None},
    ]
    assert shown({"segments": said, "gaps": gaps, "confidence": 0.8731})[1:] == [
        "jfk.wav  00:11 · en · faster-whisper 1.2.1 base · confidence 0.87",
        "00:00  channel 1: Hello?",
        "01:01  Yes.",
        "Missing from 00:10 to 00:20, channel 2: the model repeated itself",
        "Missing from 01:10 to 02:10: unit_died",
    ]


def test_what_is_there_so_far_says_that_it_is_not_all() -> None:
    lines = shown({"segments": [], "complete": False})
    assert lines[2:] == ["This is not all of it."]


def test_chapters_tell_where_they_begin_and_what_they_are_about() -> None:
    chapters = [
        {"title": "Greeting", "summary": "They say hello.", "evidence": evidence(0)},
        {"title": "The plan", "summary": None, "evidence": evidence(3725)},
    ]
    lines = shown(analysis={"chapters": chapters, "dropped": 1})
    at = lines.index("Chapters")
    assert lines[at + 1 : at + 3] == ["00:00  Greeting: They say hello.", "1:02:05  The plan"]
    assert "Left out: 1 item that could not be verified in the transcript" in lines


def test_an_answer_is_shown_whole_with_where_its_quotes_were_said() -> None:
    answer = {"resolved": False, "reasons": [{"quote": "niemals ä"}]}
    said = [{"pointer": "/reasons/0", "evidence": evidence(8.1, "niemals ä")}]
    lines = shown(analysis={"answer": answer, "answer_evidence": said, "template": "call"})
    first, last = lines.index("Answer (call)"), lines.index("Where it was said")
    assert json.loads("\n".join(lines[first + 1 : last])) == answer
    assert lines[last + 1] == "00:08  /reasons/0: “niemals ä”"


@pytest.mark.parametrize(
    ("answer", "printed"),
    [("Yes.\nAt noon.", ["Yes.", "At noon."]), (False, ["false"]), (0, ["0"]), ([], ["[]"])],
)
def test_an_answer_may_be_any_value(answer: object, printed: list[str]) -> None:
    lines = shown(analysis={"answer": answer})
    at = lines.index("Answer") + 1
    assert lines[at : at + len(printed)] == printed


def test_an_answer_cannot_drive_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202egnp.exe"
    said = [{"pointer": evil, "evidence": evidence(1, evil)}]
    for answer in (evil, {evil: [evil]}):
        text = "\n".join(shown(analysis={"answer": answer, "answer_evidence": said, "template": evil}))
        assert not set(text) & {"\x1b", "\x07", "\u202e"}
        assert "owned" in text


def test_the_analysis_as_json_is_the_server_s_answer() -> None:
    result = run(FakeGateway(), "analysis", JOB, "--json")
    assert json.loads(result.stdout) == ANALYSIS


@pytest.mark.parametrize("command", ["transcript", "analysis"])
def test_what_is_not_there_yet_is_refused_in_the_server_s_words(command: str) -> None:
    later = problem(409, "not_ready", "The result is not there yet.")
    result = run(FakeGateway(**{f"GET /v1/jobs/{JOB}/{command}": later}), command, JOB)
    assert (result.exit_code, result.stdout) == (Exit.REFUSED, "")
    assert "error: The result is not there yet. (not_ready)" in result.stderr


def test_odd_fields_are_no_trouble() -> None:
    assert shown({"segments": [{"speaker": 3}], "gaps": [{}], "confidence": "x", "complete": None})
    assert shown(analysis={"chapters": [{}], "answer": [None], "answer_evidence": [{"evidence": None}, 3]})

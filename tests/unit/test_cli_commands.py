"""The commands against a gateway in the same process: what is printed, and how they end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from scribeline_cli.exits import Exit
from tests.support.command_line import Run, command_line
from tests.support.fake_gateway import ANALYSIS, JOB, TRANSCRIPT, FakeGateway, job, problem
from tests.support.gateway import settings


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    with command_line(tmp_path, monkeypatch) as it:
        yield it


@pytest.fixture
def recording(tmp_path: Path) -> str:
    (tmp_path / "jfk.wav").write_bytes(b"RIFF" + bytes(200_000))
    return str(tmp_path / "jfk.wav")


def test_submit_prints_nothing_but_the_job_id(run: Run, recording: str) -> None:
    result = run(FakeGateway(), "submit", recording)
    assert (result.exit_code, result.stdout) == (Exit.OK, f"{JOB}\n")


def test_submit_sends_the_file_and_what_was_asked(run: Run, recording: str) -> None:
    gateway = FakeGateway()
    options = ["--language", "en", "--model", "base", "--prompt", "Kennedy", "--task", "translate", "--words"]
    more = ["--no-analyze", "--meta", "case=7", "--meta", "url=a=b", "--tag", "x", "--tag", "y"]
    run(gateway, "--api-key", "sl_secret", "submit", recording, *options, *more)
    [request] = gateway.requests
    body = request.content
    assert request.headers["authorization"] == "Bearer sl_secret"
    assert int(request.headers["content-length"]) == len(body)
    assert Path(recording).read_bytes() in body
    assert b'name="audio"; filename="jfk.wav"' in body
    sent = {name: f'name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in {
        "language": "en", "model": "base", "prompt": "Kennedy", "task": "translate", "analyze": "false",
        "word_timestamps": "true", "metadata": '{"case": "7", "url": "a=b"}',
    }.items()}  # fmt: skip
    assert [name for name, part in sent.items() if part not in body] == []
    assert body.count(b'name="tags"') == 2


EARLIER = "01a20019-edb0-731c-8de1-b40974629d77"


def test_submit_sends_what_is_asked_of_sound_and_analysis(run: Run, recording: str, tmp_path: Path) -> None:
    (tmp_path / "spellings.json").write_text('{"a": "b"}')
    (tmp_path / "schema.json").write_text('\ufeff{"type": "object"}', encoding="utf-8")
    (tmp_path / "question.txt").write_text("Who pays?")
    gateway = FakeGateway()
    sound = [
        "--languages",
        "en,de",
        "--hotwords",
        "Ask",
        "--channels",
        "split",
        "--start",
        "1:30",
        "--end",
        "9:00",
    ]
    sound += ["--continues", EARLIER]
    asked = ["--replacements", "spellings.json", "--recorded-at", "2026-11-20", "--template", "call"]
    files = ["--ask-file", "question.txt", "--schema-file", "schema.json"]
    result = run(gateway, "submit", recording, *sound, *asked, *files)
    assert result.exit_code == Exit.OK, result.output
    body = gateway.requests[0].content
    sent = {
        "languages": "en,de", "hotwords": "Ask", "channels": "split", "start": "1:30", "end": "9:00",
        "replacements": '{"a": "b"}', "recorded_at": "2026-11-20", "analysis_template": "call",
        "analysis_prompt": "Who pays?", "analysis_schema": '{"type": "object"}', "continues": EARLIER,
    }  # fmt: skip
    assert [n for n, v in sent.items() if f'name="{n}"\r\n\r\n{v}\r\n'.encode() not in body] == []
    assert body.count(b"Content-Disposition") == len(sent) + 1


def test_an_address_is_given_to_the_server_to_fetch(run: Run, recording: str) -> None:
    refused = problem(422, "audio_url_unreachable", "It leads nowhere.")
    gateway = FakeGateway(**{"POST /v1/jobs": [job(), job(), refused]})
    given = [recording, "HTTPS://media.example/a.mp3?token=secret", "http://media.example/b?token=secret"]
    options = ["--no-analyze", "--tag", "x", "--tag", "y", "--meta", "case=7", "--words"]
    result = run(gateway, "submit", *given, *options)
    assert result.exit_code == Exit.REFUSED
    assert result.stdout == f"{JOB}\n{JOB}\n"
    assert "http://media.example/b: It leads nowhere." in result.stderr
    assert "secret" not in result.output
    uploaded, fetched, _ = gateway.requests
    assert uploaded.headers["content-type"].startswith("multipart/form-data")
    assert (fetched.url.path, fetched.headers["content-type"]) == ("/v1/jobs", "application/json")
    assert fetched.headers["idempotency-key"] != uploaded.headers["idempotency-key"]
    sent = json.loads(fetched.content)
    assert parse_options(fields_of({**sent, "audio_url": None}, 999), settings()).tags == ("x", "y")
    assert sent == {
        "audio_url": given[1], "analyze": "false", "word_timestamps": "true", "tags": "x,y",
        "metadata": '{"case": "7"}',
    }  # fmt: skip


def test_what_was_not_asked_is_left_to_the_server(run: Run, recording: str) -> None:
    gateway = FakeGateway()
    run(gateway, "submit", recording)
    assert gateway.requests[0].content.count(b"Content-Disposition") == 1


def test_a_waited_for_job_is_printed_with_its_analysis(run: Run, recording: str) -> None:
    result = run(FakeGateway(), "submit", recording, "--wait")
    assert result.exit_code == Exit.OK
    for line in (
        "jfk.wav  00:11 · en · faster-whisper 1.2.1 base",
        "00:08  what your country can do for you.",
        "A call to serve.",
        "Topics  country, service",
        "Sentiment  positive (+0.40)",
        "00:08  Ask what you can do (owner: you) “can do”",
        "Read 1 of 2 segments: too long",
        "Not given: dates (none were named)",
    ):
        assert line in result.stdout.splitlines(), line
    assert "jfk.wav: transcribing" in result.stderr


def test_a_rendering_is_all_that_goes_to_standard_output(run: Run, recording: str) -> None:
    srt = "1\n00:00:00,000 --> 00:00:07,600\nAnd so\n\n"
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}/transcript": srt})
    result = run(gateway, "submit", recording, "--wait", "--format", "srt")
    assert result.stdout == srt
    assert gateway.asked("GET")[-1] == f"/v1/jobs/{JOB}/transcript?format=srt"


def test_all_files_are_submitted_before_any_is_waited_for(run: Run, recording: str) -> None:
    gateway = FakeGateway(
        **{"POST /v1/jobs": [job(), job(id="second")], "GET /v1/jobs/second": job("failed")}
    )
    result = run(gateway, "submit", recording, recording, "--wait")
    assert [request.method for request in gateway.requests][:3] == ["POST", "POST", "GET"]
    assert result.exit_code == Exit.FAILED
    assert "A call to serve." in result.stdout


def test_a_refused_file_does_not_stop_the_others(run: Run, recording: str) -> None:
    gateway = FakeGateway(**{"POST /v1/jobs": [problem(422, "audio_empty", "The file is empty."), job()]})
    result = run(gateway, "submit", recording, recording)
    assert (result.exit_code, result.stdout) == (Exit.REFUSED, f"{JOB}\n")
    assert "error: jfk.wav: The file is empty. (audio_empty)" in result.stderr


@pytest.mark.parametrize(
    ("ending", "exit_code"), [("failed", Exit.FAILED), ("cancelled", Exit.CANCELLED)], ids=str
)
def test_how_a_job_ended_is_the_exit_code(run: Run, ending: str, exit_code: Exit) -> None:
    error = {"code": "audio_unreadable", "message": "The file is not audio."}
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": job(ending, error=error)})
    result = run(gateway, "jobs", "watch", JOB)
    assert result.exit_code == exit_code
    assert ("audio_unreadable: The file is not audio." in result.stderr) is (ending == "failed")


@pytest.mark.parametrize(
    ("answer", "exit_code"),
    [
        (httpx2.ConnectError("refused"), Exit.UNREACHABLE),
        (httpx2.ReadTimeout("slow"), Exit.UNREACHABLE),
        (problem(401, "unauthenticated", "Send a key."), Exit.NOT_ALLOWED),
        (problem(403, "forbidden", "No scope."), Exit.NOT_ALLOWED),
        (problem(404, "not_found", "Not here."), Exit.NOT_FOUND),
        (problem(409, "not_ready", "Later."), Exit.REFUSED),
        (problem(500, "internal_error", "Ours."), Exit.SERVER_ERROR),
        (httpx2.Response(502, text="<html>proxy</html>"), Exit.SERVER_ERROR),
        (httpx2.Response(200, text="<html>someone else</html>"), Exit.SERVER_ERROR),
        (httpx2.Response(200, json=[1]), Exit.SERVER_ERROR),
    ],
)
def test_every_trouble_is_one_sentence_and_a_code(
    run: Run, answer: httpx2.Response | Exception, exit_code: Exit
) -> None:
    result = run(FakeGateway(**{f"GET /v1/jobs/{JOB}": answer}), "jobs", "show", JOB)
    assert result.exit_code == exit_code
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_a_get_is_repeated_when_the_connection_breaks(run: Run) -> None:
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": [httpx2.ReadError("broken"), job()]})
    assert run(gateway, "jobs", "show", JOB, "--json").exit_code == Exit.OK


def test_an_upload_is_repeated_with_the_same_key_and_all_of_its_bytes(run: Run, recording: str) -> None:
    gateway = FakeGateway(**{"POST /v1/jobs": httpx2.WriteError("broken")})
    assert run(gateway, "submit", recording).exit_code == Exit.UNREACHABLE
    assert len(gateway.requests) > 1
    assert len({request.headers["idempotency-key"] for request in gateway.requests}) == 1
    assert len({request.headers["content-length"] for request in gateway.requests}) == 1
    assert run(gateway, "submit", recording).exit_code == Exit.UNREACHABLE
    assert len({request.headers["idempotency-key"] for request in gateway.requests}) == 2


def test_a_server_that_restarts_is_waited_for(run: Run) -> None:
    away = [httpx2.ConnectError("refused")] * 4
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": [job(), *away, job("completed")]})
    assert run(gateway, "jobs", "watch", JOB).exit_code == Exit.OK


def test_a_server_that_stays_away_is_not_waited_for_ever(run: Run) -> None:
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": [job(), httpx2.ConnectError("refused")]})
    assert run(gateway, "jobs", "watch", JOB).exit_code == Exit.UNREACHABLE


def test_waiting_ends_at_its_timeout(run: Run) -> None:
    result = run(FakeGateway(**{f"GET /v1/jobs/{JOB}": job()}), "jobs", "watch", JOB, "--timeout", "30")
    assert result.exit_code == Exit.TIMEOUT
    assert f"Not done within 30 s: {JOB}." in result.stderr


def test_a_failed_analysis_does_not_hide_the_transcript(run: Run) -> None:
    failed = problem(500, "analysis_failed", "The language model gave nonsense.")
    result = run(FakeGateway(**{f"GET /v1/jobs/{JOB}/analysis": failed}), "jobs", "watch", JOB)
    assert result.exit_code == Exit.OK
    assert "what your country can do for you." in result.stdout
    assert "No analysis: The language model gave nonsense." in result.stderr


def test_a_skipped_analysis_is_not_asked_for(run: Run) -> None:
    done = job("completed", stages=[{"name": "analysis", "status": "skipped"}])
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": done})
    run(gateway, "jobs", "watch", JOB)
    assert f"/v1/jobs/{JOB}/analysis" not in gateway.asked("GET")


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        (
            [{"text": "Who pays?"}],
            ["Not given: action items (no rules)", "Not given: answers to questions (why)"],
        ),
        ([], ["Not given: action items (no rules)"]),
    ],
)
def test_what_a_report_lacks_is_said_where_there_would_be_any(
    run: Run, questions: list[dict[str, str]], told: list[str]
) -> None:
    missing = {"action_items": "no rules", "questions.answer": "why"}
    analysis = {**ANALYSIS, "action_items": None, "questions": questions, "missing": missing}
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}/analysis": analysis})

    shown = run(gateway, "jobs", "watch", JOB).stdout.splitlines()

    assert [line for line in shown if line.startswith("Not given")] == told


def test_text_of_a_server_cannot_drive_the_terminal(run: Run) -> None:
    evil = "\x1b]0;owned\x07[red]\u202egnp.exe\r"
    transcript = {**TRANSCRIPT, "segments": [{"start": 0, "text": evil}]}
    answers = {
        f"GET /v1/jobs/{JOB}": job("completed", filename=evil, message=evil),
        f"GET /v1/jobs/{JOB}/transcript": transcript,
        f"GET /v1/jobs/{JOB}/analysis": {**ANALYSIS, "summary": evil},
    }
    for command in (("jobs", "watch", JOB), ("jobs", "show", JOB)):
        result = run(FakeGateway(**answers), *command)
        assert result.exit_code == Exit.OK
        assert not set(result.output) & {"\x1b", "\x07", "\u202e", "\r"}
        assert "\\x1b]0;owned\\x07[red]\\x202egnp.exe" in result.stdout


def test_fields_that_are_missing_or_odd_are_no_trouble(run: Run) -> None:
    odd = {"status": "completed", "progress": "x", "stages": None, "error": 3, "tags": None, "duration": None}
    answers = {
        f"GET /v1/jobs/{JOB}": odd,
        f"GET /v1/jobs/{JOB}/transcript": {"segments": [{}], "gaps": None},
        f"GET /v1/jobs/{JOB}/analysis": {"topics": None, "questions": [3], "missing": None},
    }
    assert run(FakeGateway(**answers), "jobs", "show", JOB).exit_code == Exit.OK
    assert run(FakeGateway(**{"GET /v1/jobs": {}}), "jobs", "list").exit_code == Exit.OK


def test_a_list_is_read_page_by_page_up_to_its_limit(run: Run) -> None:
    pages = [{"jobs": [job(id="a"), job(id="b")], "next": "b"}, {"jobs": [job(id="c")], "next": "c"}]
    gateway = FakeGateway(**{"GET /v1/jobs": pages})
    result = run(gateway, "jobs", "list", "--limit", "3")
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["a", "b", "c"]
    assert gateway.asked("GET") == ["/v1/jobs?limit=3", "/v1/jobs?limit=1&cursor=b"]


def test_show_as_json_is_the_server_s_answer(run: Run) -> None:
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": job(metadata={"ü": 1})})
    assert json.loads(run(gateway, "jobs", "show", JOB, "--json").stdout)["metadata"] == {"ü": 1}


def test_a_made_key_is_the_only_line_on_standard_output(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/keys": {"id": "k1", "key": "sl_new"}})
    result = run(gateway, "keys", "create", "ci", "--scope", "jobs:read", "--days", "2")
    assert (result.exit_code, result.stdout) == (Exit.OK, "sl_new\n")
    asked = json.loads(gateway.requests[0].content)
    assert {key: asked[key] for key in ("name", "scopes")} == {"name": "ci", "scopes": ["jobs:read"]}
    assert asked["expires_at"].endswith("+00:00")


def test_keys_are_listed_and_revoked(run: Run) -> None:
    key = {"id": "k1", "name": "ci", "scopes": ["admin"], "tenant": "default", "revoked_at": None}
    gateway = FakeGateway(**{"GET /v1/keys": {"keys": [key]}, "DELETE /v1/keys/k1": httpx2.Response(204)})
    assert run(gateway, "keys", "list").stdout == "k1\tnever\tdefault\tci\tadmin\n"
    assert run(gateway, "keys", "revoke", "k1").exit_code == Exit.OK
    assert run(gateway, "keys", "revoke", "../x").exit_code == Exit.NOT_FOUND


TEMPLATE = {
    "name": "risks", "description": "Risks", "built_in": False, "prompt": "Which risks?",
    "analysis_schema": {"type": "object"},
}  # fmt: skip


def test_templates_are_listed_shown_and_deleted(run: Run) -> None:
    gateway = FakeGateway(**{
        "GET /v1/templates": {"templates": [{**TEMPLATE, "name": "call", "built_in": True}, TEMPLATE]},
        "GET /v1/templates/risks": TEMPLATE,
        "DELETE /v1/templates/risks": httpx2.Response(204),
        "DELETE /v1/templates/call": problem(409, "template_built_in", "A built-in one stays."),
    })  # fmt: skip
    assert run(gateway, "templates", "list").stdout == "call\tbuilt in\tRisks\nrisks\town\tRisks\n"
    shown = run(gateway, "templates", "show", "risks").stdout
    assert "Which risks?" in shown
    assert '"type": "object"' in shown
    assert json.loads(run(gateway, "templates", "show", "risks", "--json").stdout) == TEMPLATE
    assert run(gateway, "templates", "rm", "risks").exit_code == Exit.OK
    assert run(gateway, "templates", "rm", "call").exit_code == Exit.REFUSED
    assert run(gateway, "templates", "show", "none").exit_code == Exit.NOT_FOUND


def test_a_template_is_made_of_a_question_and_a_schema(run: Run, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    gateway = FakeGateway(**{"PUT /v1/templates/risks": TEMPLATE})
    result = run(
        gateway, "templates", "put", "risks", "--description", "Risks", "--ask", "Which risks?",
        "--schema-file", "schema.json",
    )  # fmt: skip
    assert result.exit_code == Exit.OK, result.output
    assert json.loads(gateway.requests[0].content) == {
        name: TEMPLATE[name] for name in ("description", "prompt", "analysis_schema")
    }


@pytest.mark.parametrize(
    ("options", "rules", "told"),
    [
        ([], {}, ("not told of", "not told of")),
        (["--action-items"], {"action_item_found": {"owners": []}}, ("of everybody", "not told of")),
        (
            ["--owner", "Ann", "--owner", "Bo", "--negative", "-0.5"],
            {"action_item_found": {"owners": ["Ann", "Bo"]}, "sentiment_negative": {"at_most": -0.5}},
            ("of Ann, Bo", "at most -0.5"),
        ),
    ],
)
def test_rules_are_replaced_and_shown(
    run: Run, options: list[str], rules: dict[str, Any], told: tuple[str, str]
) -> None:
    stored = {"action_item_found": None, "sentiment_negative": None, **rules}
    gateway = FakeGateway(**{"PUT /v1/rules": stored, "GET /v1/rules": stored})
    result = run(gateway, "rules", "set", *options)
    assert json.loads(gateway.requests[0].content) == rules
    assert result.stdout == f"action items:       {told[0]}\nnegative sentiment: {told[1]}\n"
    assert run(gateway, "rules", "show").stdout == result.stdout
    assert json.loads(run(gateway, "rules", "show", "--json").stdout) == stored


def test_jobs_are_listed_by_what_they_have(run: Run) -> None:
    gateway = FakeGateway(**{"GET /v1/jobs": {"jobs": [], "next": None}})
    run(gateway, "jobs", "list", "--status", "failed", "--tag", "a", "--tag", "b", "--metadata", '{"x": 1}')
    asked = gateway.requests[0].url.params
    assert (asked.get_list("status"), asked.get_list("tag")) == (["failed"], ["a", "b"])
    assert (asked["metadata"], asked["limit"]) == ('{"x": 1}', "20")


LETTER = {
    "id": "m1", "reason": "ValueError: no", "attempts": 5, "died_at": "2026-11-21T12:00:00+00:00",
    "job": "j1",
    "unit": {"job": "j1", "stage": "chunk", "index": 3, "run": 1}, "body": None,
}  # fmt: skip


def test_queues_and_their_dead_letters_are_listed(run: Run) -> None:
    queue = {"name": "analyzer", "ready": 3, "unacked": None, "consumers": 0, "dead": 1, "waiting": 9,
             "released": 3, "paused_at": "2026-11-21T12:00:00Z"}  # fmt: skip
    gateway = FakeGateway(**{
        "GET /v1/admin/queues": {"queues": [{**queue, "oldest_seconds": 7.5}]},
        "GET /v1/admin/queues/analyzer/dead": {"letters": [LETTER], "messages": 1},
        "GET /v1/admin/queues/analyzer/dead/m1": {**LETTER, "body": {"type": "x"}},
    })  # fmt: skip
    assert run(gateway, "queues", "list").stdout == "analyzer\t3\t\t0\t1\t9\t3\t7.5\t2026-11-21T12:00:00Z\n"
    told = run(gateway, "queues", "dead", "analyzer").stdout
    assert told == "m1\t2026-11-21T12:00:00+00:00\t5\tj1\tchunk/3/1\tValueError: no\n"
    assert json.loads(run(gateway, "queues", "show", "analyzer", "m1").stdout)["body"] == {"type": "x"}


@pytest.mark.parametrize(("what", "told"), [("pause", "paused"), ("resume", "sent work again")])
def test_a_queue_is_paused_and_resumed(run: Run, what: str, told: str) -> None:
    gateway = FakeGateway(**{f"POST /v1/admin/queues/analyzer/{what}": {"name": "analyzer"}})
    assert told in run(gateway, "queues", what, "analyzer").stderr


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["m1", "m2"], {"ids": ["m1", "m2"]}),
        (["--job", "j1"], {"job": "j1"}),
        (["--tenant", "acme"], {"tenant": "acme"}),
        (["--all"], {"all": True}),
    ],
)
def test_dead_letters_are_chosen_and_sorted_out(run: Run, options: list[str], asked: dict[str, Any]) -> None:
    done = {"redriven": 1, "discarded": 2, "kept": [{"id": "m3", "reason": "Its job is still under way."}]}
    gateway = FakeGateway(**{
        "POST /v1/admin/queues/analyzer/dead/redrive": done,
        "POST /v1/admin/queues/analyzer/dead/discard": {"discarded": 2},
    })  # fmt: skip
    result = run(gateway, "queues", "redrive", "analyzer", *options)
    assert json.loads(gateway.requests[0].content) == asked
    assert "1 tried again.\n2 had nothing to repair" in result.output
    assert "m3 stays: Its job is still under way." in result.output
    assert "2 thrown away." in run(gateway, "queues", "discard", "analyzer", *options).output
    assert run(gateway, "queues", "redrive", "analyzer").exit_code == Exit.USAGE


def test_jobs_are_resumed_one_by_one_or_all(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/admin/resume": {"jobs": 2}})
    assert "Units of 4 jobs are sent again." in run(gateway, "jobs", "resume", "j1", "j2").output
    assert "Units of 2 jobs are sent again." in run(gateway, "jobs", "resume", "--all").output
    asked = [json.loads(request.content) for request in gateway.requests]
    assert asked == [{"job": "j1"}, {"job": "j2"}, {"all": True}]
    assert run(gateway, "jobs", "resume").exit_code == Exit.USAGE


def test_jobs_are_cancelled_tried_again_and_deleted(run: Run) -> None:
    gateway = FakeGateway(**{
        "POST /v1/jobs/j1/retry": {"id": "j1"},
        "POST /v1/jobs/j2/retry": problem(409, "nothing_failed", "Nothing failed."),
        "POST /v1/jobs/j1/cancel": {"id": "j1"},
        "POST /v1/jobs/j2/cancel": problem(409, "job_ended", "It has ended."),
        "DELETE /v1/jobs/j1": httpx2.Response(204),
    })  # fmt: skip
    assert "j1 is being cancelled." in run(gateway, "jobs", "cancel", "j1").output
    assert run(gateway, "jobs", "cancel", "j2").exit_code == Exit.REFUSED
    assert "What failed in j1 is tried again." in run(gateway, "jobs", "retry", "j1").output
    assert run(gateway, "jobs", "retry", "j2").exit_code == Exit.REFUSED
    assert "j1 is deleted." in run(gateway, "jobs", "delete", "j1").output
    assert run(gateway, "jobs", "delete", "j9").exit_code == Exit.NOT_FOUND


def test_jobs_are_run_again_with_other_options(run: Run) -> None:
    gateway = FakeGateway(**{
        "POST /v1/jobs/j1/rerun": {"id": "j1", "run": 2},
        "POST /v1/jobs/j2/rerun": problem(409, "job_running", "It is under way."),
    })  # fmt: skip
    options = ("--language", "de", "--no-words", "--set", "model=null", "--set", "prompt=Ask not")
    assert "j1 runs again: run 2." in run(gateway, "jobs", "rerun", "j1", *options).output
    run(gateway, "jobs", "rerun", "j1", "--stage", "analysis", "--ask", "Who?")
    assert [json.loads(request.content) for request in gateway.requests] == [
        {"language": "de", "word_timestamps": False, "model": None, "prompt": "Ask not"},
        {"stage": "analysis", "analysis_prompt": "Who?"},
    ]
    assert run(gateway, "jobs", "rerun", "j2").exit_code == Exit.REFUSED
    assert run(gateway, "jobs", "rerun", "j1", "--set", "prompt").exit_code == Exit.USAGE
    assert run(gateway, "jobs", "rerun", "j1", "--stage", "merge").exit_code == Exit.USAGE


def test_the_runs_of_a_job_are_listed_and_read(run: Run) -> None:
    runs = [
        {"run": 1, "status": "failed", "options": {"language": "de"}, "input_run": None, "created_at": "t1"},
        {"run": 2, "status": "completed", "options": {}, "input_run": 1, "created_at": "t2"},
    ]
    gateway = FakeGateway(**{
        "GET /v1/jobs/j1/runs": {"runs": runs},
        "GET /v1/jobs/j1/transcript": httpx2.Response(200, text="words\n"),
        "GET /v1/jobs/j1/analysis": {"summary": "All of it."},
    })  # fmt: skip
    listed = run(gateway, "jobs", "runs", "j1").output.splitlines()
    assert listed == ["1\tfailed\tde\t-\t-\tt1", "2\tcompleted\t-\t-\t1\tt2"]
    assert run(gateway, "transcript", "j1", "--run", "1", "--format", "txt").output == "words\n"
    assert "All of it." in run(gateway, "analysis", "j1", "--run", "1", "--json").output
    assert [request.url.params.get("run") for request in gateway.requests] == [None, "1", "1"]


STATUS = {
    "status": "degraded",
    "checks": {"broker": {"status": "ok", "detail": None}, "language_model": {"status": "off"}},
    "queues": [
        {
            "name": "analyzer",
            "status": "degraded",
            "messages": 3,
            "consumers": 0,
            "detail": "3 messages wait.",
        }
    ],
    "outbox": {"status": "ok", "messages": 0},
}


def test_the_status_is_a_table_and_an_exit_code(run: Run) -> None:
    result = run(FakeGateway(**{"GET /v1/admin/status": STATUS}), "status")
    assert result.exit_code == Exit.FAILED
    assert result.stdout.splitlines() == [
        "broker\tok\t-\t-\t",
        "language model\toff\t-\t-\t",
        "outbox\tok\t0\t-\t",
        "analyzer\tdegraded\t3\t0\t3 messages wait.",
    ]
    fine = FakeGateway(**{"GET /v1/admin/status": {**STATUS, "status": "ok"}})
    assert run(fine, "status", "--json").exit_code == Exit.OK


def test_the_models_of_the_server_are_listed(run: Run) -> None:
    data = [{"id": "base", "default": True, "languages": None}, {"id": "tiny.en", "languages": ["en"]}]
    gateway = FakeGateway(**{"GET /v1/models": {"data": data}})
    assert run(gateway, "models", "offered").stdout == "base\tdefault\tany\ntiny.en\t\ten\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit",),
        ("submit", "no-such-file.wav"),
        ("submit", "ftp://media.example/a.mp3"),
        ("submit", "."),
        ("submit", "{recording}", "--format", "srt"),
        ("submit", "{recording}", "--wait", "--format", "pdf"),
        ("submit", "{recording}", "--meta", "no-equals-sign"),
        ("submit", "{recording}", "--ask", "x", "--ask-file", "{recording}"),
        ("submit", "{recording}", "--schema-file", "no-such-file.json"),
        ("submit", "{recording}", "--ask-file", "{binary}"),
        ("submit", "{recording}", "--channels", "left"),
        ("templates", "put", "x", "--schema-file", "{recording}"),
        ("templates", "put", "x", "--schema-file", "{binary}"),
        ("jobs", "watch"),
        ("nonsense",),
    ],
)
def test_wrong_usage_ends_with_2_and_asks_no_server(
    run: Run, recording: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    gateway = FakeGateway()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    given = (part.format(recording=recording, binary=tmp_path / "binary") for part in arguments)
    assert run(gateway, *given).exit_code == Exit.USAGE
    assert gateway.requests == []


def test_an_address_that_is_none_is_wrong_usage(run: Run) -> None:
    assert run(FakeGateway(), "--url", "gateway:8000", "jobs", "list").exit_code == Exit.USAGE


def test_ctrl_c_ends_quietly(run: Run) -> None:
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": [job(), KeyboardInterrupt()]})
    result = run(gateway, "jobs", "watch", JOB)
    assert result.exit_code == Exit.INTERRUPTED
    assert "Traceback" not in result.output


def test_help_documents_every_exit_code(run: Run) -> None:
    shown = " ".join(run(FakeGateway(), "--help").stdout.split())
    for exit_code in Exit:
        assert f"{exit_code.value} " in shown.partition("Exit codes:")[2]

"""The requests of `docs/migrating.md`, as they stand there, against a gateway process with real speech."""

import json
import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai.types.audio import TranscriptionVerbose

from tests.support.audio import JFK_TEXT, jfk, wav_file
from tests.support.captions import read_srt, read_vtt
from tests.support.curl import Call, calls, parsed
from tests.support.manual import sections, spans
from tests.support.pipeline import Pipeline
from tests.support.served import served
from tests.support.servers import Servers
from tests.support.sites import Site, recording, site
from tests.support.words import normalized, same_words

PAGE = sections("migrating.md")
FILES = {"talk.wav": wav_file(jfk()), "more.wav": wav_file(jfk()), "raw.pcm": jfk().tobytes()}
MEDIA = "https://media.example.com/talk.wav"
FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
REFUSAL = re.compile(r"(\d{3}) `(\w+)`")
PATH = re.compile(r"(job|transcript|analysis|verbose)\.([\w.\[\]]+)")


@dataclass
class Reader:
    """Somebody who has the page, a key, and nothing else."""

    client: httpx2.AsyncClient
    system: Pipeline
    web: Site
    values: dict[str, str]
    found: dict[str, Any] = field(default_factory=dict)
    """The last of each thing, by the page's own name for it."""

    async def send(self, call: Call) -> httpx2.Response:
        return await self.client.request(
            call.verb,
            call.url,
            headers=dict(call.headers),
            data=_several(call.fields),
            files=[(name, (file, FILES[file], kind or "audio/wav")) for name, file, kind in call.files],
            content=call.body.replace(MEDIA, self.web.url("/talk.wav")) if call.body else None,
        )

    async def play(self, block: str) -> list[httpx2.Response]:
        """All of it, one after the other, waiting for a job where the page does."""
        answers = []
        for number in range(len(calls(block))):
            call = calls(block, self.values)[number]
            answer = await self.send(call)
            assert answer.status_code in (200, 202), f"{call}: {answer.text}"
            if "wait" in call.query and answer.status_code == 202:
                await self.system.ended(answer.json()["id"])
                answer = await self.send(Call(f"/v1/jobs/{answer.json()['id']}", headers=call.headers))
            self._keep(call, answer)
            answers.append(answer)
        return answers

    def _keep(self, call: Call, answer: httpx2.Response) -> None:
        if answer.headers["content-type"] != "application/json":
            return
        told = answer.json()
        if call.url.startswith("/v1/jobs") and "id" in told:
            self.found["job"], self.values["JOB"] = told, told["id"]
        else:
            self.found[call.url.rpartition("/")[2]] = told

    def reach(self, path: str) -> Any:
        """What stands there; None behind what is null or an empty list. A KeyError elsewhere."""
        value: Any = self.found
        for step in path.replace("[]", ".[]").split("."):
            if value is None or value == []:
                return None
            value = value[0] if step == "[]" else value[step]
        return value


def _several(fields: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    return {name: [value for other, value in fields if other == name] for name, _ in fields}


@pytest.fixture(scope="module")
async def running(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pipeline]:
    """One for all tests of this file."""
    settings = {"models_allowed": ("base",), "fetch_hosts_allowed": ("127.0.0.1",)}
    logs = tmp_path_factory.mktemp("migrating")
    async with served(servers, template_database, models_dir, logs, **settings) as system:
        yield system


@pytest.fixture
async def reader(running: Pipeline) -> AsyncIterator[Reader]:
    key = running.client.headers["authorization"].removeprefix("Bearer ")
    values = {"URL": "", "OLD": "", "KEY": key, "OLD_KEY": key}
    async with (
        site({"/talk.wav": recording(FILES["talk.wav"])}) as web,
        httpx2.AsyncClient(base_url=running.client.base_url, timeout=120) as client,
    ):
        yield Reader(client, running, web, values)


def places(title: str) -> list[str]:
    rows = PAGE[title].table(f"answered by {title}")
    return [span for _, here in rows for span in spans(here) if PATH.fullmatch(span)]


async def play_all(reader: Reader, title: str) -> None:
    """The section's new requests, and one for `verbose.`"""
    for block in PAGE[title].blocks("sh new"):
        await reader.play(block)
    verbose = await reader.send(speaches(reader, "transcriptions"))
    reader.found["verbose"] = verbose.json()


def speaches(reader: Reader, route: str) -> Call:
    """The page's request to that route of OpenAI's API."""
    [block] = PAGE["speaches"].blocks("sh same")
    [call] = [call for call in calls(block, reader.values) if call.url.endswith(route)]
    return call


def with_field(call: Call, name: str, value: str) -> Call:
    """With another value of it; `timestamp_granularities` goes where it is refused."""
    kept = [(n, v) for n, v in call.fields if n != name and (value == "verbose_json" or "[]" not in n)]
    return replace(call, fields=(*kept, (name, value)))


@pytest.mark.parametrize("title", ["StreaMetrics", "EchoStream", "whisper-asr-webservice"])
async def test_what_was_answered_stands_where_the_page_says(reader: Reader, title: str) -> None:
    await play_all(reader, title)
    assert places(title)
    for place in places(title):
        reader.reach(place)
    assert normalized(reader.reach("transcript.text")).endswith(
        normalized("what you can do for your country")
    )


async def test_streametrics_is_told_what_it_sent_and_what_became_of_it(reader: Reader) -> None:
    await play_all(reader, "StreaMetrics")
    promised = {
        "job.status": "completed",
        "job.current_step": None,
        "job.progress": 100,
        "job.message": "Done.",
        "job.error": None,
        "job.metadata": {
            "streamer": "Ann",
            "game": "Just Chatting",
            "time": "00:15:30",
            "title": "First stream",
        },
    }
    assert {place: reader.reach(place) for place in promised} == promised
    assert reader.reach("analysis.summary")


async def test_echostream_gets_its_insights_for_a_file_an_address_and_a_session(reader: Reader) -> None:
    [block] = PAGE["EchoStream"].blocks("sh new")
    at_once, accepted, fetched, given, continued, transcript, _ = await reader.play(block)
    assert (at_once.status_code, at_once.json()["status"]) == (200, "completed")
    assert accepted.status_code == 202
    assert fetched.json()["id"] == accepted.json()["id"]
    assert fetched.json()["filename"] == "talk.wav"
    assert len(reader.web.asked) == 1
    assert continued.json()["continues"] == given.json()["id"]
    assert continued.json()["metadata"] == {"session": "standup"}
    said = f"Good morning. {JFK_TEXT} {JFK_TEXT}"
    assert same_words(transcript.json()["text"], said, errors=2)
    assert reader.reach("analysis.topics")
    assert reader.reach("analysis.action_items") == []
    assert reader.reach("analysis.sentiment.label") in ("positive", "neutral", "negative")
    assert -1 <= reader.reach("analysis.sentiment.score") <= 1


async def test_a_voice_note_is_a_text(reader: Reader) -> None:
    [block] = PAGE["Notisent"].blocks("sh new")
    job, text = await reader.play(block)
    assert job.json()["analyze"] is False
    assert same_words(text.text, JFK_TEXT, errors=1)


async def test_what_asr_wrote_is_a_rendering_and_what_detect_language_told_is_in_the_job(
    reader: Reader,
) -> None:
    [block] = PAGE["whisper-asr-webservice"].blocks("sh new")
    asked, captions, transcript, detected = await reader.play(block)
    options = asked.json()["options"]
    assert (options["task"], options["language"], options["prompt"]) == ("transcribe", "en", "A speech.")
    assert same_words(" ".join(cue.text for cue in read_srt(captions.text)), JFK_TEXT, errors=1)
    word = transcript.json()["segments"][0]["words"][0]
    assert set(word) == {"start", "end", "text", "probability"}
    assert (detected.json()["language"], detected.json()["engine"]["model"]) == ("en", "base")
    assert 0.5 < detected.json()["language_probability"] <= 1
    [row] = [here for told, here in PAGE["whisper-asr-webservice"].table(
        "sent to whisper-asr-webservice") if told == "`output`"]  # fmt: skip
    for kind in ("txt", "vtt", "srt", "tsv", "json"):
        assert f"`{kind}`" in row
        answer = await reader.send(
            Call(f"{asked.json()['links']['transcript']}?format={kind}", headers=auth(reader))
        )
        assert answer.status_code == 200, kind


def auth(reader: Reader) -> dict[str, str]:
    return {"Authorization": f"Bearer {reader.values['KEY']}"}


async def test_what_worked_with_speaches_works_as_it_is(reader: Reader) -> None:
    [block] = PAGE["speaches"].blocks("sh same")
    transcription, translation, models, model = await reader.play(block)
    verbose = TranscriptionVerbose.model_validate(transcription.json())
    assert same_words(verbose.text, JFK_TEXT, errors=1)
    assert (verbose.language, verbose.duration) == ("english", 11.0)
    assert verbose.segments
    assert all(segment.tokens == [] and segment.temperature == 0 for segment in verbose.segments)
    assert verbose.words
    assert same_words(translation.json()["text"], JFK_TEXT, errors=1)
    assert {"id", "object", "created", "owned_by"} <= set(models.json()["data"][0])
    assert model.json()["id"] == "whisper-1"
    reader.found["verbose"] = transcription.json()
    assert [reader.reach(place) for place in places("speaches")]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("route", ["transcriptions", "translations"])
async def test_every_format_of_speaches_is_answered(reader: Reader, route: str, kind: str) -> None:
    answer = await reader.send(with_field(speaches(reader, route), "response_format", kind))
    assert answer.status_code == 200, answer.text
    text = answer.text
    match kind:
        case "json" | "verbose_json":
            said = answer.json()["text"]
        case "srt":
            said = " ".join(cue.text for cue in read_srt(text))
        case "vtt":
            said = " ".join(cue.text for cue in read_vtt(text))
        case _:
            said = text
            assert text.endswith("\n")
    assert same_words(said, JFK_TEXT, errors=1)
    assert answer.headers["content-type"].startswith("application/json" if "json" in kind else "text/plain")


async def test_a_stream_is_the_lines_of_data_that_speaches_sends(reader: Reader) -> None:
    plain = with_field(speaches(reader, "transcriptions"), "response_format", "json")
    answer = await reader.send(with_field(plain, "stream", "true"))
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]
    assert [event["type"] for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert events[0]["delta"] == events[1]["text"]


async def test_what_is_refused_is_refused_with_the_code_that_the_page_tells(reader: Reader) -> None:
    rows = PAGE["speaches"].table("sent to speaches")
    asked = [(span, here) for told, here in rows for span in spans(told)]
    assert len(asked) > 10
    for span, here in asked:
        answer = await reader.send(_refused(reader, span))
        told = answer.json()
        code = told["error"]["code"] if "error" in told else told["code"]
        expected = REFUSAL.match(here)
        assert expected is not None, here
        assert (str(answer.status_code), code) == expected.groups(), f"{span}: {answer.text}"


def _refused(reader: Reader, span: str) -> Call:
    """A request to a route, or the least transcription with that option."""
    if not span.startswith("-F"):
        method, path = span.split()
        return Call(path, method=method, headers=auth(reader))
    given = parsed(shlex.split(span))
    fields = (
        given.fields
        if any(n == "model" for n, _ in given.fields)
        else (("model", "whisper-1"), *given.fields)
    )
    files = given.files or (("file", "talk.wav", ""),)
    return Call("/v1/audio/transcriptions", headers=auth(reader), fields=fields, files=files)


async def test_what_is_new_to_all_of_them_is_so(reader: Reader) -> None:
    key, broken = auth(reader), [("audio", ("talk.wav", b"no recording" * 99))]
    slash = await reader.client.post("/v1/jobs/", headers=key)
    keyless = await reader.client.post("/v1/jobs", files=broken)
    wrong = await reader.client.get("/v1/jobs", headers={"Authorization": "Bearer wrong"})
    unknown = await reader.client.get("/v1/jobs/0", headers=key)
    empty = await reader.client.post("/v1/jobs", headers=key, files=[("other", (None, b""))])
    refused = [slash, keyless, wrong, unknown, empty]
    codes = ["not_found", "unauthenticated", "unauthenticated", "not_found", "invalid_parameter"]
    assert [answer.status_code for answer in refused] == [404, 401, 401, 404, 422]
    assert [answer.json()["code"] for answer in refused] == codes
    failed = await reader.client.post("/v1/jobs?wait=60", headers=key, files=broken)
    await reader.system.ended(failed.json()["id"])
    ended = await reader.client.get(f"/v1/jobs/{failed.json()['id']}?wait=60", headers=key)
    job = ended.json()
    assert ended.status_code == 200
    assert (job["status"], job["current_step"], job["error"]["code"]) == ("failed", None, "audio_unreadable")
    preflight = await reader.client.options("/v1/jobs", headers={"Origin": "https://app.example.com"})
    assert not [name for name in preflight.headers if name.startswith("access-control")]

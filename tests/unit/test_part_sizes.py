"""The writer cuts a transcript into parts that the analyzer has room to read, in every script."""

from uuid import uuid4

import pytest

from analyzer import prompts
from analyzer.llm import Llm
from analyzer.main import engine_of
from analyzer.reader import lines_that_fit
from analyzer.settings import AnalyzerSettings
from result_writer.follow_ups import cut_parts
from result_writer.settings import WriterSettings
from scribeline.contracts.analysis import AnalyzePart, Line
from scribeline.contracts.text import most_tokens
from scribeline.contracts.unit import Stage, UnitRef
from tests.support.analyses import settings_for
from tests.support.ollama import FakeOllama

TEXTS = {
    "English": "We agreed that the report goes out on Friday, whatever happens.",
    "Chinese": "我们同意无论发生什么情况都要在星期五之前把这份报告发出去并且通知所有人。",
    "Japanese": "何があっても金曜日までにこの報告書を送ることに同意しました。",
    "Russian": "Мы договорились, что отчёт будет отправлен в пятницу.",
    "Thai": "เราตกลงกันว่ารายงานจะถูกส่งออกในวันศุกร์ไม่ว่าจะเกิดอะไรขึ้น",
    "emoji": "👍🎉😀👍🎉😀👍🎉😀",
    "one letter": "a",
}


def transcript(text: str, count: int = 3000, speaker: str | None = None) -> list[Line]:
    return [Line(number=n, start=float(n), text=text, speaker=speaker) for n in range(count)]


@pytest.mark.parametrize("speaker", [None, "channel 1"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_line_of_a_part_has_room_with_default_settings(text: str, speaker: str | None) -> None:
    lines = transcript(text, speaker=speaker)
    parts = cut_parts(lines, WriterSettings().analysis_part_tokens)
    room = Llm(AnalyzerSettings()).room - most_tokens(prompts.read_part((), None).text)

    assert len(parts) > 1
    assert [line for part in parts for line in part] == lines
    assert [lines_that_fit(part, room) for part in parts] == parts


@pytest.mark.parametrize("text", [TEXTS["English"], TEXTS["Chinese"]], ids=["ASCII", "CJK"])
async def test_the_report_of_a_part_covers_all_of_it_with_default_settings(text: str) -> None:
    first = cut_parts(transcript(text), WriterSettings().analysis_part_tokens)[0]
    part = AnalyzePart(unit=UnitRef(job=uuid4(), stage=Stage.ANALYZE), lines=first)
    with FakeOllama() as server:
        settings = settings_for(server.url)
        report = await engine_of(settings, Llm(settings)).analyze(part)

    assert report.coverage.segments_read == report.coverage.segments_total == len(first)
    assert report.coverage.reason is None


def test_a_line_larger_than_a_part_is_a_part_of_its_own() -> None:
    long = Line(number=1, start=1.0, text="word " * 5000)
    around = [Line(number=0, start=0.0, text="before"), long, Line(number=2, start=2.0, text="after")]

    assert cut_parts(around, 4000) == [(around[0],), (long,), (around[2],)]

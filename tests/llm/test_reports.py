"""What a real small model says becomes a report that holds, or a clear failure."""

from jsonschema import Draft202012Validator

from analyzer import tokens
from analyzer.handler import handle
from analyzer.reader import LlmEngine
from result_writer.follow_ups import cut_parts
from scribeline.contracts.analysis import Analysis, Brief
from scribeline.contracts.text import most_tokens
from tests.support.analyses import MEETING, TEXT, lines_of, listed, merge_of, part_of
from tests.support.small_model import TINY
from tests.support.watched import Watched, misquoted

TASKS = Brief(
    prompt="Which tasks were given or taken on, and by whom are they to be done?",
    answer_schema=listed({"line": {"type": "integer"}, "quote": TEXT, "task": TEXT}, of="tasks"),
)
CHINESE = (
    "大家早上好，感谢参加今天的预算会议。",
    "上个季度仓库项目超出预算百分之十二。",
    "玛尔塔会在星期五之前把修改后的预算发给财务部。",
    "你能给供应商打个电话问一下延迟的问题吗？",
)


async def test_a_report_says_only_what_was_said_and_where(clean: Analysis) -> None:
    assert clean.summary
    assert clean.topics
    assert clean.action_items
    assert misquoted(clean, lines_of(MEETING)) == []
    assert (clean.coverage.segments_read, clean.coverage.segments_total) == (15, 15)
    assert (clean.coverage.reason, clean.engine, clean.fallback) == (None, "ollama", None)
    assert Analysis.model_validate_json(clean.model_dump_json()) == clean


async def test_an_answer_follows_the_schema_of_the_user(small: Watched) -> None:
    made = await small.read(part_of(MEETING, brief=TASKS))

    assert made is not None
    assert TASKS.answer_schema is not None
    Draft202012Validator(TASKS.answer_schema).validate(made.answer)
    assert made.answer["tasks"]
    assert len(made.answer_evidence or ()) == len(made.answer["tasks"])
    assert misquoted(made, lines_of(MEETING)) == []


async def test_the_server_counts_about_as_many_tokens_as_were_estimated(
    small: Watched, clean: Analysis
) -> None:
    chinese = await small.read(part_of(CHINESE, language="zh", brief=Brief(prompt="这次会议谈了什么？")))

    assert chinese is not None
    assert chinese.coverage.reason is None
    assert len(small.calls) > 1
    for prompt, response in small.calls:
        counted = response.prompt_eval_count
        assert counted is not None
        assert tokens.least(prompt.text) <= counted <= most_tokens(prompt.text)


async def test_a_model_that_follows_nothing_is_asked_again_and_ends_in_what_holds_or_a_failure(
    server: str,
) -> None:
    """256 tokens are too few for it: it goes round in circles."""
    repairs = 0
    for texts in (MEETING[:5], MEETING[5:10], MEETING[10:]):
        tiny = Watched(server, TINY, answer_tokens=256)
        made = await tiny.read(part_of(texts))

        repairs += len(tiny.calls) - 1
        assert made is not None or len(tiny.calls) == 2, "one repair before it fails"
        assert made is None or misquoted(made, lines_of(texts)) == []
    assert repairs > 0


async def test_a_long_text_is_read_in_parts_and_summed_up(server: str, small: Watched) -> None:
    engine = LlmEngine(small)
    parts = cut_parts(list(lines_of(MEETING)), 180)
    before = len(small.calls)
    made = [
        (await handle(part_of(MEETING).model_copy(update={"lines": part}), engine=engine)).analysis
        for part in parts
    ]
    merged = (await handle(merge_of(*made, lines_total=len(MEETING)), engine=engine)).analysis

    assert len(parts) == 2
    assert len(small.calls) > before + 2, "the merge asked too"
    assert (merged.coverage.segments_read, merged.coverage.segments_total) == (15, 15)
    assert merged.coverage.reason is None
    assert merged.summary
    assert misquoted(merged, lines_of(MEETING)) == []
    assert {item.task for each in made for item in each.action_items or ()} >= {
        item.task for item in merged.action_items or ()
    }

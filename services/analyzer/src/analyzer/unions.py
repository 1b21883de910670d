"""Calls that unite what was made of the parts: summaries of reports, and answers to a brief."""

from collections.abc import Sequence
from itertools import accumulate

from analyzer import tokens
from analyzer.answers import Shape, SummaryAnswer
from analyzer.bounds import clean
from analyzer.briefs import Answered, BriefForm, answered
from analyzer.coverage import cut_and_counted
from analyzer.llm import Llm, within
from analyzer.merge import MAX_SUMMARY, all_reasons, coverage_of_parts, unite
from analyzer.prompts import PROMPT_VERSION, compact, sum_up, unite_answers
from analyzer.quotes import Standing
from analyzer.threads import in_thread
from scribeline.contracts.analysis import Analysis, Brief, Coverage, MergeAnalysis
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.text import most_tokens

NOT_CONDENSED = "the summaries of the parts stand one after the other"
NO_ROOM = "the model's context has no room for the answers of all parts"


async def summed_up(llm: Llm, parts: MergeAnalysis) -> Analysis:
    """Items are united by rules; one call sums up the summaries that the model wrote.

    If that call comes to nothing usable, the items must not go with it: the summaries are joined.
    """
    united = await in_thread(unite, parts)
    summaries = [analysis.summary for analysis in parts.analyses if analysis.summary]
    if united.engine != "ollama" or len(summaries) < 2:
        return united
    try:
        summary = await _summary(llm, summaries)
    except Fail as fault:
        if fault.code is not Code.LLM_ANSWER_INVALID:
            raise
        why = f"{NOT_CONDENSED}: {fault.message.replace(';', ',')}"
        return united.model_copy(update={"fallback": all_reasons([united.fallback, why])})
    return united.model_copy(update={"summary": clean(summary, MAX_SUMMARY)})


async def _summary(llm: Llm, summaries: Sequence[str]) -> str:
    """Of summaries that are each cut to their share of the context. Raises Fail when they were not read."""
    whole = sum(map(most_tokens, summaries))

    async def asked(room: int) -> str:
        share = room / max(whole, 1)
        prompt = sum_up([tokens.head(each, int(most_tokens(each) * min(1.0, share))) for each in summaries])
        reply = await llm.ask(prompt, Shape(SummaryAnswer))
        if less := cut_and_counted(prompt, reply):
            raise Fail(Code.LLM_ANSWER_INVALID, str(less))
        return reply.answer.summary

    return await within(min(whole, llm.room - most_tokens(sum_up([]).text)), asked)


async def united_answer(llm: Llm, parts: MergeAnalysis, brief: Brief) -> Analysis:
    """One answer to the brief out of those of the parts. Its quotes are some of theirs, checked ones."""
    analyses = parts.analyses
    given, coverage = await _answer(llm, parts, brief)
    return answered(
        brief,
        Answered(given.answer, given.evidence, given.dropped + sum(each.dropped for each in analyses)),
        coverage=coverage,
        language=parts.language,
        engine=analyses[0].engine,
        model=llm.model,
        prompt_version=PROMPT_VERSION,
        fallback=all_reasons([each.fallback for each in analyses]),
    )


async def _answer(llm: Llm, parts: MergeAnalysis, brief: Brief) -> tuple[Answered, Coverage]:
    costs = [_cost(each, llm.answer_tokens) for each in parts.analyses]

    async def asked(room: int) -> tuple[Answered, Coverage]:
        count = max(1, sum(total <= room for total in accumulate(costs)))
        some = parts.analyses[:count]
        coverage = _covered(parts, count)
        if count == 1:
            return Answered(some[0].answer, some[0].answer_evidence, 0), coverage
        prompt = unite_answers([each.answer for each in some], brief)
        reply = await llm.ask(prompt, BriefForm(brief, await in_thread(Standing, some)))
        if less := cut_and_counted(prompt, reply):
            coverage = _less(coverage, less.of(coverage.segments_read), str(less))
        return reply.answer, coverage

    return await within(min(sum(costs), llm.room - most_tokens(unite_answers([], brief).text)), asked)


def _cost(analysis: Analysis, answer_tokens: int) -> int:
    """Tokens of an answer in a prompt: the estimate, or what the model made it of, written closer."""
    return min(most_tokens(compact(analysis.answer)), answer_tokens * 11 // 10) + 4


def _covered(parts: MergeAnalysis, count: int) -> Coverage:
    """Of an answer that only the first parts' answers are in."""
    coverage = coverage_of_parts(parts)
    lost = sum(each.coverage.segments_read for each in parts.analyses[count:])
    return _less(coverage, coverage.segments_read - lost, NO_ROOM) if lost else coverage


def _less(coverage: Coverage, read: int, why: str) -> Coverage:
    return coverage.model_copy(
        update={"segments_read": max(0, read), "reason": all_reasons([coverage.reason, why])}
    )

"""The engine that has a language model read: prompt, answer, and a check of every quote."""

from itertools import accumulate

from analyzer import tokens
from analyzer.answers import PartAnswer, Said, SaidDate, SaidQuestion, SaidTask, SummaryAnswer
from analyzer.bounds import clean
from analyzer.dates import resolve
from analyzer.evidence import Transcript
from analyzer.llm import Llm, Reply
from analyzer.merge import MAX_SUMMARY, unite
from analyzer.prompts import PROMPT_VERSION, Prompt, read_part, sum_up
from analyzer.threads import in_thread
from scribeline.contracts.analysis import (
    ActionItem,
    Analysis,
    AnalyzePart,
    Coverage,
    Evidence,
    Line,
    MentionedDate,
    MergeAnalysis,
    Question,
    Sentiment,
)
from scribeline.contracts.text import most_tokens, most_tokens_of_line

ENGINE = "ollama"

PRONOUNS = frozenset(
    {"i", "me", "we", "us", "you", "he", "she", "they", "speaker", "null", "none", "unknown"}
)
"""What models put where no name was said."""


class LlmEngine:
    """Reads with a language model. Raises what `llm.py` draws; never falls back."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    async def analyze(self, part: AnalyzePart) -> Analysis:
        fitting = lines_that_fit(
            part.lines, self._llm.room - most_tokens(read_part((), part.recorded_at).text)
        )
        prompt = read_part(fitting, part.recorded_at)
        reply = await self._llm.ask(prompt, PartAnswer)
        coverage = coverage_of(part.lines, fitting, prompt, reply)
        # quotes are looked up in up to 256 KiB of text: not on the event loop
        return await in_thread(report, part, fitting, reply.answer, coverage, self._llm.model)

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        """Items are united by rules; one more call sums up the summaries the model wrote."""
        united = unite(parts)
        summaries = [analysis.summary for analysis in parts.analyses if analysis.summary]
        if united.engine != ENGINE or len(summaries) < 2:
            return united
        fits = min(1.0, (self._llm.room - most_tokens(sum_up([]).text)) / most_tokens("\n".join(summaries)))
        reply = await self._llm.ask(
            sum_up([summary[: int(len(summary) * fits)] for summary in summaries]), SummaryAnswer
        )
        return united.model_copy(update={"summary": clean(reply.answer.summary, MAX_SUMMARY)})


def lines_that_fit(lines: tuple[Line, ...], room: int) -> tuple[Line, ...]:
    """The first lines that fit so many tokens; if not even one does, the beginning of the first."""
    used = accumulate(most_tokens_of_line(line.number, line.text) for line in lines)
    count = sum(total <= room for total in used)
    if count or not lines:
        return lines[:count]
    return (lines[0].model_copy(update={"text": lines[0].text[: max(1, room)]}),)


def coverage_of(
    lines: tuple[Line, ...], sent: tuple[Line, ...], prompt: Prompt, reply: Reply[PartAnswer]
) -> Coverage:
    """What the model really read. Ollama cuts a prompt silently; its count of tokens gives it away."""
    whole = len(sent) if all(a is b for a, b in zip(lines, sent, strict=False)) else 0
    counted, least = reply.prompt_tokens, tokens.least(prompt.text)
    if counted is not None and (counted < least or counted >= reply.context):
        about = max(least, most_tokens(prompt.text) * 3 // 4)
        reason = f"the server read {counted} of about {about} tokens sent and cut the rest silently"
        read = min(whole, whole * counted // about)
    else:
        reason = "the text was longer than the model's context allows"
        read = whole
    return Coverage(
        segments_total=len(lines), segments_read=read, reason=None if read == len(lines) else reason
    )


def report(
    part: AnalyzePart, sent: tuple[Line, ...], answer: PartAnswer, coverage: Coverage, model: str
) -> Analysis:
    """The answer as a report: only items whose quote stands in the text, the others counted."""
    check = Check(part, sent)
    tasks, questions, dates = (
        tuple(filter(None, map(check.task, answer.action_items))),
        tuple(filter(None, map(check.question, answer.questions))),
        tuple(filter(None, map(check.date, answer.dates))),
    )
    given = len(answer.action_items) + len(answer.questions) + len(answer.dates)
    mood = answer.sentiment
    return Analysis(
        summary=clean(answer.summary, MAX_SUMMARY),
        topics=tuple(dict.fromkeys(clean(topic, 120) for topic in answer.topics)),
        action_items=tasks,
        questions=questions,
        dates=dates,
        sentiment=Sentiment(label=mood.label, score=mood.score, evidence=check.where(mood)),
        dropped=given - len(tasks) - len(questions) - len(dates),
        coverage=coverage,
        language=part.language,
        engine=ENGINE,
        model=model,
        prompt_version=PROMPT_VERSION,
    )


class Check:
    """Holds what the model said against the text. An item without a standing quote is None."""

    def __init__(self, part: AnalyzePart, sent: tuple[Line, ...]) -> None:
        self._part = part
        self._transcript = Transcript(sent)

    def where(self, said: Said) -> Evidence | None:
        return self._transcript.find(said.quote, said.line)

    def task(self, said: SaidTask) -> ActionItem | None:
        if (found := self.where(said)) is None:
            return None
        due = self._standing(said.due, said.line)
        return ActionItem(
            task=clean(said.task, 300),
            owner=self._name(said.owner, said.line),
            due=due and (self._resolved(due) or due),
            evidence=found,
        )

    def question(self, said: SaidQuestion) -> Question | None:
        if (found := self.where(said)) is None:
            return None
        return Question(
            text=clean(said.text, 300),
            asked_by=self._name(said.asked_by, said.line),
            answer=clean(said.answer, 300) if said.answer else None,
            evidence=found,
        )

    def date(self, said: SaidDate) -> MentionedDate | None:
        if (found := self.where(said)) is None or (text := self._standing(said.text, said.line)) is None:
            return None
        return MentionedDate(text=text, date=self._resolved(text), evidence=found)

    def _standing(self, words: str | None, line: int) -> str | None:
        """The words as the transcript has them; None when it does not."""
        found = self._transcript.find(words, line) if words else None
        return found.quote[:120] if found else None

    def _name(self, name: str | None, line: int) -> str | None:
        return None if name is None or name.casefold() in PRONOUNS else self._standing(name, line)

    def _resolved(self, text: str) -> str | None:
        return resolve(text, self._part.language, self._part.recorded_at)

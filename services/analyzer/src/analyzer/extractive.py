"""The engine without a language model: a tagger, yake, VADER and patterns. Same text, same report.

What rules cannot do in a language is None, with the reason in `missing`.
"""

from functools import lru_cache
from importlib.metadata import version

from analyzer import grammar, mood, words
from analyzer.chapters import chapters
from analyzer.commitments import items
from analyzer.dates import mentions
from analyzer.gist import gist
from analyzer.merge import unite
from analyzer.questions import questions
from analyzer.sentences import Sentence, sentences
from analyzer.threads import in_thread
from analyzer.topics import topics
from scribeline.contracts.analysis import (
    MAX_ITEMS,
    Analysis,
    AnalyzePart,
    Coverage,
    MentionedDate,
    MergeAnalysis,
)

ENGINE = "extractive"
NO_ANSWERS = "rules find questions, not their answers"


class ExtractiveEngine:
    """Reads by rules, in a thread."""

    async def analyze(self, part: AnalyzePart) -> Analysis:
        return await in_thread(report, part)

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        return await in_thread(unite, parts)


def report(part: AnalyzePart) -> Analysis:
    """Linear in the text, whatever the text is."""
    read = sentences(part.lines)
    language = part.language or ""
    counted, dated = language in words.SUPPORTED, language in mentions.LANGUAGES
    tiled = part.chapters and language in grammar.LANGUAGES
    agreed, felt = language in items.LANGUAGES, language in mood.LANGUAGES
    spoken = bool(read)
    return Analysis(
        summary=gist(read, language) if counted and spoken else None,
        topics=topics(read, language) if counted else None,
        action_items=items.commitments(read, part) if agreed else None,
        questions=questions(read, part.language),
        dates=mentioned(read, part) if dated else None,
        sentiment=mood.sentiment(read) if felt and spoken else None,
        chapters=chapters(read, language, first=part.part == 0) if tiled and spoken else None,
        missing=_missing(language, spoken=spoken, chapters=part.chapters),
        coverage=Coverage(segments_total=len(part.lines), segments_read=len(part.lines)),
        language=part.language,
        engine=ENGINE,
        model=model(),
    )


def mentioned(read: list[Sentence], part: AnalyzePart) -> tuple[MentionedDate, ...]:
    """Phrases that name days, in order, at most MAX_ITEMS."""
    found = (
        MentionedDate(
            text=mention.text, date=mention.day(part.recorded_at), evidence=sentence.evidence(mention.at)
        )
        for sentence in read
        for mention in mentions.mentions(sentence.text, part.language)
        if not mentions.names_none(sentence.text, mention)
    )
    return tuple(item for item, _ in zip(found, range(MAX_ITEMS), strict=False))


@lru_cache(maxsize=1)
def model() -> str:
    """The label of what read the text."""
    short = {name: ".".join(version(name).split(".")[:2]) for name in ("HanTa", "yake", "vaderSentiment")}
    return f"yake {short['yake']} + vader {short['vaderSentiment']} + hanta {short['HanTa']} + rules"


def _missing(language: str, *, spoken: bool, chapters: bool) -> dict[str, str]:
    """Field -> why it is None; `questions.answer` stands for a part of each item."""
    able = {
        "summary": words.SUPPORTED,
        "topics": words.SUPPORTED,
        "action_items": items.LANGUAGES,
        "dates": mentions.LANGUAGES,
        "sentiment": mood.LANGUAGES,
        **({"chapters": grammar.LANGUAGES} if chapters else {}),
    }
    reason = (
        f"the rules cannot tell it in the language {language}" if language else "the language is not known"
    )
    missing = {field: reason for field, languages in able.items() if language not in languages}
    if not spoken:
        untold = ("summary", "sentiment", *(("chapters",) if chapters else ()))
        missing |= {field: "there is no text" for field in untold if field not in missing}
    return missing | {"questions.answer": NO_ANSWERS}

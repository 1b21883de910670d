"""What the model said held against the text: only what was said gets into the report."""

from collections.abc import Iterable
from typing import Any

from analyzer.answers import (
    ChapteredAnswer,
    PartAnswer,
    Said,
    SaidChapter,
    SaidDate,
    SaidMood,
    SaidQuestion,
    SaidTask,
)
from analyzer.bounds import clean
from analyzer.dates.mentions import LANGUAGES, find, resolve
from analyzer.evidence import fold, opening
from analyzer.merge import MAX_SUMMARY
from analyzer.quotes import Lines
from scribeline.contracts.analysis import (
    ActionItem,
    AnalyzePart,
    Chapter,
    Evidence,
    Line,
    MentionedDate,
    Question,
    Sentiment,
)

NO_CHAPTERS = "the recording is shorter than 10 minutes"
NO_MOOD = "the words that the model gave for it do not stand in the text"

MAX_DATE_WORDS = 8
"""Of words that name a day, such as "by the end of the week after next"."""

PRONOUNS = frozenset(
    {"i", "me", "we", "us", "you", "he", "she", "they", "speaker", "null", "none", "unknown"}
)
"""What models put where no name was said."""


def fields_of(part: AnalyzePart, sent: tuple[Line, ...], answer: PartAnswer) -> dict[str, Any]:
    """The answer as fields of an Analysis, without items whose quote does not stand in the text."""
    check = Check(part, sent)
    items: dict[str, list[Any]] = {
        "action_items": [check.task(said) for said in answer.action_items],
        "questions": [check.question(said) for said in answer.questions],
        "dates": [check.date(said) for said in answer.dates],
    }
    mood = check.mood(answer.sentiment)
    given = answer.chapters if isinstance(answer, ChapteredAnswer) else None
    chapters = None if given is None else check.chapters(given)
    missing = {"sentiment": None if mood else NO_MOOD, "chapters": NO_CHAPTERS if chapters is None else None}
    return {
        "summary": clean(answer.summary, MAX_SUMMARY),
        "topics": tuple(dict.fromkeys(clean(topic, 120) for topic in answer.topics)),
        **{name: tuple(filter(None, found)) for name, found in items.items()},
        "sentiment": mood,
        "chapters": chapters,
        "missing": {name: why for name, why in missing.items() if why},
        "dropped": check.dropped,
    }


class Check:
    """An item without a standing quote is None, and counted."""

    def __init__(self, part: AnalyzePart, sent: tuple[Line, ...]) -> None:
        self._part = part
        self._lines = Lines(sent)
        self._numbered = {line.number: line for line in sent}
        self.dropped = 0

    def task(self, said: SaidTask) -> ActionItem | None:
        if (found := self._where(said)) is None:
            return None
        due = self._standing(said.due, said.line)
        return ActionItem(
            task=clean(said.task, 300),
            owner=self._name(said.owner, said.line),
            due=due and (self._resolved(due) or due),
            evidence=found,
        )

    def question(self, said: SaidQuestion) -> Question | None:
        if (found := self._where(said)) is None:
            return None
        return Question(
            text=clean(said.text, 300),
            asked_by=self._name(said.asked_by, said.line),
            answer=clean(said.answer, 300) if said.answer else None,
            evidence=found,
        )

    def date(self, said: SaidDate) -> MentionedDate | None:
        """Its evidence is where its own words stand, though the model may have quoted the line before."""
        if (quoted := self._where(said)) is None:
            return None
        named = self._lines.find(said.text, quoted.segment)
        text = named.quote[:120] if named else None
        if named is not None and text is not None and self._is_whole_line(text, named):
            text = next((phrase for phrase, _ in find(text, self._part.language)), None)
        if named is None or text is None:
            self.dropped += 1
            return None
        found = quoted if quoted.segment == named.segment else named
        return MentionedDate(text=text, date=self._resolved(text), evidence=found)

    def mood(self, said: SaidMood) -> Sentiment | None:
        found = self._where(said)
        return Sentiment(label=said.label, score=said.score, evidence=found) if found else None

    def chapters(self, given: Iterable[SaidChapter]) -> tuple[Chapter, ...]:
        """In order, one for each line; those that begin nowhere in the text are counted."""
        told: dict[int, Chapter] = {}
        for said in sorted(given, key=lambda chapter: chapter.line):
            line = self._numbered.get(said.line)
            begins = opening(line) if line else None
            if begins is None:
                self.dropped += 1
                continue
            summary = clean(said.summary, 300) if said.summary else None
            told.setdefault(
                said.line, Chapter(title=clean(said.title, 120), summary=summary, evidence=begins)
            )
        return tuple(told.values())

    def _where(self, said: Said) -> Evidence | None:
        found = self._lines.find(said.quote, said.line)
        self.dropped += found is None
        return found

    def _standing(self, words: str | None, line: int) -> str | None:
        """The words as the transcript has them; None when it does not."""
        found = self._lines.find(words, line) if words else None
        return found.quote[:120] if found else None

    def _is_whole_line(self, text: str, found: Evidence) -> bool:
        """Models copy the line in place of the words that name a day."""
        if len(text.split()) > MAX_DATE_WORDS:
            return True
        line = self._numbered[found.segment].text
        return self._part.language in LANGUAGES and fold(text) == fold(line)

    def _name(self, name: str | None, line: int) -> str | None:
        """A name that was said, or the label of a speaker."""
        if name is None or name.casefold() in PRONOUNS:
            return None
        return self._lines.speakers.get(fold(name)) or self._standing(name, line)

    def _resolved(self, text: str) -> str | None:
        return resolve(text, self._part.language, self._part.recorded_at)

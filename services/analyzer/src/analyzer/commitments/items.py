"""What someone promised, or was asked, to do: found by the language's rules, with whom and by when."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from analyzer.commitments import english_promises, german_promises
from analyzer.commitments.deadlines import deadline
from analyzer.commitments.owners import owner
from analyzer.commitments.promises import Promise, Who
from analyzer.sentences import Sentence
from scribeline.contracts.analysis import MAX_ITEMS, ActionItem, AnalyzePart

RULES = {"en": english_promises.promises, "de": german_promises.promises}
LANGUAGES = frozenset(RULES)

CLAUSE_END = re.compile(
    r"[?!;]|\.\s|, (?:and then |and |so )?(?:but|because|since|so|which|though|although|if|when|while|or|"
    r"I|you|we|und|aber|weil|damit|denn|sonst|sobald|wenn|da|obwohl|solange|oder)\b"
)
NOW = frozenset({"today", "heute"})
"""Does not tell a task from what is done on the spot."""


def commitments(sentences: Sequence[Sentence], part: AnalyzePart) -> tuple[ActionItem, ...]:
    """In the order they were made, at most MAX_ITEMS. `part.language` must be one of LANGUAGES."""
    found = (item for at in range(len(sentences)) for item in _in_sentence(at, sentences, part))
    return tuple(islice(found, MAX_ITEMS))


def _in_sentence(at: int, sentences: Sequence[Sentence], part: AnalyzePart) -> Iterator[ActionItem]:
    sentence, since = sentences[at], 0
    for promise, end, until in _stretches(sentence.text, RULES[str(part.language)]):
        task = _trimmed(sentence.text[promise.task : end])
        spans = (since, promise.task, end, until)
        due = deadline(sentence, spans, sentences[at + 1 : at + 2], part.language, part.recorded_at)
        since = end
        if len(task.split()) > 1 and not (promise.dated and (due is None or due.text.lower() in NOW)):
            yield ActionItem(
                task=task,
                owner=owner(promise, at, sentences) or _listener(promise, sentence, part),
                due=due and (due.day(part.recorded_at) or due.text),
                evidence=sentence.evidence(promise.start, end),
            )


def _stretches(text: str, rule: Callable[[str], Iterator[Promise]]) -> Iterator[tuple[Promise, int, int]]:
    """Promises in order, each with where its words end and where the next one begins.

    Of two in the same words, the surer one, or else the first.
    """
    kept: list[Promise] = []
    for promise in sorted(rule(text), key=lambda found: (found.dated, found.start, found.task)):
        if all(promise.start >= other.end or promise.end <= other.start for other in kept):
            kept.append(promise)
    kept.sort(key=lambda promise: promise.start)
    for number, promise in enumerate(kept):
        following = kept[number + 1].start if number + 1 < len(kept) else len(text)
        over = CLAUSE_END.search(text, promise.end)
        end = max(promise.end, min(following, over.start() if over else following))
        yield promise, end, max(end, following)


def _trimmed(task: str) -> str:
    return re.sub(r"(?:,| and| und| then| so)+$", "", task.strip(" .,?!;–-")).strip(" ,")


def _listener(promise: Promise, sentence: Sentence, part: AnalyzePart) -> str | None:
    """Who is asked, where only two speak."""
    others = frozenset(line.speaker for line in part.lines if line.speaker) - {sentence.speaker}
    asked = promise.who is Who.HEARER and sentence.speaker is not None
    return next(iter(others)) if asked and len(others) == 1 else None

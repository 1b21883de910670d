"""How English promises, asks and assigns: the ways of `english_ways`, and what takes their force away."""

import re
from collections.abc import Iterator

from analyzer.commitments.english_verbs import EVEN_SO, HABITS, NEVER, ON_THE_SPOT, SURELY, TALK, TASKS
from analyzer.commitments.english_ways import WAYS, Sure, Way
from analyzer.commitments.people import is_name
from analyzer.commitments.phrases import encoded, number
from analyzer.commitments.promises import Promise, Who
from analyzer.grammar import Word, common, tagged

TITLES = frozenset({"mr", "mrs", "ms", "dr", "doctor", "professor"})
TAG = re.compile(r",? (?:right|okay|ok|yeah|yes|alright|isn't it|won't you|will you)\?$")
CLAUSE = re.compile(r"[,;:]\s|\s(?:but|and then|so)\s")
SUPPOSED = re.compile(
    r"\b(?:if|unless|whether|when|whenever|until|what|how|where|why|who|which|because|since|while|although|"
    r"don't think|not sure|doubt|supposed?|imagine|wish|used to|instead of|the day|the time)\b",
    re.IGNORECASE,
)
"""Before the verb: a clause that only supposes, explains or asks."""
TOLD = re.compile(
    r"\b(?:said|says|say|wrote|writes|thought|told \w+|replied|claims?|promised|answered|asked(?: \w+)?)"
    r",? (?:that )?\W{0,2}$"
)
"""Before the clause: somebody's words in a story."""
TOLD_AFTER = re.compile(r", (?:he|she|they) (?:said|asked|wrote|replied)\b")
SPOT, SURE, HABIT = re.compile(ON_THE_SPOT), re.compile(SURELY), re.compile(HABITS)


def promises(text: str) -> Iterator[Promise]:
    """Of one sentence, in any order, and some of them twice."""
    if " " not in text:
        return
    words = tagged(text, "en")
    line = encoded(words, [_tag(word, at) for at, word in enumerate(words)])
    question = text.endswith("?") and TAG.search(text) is None
    for way in WAYS:
        for found in way.pattern.finditer(line) if way.asks or not question else ():
            promise = _promise(text, way, words, line, found)
            if promise is not None:
                yield promise


def _tag(word: Word, at: int) -> str:
    """With tags of our own for names, and for what stands before them."""
    if word.low in TITLES and word.text[:1].isupper():
        return "TITLE"
    may = word.tag[:1] in "NUXA" and (at > 0 or not common(word.text, "en"))
    return "NAME" if is_name(word.text) and (word.tag == "NP0" or may) else word.tag


def _promise(text: str, way: Way, words: tuple[Word, ...], line: str, found: re.Match[str]) -> Promise | None:
    first, last = words[number(line, found.start())], words[number(line, found.end()) - 1]
    spans = {name: words[number(line, found.start(name))] for name, said in found.groupdict().items() if said}
    verb = spans.get("verb")
    dated = _dated(text[verb.start :], verb.lemma, way) if verb else way.sure is Sure.DAY
    if dated is None or _only_told(text, first.start, last.end):
        return None
    task = spans.get("task") or verb or first
    return Promise(first.start, last.end, task.start, way.who, _name(found, words, line), dated)


def _name(found: re.Match[str], words: tuple[Word, ...], line: str) -> str | None:
    if not found.groupdict().get("name"):
        return None
    start, end = found.span("name")
    said = words[number(line, start) : number(line, end)]
    return " ".join(word.text for word in said if word.tag not in {"DPS", "AT0"} and word.text != ".")


def _only_told(text: str, at: int, end: int) -> bool:
    """Whether the words before `at` say that it is supposed, or somebody else's words."""
    bound = max((mark.end() for mark in CLAUSE.finditer(text, 0, at)), default=0)
    lead = text[bound:at]
    told = SUPPOSED.search(lead) or TOLD.search(text[max(0, at - 40) : at]) or TOLD_AFTER.search(text, end)
    return bool(told)


def _dated(rest: str, verb: str, way: Way) -> bool | None:
    """Whether a day must be named for it to count; None when it is no task at all."""
    if SURE.match(rest):
        return way.sure in {Sure.DAY, Sure.TASK_AND_DAY}
    task = verb in TASKS
    if (verb in NEVER and verb not in EVEN_SO) or (way.sure is Sure.TASK_AND_DAY and not task):
        return None
    if way.who is not Who.HEARER and HABIT.search(rest):
        return None
    talk = verb in TALK or verb in EVEN_SO or SPOT.match(rest) is not None
    return talk or way.sure in {Sure.DAY, Sure.TASK_AND_DAY} or (way.sure is Sure.TASK and not task)

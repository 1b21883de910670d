"""How English promises, asks and assigns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.commitments.english_verbs import EVEN_SO, HUMAN, NEVER, ON_THE_SPOT, SURELY, TALK, TASKS
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Promise, Who
from analyzer.dates.forms import any_of

NAME = r"(?P<name>(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][a-zA-Z'-]{1,30}?(?: [A-Z][a-zA-Z-]{1,30})?)"
ADVERBS = (
    r"(?:(?:also|then|just|please|still|really|maybe|perhaps|now|first|all|already|try to|go ahead and|"
    r"have to|need to|be sure to|make sure to|\w{3,20}ly) ){0,3}+"
)
VERB = rf"{ADVERBS}(?P<verb>[a-z][a-z-]*)"
NEED = (
    r"(?:(?:still|really|all|also|only|just|then) ){0,2}"
    r"(?:need to|have to|must|'ve got to|ought to|should|'d better|'ll need to|'ll have to)"
)
NEEDS = (
    r" ?(?:still |also |really |then )?(?:has to|have to|needs to|need to|must|should|ought to|is to|are to|"
    r"is going to|are going to|is supposed to|'s going to|will|'ll)"
)
DONE = (
    r"(?P<verb>[a-z]{2,20}ed|done|sent|written|made|paid|bought|built|sold|brought|found|set|put|cut|taken|drawn|"
    r"chosen|given)\b"
)
THING = r"(?:the|an?|our|my|your|any|all|every|each|these|those|that|some|both|[a-z]+s') (?:[\w'-]+ ){1,4}?"
OBJECT = (
    r"(?:me|us|him|her|them|it|your|the|a|an|this|that|these|those|my|our|all|back|in|to|over|off|up|out|"
    r"some|chapters?|pages?|\d+)\b"
)
OPENING = (
    r"^(?:(?:So|And|Then|Okay|Ok|Right|Alright|Yes|Well|Now|Also|First|Next|Oh),? )?"
    r"(?:[A-Z][a-z]+, )?(?:and |then )?"
)


@dataclass(frozen=True)
class Way:
    """One way in which a sentence says what is to be done."""

    pattern: re.Pattern[str]
    """Group `verb` tells whether it is a task, `name` who is to do it; `task` is where its words begin,
    if before the verb."""
    who: Who
    weak: bool = False
    """Counts only with a verb of TASKS, or a day to come."""
    dated: bool = False
    """Counts only with a day to come."""
    asks: bool = False
    """May stand in a question."""


def _way(pattern: str, who: Who, **traits: bool) -> Way:
    return Way(re.compile(pattern), who, **traits)


WAYS = (
    _way(rf"\bI(?:'ll| will| shall|'m going to| am going to|'m gonna) {VERB}", Who.SPEAKER),
    _way(rf"\bI (?:promise|plan|intend|volunteer) to {VERB}", Who.SPEAKER, weak=True),
    _way(rf"\bI ?{NEED} {VERB}", Who.SPEAKER, weak=True),
    _way(rf"\bI(?:'m happy| am happy|'d be happy|'d be glad|'m glad) to {VERB}", Who.SPEAKER, weak=True),
    _way(rf"\bI can {VERB}", Who.SPEAKER, dated=True),
    _way(rf"\bI can {VERB} (?:you|that|this|it|them|those|of|care of)\b", Who.SPEAKER, weak=True),
    _way(r"\bI(?:'m| am) (?P<verb>[a-z]+ing)\b", Who.SPEAKER, weak=True, dated=True),
    _way(rf"\b[Ww]e(?:'ll| will| shall|'re going to| are going to| ?{NEED}) {VERB}", Who.NOBODY, weak=True),
    _way(rf"\b[Ll]et(?:'s| us) {VERB}", Who.NOBODY, weak=True),
    _way(rf"\b(?:[Cc]an|[Cc]ould|[Ww]ill|[Ww]ould) you {VERB}", Who.HEARER, asks=True),
    _way(
        rf"\b(?:[Cc]an|[Cc]ould|[Ww]ill) (?:(?:some|any)(?:one|body)|one of you)(?: else)? {VERB}",
        Who.NOBODY,
        asks=True,
    ),
    _way(r"\b[Ww]ould you mind (?P<verb>[a-z]+ing)\b", Who.HEARER, asks=True),
    _way(rf"\b[Pp]lease {VERB}", Who.HEARER, asks=True),
    _way(rf"\b[Yy]ou(?: two| all| both| guys)? ?{NEED} {VERB}", Who.HEARER, weak=True),
    _way(rf"\b{NAME}, you {VERB}", Who.NAMED, weak=True),
    _way(rf"\bI(?:'d like| would like| want| need|'d ask|'ll need|'ll ask) you to {VERB}", Who.HEARER),
    _way(rf"\bif you could {VERB}", Who.HEARER, asks=True),
    _way(
        rf"\b(?:[Dd]on't forget|[Rr]emember|[Mm]ake sure|[Bb]e sure) (?:to|that you|you) {VERB}", Who.HEARER
    ),
    _way(r"\b[Yy]ou(?:'ll| will) (?:\w+ly )?(?P<verb>hear|get|have|receive)\b", Who.NOBODY, dated=True),
    _way(rf"\b{NAME}(?: and (?:I|[A-Z][a-z]+))?{NEEDS} {VERB}", Who.NAMED, weak=True),
    _way(rf"\b{NAME} (?:can|could) {VERB}", Who.NAMED, weak=True, dated=True),
    _way(rf"\b{NAME} (?P<verb>takes care of|is responsible for|is in charge of|takes over)\b", Who.NAMED),
    _way(rf"\b(?:[Ss]omeone|[Ss]omebody)(?: else)?{NEEDS} {VERB}", Who.NOBODY, weak=True),
    _way(rf"\b(?:[Hh]e|[Ss]he|[Tt]hey){NEEDS} {VERB}", Who.NOBODY, dated=True),
    _way(rf"(?i:\b(?P<task>{THING}){NEEDS[2:]} {VERB})", Who.NOBODY, dated=True),
    _way(
        rf"(?i:\b(?P<task>{THING})(?:still )?(?:needs?|have|has) to (?P<verb>{any_of(HUMAN)})\b)", Who.NOBODY
    ),
    _way(rf"\bneed (?:some|any)(?:one|body) to {VERB}", Who.NOBODY, asks=True),
    _way(
        rf"(?i:\b(?P<task>{THING})(?:still |also )?(?:needs?|have|has) to be (?:\w+ly )?{DONE})", Who.NOBODY
    ),
    _way(rf"(?i:\b(?P<task>{THING}|it )(?:will|must|should) be (?:\w+ly )?{DONE})", Who.NOBODY, weak=True),
    _way(rf"(?i:\b(?P<task>{THING})(?:is|are) (?P<verb>due)\b)", Who.NOBODY, dated=True),
    _way(
        r"\b[Aa]ction items?(?: for (?P<name>[A-Z][a-z]+))?(?: is)?(?: to|:)? (?P<verb>[A-Za-z]+)", Who.NAMED
    ),
    _way(rf"(?:homework|assignment|next step|job)(?: for \w+ \w+)? is to {VERB}", Who.HEARER),
    _way(rf"{OPENING}(?P<verb>[A-Za-z][a-z-]+) (?:me|us)\b", Who.HEARER, weak=True),
    _way(rf"{OPENING}(?P<verb>[A-Za-z][a-z-]+) {OBJECT}", Who.HEARER, weak=True, dated=True),
    _way(rf"{OPENING}(?P<verb>[A-Za-z][a-z-]+) {OBJECT}.{{0,200}}, please\b", Who.HEARER, weak=True),
)

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
IF = re.compile(r"(?:^|[,;:] )(?:and |but |so )?if\b[^,]*, (?:then )?$", re.IGNORECASE)


def promises(text: str) -> Iterator[Promise]:
    """Of one sentence, in any order, and some of them twice."""
    question = text.endswith("?") and TAG.search(text) is None
    for way in WAYS:
        for found in way.pattern.finditer(text):
            if (question and not way.asks) or _only_told(text, found.start()):
                continue
            dated, groups = _dated(text[found.start("verb") :], way), found.groupdict()
            name = _name(groups.get("name"))
            if dated is not None and (name or not groups.get("name")):
                task = found.start("task" if "task" in groups else "verb")
                yield Promise(found.start(), found.end(), task, way.who, name, dated)


def _name(said: str | None) -> str | None:
    """Without the words that only begin a sentence; None when nothing is left."""
    words = [word for word in (said or "").split() if is_name(word)]
    return " ".join(words) or None


def _only_told(text: str, at: int) -> bool:
    """Whether the words before `at` say that it is supposed, or somebody else's words."""
    bound = max((mark.end() for mark in CLAUSE.finditer(text, 0, at)), default=0)
    lead = text[bound:at]
    return bool(SUPPOSED.search(lead) or TOLD.search(text[max(0, at - 40) : at]))


SPOT, SURE = re.compile(ON_THE_SPOT), re.compile(SURELY)


def _dated(rest: str, way: Way) -> bool | None:
    """Whether a day must be named for it to count; None when it is no task at all."""
    word = re.match(r"[a-z-]*", rest.lower())[0]  # type: ignore[index] # matches anything
    if SURE.match(rest):
        return way.dated
    task = word in TASKS or not TASKS.isdisjoint(_bases(word))
    if (word in NEVER and word not in EVEN_SO) or (way.weak and way.dated and not task):
        return None
    talk = word in TALK or word in EVEN_SO or SPOT.match(rest) is not None
    return way.dated or talk or (way.weak and not task)


def _bases(word: str) -> set[str]:
    """Infinitives of which a word may be the participle: applied, sent, planned, moving."""
    stem = re.sub(r"(?:ed|ing)$", "", word)
    return set() if stem == word else {stem, stem + "e", stem[:-1], re.sub("i$", "y", stem)}

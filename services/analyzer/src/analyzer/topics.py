"""What it is about: where the parts of speech are known, the nouns that are said most, else yake.

Campos et al. 2020, "YAKE! Keyword extraction from single documents using multiple local features". yake ranks
names and greetings first, so both are taken out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer import grammar
from analyzer.dates.mentions import find
from analyzer.sentences import Sentence
from analyzer.words import WORD, listed, stop_words, yake_name

MAX_TOPICS = 12
MAX_LENGTH = 120
"""Characters of one topic."""

MARKER = "Xx"
"""Begins each line given to yake, as a stop word. Its sentence splitter is quadratic where lines begin with a
small letter, and its tokenizer in quotation marks; so it gets marked lines of nothing but words."""

SMALL_TALK = frozenset(
    listed(
        "hello hi hey morning afternoon evening everyone everybody guys folks thanks thank welcome "
        "okay ok yeah yes no bye goodbye please sorry sure right well great good nice thing things "
        "lot bit kind sort way day days week weeks month year today tomorrow yesterday time people "
        "question questions point minute minutes hour hours second seconds percent mr mrs "
        "let hallo danke bitte guten tag ja nein also herr frau punkt moment frage prozent minute stunde uhr "
        "woche monat jahr sache ding mal leute bonjour merci hola gracias ciao grazie"
    )
)
ADDRESSED = re.compile(
    r"^([A-Z][a-z]+), |, ([A-Z][a-z]+)[.?!]$|\b([A-Z][a-z]+)(?: will|'ll| said| says| asked| thinks)\b"
)
NOUNS = {"en": frozenset({"NN0", "NN1", "NN2"}), "de": frozenset({"NN"})}
BEFORE = {"en": frozenset({"NN0", "NN1", "AJ0"}), "de": frozenset({"ADJ(A)"})}
"""What with a noun makes one name: `deck oven`, `neues Dach`."""


def topics(sentences: list[Sentence], language: str) -> tuple[str, ...]:
    """Up to MAX_TOPICS, most telling first. `language` must be one of `words.SUPPORTED`."""
    if language in grammar.LANGUAGES:
        return tuple(frequent(sentences, language)[:MAX_TOPICS])
    return tuple(_keywords(sentences, language)[:MAX_TOPICS])


def subjects(sentence: Sentence, language: str) -> list[str]:
    """Lemmas of its nouns. `language` must be one of `grammar.LANGUAGES`."""
    return [noun.lemma for _, noun in _nouns(sentence, language)]


def frequent(sentences: Sequence[Sentence], language: str) -> list[str]:
    """Nouns by how often they are said, those said first before others; two that are said often and stand
    together are one: `warehouse budget`."""
    shunned = SMALL_TALK | stop_words(language) | _names(sentences) | _days(sentences, language)
    forms: dict[str, Counter[str]] = {}
    pairs: dict[str, Counter[tuple[str, str]]] = {}
    for before, noun in (pair for sentence in sentences for pair in _nouns(sentence, language)):
        if not {noun.lemma, noun.low} & shunned:
            forms.setdefault(noun.lemma, Counter())[noun.text] += 1
            if before and before.low not in shunned:
                pairs.setdefault(noun.lemma, Counter())[before.lemma, f"{before.text} {noun.text}"] += 1
    kept: list[str] = []
    used: set[str] = set()
    for lemma in sorted(forms, key=lambda lemma: -forms[lemma].total()):
        (other, phrase), times = pairs[lemma].most_common(1)[0] if lemma in pairs else (("", ""), 0)
        often = other not in used and (times > 1 or (other in forms and forms[other].total() > 1))
        if lemma not in used:
            kept.append((phrase if often else forms[lemma].most_common(1)[0][0])[:MAX_LENGTH])
            used |= {lemma, other} if often else {lemma}
    return kept


def _nouns(sentence: Sentence, language: str) -> Iterator[tuple[grammar.Word | None, grammar.Word]]:
    """Each with the word before it, if the two make one name. English nouns in capitals are names."""
    words = grammar.tagged(sentence.text, language)
    for before, noun in zip((None, *words), words, strict=False):
        named = language == "en" and before is not None and noun.text[:1].isupper()
        if noun.tag in NOUNS[language] and len(noun.text) > 2 and not named:
            yield (before if before and before.tag in BEFORE[language] else None), noun


def _keywords(sentences: list[Sentence], language: str) -> list[str]:
    import yake  # noqa: PLC0415 - most of a second

    text = "\n".join(f"{MARKER} {' '.join(WORD.findall(s.text))}" for s in sentences)
    ignored = stop_words(language) | {MARKER.lower()}
    extractor = yake.KeywordExtractor(lan=yake_name(language), n=2, dedup_lim=0.8, top=60, stopwords=ignored)
    ranked = sorted(extractor.extract_keywords(text), key=lambda found: (found[1], found[0]))
    shunned = SMALL_TALK | _names(sentences) | _days(sentences, language)
    kept: list[str] = []
    for phrase, _ in ranked:
        words = set(phrase.lower().split())
        if not words & shunned and not any(words & set(topic.lower().split()) for topic in kept):
            kept.append(phrase[:MAX_LENGTH])
    return kept


def _names(sentences: Sequence[Sentence]) -> set[str]:
    """People, by how they are spoken to and of; lower case."""
    spoken_of = (name for s in sentences for groups in ADDRESSED.findall(s.text) for name in groups if name)
    speakers = (word for s in sentences if s.speaker for word in s.speaker.split())
    return {name.lower() for name in (*spoken_of, *speakers)}


def _days(sentences: Sequence[Sentence], language: str) -> set[str]:
    return {
        word.lower() for s in sentences for phrase, _ in find(s.text, language) for word in phrase.split()
    }

"""Subjects by yake: Campos et al. 2020, "YAKE! Keyword extraction from single documents using multiple local
features".

yake ranks names and greetings first, so both are taken out.
"""

import re

from analyzer.dates.mentions import find
from analyzer.sentences import Sentence
from analyzer.words import WORD, listed, stop_words, yake_name

MAX_TOPICS = 10

MARKER = "Xx"
"""Begins each line given to yake, as a stop word. Its sentence splitter is quadratic where lines begin with a
small letter, and its tokenizer in quotation marks; so it gets marked lines of nothing but words."""

SMALL_TALK = frozenset(
    listed(
        "hello hi hey morning afternoon evening everyone everybody guys folks thanks thank welcome "
        "okay ok yeah yes no bye goodbye please sorry sure right well great good nice thing things "
        "lot bit kind sort way day days week weeks month year today tomorrow yesterday time people "
        "question questions let hallo danke bitte guten tag ja nein also bonjour merci hola gracias "
        "ciao grazie"
    )
)
ADDRESSED = re.compile(
    r"^([A-Z][a-z]+), |, ([A-Z][a-z]+)[.?!]$|\b([A-Z][a-z]+)(?: will|'ll| said| says| asked| thinks)\b"
)


def topics(sentences: list[Sentence], language: str) -> tuple[str, ...]:
    """Up to MAX_TOPICS, most telling first. `language` must be one of `words.SUPPORTED`."""
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
            kept.append(phrase[:120])
    return tuple(kept[:MAX_TOPICS])


def _names(sentences: list[Sentence]) -> set[str]:
    """People, by how they are spoken to and of; lower case."""
    spoken_of = (name for s in sentences for groups in ADDRESSED.findall(s.text) for name in groups if name)
    speakers = (word for s in sentences if s.speaker for word in s.speaker.split())
    return {name.lower() for name in (*spoken_of, *speakers)}


def _days(sentences: list[Sentence], language: str) -> set[str]:
    return {
        word.lower() for s in sentences for phrase, _ in find(s.text, language) for word in phrase.split()
    }

"""Words with their parts of speech: HanTa's models for English (BNC's C5 tags) and German (STTS).

Wartena 2019, "A Probabilistic Morphology Model for German Lemmatization"; the models come with the package.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MODELS = {"en": "morphmodel_en.pgz", "de": "morphmodel_ger.pgz"}
LANGUAGES = frozenset(MODELS)
LONGEST = 24
"""Characters of a word that are looked at, from its end: the tagger takes quadratic time in a word."""

TOKEN = re.compile(
    r"n't\b|'[a-z]{1,2}\b|[^\W_]+?(?=n't\b)|[^\W_]+(?:[-'](?!(?:ll|re|ve|s|d|m)\b)[^\W_]+)*|[.,;:?!–]"
)
"""A word, without what English contracts with it, or a mark."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    lemma: str
    """In small letters."""
    tag: str
    """`XY` where the tagger knows nothing to say."""
    start: int
    """Its offset in the sentence."""

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@lru_cache(maxsize=4096)
def tagged(text: str, language: str) -> tuple[Word, ...]:
    """`text` should be a sentence: its length is the bound on the work. `language` is one of LANGUAGES."""
    found = list(TOKEN.finditer(text))
    words = [_short(token[0]) for token in found]
    return tuple(
        Word(token[0], _lemma(word, tag, language), tag, token.start())
        for token, word, tag in zip(found, words, _tags(words, language), strict=True)
    )


def _short(word: str) -> str:
    return word if len(word) <= LONGEST else word[:1] + word[-LONGEST:].lower()


def common(word: str, language: str) -> bool:
    """Whether it is one of some twenty thousand words that the model has counted."""
    return word.lower() in _tagger(language).cache


def _tags(words: list[str], language: str) -> list[str]:
    try:
        return list(_tagger(language).tag_sent(words, taglevel=0))
    except KeyError:  # its way of saying that no sequence of tags is possible
        return ["XY"] * len(words)


@lru_cache(maxsize=20_000)
def _lemma(word: str, tag: str, language: str) -> str:
    return word.lower() if tag == "XY" else str(_tagger(language).analyze(word, pos=tag)[0]).lower() or word


@lru_cache(maxsize=len(MODELS))
def _tagger(language: str) -> Any:
    from HanTa import HanoverTagger  # noqa: PLC0415 - reads a model

    return HanoverTagger.HanoverTagger(MODELS[language])

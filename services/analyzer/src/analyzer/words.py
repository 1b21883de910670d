"""What yake knows of a language: its stop words, and so which languages can be read by word counts."""

import re
from functools import lru_cache


def listed(words: str) -> list[str]:
    """A list of words, written as a sentence is."""
    return words.split()


YAKE_NAMES = {"cs": "cz", "nn": "no", "nb": "no"}
"""yake's own names where they differ from ISO 639-1."""
SUPPORTED = frozenset(
    listed("ar bg cs da de el en es et fa fi fr hi hr hu hy id it lt lv nl nn no pl pt ro ru sk sl sv tr uk")
)
"""Languages with a stop list, without those that put no spaces between words (ja, zh): counts need words."""

WORD = re.compile(r"[^\W_]{1,40}(?:[-'][^\W_]{1,40}){0,3}")


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """Lower case. `language` must be one of SUPPORTED."""
    import yake  # noqa: PLC0415 - most of a second

    return frozenset(yake.KeywordExtractor(lan=yake_name(language)).stopword_set)


def yake_name(language: str) -> str:
    return YAKE_NAMES.get(language, language)

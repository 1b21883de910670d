"""Comparing texts by their words."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

import jiwer
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

_english = EnglishTextNormalizer()
_any = BasicTextNormalizer()
_letters = BasicTextNormalizer(split_letters=True)
UNSPACED = {"ja", "zh", "th", "lo", "km", "my"}
"""Languages written without spaces: a letter counts as a word."""


def normalized(text: str, language: str = "en") -> str:
    """As Whisper's authors compare texts: no case, no punctuation; in English also one spelling of numbers
    and the like."""
    normalizer: Callable[[str], str] = _english if language == "en" else _any
    return (_letters if language in UNSPACED else normalizer)(text).strip()


def differing(heard: str, said: str, language: str = "en") -> int:
    """Words wrong, missing or too many."""
    outcome = jiwer.process_words(normalized(said, language), normalized(heard, language))
    return int(outcome.substitutions + outcome.deletions + outcome.insertions)


def same_words(heard: str, said: str, errors: int = 0) -> bool:
    """Whether at most so many words differ."""
    return differing(heard, said) <= errors


def words(said: str, language: str = "en") -> int:
    """How many words there are to get wrong."""
    return len(normalized(said, language).split())


def differing_in_each(said: list[str], heard: str, language: str = "en") -> list[int]:
    """Words wrong in each of several texts said one after the other, by one alignment over all of them."""
    texts = [normalized(text, language) for text in said]
    ends = list(accumulate(len(text.split()) for text in texts))
    outcome = jiwer.process_words(" ".join(texts), normalized(heard, language))
    wrong = [0] * len(said)
    for chunk in outcome.alignments[0]:
        if chunk.type == "insert":
            wrong[min(bisect_right(ends, chunk.ref_start_idx), len(said) - 1)] += (
                chunk.hyp_end_idx - chunk.hyp_start_idx
            )
        elif chunk.type != "equal":
            for word in range(chunk.ref_start_idx, chunk.ref_end_idx):
                wrong[bisect_right(ends, word)] += 1
    return wrong
